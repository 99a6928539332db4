"""Where the lists of places and seasons come from: computed ahead, or not there yet."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pandas as pd

from ui import read
from ui.context import Context


def places(ctx: Context, limit: int) -> pd.DataFrame | None:
    """The places to visit first, see ``data.places.visit_list``; ``None`` where none were computed."""
    if find_spec("data.places") is None:
        return None
    kept: Any = import_module("data.places")
    first = [path for path in ctx.view.categories if "->" not in path]
    found: pd.DataFrame = kept.visit_list(
        read.store(), first[0] if len(first) == 1 else None, ctx.view.districts, limit
    )
    return found


def season(ctx: Context, weeks: int) -> pd.DataFrame | None:
    """What past years' seasons bring within some weeks, see ``data.seasonal.coming``."""
    if find_spec("data.seasonal") is None:
        return None
    kept: Any = import_module("data.seasonal")
    found: pd.DataFrame = kept.coming(
        read.store(), ctx.until.date(), weeks, districts=ctx.view.districts
    )
    return found

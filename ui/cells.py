"""Tables of cells, some of which may be empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ui.context import Context
from ui.tables import Cell
from words import format as fmt


def framed(columns: Mapping[str, Iterable[Any]]) -> pd.DataFrame:
    """A table of cells. As objects: a column of floats would lose the texts."""
    return pd.DataFrame(
        {name: pd.Series(list(values), dtype="object") for name, values in columns.items()}
    )


def cell(value: Any, text: str, colour: str = "") -> Cell | None:
    """A number with its text; ``None`` where there is none."""
    return None if pd.isna(value) else Cell(float(value), text, colour)


def real(value: Any) -> float | None:
    """A plain number; ``None`` where there is none."""
    return None if pd.isna(value) else float(value)


def hours_text(ctx: Context, value: Any) -> str:
    """A duration in words; "no data" where there is none."""
    return fmt.hours(float(value), ctx.lang) if pd.notna(value) else fmt.number(None, ctx.lang)

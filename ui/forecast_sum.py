"""Several districts, units or categories chosen: what their series add up to next week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.selection import PATH
from ui import ahead
from ui import forecast as asks
from ui import forecast_text as text
from ui.context import Context
from ui.forecast import Node
from ui.view import View
from words import format as fmt

Z = 1.2816
"""Standard deviations from the mean to the end of an 80 % range."""
ORDER = ("district", "unit", "category1", "category")


@dataclass(frozen=True)
class Summed:
    """Next week of all parts together; ``low`` and ``high`` as :func:`together` says."""

    parts: int
    expected: float
    low: float
    high: float
    usual: float
    whole: Node


def chosen(view: View) -> dict[str, tuple[str, ...]] | None:
    """The values of each key that the filters choose; ``None`` where no series follow them or
    where a single one does."""
    if view.channels or view.unit_types or (view.units and view.districts):
        return None
    keys: dict[str, tuple[str, ...]] = {}
    if view.units or view.districts:
        keys["unit" if view.units else "district"] = tuple(view.units or view.districts)
    levels = {len(path.split(PATH)) for path in view.categories}
    if levels == {1}:
        keys["category1"] = tuple(view.categories)
    elif levels == {2} and "unit" not in keys:
        keys["category"] = tuple(view.categories)
        keys["category1"] = tuple(dict.fromkeys(p.split(PATH)[0] for p in view.categories))
    elif levels:
        return None
    return keys if any(len(values) > 1 for values in keys.values()) else None


def summed(ctx: Context) -> Summed | None:
    """The sum of what is chosen; ``None`` where there is none, or the whole is not forecast."""
    keys = chosen(ctx.view)
    if keys is None:
        return None
    week = ahead.forecast_week()
    single = {name: values[0] for name, values in keys.items() if len(values) == 1}
    like = week[week["of"] == "+".join(name for name in ORDER if name in keys)]
    for name, value in single.items():
        like = like[like[name] == value]
    whole = asks.matching(week, single)
    mine = like
    for name, values in keys.items():
        mine = mine[mine[name].isin(values)]
    if mine.empty or whole.empty:
        return None
    top = whole.iloc[0].to_dict()
    low, high = together(mine, like, top)
    expected, usual = float(mine["expected"].sum()), float(mine["usual"].sum())
    return Summed(len(mine), expected, low, high, usual, top)


def together(mine: pd.DataFrame, like: pd.DataFrame, whole: Node) -> tuple[float, float]:
    """The 80 % range of a sum of series, as far as stored ranges tell.

    Errors of all series ``like`` these are taken as equally correlated; the correlation is the
    one that makes their sum as uncertain as the whole itself is said to be: with all of them the
    range is as wide as that of the whole, with one it is its own.
    """
    sd = _deviation(like)
    alone, at_most = float((sd**2).sum()), float(sd.sum() ** 2)
    whole_sd = (float(whole["high_80"]) - float(whole["low_80"])) / (2 * Z)
    shared = at_most - alone
    rho = float(np.clip((whole_sd**2 - alone) / shared, -1.0, 1.0)) if shared > 0 else 0.0
    own = _deviation(mine)
    variance = (1 - rho) * float((own**2).sum()) + rho * float(own.sum()) ** 2
    expected, reach = float(mine["expected"].sum()), Z * max(variance, 0.0) ** 0.5
    return max(0.0, expected - reach), expected + reach


def _deviation(rows: pd.DataFrame) -> Any:
    return (rows["high_80"] - rows["low_80"]).to_numpy(dtype=float) / (2 * Z)


def sentences(ctx: Context, left_out: Sequence[str]) -> str:
    """What the chosen series add up to, where a single series could not follow the filters."""
    found = summed(ctx) if left_out else None
    if found is None:
        return ""
    return ctx.say(
        "page.forecast.sum_of", n=text.orders(ctx, found.expected),
        low=fmt.number(found.low, ctx.lang), high=fmt.number(found.high, ctx.lang),
        usual=text.orders(ctx, found.usual), parts=fmt.number(found.parts, ctx.lang),
        whole=asks.name(ctx, found.whole),
    )  # fmt: skip

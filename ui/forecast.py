"""Which forecast the filters ask for, its parts, and what came before it. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import pandas as pd

from metrics.conditions import EVERYTHING, negate, test
from metrics.selection import PATH, Selection
from ui import ahead, read
from ui.context import Context
from ui.view import View

Node = Mapping[Any, Any]
DAY, WEEK = "day", "week"
HISTORY = {DAY: 8, WEEK: 13}
"""Weeks of the past that are shown."""
NONE = "none"


@dataclass(frozen=True)
class Asked:
    """The series shown, and which filters it could not follow (codes of ``page.forecast.left``)."""

    node: Node
    left_out: tuple[str, ...]


def asked(ctx: Context) -> Asked | None:
    """The series of the filters, else the nearest sum; ``None`` when nothing is forecast."""
    series = ahead.forecast_series()
    if series.empty:
        return None
    keys, left = _wanted(ctx.view, read.units())
    while True:
        found = matching(series, keys)
        if len(found):
            return Asked(found.iloc[0].to_dict(), tuple(dict.fromkeys(left)))
        if not keys:
            return None
        # The narrowest filter goes first: a category without orders, then the place.
        dropped = next(k for k in ("category", "category1", "unit", "district") if k in keys)
        del keys[dropped]
        left.append({"category": "categories", "category1": "categories",
                     "unit": "units", "district": "districts"}[dropped])  # fmt: skip


def matching(series: pd.DataFrame, keys: Mapping[str, str], also: str = "") -> pd.DataFrame:
    """The series with exactly these keys fixed, and any value of the key ``also``."""
    names = [*keys, *([also] if also else [])]
    order = ["district", "unit", "category1", "category"]
    of = "+".join(sorted(names, key=order.index))
    found = series[series["of"] == of]
    for name, value in keys.items():
        found = found[found[name] == value]
    return found


def _wanted(view: View, units: pd.DataFrame) -> tuple[dict[str, str], list[str]]:
    keys: dict[str, str] = {}
    left = [name for name in ("channels", "unit_types") if getattr(view, name)]
    if len(view.units) == 1:
        keys["unit"] = view.units[0]
        home = units.set_index("unit")["district"].get(keys["unit"])
        if view.districts and home not in view.districts:
            left.append("districts")
    else:
        left += ["units"] if view.units else []
        if len(view.districts) == 1:
            keys["district"] = view.districts[0]
        elif view.districts:
            left.append("districts")
    levels = [path.split(PATH) for path in view.categories]
    if levels and len({path[0] for path in levels}) > 1:
        left.append("categories")
    elif levels:
        keys["category1"] = levels[0][0]
        deepest = {PATH.join(path[:2]) for path in levels if len(path) > 1}
        fine = "unit" not in keys and len(deepest) == 1 and all(len(p) > 1 for p in levels)
        if fine:
            keys["category"] = deepest.pop()
        if (not fine and (deepest or len(levels) > 1)) or any(len(p) > 2 for p in levels):
            left.append("category_level")
    return keys, left


def fixed(node: Node) -> dict[str, str]:
    """The keys that a series fixes, and their values."""
    return {key: node[key] for key in str(node["of"]).split("+") if key}


def splits(node: Node) -> list[str]:
    """By what a series can be taken apart, the most natural way first."""
    of = set(fixed(node))
    if "unit" in of:
        return [] if "category1" in of else ["category1"]
    ways = [] if "district" in of else ["district"]
    if "category1" not in of:
        ways.append("category1")
    elif "category" not in of:
        ways.append("category")
    if "district" not in of and "category" not in of:
        ways.append("unit")
    return ways


def parts(node: Node, way: str) -> pd.DataFrame:
    """Next week of the parts of a series, largest first; they add up to the series."""
    found = matching(ahead.forecast_week(), fixed(node), way)
    return found.sort_values("expected", ascending=False, ignore_index=True)


def history(node: Node, until: datetime, weeks: int) -> pd.DataFrame:
    """day, n (missing: nothing was delivered) of the last weeks before the forecast."""
    end = datetime.combine(until.date(), time()) + timedelta(days=1)
    where = Selection(end - timedelta(days=7 * weeks), end)
    keys = fixed(node)
    if "unit" in keys:
        where = replace(where, units=(keys["unit"],))
    if "district" in keys:
        where = replace(where, districts=(keys["district"],))
    if "category1" in keys:
        path = keys.get("category", keys["category1"])
        where = replace(where, categories=(path,))
        if "category" in keys and PATH not in path:  # orders without a second level
            where = replace(where, extra=negate(test("category2", "present")))
    found = read.tally({"n": EVERYTHING}, where, ["day"]).set_index("day")["n"]
    days = pd.date_range(where.start, periods=7 * weeks, freq="D")
    coverage = read.daily_coverage(read.version())
    seen = pd.DatetimeIndex(coverage.loc[~coverage["missing"], "day"].unique())
    n = found.reindex(days, fill_value=0).astype(float).where(days.isin(seen))
    return pd.DataFrame({"day": days, "n": n.to_numpy()})


def by_week(days: pd.DataFrame) -> pd.DataFrame:
    """start, n of seven days each, counted back from the last one; a week with a hole is none."""
    block = (len(days) - 1 - pd.RangeIndex(len(days)).to_numpy()) // 7
    grouped = days.groupby(block)
    out = pd.DataFrame({"start": grouped["day"].min(), "n": grouped["n"].sum(min_count=7)})
    return out.sort_values("start", ignore_index=True)


def week_of(node: Node) -> Node | None:
    """Next week of a series."""
    rows = ahead.forecast_of("weeks", (int(node["node"]),))
    return rows.iloc[0].to_dict() if len(rows) else None


def name(ctx: Context, node: Node) -> str:
    """A series in words: 全市 · 停车管理 › 违法停车."""
    keys = fixed(node)
    code = keys.get("unit", keys.get("district"))
    place = (
        ctx.name(code) if "unit" in keys or "district" in keys else ctx.say("page.forecast.city")
    )
    path = keys.get("category", keys.get("category1"))
    if "category1" not in keys:
        return place
    return f"{place} · {ctx.path_name(path)}" if isinstance(path, str) else (
        f"{place} · {ctx.name(None)}"
    )  # fmt: skip


def part_name(ctx: Context, part: Node, way: str) -> str:
    """The name of a part within its sum."""
    return ctx.name(part[way])

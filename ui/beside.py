"""What stands beside counted orders: records counted like orders, and the people who live there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from data.effects import with_effects
from metrics.indicators import Indicator
from metrics.population import RESIDENTS, SPAN_DAYS
from metrics.selection import PATH, Selection
from ui import read

PLACED = frozenset({"day", "week", "month", "unit", "district", "unit_type"})
"""By what records can be told apart."""


# -- records -----------------------------------------------------------------------
def with_records(
    frame: pd.DataFrame, indicators: Iterable[Indicator], where: Selection, by: Sequence[str]
) -> pd.DataFrame:
    """Counts by group, joined with those of indicators over records (0 where there are none)."""
    out = frame
    for indicator in indicators:
        if indicator.records is None:
            continue
        found = _records(indicator, where, by)
        names = [f"{indicator.id}.num.0", f"{indicator.id}.den"]
        if not by:
            out = out.assign(**{name: int(found[name].sum()) for name in names})
            continue
        out = out.merge(found, how="outer", on=list(by))
        numbers = [str(name) for name in out if name not in by]
        out[numbers] = out[numbers].fillna(0).astype("int64")
    return out


def _records(indicator: Indicator, where: Selection, by: Sequence[str]) -> pd.DataFrame:
    rule = indicator.records
    assert rule is not None
    names = [f"{indicator.id}.num.0", f"{indicator.id}.den"]
    found = rule.counted(with_effects(read.recorded(rule.kind), read.effects()))
    units = read.units().drop_duplicates("unit").set_index("unit")
    own = found["unit"].map(units["district"]) if len(units) else found["unit"]
    found["district"] = found["district"].where(found["district"].notna(), own)
    found["unit_type"] = found["unit"].map(units["unit_type"])
    inside = (found["day"] >= where.start) & (found["day"] < where.end)
    for column, wanted in (
        ("unit", where.units), ("district", where.districts), ("unit_type", where.unit_types),
    ):  # fmt: skip
        if wanted:
            inside &= found[column].isin(wanted)
    if where.categories:
        paths = [(path, f"{path}{PATH}") for path in where.categories]
        inside &= found["category"].map(
            lambda own: (
                isinstance(own, str) and any(own == p or own.startswith(q) for p, q in paths)
            )
        )
    told = set(by) <= PLACED and not where.channels and not where.streets
    found = found[inside & told].copy()
    found["week"] = found["day"] - pd.to_timedelta(found["day"].dt.day_of_week, unit="D")
    found["month"] = found["day"] - pd.to_timedelta(found["day"].dt.day - 1, unit="D")
    for name in set(by) - set(found.columns):
        found[name] = None
    found[names[0]], found[names[1]] = found["hit"].astype("int64"), 1
    if not by:
        return found[names]
    return found.groupby(list(by), dropna=False, as_index=False)[names].sum()


# -- residents ---------------------------------------------------------------------
def with_residents(frame: pd.DataFrame, where: Selection, by: Sequence[str]) -> pd.DataFrame:
    """Counts by group with the column :data:`RESIDENTS`: people × days with data / 30.

    Not for counts by day, week or month: there the days of each bin must be known.
    """
    if {"day", "week", "month"} & set(by):
        return frame
    days = days_known(where.start.date(), where.end.date())
    return frame.assign(**{RESIDENTS: people(frame, where, by) * days / SPAN_DAYS})


def days_known(first: date, end: date) -> int:
    """On how many days of a span (``end`` excluded) the store has any order."""
    days = read.daily_coverage(read.version())
    known = pd.to_datetime(days.loc[~days["missing"], "day"].unique())
    return int(((known >= pd.Timestamp(first)) & (known < pd.Timestamp(end))).sum())


def people(frame: pd.DataFrame, where: Selection, by: Sequence[str]) -> pd.Series:
    """The residents behind each row; missing where nobody counted them.

    Of groups that are no places (categories, channels) all residents of the selection.
    """
    for column, known in (("unit", unit_people()), ("district", area_people())):
        if column in by:
            return frame[column].map(known).astype("float64")
    if "unit_type" in by:
        return frame["unit_type"].map(type_people()).astype("float64")
    return pd.Series(people_of(where), index=frame.index, dtype="float64")


def unit_people() -> Mapping[str, float]:
    """Residents by unit."""
    units = read.units().dropna(subset=["population"])
    return dict(zip(units["unit"], units["population"].astype(float), strict=True))


def type_people() -> Mapping[str, float]:
    """Residents by unit type, where those of all its units are known."""
    units = read.units().drop_duplicates("unit")
    sums = units.groupby("unit_type")["population"].agg(["sum", "count", "size"])
    whole = sums[sums["count"] == sums["size"]]
    return {str(code): float(n) for code, n in whole["sum"].items()}


def area_people(level: str = "district") -> Mapping[str, float]:
    """Residents by area of a level."""
    areas = read.areas()
    mine = areas[(areas["level"] == level) & areas["population"].notna()]
    return dict(zip(mine["area"], mine["population"].astype(float), strict=True))


def people_of(where: Selection) -> float:
    """The residents of a whole selection; NaN where somebody's are not known."""
    if where.units:
        return _sum(unit_people(), where.units)
    if where.unit_types:
        units = read.units().drop_duplicates("unit")
        mine = units[units["unit_type"].isin(where.unit_types)]
        if where.districts:
            mine = mine[mine["district"].isin(where.districts)]
        return _sum(unit_people(), tuple(mine["unit"]))
    if where.districts:
        return _sum(area_people(), where.districts)
    city = area_people("city")
    if len(city) == 1:
        return next(iter(city.values()))
    areas = read.areas()
    return _sum(area_people(), tuple(areas.loc[areas["level"] == "district", "area"]))


def _sum(known: Mapping[str, float], wanted: Sequence[str]) -> float:
    nobody = not wanted or any(code not in known for code in wanted)
    return float("nan") if nobody else sum(known[code] for code in wanted)

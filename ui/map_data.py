"""The numbers of the map: areas and cells with value, n, interval; change; week by week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data import cells as place
from data import scoring
from data.cell_counts import monday
from data.schema import counts_cell_day
from metrics.conditions import EVERYTHING
from metrics.indicators import clocks_of, measures_of
from metrics.periods import Period
from metrics.population import RESIDENTS, SPAN_DAYS
from metrics.rates import rates
from metrics.score import score
from metrics.selection import Selection
from ui import beside, counted, map_classes, map_read, read
from ui.context import Context
from ui.map_asked import AREAS, AUTO, HEAT, SCORE, Asked

MOST = 3200
"""Cells of a map at most: what a screen can tell apart, and about 140 kB."""
MOST_BESIDE, MOST_HEAT, MOST_CHANGE = 1400, 5000, 1800
WEEKS_BACK = 26
ENOUGH = 0.5
"""Of a rate at least this share of the counted orders should lie in cells that are not small."""
COLUMNS = ("code", "value", "n", "low", "high", "small")


@dataclass(frozen=True)
class Shown:
    """Rows of a map (columns :data:`COLUMNS`; for a change also before, before_n, moved, real),
    and the level of its cells."""

    rows: pd.DataFrame
    resolution: int


def shown(ctx: Context, asked: Asked, period: Period, most: int = MOST) -> Shown:
    """The rows of a period: an area without orders is there, with nothing; a cell is not."""
    if asked.look == AREAS:
        return Shown(_areas(ctx, asked, period), 0)
    found = _cells(ctx, asked, period)
    return _sized(ctx, asked, found, MOST_HEAT if asked.look == HEAT else most)


def both(ctx: Context, asked: Asked, most: int = MOST) -> tuple[Shown, Shown | None]:
    """The rows of the period and those of the comparison period, cells of one size."""
    now = shown(ctx, asked, ctx.period, most)
    if ctx.compared is None:
        return now, None
    if asked.look == AREAS:
        return now, shown(ctx, asked, ctx.compared)
    fixed = replace(asked, size=str(now.resolution))
    return now, shown(ctx, fixed, ctx.compared, most)


def changed(ctx: Context, asked: Asked) -> Shown:
    """The period's rows with the comparison period's value, the difference, and whether it is
    more than chance. A count's difference is a share of what it was, per day; with nothing
    before there is none."""
    now, then = both(ctx, asked, MOST_CHANGE)
    assert then is not None
    assert ctx.compared is not None
    old = then.rows[list(COLUMNS)]
    out = now.rows.merge(
        old.rename(columns={n: f"before_{n}" for n in COLUMNS[1:]}),
        on="code", how="outer",
    )  # fmt: skip
    few = [out[name].fillna(value=False).astype(bool) for name in ("small", "before_small")]
    out["small"] = few[0] | few[1]
    if asked.volume:
        have = [beside.days_known(p.start.date(), p.end.date()) for p in (ctx.period, ctx.compared)]
        covered = min(have) > 0
        out[["n", "before_n"]] = out[["n", "before_n"]].fillna(0)
        daily, was = (
            out[c].to_numpy(dtype=float) / max(d, 1)
            for c, d in zip(("n", "before_n"), have, strict=True)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(was > 0, daily / was - 1, np.where(daily > 0, np.inf, np.nan))
        out["moved"] = ratio if covered else np.nan
        out["real"] = covered & map_classes.counts_moved(
            out["n"].to_numpy(dtype=float), out["before_n"].to_numpy(dtype=float),
            max(have[0], 1), max(have[1], 1),
        )  # fmt: skip
        out["value"], out["before_value"] = out["n"].astype(float), out["before_n"].astype(float)
    else:
        _rates_moved(out)
        out["real"] &= ~out["small"]  # few orders are not judged
    return Shown(out, now.resolution)


def _rates_moved(out: pd.DataFrame) -> None:
    """Newcombe's interval of a difference, as :func:`metrics.rates.change`, all rows at once."""
    value, before = (out[name].to_numpy(dtype=float) for name in ("value", "before_value"))
    low, high, old_low, old_high = (
        out[name].to_numpy(dtype=float) for name in ("low", "high", "before_low", "before_high")
    )
    moved = value - before
    below = moved - np.hypot(value - low, old_high - before)
    above = moved + np.hypot(high - value, before - old_low)
    out["moved"], out["real"] = moved, (below > 0) | (above < 0)


def clear(asked: Asked) -> float:
    """From which difference on a change is called large."""
    percent = asked.indicator is not None and asked.indicator.unit == "percent"
    if percent:
        return map_classes.CLEAR_POINTS
    if asked.indicator is None:
        return map_classes.CLEAR
    return float("inf")  # other units: no size fits all, only the direction is told


# -- areas ---------------------------------------------------------------------------
def level(ctx: Context, asked: Asked) -> pd.DataFrame:
    """The areas shown: those of the level, within the filters and the chosen district."""
    areas = read.areas()
    mine = areas[areas["level"] == asked.by]
    if asked.inside:
        return mine[mine["parent"] == asked.inside].reset_index(drop=True)
    if ctx.view.districts:
        mine = mine[mine["area"].isin(ctx.view.districts)]
    return mine.reset_index(drop=True)


def _areas(ctx: Context, asked: Asked, period: Period) -> pd.DataFrame:
    found = _area_values(ctx, asked, asked.where(ctx, period), [asked.by])
    found = found.rename(columns={asked.by: "code"})[list(COLUMNS)]
    return _listed(ctx, asked, found, counted=days_with_data(period) > 0)


def _listed(ctx: Context, asked: Asked, found: pd.DataFrame, *, counted: bool) -> pd.DataFrame:
    """Every area of the level: one without a row has no order, or (``counted`` false) no data."""
    codes = level(ctx, asked)["area"]
    extra = found[found["code"].notna() & ~found["code"].isin(codes)]
    listed = pd.DataFrame({"code": codes}).merge(found, on="code", how="left")
    # places that the list of areas does not know are in the table, if on no map
    out = pd.concat([listed, extra], ignore_index=True) if len(extra) else listed
    out["small"] = out["small"].fillna(value=False).astype(bool)
    if asked.volume and counted:
        out[["n", "value"]] = out[["n", "value"]].fillna(0)
    return out


def days_with_data(period: Period) -> int:
    """On how many days of a period there is any order."""
    return beside.days_known(period.start.date(), period.end.date())


def _area_values(ctx: Context, asked: Asked, where: Selection, by: list[str]) -> pd.DataFrame:
    if asked.volume:
        out = read.tally({"n": EVERYTHING}, where, by)
        return out.assign(value=out["n"].astype(float), low=np.nan, high=np.nan, small=False)
    if asked.what == SCORE:
        return _scores(ctx, where, by)
    assert asked.indicator is not None
    found = counted.of_indicators([asked.indicator], ctx.scheme, where, by)
    if asked.indicator.kind == "per_population":
        known = beside.area_people(by[-1])
        days = beside.days_known(where.start.date(), where.end.date())
        spans = 7 if "week" in by else days
        found[RESIDENTS] = found[by[-1]].map(known).astype("float64") * spans / SPAN_DAYS
    return _rated(ctx, asked, found, by)


def _rated(ctx: Context, asked: Asked, found: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    assert asked.indicator is not None
    rated = rates(asked.indicator, found)
    out = pd.concat([found[by], rated[["value", "n", "low", "high"]]], axis=1)
    return out.assign(small=out["n"].fillna(0) < max(ctx.scheme.minimum_n, 1))


def _scores(ctx: Context, where: Selection, by: list[str]) -> pd.DataFrame:
    """The scheme's composite of each area's pooled orders, without bonuses (they are given to
    units). Shares of a peer group mean nothing for an area: their weight is shared out."""
    scheme = ctx.scheme
    kept = tuple(
        item for item in scheme.composite
        if scheme.indicator(item.indicator).kind != "group_share"
    )  # fmt: skip
    if not kept:
        return pd.DataFrame(columns=[*by, *COLUMNS[1:]])
    plain = scheme.model_copy(update={"composite": kept})
    found = counted.of_scheme(plain, where, by)
    found = found[found[by[0]].notna()].rename(columns={by[0]: "unit"})
    if found.empty:
        return pd.DataFrame(columns=[*by, *COLUMNS[1:]])
    for item in scheme.counts:  # counts with a window of their own belong to units
        found[f"count.{item.id}"] = 0
    out = score(plain, found.reset_index(drop=True))
    out = out.rename(columns={
        "unit": by[0], "composite": "value", "composite_low": "low", "composite_high": "high",
    })  # fmt: skip
    return out[[*by, *COLUMNS[1:]]]


# -- cells ---------------------------------------------------------------------------
def _cells(ctx: Context, asked: Asked, period: Period) -> pd.DataFrame:
    """Level-9 cells with what is counted: n for the volume, the measures for a rate."""
    where = asked.where(ctx, period)
    if asked.indicator is not None:
        wanted = {"all": ctx.scheme.measures()["all"]}
        wanted |= measures_of([asked.indicator], ctx.scheme.excluded)
        clocks = {"all": ctx.scheme.clock, **clocks_of([asked.indicator])}
        return scoring.count(map_read.cell_tally, wanted, clocks, where, ("cell",))
    return volume_cells(asked, where)


def volume_cells(
    asked: Asked,
    where: Selection,
    by: tuple[str, ...] = ("cell",),
    resolution: int = place.FINEST,
) -> pd.DataFrame:
    """Orders by cell, duplicates and floods taken off where that is asked."""
    if not where.whole_days:  # days cut at noon: straight from the orders
        return map_read.cell_tally({"n": EVERYTHING}, where)
    found = map_read.cell_counts(where, by, resolution)
    if asked.leave_out:
        found = found.assign(n=found["n"] - found["duplicates"] - found["floods"])
    return found.loc[found["n"] > 0, [*by, "n"]]


def coarser(found: pd.DataFrame, resolution: int, by: tuple[str, ...] = ("cell",)) -> pd.DataFrame:
    """Level-9 cells summed into larger ones."""
    if resolution == place.FINEST:
        return found.reset_index(drop=True)
    up = place.parents(found["cell"].to_numpy(), resolution)
    return found.assign(cell=up).groupby(list(by), as_index=False).sum()


def _sized(ctx: Context, asked: Asked, found: pd.DataFrame, most: int) -> Shown:
    level = int(asked.size) if asked.size != AUTO else _resolution(ctx, asked, found, most)
    while level > place.COARSEST and _distinct(found, level) > most:
        level -= 1
    return Shown(_valued(ctx, asked, coarser(found, level)), level)


def _distinct(found: pd.DataFrame, level: int) -> int:
    return len(np.unique(place.parents(found["cell"].to_numpy(), level)))


def _resolution(ctx: Context, asked: Asked, found: pd.DataFrame, most: int) -> int:
    """The finest level whose cells a map can hold; for a rate, in which most orders lie in
    cells with enough of them."""
    level = place.FINEST
    while level > place.COARSEST:
        if _distinct(found, level) <= most:
            if asked.indicator is None:
                return level
            rows = _valued(ctx, asked, coarser(found, level))
            total = rows["n"].sum()
            if not total or rows.loc[~rows["small"], "n"].sum() >= ENOUGH * total:
                return level
        level -= 1
    return level


def _valued(ctx: Context, asked: Asked, found: pd.DataFrame) -> pd.DataFrame:
    if asked.indicator is None:
        out = found.assign(value=found["n"].astype(float), low=np.nan, high=np.nan, small=False)
    else:
        out = _rated(ctx, asked, found, ["cell"])
        out = out[out["n"] > 0]
    out = out.rename(columns={"cell": "code"}).reset_index(drop=True)
    return out[list(COLUMNS)]


# -- week by week --------------------------------------------------------------------
def weeks(ctx: Context, asked: Asked) -> tuple[dict[datetime, Shown], int]:
    """The rows of each of the last whole weeks up to the period's end, oldest first, and how many
    were left away because nothing was delivered in them. Cells are of one size."""
    last = min(ctx.period.end, ctx.until + timedelta(days=1))
    end = datetime.combine(monday(last.date()), datetime.min.time())
    start = end - timedelta(days=7 * WEEKS_BACK)
    where = asked.where(ctx).over(start, end)
    if asked.look == AREAS:
        found = _area_values(ctx, asked, where, ["week", asked.by])
        found = found.rename(columns={asked.by: "code"})
        resolution = 0
    else:
        most = MOST_HEAT if asked.look == HEAT else MOST
        # a week has no more cells than the period; where the period is shorter they are made larger
        level_ = shown(ctx, asked, ctx.period).resolution
        found = volume_cells(asked, where, ("week", "cell"), level_)
        resolution = _weekly_level(found, level_, most)
        found = coarser(found, resolution, ("week", "cell"))
        found = found.rename(columns={"cell": "code"})
        found = found.assign(value=found["n"].astype(float), low=np.nan, high=np.nan, small=False)
    out = {}
    for week in pd.DatetimeIndex(found["week"].unique()).sort_values():
        rows = found.loc[found["week"] == week, list(COLUMNS)].reset_index(drop=True)
        rows = _listed(ctx, asked, rows, counted=True) if asked.look == AREAS else rows
        out[week.to_pydatetime()] = Shown(rows, resolution)
    return out, WEEKS_BACK - len(out)


def _weekly_level(found: pd.DataFrame, start: int, most: int) -> int:
    """The finest level, from ``start`` on, at which no week has more cells than a map can hold."""
    for level in range(start, place.COARSEST, -1):
        sizes = coarser(found, level, ("week", "cell")).groupby("week").size()
        if sizes.empty or sizes.max() <= most:
            return level
    return place.COARSEST


def any_point() -> bool:
    """Whether any order has a point that a map may show."""
    found = read.store().rows(sa.select(counts_cell_day.c.cell).limit(1))
    return bool(found)

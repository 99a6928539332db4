"""The numbers behind the Trends page: what is shown, over which days, split and compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data.settings import settings
from forecasting.calendar import days_off
from metrics.conditions import fields_of
from metrics.control import control_limits
from metrics.indicators import Indicator
from metrics.population import RESIDENTS, SPAN_DAYS
from metrics.rates import Change, Rate, change, rate
from metrics.scheme import indicators_of
from metrics.selection import PATH, Selection
from ui import beside, counted, read, trends
from ui.context import Context
from ui.trends import VOLUME, Span

ENOUGH = 0.9
"""The share of its days that a comparison span must have before totals are compared."""
REPEAT_DAYS = 30
SPLITS = ("none", "district", "category", "channel", "unit_type")


@dataclass(frozen=True)
class Asked:
    """What the reader asked for."""

    what: str
    indicator: Indicator | None
    span: Span
    before: Span | None
    grain: str
    split: str


@dataclass(frozen=True)
class Course:
    """One line: its bins with values, the sums behind them, and the bins compared with.

    ``before_total`` and ``before_received`` are missing where the comparison span lacks days.
    ``limits`` (rates without sub-parts only) are those of chance around the line's own mean.
    """

    code: str
    bins: pd.DataFrame
    total: Rate | None
    received: int
    before: pd.DataFrame | None
    before_total: Rate | None
    before_received: int | None
    limits: pd.DataFrame | None

    @property
    def change(self) -> Change | None:
        """The change of the rate against the comparison span."""
        return change(self.total, self.before_total) if self.total and self.before_total else None


def choices(ctx: Context) -> dict[str, Indicator | None]:
    """What can be shown: the volume, the scheme's rates, the further ones.

    Shares of a peer group are about units and mean nothing for the whole.
    """
    known = indicators_of(ctx.scheme, read.indicators())
    return {VOLUME: None} | {k: i for k, i in known.items() if i.kind != "group_share"}


def split_column(asked: Asked, ctx: Context) -> str:
    """The column that is split by; inside one category its second level."""
    if asked.split != "category":
        return asked.split
    paths = ctx.view.categories
    return "category2" if len(paths) == 1 and PATH not in paths[0] else "category1"


def name_of(ctx: Context, asked: Asked, code: str) -> str:
    """The name of a group of a split."""
    if code == trends.OTHERS:
        return ctx.say("page.trends.others")
    if split_column(asked, ctx) == "category2":
        return ctx.name(f"{ctx.view.categories[0]}{PATH}{code}")
    return ctx.name(code)


def before(ctx: Context, code: str, shown: Span, grain: str) -> Span | None:
    """The span compared with; for the period itself the page's comparison period."""
    if code == "period" and ctx.compared is not None:
        first = ctx.compared.start.date()
        return Span(first, max(ctx.compared.last_day, first) + timedelta(days=1))
    return trends.compared(shown, ctx.view.compare, grain)


def first_day(known: pd.DatetimeIndex, fallback: date) -> date:
    """The first day with data."""
    return known[0].date() if len(known) else fallback


def courses(ctx: Context, asked: Asked) -> list[Course]:
    """The lines to draw, largest group first; without a split a single one."""
    known = trends.known_days(read.daily_coverage(ctx.version))
    now = _daily(ctx, asked, asked.span)
    then = _daily(ctx, asked, asked.before) if asked.before else None
    if asked.split == "none":
        return [_course(ctx, asked, "", now, then, known)]
    column = split_column(asked, ctx)
    groups = trends.split(now, column)
    earlier = trends.same_groups(then, column, list(groups)) if then is not None else {}
    return [
        _course(ctx, asked, code, mine, earlier.get(code), known) for code, mine in groups.items()
    ]


def _daily(ctx: Context, asked: Asked, shown: Span) -> pd.DataFrame:
    where = replace(ctx.selection.over(shown.start, shown.stop), clock=ctx.scheme.clock)
    by = ["day"] if asked.split == "none" else ["day", split_column(asked, ctx)]
    indicators = [asked.indicator] if asked.indicator else []
    return counted.of_indicators(indicators, ctx.scheme, where, by)


def _course(
    ctx: Context,
    asked: Asked,
    code: str,
    now: pd.DataFrame,
    then: pd.DataFrame | None,
    known: pd.DatetimeIndex,
) -> Course:
    until = ctx.until - timedelta(days=settling(asked.indicator))
    bins = _lived(
        ctx, asked, code, trends.gather(now, trends.cut(asked.span, asked.grain), known, until)
    )
    total = _total(asked, bins)
    recorded = asked.indicator is None or total is not None
    before = before_total = before_received = None
    if then is not None and asked.before is not None and _covered(asked.before, known):
        earlier = trends.gather(then, trends.cut(asked.before, asked.grain), known, until)
        earlier = _lived(ctx, asked, code, earlier)
        before = trends.valued(earlier, asked.indicator, recorded=recorded)
        if earlier["have"].sum() >= ENOUGH * earlier["days"].sum():
            before_total, before_received = _total(asked, earlier), int(earlier["all"].sum())
    return Course(
        code=code,
        bins=trends.valued(bins, asked.indicator, recorded=recorded),
        total=total,
        received=int(bins["all"].sum()),
        before=before,
        before_total=before_total,
        before_received=before_received,
        limits=_limits(asked, bins) if recorded else None,
    )


def _lived(ctx: Context, asked: Asked, code: str, gathered: pd.DataFrame) -> pd.DataFrame:
    """The bins with the residents of the group, where the indicator asks for them."""
    if asked.indicator is None or asked.indicator.kind != "per_population":
        return gathered
    column = split_column(asked, ctx)
    group = pd.DataFrame({column: [code]})
    by = () if asked.split == "none" else (column,)
    people = beside.people(group, ctx.selection, by).iloc[0]
    return gathered.assign(**{RESIDENTS: people * gathered["have"] / SPAN_DAYS})


def _covered(shown: Span, known: pd.DatetimeIndex) -> bool:
    """Whether a span has any day of data."""
    return bool(((known >= pd.Timestamp(shown.start)) & (known < pd.Timestamp(shown.stop))).any())


def _total(asked: Asked, gathered: pd.DataFrame) -> Rate | None:
    """The rate of all bins pooled; ``None`` for volumes and where nothing is recorded."""
    indicator = asked.indicator
    if indicator is None or not indicator.measured:
        return None
    names = [str(n) for n in gathered if str(n).startswith(f"{indicator.id}.")]
    names += [RESIDENTS] if RESIDENTS in gathered else []
    # Residents are known in all bins or in none.
    summed = gathered[names].sum(skipna=False)
    hits = summed[[name for name in names if ".num." in name]].sum()
    found = rate(indicator, summed, recorded=not indicator.unmeasured_when_zero or hits > 0)
    return found if found.value is not None else None


def _limits(asked: Asked, gathered: pd.DataFrame) -> pd.DataFrame | None:
    indicator = asked.indicator
    if indicator is None or indicator.parts or not indicator.measured:
        return None
    made = control_limits(indicator.leaves()[0], gathered)
    made.loc[gathered["have"] == 0, :] = np.nan
    # An incomplete bin is not judged: what it lacks need not be like what it has.
    made.loc[gathered["partial"], "outside"] = 0
    return made


def settling(indicator: Indicator | None) -> int:
    """How many days pass until a count is final: a repeat can come within 30 days."""
    if indicator is None:
        return 0
    conditions = [c for leaf in indicator.leaves() for _, c in leaf.measures()]
    return REPEAT_DAYS if any("recurred" in fields_of(c) for c in conditions) else 0


def holiday_spans(asked: Asked) -> list[tuple[date, date, str]]:
    """The public holidays inside the span."""
    return trends.holidays(asked.span, days_off(settings().country))


def rhythm(ctx: Context, asked: Asked) -> pd.DataFrame:
    """Orders an hour on an average day of each weekday: 7 rows × 24 columns, in orders.

    Weekdays without any day of data are missing, hours without orders are 0.
    """
    where: Selection = ctx.selection.over(asked.span.start, asked.span.stop)
    found = read.weekday_hours(where)
    grid = found.pivot(index="weekday", columns="hour", values="orders")
    grid = grid.reindex(index=range(7), columns=range(24)).fillna(0).astype(float)
    known = trends.known_days(read.daily_coverage(ctx.version))
    inside = known[(known >= pd.Timestamp(where.start)) & (known < pd.Timestamp(where.end))]
    days = pd.Series(inside.day_of_week).value_counts().reindex(range(7), fill_value=0)
    return grid.div(days.where(days > 0), axis=0)

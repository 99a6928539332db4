"""Periods: the spans of time that work is counted over.

A rule says how time is cut:

========== =========================================================
day        midnight to midnight
day_noon   report day D is ``[D-1 12:00, D 12:00)``
week       Monday to Sunday
month      calendar month
month_<k>  from day k of the previous month to day k-1 (``month_19``)
quarter    calendar quarter
year       calendar year
custom     any span; has no containing()
========== =========================================================

All spans are half-open, ``start <= t < end``, in local wall clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from metrics.labels import Label

_NOON = timedelta(hours=12)
_SHIFTED = re.compile(r"month_(\d{1,2})")
_FIXED = ("day", "day_noon", "week", "month", "quarter", "year")


class PeriodError(ValueError):
    """A rule or span that makes no sense. ``code`` is a key under ``period.error``."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params


@dataclass(frozen=True, order=True)
class Period:
    """A span of time cut by a rule."""

    start: datetime
    end: datetime
    kind: str

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise PeriodError("empty", start=self.start, end=self.end)

    @property
    def last_day(self) -> date:
        """The last calendar day that the span touches."""
        return (self.end - timedelta(microseconds=1)).date()

    @property
    def days(self) -> int:
        """Length in days (rounded down)."""
        return (self.end - self.start).days

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def label(self) -> Label:
        """How the period is called: a word key under ``period`` and its holes."""
        return _label(self)


def start_day(rule: str) -> int | None:
    """The day on which a month of this rule starts; ``None`` when it is no month rule.

    Raises :class:`PeriodError` for a rule that does not exist.
    """
    found = _SHIFTED.fullmatch(rule)
    if found:
        day = int(found[1])
        if not 2 <= day <= 28:
            raise PeriodError("start_day", rule=rule)
        return day
    if rule not in _FIXED and rule != "custom":
        raise PeriodError("unknown_rule", rule=rule)
    return 1 if rule == "month" else None


def custom(first: date, last: date) -> Period:
    """The span from one day to another, both included."""
    return Period(_midnight(first), _midnight(last) + timedelta(days=1), "custom")


def containing(rule: str, moment: datetime) -> Period:
    """The period of a rule that a moment lies in. Raises :class:`PeriodError`."""
    first = start_day(rule)
    today = moment.date()
    if first is not None:
        # A month that starts on the 19th is named after the month in which it ends.
        ahead = int(first > 1 and today.day >= first)
        return _month(rule, today.year, today.month + ahead)
    if rule == "day":
        return Period(_midnight(today), _midnight(today) + timedelta(days=1), rule)
    if rule == "day_noon":
        report = today + timedelta(days=int(moment.time() >= time(12)))
        noon = _midnight(report) + _NOON
        return Period(noon - timedelta(days=1), noon, rule)
    if rule == "week":
        monday = _midnight(today - timedelta(days=today.weekday()))
        return Period(monday, monday + timedelta(days=7), rule)
    if rule == "quarter":
        month = (today.month - 1) // 3 * 3 + 1
        return Period(_first(today.year, month), _first(today.year, month + 3), rule)
    if rule == "year":
        return Period(_first(today.year, 1), _first(today.year + 1, 1), rule)
    raise PeriodError("custom_has_no_rule", rule=rule)


def previous(period: Period) -> Period:
    """The period just before; for a custom span the one of equal length that ends where it starts."""
    if period.kind == "custom":
        return Period(period.start - (period.end - period.start), period.start, "custom")
    return containing(period.kind, period.start - timedelta(microseconds=1))


def year_before(period: Period) -> Period:
    """The period to compare with, one year earlier.

    Days and weeks go back 364 days, so that the same weekdays are compared;
    every other kind goes back by the calendar (29 February becomes the 28th).
    """
    if period.kind in ("day", "day_noon", "week"):
        back = timedelta(days=364)
        return Period(period.start - back, period.end - back, period.kind)
    if period.kind == "custom":
        return Period(_year_back(period.start), _year_back(period.end), "custom")
    # A day inside the named month, quarter or year (month_19 starts in the month before).
    inside = _midnight(period.last_day.replace(day=1))
    return containing(period.kind, _year_back(inside))


def recent(rule: str, as_of: datetime, n: int) -> list[Period]:
    """The last ``n`` periods, oldest first; the last one contains ``as_of`` and may be partial."""
    out = [containing(rule, as_of)]
    while len(out) < n:
        out.append(previous(out[-1]))
    return out[::-1][-n:] if n > 0 else []


def last_complete(rule: str, as_of: datetime) -> Period:
    """The latest period that was over at the moment ``as_of``."""
    now = containing(rule, as_of)
    return now if now.end <= as_of else previous(now)


def complete(period: Period, as_of: datetime) -> bool:
    """Whether the whole period lies before the moment up to which data are complete."""
    return period.end <= as_of


def to_date(period: Period, as_of: datetime, before: Period | None = None) -> tuple[Period, Period]:
    """The part of a period that has passed, and the equally long part of the one before.

    ``before`` defaults to :func:`previous`; pass :func:`year_before` for last
    year's. Whole days are compared (a day still running is left out), except in
    rules of one day, where the same hours are. A shorter earlier period (28
    days of February against 30) is used whole. A complete period is returned
    whole with the whole earlier one. Raises :class:`PeriodError` when not even
    one day has passed.
    """
    before = before or previous(period)
    if complete(period, as_of):
        return period, before
    elapsed = as_of - period.start
    if period.kind not in ("day", "day_noon"):
        elapsed = timedelta(days=elapsed.days)
    if elapsed <= timedelta(0):
        raise PeriodError("not_begun", start=period.start, as_of=as_of)
    return (
        Period(period.start, period.start + elapsed, "custom"),
        Period(before.start, min(before.start + elapsed, before.end), "custom"),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _first(year: int, month: int, day: int = 1) -> datetime:
    """The day of a month; month 0 is last December, month 13 next January."""
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, day)


def _month(rule: str, year: int, month: int) -> Period:
    first = start_day(rule) or 1
    back = int(first > 1)
    return Period(_first(year, month - back, first), _first(year, month + 1 - back, first), rule)


def _year_back(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year - 1)
    except ValueError:
        return moment.replace(year=moment.year - 1, day=28)


# -- labels ------------------------------------------------------------------
def _month_name(month: int) -> Label:
    return Label(f"period.month_name.m{month}")


def _date(day: date, *, year: bool = True) -> Label:
    holes: dict[str, object] = {"month": _month_name(day.month), "day": day.day}
    if year:
        return Label("period.date", {**holes, "year": day.year})
    return Label("period.date_short", holes)


def _span(first: date, last: date) -> Label:
    if first == last:
        return _date(first)
    if first.year == last.year:
        holes = {"start": _date(first, year=False), "end": _date(last, year=False)}
        return Label("period.span", {**holes, "year": first.year})
    return Label("period.span_years", {"start": _date(first), "end": _date(last)})


def _label(period: Period) -> Label:
    first, last = period.start.date(), period.last_day
    if period.kind == "day":
        return _date(first)
    if period.kind == "custom":
        return _custom_label(period)
    span = {"start": _date(first, year=False), "end": _date(last, year=False)}
    iso = first.isocalendar()
    named: dict[str, tuple[str, dict[str, object]]] = {
        "day_noon": ("day_noon", {"date": _date(period.end.date())}),
        "week": ("week", {"year": iso.year, "week": iso.week, **span}),
        "quarter": ("quarter", {"year": first.year, "quarter": (first.month + 2) // 3}),
        "year": ("year", {"year": first.year}),
        "month": ("month", {"year": last.year, "month": _month_name(last.month)}),
    }
    shifted = ("month_span", {"year": last.year, "month": _month_name(last.month), **span})
    code, holes = named.get(period.kind, shifted)
    return Label(f"period.{code}", holes)


def _custom_label(period: Period) -> Label:
    midnight = time()
    if period.start.time() == midnight and period.end.time() == midnight:
        return _span(period.start.date(), period.last_day)

    def moment(value: datetime) -> Label:
        return Label("period.moment", {"date": _date(value.date()), "time": f"{value:%H:%M}"})

    return Label("period.moments", {"start": moment(period.start), "end": moment(period.end)})

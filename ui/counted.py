"""Counts for the pages: the measures of a scheme or of single indicators, by anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from data import scoring
from metrics.conditions import Condition
from metrics.indicators import Indicator, clocks_of, measures_of
from metrics.scheme import Scheme
from metrics.selection import Clock, Selection
from ui import beside, read

CLOCKS: tuple[Clock, ...] = ("created", "closed")


def count(
    measures: Mapping[str, Condition],
    clocks: Mapping[str, Clock],
    where: Selection,
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """:func:`data.scoring.count`, from cached counts."""
    return scoring.count(read.tally, measures, clocks, where, by)


def of_scheme(scheme: Scheme, where: Selection, by: Sequence[str] = ()) -> pd.DataFrame:
    """All measures of a scheme but the counts with a window of their own (:func:`own_windows`)."""
    measures = {n: c for n, c in scheme.measures().items() if not n.startswith("count.")}
    return count(measures, scheme.clocks(), replace(where, clock=scheme.clock), by)


def of_indicators(
    indicators: Iterable[Indicator], scheme: Scheme, where: Selection, by: Sequence[str] = ()
) -> pd.DataFrame:
    """``all`` and the measures of some indicators, without what the scheme strikes out; and the
    residents where an indicator asks for them (not by day, week or month)."""
    listed = list(indicators)
    measures = {"all": scheme.measures()["all"], **measures_of(listed, scheme.excluded)}
    clocks: dict[str, Clock] = {"all": scheme.clock, **clocks_of(listed)}
    found = beside.with_records(count(measures, clocks, where, by), listed, where, by)
    if any(indicator.kind == "per_population" for indicator in listed):
        return beside.with_residents(found, where, by)
    return found

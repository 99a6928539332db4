"""The one way to count a scheme's units for a period.

Pages pass their cached tally in; everything else asks the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import pandas as pd

from data import counts, dimensions, scheme_versions
from data.store import Store
from metrics.conditions import Condition, test
from metrics.periods import Period
from metrics.scheme_model import Scheme
from metrics.selection import Clock, Selection

FACTS = ("unit", "unit_type", "district", "peer_group")


class Tally(Protocol):
    """Counts per group, see :func:`data.counts.tally` (without the store)."""

    def __call__(
        self, measures: Mapping[str, Condition], where: Selection, by: Sequence[str] = ()
    ) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Counted:
    """The units' counts, and how many orders name no unit."""

    units: pd.DataFrame
    nobody: int


def tally_of(store: Store) -> Tally:
    """The store's own tally."""

    def tally(
        measures: Mapping[str, Condition], where: Selection, by: Sequence[str] = ()
    ) -> pd.DataFrame:
        return counts.tally(store, measures, where, by)

    return tally


def unit_counts(store: Store, scheme: Scheme, period: Period) -> pd.DataFrame:
    """Every unit with the scheme's measures over a period, sorted by unit.

    Columns: unit, unit_type, district, peer_group, then one int64 per measure of
    ``scheme.measures()`` (the counts with a window of their own included). Units
    without orders have zeros; orders without a unit are left out (:func:`counted`
    says how many they are).
    """
    return counted(store, scheme, period).units


def counted(store: Store, scheme: Scheme, period: Period) -> Counted:
    """:func:`unit_counts`, and how many orders of the period name no unit."""
    where = Selection(period.start, period.end)
    return counted_by(tally_of(store), dimensions.units(store), scheme, period, where)


def counted_by(
    tally: Tally, units: pd.DataFrame, scheme: Scheme, period: Period, where: Selection
) -> Counted:
    """The same under filters: ``where`` spans the period, ``units`` is the unit list."""
    measures = {n: c for n, c in scheme.measures().items() if not n.startswith("count.")}
    found = count(tally, measures, scheme.clocks(), replace(where, clock=scheme.clock), ("unit",))
    found = found.set_index("unit")
    for item in scheme.counts:
        window = item.window(period)
        own = count(
            tally,
            {f"count.{item.id}": item.condition},
            {},
            replace(where, start=window.start, end=window.end, clock=item.clock),
            ("unit",),
        )
        found = found.join(own.set_index("unit"), how="outer")
    found = found.fillna(0).astype("int64")
    nobody = int(found.loc[found.index.isna(), "all"].sum())
    return Counted(with_facts(found[found.index.notna()], units, where), nobody)


def count(
    tally: Tally,
    measures: Mapping[str, Condition],
    clocks: Mapping[str, Clock],
    where: Selection,
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """One row per group, one int64 column per measure, each counted by its own clock
    (measures that ``clocks`` does not name: by the clock of ``where``)."""
    frames = [
        tally(named, replace(where, clock=clock), by)
        for clock, named in by_clock(measures, clocks, where.clock).items()
    ]
    return counts.joined(frames, list(by), list(measures))


def by_clock(
    measures: Mapping[str, Condition], clocks: Mapping[str, Clock], default: Clock
) -> dict[Clock, dict[str, Condition]]:
    """Measures apart by the time of the order that they count by; clocks without any are absent."""
    out: dict[Clock, dict[str, Condition]] = {}
    for name, condition in measures.items():
        out.setdefault(clocks.get(name, default), {})[name] = condition
    return out


def with_facts(found: pd.DataFrame, units: pd.DataFrame, where: Selection) -> pd.DataFrame:
    """Counts (index: unit) joined to the unit list. Orders without a unit belong to nobody.

    Listed units that fit the filters but received nothing are kept, with zeros.
    """
    facts = units.drop_duplicates("unit")
    if where.unit_types:
        facts = facts[facts["unit_type"].isin(where.unit_types)]
    fits = facts["unit"].isin(found.index)
    if not where.categories and not where.channels:
        here = facts["district"].isin(where.districts) if where.districts else True
        fits = fits | here
    facts = facts.loc[fits, [name for name in FACTS if name in facts]]
    out = facts.set_index("unit").join(found, how="left")
    out[found.columns] = out[found.columns].fillna(0).astype("int64")
    return out.reset_index()


def follows_up(store: Store) -> bool:
    """Whether the city calls back at all (decides the scheme shown first)."""
    asked = {"n": test("followup", "present")}
    everything = Selection(datetime(1900, 1, 1), datetime(2200, 1, 1))
    return bool(counts.tally(store, asked, everything)["n"].sum())


def default_scheme(
    known: Iterable[str], wanted: Iterable[str | None], answered: Callable[[], bool]
) -> str:
    """The scheme of the settings, of the city, or the one that fits what the data hold.

    ``wanted``: what settings and city name; ``answered``: see :func:`follows_up`.
    """
    ids = list(known)
    for name in wanted:
        if name is not None and name in ids:
            return name
    fitting = "beijing_district" if answered() else "service_levels_311"
    return fitting if fitting in ids else ids[0]


def shown_first(store: Store) -> Scheme:
    """The scheme that the pages show first, in the version that is in use here."""
    known = scheme_versions.schemes(store)
    wanted = (store.settings.scheme, store.meta().get("scheme"))
    return known[default_scheme(known, wanted, lambda: follows_up(store))]

"""Builds the simulated city's orders, chunk by chunk, as one prepared batch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.batch import BatchInfo, BatchWriter
from data.demo import truths as planted
from data.demo import volume, weather
from data.demo.acts import acts
from data.demo.arrays import Ints
from data.demo.assemble import SOURCE, Assembler, Span
from data.demo.city import City, city
from data.demo.clock import DAY
from data.demo.draft import NO, Draft, Handled
from data.demo.places import Places, callers, places
from data.demo.process import Process
from data.demo.registers import Seen, registers
from data.demo.report import report
from data.demo.seasons import LEAD
from data.demo.taxonomy import Taxonomy, taxonomy
from data.demo.topics import topics
from data.importing.report import Tally
from data.settings import Settings

CHUNK = 150_000
VERSION = 3
"""Raise when the same seed makes other orders, registers or factors than before."""
YEARS_BEFORE = 5
"""Years of weather known before the first order."""
CHANCE_AGAIN = {True: 0.012, False: 0.36}
"""Chance that a solved or unsolved order comes back from the same place."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Simulation:
    """All parts of one simulated city over one span of days."""

    city: City
    tax: Taxonomy
    truths: planted.Truths | None
    weather: weather.Weather
    demand: volume.Demand
    places: Places
    start: date
    end: date
    orders: int
    seed: int
    country: str


def plan(
    orders: int, seed: int, months: int, end: date | None, effects: bool, country: str = "CN"
) -> Simulation:
    """Put the parts together. ``end`` is the last simulated day, default yesterday.

    Raises ``ValueError`` when ``orders`` or ``months`` is less than 1.
    """
    if orders < 1 or months < 1:
        raise ValueError(f"orders and months must be at least 1, not {orders} and {months}")
    last = end or date.today() - timedelta(days=1)
    first = (pd.Timestamp(last) + pd.Timedelta(days=1) - pd.DateOffset(months=months)).date()
    home = city()
    tax = taxonomy(home)
    known = planted.plan(home, first, last) if effects else None
    sky = weather.simulate(seed, first, last, LEAD)
    return Simulation(
        city=home, tax=tax, truths=known, weather=sky,
        demand=volume.demand(home, tax, sky, known, seed, country),
        places=places(home, orders, seed), start=first, end=last,
        orders=orders, seed=seed, country=country,
    )  # fmt: skip


def build(
    settings: Settings,
    orders: int = 400_000,
    seed: int = 7,
    months: int = 18,
    progress: Progress | None = None,
    effects: bool = True,
    end: date | None = None,
) -> Path:
    """Write the simulated city as one prepared batch into the inbox; returns its directory.

    The same arguments (with the same ``end``) give the same orders. ``effects=False``
    leaves every planted truth out. ``progress`` is called with (orders done, orders in all).
    """
    simulation = plan(orders, seed, months, end, effects, settings.country)
    with BatchWriter(settings.inbox) as writer:
        tally, seen = Tally(), Seen()
        since = simulation.end - timedelta(days=45)
        for table in tables(simulation):
            writer.add(table)
            tally.add(table)
            seen.add(table, since)
            if progress:
                progress(tally.rows, orders)
        writer.add_dimension("units", simulation.city.units)
        writer.add_dimension("areas", simulation.city.areas)
        writer.add_dimension("categories", simulation.tax.table)
        writer.add_dimension("factors", _factors(simulation))
        s = simulation
        said = registers(s.city, s.truths, seen, s.start, s.end, s.seed)
        said += topics(s.city, s.start, s.end)
        writer.add_registers([*said, *acts(s.city, seen.plain, seen.whistled, s.end, s.seed)])
        return writer.finish(_info(simulation, tally))


def tables(simulation: Simulation) -> Iterator[pa.Table]:
    """The orders as canonical tables (``data.frames.ARROW_SCHEMA``), in order of time."""
    s = simulation
    process = Process(s.city, s.tax, s.truths, s.start, s.demand.days, s.seed, s.country)
    assembler = Assembler(s.city, s.tax, s.places, Span(s.start, s.end), s.seed, s.country)
    waiting = _nothing()
    for number, (first, counts) in enumerate(_chunks(s)):
        rng = np.random.default_rng([s.seed, 601, number])
        draft, handled, waiting = _chunk(s, process, first, counts, waiting, rng)
        order = np.argsort(draft.created, kind="stable")
        draft = draft.take(order)
        for name, values in vars(handled).items():
            setattr(handled, name, values[order])
        yield assembler.table(draft, handled, rng)


def _chunks(s: Simulation) -> Iterator[tuple[int, Ints]]:
    """(first day, orders per day) of each chunk; the days' numbers add up to exactly ``orders``."""
    totals = s.demand.totals()
    per_day = np.random.default_rng([s.seed, 602]).multinomial(s.orders, totals / totals.sum())
    first = 0
    for day in range(1, len(per_day) + 1):
        if day == len(per_day) or per_day[first : day + 1].sum() > CHUNK or day - first >= 31:
            yield first, per_day[first:day]
            first = day


def _chunk(
    s: Simulation,
    process: Process,
    first: int,
    counts: Ints,
    waiting: Draft,
    rng: np.random.Generator,
) -> tuple[Draft, Handled, Draft]:
    """One chunk of days; also returns the repeats that fall into later chunks."""
    draft = _draw(s, first, counts, rng)
    bounds = np.concatenate([[0], np.cumsum(counts)])
    end = (first + len(counts)) * DAY
    due = waiting.created < end
    _insert(draft, waiting.take(due), first, bounds, rng)
    handled = process.handle(draft, rng)
    repeats = _repeats(s, draft, handled, rng)
    now_due = repeats.created < end
    rows = _insert(draft, repeats.take(now_due), first, bounds, rng)
    if len(rows):
        handled.put(rows, process.handle(draft.take(rows), rng))
    later = repeats.take(~now_due & (repeats.created < process.now))
    return draft, handled, Draft.join([waiting.take(~due), later])


def _draw(s: Simulation, first: int, counts: Ints, rng: np.random.Generator) -> Draft:
    """Orders of each day: place and category by the day's rates, then hour, address, caller."""
    cells = []
    for offset, count in enumerate(counts.tolist()):
        edges = np.cumsum(s.demand.rates(first + offset).ravel())
        cells.append(np.searchsorted(edges, rng.random(count) * edges[-1], side="right"))
    cell = np.concatenate(cells) if cells else np.zeros(0, dtype=np.int64)
    street, category = np.divmod(cell, len(s.tax.level2))
    day = np.repeat(np.arange(first, first + len(counts)), counts)
    address = s.places.pick(street, s.tax.first[category] * 7, rng)
    return Draft(
        created=day * DAY + _second(s.tax, category, rng),
        street=street, category=category, address=address, caller=callers(address, rng),
        unit=np.full(len(cell), NO), again=np.zeros(len(cell), dtype=bool),
    )  # fmt: skip


def _second(tax: Taxonomy, category: Ints, rng: np.random.Generator) -> Any:
    hours = volume.hour_chances()[tax.hours[category]]
    hour = (rng.random(len(category))[:, None] > hours).sum(axis=1).clip(0, 23)
    return hour * 3600.0 + rng.random(len(category)) * 3599.0


def _repeats(s: Simulation, draft: Draft, handled: Handled, rng: np.random.Generator) -> Draft:
    """Orders that come back within 30 days of being closed, mostly because nothing was solved."""
    size = len(draft)
    chance = np.where(handled.solved, CHANCE_AGAIN[True], CHANCE_AGAIN[False])
    closed = ~np.isnan(handled.closed) & (handled.exclusion == NO)
    rows = np.flatnonzero(closed & (rng.random(size) < chance))
    parent = draft.take(rows)
    day = np.floor(handled.closed[rows] / DAY) + 1 + np.floor(28 * rng.random(len(rows)) ** 1.6)
    same = rng.random(len(rows)) < 0.75
    return Draft(
        created=day * DAY + _second(s.tax, parent.category, rng),
        street=parent.street, category=parent.category, address=parent.address,
        caller=np.where(same, parent.caller, callers(parent.address, rng)),
        unit=handled.unit[rows], again=np.ones(len(rows), dtype=bool),
    )  # fmt: skip


def _insert(
    draft: Draft, repeats: Draft, first: int, bounds: Ints, rng: np.random.Generator
) -> Ints:
    """Put repeats in the place of ordinary orders of the same day; returns the rows used."""
    used, kept = [], []
    day = (repeats.created // DAY).astype(np.int64) - first
    for number in np.unique(day):
        own = np.flatnonzero(day == number)
        free = bounds[number] + np.flatnonzero(~draft.again[bounds[number] : bounds[number + 1]])
        rows = rng.permutation(free)[: len(own)]
        used.append(rows)
        kept.append(own[: len(rows)])
    if not used:
        return np.zeros(0, dtype=np.int64)
    rows = np.concatenate(used)
    draft.put(rows, repeats.take(np.concatenate(kept)))
    return rows


def _nothing() -> Draft:
    whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Draft(
        real, whole, whole, whole, np.zeros(0, dtype=np.uint64), whole, np.zeros(0, dtype=bool)
    )


def _factors(s: Simulation) -> pd.DataFrame:
    """The weather of the days simulated and of five years before: what a city's archive has."""
    before = max(s.start - timedelta(days=YEARS_BEFORE * 365), weather.ORIGIN)
    frame = weather.simulate(s.seed, before, s.end).factors()
    return frame[frame["day"] >= before].reset_index(drop=True)


def _info(s: Simulation, tally: Tally) -> BatchInfo:
    asked = [VERSION, s.orders, s.seed, str(s.start), str(s.end), s.truths is not None, s.country]
    text = json.dumps(asked)
    return BatchInfo(
        digest=hashlib.sha256(f"simulated city {text}".encode()).hexdigest(),
        source=SOURCE,
        rows_read=s.orders,
        file_name=None,
        report=report(tally, s.city.map.city_point, s.city.zone),
        meta={
            "city_zh": s.city.name_zh,
            "city_en": s.city.name_en,
            "simulated": "1",
            "zone": s.city.zone,
            "truths": s.truths.dumps() if s.truths else "{}",
        },
    )

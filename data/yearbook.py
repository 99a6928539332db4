"""What follows from published months: how long in a band, the talk list, the year, the awards.

Only frozen scores are read; the year is made of what stands published (the latest
correction of each month), never of a month that nobody published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from data import frozen, records
from data.published import Publication
from data.records import Change, Record
from data.schema import scores
from data.store import Store
from metrics import bands, periods
from metrics.outcome import barred
from metrics.periods import Period
from metrics.scheme_model import Scheme

YEAR_PART = "year_part"
"""Kind of the records that hold a unit's points for the rest of the year's weight."""


class PartError(ValueError):
    """A line of points that cannot be taken: a code and parameters (``year.error.<code>``)."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(f"{code} {params}")
        self.code, self.params = code, params


@dataclass(frozen=True)
class Year:
    """The year so far: ``table`` as :func:`metrics.bands.awards` gives it (without an award
    list: :func:`metrics.bands.yearly`); ``published`` of ``expected`` months are there."""

    table: pd.DataFrame
    published: int
    expected: int


def scores_of(store: Store, made: Iterable[Publication]) -> pd.DataFrame:
    """The frozen scores of several publications: period, unit, group, score, rank."""
    months = {p.number: p.period for p in made}
    table = scores
    wanted = sa.select(
        table.c.publication, table.c.unit, table.c.league.label("group"), table.c.score,
        table.c.place.label("rank"),
    ).where(table.c.publication.in_(list(months)))  # fmt: skip
    found = store.frame(wanted.order_by(table.c.publication, table.c.unit))
    found.insert(0, "period", [months[number] for number in found.pop("publication")])
    return found.sort_values("period", kind="stable", ignore_index=True)


def run_of(standing: Sequence[Publication], until: Period) -> list[Publication]:
    """The publications of the unbroken run of months that ends with a period, oldest first.

    A month that was not published breaks the run: nobody can be said to have been in a band then.
    """
    known = {p.period: p for p in standing}
    out: list[Publication] = []
    period = until
    while period in known:
        out.append(known[period])
        period = periods.previous(period)
    return out[::-1]


def running(run: Sequence[Publication]) -> pd.DataFrame:
    """How many months in a row each unit has been in each band: period, unit, band, running."""
    return bands.running(_bands(run), [p.period for p in run])


def talks(scheme: Scheme, run: Sequence[Publication]) -> pd.DataFrame:
    """Who is due for an accountability talk (约谈): unit, band, running, longest first."""
    parts = []
    for band in scheme.bands:
        if band.talk is not None:
            due = bands.accountable(
                _bands(run), [p.period for p in run], band.id, band.talk.periods
            )
            parts.append(due.assign(band=band.id))
    columns = ["unit", "band", "running"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def year_of(period: Period) -> int:
    """The year that a month belongs to: the one in which it ends."""
    return period.last_day.year


def year(
    store: Store, scheme: Scheme, standing: Sequence[Publication], number: int, parts: pd.DataFrame
) -> Year:
    """The year's result from the months that stand published, with the award list.

    ``parts``: unit, points (0 to 100) of the rest of the year's weight. Raises
    ``ValueError`` when the scheme has no year.
    """
    if scheme.year is None:
        raise ValueError("the scheme has no year")
    mine = [p for p in standing if year_of(p.period) == number]
    expected = len(_periods_of(scheme.period, number))
    months = scores_of(store, mine).astype({"score": "float64"})
    other = parts[["unit", "points"]] if len(parts) else None
    table = bands.yearly(scheme, months, other, expected=expected)
    rules = scheme.year.awards
    if rules is not None:
        out = sorted({u for p in mine for u in barred(scheme, _lines(p))})
        table = bands.awards(table, rules.count, enough=rules.months, barred=out)
    return Year(table, len(mine), expected)


def part_id(scheme: str, number: int, unit: str) -> str:
    """The id of a unit's record of the rest of the year."""
    return f"{scheme}/{number}/{unit}"


def parts_of(found: Iterable[Record], scheme: str, number: int) -> pd.DataFrame:
    """The recorded points of a year: unit, points, basis, actor, moment, revision."""
    rows = [
        {
            "unit": str(r.body["unit"]), "points": float(r.body["points"]),
            "basis": str(r.body["basis"]), "actor": r.actor, "moment": r.moment,
            "revision": r.revision,
        }
        for r in found
        if (r.body["scheme"], r.body["year"]) == (scheme, number)
    ]  # fmt: skip
    columns = ["unit", "points", "basis", "actor", "moment", "revision"]
    return pd.DataFrame(rows, columns=columns)


def read_parts(text: str, codes: Mapping[str, str]) -> dict[str, float]:
    """Lines of ``unit, points`` (tab, comma or spaces between), as pasted from a table.

    ``codes``: every way a unit may be written, to its code. Raises :class:`PartError`
    naming line and value.
    """
    out: dict[str, float] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.strip().replace("，", ",").replace("\t", ",")
        if not plain:
            continue
        name, separator, value = plain.rpartition(",")
        if not separator:
            name, _, value = plain.rpartition(" ")
        unit = codes.get(name.strip())
        if unit is None:
            raise PartError("unknown_unit", line=number, value=name.strip() or plain)
        try:
            points = float(value)
        except ValueError:
            raise PartError("not_a_number", line=number, value=value.strip()) from None
        if not 0 <= points <= 100:
            raise PartError("out_of_range", line=number, value=value.strip())
        if unit in out:
            raise PartError("twice", line=number, value=name.strip())
        out[unit] = points
    if not out:
        raise PartError("nothing")
    return out


def save_parts(
    store: Store,
    scheme: str,
    number: int,
    points: Mapping[str, float],
    *,
    basis: str,
    actor: str,
    revisions: Mapping[str, int],
) -> list[Record]:
    """Write units' points for the rest of a year, all or none.

    ``revisions``: the revision of each unit's points that the writer saw (0 where there
    were none). Raises :class:`data.records.Stale` when somebody changed one since.
    """
    changes = [
        Change(
            YEAR_PART,
            {"scheme": scheme, "year": number, "unit": unit, "points": value, "basis": basis},
            part_id(scheme, number, unit), revisions.get(unit, 0),
        )
        for unit, value in points.items()
    ]  # fmt: skip
    return records.save_all(store, changes, actor=actor)


# -- inside --------------------------------------------------------------------------
def _bands(run: Sequence[Publication]) -> pd.DataFrame:
    rows = [(p.period, row["unit"], row["band"]) for p in run for row in p.record.body["bands"]]
    return pd.DataFrame(rows, columns=["period", "unit", "band"])


def _lines(made: Publication) -> pd.DataFrame:
    return frozen.frame_of(made.record.body["lines"], ("adjustment", "unit", "counted"))


def _periods_of(rule: str, number: int) -> list[Period]:
    """The periods of a rule that end in a year."""
    last = periods.containing(rule, datetime(number, 12, 31))
    while year_of(last) > number:
        last = periods.previous(last)
    out = [last]
    while year_of(before := periods.previous(out[0])) == number:
        out.insert(0, before)
    return out

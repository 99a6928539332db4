"""Indicators made in the app: records of kind ``indicator``, counted ahead like shipped ones.

The body of a record is the plain data of :class:`metrics.indicators.Indicator`; the id of
the record is the indicator's. Until its measures have a slot an indicator is answered from
raw rows, with the same answer.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import ValidationError

from data import records
from data.records import Change, Record
from data.schema import records as table
from data.slots import count_ahead
from data.store import Store
from metrics.conditions import fingerprint
from metrics.indicator_file import plain
from metrics.indicators import Indicator, clocks_of, measures_of
from metrics.scheme import Scheme, all_schemes, further_indicators

log = logging.getLogger(__name__)

KIND = "indicator"
PREFIX = "own_"
_WORDS = ("all", "flagged", "excluded", "list", "count", "adjust", "score", "volume", "overdue")


class BadIndicator(ValueError):
    """An indicator that cannot be saved: ``code`` (words ``indicators.refused.<code>``)."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(f"{code} {details}")
        self.code = code
        self.details = details


def saved(store: Store) -> dict[str, Indicator]:
    """The saved indicators in use, by id, oldest first."""
    return understood(records.all_of(store, KIND))


def understood(found: Iterable[Record]) -> dict[str, Indicator]:
    """The indicators of some records. One that this version cannot read is left out and logged."""
    out: dict[str, Indicator] = {}
    for record in found:
        try:
            out[record.id] = Indicator.model_validate(dict(record.body))
        except ValidationError:
            log.warning("indicator %s, revision %s: not understood", record.id, record.revision)
    return out


def reserved() -> set[str]:
    """Ids that a saved indicator may not have: those of shipped ones, and words of links."""
    schemes = all_schemes().values()
    return {
        *_WORDS,
        *further_indicators(),
        *(i.id for scheme in schemes for i in scheme.indicators),
    }


def new_id(store: Store, name: str) -> str:
    """A free id made from an English name: ``own_heating_solved``, ``own_heating_solved_2`` …"""
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40].rstrip("_") or "indicator"
    stem = slug if slug.startswith(PREFIX) else f"{PREFIX}{slug}"
    taken = reserved() | _ever(store)
    number, found = 1, stem
    while found in taken:
        number += 1
        found = f"{stem}_{number}"
    return found


def save(store: Store, indicator: Indicator, *, actor: str, revision: int = 0) -> Record:
    """Write a new indicator (``revision`` 0) or the next revision of one.

    Raises :class:`data.records.Stale`, and :class:`BadIndicator` for a shipped one's id.
    """
    return save_all(store, [(indicator, revision)], actor=actor)[0]


def save_all(store: Store, changes: Iterable[tuple[Indicator, int]], *, actor: str) -> list[Record]:
    """Several indicators with the revisions they were made from, all or none."""
    listed = list(changes)
    shipped = reserved()
    for indicator, _ in listed:
        if indicator.id in shipped:
            raise BadIndicator("shipped_id", id=indicator.id)
    return records.save_all(
        store,
        [Change(KIND, plain(indicator), indicator.id, revision) for indicator, revision in listed],
        actor=actor,
    )


def retire(store: Store, id: str, *, revision: int, actor: str) -> Record:
    """Take an indicator out of use; its history stays. Raises :class:`data.records.Stale`."""
    return records.remove(store, KIND, id, revision=revision, actor=actor)


def retired(store: Store) -> list[Record]:
    """The last revision of every indicator that was taken out of use."""
    newest = (
        sa.select(table.c.id, sa.func.max(table.c.revision).label("revision"))
        .where(table.c.kind == KIND)
        .group_by(table.c.id)
    ).subquery()
    found = sa.select(table.c.id).join(
        newest, sa.and_(table.c.id == newest.c.id, table.c.revision == newest.c.revision)
    )
    gone = store.rows(found.where(table.c.kind == KIND, table.c.removed).order_by(table.c.number))
    return [records.history(store, KIND, row.id)[-1] for row in gone]


def _ever(store: Store) -> set[str]:
    """Every id that a saved indicator ever had: history belongs to one indicator."""
    return {row.id for row in store.rows(sa.select(table.c.id).where(table.c.kind == KIND))}


# -- counting ahead ----------------------------------------------------------------
@dataclass(frozen=True)
class Progress:
    """How far the counting of indicators has come: measures with a slot, and all there are."""

    counted: int
    wanted: int
    running: bool

    @property
    def done(self) -> bool:
        """Whether every measure has its slot."""
        return self.counted >= self.wanted


def count_everything(store: Store) -> None:
    """Count ahead what schemes, shipped and saved indicators need (see :func:`count_ahead`)."""
    count_ahead(store, saved(store).values())


_running: dict[int, threading.Thread] = {}
_guard = threading.Lock()


def count_in_background(store: Store) -> threading.Thread:
    """Count what has no slot yet, in a thread of this process; one at a time for each store."""
    with _guard:
        thread = threading.Thread(
            target=_count, args=(store, _running.get(id(store))), name="cockpit-count", daemon=True
        )
        _running[id(store)] = thread
        thread.start()
    return thread


def _count(store: Store, before: threading.Thread | None) -> None:
    if before is not None:
        before.join()  # it may have begun before the newest save
    try:
        count_everything(store)
    except Exception:
        # Nothing is lost: the measures are answered from raw rows until the next start.
        log.exception("counting ahead failed")


def progress(store: Store, indicator: Indicator, scheme: Scheme) -> Progress:
    """How many of an indicator's measures under a scheme are counted ahead."""
    named = measures_of([indicator], scheme.excluded)
    clocks = clocks_of([indicator])
    keys = {(fingerprint(condition), clocks[name]) for name, condition in named.items()}
    thread = _running.get(id(store))
    have = len(keys & set(store.slots()))
    return Progress(have, len(keys), thread is not None and thread.is_alive())

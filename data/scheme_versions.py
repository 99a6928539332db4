"""Versions of schemes: those shipped as files, and those written here as records.

A stored version is a draft until somebody puts it in use; drafts never score anything
outside the laboratory. A version in use applies to periods that begin on or after its
``valid_from``; it can only be put in use for periods that are not over yet, and a retired
one goes on applying to the periods it scored. So no month that could be published is
ever scored by another scheme than before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Literal

import sqlalchemy as sa

from data import audit, records
from data.published import published
from data.records import Change, Record
from data.store import Store
from metrics.periods import last_complete
from metrics.scheme import Scheme, SchemeError, all_versions, scheme_from_text, scheme_texts

State = Literal["shipped", "draft", "in_use", "retired"]
KIND = "scheme"
LONGEST = 200_000
"""Characters of a scheme's text."""


class VersionRefused(ValueError):
    """A version that cannot be saved, put in use or retired: a code and its parameters."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(f"{code} {params}")
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Version:
    """One version of a scheme. ``scheme`` is ``None`` where a stored text can no longer be
    read (``fault`` says why). ``retired_from``: periods that begin from that day on are
    scored without it. ``revision`` is the record's (0: shipped)."""

    id: str
    version: str
    state: State
    text: str
    scheme: Scheme | None
    fault: SchemeError | None = None
    note: str = ""
    based_on: str = ""
    retired_from: date | None = None
    revision: int = 0
    actor: str = ""
    moment: datetime | None = None

    @property
    def code(self) -> str:
        """``<id>@<version>``: how a version is called in links and records."""
        return code_of(self.id, self.version)

    @property
    def counts(self) -> bool:
        """Whether it may score periods (in use, or shipped)."""
        return self.state in ("shipped", "in_use")

    def covers(self, day: date) -> bool:
        """Whether a period that begins on the day may be scored by it."""
        if self.scheme is None or self.state == "draft" or day < self.scheme.valid_from:
            return False
        if self.scheme.valid_to is not None and day > self.scheme.valid_to:
            return False
        return self.counts or (self.retired_from is not None and day < self.retired_from)


def code_of(id: str, version: str) -> str:
    """How a version of a scheme is called."""
    return f"{id}@{version}"


# -- reading ---------------------------------------------------------------------
def versions(store: Store) -> list[Version]:
    """Every version: the shipped ones, then the stored ones, oldest first."""
    return with_stored(records.all_of(store, KIND))


def with_stored(stored: Sequence[Record]) -> list[Version]:
    """The shipped versions, then those of the records given."""
    texts = scheme_texts()
    shipped = [
        Version(one.id, one.version, "shipped", texts[one.id, one.version], one)
        for mine in all_versions().values()
        for one in mine
    ]
    own = [_version(record) for record in stored]
    # What a city put in use here stays what it was, whatever a newer cockpit ships.
    kept = {one.code for one in own if one.state != "draft"}
    return [*(one for one in shipped if one.code not in kept), *own]


def newest(found: Sequence[Version]) -> dict[str, Scheme]:
    """The schemes that pages offer: of each id the shipped or used version with the latest start."""
    out: dict[str, Scheme] = {}
    for one in found:
        if one.scheme is None or not one.counts:
            continue
        known = out.get(one.id)
        if known is None or one.scheme.valid_from >= known.valid_from:
            out[one.id] = one.scheme
    return out


def schemes(store: Store) -> dict[str, Scheme]:
    """:func:`newest` of the store's versions."""
    return newest(versions(store))


def in_force(found: Sequence[Version], id: str, day: date) -> Scheme | None:
    """The version by which a period that begins on the day is scored.

    Before the first version's start it is the first version: there is no other.
    """
    mine = [one for one in found if one.id == id and one.scheme is not None]
    covering = [one.scheme for one in mine if one.covers(day) and one.scheme]
    if covering:
        return max(covering, key=lambda scheme: scheme.valid_from)
    known = [one.scheme for one in mine if one.counts and one.scheme]
    return min(known, key=lambda scheme: scheme.valid_from, default=None)


def _version(record: Record) -> Version:
    body = record.body
    found = _parsed(str(body["text"]), code_of(str(body["id"]), str(body["version"])))
    scheme = found if isinstance(found, Scheme) else None
    ended = body.get("retired_from")
    return Version(
        id=str(body["id"]), version=str(body["version"]), state=body["state"],
        text=str(body["text"]), scheme=scheme,
        fault=found if isinstance(found, SchemeError) else None,
        note=str(body.get("note", "")), based_on=str(body.get("based_on", "")),
        retired_from=date.fromisoformat(ended) if ended else None,
        revision=record.revision, actor=record.actor, moment=record.moment,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _parsed(text: str, name: str) -> Scheme | SchemeError:
    try:
        return scheme_from_text(text, name)
    except SchemeError as fault:
        return fault


# -- writing ---------------------------------------------------------------------
def save_draft(
    store: Store,
    text: str,
    *,
    actor: str,
    note: str = "",
    based_on: str = "",
    revision: int = 0,
) -> Version:
    """Save a text as a draft: a new version, or (``revision``) an existing draft's next revision.

    Raises :class:`SchemeError` for a text that is no scheme, :class:`VersionRefused` when
    the id and version are taken or no longer a draft's, :class:`data.records.Stale` when
    somebody saved it first.
    """
    if len(text) > LONGEST:
        raise SchemeError("too_large", file="")
    scheme = scheme_from_text(text, "")
    code = code_of(scheme.id, scheme.version)
    known = {one.code: one for one in versions(store)}.get(code)
    if known is not None and (revision == 0 or known.state == "shipped"):
        raise VersionRefused("taken", id=scheme.id, version=scheme.version)
    if known is not None and known.state != "draft" and known.revision == revision:
        raise VersionRefused("no_draft", id=scheme.id, version=scheme.version)
    body = {
        "id": scheme.id, "version": scheme.version, "state": "draft", "text": text,
        "note": note, "based_on": based_on,
    }  # fmt: skip
    if known is None and revision == 0:
        # A discarded draft's name may be used again: its revisions go on.
        gone = records.history(store, KIND, code)
        revision = gone[-1].revision if gone else 0
    return _version(records.save(store, KIND, body, actor=actor, id=code, revision=revision))


def discard(store: Store, version: Version, *, actor: str) -> None:
    """Throw a draft away (its revisions stay in the register). Raises ``VersionRefused``, ``Stale``."""
    if version.state != "draft":
        raise VersionRefused("no_draft", id=version.id, version=version.version)
    records.remove(store, KIND, version.code, revision=version.revision, actor=actor)


def first_day(rule: str, until: datetime) -> date:
    """The earliest day from which a change may apply: the end of the last complete period of a rule."""
    end = last_complete(rule, until).end
    return end.date() if end.time() == time() else date.fromordinal(end.toordinal() + 1)


def put_in_use(store: Store, version: Version, *, actor: str, until: datetime) -> Version:
    """Let a draft score periods that begin on or after its ``valid_from``.

    ``until``: up to when the data are complete. Raises :class:`VersionRefused` when the
    version would score a period that is over (and may be published), or starts on the
    day another version starts; :class:`data.records.Stale` when somebody changed it first.
    """
    scheme = version.scheme
    if version.state != "draft" or scheme is None:
        raise VersionRefused("no_draft", id=version.id, version=version.version)
    with store.write() as connection:
        # Within the writers' turn: two drafts cannot slip in side by side.
        _check_start(store, version, scheme, until)
        details = {"valid_from": scheme.valid_from.isoformat()}
        return _move(store, connection, version, "in_use", actor, details)


def _check_start(store: Store, version: Version, scheme: Scheme, until: datetime) -> None:
    others = [one for one in versions(store) if one.id == version.id and one.state != "draft"]
    rules = {scheme.period, *(one.scheme.period for one in others if one.scheme)}
    earliest = max(first_day(rule, until) for rule in rules)
    # A scheme of a new name has scored nothing that it could rewrite.
    if others and scheme.valid_from < earliest:
        raise VersionRefused("too_early", valid_from=scheme.valid_from, earliest=earliest)
    start = datetime.combine(scheme.valid_from, time())
    for result in published(store):
        if result.scheme_id == scheme.id and result.period.end > start:
            raise VersionRefused("published", end=result.period.last_day)
    for one in others:
        if one.counts and one.scheme and one.scheme.valid_from == scheme.valid_from:
            raise VersionRefused("same_day", valid_from=scheme.valid_from, version=one.version)


def retire(store: Store, version: Version, *, actor: str, until: datetime) -> Version:
    """Let a version in use score no further periods; those that are over keep it.

    Raises :class:`VersionRefused`, :class:`data.records.Stale`.
    """
    if version.state != "in_use" or version.scheme is None:
        raise VersionRefused("not_in_use", id=version.id, version=version.version)
    details = {"retired_from": first_day(version.scheme.period, until).isoformat()}
    with store.write() as connection:
        return _move(store, connection, version, "retired", actor, details)


def _move(
    store: Store,
    connection: sa.Connection,
    version: Version,
    state: State,
    actor: str,
    details: Mapping[str, Any],
) -> Version:
    body = {
        "id": version.id, "version": version.version, "state": state, "text": version.text,
        "note": version.note, "based_on": version.based_on, **details,
    }  # fmt: skip
    change = Change(KIND, body, version.code, version.revision)
    made = records.save_all(store, [change], actor=actor, connection=connection)[0]
    audit.note(store, f"{KIND}.{state}", version.code, details, actor=actor, connection=connection)
    return _version(made)

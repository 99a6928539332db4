"""Stored versions of schemes: drafts, versions in use, months that are over."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest

from data import audit, records
from data import scheme_versions as kept
from data.records import Stale
from data.scheme_versions import VersionRefused
from data.slots import count_ahead
from data.store import Store
from data.worker import Worker
from metrics.conditions import fingerprint
from metrics.scheme import SchemeError, all_schemes, all_versions, scheme_from_text, scheme_texts
from metrics.scheme_text import redrafted

C = "zhungeer_banner"
SHIPPED = scheme_texts()[C, "1"]
UNTIL = datetime(2026, 10, 20)  # September is over, October is not
START = date(2026, 10, 1)


def text(version: str = "2", start: date = START, id: str = C, **turns: float) -> str:
    named = {code.replace("__", "."): value for code, value in turns.items()}
    return redrafted(SHIPPED, named, {"id": id, "version": version, "valid_from": start})


def draft(store: Store, *given: object, **how: object) -> kept.Version:
    return kept.save_draft(store, text(*given, **how), actor="李")  # type: ignore[arg-type]


def test_a_draft_is_there_but_scores_nothing(store: Store) -> None:
    assert kept.schemes(store) == all_schemes()
    made = draft(store, weight__response=40.0)
    assert (made.state, made.revision, made.actor) == ("draft", 1, "李")
    assert kept.schemes(store) == all_schemes()
    found = {one.code: one for one in kept.versions(store)}
    assert found[f"{C}@2"].scheme == scheme_from_text(made.text, "")
    assert kept.in_force(kept.versions(store), C, date(2027, 1, 1)) == all_schemes()[C]


def test_a_version_in_use_scores_what_begins_from_its_day_on(store: Store) -> None:
    used = kept.put_in_use(store, draft(store, limit__sign=4), actor="王", until=UNTIL)
    assert kept.schemes(store)[C] == used.scheme
    every = kept.versions(store)
    old = all_schemes()[C]
    assert kept.in_force(every, C, date(2026, 9, 30)) == old
    assert kept.in_force(every, C, START) == used.scheme
    assert kept.in_force(every, C, date(1999, 1, 1)) == old  # before the first one's start
    assert kept.in_force(every, "nobody", START) is None
    line = audit.lines(store).set_index("action").loc["scheme.in_use"]
    assert (line["actor"], line["subject"]) == ("王", f"{C}@2")
    count_ahead(store)
    counted = {mark for mark, _ in store.slots()}
    assert used.scheme is not None
    assert {fingerprint(c) for c, _ in used.scheme.counted()} <= counted


def test_a_month_that_is_over_keeps_its_scheme(store: Store) -> None:
    early = draft(store, "2", date(2026, 9, 30))
    with pytest.raises(VersionRefused) as refused:
        kept.put_in_use(store, early, actor="王", until=UNTIL)
    assert refused.value.code == "too_early"
    assert refused.value.params["earliest"] == START
    # A new period rule may not reach into the old one's months either.
    shifted = text("3").replace("period: month\n", "period: month_19\n")
    assert scheme_from_text(shifted, "").period == "month_19"
    other = kept.save_draft(store, shifted, actor="李")
    with pytest.raises(VersionRefused) as refused:
        kept.put_in_use(store, other, actor="王", until=UNTIL)
    assert refused.value.params["earliest"] == date(2026, 10, 19)
    # A scheme of a new name has no months yet.
    fresh = draft(store, "1", date(2020, 1, 1), id="our_own")
    assert kept.put_in_use(store, fresh, actor="王", until=UNTIL).state == "in_use"


def test_two_versions_cannot_start_on_one_day(store: Store) -> None:
    kept.put_in_use(store, draft(store), actor="王", until=UNTIL)
    with pytest.raises(VersionRefused) as refused:
        kept.put_in_use(store, draft(store, "3"), actor="王", until=UNTIL)
    assert refused.value.code == "same_day"


def test_a_retired_version_keeps_the_months_it_scored(store: Store) -> None:
    used = kept.put_in_use(store, draft(store), actor="王", until=UNTIL)
    ended = kept.retire(store, used, actor="赵", until=datetime(2026, 12, 5))
    assert ended.retired_from == date(2026, 12, 1)
    every = kept.versions(store)
    assert kept.in_force(every, C, date(2026, 11, 1)) == used.scheme
    assert kept.in_force(every, C, date(2026, 12, 1)) == all_schemes()[C]
    assert kept.schemes(store)[C] == all_schemes()[C]
    with pytest.raises(VersionRefused):
        kept.retire(store, ended, actor="赵", until=UNTIL)


def test_names_cannot_be_used_twice(store: Store) -> None:
    with pytest.raises(VersionRefused) as refused:
        kept.save_draft(store, SHIPPED, actor="李")
    assert refused.value.code == "taken"
    first = draft(store)
    with pytest.raises(VersionRefused):
        draft(store)
    kept.discard(store, first, actor="李")
    assert f"{C}@2" not in {one.code for one in kept.versions(store)}
    again = draft(store)  # a discarded name is free
    assert again.revision == 3
    used = kept.put_in_use(store, again, actor="王", until=UNTIL)
    for revision in (0, used.revision):
        with pytest.raises(VersionRefused):
            kept.save_draft(store, text(weight__response=1), actor="李", revision=revision)
    with pytest.raises(VersionRefused):
        kept.discard(store, used, actor="李")
    with pytest.raises(VersionRefused):
        kept.put_in_use(store, used, actor="李", until=UNTIL)


def test_an_edit_made_from_an_old_revision_is_refused(store: Store) -> None:
    first = draft(store)
    newer = text(weight__response=31)
    kept.save_draft(store, newer, actor="王", revision=first.revision)
    with pytest.raises(Stale) as stale:
        kept.save_draft(store, text(weight__response=32), actor="李", revision=first.revision)
    assert stale.value.current is not None
    assert (stale.value.current.actor, stale.value.current.body["text"]) == ("王", newer)
    with pytest.raises(Stale):
        kept.put_in_use(store, first, actor="李", until=UNTIL)
    with pytest.raises(Stale):
        kept.discard(store, first, actor="李")
    assert kept.schemes(store) == all_schemes()


def test_a_broken_text_is_refused_with_its_line(store: Store) -> None:
    broken = text().replace("weight: 30", "weight: thirty")
    line = next(n for n, row in enumerate(broken.splitlines(), 1) if "thirty" in row)
    with pytest.raises(SchemeError) as fault:
        kept.save_draft(store, broken, actor="李")
    assert (fault.value.code, fault.value.line) == ("bad_value", line)
    with pytest.raises(SchemeError):
        kept.save_draft(store, text() + "#" * kept.LONGEST, actor="李")
    assert records.all_of(store, kept.KIND) == []


def test_a_stored_text_that_no_longer_reads_hides_nothing(store: Store) -> None:
    body = {"id": C, "version": "9", "state": "in_use", "text": "id: [", "note": ""}
    records.save(store, kept.KIND, body, actor="李", id=f"{C}@9")
    assert kept.schemes(store) == all_schemes()
    found = {one.code: one for one in kept.versions(store)}[f"{C}@9"]
    assert found.scheme is None
    assert found.fault is not None and found.fault.line == 1


def test_what_was_put_in_use_here_outlives_what_is_shipped(store: Store) -> None:
    """A newer cockpit may ship the very id and version that a city had made its own."""
    own = text("1", weight__response=44)
    body = {"id": C, "version": "1", "state": "in_use", "text": own, "note": ""}
    records.save(store, kept.KIND, body, actor="李", id=f"{C}@1")
    assert [one.state for one in kept.versions(store) if one.id == C] == ["in_use"]
    assert kept.schemes(store)[C] == scheme_from_text(own, "")
    assert set(kept.schemes(store)) == set(all_versions())


def test_the_worker_counts_a_new_version_in_the_background(duckdb_store: Store) -> None:
    worker = Worker(duckdb_store, poll=0.01).start()
    try:
        used = kept.put_in_use(
            duckdb_store, draft(duckdb_store, limit__sign=7), actor="王", until=UNTIL
        )
        assert used.scheme is not None
        wanted = {fingerprint(c) for c, _ in used.scheme.counted()}
        worker.count_again()
        for _ in range(600):
            if wanted <= {mark for mark, _ in duckdb_store.slots()}:
                return
            time.sleep(0.05)
        pytest.fail("not counted")
    finally:
        worker.stop()

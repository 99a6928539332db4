"""The register keeps every revision, refuses stale edits and writes all or nothing."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from data import audit, records
from data.records import Change, Stale
from data.schema import records as table
from data.settings import Settings
from data.store import Store, open_store


def test_a_record_is_written_changed_and_removed_with_all_its_revisions(store: Store) -> None:
    first = records.save(store, "action", {"what": "清淤", "day": "2026-07-01"}, actor="王")
    second = records.save(
        store, "action", {"what": "清淤", "day": "2026-07-02"},
        actor="李", id=first.id, revision=first.revision,
    )  # fmt: skip
    assert second.revision == 2
    assert records.one(store, "action", first.id) == second
    assert [r.actor for r in records.history(store, "action", first.id)] == ["王", "李"]
    assert records.frame(store, "action", ["note"]).loc[0, "day"] == "2026-07-02"
    records.remove(store, "action", first.id, revision=2, actor="王")
    assert records.one(store, "action", first.id) is None
    assert records.all_of(store, "action") == []
    assert len(records.history(store, "action", first.id)) == 3
    logged = audit.lines(store)
    assert set(logged["action"]) == {"action.added", "action.changed", "action.removed"}
    assert set(logged["subject"]) == {first.id}


def test_a_stale_edit_is_refused_with_both_versions_and_nothing_is_lost(store: Store) -> None:
    first = records.save(store, "task", {"state": "open"}, actor="甲")
    records.save(store, "task", {"state": "done"}, actor="甲", id=first.id, revision=1)
    with pytest.raises(Stale) as refused:
        records.save(store, "task", {"state": "late"}, actor="乙", id=first.id, revision=1)
    assert refused.value.current is not None
    assert refused.value.current.body == {"state": "done"}
    assert refused.value.mine == {"state": "late"}
    standing = records.one(store, "task", first.id)
    assert standing is not None and standing.body == {"state": "done"}


def test_all_or_none(store: Store) -> None:
    taken = records.save(store, "task", {"n": 1}, actor="甲")
    with pytest.raises(Stale):
        records.save_all(
            store, [Change("task", {"n": 2}), Change("task", {"n": 3}, id=taken.id)], actor="乙"
        )
    assert [r.body["n"] for r in records.all_of(store, "task")] == [1]
    assert records.version(store) == 1


def test_writers_at_once_each_get_their_own_number(store: Store) -> None:
    refused: list[Stale] = []
    shared = records.save(store, "task", {"n": 0}, actor="甲")

    def write(k: int) -> None:
        records.save(store, "note", {"n": k}, actor=f"w{k}")
        try:
            records.save(store, "task", {"n": k}, actor=f"w{k}", id=shared.id, revision=1)
        except Stale as stale:
            refused.append(stale)

    threads = [threading.Thread(target=write, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [row.number for row in store.rows(sa.select(table.c.number))]
    assert sorted(numbers) == list(range(1, 9))  # 1 + 6 notes + the one edit that came first
    assert len(refused) == 5


def test_a_store_of_an_older_cockpit_gets_the_missing_tables(config: Settings) -> None:
    opened = open_store(config)
    with opened.write() as connection:
        connection.execute(sa.schema.DropTable(table))
    opened.close()
    again = open_store(config)
    try:
        assert records.version(again) == 0
        records.save(again, "action", {}, actor="王")
        assert records.version(again) == 1
    finally:
        again.close()

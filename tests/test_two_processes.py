"""One process owns the embedded file, others hand it batches."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import delivery, inbox
from data.batch import BatchInfo, waiting, write_batch
from data.inbox import BatchResult
from data.schema import orders
from data.settings import Settings
from data.store import StoreLocked, open_store
from data.worker import Worker
from tests.factory import random_orders
from tests.test_ingest import well

ROOT = Path(__file__).resolve().parents[1]
OWNER = """
import sys, time
from pathlib import Path
from data.settings import Settings
from data.store import open_store
from data.worker import ensure
store = open_store(Settings(home=Path(sys.argv[1]), _env_file=None))
if sys.argv[2] == "works":
    ensure(store)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "var", _env_file=None)


@contextmanager
def owner(config: Settings, duty: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the file; it "works" (drains the inbox) or "sleeps"."""
    command = [sys.executable, "-c", OWNER, str(config.home), duty]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def batch(config: Settings, name: str, seed: int, rows: int = 100) -> Path:
    frame = random_orders(rows, seed, source=name)
    aside = inbox.desk(config).inbox
    return write_batch(aside, BatchInfo(name, name, rows), [frame])


def held(config: Settings) -> dict[str, int]:
    store = open_store(config)
    assert well(store)
    rows = store.rows(sa.select(orders.c.source, sa.func.count()).group_by(orders.c.source))
    store.close()
    return {row[0]: row[1] for row in rows}


def test_the_owner_drains_what_others_deliver(config: Settings) -> None:
    results: dict[str, BatchResult] = {}

    def deliver(name: str, seed: int) -> None:
        results[name] = delivery.deliver(batch(config, name, seed), config, patience=60)

    with owner(config, "works"):
        with pytest.raises(StoreLocked):
            open_store(config)
        threads = [threading.Thread(target=deliver, args=(n, i)) for i, n in enumerate("abc")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        torn = batch(config, "torn", 9)
        (torn / "orders-00000.parquet").write_bytes(b"nothing")
        refused = delivery.deliver(torn, config, patience=60)
        again = delivery.deliver(batch(config, "a", 0), config, patience=60)
    assert {name: (r.state, r.rows_new) for name, r in results.items()} == dict.fromkeys(
        "abc", ("done", 100)
    )
    assert (refused.state, refused.reason) == ("refused", "unreadable")
    assert (again.state, again.batch) == ("known", results["a"].batch)
    assert held(config) == {"a": 100, "b": 100, "c": 100}


def test_a_batch_outlives_the_owner(config: Settings) -> None:
    alive: list[bool] = []
    with owner(config, "sleeps") as process:
        sent = inbox.send(batch(config, "a", 1), config)
        assert delivery.follow(sent.name, config, patience=0.5).state == "waiting"
        assert delivery.follow(sent.name, config, patience=0.5).reason == "nobody"

        def tick(there: bool) -> None:
            alive.append(there)
            process.kill()

        result = delivery.follow(sent.name, config, patience=60, tick=tick)
    assert result.state == "done" and not any(alive)
    assert held(config) == {"a": 100}


def test_the_worker_survives_a_sick_database(
    config: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(config)
    worker = Worker(store)
    inbox.send(batch(config, "a", 1), config)
    sick = sa.exc.OperationalError("COMMIT", None, Exception("no space left on device"))

    def fails(*_: object) -> None:
        raise sick

    with monkeypatch.context() as patch:
        patch.setattr("data.worker.submit", fails)
        for _ in range(3):
            assert [r.state for r in worker.turn()] == ["waiting"]
        assert list(worker.status().failing.values()) == ["no space left on device"]
    assert [r.state for r in worker.turn()] == ["done"]
    assert worker.status() == (False, 0, {})
    inbox.send(batch(config, "b", 2), config)
    with monkeypatch.context() as patch:
        patch.setattr("data.worker.submit", fails)
        states = [worker.turn()[0].state for _ in range(5)]
    assert states == ["waiting"] * 4 + ["refused"]
    assert waiting(config.inbox) == [] and inbox.refused(config)[0].reason == "failed"
    store.close()


def test_a_worker_starts_stops_and_says_so(config: Settings) -> None:
    store = open_store(config)
    worker = Worker(store, poll=0.05).start()
    sent = inbox.send(batch(config, "a", 1), config)
    result = delivery.follow(sent.name, config, patience=60)
    assert result.state == "done"
    assert worker.status().running and inbox.last_beat(config) is not None
    worker.stop()
    assert not worker.status().running and inbox.last_beat(config) is None
    store.close()

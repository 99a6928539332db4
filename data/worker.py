"""The worker: a thread of the owning process that drains the inbox every second or two."""

from __future__ import annotations

import atexit
import logging
import threading
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from data import inbox
from data.batch import sweep, waiting
from data.inbox import BatchResult
from data.ingest import give_up, submit
from data.refresh.background import Background
from data.saved_indicators import count_everything
from data.store import Store

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two looks into the inbox."""

_TRIES = 5
_BEAT = 3.0


class Status(NamedTuple):
    """What the worker is doing, for the Data page and ``doctor``."""

    running: bool
    waiting: int
    failing: dict[str, str]
    """Batches that could not be drained yet, with the database's message."""


class Worker:
    """Drains the inbox of a store until :meth:`stop`; survives bad batches and a sick database."""

    def __init__(self, store: Store, poll: float = POLL) -> None:
        self.store, self.poll = store, poll
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._tries: dict[str, int] = {}
        self._failing: dict[str, str] = {}
        self._uncounted = threading.Event()
        self._uncounted.set()
        self.background = Background(store)

    def start(self) -> Worker:
        """Start the thread (once)."""
        if self._thread is None or not self._thread.is_alive():
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="cockpit-inbox", daemon=True)
            self._thread.start()
        return self

    def count_again(self) -> None:
        """Have the schemes' measures counted ahead once more, in the thread."""
        self._uncounted.set()

    def stop(self) -> None:
        """Finish the batch at hand and end the thread; a refresh at work is given up."""
        self._stop.set()
        self.background.stop()
        if self._thread is not None:
            self._thread.join()

    def status(self) -> Status:
        """Whether the thread lives, how many batches wait, and which ones fail."""
        running = self._thread is not None and self._thread.is_alive()
        return Status(running, len(waiting(self.store.settings.inbox)), dict(self._failing))

    def turn(self) -> list[BatchResult]:
        """One look into the inbox: drain what waits. Never raises."""
        results = []
        config = self.store.settings
        try:
            sweep(config.inbox, timedelta(days=1))
            for path in waiting(config.inbox):
                if self._stop.is_set():
                    break
                results.append(self._one(path))
        except Exception:  # a thread that dies drains nothing any more
            log.exception("the inbox cannot be read")
        return results

    def _one(self, path: Path) -> BatchResult:
        try:
            result = submit(path, self.store)
        except Exception as error:
            # disk full, connection lost …: the batch stays and is tried again
            tries = self._tries[path.name] = self._tries.get(path.name, 0) + 1
            message = str(getattr(error, "orig", None) or error).splitlines()[0][:300]
            log.warning("batch %s not drained (try %d): %s", path.name, tries, message)
            self._failing[path.name] = message
            if tries < _TRIES:
                return BatchResult(
                    path.name, "waiting", reason="failed", details={"message": message}
                )
            result = give_up(path, self.store, message)
        self._tries.pop(path.name, None)
        self._failing.pop(path.name, None)
        return result

    def _count_ahead(self) -> None:
        """Count what the schemes ask for, at the start and when one was put in use."""
        if not self._uncounted.is_set():
            return
        self._uncounted.clear()
        try:
            count_everything(self.store)
        except Exception:  # raw rows give the same answers, only slower
            log.exception("the schemes' measures are not counted ahead")

    def _beat(self) -> None:
        """Say that somebody is here, also while a long batch is being drained."""
        while not self._stop.is_set():
            try:
                inbox.beat(self.store.settings)
            except OSError:
                log.exception("no heartbeat")
            self._stop.wait(_BEAT)

    def _run(self) -> None:
        beating = threading.Thread(target=self._beat, name="cockpit-beat", daemon=True)
        beating.start()
        inbox.tidy(self.store.settings)
        if self.store.embedded:
            self.background.tidy()
        while not self._stop.is_set():
            self._count_ahead()
            self.turn()
            self.background.turn()
            self._stop.wait(self.poll)
        beating.join()
        inbox.leave(self.store.settings)


_WORKERS: dict[str, Worker] = {}
_STARTING = threading.Lock()


def stop_all() -> None:
    """End every worker of this process: at its exit, a thread caught inside the database aborts it."""
    with _STARTING:
        workers = list(_WORKERS.values())
        _WORKERS.clear()
    for worker in workers:
        worker.stop()


atexit.register(stop_all)


def ensure(store: Store) -> Worker:
    """The running worker of this process for the store (started when there is none)."""
    with _STARTING:
        worker = _WORKERS.get(store.settings.url)
        if worker is None or worker.store is not store:
            worker = _WORKERS[store.settings.url] = Worker(store)
        return worker.start()

"""Delivery: a prepared batch into the store, drained here or by the process that owns the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from data import inbox
from data.backend import StoreLocked
from data.inbox import BatchResult
from data.ingest import Progress, submit
from data.settings import Settings
from data.store import open_store

ALIVE = 15.0
"""A worker whose last beat is older than this (seconds) is taken for dead."""

Tick = Callable[[bool], None]


def deliver(
    batch_dir: Path,
    config: Settings,
    *,
    replaces: str | None = None,
    progress: Progress | None = None,
    tick: Tick = lambda _alive: None,
    patience: float = 600.0,
) -> BatchResult:
    """Send a prepared batch and see it through.

    The batch goes into the inbox first, so that a kill loses nothing. If the store can
    be opened it is drained here; if another process owns the file, that one drains it
    and this one waits for the result (see :func:`follow`). ``replaces``: ``simulated``
    or ``all``, what may be swept away. Raises :class:`~data.backend.StoreError` when the
    database cannot be used (the batch then stays in the inbox).
    """
    sent = inbox.send(batch_dir, config, replaces)
    try:
        store = open_store(config)
    except StoreLocked:
        return follow(sent.name, config, tick=tick, patience=patience)
    return submit(sent, store, progress)


def follow(
    name: str,
    config: Settings,
    *,
    patience: float = 600.0,
    poll: float = 0.3,
    tick: Callable[[bool], None] = lambda _alive: None,
) -> BatchResult:
    """Wait until somebody has drained the batch ``name`` of the inbox; drain it here if nobody can.

    Whenever the embedded file is free (its owner ended), this process opens it and
    drains. ``tick`` hears at every look whether the owner's worker is alive. After
    ``patience`` seconds the result is ``waiting``.
    """
    until = time.monotonic() + patience
    look = time.monotonic()
    while True:
        result = inbox.result_of(name, config)
        if result is not None:
            return result
        beat = inbox.last_beat(config)
        alive = beat is not None and beat < ALIVE
        tick(alive)
        if not alive or time.monotonic() > look:
            look = time.monotonic() + 5.0
            here = _drain_here(name, config)
            if here is not None:
                return here
        if time.monotonic() > until:
            return BatchResult(name, "waiting", reason="nobody" if not alive else "slow")
        time.sleep(poll)


def _drain_here(name: str, config: Settings) -> BatchResult | None:
    path = config.inbox / name
    if not path.is_dir():
        return None
    try:
        store = open_store(config)
    except StoreLocked:
        return None
    try:
        return submit(path, store)
    finally:
        store.close()

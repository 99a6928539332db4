"""Refreshing in the background of the process that owns the store, and asking it to from outside.

A quiet while after the last batch the steps are run, each computed in a process of its own. Where
another process wants a refresh (the embedded file has one owner) it leaves a wish; how far
the run is stands in a small file that anybody may read.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from data.backend import StoreError
from data.inbox import write_json
from data.refresh import Step, refresh, stale
from data.refresh.apart import Apart
from data.settings import Settings
from data.store import Store

log = logging.getLogger(__name__)

QUIET = 20.0
"""Seconds without a new batch before a refresh begins by itself."""
RETRY = 900.0
"""Seconds after a failed run before the next one."""
LOOK = 5.0
"""Seconds between two looks at whether results are stale."""
_WISH, _STATE = "wish.json", "state.json"


def folder(config: Settings) -> Path:
    """Where wishes, progress and what passes between processes lie."""
    return config.home / "refresh"


def wish(config: Settings, *, force: bool = False) -> str:
    """Leave a wish for the owner of the store; returns its name, see :func:`state`."""
    name = f"{time.time_ns():x}"
    folder(config).mkdir(parents=True, exist_ok=True)
    write_json(folder(config) / _WISH, {"name": name, "force": force})
    return name


def state(config: Settings) -> dict[str, Any]:
    """What the background is at: running (bool), step, share (0 to 1), wish (the last one
    fulfilled), ended (each step's end state), moment (epoch seconds). Empty when never run."""
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads((folder(config) / _STATE).read_text(encoding="utf-8"))
        return found
    return {}


def ask(
    config: Settings, *, force: bool, tell: Callable[[str, float], None], patience: float = 60.0
) -> dict[str, str]:
    """Wish for a refresh, follow it, and return each step's end state.

    Raises :class:`~data.backend.StoreError` (``refresh_unheard``) when nobody takes the wish up
    within ``patience`` seconds, or no progress is heard for ten times as long.
    """
    name = wish(config, force=force)
    heard = time.monotonic()
    while True:
        found = state(config)
        if found.get("wish") == name:
            return dict(found["ended"])
        if found.get("running") and time.time() - found["moment"] < 10 * patience:
            heard = time.monotonic()
            tell(str(found["step"]), float(found["share"]))
        if time.monotonic() - heard > patience:
            raise StoreError("refresh_unheard")
        time.sleep(0.5)


def steps() -> tuple[Step, ...]:
    """All steps; what they compute with is loaded only now (it takes a second)."""
    from data.refresh.steps import STEPS

    return STEPS


class Background:
    """Looks after the results of one store; told of every turn of the worker."""

    def __init__(
        self, store: Store, quiet: float = QUIET, what: Callable[[], tuple[Step, ...]] = steps
    ) -> None:
        self.store, self.quiet, self.what = store, quiet, what
        self._thread: threading.Thread | None = None
        self._version, self._since = -1, 0.0
        self._not_before = 0.0
        self._apart = Apart(folder(store.settings))

    def stop(self) -> None:
        """Give up the run at hand; its step counts as failed and is stale at the next start."""
        self._apart.kill()
        self.join(10.0)

    def tidy(self) -> None:
        """Remove what killed runs left between the processes."""
        with contextlib.suppress(OSError):
            for left in folder(self.store.settings).iterdir():
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)

    def turn(self) -> None:
        """Start a refresh when one is wished for, or due. Never raises."""
        try:
            if self._thread is not None and self._thread.is_alive():
                return
            wanted = self._wish()
            if wanted is None and not (self.store.settings.refresh and self._due()):
                return
            told = wanted or {}
            self._thread = threading.Thread(
                target=self._run, args=(told.get("name"), bool(told.get("force"))),
                name="cockpit-refresh", daemon=True,
            )  # fmt: skip
            self._thread.start()
        except Exception:
            log.exception("the background cannot look after the refresh")

    def join(self, timeout: float | None = None) -> None:
        """Wait for the run at hand."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _wish(self) -> Mapping[str, Any] | None:
        path = folder(self.store.settings) / _WISH
        try:
            told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        path.unlink(missing_ok=True)
        return told

    def _due(self) -> bool:
        now, version = time.monotonic(), self.store.data_version()
        if version != self._version:
            self._version, self._since = version, now
            return False
        if version == 0 or now - self._since < self.quiet or now < self._not_before:
            return False
        self._not_before = now + LOOK
        return any(stale(self.store, step) for step in self.what())

    def _run(self, wished: str | None, force: bool) -> None:
        config = self.store.settings
        try:
            tell = _teller(config, wished)
            ended = refresh(
                self.store, self.what(), force=force, progress=tell,
                compute=self._apart,
            )  # fmt: skip
            if "failed" in ended.values():
                self._not_before = time.monotonic() + RETRY
            _write(config, running=False, wish=wished, ended=ended)
        except Exception as error:
            log.exception("the refresh failed")
            self._not_before = time.monotonic() + RETRY
            _write(config, running=False, wish=wished, ended={"*": "failed"}, message=str(error))


def _teller(config: Settings, wished: str | None) -> Callable[[str, float], None]:
    last = [0.0]

    def tell(step: str, share: float) -> None:
        if share in (0.0, 1.0) or time.monotonic() - last[0] > 0.5:
            last[0] = time.monotonic()
            _write(config, running=True, step=step, share=share, doing=wished)

    return tell


def _write(config: Settings, **facts: Any) -> None:
    with contextlib.suppress(OSError):
        folder(config).mkdir(parents=True, exist_ok=True)
        write_json(folder(config) / _STATE, {**facts, "moment": time.time()})

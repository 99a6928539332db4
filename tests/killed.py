"""Drains an inbox and kills itself at a named moment (run by test_kill as a process of its own)."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from data import inbox, ingest
from data.settings import Settings
from data.store import open_store


def die(*_: Any) -> None:
    """No handler, no clean-up: as if the power went."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(home: str, url: str, moment: str) -> None:
    """Drain; ``moment``: a step of the drain, ``committed``, ``archiving`` or ``never``."""
    config = Settings(home=Path(home), database_url=url or None, _env_file=None)
    if moment == "committed":
        inbox.archive = die  # type: ignore[assignment]
    if moment == "archiving":
        Path.rename = die  # type: ignore[assignment,method-assign]
    store = open_store(config)
    print("ready", flush=True)
    ingest.drain(store, lambda step: die() if step == moment else None)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])

"""The inbox: where batches wait, and what became of them.

::

    <home>/desk/                    batches being prepared: nobody drains here
    <home>/inbox/<utc>-<digest>/    waiting
    <home>/inbox/done/<same name>/  drained: batch.json and result.json (the rows are in the store)
    <home>/inbox/refused/<same>/    refused: everything kept, the reason in result.json
    <home>/inbox/.worker.json       heartbeat of the worker that drains here

``result.json`` is how another process, which cannot read the owner's ledger,
learns how its batch fared.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from data.batch import MANIFEST, TEMPORARY
from data.settings import Settings

RESULT = "result.json"
HEARTBEAT = ".worker.json"
REPLACES = "replaces"
"""Key of ``batch.json``: what the batch may sweep away ("simulated" or "all")."""

State = Literal["done", "known", "refused", "waiting"]


class Desk(Settings):
    """The same settings with an inbox nobody drains: for batches that still need a look."""

    @property
    def inbox(self) -> Path:
        """Where a batch is prepared before it is sent."""
        return self.home / "desk"


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch.

    ``state``: ``done`` (committed now), ``known`` (its content was in the store already),
    ``refused`` (``reason`` and ``details`` say why: words ``batch.error.<reason>``) or
    ``waiting`` (could not be drained yet, will be tried again).
    """

    name: str
    state: State
    digest: str | None = None
    batch: int | None = None
    source: str | None = None
    file_name: str | None = None
    rows_read: int = 0
    rows_new: int = 0
    rows_updated: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    first_day: date | None = None
    last_day: date | None = None
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)


def desk(config: Settings) -> Settings:
    """Settings for ``prepare``: the batch is made aside, then sent with :func:`send`."""
    return Desk.model_construct(**config.model_dump())


def send(batch_dir: Path, config: Settings, replaces: str | None = None) -> Path:
    """Put a prepared batch into the inbox (atomic). ``replaces``: ``simulated`` or ``all``."""
    mark(batch_dir, replaces)
    config.inbox.mkdir(parents=True, exist_ok=True)
    target = config.inbox / batch_dir.name
    if target != batch_dir:
        batch_dir.rename(target)
    return target


def mark(batch_dir: Path, replaces: str | None) -> None:
    """Write down what the batch may sweep away when it is drained."""
    if replaces:
        manifest = batch_dir / MANIFEST
        tree = json.loads(manifest.read_text(encoding="utf-8"))
        write_json(manifest, {**tree, REPLACES: replaces})


def replaces(batch_dir: Path) -> str | None:
    """What the batch may sweep away."""
    tree = json.loads((batch_dir / MANIFEST).read_text(encoding="utf-8"))
    value = tree.get(REPLACES)
    return str(value) if value else None


def archive(batch_dir: Path, config: Settings, result: BatchResult) -> None:
    """Move a drained or refused batch out of the way and write its result.

    The result is written first, so whoever follows the batch never sees it gone
    without an answer. Somebody else having moved it already is fine.
    """
    place = config.inbox / ("refused" if result.state == "refused" else "done")
    target = place / batch_dir.name
    place.mkdir(parents=True, exist_ok=True)
    try:
        write_json(batch_dir / RESULT, asdict(result))
        if target.exists():
            shutil.rmtree(target)
        batch_dir.rename(target)
    except FileNotFoundError:
        return
    if result.state != "refused":
        _empty(target)


def tidy(config: Settings) -> None:
    """Remove the rows of drained batches that a kill left behind."""
    for folder in (config.inbox / "done").glob("*/"):
        _empty(folder)


def _empty(folder: Path) -> None:
    for file in folder.glob("*.parquet"):
        file.unlink(missing_ok=True)


def result_of(name: str, config: Settings) -> BatchResult | None:
    """The result of a batch by its directory name; None while it waits."""
    for place in ("done", "refused"):
        file = config.inbox / place / name / RESULT
        try:
            tree = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            continue
        for day in ("first_day", "last_day"):
            tree[day] = date.fromisoformat(tree[day]) if tree.get(day) else None
        return BatchResult(**tree)
    return None


def refused(config: Settings) -> list[BatchResult]:
    """Every refused batch that is still kept, oldest first."""
    place = config.inbox / "refused"
    names = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    return [result for name in names if (result := result_of(name, config)) is not None]


def beat(config: Settings) -> None:
    """Say that a worker of this process drains the inbox."""
    config.inbox.mkdir(parents=True, exist_ok=True)
    write_json(config.inbox / HEARTBEAT, {"pid": os.getpid(), "moment": time.time()})


def leave(config: Settings) -> None:
    """Take the heartbeat away when the worker ends."""
    (config.inbox / HEARTBEAT).unlink(missing_ok=True)


def last_beat(config: Settings) -> float | None:
    """Seconds since a worker last said it was there; None when none ever did."""
    try:
        tree = json.loads((config.inbox / HEARTBEAT).read_text(encoding="utf-8"))
        return max(0.0, time.time() - float(tree["moment"]))
    except (OSError, ValueError, KeyError):
        return None


def write_json(path: Path, tree: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never half of it."""
    # A name of its own: two processes may write the same file at once.
    temporary = path.with_name(f"{TEMPORARY}{uuid.uuid4().hex[:8]}-{path.name}")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(tree, file, ensure_ascii=False, indent=1, default=str)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)

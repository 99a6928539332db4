"""One import from the page: prepare, then into the store, told step by step. No widgets."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from data import inbox
from data.importing import ImportFailure, Preset, PresetError, Proposal, prepare, prepare_query
from data.inbox import BatchResult
from data.ingest import submit
from data.store import Store

STEPS = ("stage", "compare", "merge", "links", "counts", "commit")
_PREPARED = 0.7  # of the bar; the rest is the store's

Told = Callable[[float, str, dict[str, int]], None]
"""Called with the share done (0 to 1), the step's code and its numbers."""


class Folder:
    """A folder for uploads of one session; gone when the session forgets it."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="cockpit-upload-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def keep(self, name: str, content: BinaryIO) -> Path:
        """Write an upload here under a safe name with the same endings. Returns its path."""
        endings = "".join(s for s in Path(name).suffixes[-2:] if len(s) <= 8 and s[1:].isalnum())
        path = self.path / f"{uuid.uuid4().hex}{endings}"
        content.seek(0)
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        return path


@dataclass(frozen=True)
class Source:
    """What is imported: a file, or a query. ``name`` is what reports call it."""

    name: str
    file: Path | None = None
    url: str = field(default="", repr=False)
    sql: str = ""

    @property
    def secret(self) -> str:
        """The password in the URL, which no message may show."""
        try:
            return str(make_url(self.url).password or "") if self.url else ""
        except ArgumentError:
            return ""


@dataclass(frozen=True)
class Outcome:
    """What became of a source: in the store or refused (``result``), a mapping to confirm
    (``proposal``), or unusable (``code`` of ``import.failure`` with ``details``)."""

    source: Source
    result: BatchResult | None = None
    proposal: Proposal | None = None
    code: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def run(
    source: Source, store: Store, preset: str | Preset | None, replaces: str | None, told: Told
) -> Outcome:
    """Prepare a source and merge it. Bad files end in an outcome, never in an exception.

    The batch is made on the desk, where no other process drains it.
    """
    config = inbox.desk(store.settings)

    def reading(done: int, total: int | None) -> None:
        share = done / total if total else 0.3
        told(_PREPARED * min(share, 1.0), "reading", {"n": done})

    try:
        if source.file is not None:
            made = prepare(
                source.file, preset=preset, settings=config, progress=reading, name=source.name
            )
        else:
            made = prepare_query(
                source.url, source.sql, preset=preset, settings=config, progress=reading,
                name=source.name,
            )  # fmt: skip
    except ImportFailure as failure:
        return Outcome(source, code=failure.code, details=_clean(failure.details, source.secret))
    except PresetError as fault:
        line, place, message = fault.faults[0]
        details = {"file": fault.path, "line": line, "place": place, "message": message}
        return Outcome(source, code="bad_preset", details=details)
    if isinstance(made, Proposal):
        return Outcome(source, proposal=made)

    seen = 0

    def storing(step: str) -> None:
        # Steps come in another order into an empty store; the bar never goes back.
        nonlocal seen
        seen += 1
        told(_PREPARED + (1 - _PREPARED) * min(seen / (len(STEPS) + 1), 1.0), step, {})

    inbox.mark(made.path, replaces)
    return Outcome(source, result=submit(made.path, store, storing))


def _clean(details: dict[str, Any], secret: str) -> dict[str, Any]:
    if not secret:
        return details
    return {k: v.replace(secret, "•••") if isinstance(v, str) else v for k, v in details.items()}

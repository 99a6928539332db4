"""Sources of an import, as the command line names them: files, or a database query."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from data.importing import PreparedBatch, Proposal, prepare, prepare_query
from data.settings import Settings

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Draft:
    """No preset fitted: a mapping was proposed and written here for the user to check."""

    path: Path


@dataclass(frozen=True)
class Source:
    """A file, or a query of another database."""

    file: Path | None = None
    url: str = ""
    sql: str = ""

    @property
    def name(self) -> str:
        """How messages call it (no password)."""
        if self.file is not None:
            return self.file.name
        try:
            return sa.make_url(self.url).render_as_string(hide_password=True)
        except sa.exc.ArgumentError:
            return "--db"

    def prepare(
        self, config: Settings, preset: str | Path | None, progress: Progress
    ) -> Path | Draft:
        """Prepare a batch in the inbox of ``config``, or a draft of a mapping beside the file.

        Raises :class:`~data.importing.ImportFailure` when the source cannot be used.
        """
        made: PreparedBatch | Proposal
        if self.file is not None:
            made = prepare(self.file, preset=preset, settings=config, progress=progress)
        else:
            made = prepare_query(
                self.url, self.sql, preset=preset, settings=config, progress=progress
            )
        if isinstance(made, PreparedBatch):
            path = made.path
            del made
            _give_back()
            return path
        stem = self.file.name.split(".")[0] if self.file else "query"
        draft = Path(f"{stem}.mapping.yaml")
        number = 1
        while draft.exists():
            number += 1
            draft = Path(f"{stem}.mapping-{number}.yaml")
        draft.write_text(made.yaml, encoding="utf-8")
        return Draft(draft)


def _give_back() -> None:
    """Return the memory of the preparation before the database asks for its own."""
    gc.collect()
    pa.default_memory_pool().release_unused()


def sources(files: list[Path], url: str | None, sql: str | None) -> Iterator[Source]:
    """What is to be imported, in order."""
    yield from (Source(file=file) for file in files)
    if url and sql:
        yield Source(url=url, sql=sql)

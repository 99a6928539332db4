"""Sources of an import, as the command line names them: files, or a database query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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
        """How messages call it."""
        return self.file.name if self.file else self.url.rsplit("@", maxsplit=1)[-1]

    def prepare(
        self, config: Settings, preset: str | None, mapping: Path | None, progress: Progress
    ) -> Path | Draft:
        """Prepare a batch in the inbox of ``config``, or a draft of a mapping beside the file."""
        raise NotImplementedError


def sources(files: list[Path], url: str | None, sql: str | None) -> Iterator[Source]:
    """What is to be imported, in order."""
    yield from (Source(file=file) for file in files)
    if url and sql:
        yield Source(url=url, sql=sql)

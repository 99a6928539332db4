"""The one exception an import ends in when a file cannot be used at all."""

from __future__ import annotations


class ImportFailure(ValueError):
    """A file, preset or query that cannot be imported.

    ``code`` is the words key ``import.failure.<code>``, ``details`` its holes; the
    edge (page, command line) makes the sentence.
    """

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(f"{code}: {details}" if details else code)
        self.code = code
        self.details: dict[str, object] = details

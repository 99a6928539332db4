"""What an import ends in when a file or a preset cannot be used at all."""

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


class PresetError(ValueError):
    """A preset that is wrong. ``faults``: (line, place, message), lines count from 1."""

    def __init__(self, path: str, faults: list[tuple[int, str, str]]) -> None:
        text = "; ".join(f"line {line}: {place}: {message}" for line, place, message in faults)
        super().__init__(f"{path}: {text}")
        self.path = path
        self.faults = faults

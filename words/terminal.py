"""The language of a terminal: ``--lang``, else the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from words import Lang

_OPTION = "--lang"


def language(arguments: Sequence[str], environment: Mapping[str, str]) -> Lang:
    """The language asked for by ``--lang`` anywhere, else by LC_ALL, LC_MESSAGES or LANG."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before == _OPTION or argument.startswith(f"{_OPTION}="):
            return "zh" if argument.removeprefix(f"{_OPTION}=").startswith("zh") else "en"
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next((name for name in named if name), "").startswith("zh") else "en"


def without_language(arguments: Sequence[str]) -> list[str]:
    """The arguments without ``--lang``, which may stand before or behind the command."""
    pairs = zip(["", *arguments], arguments, strict=False)
    kept = [argument for before, argument in pairs if before != _OPTION]
    return [argument for argument in kept if not re.fullmatch(rf"{_OPTION}(=.*)?", argument)]

"""Every sentence, label and format in 中文 and English. One catalogue per language.

Catalogues are the YAML files under ``words/zh`` and ``words/en``: nested maps
whose leaves are sentences with ``{named}`` holes. Both languages must have the
same keys and the same holes (checked by a test).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
_HERE = Path(__file__).parent


class MissingWord(KeyError):
    """A key that a catalogue does not have."""


def _flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            out.update(_flatten(value, f"{name}."))
        else:
            out[name] = str(value)
    return out


@lru_cache(maxsize=4)
def catalogue(lang: Lang) -> dict[str, str]:
    """All words of a language: dotted key to sentence.

    Raises ``ValueError`` when two files define the same key.
    """
    out: dict[str, str] = {}
    for path in sorted((_HERE / lang).glob("*.yaml")):
        words = _flatten(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        twice = out.keys() & words.keys()
        if twice:
            raise ValueError(f"{path}: defined twice: {', '.join(sorted(twice))}")
        out.update(words)
    return out


def say(key: str, lang: Lang, **holes: object) -> str:
    """The sentence for ``key`` with its holes filled. Raises :class:`MissingWord`."""
    try:
        sentence = catalogue(lang)[key]
    except KeyError:
        raise MissingWord(f"{lang}: {key}") from None
    return sentence.format(**holes) if holes else sentence


def knows(key: str, lang: Lang) -> bool:
    """Whether the catalogue has the key."""
    return key in catalogue(lang)

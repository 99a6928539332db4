"""Column headers: one key for the many ways a header is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】|<[^>]*>")
_FILLING = re.compile(r"[\s_\-./*:#'\"`、,;|\\\u200b\ufeff]+")


def header_key(text: object) -> str:
    """A header without case, width, brackets, spaces and punctuation.

    >>> header_key("* 创建时间（必填）"), header_key("Unique Key")
    ('创建时间', 'uniquekey')
    """
    plain = unicodedata.normalize("NFKC", str(text or "")).casefold()
    bare = _FILLING.sub("", _BRACKETS.sub("", plain))
    # "(备注)" alone would become nothing: then the brackets are the name.
    return bare or _FILLING.sub("", re.sub(r"[()\[\]【】<>]", "", plain))


def labels(cells: Sequence[object]) -> list[str]:
    """Headers as labels: trimmed, blank ones "" and repeated ones numbered ("名称", "名称#2")."""
    out: list[str] = []
    seen: dict[str, int] = {}
    for cell in cells:
        label = " ".join(str(cell or "").replace("﻿", "").split())
        if label:
            seen[label] = seen.get(label, 0) + 1
            if seen[label] > 1:
                label = f"{label}#{seen[label]}"
        out.append(label)
    return out


def base_label(label: str) -> str:
    """The label as it stands in the file (without the number of a repeated one)."""
    return re.sub(r"#\d+$", "", label)

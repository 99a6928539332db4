"""Lots: an order's fixed place in a random draw, that anybody can work out again.

The lot of a name is the beginning of its digest, as every database and every
spreadsheet tool can compute it: md5 where only an arbitrary but repeatable sample
is wanted, sha256 where nobody should be able to arrange to be (or not to be) drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

DIGITS = 15
"""Hexadecimal digits of the digest that are used: 60 bits."""


def lots(names: Iterable[str], kind: Literal["md5", "sha256"] = "md5") -> Any:
    """A whole number for each name; the smallest ones are drawn first."""
    make = hashlib.md5 if kind == "md5" else hashlib.sha256
    found = [int(make(name.encode()).hexdigest()[:DIGITS], 16) for name in names]
    return np.array(found, dtype=np.uint64)

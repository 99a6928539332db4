"""A model as bytes and back: arrays and JSON in one compressed file, never pickled objects.

Reading executes nothing (``allow_pickle=False``), whoever wrote the bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

FORMAT = 1
_HEAD = "head"


class BadModel(ValueError):
    """The bytes are no model of this format."""


def pack(arrays: Mapping[str, Any], head: Mapping[str, Any]) -> bytes:
    """Arrays by name and a JSON part as bytes."""
    told = json.dumps({"format": FORMAT, **head}, ensure_ascii=False, separators=(",", ":"))
    raw = np.frombuffer(told.encode(), dtype=np.uint8)
    file = io.BytesIO()
    named: dict[str, Any] = {_HEAD: raw, **{k: np.asarray(v) for k, v in arrays.items()}}
    np.savez_compressed(file, **named)
    return file.getvalue()


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arrays and JSON part. Raises :class:`BadModel`."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(arrays.pop(_HEAD).tobytes().decode())
    except (ValueError, KeyError, OSError, EOFError) as fault:
        raise BadModel(str(fault)) from fault
    except Exception as fault:  # zipfile's own error is no ValueError
        raise BadModel(str(fault)) from fault
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BadModel("format")
    return arrays, head

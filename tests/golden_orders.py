"""Reads a golden orders.csv into a canonical frame."""

from pathlib import Path

import pandas as pd

from metrics.fields import FIELDS

GOLDEN = Path(__file__).parent / "golden"
_DTYPES = {"bool": "boolean", "int": "Int64", "float": "float64"}


def read_orders(folder: str) -> pd.DataFrame:
    """The orders of a golden folder with the dtypes of the canonical fields."""
    raw = pd.read_csv(GOLDEN / folder / "orders.csv", dtype="str")
    return canonical(raw)


def canonical(raw: pd.DataFrame) -> pd.DataFrame:
    """Text columns turned into the dtypes of the canonical fields."""
    out = raw.copy()
    for name in raw:
        kind = FIELDS[name].kind if name in FIELDS else "text"
        if kind == "bool":
            out[name] = raw[name].map({"true": True, "false": False}).astype("boolean")
        elif kind in ("int", "float"):
            out[name] = pd.to_numeric(raw[name]).astype(_DTYPES[kind])
        elif kind in ("time", "date"):
            out[name] = pd.to_datetime(raw[name])
    return out

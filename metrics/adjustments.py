"""Bonuses and penalties that are counted from orders (no evidence of their own needed)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from metrics.scheme_model import Scheme
from metrics.scheme_rules import Adjustment

Floats = np.ndarray[Any, np.dtype[np.float64]]


def order_points(scheme: Scheme, item: Adjustment, counts: pd.DataFrame) -> Floats:
    """Points (before the cap) that an adjustment counted from orders asks for, per row.

    Per case, or per percentage point that the share lies above the line; 0 below the
    line and where fewer than the scheme's ``minimum_n`` orders can be judged.
    """
    cases = counts[f"adjust.{item.id}"].to_numpy(dtype=float)
    if item.line is None:
        return np.asarray(cases * item.per)
    base = counts[f"adjust.{item.id}.base"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.clip(cases / base - item.line, 0.0, None)
    judged = (base > 0) & (base >= scheme.minimum_n)
    return np.where(judged, np.nan_to_num(above) * 100 * item.per, 0.0)


def from_orders(scheme: Scheme, counts: pd.DataFrame) -> Floats:
    """All points counted from orders, per row, each adjustment within its cap."""
    out = np.zeros(len(counts))
    for item in scheme.adjustments:
        if item.when is None or not item.in_force:
            continue  # rests on evidence that is not an order, or is only shown
        points = order_points(scheme, item, counts)
        out += np.clip(points, -item.cap, item.cap) if item.cap is not None else points
    return out

"""Late registration: what share of a day's orders is there so many days later.

A delivery brings what was registered since the one before, so that a delay is known to lie in an
interval, and only delays up to the newest delivery can have been seen. Maximum likelihood of
interval-censored, truncated delays: Turnbull (1976), JRSS B 38, 290-295. With a delivery on every
day it is the reverse-time hazard of Lawless (1994), Canadian Journal of Statistics 22, 15-31.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

MOST_DAYS = 14
FEWEST = 200
"""Orders below which nothing is said: no correction."""
COMPLETE = 0.999
ROUNDS, CLOSE = 2_000, 1e-7
Array = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.intp]]


def registered(
    arrivals: pd.DataFrame,
    deliveries: Iterable[date] | None = None,
    *,
    most_days: int = MOST_DAYS,
) -> list[float]:
    """Share of a day's orders registered 0, 1, 2 … days after that day.

    ``arrivals``: day (created), arrived (day of the batch that first brought it), n.
    ``deliveries``: every day on which something was delivered, be it nothing new (without them,
    the days that brought something). Only batches that brought recent days say something: rows
    later than ``most_days`` are backlog and left out. Entry 0 is the share known at the end of the
    day itself. Trailing entries of one are cut off; the list is empty where fewer than 200
    orders arrived in time.
    """
    rows = arrivals.dropna()
    day, came = _number(rows["day"]), _number(rows["arrived"])
    inside = (came >= day) & (came - day <= most_days)
    n = rows["n"].to_numpy(dtype=float)[inside]
    if n.sum() < FEWEST:
        return []
    day, came = day[inside], came[inside]
    known = came if deliveries is None else _number(pd.Series(list(deliveries)))
    known = np.unique(np.concatenate([known, came]))
    before = np.searchsorted(known, came) - 1
    previous = np.where(before >= 0, known[np.maximum(before, 0)], -(10**6))
    seen_to = known[np.searchsorted(known, day + most_days, side="right") - 1] - day
    cells = np.column_stack([np.maximum(previous - day, -1), came - day, seen_to])
    kinds, which = np.unique(cells, axis=0, return_inverse=True)
    weight = np.bincount(which.ravel(), weights=n)
    share = _likeliest(kinds, np.asarray(weight, dtype=float), most_days)
    out = np.minimum(np.cumsum(share), 1.0).tolist()
    while out and out[-1] > COMPLETE:
        out.pop()
    return [float(value) for value in out]


def _likeliest(kinds: Ints, n: Array, most_days: int) -> Array:
    """The distribution of delays by EM: ``kinds`` are (after, up to, seen up to) in days."""
    delay = np.arange(most_days + 1)
    held = ((delay > kinds[:, :1]) & (delay <= kinds[:, 1:2])).astype(float)
    seen = (delay <= kinds[:, 2:]).astype(float)
    p = np.full(most_days + 1, 1 / (most_days + 1))
    for _ in range(ROUNDS):
        inside = n / np.maximum(held @ p, 1e-12)
        whole = n / np.maximum(seen @ p, 1e-12)
        # Each order stands for the unseen ones of its day as well.
        new = p * (inside @ held + whole @ (1 - seen))
        new /= new.sum()
        done = np.abs(new - p).max() < CLOSE
        p = new
        if done:
            break
    return np.asarray(p)


def _number(days: pd.Series) -> Ints:
    stamps = pd.to_datetime(days).to_numpy().astype("datetime64[D]")
    return np.asarray(stamps.astype(np.int64), dtype=np.intp)

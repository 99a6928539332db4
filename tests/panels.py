"""Simulated panels of daily counts with planted effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

END = pd.Timestamp("2026-03-29")
DISTRICTS = ("东区", "西区", "南区")
CATEGORIES = ("供暖", "停车", "噪声")
WEEK = np.array([1.25, 1.1, 1.05, 1.05, 1.0, 0.8, 0.75])
SPRING = 0.4
"""What the planted Spring Festival leaves of an ordinary day."""


def spring_festival(days: pd.DatetimeIndex) -> np.ndarray:
    """The official days off of the Spring Festivals of 2023 to 2026, typed from the notices."""
    spans = (
        ("2023-01-21", "2023-01-27"),
        ("2024-02-10", "2024-02-17"),
        ("2025-01-28", "2025-02-04"),
        ("2026-02-15", "2026-02-23"),
    )
    out = np.zeros(len(days), dtype=bool)
    for first, last in spans:
        out |= (days >= first) & (days <= last)
    return out


def panel(
    days: int = 1000, *, seed: int = 1, level: float = 12.0, end: pd.Timestamp = END
) -> pd.DataFrame:
    """day, district, category, n: weekdays, Spring Festival, a heating season, shared daily shocks."""
    rng = np.random.default_rng(seed)
    index = pd.date_range(end=end, periods=days, freq="D")
    shared = WEEK[index.day_of_week] * np.where(spring_festival(index), SPRING, 1.0)
    shared = shared * rng.gamma(100, 0.01, days)
    heating = (index.month * 100 + index.day >= 1115) | (index.month * 100 + index.day <= 315)
    frames = []
    for i, district in enumerate(DISTRICTS):
        for category in CATEGORIES:
            mean = level * (1 + i) / 2 * shared
            if category == "供暖":
                mean = mean * np.where(heating, 2.5, 0.25)
            n = rng.poisson(mean * rng.gamma(20, 0.05, days))
            frames.append(
                pd.DataFrame({"day": index, "district": district, "category": category, "n": n})
            )
    return pd.concat(frames, ignore_index=True)


def one_series(values: np.ndarray, end: pd.Timestamp = END) -> pd.DataFrame:
    """A panel of one series ending on ``end``; NaN leaves the day out."""
    index = pd.date_range(end=end, periods=len(values), freq="D")
    frame = pd.DataFrame({"day": index, "category": "噪声", "n": values})
    return frame.dropna().astype({"n": "int64"})

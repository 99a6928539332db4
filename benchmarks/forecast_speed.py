"""`python -m benchmarks.forecast_speed`: 1,600 series × 3 years, back-test included."""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pandas as pd

from forecasting.calendar import days_off
from forecasting.daily import forecast


def panel(districts: int, categories: int, days: int) -> pd.DataFrame:
    """Simulated counts: levels of all sizes, weekdays, holidays, a yearly wave, shared shocks."""
    rng = np.random.default_rng(1)
    index = pd.date_range(end="2026-06-30", periods=days, freq="D")
    off = np.array([day.date() in days_off("CN") for day in index])
    week = np.array([1.2, 1.1, 1.05, 1.05, 1.0, 0.85, 0.75])[index.day_of_week]
    level = np.exp(rng.normal(0, 1, (districts, categories))) * 2
    phase = rng.uniform(0, 2 * np.pi, categories)
    wave = 1 + 0.4 * np.sin(2 * np.pi * np.asarray(index.day_of_year)[:, None] / 365 + phase)
    shared = (week * np.where(off, 0.6, 1.0) * rng.gamma(150, 1 / 150, days))[:, None, None]
    mean = shared * wave[:, None, :] * level * rng.gamma(20, 0.05, (days, 1, categories))
    counts = rng.poisson(mean)
    names = np.meshgrid(np.arange(days), np.arange(districts), np.arange(categories), indexing="ij")
    return pd.DataFrame(
        {
            "day": index.to_numpy()[names[0].ravel()],
            "district": np.char.add("d", names[1].ravel().astype(str)),
            "category": np.char.add("c", names[2].ravel().astype(str)),
            "n": counts.ravel(),
        }
    )


def main() -> None:
    """Time it and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--districts", type=int, default=80)
    ask.add_argument("--categories", type=int, default=20)
    ask.add_argument("--days", type=int, default=1165)
    given = ask.parse_args()
    daily = panel(given.districts, given.categories, given.days)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    found = forecast(daily, daily["day"].max().date(), pool="category")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert found is not None
    print(
        f"{given.districts * given.categories} series × {given.days} days, back-test included: "
        f"{wall:.0f} s, {cpu:.0f} CPU s, peak {peak / 1e6:.2f} GB (before {before / 1e6:.2f})"
    )
    print(found.series["model"].value_counts().to_dict())


if __name__ == "__main__":
    main()

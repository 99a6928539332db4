"""Seasons: what peaked in the coming weeks in past years, measured without looking, on the store too."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from data import seasonal
from data.coverage import last_complete_day
from data.store import Store
from forecasting.seasons import WEEKS, coming
from tests.factory import random_orders
from tests.test_store import put

AS_OF = date(2025, 12, 31)


def weekly(years: int, peak: dict[int, float], usual: float = 40, noise: int = 0) -> pd.DataFrame:
    """Weeks back from AS_OF; ``peak``: week of each year ahead -> height."""
    rng = np.random.default_rng(noise)
    rows = []
    for week in range(years * WEEKS):
        place = WEEKS - 1 - week % WEEKS
        mean = usual * peak.get(place, 1.0)
        rows.append((week, "heat", rng.poisson(mean) if noise else mean))
    return pd.DataFrame(rows, columns=["week", "category", "n"])


def test_a_peak_in_the_coming_weeks_is_listed_with_its_day_and_height() -> None:
    found = coming(weekly(3, {3: 5.0, 4: 5.0, 5: 5.0}), AS_OF)
    row = found.iloc[0]
    assert row["height"] == pytest.approx(5.0) and row["low"] > 3.5 and row["high"] < 7
    assert (row["years"], row["of_years"], bool(row["chosen"])) == (3, 3, False)
    assert row["peak_start"] == AS_OF + timedelta(days=1 + 7 * 4) and row["weeks_until"] == 4
    assert row["past_peaks"] == [row["peak_start"] - timedelta(days=364 * k) for k in (1, 2, 3)]
    assert row["usual"] == 40 and row["last_n"] == 200


def test_peaks_elsewhere_small_ones_and_pure_noise_are_not() -> None:
    assert coming(weekly(3, {20: 5.0, 21: 5.0, 22: 5.0}), AS_OF).empty
    assert coming(weekly(3, {3: 1.2, 4: 1.2, 5: 1.2}), AS_OF).empty
    assert coming(weekly(1, {}).head(40), AS_OF).empty
    many = [weekly(3, {}, noise=k).assign(category=str(k)) for k in range(1, 60)]
    assert coming(pd.concat(many), AS_OF).empty


def test_one_year_is_said_to_be_chosen_by_its_height_and_holes_are_no_year() -> None:
    rows = weekly(2, {3: 4.0, 4: 4.0, 5: 4.0})
    seen = [AS_OF - timedelta(days=k) for k in range(370)]
    found = coming(rows, AS_OF, seen=seen)
    assert bool(found.iloc[0]["chosen"]) and found.iloc[0]["of_years"] == 1


def test_the_height_is_read_off_the_weeks_in_which_the_other_years_peaked() -> None:
    """Noise alone makes a highest week; measured where the others peaked it is not higher."""
    heights = []
    for k in range(1, 25):
        rows = weekly(2, {3: 2.0, 4: 2.0, 5: 2.0}, usual=30, noise=k)
        found = coming(rows, AS_OF)
        heights += found["height"].tolist()
    assert len(heights) >= 20 and np.mean(heights) == pytest.approx(2.0, abs=0.08)


def test_the_store_tells_what_comes(store: Store) -> None:
    orders = random_orders(4000, 4, start="2024-01-01", days=500)
    path = orders.groupby(["category1", "category2"]).size().idxmax()
    mine = (orders["category1"] == path[0]) & (orders["category2"] == path[1])
    as_of = orders["created_at"].max().date()
    start = pd.Timestamp(as_of) + pd.Timedelta(days=1 - 364 + 14)
    peak = (orders["created_at"] >= start) & (orders["created_at"] < start + pd.Timedelta(days=21))
    more = pd.concat([orders[mine & peak]] * 12, ignore_index=True)
    more["order_id"] = [f"more-{k}" for k in range(len(more))]
    put(store, pd.concat([orders, more], ignore_index=True), "a")
    day = last_complete_day(store)
    assert day is not None
    found = seasonal.coming(store, day)
    assert "->".join(path) in set(found["category"]) and set(found["level"]) <= {1, 2}
    assert seasonal.coming(store, day - timedelta(days=200)).empty

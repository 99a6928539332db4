"""Real records by day and H3 cell, placeholder points removed; and noise without any rise."""

from __future__ import annotations

from datetime import date

import h3.api.basic_int as h3
import numpy as np
import pandas as pd

from forecasting.places import Weeks
from tests.realdata import BOSTON_TEXT, real

PORTLAND = "portland_nij_burglary/portland_burglary_2012_2017.csv.gz"
COMPLETE = pd.Timestamp("2014-04-14")
"""From here on the general requests of Boston are complete."""


def portland(size: int = 9) -> pd.DataFrame:
    """day, cell, n: one row per burglary, March 2012 to May 2017."""
    rows = pd.read_csv(real(PORTLAND), usecols=["occ_date", "lon", "lat"])
    return _placed(pd.to_datetime(rows["occ_date"]), rows["lat"], rows["lon"], size)


def boston(size: int = 9) -> pd.DataFrame:
    """day, cell, n: general requests until June 2017, without City Hall (no address) and the
    points outside the city."""
    rows = pd.read_parquet(real(BOSTON_TEXT))
    rows = rows[(rows["service_name"] == "Other") & (rows["requested_local"] >= COMPLETE)]
    hall = (rows["lat"] - 42.360322).abs().lt(1e-5) & (rows["long"] + 71.057967).abs().lt(1e-5)
    inside = rows["lat"].between(42.2, 42.45) & rows["long"].between(-71.25, -70.95)
    rows = rows[inside & ~hall]
    return _placed(rows["requested_local"], rows["lat"], rows["long"], size)


def _placed(days: pd.Series, lat: pd.Series, lon: pd.Series, size: int) -> pd.DataFrame:
    cells = [h3.latlng_to_cell(a, b, size) for a, b in zip(lat, lon, strict=True)]
    return pd.DataFrame({"day": days.dt.normalize().to_numpy(), "cell": cells, "n": 1})


def last_day(rows: pd.DataFrame) -> date:
    day: date = rows["day"].max().date()
    return day


def disk(count: int, size: int = 9) -> np.ndarray:
    """So many cells around a point."""
    middle = h3.latlng_to_cell(39.9, 116.4, size)
    rings = next(k for k in range(200) if 3 * k * (k + 1) + 1 >= count)
    return np.sort(np.array(h3.grid_disk(middle, rings)[:count], dtype=np.uint64))


def noise(
    cells: int,
    weeks: int,
    seed: int,
    *,
    mean: float = 2.0,
    unequal: float = 1.0,
    phi: float = 0.0,
    centre: bool = False,
) -> Weeks:
    """Weeks in which nothing ever changes: every cell has its own level (gamma, dispersion
    ``unequal``), all share a yearly season; ``phi``: extra noise of single weeks; ``centre``: levels fall with the
    distance from the middle, as in a city."""
    rng = np.random.default_rng(seed)
    level = np.full(cells, mean) if not unequal else rng.gamma(1 / unequal, mean * unequal, cells)
    where = disk(cells)
    if centre:
        middle = h3.latlng_to_cell(39.9, 116.4, 9)
        level = 4 * mean * np.exp([-h3.grid_distance(middle, int(cell)) / 4 for cell in where])
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(weeks) / 52)
    expected = season[:, None] * level
    if phi:
        expected = expected * rng.gamma(1 / phi, phi, expected.shape)
    return Weeks(
        disk(cells), rng.poisson(expected).astype(float), np.full(weeks, 7.0), date(2026, 11, 22)
    )

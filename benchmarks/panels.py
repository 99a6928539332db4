"""Real panels for the forecast benchmark; what is missing is skipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h3
import numpy as np
import pandas as pd

from forecasting.daily.frame import Counts, arranged, lay_out
from forecasting.daily.steps import DAILY, WEEKLY, Steps
from tests.realdata import BOSTON, BOSTON_TEXT, NYC_ANIMALS, ROOT

NN5 = "ts_benchmarks/nn5_daily_wide.csv"
M4 = "ts_benchmarks/M4_Weekly-train.csv.gz"
M4_TEST = "ts_benchmarks/M4_Weekly-test.csv.gz"
M4_RANKS = "ts_benchmarks/M4_Evaluation_and_Ranks.xlsx"
CITY_HALL = (42.3594, -71.0587)
MOST_WEEKS = 620


@dataclass(frozen=True)
class Panel:
    """``counts`` up to the last day; ``country`` of the holidays."""

    name: str
    counts: Counts
    country: str | None
    steps: Steps = DAILY


def panels() -> tuple[list[Panel], list[str]]:
    """All panels whose files are there, and the names of the files that are not."""
    made, missing = [], []
    for path, build in (
        (BOSTON_TEXT, boston_cells), (BOSTON, boston_2011), (NYC_ANIMALS, nyc_animals), (NN5, nn5),
        (M4, m4_rolled),
    ):  # fmt: skip
        if (ROOT / path).exists():
            made += build(ROOT / path)
        else:
            missing.append(path)
    return made, missing


def _counted(rows: pd.DataFrame, keys: list[str], pool: str | None) -> Counts:
    daily = rows.groupby(["day", *keys], as_index=False).size().rename(columns={"size": "n"})
    # The last day is often cut short by the end of the extract.
    counts = lay_out(daily, (daily["day"].max() - pd.Timedelta(days=1)).date(), pool=pool)
    assert counts is not None
    return counts


def boston_cells(path: Path) -> list[Panel]:
    """Free-text requests by H3 cell of 5 km²: general ones, and illegal parking."""
    rows = pd.read_parquet(path, columns=["service_name", "requested_local", "lat", "long"])
    rows = rows.assign(day=rows["requested_local"].dt.normalize())
    rows["cell"] = [
        h3.latlng_to_cell(a, b, 7) for a, b in zip(rows["lat"], rows["long"], strict=True)
    ]
    out = []
    for name, service, first in (
        ("Boston, general requests", "Other", "2014-04-12"),
        ("Boston, illegal parking", "Illegal Parking", "2015-09-01"),
    ):
        some = rows[(rows["service_name"] == service) & (rows["day"] >= first)]
        usual = some["cell"].value_counts()
        some = some[some["cell"].isin(usual.index[usual >= 100])]
        out.append(Panel(name, _counted(some, ["cell"], None), "US"))
    return out


def boston_2011(path: Path) -> list[Panel]:
    """All requests of the second half of 2011, neighbourhood × reason: half a year only."""
    rows = pd.read_csv(path, usecols=["open_dt", "reason", "neighborhood"])
    rows = rows.assign(day=pd.to_datetime(rows["open_dt"]).dt.normalize())
    usual = rows["reason"].value_counts()
    rows = rows[rows["reason"].isin(usual.index[:8])]
    return [
        Panel("Boston 2011, 26 weeks", _counted(rows, ["neighborhood", "reason"], "reason"), "US")
    ]


def nyc_animals(path: Path) -> list[Panel]:
    """Sparse: illegal animals by borough and kind, the last six years."""
    rows = pd.read_csv(path, usecols=["Created Date", "Borough", "Complaint Type"])
    rows = rows.assign(day=pd.to_datetime(rows["Created Date"]).dt.normalize())
    rows = rows.rename(columns={"Borough": "borough", "Complaint Type": "kind"})
    rows = rows[rows["day"] >= rows["day"].max() - pd.Timedelta(days=6 * 365)]
    counts = lay_out(
        rows.groupby(["day", "borough", "kind"], as_index=False).size().rename(columns={"size": "n"}),
        (rows["day"].max() - pd.Timedelta(days=1)).date(), pool="kind",
        covered=[d.date() for d in pd.date_range(rows["day"].min(), rows["day"].max())],
    )  # fmt: skip
    assert counts is not None
    return [Panel("NYC, illegal animals (sparse)", counts, "US")]


def nn5(path: Path, days: int | None = None) -> list[Panel]:
    """111 cash machines, 1996 to 1998: no counts, but the closest public likeness of daily calls."""
    wide = pd.read_csv(path)
    values = wide.iloc[:days, 1:].to_numpy(dtype=float)
    index = pd.date_range("1996-03-18", periods=len(values), freq="D")
    keys = pd.DataFrame({"machine": wide.columns[1:]})
    return [Panel("NN5", arranged(values, index, keys, None, sums=False), "GB")]


def m4_rolled(path: Path) -> list[Panel]:
    """M4 weekly as a panel with rolling origins inside its training part."""
    return [m4_weekly(path)[0]]


def m4_weekly(path: Path) -> tuple[Panel, list[np.ndarray]]:
    """359 weekly series, right-aligned, and each at full length."""
    train = pd.read_csv(path)
    series = [row[~np.isnan(row)] for row in train.iloc[:, 1:].to_numpy(dtype=float)]
    values = np.full((MOST_WEEKS, len(series)), np.nan)
    for i, one in enumerate(series):
        kept = one[-MOST_WEEKS:]
        values[MOST_WEEKS - len(kept) :, i] = kept
    index = pd.date_range("2000-01-02", periods=MOST_WEEKS, freq="7D")
    keys = pd.DataFrame({"id": train.iloc[:, 0]})
    counts = arranged(values, index, keys, None, 1, sums=False)
    return Panel("M4 weekly", counts, None, WEEKLY), series

"""What became of the series that a scan called rising: their next four weeks, by plain arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import h3
import numpy as np
import pandas as pd

from forecasting.rising import GUARD, OLDER, rising
from tests.realdata import BOSTON, BOSTON_TEXT, real

DAYS = 28


@dataclass(frozen=True)
class Followed:
    """All scans together. ``came / normal`` is the figure: orders of flagged series in the
    four weeks after each scan over what their level before it times the change of the rest
    of their category would give; ``claimed``: the same with the level each was flagged against."""

    scans: int
    flagged: int
    came: float
    normal: float
    claimed: float

    @property
    def ratio(self) -> float:
        return self.came / self.normal

    @property
    def claim(self) -> float:
        return self.came / self.claimed


def follow(daily: pd.DataFrame, every: int, common: str | None = "category") -> Followed:
    """Scan ``daily`` (day, place, category, n) every so many days, each time blind to what follows."""
    scans = flagged = 0
    sums = np.zeros(3)
    for as_of in _ends(daily, every):
        found = rising(daily, as_of, windows=(DAYS,), common=common, bounds=False)
        if found.empty:
            break
        up = found[found["rising"]]
        scans, flagged = scans + 1, flagged + len(up)
        for row in up.to_dict("records"):
            own = daily[(daily["place"] == row["place"]) & (daily["category"] == row["category"])]
            like = daily[daily["category"] == row["category"]]
            guard = OLDER if row["against"] == "older" else GUARD
            came = _after(own, as_of)
            sums += (came, _normal(own, like, as_of, GUARD), _normal(own, like, as_of, guard))
    return Followed(scans, flagged, *(float(x) for x in sums))


def _ends(daily: pd.DataFrame, every: int) -> Iterator[date]:
    end = daily["day"].max().date() - timedelta(days=DAYS)
    while end > daily["day"].min().date() + timedelta(days=100):
        yield end
        end -= timedelta(days=every)


def _after(rows: pd.DataFrame, as_of: date) -> float:
    age = (rows["day"] - pd.Timestamp(as_of)).dt.days
    return float(rows.loc[age.between(1, DAYS), "n"].sum())


def _before(rows: pd.DataFrame, as_of: date, guard: int) -> float:
    """Orders up to ``guard`` days before, each halved for every 182 days of age."""
    age = (pd.Timestamp(as_of) - rows["day"]).dt.days - guard
    return float((rows["n"] * 0.5 ** (age / 182))[age >= 0].sum())


def _normal(own: pd.DataFrame, like: pd.DataFrame, as_of: date, guard: int) -> float:
    """Own level times the change of the rest of the category (drawn to 1 as by ten orders)."""
    reach = (as_of - like["day"].min().date()).days - guard
    share = DAYS / (0.5 ** (np.arange(reach + 1) / 182)).sum()
    mine, theirs = _before(own, as_of, guard) * share, _before(like, as_of, guard) * share
    rest = _after(like, as_of) - _after(own, as_of)
    return (mine + 0.5 * share) * (rest + 10) / (theirs - mine + 10)


def boston_cells(resolution: int) -> pd.DataFrame:
    """Boston's general requests per H3 cell, April 2014 to June 2017, without the City Hall point."""
    rows = pd.read_parquet(real(BOSTON_TEXT))
    rows = rows[(rows["service_name"] == "Other") & (rows["requested_local"] >= "2014-04-12")]
    hall = (rows["lat"] - 42.360322).abs().lt(1e-5) & (rows["long"] + 71.057967).abs().lt(1e-5)
    rows = rows[~hall]
    cells = [
        h3.latlng_to_cell(lat, lon, resolution)
        for lat, lon in zip(rows["lat"], rows["long"], strict=True)
    ]
    made = pd.DataFrame({"day": rows["requested_local"].dt.normalize(), "place": cells})
    return _counted(made.assign(category="other"))


def boston_2011() -> pd.DataFrame:
    """All requests of July to December 2011 by neighbourhood and reason."""
    rows = pd.read_csv(real(BOSTON), usecols=["open_dt", "neighborhood", "reason"])
    made = pd.DataFrame(
        {
            "day": pd.to_datetime(rows["open_dt"]).dt.normalize(),
            "place": rows["neighborhood"],
            "category": rows["reason"],
        }
    )
    return _counted(made)


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["day", "place", "category"]
    return rows.groupby(keys).size().rename("n").reset_index()

"""How often a change is claimed where nothing is known to have been done: ``python -m benchmarks.effects``.

Real cities, every place large enough, dates half a year apart; once at any date, once only where
the last eight weeks were the place's highest in a year (an action begun after a peak). Nobody knows
what really was done there: a share above 5 % may be real changes as well as false ones.
"""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta

import h3
import numpy as np
import pandas as pd

from forecasting.counterfactual import Days, effect
from tests.realdata import real


def portland() -> pd.DataFrame:
    """Burglaries by H3 cell of resolution 7."""
    rows = pd.read_csv(real("portland_nij_burglary/portland_burglary_2012_2017.csv.gz"))
    rows = rows.dropna(subset=["lat", "lon"])
    place = [h3.latlng_to_cell(a, o, 7) for a, o in zip(rows["lat"], rows["lon"], strict=True)]
    day = pd.to_datetime(rows["occ_date"])
    return _counted(pd.DataFrame({"day": day, "place": place}))


def boston() -> pd.DataFrame:
    """Boston's general requests ("Other", complete from 2014-04-12) by H3 cell of resolution 8,
    without those that have no address (City Hall)."""
    rows = pd.read_parquet(real("boston311_open311_text/boston_open311_to_2017H1.parquet"))
    when = pd.to_datetime(rows["requested_local"])
    rows = rows[(rows["service_name"] == "Other") & (when >= "2014-04-12")]
    hall = (rows["lat"] - 42.360322).abs() + (rows["long"] + 71.057967).abs() < 1e-5
    rows = rows[~hall]
    place = [h3.latlng_to_cell(a, o, 8) for a, o in zip(rows["lat"], rows["long"], strict=True)]
    day = when[rows.index].dt.normalize()
    return _counted(pd.DataFrame({"day": day, "place": place}))


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(["day", "place"]).size().rename("n").reset_index()


def claims(daily: pd.DataFrame, *, peaks: bool) -> dict[str, int]:
    """Verdicts at every place and pseudo-date (``peaks``: only after a place's highest weeks)."""
    first, last = daily["day"].min().date(), daily["day"].max().date()
    days = Days.of(daily, pd.date_range(first, last).date)
    out: dict[str, int] = {}
    start = first + timedelta(days=550)
    while start + timedelta(days=90) < last:
        for column, place in enumerate(days.names):
            if peaks and not _peak(days, column, start):
                continue
            found = effect(days, treated=[place], start=start, as_of=last)
            out[found.verdict] = out.get(found.verdict, 0) + 1
        start += timedelta(days=182)
    return out


def _peak(days: Days, column: int, start: date) -> bool:
    end = (start - days.first).days
    weeks = np.nansum(days.n[end - 364 : end, column].reshape(-1, 7), axis=1)
    sums = np.convolve(weeks, np.ones(8), "valid")
    return bool(sums[-1] >= sums.max() and sums[-1] > 0)


def main() -> None:
    """Print a line per city and kind of date."""
    for name, load in (("Portland burglary", portland), ("Boston requests", boston)):
        daily = load()
        for peaks in (False, True):
            begin = time.process_time()
            found = claims(daily, peaks=peaks)
            judged = sum(n for code, n in found.items() if code != "too_little")
            fell, rose = found.get("fell", 0), found.get("rose", 0)
            sys.stdout.write(
                f"{name}, {'after a peak' if peaks else 'any date'}: {judged} judged, fell "
                f"{fell / max(judged, 1):.3f}, rose {rose / max(judged, 1):.3f}, too little "
                f"{found.get('too_little', 0)}, {time.process_time() - begin:.0f} CPU s\n"
            )


if __name__ == "__main__":
    main()

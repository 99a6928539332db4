"""Drivers on real data: what is found, false discoveries per placebo, CPU seconds.

``python -m benchmarks.drivers`` (real data in COCKPIT_REAL_DATA). Each placebo exchanges the
driver for other years' values on the same dates (or the same moved by a month and more)
and is calibrated with the other placebos only: what it finds is false.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from forecasting.associations import Associations, Driver, associate

ROOT = Path(os.environ.get("COCKPIT_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")
DRIVERS = (Driver("rain", 10), Driver("cold", 5), Driver("heat", 5), Driver("wind", 3, None))
WORDS = {
    "tree": r"\btrees?\b|branch|limb",
    "tree down": r"(?:fallen|fell|down|hanging|broken|split|crack)[^.]{0,40}(?:tree|branch|limb)"
    r"|(?:tree|branch|limb)s?\b[^.]{0,40}(?:fallen|fell|down|hanging|broke|split|crack)",
    "drain": "catch ?basin|storm ?drain|flood|sewer",
    "street light": "light",
    "pothole": "pot ?hole",
    "graffiti": "graffiti",
    "trash": "trash|garbage|litter",
    "rodent": r"rat\b|rats\b|rodent",
    "sign": r"\bsign\b",
    "snow": r"snow|plow|ice\b",
    "sidewalk": "sidewalk",
    "dead animal": "dead|squirrel|raccoon",
    "parking": "park",
    "no heat": r"no heat|\bheat\b",
}  # fmt: skip
"""Kinds of request told by words of the free text (the public dump has no finer types)."""


def boston_weather() -> pd.DataFrame:
    """Drivers of 2010 to 2025."""
    rows = pd.read_csv(ROOT / "boston_weather" / "boston_weather_2010_2025_meteostat.csv")
    return pd.DataFrame(
        {
            "day": rows["time"], "rain": rows["prcp"], "cold": (15 - rows["tavg"]).clip(lower=0),
            "heat": (rows["tmax"] - 28).clip(lower=0), "wind": rows["wspd"] / 3.6,
        }
    )  # fmt: skip


def boston_text() -> tuple[pd.DataFrame, list[date]]:
    """day, category, n of the general requests by words, and the days delivered."""
    rows = pd.read_parquet(
        ROOT / "boston311_open311_text" / "boston_open311_to_2017H1.parquet",
        columns=["service_name", "requested_local", "description"],
    )
    rows = rows[(rows["service_name"] == "Other") & (rows["requested_local"] >= "2014-04-12")]
    day, said = rows["requested_local"].dt.normalize(), rows["description"].fillna("").str.lower()
    parts = [_counted(day[said.str.contains(p)], name) for name, p in WORDS.items()]
    return pd.concat([*parts, _counted(day, "")]), list(day.dt.date.unique())


def boston_2011() -> pd.DataFrame:
    """day, category, n of all types with a hundred requests in the second half of 2011."""
    rows = pd.read_csv(
        ROOT / "boston311_2011H2" / "boston311_2011H2.csv.gz", usecols=["open_dt", "type"]
    )
    day = pd.to_datetime(rows["open_dt"]).dt.normalize()
    parts = [_counted(day[rows["type"] == name], name) for name in rows["type"].unique()]
    return pd.concat([*(p for p in parts if p["n"].sum() >= 100), _counted(day, "")])


def new_york() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Daily counts of ten categories in 121 days of 2025 and their sum; drivers of that year."""
    folder = ROOT / "nyc311_weather_2025"
    rows = pd.read_csv(folder / "analysis_daily.csv").rename(columns={"n_requests": "n"})
    daily = rows.assign(day=rows["date"])[["day", "category", "n"]]
    total = daily.groupby("day", as_index=False)[["n"]].sum().assign(category="")
    sky = pd.read_csv(folder / "weather_clean.csv")
    mean = (sky["TMAX"] + sky["TMIN"]) / 2
    drivers = {"day": sky["date"], "rain": sky["PRCP"], "cold": (15 - mean).clip(lower=0),
               "heat": (sky["TMAX"] - 28).clip(lower=0)}  # fmt: skip
    return pd.concat([daily, total]), pd.DataFrame(drivers)


def _counted(day: pd.Series, name: str) -> pd.DataFrame:
    return day.value_counts().rename_axis("day").reset_index(name="n").assign(category=name)


def shown(title: str, found: Associations, seconds: float) -> None:
    """Print what was found and how the search does without any effect."""
    facts = found.facts
    basis = {f"{v['basis']} {v['n']}" for v in facts["placebos"].values()}
    print(f"\n== {title}: {facts['days']} days, {facts['tested']} pairs, {seconds:.1f} CPU s")
    print(
        f"   false discoveries per placebo ({', '.join(sorted(basis))}): {facts['false_per_round']:.2f}"
        f" | with the model's own errors {facts['false_uncalibrated']:.2f}"
        f" | weather of two weeks later: {facts['late_found']} of {facts['late_tested']}"
    )
    rows = found.effects
    rows = rows[rows["found"].astype(bool) | (rows["control"].astype(bool) & rows["ratio"].notna())]
    for row in rows.sort_values("q").to_dict("records"):
        mark = "control" if row["control"] else ""
        extra = "" if pd.isna(row["extra_year"]) else f" {row['extra_year']:+8.0f} a year"
        print(
            f"   {row['category'] or 'all requests':38.38} {row['driver']:5} "
            f"{row['ratio']:5.2f} [{row['low']:.2f}-{row['high']:.2f}] days 0-{int(row['window'])} "
            f"{row['shape']:10} q {row['q']:.4f} exposed {row['exposed']:4d}{extra} {mark}"
        )


def run(
    title: str, daily: pd.DataFrame, factors: pd.DataFrame, last: date,
    covered: Sequence[date] | None = None,
) -> None:  # fmt: skip
    """One data set."""
    drivers = [one for one in DRIVERS if one.code in factors]
    begin = time.process_time()
    found = associate(daily, factors, drivers, last, country="US", covered=covered, controls=("",))
    shown(title, found, time.process_time() - begin)


def main() -> None:
    """All data sets there are."""
    sky = boston_weather()
    daily, days = boston_text()
    run(
        "Boston, words of general requests, 2014-04 to 2017-06", daily, sky, date(2017, 6, 30), days
    )
    run("Boston, all types, second half of 2011", boston_2011(), sky, date(2011, 12, 31))
    daily, factors = new_york()
    run("New York, ten categories, 121 days of 2025", daily, factors, date(2025, 8, 31))


if __name__ == "__main__":
    main()

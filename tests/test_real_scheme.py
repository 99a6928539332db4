"""Scheme F on Boston's second half of 2011, against the counts published with the file."""

import os
from pathlib import Path

import pandas as pd
import pytest

from metrics.counting import count
from metrics.rates import rate
from metrics.scheme import all_schemes
from metrics.score import pooled, score

REAL = Path(os.environ.get("COCKPIT_REAL_DATA", "../shared/data"))
FILE = REAL / "boston311_2011H2" / "boston311_2011H2.csv.gz"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILE.exists(), reason=f"no real data at {FILE}"),
]


def test_boston_closed_on_time() -> None:
    raw = pd.read_csv(FILE, usecols=["ontime", "case_status", "department"], dtype="str")
    orders = pd.DataFrame(
        {
            "unit": raw["department"],
            "on_time": raw["ontime"].map({"ONTIME": True, "OVERDUE": False}).astype("boolean"),
            "status": raw["case_status"].str.lower(),
        }
    )
    scheme = all_schemes()["service_levels_311"]
    counts = count(scheme.measures(), orders)
    total = pooled(scheme, counts).iloc[0]
    assert total["received"] == 58_251
    assert total["resolution.n"] == 46_572 + 11_521
    assert total["resolution.missing"] == 158
    assert total["resolution"] == pytest.approx(46_572 / 58_093)
    # No first action and no satisfaction are recorded: closing on time is the whole score.
    assert total["composite"] == pytest.approx(100 * 46_572 / 58_093)
    units = score(scheme, counts)
    assert units["resolution.n"].sum() == 58_093
    alone = rate(scheme.indicator("resolution"), counts.set_index("unit").loc["PWDx"])
    mine = orders[orders["unit"] == "PWDx"]["on_time"]
    assert alone.value == pytest.approx(mine.mean())

"""Real records, week by week over two years: the risk against two simple rules (docs/places.md)."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from benchmarks.places import REPORT
from forecasting.places import back_test, judge, weeks_of
from tests.places_data import boston, last_day, portland


@pytest.mark.parametrize("records", [portland, boston], ids=["portland", "boston"])
def test_the_risk_beats_four_weeks_and_is_no_worse_than_a_year(
    records: Callable[[], pd.DataFrame],
) -> None:
    rows = records()
    trial = back_test(weeks_of(rows, last_day(rows), most=300), report=REPORT)
    got = judge(trial.weeks)
    got = got[got["share"] == 0.10].set_index("method")
    assert got["weeks"].min() >= 100 and trial.chosen_on == 52
    month, year = got.loc["last_28_days"], got.loc["last_365_days"]
    assert month["gain"] >= 0.10 and month["gain_low"] > 0
    assert year["gain"] >= 0 and year["verdict"] in ("better", "as_good")

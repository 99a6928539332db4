"""Overdue open orders: own due time first, then the scheme's limits, working days by calendar."""

from datetime import date, datetime

import pandas as pd

from forecasting.calendar import workdays_back, workdays_between


def test_workdays_back_is_the_edge_of_the_limit() -> None:
    # National Day 2025: 1 to 8 October off, 28 September and 11 October worked.
    now = datetime(2025, 10, 13, 9)
    day = workdays_back(now, 5)
    ages = workdays_between(
        pd.Series(pd.to_datetime([day, day + pd.Timedelta(days=1)])),
        pd.Series(pd.to_datetime([now, now])),
    )
    assert ages.tolist()[0] == 6
    assert ages.tolist()[1] == 5


def test_workdays_back_counts_make_up_days() -> None:
    # Sunday 28 September 2025 was a working day.
    assert workdays_back(datetime(2025, 9, 29, 12), 1) == date(2025, 9, 27)

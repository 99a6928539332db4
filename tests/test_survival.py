"""Kaplan and Meier's curve against published figures, and the ledger's statistics against worked ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from metrics import whistles
from metrics.rates import wilson
from metrics.survival import curve, median, median_wait

# Remission of leukaemia (weeks) under 6-MP and placebo, Freireich et al. 1963, as tabulated in
# Gehan 1965 and every textbook since; + is censored.
MERCAPTOPURINE = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
NOW = datetime(2026, 11, 22)


def read(text: str) -> tuple[Any, Any]:
    parts = text.split()
    times = np.array([float(part.rstrip("+")) for part in parts])
    return times, np.array([not part.endswith("+") for part in parts])


def test_the_curve_is_the_published_one() -> None:
    found = curve(*read(MERCAPTOPURINE))
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.share.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    # Greenwood at the end, as published: standard error 0.135; on the log-log scale
    error = 0.1346
    width = 1.96 * error / (0.4482 * abs(np.log(0.4482)))
    assert found.low[-1] == pytest.approx(0.4482 ** np.exp(width), abs=2e-3)
    assert found.high[-1] == pytest.approx(0.4482 ** np.exp(-width), abs=2e-3)


def test_medians_are_the_published_ones_and_an_open_limit_stays_open() -> None:
    treated, placebo = (median_wait(*read(t)) for t in (MERCAPTOPURINE, PLACEBO))
    assert (treated.value, treated.low, treated.high) == (23.0, 13.0, None)
    assert (placebo.value, placebo.low, placebo.high) == (8.0, 4.0, 11.0)
    assert (treated.n, treated.happened) == (21, 9)


def test_nobody_arrived_gives_no_median_and_a_negative_time_is_refused() -> None:
    none = median(curve(np.array([5.0, 9.0]), np.array([False, False])))
    assert (none.value, none.low, none.high, none.n, none.happened) == (None, None, None, 2, 0)
    with pytest.raises(ValueError, match="negative"):
        curve(np.array([-1.0]), np.array([True]))
    everybody = median_wait(np.array([3.0]), np.array([True]))
    assert everybody.value == 3.0


def call(
    name: str, called: float, arrived: float | None, settled: float | None, **more: Any
) -> dict[str, Any]:
    """A call so many hours before now, with what happened so many hours after it."""
    at = NOW - timedelta(hours=called)
    moment = lambda h: None if h is None else (at + timedelta(hours=h)).isoformat()  # noqa: E731
    return {
        "department": name, "called_at": at.isoformat(), "arrived_at": moment(arrived),
        "settled_at": moment(settled), "street_score": None, "department_score": None, **more,
    }  # fmt: skip


def body(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"street": "甲街道", "category": "停车->乱停", "calls": list(calls)}


def test_statistics_of_calls_are_the_worked_ones() -> None:
    found = whistles.calls(
        [
            ("a", body(call("城管局", 400, 10, 100, street_score=5), call("交通局", 400, 30, 300))),
            (
                "b",
                body(call("城管局", 300, 20, 290, street_score=3), call("交通局", 20, None, None)),
            ),
            (
                "c",
                body(call("城管局", 30, 5, 25, department_score=4), call("水务局", -5, None, None)),
            ),
            ("d", body(call("交通局", 250, 400, None))),  # "arrives" after now: has not come yet
        ],
        NOW,
    )
    assert len(found) == 6  # the call of the future is left out
    by = whistles.arrivals(found).set_index("department")
    assert by.loc["城管局", ["n", "arrived", "waiting", "median"]].tolist() == [3, 3, 0, 10.0]
    assert by.loc["交通局", ["n", "arrived", "waiting"]].tolist() == [3, 1, 2]
    # 30 h is the only arrival, two wait 20 h and 250 h: the share left is 1/2 after it
    assert by.loc["交通局", "median"] == 30.0
    settled = whistles.settled(found, NOW).set_index("department")
    # judged: calls of 240 h and more before now; within 240 h: 100 h yes, 290 h no, 300 h no
    assert settled.loc["城管局", ["n", "hits"]].tolist() == [2, 1]
    assert settled.loc["交通局", ["n", "hits"]].tolist() == [2, 0]
    low, high = wilson(np.array([1.0]), np.array([2.0]))
    assert settled.loc["城管局", ["low", "high"]].tolist() == [low[0], high[0]]
    rated = whistles.ratings(found)
    assert rated.to_dict("list") == {
        "unit": ["城管局", "甲街道"], "as_": ["department", "street"], "n": [2, 1], "mean": [4.0, 4.0],
    }  # fmt: skip
    assert whistles.waiting(found)["settle_hours"].round().tolist() == [250, 20]


def test_an_empty_ledger_has_no_statistics() -> None:
    found = whistles.calls([], NOW)
    assert whistles.arrival(found).value is None
    assert whistles.settled(found, NOW).empty and whistles.arrivals(found).empty

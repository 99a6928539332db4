"""Late registration: first arrivals noted as batches come, and how complete the last days are."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data import arrivals, schema
from data.refresh.forecasts import Forecasts
from data.store import Store
from forecasting.delay import registered
from tests.factory import random_orders
from tests.test_store import put

DELAYS = np.array([0.6, 0.25, 0.1, 0.05])
FIRST = pd.Timestamp("2026-05-01")
DAYS = 18


def delayed(n: int = 1800) -> pd.DataFrame:
    """Orders of 18 days; ``delay``: days until each is registered, exact shares within a day."""
    frame = random_orders(n, 6)
    place = np.arange(n)
    day = FIRST + pd.to_timedelta(place % DAYS, unit="D")
    edges = np.cumsum(DELAYS) * (n // DAYS)
    delay = np.searchsorted(edges, place // DAYS, side="right")
    created = pd.Series(day + pd.Timedelta(hours=9)).astype(frame["created_at"].dtype)
    stamps = {"created_at": created, "created_day": created.dt.normalize()}
    never = {name: frame[name].where(frame.index < 0) for name in ("closed_at", "closed_day")}
    return frame.assign(**stamps, **never, delay=delay, day=day)


def deliver(
    store: Store, frame: pd.DataFrame, when: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch at noon of each of these days: what is registered since the last one, and older
    orders with a changed text."""
    before = -1
    columns = [name for name in frame if name not in ("delay", "day")]
    ready = (frame["day"] - FIRST).dt.days + frame["delay"]
    for number in when:
        today = FIRST + pd.Timedelta(days=number)
        monkeypatch.setattr(Store, "now", lambda self, at=today: at.to_pydatetime() + NOON)
        new = frame[(ready > before) & (ready <= number)]
        old = frame[ready <= before].tail(15).assign(content=f"{number}")
        put(store, pd.concat([new, old])[columns], f"day {number}")
        before = number


NOON = timedelta(hours=12)


def test_shares_are_learned_though_batches_change_earlier_orders(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = delayed()
    deliver(store, frame, list(range(DAYS)), monkeypatch)
    came = store.frame(sa.select(schema.arrivals))
    ready = (frame["day"] - FIRST).dt.days + frame["delay"]
    assert came["n"].sum() == (ready < DAYS).sum()  # each order once, by its first batch
    last = (FIRST + pd.Timedelta(days=DAYS - 1)).date()
    found = arrivals.lateness(store, last)
    assert found.shares == pytest.approx(np.cumsum(DELAYS)[:-1], abs=1e-3)
    assert (found.known, found.deliveries) == (pytest.approx(1.0), DAYS)
    # Seen from the day before, everything is a day older.
    earlier = arrivals.lateness(store, last - timedelta(days=1))
    assert earlier.shares == pytest.approx(found.shares[1:], abs=1e-3)
    inputs = Forecasts().read(store, last, Forecasts().setting(store))
    assert inputs is not None
    assert inputs.setting["registered"] == found.shares


def test_few_deliveries_or_a_backlog_say_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = (FIRST + pd.Timedelta(days=DAYS - 1)).date()
    assert arrivals.lateness(store, last) == arrivals.Lateness()
    deliver(store, delayed(900), [9, 17], monkeypatch)
    found = arrivals.lateness(store, last)
    assert (found.shares, found.known) == ((), 0.0)
    assert found.deliveries == 2
    monkeypatch.setattr(Store, "now", lambda self: datetime(2027, 1, 1))
    put(store, random_orders(50, 9, first_id=5000, days=30), "old orders, long after")
    late = store.frame(sa.select(schema.arrivals))["arrived_day"].dt.date
    assert date(2027, 1, 1) not in set(late)


def test_weekly_deliveries_do_not_look_like_lateness() -> None:
    """Everything is registered within a day, but brought once a week."""
    first = pd.Timestamp("2026-01-05")
    days = pd.date_range(first, periods=20 * 7)
    weekly = days[6::7]
    rows = []
    for day in days:
        for delay, share in ((0, 0.8), (1, 0.2)):
            later = weekly[weekly >= day + pd.Timedelta(days=delay)]
            if len(later):
                rows.append((day, later[0], 100 * share))
    came = pd.DataFrame(rows, columns=["day", "arrived", "n"])
    assert registered(came, [d.date() for d in weekly]) == pytest.approx([0.8], abs=0.01)


def test_delays_between_deliveries_are_told_from_their_days_of_the_week() -> None:
    """Deliveries on Mondays and Thursdays; the true distribution comes back."""
    rng = np.random.default_rng(3)
    days = pd.date_range("2025-01-01", periods=364)
    brought = days[days.day_of_week.isin([0, 3])]
    rows = []
    for day in days:
        n = rng.multinomial(400, [0.5, 0.2, 0.15, 0.1, 0.05])
        for delay, count in enumerate(n):
            later = brought[brought >= day + pd.Timedelta(days=delay)]
            if len(later):
                rows.append((day, later[0], count))
    came = pd.DataFrame(rows, columns=["day", "arrived", "n"])
    got = registered(came, [d.date() for d in brought])
    assert got == pytest.approx([0.5, 0.7, 0.85, 0.95], abs=0.03)

"""What is computed ahead: only when the data changed, all or nothing, ids that stay, kills survived."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from data import records, schema
from data.coverage import last_complete_day
from data.refresh import Inputs, Results, newest, refresh, stale
from data.refresh.apart import Apart, ComputeFailed
from data.refresh.background import Background, folder, state, wish
from data.refresh.early_warning import CITY, SETTING, EarlyWarning, identities
from data.refresh.series import by_place
from data.settings import Settings
from data.store import Store, open_store
from metrics.selection import PATH
from tests.factory import random_orders
from tests.test_store import put

ROOT = Path(__file__).resolve().parents[1]
STEP = EarlyWarning()


def outbreak(n: int = 60) -> pd.DataFrame:
    """Two hundred days, and in the last week many orders of one place and category."""
    orders = random_orders(6000, 3, days=200)
    late = orders["created_at"] >= orders["created_at"].max().normalize() - pd.Timedelta(days=5)
    mine = orders.index[late][:n]
    orders.loc[mine, ["district", "category1", "category2"]] = ["云溪区", "公共服务", "供暖"]
    return orders


def test_the_daily_series_are_those_of_plain_pandas(store: Store) -> None:
    orders = random_orders(2000, 4)
    put(store, orders, "a")
    as_of = last_complete_day(store)
    assert as_of is not None
    got = by_place(store, as_of)
    kept = orders[orders["created_at"].dt.date <= as_of]
    assert got["n"].sum() == kept["created_at"].notna().sum()
    one = kept[
        (kept["district"] == "云溪区")
        & (kept["category2"] == "供暖")
        & (kept["category1"] == "公共服务")
    ]
    mine = got[(got["district"] == "云溪区") & (got["category"] == f"公共服务{PATH}供暖")]
    assert mine["n"].sum() == len(one)


def test_an_outbreak_becomes_an_alert_that_keeps_its_id(store: Store) -> None:
    put(store, outbreak(), "a")
    assert stale(store, STEP)
    assert refresh(store, [STEP]) == {"alerts": "done"}
    assert refresh(store, [STEP]) == {"alerts": "fresh"}
    found = store.frame(sa.select(schema.alerts).where(schema.alerts.c.scope == "series"))
    mine = found[
        (found["district"] == "云溪区")
        & (found["category"] == f"公共服务{PATH}供暖")
        & found["ongoing"]
    ]
    assert len(mine) == 1
    assert bool(mine["urgent"].iloc[0])
    assert mine["observed"].iloc[0] >= 50
    days = store.frame(
        sa.select(schema.alert_days).where(schema.alert_days.c.alert == mine["alert"].iloc[0])
    )
    inside = days[days["day"] >= mine["start_day"].iloc[0]]
    assert inside["observed"].sum() == mine["observed"].iloc[0]
    assert inside["expected"].sum() == pytest.approx(mine["expected"].iloc[0])
    run = newest(store, "alerts")
    assert run is not None and run.state == "done"
    assert run.facts["series"]["series"] > 20
    # ten more orders of it next day: the same alert, longer
    more = outbreak().tail(10).copy()
    day = pd.Timestamp(run.as_of) + pd.Timedelta(days=1)
    for column in [c for c in more if str(more[c].dtype).startswith("datetime")]:
        more[column] = pd.NaT
    more["created_at"], more["created_day"] = day + pd.Timedelta(hours=9), day
    more["order_id"] = [f"late-{i}" for i in range(10)]
    more[["district", "category1", "category2", "flags"]] = ["云溪区", "公共服务", "供暖", None]
    put(store, more, "b")
    assert stale(store, STEP)
    refresh(store, [STEP])
    again = store.frame(
        sa.select(schema.alerts).where(schema.alerts.c.alert == mine["alert"].iloc[0])
    )
    assert len(again) == 1
    assert again["observed"].iloc[0] > mine["observed"].iloc[0]


def test_a_batch_that_changes_no_count_keeps_the_results(store: Store) -> None:
    orders = outbreak()
    put(store, orders, "a")
    refresh(store, [STEP])
    before = store.frame(sa.select(schema.alerts))
    put(store, orders.head(40).assign(reply="已回复市民"), "b")
    assert stale(store, STEP)
    assert refresh(store, [Broken()]) == {"alerts": "unchanged"}  # nothing was computed
    run = newest(store, "alerts")
    assert run is not None and run.facts["series"]["series"] > 20
    assert not stale(store, STEP)
    pd.testing.assert_frame_equal(store.frame(sa.select(schema.alerts)), before)
    assert refresh(store, [STEP], force=True) == {"alerts": "done"}


def test_another_budget_is_a_new_run(store: Store) -> None:
    put(store, outbreak(), "a")
    refresh(store, [STEP])
    before = store.scalar(sa.select(sa.func.count()).select_from(schema.alerts))
    records.save(store, SETTING, {"usual": 6.0, "urgent": 6.0}, actor="分析员", id=CITY)
    assert refresh(store, [STEP]) == {"alerts": "done"}
    assert store.scalar(sa.select(sa.func.count()).select_from(schema.alerts)) > before


def test_nothing_to_compute_from(store: Store) -> None:
    assert refresh(store, [STEP]) == {"alerts": "fresh"}
    assert refresh(store, [STEP], force=True) == {"alerts": "nothing"}


class Broken(EarlyWarning):
    """Fails on the way."""

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        raise ValueError("broken on purpose")


class Half(EarlyWarning):
    """Results that the table refuses after some rows."""

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        frames = dict(super().merge(connection, results).frames)
        frames["alerts"].loc[frames["alerts"].index[-1], "observed"] = None
        return Results(frames)


@pytest.mark.parametrize("step", [Broken(), Half()])
def test_a_failed_run_leaves_the_earlier_results(store: Store, step: EarlyWarning) -> None:
    put(store, outbreak(), "a")
    refresh(store, [STEP])
    before = store.frame(sa.select(schema.alerts).order_by(schema.alerts.c.alert))
    assert refresh(store, [step], force=True) == {"alerts": "failed"}
    after = store.frame(sa.select(schema.alerts).order_by(schema.alerts.c.alert))
    pd.testing.assert_frame_equal(before, after)
    run = newest(store, "alerts")
    assert run is not None and run.state == "done"


def test_two_at_once_compute_once(store: Store) -> None:
    put(store, outbreak(), "a")
    inner: list[dict[str, str]] = []

    class Slow(EarlyWarning):
        def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
            inner.append(refresh(store, [STEP]))
            return super().compute(inputs, tell)

    assert refresh(store, [Slow()]) == {"alerts": "done"}
    assert inner == [{"alerts": "busy"}]


def test_a_kill_in_the_middle_leaves_the_earlier_results_and_blocks_nobody(
    config: Settings,
) -> None:
    opened = open_store(config)
    put(opened, outbreak(), "a")
    refresh(opened, [STEP])
    before = opened.frame(sa.select(schema.alerts).order_by(schema.alerts.c.alert))
    opened.close()
    code = textwrap.dedent(
        f"""
        import os, signal
        from data.refresh import refresh, Results
        from data.refresh.early_warning import EarlyWarning
        from data.settings import Settings
        from data.store import open_store
        class Dying(EarlyWarning):
            def merge(self, connection, results):
                os.kill(os.getpid(), signal.SIGKILL)
        from pathlib import Path
        config = Settings(home=Path({str(config.home)!r}), database_url={config.database_url!r}, _env_file=None)
        refresh(open_store(config), [Dying()], force=True)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == -signal.SIGKILL
    opened = open_store(config)
    after = opened.frame(sa.select(schema.alerts).order_by(schema.alerts.c.alert))
    pd.testing.assert_frame_equal(before, after)
    assert refresh(opened, [STEP], force=True) == {"alerts": "done"}
    opened.close()


def test_computing_apart_gives_the_same_and_says_what_failed(duckdb_store: Store) -> None:
    put(duckdb_store, outbreak(), "a")
    as_of = last_complete_day(duckdb_store)
    assert as_of is not None
    inputs = STEP.read(duckdb_store, as_of, STEP.setting(duckdb_store))
    assert inputs is not None
    heard: list[float] = []
    room = folder(duckdb_store.settings)
    there = Apart(room)(STEP, inputs, heard.append)
    here = STEP.compute(inputs, lambda _share: None)
    pd.testing.assert_frame_equal(there.frames["alerts"], here.frames["alerts"])
    assert heard[-1] == 1.0
    assert list(room.iterdir()) == []
    with pytest.raises(ComputeFailed, match="ValueError: broken on purpose"):
        Apart(room)(Broken(), inputs, heard.append)


def test_the_background_refreshes_after_a_quiet_while_and_on_a_wish(duckdb_store: Store) -> None:
    background = Background(duckdb_store, quiet=0.0, what=lambda: (STEP,))
    put(duckdb_store, outbreak(), "a")

    def until(well: Callable[[], Any]) -> None:
        for _ in range(600):
            background.turn()
            background.join(0.1)
            if well():
                return
            time.sleep(0.1)
        raise AssertionError(state(duckdb_store.settings))

    until(lambda: newest(duckdb_store, "alerts"))
    until(lambda: state(duckdb_store.settings).get("running") is False)
    assert state(duckdb_store.settings)["ended"] == {"alerts": "done"}
    name = wish(duckdb_store.settings, force=True)
    until(lambda: state(duckdb_store.settings).get("wish") == name)
    assert state(duckdb_store.settings)["ended"] == {"alerts": "done"}


def test_the_command_asks_the_owner(duckdb_store: Store) -> None:
    put(duckdb_store, outbreak(), "a")
    with worker_of(duckdb_store):
        done = subprocess.run(
            [sys.executable, "cockpit.py", "--lang", "en", "refresh"], cwd=ROOT, check=False,
            capture_output=True, text=True,
            env={**os.environ, "COCKPIT_HOME": str(duckdb_store.settings.home)},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Early warning: renewed" in done.stdout


@contextmanager
def worker_of(store: Store) -> Iterator[None]:
    from data.worker import Worker

    worker = Worker(store, poll=0.1)
    worker.background.what = lambda: (STEP,)
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        worker.background.join()


def test_an_alert_is_the_same_while_its_days_overlap() -> None:
    def row(start: str, until: str, **more: Any) -> Mapping[str, Any]:
        plain = {"scope": "series", "district": "a", "category": "c", "start_day": date.fromisoformat(start),
                 "until_day": date.fromisoformat(until), "found_day": date.fromisoformat(start)}  # fmt: skip
        return plain | more

    old = list(
        pd.DataFrame(
            [row("2026-01-01", "2026-01-05", alert="x"), row("2026-03-01", "2026-03-02", alert="y")]
        ).itertuples()
    )
    new = pd.DataFrame(
        [row("2026-01-02", "2026-01-09"), row("2026-02-01", "2026-02-02"), row("2026-01-02", "2026-01-09", district=None, scope="category")]
    )  # fmt: skip
    got = identities(new, old)
    assert got[0] == "x"
    assert len(set(got)) == 3 and "y" not in got

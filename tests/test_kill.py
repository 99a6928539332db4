"""A kill -9 at any moment leaves the store as before or as after, and nothing is lost or doubled."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from data.batch import BatchInfo, waiting, write_batch
from data.counts import ensure_measures
from data.ingest import drain
from data.schema import batches, counts_area, counts_cell_day, counts_core, counts_unit, orders
from data.settings import Settings
from data.store import Store, open_store
from metrics.conditions import test
from tests.factory import random_orders
from tests.test_ingest import well

ROOT = Path(__file__).resolve().parents[1]
MOMENTS = ("stage", "compare", "merge", "links", "counts", "commit", "committed", "archiving")
Picture = tuple[pd.DataFrame, ...]


def prepare(config: Settings) -> None:
    """A store with one batch drained and a second, which changes much, waiting."""
    first = random_orders(500, 1)
    second = pd.concat([random_orders(500, 2).iloc[:150], first.iloc[150:200],
                        random_orders(200, 3, first_id=900)])  # fmt: skip
    write_batch(config.inbox, BatchInfo("first", "test", 500), [first])
    store = open_store(config)
    ensure_measures(store, [(test("recurred", "eq", True), "closed")])
    drain(store)
    store.close()
    write_batch(config.inbox, BatchInfo("second", "test", len(second)), [second])


def picture(config: Settings) -> Picture:
    """Everything the store holds that a batch can change, in a fixed order."""
    store = open_store(config)
    assert well(store)
    found = (
        store.frame(sa.select(orders).order_by(orders.c.order_id)),
        store.frame(sa.select(batches.c.batch, batches.c.digest, batches.c.rows_new).order_by(batches.c.batch)),
        *(_sorted(store, table) for table in (counts_core, counts_unit, counts_area, counts_cell_day)),
    )  # fmt: skip
    store.close()
    return found


def _sorted(store: Store, table: sa.Table) -> pd.DataFrame:
    frame = store.frame(sa.select(table)).dropna(axis="columns", how="all")
    return frame.sort_values(list(frame.columns), ignore_index=True)


def same(one: Picture, other: Picture) -> bool:
    return all(a.equals(b) for a, b in zip(one, other, strict=True))


def killed(config: Settings, moment: str) -> None:
    """Drain in another process that dies at the moment."""
    command = [
        sys.executable,
        "-m",
        "tests.killed",
        str(config.home),
        config.database_url or "",
        moment,
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -9, done.stderr


def survives(config: Settings, before: Picture, after: Picture) -> str:
    """Whole after the kill; drained again it is as if nothing had happened."""
    found = picture(config)
    state = "before" if same(found, before) else "after"
    assert same(found, before if state == "before" else after)
    store = open_store(config)
    drain(store)
    store.close()
    assert same(picture(config), after)
    assert waiting(config.inbox) == []
    return state


def both(config: Settings) -> tuple[Picture, Picture]:
    before = picture(config)
    store = open_store(config)
    drain(store)
    store.close()
    return before, picture(config)


def copied(config: Settings, target: Path) -> Settings:
    shutil.copytree(config.home, target)
    return config.model_copy(update={"home": target})


def test_kills_at_every_moment_on_the_embedded_store(tmp_path: Path) -> None:
    config = Settings(home=tmp_path / "origin", memory_limit="1GB", _env_file=None)
    prepare(config)
    copies = {moment: copied(config, tmp_path / moment) for moment in MOMENTS}
    before, after = both(config)
    assert not same(before, after)
    states = {}
    for moment, copy in copies.items():
        killed(copy, moment)
        states[moment] = survives(copy, before, after)
    assert states == {m: "after" if m in ("committed", "archiving") else "before" for m in MOMENTS}


@pytest.mark.postgres
def test_kills_at_every_moment_on_postgresql(
    tmp_path: Path, fresh_database: Callable[[], str]
) -> None:
    def made(name: str) -> Settings:
        config = Settings(home=tmp_path / name, database_url=fresh_database(), _env_file=None)
        prepare(config)
        return config

    before, after = both(made("origin"))
    for moment in ("merge", "commit", "committed"):
        config = made(moment)
        killed(config, moment)
        state = survives(config, before, after)
        assert state == ("after" if moment == "committed" else "before")


def test_kills_at_random_moments(tmp_path: Path) -> None:
    config = Settings(home=tmp_path / "origin", memory_limit="1GB", _env_file=None)
    prepare(config)
    copies = [copied(config, tmp_path / str(n)) for n in range(4)]
    before, after = both(config)
    chance = random.Random(5)
    for copy in copies:
        command = [sys.executable, "-m", "tests.killed", str(copy.home), "", "never"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0.0, 0.5))
            process.kill()
        survives(copy, before, after)

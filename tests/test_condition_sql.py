"""Conditions select the same orders in SQL, on both engines, as in pandas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.batch import BatchInfo, write_batch
from data.condition_sql import exact, where
from data.ingest import drain
from data.schema import orders
from data.settings import Settings
from data.store import Store, open_store
from metrics.conditions import Condition, mask, parse
from tests.factory import random_orders
from tests.strategies import conditions

FRAME = random_orders(300, 11)
Engine = tuple[Store, pd.DataFrame]


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A store of 300 orders and the same orders as a frame in the same order."""
    home = tmp_path_factory.mktemp("conditions")
    url = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    if url is not None:
        admin = sa.create_engine(
            sa.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.execute(sa.text("DROP DATABASE IF EXISTS t_conditions WITH (FORCE)"))
            connection.execute(sa.text("CREATE DATABASE t_conditions"))
        admin.dispose()
        url = sa.make_url(url).set(database="t_conditions").render_as_string(hide_password=False)
    store = _filled(home, url)
    frame = store.frame(sa.select(orders).order_by(orders.c.order_id))
    yield store, frame
    store.close()


def _filled(home: Path, url: str | None) -> Store:
    config = Settings(home=home, database_url=url, _env_file=None)
    write_batch(config.inbox, BatchInfo("a", "test", len(FRAME)), [FRAME])
    store = open_store(config)
    drain(store)
    return store


def _selected(store: Store, condition: Condition) -> tuple[list[bool], set[str]]:
    values = store.rows(sa.select(exact(condition)).select_from(orders).order_by(orders.c.order_id))
    kept = store.rows(sa.select(orders.c.order_id).where(where(condition)))
    return [bool(row[0]) for row in values], {row[0] for row in kept}


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_sql_and_pandas_agree(filled: Engine, data: st.DataObject) -> None:
    store, frame = filled
    condition = data.draw(conditions(FRAME))
    expected = mask(condition, frame)
    values, kept = _selected(store, condition)
    np.testing.assert_array_equal(np.array(values), expected)
    assert kept == set(frame["order_id"][expected])


def test_a_missing_value_is_not_equal_and_its_negation_holds(filled: Engine) -> None:
    store, frame = filled
    missing = frame["grade"].isna()
    same = parse({"field": "grade", "op": "eq", "value": "urgent"})
    other = parse({"field": "grade", "op": "ne", "value": "urgent"})
    neither = parse(
        {
            "all": [
                {"not": {"field": "grade", "value": "urgent"}},
                {"not": {"field": "grade", "op": "ne", "value": "urgent"}},
            ]
        }
    )
    for condition in (same, other):
        assert not _selected(store, condition)[1] & set(frame["order_id"][missing])
    assert _selected(store, neither)[1] == set(frame["order_id"][missing])

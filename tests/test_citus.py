"""The same store on a Citus cluster (COCKPIT_TEST_CITUS_URL: a coordinator with an empty database)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from data import schema
from data.backend import StoreError
from data.citus import DISTRIBUTED, REFERENCE, distribute
from data.settings import Settings
from data.store import Store, open_store
from tests.factory import random_orders
from tests.test_counts import GROUPS, MEASURES, YEAR, by_pandas, selected
from tests.test_ingest import numbers, well
from tests.test_repeats import check
from tests.test_store import put


@pytest.fixture
def citus(tmp_path: Path) -> Iterator[Store]:
    url = os.environ.get("COCKPIT_TEST_CITUS_URL")
    if not url:
        pytest.skip("no Citus here: name a coordinator in COCKPIT_TEST_CITUS_URL")
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    schema.metadata.drop_all(engine)
    engine.dispose()
    store = open_store(Settings(home=tmp_path / "var", database_url=url, _env_file=None))
    yield store
    store.close()


@pytest.mark.citus
def test_a_cluster_gives_the_same_answers(citus: Store) -> None:
    assert len(distribute(citus)) == len(DISTRIBUTED) + len(REFERENCE)
    assert distribute(citus) == []
    from data.counts import ensure_measures, tally

    first = random_orders(400, 5, days=90)
    put(citus, first, "a")
    ensure_measures(citus, [(c, "created") for c in MEASURES.values()])
    second = pd.concat([random_orders(400, 6, days=90).iloc[100:180], first.iloc[:20]])
    result = put(citus, second, "b")
    assert (result.rows_updated, result.rows_unchanged) == (80, 20)
    assert len(numbers(citus)) == 400 and well(citus) and check(citus) > 0
    rows = selected(citus, YEAR)
    for by in GROUPS:
        pd.testing.assert_frame_equal(tally(citus, MEASURES, YEAR, by), by_pandas(rows, by))


@pytest.mark.postgres
def test_without_the_extension_it_says_so(tmp_path: Path, postgres_url: str) -> None:
    store = open_store(Settings(home=tmp_path, database_url=postgres_url, _env_file=None))
    with pytest.raises(StoreError) as found:
        distribute(store)
    assert found.value.code == "no_citus"
    store.close()

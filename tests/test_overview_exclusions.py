"""The Overview leaves out what the scheme strikes out, on the map as on the cards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.batch import BatchInfo, write_batch
from data.ingest import drain
from data.schema import orders
from data.settings import Settings
from data.store import open_store
from tests.app import app_on, open_page
from tests.factory import random_orders

PERIOD = {"lang": "en", "scheme": "beijing_district", "p": "custom:2025-01-01..2025-04-30"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    where = tmp_path_factory.mktemp("struck-out")
    config = Settings(home=where)
    frame = random_orders(3000, 4)
    write_batch(config.inbox, BatchInfo(digest="e", source="test", rows_read=len(frame)), [frame])
    store = open_store(config)
    drain(store)
    store.close()
    with app_on(where):
        yield where
        open_store().close()


def test_repeat_rate_and_map_leave_out_struck_orders(home: Path) -> None:
    at = open_page("overview", **PERIOD)
    frame = open_store().frame(sa.select(orders))
    kept = frame[frame["exclusion"].isna()]
    assert 0 < len(kept) < len(frame)
    known = kept[kept["recurred"].notna()]
    card = {m.label: m for m in at.metric}["Repeat-complaint rate"]
    assert f"n={len(known):,}" in card.proto.help
    assert card.value == f"{known['recurred'].astype(bool).mean():.1%}"
    valid = kept[(kept["followup"] == "valid") & kept["district"].notna()]
    share = (valid["resolution"] == "resolved").groupby(valid["district"]).mean()
    share = share[valid["district"].value_counts().reindex(share.index) >= 30]
    title = next(m.value for m in at.markdown if "highest" in m.value)
    assert f"{share.max():.1%}" in title
    assert f"{share.min():.1%}" in title

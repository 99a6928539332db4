"""A small made-up city in a real store, and the app run on it without a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.testing.v1 import AppTest

from data import settings as config
from data.batch import BatchInfo, BatchWriter
from data.ingest import submit
from data.settings import Settings
from data.store import open_store
from tests.factory import random_orders

ROOT = Path(__file__).resolve().parents[1]
GAP = (pd.Timestamp("2025-02-10"), pd.Timestamp("2025-02-11"))
"""Two days on which the store has no order at all."""
SILENT, UNHEARD, LAST = "静默街道办", "失联局", "2025-03-20"


@dataclass(frozen=True)
class City:
    """The orders as imported, and where the store lives."""

    home: Path
    orders: pd.DataFrame


def orders_of_city(n: int = 6000) -> pd.DataFrame:
    """Orders of 80 days: a gap of two days, and one department that nobody was ever heard about."""
    orders = random_orders(n, 5, start="2025-01-01", days=79)
    orders = orders[~orders["created_day"].isin(GAP)].reset_index(drop=True)
    mine = orders.index % 61 == 0
    orders.loc[mine, ["unit", "first_unit"]] = UNHEARD
    orders.loc[mine, "followup"] = "unreached"
    return orders


def units_of(orders: pd.DataFrame) -> pd.DataFrame:
    """The unit list: street offices (one of them without any order) and departments."""
    names = [*sorted(orders["unit"].dropna().unique()), SILENT]
    streets = [name.endswith("街道办") for name in names]
    return pd.DataFrame(
        {
            "unit": names,
            "name_zh": names,
            "name_en": [f"Unit {i}" for i, _ in enumerate(names)],
            "unit_type": ["street" if s else "department" for s in streets],
            "district": [name[:3] if s and name != SILENT else None for name, s in zip(names, streets, strict=True)],
            "peer_group": ["street" if s else "department" for s in streets],
            "staff": pd.array([10] * len(names), dtype="Int32"),
            "population": pd.array([1000] * len(names), dtype="Int32"),
        }
    )  # fmt: skip


def build(home: Path, orders: pd.DataFrame) -> None:
    """Fill an embedded store below ``home``."""
    settings = Settings(home=home, memory_limit="1GB", _env_file=None)
    store = open_store(settings)
    with BatchWriter(settings.inbox) as writer:
        writer.add(orders)
        writer.add_dimension("units", units_of(orders))
        path = writer.finish(BatchInfo("small-city", "test", len(orders)))
    result = submit(path, store)
    assert result.state == "done", result
    store.close()


@contextmanager
def served(home: Path) -> Iterator[None]:
    """The app's process-wide things (settings, store, caches) for this home, and none afterwards.

    Nothing is computed ahead in the background: it would outlive the test, and its store.
    """
    wanted = {"COCKPIT_HOME": str(home), "COCKPIT_REFRESH": "false"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    _forget()
    try:
        yield
    finally:
        open_store().close()
        _forget()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _forget() -> None:
    config.settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


def run(page: str, lang: str = "zh", **params: Any) -> AppTest:
    """A page drawn with URL parameters. Fails on any fault that the page would show."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in {"lang": lang, **params}.items():
        at.query_params[name] = value
    at.run()
    at.switch_page(f"pages/{page}.py")
    for name, value in {"lang": lang, **params}.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    assert not at.error, [e.value for e in at.error]
    return at

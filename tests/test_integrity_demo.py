"""The simulated city through the store: the page's scan shows the planted cheaters and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from data import integrity_run
from data.demo import build
from data.ingest import submit
from data.settings import Settings
from data.store import Store, open_store
from metrics.scheme import load_scheme
from metrics.selection import Selection

pytestmark = pytest.mark.slow
END = date(2026, 6, 30)
YEAR = Selection(datetime(2025, 7, 1), datetime(2026, 7, 1))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("demo")
    store = open_store(Settings(home=home, memory_limit="1GB", _env_file=None))
    folder = build(store.settings, orders=400_000, seed=7, months=18, end=END)
    assert submit(folder, store).state == "done"
    yield store
    store.close()


def test_a_years_scan_shows_the_planted_cheaters_and_nobody_else(demo: Store) -> None:
    truths = json.loads(demo.meta()["truths"])
    got = integrity_run.run(demo, YEAR, load_scheme("beijing_district"))
    flagged = got.findings[got.findings["flagged"]]
    loop = truths["loop"]["units"]
    assert set(zip(flagged["signal"], flagged["unit"], strict=True)) == {
        ("unreached", truths["hiding"]["unit"]),
        ("bunching", truths["bunching"]["unit"]),
        ("excluded", truths["recoding"]["unit"]),
        ("recoding", truths["recoding"]["unit"]),
        ("loops", loop[0]),
        ("loops", loop[1]),
        ("loop_pairs", " ⇄ ".join(sorted(loop))),
    }
    assert got.facts["prone"] == [truths["recoding"]["filed_as"]]

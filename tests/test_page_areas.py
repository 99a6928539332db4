"""Boundaries on the Data page: faults, preview, saved; orders that lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data import areas, placed
from data.store import open_store
from tests.app import app_on
from tests.small_city import run
from tests.test_page_data import text
from tests.test_placed import NAMES, city_file, orders_of, put, take
from ui.data_areas_file import matches
from words import say


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with app_on(tmp_path):
        put(open_store(), orders_of(400), "a")
        yield tmp_path
        open_store().close()


def given(at: AppTest, path: Path) -> AppTest:
    body = path.read_bytes()
    return at.file_uploader[0].set_value([(path.name, body, "application/json")]).run()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_is_shown_then_saved_then_checked(home: Path, lang: str) -> None:
    at = run("data", lang, part="areas")
    assert say("page.data.areas.none", lang) in text(at)  # type: ignore[arg-type]
    at = given(at, city_file(home))
    assert not at.exception and set(NAMES) <= set(at.dataframe[1].value.iloc[:, 0])
    at = at.button(key="areas-save").click().run()
    assert not at.exception and not at.error
    assert [city_file(home).name in s.value for s in at.success] == [True]
    found = areas.totals(open_store(), "district")
    page = text(at) + " ".join(s.value for s in at.success)
    assert f"{found.other:,}" in page and f"{found.unnamed_inside:,}" in page
    pair = areas.pairs(open_store(), "district").query("kind == 'other'").iloc[0]
    code = f"other||{pair['named']}||{pair['by_point']}"
    drilled = run("data", lang, part="areas", pair=code)
    listed = drilled.dataframe[-1].value
    assert len(listed) == min(pair["n"], 200)
    shown = run("data", lang, part="batches")
    assert city_file(home).name in text(shown)


def test_faults_are_listed_and_nothing_can_be_saved(home: Path) -> None:
    at = given(run("data", "zh", part="areas"), city_file(home, 20.0))
    assert "相距甚远" in text(at) and at.button(key="areas-save").disabled
    broken = home / "broken.geojson"
    broken.write_text("{")
    at = given(run("data", "zh", part="areas"), broken)
    assert "不是 JSON" in text(at)
    assert not [b for b in at.button if b.key == "areas-save"]
    assert areas.origins(open_store()).empty


def test_an_older_store_is_checked_on_request(home: Path) -> None:
    take(open_store(), city_file(home))
    with open_store().write() as connection:
        placed._note(connection, "")
    at = run("data", "zh", part="areas")
    assert say("page.data.areas.not_current", "zh") in text(at)
    at = at.button(key="areas-again").click().run()
    assert placed.current(open_store()) and not at.exception


def test_matches_are_read_line_by_line() -> None:
    assert matches("Allston = Allston / Brighton\n甲＝乙\nno\n=x\n") == {
        "Allston": "Allston / Brighton", "甲": "乙",
    }  # fmt: skip

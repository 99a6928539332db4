"""The page of places: every section in both languages, filters, the printed list, no results yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from data import places
from data.refresh import refresh
from data.refresh.places import Places
from data.settings import Settings
from data.store import open_store
from metrics.selection import PATH
from tests.app import app_on
from tests.places_city import filled, settings_of
from tests.small_city import run
from words import say

SECTIONS = ("visit", "change", "repeat", "trust")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    config = settings_of(tmp_path_factory.mktemp("places"))
    opened = open_store(config)
    filled(opened)
    refresh(opened, [Places()])
    with app_on(config.home):
        yield config
    opened.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_drawn(home: Settings, section: str, lang: str) -> None:
    at = run("places", lang=lang, section=section, gis="1")
    said = " ".join(str(e.value) for e in [*at.markdown, *at.caption])
    assert not re.search(r"page\.places\.|\bnan\b|None", said)
    if section != "change":
        assert at.dataframe or section == "trust"


def test_the_list_is_the_one_that_others_read(home: Settings) -> None:
    at = run("places", lang="en")
    shown = at.dataframe[0].value
    found = places.visit_list(open_store(home), limit=15)
    assert [float(v) for v in shown["expected"]] == found["expected"].tolist()
    assert shown["address"].tolist() == found["address"].tolist()


def test_filters_narrow_it_and_what_cannot_be_followed_is_said(home: Settings) -> None:
    at = run("places", lang="en", d="云溪区", c=f"城市管理{PATH}市容环卫")
    found = places.visit_list(open_store(home), "城市管理", ["云溪区"], 15)
    assert [float(v) for v in at.dataframe[0].value["expected"]] == found["expected"].tolist()
    assert any(say("page.places.left.category_level", "en") in w.value for w in at.warning)


def test_everything_can_be_counted(home: Settings) -> None:
    every = run("places", lang="en", count="every").dataframe[0].value["expected"]
    found = places.visit_list(open_store(home), limit=15, variant=places.EVERY)
    assert [float(v) for v in every] == found["expected"].tolist()


def test_a_row_is_opened_by_its_link(home: Settings) -> None:
    found = places.repeat_points(open_store(home), limit=3)
    at = run("places", lang="zh", section="repeat", point=found["place_key"].iloc[1])
    assert any(str(found["address"].iloc[1]) in m.value for m in at.markdown)
    assert at.get("page_link")


def test_the_list_can_be_printed(home: Settings) -> None:
    at = run("places", lang="zh", print="1")
    html = " ".join(str(block.proto.body) for block in at.get("html"))
    assert "<table" in html and html.count("<tr>") == 15


def test_without_results_the_page_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = settings_of(tmp_path_factory.mktemp("bare"))
    opened = open_store(config)
    filled(opened)
    with app_on(config.home):
        at = run("places", lang="en")
        assert any("Not computed yet" in info.value for info in at.info)
    opened.close()


@pytest.mark.parametrize("section", SECTIONS)
def test_the_meeting_view_asks_nothing(home: Settings, section: str) -> None:
    at = run("places", lang="zh", section=section, present="20")
    assert not at.get("page_link") and not at.get("download_button")

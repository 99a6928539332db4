"""The scheme lab: what it shows is what an independent computation over the orders gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data import scheme_versions as kept
from data.store import open_store
from metrics.lab import what_if
from metrics.scheme import load_scheme, scheme_from_text, scheme_texts
from metrics.scheme_edit import with_weights
from metrics.scheme_text import redrafted
from tests.league import A
from tests.small_city import City, build, orders_of_city, run, served
from tests.test_lab import two
from tests.test_page_rankings import by_hand, february, ranks
from ui import lab_state
from ui.lab_result import headline
from words import say

SCHEME = "beijing_district"
TEXT = scheme_texts()[SCHEME, "1"]
PERIOD = {"p": "month:2025-02-28", "scheme": SCHEME}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("lab")
    orders = orders_of_city()
    build(home, orders)
    with served(home):
        yield City(home, orders)


@pytest.fixture
def drafts(city: City) -> Iterator[None]:
    """Drafts made by a test are thrown away after it."""
    yield
    store = open_store()
    for one in kept.versions(store):
        if one.state == "draft":
            kept.discard(store, one, actor="test")


def streets(
    city: City, response: float = 10, resolution: float = 50, satisfaction: float = 40
) -> pd.DataFrame:
    """Scheme A with any weights, straight from its definition; ranks of the street offices."""
    found = by_hand(february(city.orders))
    found = found[found.index.str.endswith("街道办")].copy()
    whole = response + resolution + satisfaction
    found["score"] = 100 / whole * (
        response * found["response"] + resolution * found["resolution"] + satisfaction * found["satisfaction"]
    )  # fmt: skip
    found["rank"] = ranks(found)
    return found


def shown(at: AppTest, place: int = 0) -> pd.DataFrame:
    return at.dataframe[place].value.set_index("unit")


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


# -- trying ------------------------------------------------------------------------------
def test_without_turns_nothing_moves(city: City) -> None:
    at = run("lab", **PERIOD)
    found = metrics(at)
    assert found[say("page.lab.number.moved", "zh")] == "0"
    assert found[say("page.lab.number.spearman", "zh")] == "1.000"
    old = streets(city)
    table = shown(at).loc[old.index]
    np.testing.assert_allclose(table["score"], old["score"], atol=1e-9)
    np.testing.assert_array_equal(table["rank"], old["rank"])


def test_a_slider_moves_ranks_as_the_orders_say(city: City) -> None:
    at = run("lab", **PERIOD)
    slider = next(s for s in at.slider if s.label == "解决率")
    slider.set_value(20.0).run()
    old, new = streets(city), streets(city, resolution=20)
    table = shown(at).loc[old.index]
    np.testing.assert_allclose(table["score"], new["score"], atol=1e-9)
    np.testing.assert_array_equal(table["rank"], new["rank"])
    np.testing.assert_array_equal(table["rank_change"], old["rank"] - new["rank"])
    moved = int((old["rank"] != new["rank"]).sum())
    assert moved
    assert metrics(at)[say("page.lab.number.moved", "zh")] == str(moved)
    shares = [caption.value for caption in at.caption if caption.value.startswith("占 ")]
    assert any(text.startswith("占 28.6%（原为 50.0%）") for text in shares)


def test_a_link_carries_the_trial(city: City) -> None:
    tried = "weight.resolution~20,weight.nonsense~3,limit.sign~x,band.leading~-1"
    at = run("lab", **PERIOD, base=f"{SCHEME}@1", **{"try": tried})
    new = streets(city, resolution=20)
    np.testing.assert_array_equal(shown(at).loc[new.index, "rank"], new["rank"])
    assert next(s for s in at.slider if s.label == "解决率").value == 20


def test_links_that_mean_nothing_are_left_out() -> None:
    scheme = load_scheme(SCHEME)
    text = "weight.response~nan,minimum_n~-5,per.proactive~1e99,piece.satisfaction.1~2,,~,force.repeats~1"
    assert lab_state.decoded(text, scheme) == {"force.repeats": 1}
    turns = {"weight.response": 12.5, "minimum_n": 0.0}
    assert lab_state.decoded(lab_state.encoded(turns), scheme) == turns


def test_all_weights_at_nothing_is_said(city: City) -> None:
    at = run("lab", **PERIOD)
    for slider in at.slider:
        slider.set_value(0.0)
    at.run()
    assert say("page.lab.nothing_left", "zh") in [w.value for w in at.warning]


def test_another_limit_is_counted_anew(city: City) -> None:
    base = {"p": "month:2025-02-28", "scheme": "zhungeer_banner"}
    before = shown(run("lab", **base))
    at = run("lab", **base, base="zhungeer_banner@1", **{"try": "limit.sign~30"})
    after = shown(at).loc[before.index]
    orders = february(city.orders)
    orders = orders[orders["sign_hours"] >= 0]  # this scheme strikes nothing out
    gained = (
        orders[(orders["sign_hours"] > 2) & (orders["sign_hours"] <= 30)].groupby("unit").size()
    )
    n = orders.groupby("unit").size()
    # 10 of the 30 points of "response", which weighs 30 of 100.
    points = (gained / n).reindex(before.index).fillna(0) * 10
    np.testing.assert_allclose(after["score"] - before["score"], points, atol=1e-9)


# -- weights and comparison -----------------------------------------------------------------
def test_the_stability_says_what_it_does_not_say(city: City) -> None:
    at = run("lab", **PERIOD, do="weights")
    text = " ".join(c.value for c in at.caption)
    assert "不能说明" in text and "偶然" in text
    table = shown(at)
    assert set(table.columns) >= {"rank", "range", "top_tenth", "bottom_tenth"}
    assert ((table["top_tenth"] >= 0) & (table["top_tenth"] <= 1)).all()


def test_two_schemes_side_by_side(city: City) -> None:
    at = run("lab", **PERIOD, do="compare", base=f"{SCHEME}@1", **{"with": "service_levels_311@1"})
    table, old = shown(at), streets(city)
    assert set(table.index) == set(old.index)
    told = [frame.value for frame in at.dataframe if "line" in frame.value.columns]
    assert len(told) == 1 and any("考核周期" in line for line in told[0]["line"])
    # Spearman's correlation by its definition, from the scores shown and those of scheme A.
    one, two = (
        old["score"].round(9).rank(),
        table.loc[old.index, "score"].astype(float).round(9).rank(),
    )
    d1, d2 = one - one.mean(), two - two.mean()
    expected = (d1 * d2).sum() / np.sqrt((d1**2).sum() * (d2**2).sum())
    found = metrics(at)[say("page.lab.number.spearman", "zh")].replace("−", "-")
    assert float(found) == pytest.approx(expected, abs=5e-4)


def test_headline_names_who_moves_most() -> None:
    found = what_if(A, with_weights(A, {"resolution": 30, "satisfaction": 60}), two()).table
    ctx: Any = SimpleNamespace(
        lang="en", say=lambda key, **holes: say(key, "en", **holes), name=lambda unit: unit
    )
    assert headline(ctx, found) == (
        "2 of 2 units change their rank. Up most: u001 (by 1). Down most: u000 (by 1)."
    )


# -- versions --------------------------------------------------------------------------------
def save_as(at: AppTest, version: str = "2", note: str = "试一试", name: str = "李敏") -> AppTest:
    at.text_input(key=next(t.key for t in at.text_input if t.label == "版本")).set_value(version)
    at.text_input(key=next(t.key for t in at.text_input if t.label == "说明")).set_value(note)
    at.run()
    at.text_input(key="who-lab-save-zh").set_value(name).run()
    at.button(key="lab-save-zh").click().run()
    assert not at.exception
    return at


def test_a_trial_is_saved_put_in_use_and_scores_what_begins_later(city: City, drafts: None) -> None:
    tried = {"base": f"{SCHEME}@1", "try": "weight.resolution~20"}
    at = save_as(run("lab", **PERIOD, do="versions", **tried))
    store = open_store()
    made = {one.code: one for one in kept.versions(store)}[f"{SCHEME}@2"]
    assert (made.state, made.actor, made.note, made.based_on) == (
        "draft",
        "李敏",
        "试一试",
        f"{SCHEME}@1",
    )
    assert made.scheme is not None
    assert {c.indicator: c.weight for c in made.scheme.composite}["resolution"] == 20
    # The data end on 20 March: the running period of the scheme began on the 19th.
    assert made.scheme.valid_from == date(2025, 3, 19)
    running = {"p": "month_19:2025-04-18", "scheme": SCHEME, "vs": "none"}
    plain = run("rankings", **running).dataframe[0].value.set_index("unit")["score"]
    at.button(key="lab-use-yes-zh").click().run()
    assert not at.exception and not at.error
    assert {one.code: one.state for one in kept.versions(store)}[f"{SCHEME}@2"] == "in_use"
    scored = run("rankings", **running).dataframe[0].value.set_index("unit")["score"]
    assert not np.allclose(scored.loc[plain.index], plain)
    before = run("rankings", **PERIOD).dataframe[0].value.set_index("unit")
    old = streets(city)
    np.testing.assert_allclose(before.loc[old.index, "score"], old["score"], atol=1e-9)
    # Retired, it leaves the running period to the version before it.
    at = run("lab", do="versions", base=f"{SCHEME}@2", **running)
    at.text_input(key="who-lab-retire-zh").set_value("王强").run()
    at.button(key="lab-retire-yes-zh").click().run()
    assert not at.exception
    again = run("rankings", **running).dataframe[0].value.set_index("unit")["score"]
    np.testing.assert_allclose(again.loc[plain.index], plain, atol=1e-9)


def test_a_broken_text_is_refused_on_the_page(city: City) -> None:
    for lang, word in (("zh", "应为数字"), ("en", "a number is expected")):
        at = run("lab", lang=lang, **PERIOD, do="versions")
        broken = TEXT.replace("weight: 40", "weight: forty")
        line = next(n for n, row in enumerate(broken.splitlines(), 1) if "forty" in row)
        at.text_area[0].set_value(broken).run()
        assert not at.exception
        said = " ".join(w.value for w in at.warning)
        assert word in said and str(line) in said
        assert not [b for b in at.button if b.key == f"lab-save-{lang}"]
        assert any("forty" in code.value for code in at.code)


def test_a_stale_save_is_refused_with_both_texts(city: City, drafts: None) -> None:
    store = open_store()
    head = {"version": "7", "valid_from": date(2025, 3, 19)}
    first = kept.save_draft(store, redrafted(TEXT, {}, head), actor="王强")
    link = {"base": first.code, "try": "weight.resolution~30"}
    at = run("lab", **PERIOD, do="versions", **link)
    theirs = redrafted(TEXT, {"weight.resolution": 70}, head)
    kept.save_draft(store, theirs, actor="王强", revision=first.revision)
    at.text_input(key="who-lab-save-zh").set_value("李敏").run()
    at.button(key="lab-save-zh").click().run()
    assert not at.exception
    assert any("王强" in w.value for w in at.warning)
    assert any("70 → 30" in m.value for m in at.markdown)
    standing = {one.code: one for one in kept.versions(store)}[first.code]
    assert standing.text == theirs
    # Another version number saves it all the same.
    save_as(at, version="8")
    mine = {one.code: one for one in kept.versions(store)}[f"{SCHEME}@8"]
    assert {c.indicator: c.weight for c in scheme_from_text(mine.text, "").composite}[
        "resolution"
    ] == 30


def test_the_meeting_view_shows_the_result_alone(city: City) -> None:
    at = run("lab", **PERIOD, base=f"{SCHEME}@1", present="60", **{"try": "weight.resolution~20"})
    assert not at.slider and not at.button
    new = streets(city, resolution=20)
    np.testing.assert_array_equal(shown(at).loc[new.index, "rank"], new["rank"])

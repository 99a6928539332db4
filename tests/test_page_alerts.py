"""The alerts page: what the scan found is listed, decided, kept, and judged."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa

from data import alert_states as states
from data import records, schema
from data.records import Stale
from data.refresh import refresh
from data.refresh.early_warning import CITY, SETTING, EarlyWarning
from data.settings import Settings
from data.store import Store, open_store
from metrics.rates import wilson
from tests.app import app_on, open_page
from tests.test_refresh import outbreak
from tests.test_store import put


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    config = Settings(home=tmp_path_factory.mktemp("alerts"), refresh=False, _env_file=None)
    opened = open_store(config)
    put(opened, outbreak(), "a")
    refresh(opened, [EarlyWarning()])
    with app_on(config.home, COCKPIT_REFRESH="false"):
        yield config
    opened.close()


def store_of(home: Settings) -> Store:
    return open_store(home)


def top(home: Settings) -> pd.Series:
    found = states.with_states(
        states.all_alerts(store_of(home)), records.all_of(store_of(home), states.KIND)
    )
    return found[found["ongoing"] & found["part_of"].isna()].iloc[0]


def test_the_page_lists_what_the_scan_found(home: Settings) -> None:
    for lang in ("zh", "en"):
        at = open_page("alerts", lang=lang)
        shown = at.dataframe[0].value
        found = store_of(home).frame(sa.select(schema.alerts))
        wanted = found[found["ongoing"] & found["part_of"].isna()]
        assert len(shown) == len(wanted)
        assert [float(v) for v in shown["observed"]] == wanted["observed"].tolist()
        assert "供暖" in shown["category"].iloc[0]


def test_an_alert_is_assigned_and_the_decision_is_kept(home: Settings) -> None:
    alert = top(home)
    at = open_page("alerts", lang="zh")
    key = f"{alert['alert']}-zh"
    at.segmented_control(key=f"state-{key}").set_value("assigned").run()
    assert at.button(key=f"save-{key}").disabled
    unit = at.selectbox(key=f"unit-{key}").options[0]
    at.selectbox(key=f"unit-{key}").select(unit).run()
    at.text_input(key=f"who-alert-{key}-zh").set_value("张三").run()
    at.button(key=f"save-{key}").click().run()
    assert not at.exception
    kept = records.one(store_of(home), states.KIND, str(alert["alert"]))
    assert kept is not None
    assert (kept.body["state"], kept.actor) == ("assigned", "张三")
    assert kept.body["due"] is not None
    assert "已交" in at.dataframe[0].value["state"].iloc[0]


def test_a_decision_made_on_an_older_one_is_refused(home: Settings) -> None:
    alert = top(home)
    standing = int(alert["revision"])
    states.decide(store_of(home), alert, actor="甲", revision=standing, state="seen")
    with pytest.raises(Stale) as refused:
        states.decide(
            store_of(home), alert, actor="乙", revision=standing, state="closed", verdict="false"
        )
    assert refused.value.current is not None and refused.value.current.body["state"] == "seen"
    with pytest.raises(ValueError, match="verdict"):
        states.decide(store_of(home), alert, actor="乙", revision=standing + 1, state="closed")
    with pytest.raises(ValueError, match="unit"):
        states.decide(store_of(home), alert, actor="乙", revision=standing + 1, state="assigned")


def test_precision_counts_verdicts_alone(store: Store) -> None:
    for k, verdict in enumerate(["real"] * 7 + ["false"] * 2 + ["unclear"]):
        alert = {"alert": f"a{k}", "scope": "series"}
        states.decide(store, alert, actor="甲", revision=0, state="closed", verdict=verdict)
    states.decide(store, {"alert": "b"}, actor="甲", revision=0, state="seen")
    got = states.precision(records.all_of(store, states.KIND))
    low, high = wilson(pd.Series([7.0]).to_numpy(), pd.Series([9.0]).to_numpy())
    assert (got.real, got.false, got.unclear, got.value) == (7, 2, 1, 7 / 9)
    assert (got.low, got.high) == (float(low[0]), float(high[0]))
    assert states.precision([]).value is None


def test_the_budget_is_kept_as_a_record(home: Settings) -> None:
    at = open_page("alerts", lang="en")
    at.select_slider(key="budget-usual-en").set_value(1.0).run()
    at.text_input(key="who-alert-setting-en").set_value("Ann").run()
    at.button(key="setting-save-en").click().run()
    kept = records.one(store_of(home), SETTING, CITY)
    assert kept is not None and kept.body["usual"] == 1.0
    assert EarlyWarning().setting(store_of(home))["usual"] == 1.0


def test_without_a_scan_the_page_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = Settings(home=tmp_path_factory.mktemp("bare"), _env_file=None)
    opened = open_store(config)
    put(opened, outbreak(), "a")
    with app_on(config.home, COCKPIT_REFRESH="false"):
        at = open_page("alerts", lang="en")
        assert any("Not computed yet" in info.value for info in at.info)
    opened.close()

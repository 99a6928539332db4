"""The Data page: imports, proposals, batches, coverage, holdings; against plain pandas."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.batch import BatchInfo, write_batch
from data.importing import Proposal
from data.ingest import drain, submit
from data.settings import Settings
from data.store import Store, open_store
from metrics.fields import ORDER_FIELDS
from tests.app import app_on, open_page
from tests.factory import random_orders
from ui.data_coverage import gaps
from ui.data_mapping import chosen
from ui.data_report import rejects_csv
from ui.data_run import Folder, Outcome, Source, run

HEADER = "工单编号,标题,被反映区,主办单位,创建时间,办结时间,是否解决,来电人电话"
LINES = (
    "A1,路灯不亮,东城区,甲街道,2026-03-01 09:00,2026-03-03 10:00,解决,13812345678",
    "A2,暖气不热,西城区,乙街道,2026-03-02 09:00,,未解决,",
    "A3,噪声,东城区,甲街道,三月五日左右,,,",
    "A4,停车,东城区,甲街道,2026-03-05 09:00,2026-03-04 08:00,也许,",
    ",无编号,东城区,甲街道,2026-03-05 09:00,,,",
)
FILE = "\n".join((HEADER, *LINES)) + "\n"
ODD = "案卷,何时,何地\nB1,2026-03-07 10:00,东城区\nB2,2026-03-08 10:00,西城区\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty store with the app pointed at it."""
    with app_on(tmp_path):
        yield tmp_path
        open_store().close()


def store() -> Store:
    return open_store()


def take(file: Path, name: str, **how: object) -> Outcome:
    told: list[float] = []
    outcome = run(
        Source(name, file=file), store(), how.get("preset"), how.get("replaces"),  # type: ignore[arg-type]
        lambda share, step, numbers: told.append(share),
    )  # fmt: skip
    assert told == sorted(told) and all(0 <= share <= 1 for share in told)
    return outcome


def text(at: AppTest) -> str:
    kinds = (at.markdown, at.caption, at.info, at.warning)
    return " ".join(e.value.replace("\\", "") for kind in kinds for e in kind)


def metrics(at: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in at.metric}


def upload(at: AppTest, *files: tuple[str, str]) -> AppTest:
    at.file_uploader[0].set_value([(name, body.encode(), "text/csv") for name, body in files]).run()
    return at.button(key="data-start").click().run()


def test_an_upload_ends_in_a_report_in_words(home: Path) -> None:
    at = upload(open_page("data", lang="en"), ("march.csv", FILE))
    assert not at.exception
    assert [metrics(at)[n] for n in ("Read", "New", "Updated", "Unchanged", "Rejected")] == [
        "5", "3", "0", "0", "2"
    ]  # fmt: skip
    page = text(at)
    assert "from 1 Mar 2026 to 5 Mar 2026" in page
    assert "2 days in between have no order at all: 3 Mar 2026, 4 Mar 2026" in page
    assert "12345 hotline export" in page
    assert "Closed before it was received 1" in page
    table = at.dataframe[-1].value
    assert set(table["Row"]) == {4, 5, 6}
    assert "三月五日左右" in table["Value"].tolist()
    assert store().data_version() == 1


def test_the_same_file_again_changes_nothing(home: Path) -> None:
    upload(open_page("data", lang="en"), ("march.csv", FILE))
    at = upload(open_page("data", lang="en"), ("march.csv", FILE))
    assert "same as that of batch 1" in text(at)
    assert store().data_version() == 1


def test_several_files_one_of_them_useless(home: Path) -> None:
    at = upload(
        open_page("data", lang="zh"), ("空.csv", ""), ("march.csv", FILE), ("x.xlsx", "no book")
    )
    titles = " ".join(w.value for w in at.warning)
    assert "空" in titles and len(at.warning) == 2
    assert metrics(at)["新增"] == "3"


def test_an_unknown_file_gets_a_proposal_to_confirm(home: Path) -> None:
    at = upload(open_page("data", lang="zh"), ("odd.csv", ODD))
    assert not at.exception
    assert store().data_version() == 0
    outcome = at.session_state["_data_outcomes"][0]
    assert isinstance(outcome.proposal, Proposal)
    # The reader says what the proposal could not know.
    preset = outcome.proposal.preset({"order_id": "案卷", "created_at": "何时", "district": "何地"})
    done = take(outcome.source.file, "odd.csv", preset=preset)
    assert done.result is not None and done.result.rows_new == 2


def test_a_mapping_names_each_field_once() -> None:
    mapping, twice = chosen(["a", "b", "c", "d"], ["order_id", None, "title", "title"])
    assert mapping == {"order_id": "a", "title": "d"}
    assert twice == ["title"]


def test_rejects_come_with_reasons_in_both_languages(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_text(FILE, encoding="utf-8")
    batch = take(file, "三月.csv").result
    assert batch is not None and batch.batch is not None
    from data import coverage

    frame = coverage.rejected(store(), batch.batch)
    for lang, first, second in (("zh", "原因", "Reason"), ("en", "Reason", "原因")):
        body = rejects_csv(frame, lang).decode("utf-8-sig")  # type: ignore[arg-type]
        rows = list(csv.DictReader(io.StringIO(body)))
        assert [r for r in rows[0] if r in (first, second)] == [first, second]
        bad = next(r for r in rows if "三月五日左右" in r.values())
        assert "三月.csv" in bad.values() and "4" in bad.values()
        assert "“创建时间”中的时间“三月五日左右”无法识别" in bad["原因"]
        assert "创建时间" in bad["Reason"] and bad["Reason"] != bad["原因"]


def test_batches_and_a_refused_one(home: Path) -> None:
    upload(open_page("data", lang="en"), ("march.csv", FILE))
    simulated = BatchInfo("sim", "demo", 10, meta={"simulated": "true"})
    path = write_batch(store().settings.inbox, simulated, [random_orders(10)])
    assert submit(path, store()).state == "refused"
    at = open_page("data", lang="en", part="batches")
    table = at.dataframe[0].value
    assert table["State"].tolist() == ["refused", "taken in"]
    assert table["New"].tolist() == [0, 3]
    assert any("cannot" in w.value for w in at.warning)
    at = open_page("data", lang="en", part="batches", batch="1")
    assert metrics(at)["New"] == "3"
    assert open_page("data", lang="en", part="batches", batch="'x").dataframe[0].value.shape[0] == 2


def test_real_data_replace_the_simulated_city_only_when_agreed(home: Path) -> None:
    info = BatchInfo("sim", "demo", 50, meta={"simulated": "true", "city_en": "Nowhere"})
    write_batch(store().settings.inbox, info, [random_orders(50, source="demo")])
    drain(store())
    at = open_page("data", lang="en")
    at.file_uploader[0].set_value([("march.csv", FILE.encode(), "text/csv")]).run()
    assert at.button(key="data-start").disabled
    at.checkbox[0].check().run()
    at.button(key="data-start").click().run()
    assert metrics(at)["New"] == "3"
    assert not store().simulated()
    at = open_page("data", lang="en", part="holdings")
    assert metrics(at)["Orders"] == "3"


def test_without_agreement_nothing_is_replaced(home: Path, tmp_path: Path) -> None:
    info = BatchInfo("sim", "demo", 50, meta={"simulated": "true"})
    write_batch(store().settings.inbox, info, [random_orders(50, source="demo")])
    drain(store())
    file = tmp_path / "march.csv"
    file.write_text(FILE, encoding="utf-8")
    outcome = take(file, "march.csv")
    assert outcome.result is not None and outcome.result.reason == "mixes_simulated"
    assert store().simulated()


def test_a_query_of_another_database(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute('create table t ("工单编号" text, "创建时间" text, "主办单位" text)')
        connection.execute("insert into t values ('Q1', '2026-03-01 08:00', '甲街道')")
    connection.close()
    at = open_page("data", lang="en")
    at.text_input[0].set_value(f"sqlite:///{other}")
    at.text_area[0].set_value("select * from t")
    at.button[-1].click().run()
    assert not at.exception
    assert metrics(at)["New"] == "1"
    assert at.session_state["_data_outcomes"][0].source.url == ""


def test_a_password_is_never_shown(home: Path) -> None:
    secret = "s3cr3t-pass"
    at = open_page("data", lang="en")
    at.text_input[0].set_value(f"postgresql://me:{secret}@127.0.0.1:1/{secret}")
    at.text_area[0].set_value("select 1")
    at.button[-1].click().run()
    assert at.warning
    assert secret not in text(at)
    assert secret not in repr(at.session_state["_data_outcomes"])


def test_coverage_shows_missing_days_as_missing(home: Path) -> None:
    frame = random_orders(600, 3, days=60)
    day = frame["created_at"].dt.normalize()
    gone = pd.to_datetime(["2025-01-10", "2025-01-11", "2025-02-03"])
    frame = frame[~day.isin(gone)]
    write_batch(store().settings.inbox, BatchInfo("d", "test", len(frame)), [frame])
    drain(store())
    at = open_page("data", lang="en", part="coverage")
    page = text(at)
    assert "2025: 3 days without any row" in page
    assert "10 Jan 2025 – 11 Jan 2025 (2 days), 3 Feb 2025" in page
    years = at.dataframe[0].value
    assert years["Orders"].tolist() == [len(frame)]
    assert years["Days with orders"].tolist() == [day[~day.isin(gone)].nunique()]
    spec = at.get("plotly_chart")[0].proto.spec
    assert "10 Jan 2025 Fri: no rows" in spec
    assert "10 Jan 2025 Fri: 0" not in spec


def test_runs_of_missing_days() -> None:
    days = pd.DataFrame(
        {
            "day": pd.date_range("2026-02-27", periods=6),
            "missing": [True, True, True, False, True, False],
        }
    )
    assert gaps(days) == [
        (date(2026, 2, 27), date(2026, 3, 1)),
        (date(2026, 3, 3), date(2026, 3, 3)),
    ]


def test_holdings_count_and_define(home: Path) -> None:
    frame = random_orders(500, 4)
    write_batch(store().settings.inbox, BatchInfo("d", "test", 500), [frame])
    drain(store())
    at = open_page("data", lang="en", part="holdings")
    shown = metrics(at)
    assert shown["Orders"] == "500"
    units = pd.concat([frame["unit"], frame["first_unit"]]).dropna().nunique()
    assert int(shown["Units"].replace(",", "")) >= units
    assert shown["Channels"] == str(frame["channel"].nunique())
    assert at.dataframe[-1].value["Code"].tolist() == [f.name for f in ORDER_FIELDS]


@pytest.mark.parametrize("part", ["import", "batches", "coverage", "holdings", "'; --"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_store_is_no_fault(home: Path, part: str, lang: str) -> None:
    open_page("data", lang=lang, part=part, source="x", year="²", batch="9")


def test_uploads_keep_their_endings_and_nothing_else(tmp_path: Path) -> None:
    folder = Folder()
    for name, ending in (
        ("a.csv.gz", ".csv.gz"), ("../../etc/x.xlsx", ".xlsx"), ("no", ""), ("a.b c/d.csv", ".csv"),
    ):  # fmt: skip
        path = folder.keep(name, io.BytesIO(b"x"))
        assert path.parent == folder.path
        assert "".join(path.suffixes) == ending
    kept = folder.path
    del folder
    assert not kept.exists()


def test_settings_are_those_of_the_home(home: Path) -> None:
    assert Settings(_env_file=None).home == home

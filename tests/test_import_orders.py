"""What becomes of the rows: 12345 and 311 semantics, privacy on disk, idempotence, queries."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from data.batch import read_batch, waiting
from data.importing import (
    ImportFailure,
    PreparedBatch,
    Preset,
    PresetError,
    Proposal,
    all_presets,
    load_preset,
    parse_preset,
    prepare,
    prepare_query,
)
from data.importing.dimensions import guess_unit_type
from data.importing.explain import explain_failure
from data.settings import Settings
from metrics.fields import CONTRADICTIONS
from words import LANGS, knows

NOW = datetime(2026, 11, 1)


def _config(home: Path) -> Settings:
    return Settings(home=home / "home", _env_file=None)


def _run(
    frame: pd.DataFrame | list[dict], home: Path, **more: object
) -> tuple[PreparedBatch, pd.DataFrame]:  # type: ignore[type-arg]
    path = home / "f.csv"
    pd.DataFrame(frame).to_csv(path, index=False)
    prepared = prepare(path, settings=_config(home), now=NOW, **more)  # type: ignore[arg-type]
    assert isinstance(prepared, PreparedBatch), prepared
    return prepared, pd.concat([t.to_pandas() for t in read_batch(prepared.path).orders()])


def _order(**cells: str) -> dict[str, str]:
    base = {
        "工单编号": "A1", "问题分类": "城市管理->市容", "主要内容": "垃圾", "被反映区": "东城区",
        "主办单位": "某街道", "创建时间": "2026-10-03 09:00:00", "办结时间": "2026-10-04 09:00:00",
        "工单状态": "已办结", "是否有效回访": "是", "是否联系": "是", "是否解决": "解决", "是否满意": "满意",
    }  # fmt: skip
    return base | cells


# -- 12345 -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("valid", "solved", "happy", "expected"),
    [
        ("是", "解决", "满意", ("valid", "resolved", "satisfied")),
        ("是", "基本解决", "基本满意", ("valid", "basically_resolved", "basically_satisfied")),
        ("是", "解释", "一般", ("valid", "explained", "neutral")),
        ("是", "未解决", "非常不满意", ("valid", "unresolved", "very_dissatisfied")),
        ("否", "", "", ("invalid", None, None)),
        ("否", "无人接听", "", ("unreached", None, None)),
        ("", "无法回访", "无法回访", ("unreached", None, None)),
        ("无人接听", "", "", ("unreached", None, None)),
        ("", "", "拒绝评价", ("refused", None, None)),
        ("", "", "", (None, None, None)),
        ("是", "解决", "未评价", ("valid", "resolved", None)),
    ],
)
def test_follow_up_words(
    valid: str, solved: str, happy: str, expected: tuple, tmp_path: Path
) -> None:
    prepared, orders = _run([_order(是否有效回访=valid, 是否解决=solved, 是否满意=happy)], tmp_path)
    row = orders.astype(object).where(orders.notna(), None).iloc[0]
    assert (row["followup"], row["resolution"], row["satisfaction"]) == expected
    assert prepared.report["warnings"] == 0


def test_both_category_styles_and_aliases(tmp_path: Path) -> None:
    _, path = _run([_order(问题分类="城市管理->市容环卫->垃圾清运->其他")], tmp_path)
    assert path.iloc[0][["category1", "category2", "category3"]].tolist() == [
        "城市管理",
        "市容环卫",
        "垃圾清运/其他",
    ]
    columns = {
        "受理编号": "B1", "一级分类": "民生", "二级分类": "供暖", "三级分类": "不热", "承办单位": "某热力公司",
        "登记时间": "2026年10月3日 上午9:05", "结案时间": "2026年10月3日 下午3:05", "解决情况": "解决",
        "满意度": "满意", "发生地点": "幸福路1号",
    }  # fmt: skip
    prepared, orders = _run([columns], tmp_path)
    row = orders.iloc[0]
    assert row[["category1", "category2", "category3"]].tolist() == ["民生", "供暖", "不热"]
    assert row["close_hours"] == 6.0
    assert (row["unit"], row["address"], row["place_key"]) == (
        "某热力公司",
        "幸福路1号",
        "幸福路1号",
    )
    assert prepared.report["preset"] == "cn12345"
    assert prepared.report["derived"] == ["status"]
    assert row["status"] == "closed"


def test_unknown_values_are_null_and_told(tmp_path: Path) -> None:
    prepared, orders = _run([_order(是否满意="马马虎虎", 办结时间="改天")], tmp_path)
    assert pd.isna(orders["satisfaction"].iloc[0])
    told = {r["column_name"]: r for r in prepared.rejects.to_pylist()}
    assert told["是否满意"]["reason"] == "unknown_value"
    assert told["是否满意"]["bad_value"] == "马马虎虎"
    assert told["办结时间"]["reason"] == "bad_time"
    assert json.loads(told["办结时间"]["details"])["level"] == "field"
    assert prepared.report["kept"] == 1


def test_contradictions_are_kept_and_flagged(tmp_path: Path) -> None:
    rows = [
        _order(工单编号="1", 办结时间="2026-10-01 09:00:00"),
        _order(工单编号="2", 是否联系="否"),
        _order(工单编号="3", 是否解决="未解决"),
        _order(工单编号="4", 办结时间=""),
        _order(工单编号="5", 工单状态="办理中"),
        _order(工单编号="6", 创建时间="2026-11-03 09:00:00", 办结时间="2026-11-04 09:00:00"),
        _order(工单编号="7"),
        _order(工单编号="8", 是否联系="否", 是否解决="解决", 办结时间="2026-10-01 09:00:00"),
    ]
    prepared, orders = _run(rows, tmp_path)
    flags = orders.set_index("order_id")["flags"]
    assert flags.fillna("").to_dict() == {
        "1": "closed_before_created", "2": "resolved_not_contacted", "3": "satisfied_not_resolved",
        "4": "closed_without_time", "5": "open_with_close_time", "6": "time_in_future", "7": "",
        "8": "closed_before_created;resolved_not_contacted",
    }  # fmt: skip
    assert orders.set_index("order_id")["close_hours"]["1"] == -48.0
    assert prepared.report["contradictions"]["closed_before_created"] == 2
    for lang in LANGS:
        assert all(knows(f"import.contradiction.{code}", lang) for code in CONTRADICTIONS)


def test_working_days_follow_the_state_council(tmp_path: Path) -> None:
    # 2025-09-28 (Sunday) is a make-up workday, 10-01 to 10-08 are days off, 10-11 (Saturday) works
    _, orders = _run(
        [_order(创建时间="2025-09-27 10:00:00", 办结时间="2025-10-11 10:00:00")], tmp_path
    )
    assert orders["close_workdays"].iloc[0] == 3 + 3  # 28, 29, 30 September; 9, 10, 11 October


def test_row_rejects(tmp_path: Path) -> None:
    rows = [
        _order(工单编号=""),
        _order(工单编号="2.02610E+13"),
        _order(创建时间=""),
        _order(创建时间="1900-01-01"),
        _order(创建时间="1985-01-01"),
        _order(工单编号='="00123"'),
        _order(工单编号="'00124"),
    ]
    prepared, orders = _run(rows, tmp_path)
    assert orders["order_id"].tolist() == ["00123", "00124"]
    found = [(r["row_number"], r["reason"]) for r in prepared.rejects.to_pylist()]
    assert sorted(found) == [
        (2, "missing_id"), (3, "mangled_id"), (4, "missing_created_at"), (5, "placeholder_date"), (6, "out_of_range"),
    ]  # fmt: skip
    assert prepared.report["rejected"] == 5


def test_the_last_of_several_rows_wins(tmp_path: Path) -> None:
    rows = [_order(工单状态="办理中", 办结时间=""), _order(工单编号="B"), _order(工单状态="已办结")]
    prepared, orders = _run(rows, tmp_path)
    assert orders.set_index("order_id")["status"].to_dict() == {"A1": "closed", "B": "closed"}
    assert prepared.report["duplicates_in_file"] == 1
    assert prepared.report["kept"] == 2


def test_nothing_personal_reaches_the_disk(tmp_path: Path) -> None:
    row = _order(
        来电人="赵钱孙", **{"来电人电话/账号": "138-0013-8000"},
        主要内容="赵先生13800138000，身份证11010519491231002X，车京A12345", 小区点位="幸福路1号 13900139000",
        是否满意="满意13700137000",
    )  # fmt: skip
    prepared, orders = _run([row, row | {"工单编号": "", "创建时间": "坏13600136000"}], tmp_path)
    assert orders["content"].iloc[0] == "赵先生【电话】，身份证【证件号】，车【车牌】"
    assert orders["address"].iloc[0] == "幸福路1号 【电话】"
    assert len(orders["caller_key"].iloc[0]) == 32
    assert prepared.report["private_columns"] == ["来电人"]
    texts = (prepared.path / "batch.json").read_text("utf-8")
    for file in prepared.path.glob("*.parquet"):
        texts += str(pq.read_table(file).to_pylist())
    for secret in (
        "赵钱孙",
        "13800138000",
        "8000138",
        "13900139000",
        "13700137000",
        "13600136000",
        "A12345",
        "1949",
    ):
        assert secret not in texts
    again, others = _run([row | {"来电人电话/账号": "+8613800138000"}], tmp_path)
    assert others["caller_key"].iloc[0] == orders["caller_key"].iloc[0]
    del again


# -- 311 -----------------------------------------------------------------------
def test_boston_new_system(tmp_path: Path) -> None:
    row = {
        "case_id": "BCS-00256693", "open_date": "2026-07-31 23:30:00+00", "case_topic": "Litter & Debris",
        "service_name": "Litter & Debris", "assigned_department": "Public Works Department (PWD)",
        "assigned_team": "PWD Highway (BEAM)", "case_status": "Closed", "closure_reason": "Resolved",
        "closure_comments": "Trash removed", "close_date": "2026-08-01 12:06:36+00",
        "target_close_date": "2026-08-03 12:00:00+00", "on_time": "ONTIME", "report_source": "BOS311",
        "full_address": "11-17 E Concord St, Boston, MA 02118", "street_number": "11-17",
        "street_name": "E Concord St", "zip_code": "02118", "neighborhood": "South End",
        "longitude": "-71.07473228", "latitude": "42.33768644",
    }  # fmt: skip
    prepared, orders = _run([row], tmp_path)
    order = orders.iloc[0]
    assert prepared.report["preset"] == "boston_2026"
    assert order["created_at"] == pd.Timestamp(2026, 7, 31, 19, 30)  # still July in Boston
    assert order["reply"] == "Trash removed"
    assert order["point_kind"] == "ok"
    assert bool(order["on_time"]) is True


def test_chicago_and_san_francisco_names(tmp_path: Path) -> None:
    chicago = {
        "SR_NUMBER": "SR19-01209373", "SR_TYPE": "Dead Animal Pick-Up Request", "SR_SHORT_CODE": "SGQ",
        "OWNER_DEPARTMENT": "Streets and Sanitation", "STATUS": "Completed", "ORIGIN": "Phone Call",
        "CREATED_DATE": "03/23/2019 04:35:05 PM", "CLOSED_DATE": "03/23/2019 06:05:05 PM",
        "STREET_ADDRESS": "1 W MAIN ST", "WARD": "32", "COMMUNITY_AREA": "6", "LATITUDE": "",
        "LONGITUDE": "", "X_COORDINATE": "1170000", "Y_COORDINATE": "1900000",
    }  # fmt: skip
    prepared, orders = _run([chicago], tmp_path)
    assert prepared.report["preset"] == "chicago"
    assert orders["close_hours"].iloc[0] == 1.5
    assert (orders["lon"].iloc[0], orders["lat"].iloc[0]) == (
        pytest.approx(-87.65, abs=0.05),
        pytest.approx(41.88, abs=0.05),
    )
    city = {
        "service_request_id": "101", "requested_datetime": "2024-01-02T03:04:05.000", "closed_date": "",
        "status_description": "Open", "status_notes": "open", "agency_responsible": "DPW Ops Queue",
        "service_name": "Street and Sidewalk Cleaning", "service_subtype": "Bulky Items", "service_details": "Boxed",
        "address": "1 MAIN ST", "analysis_neighborhood": "Mission", "lat": "37.76", "long": "-122.42", "source": "Web",
    }  # fmt: skip
    prepared, orders = _run([city], tmp_path)
    assert prepared.report["preset"] == "sf"
    assert orders["category3"].iloc[0] == "Boxed"
    old = {
        "CaseID": "1", "Opened": "01/02/2024 03:04:05 AM", "Closed": "01/03/2024 03:04:05 AM", "Status": "Closed",
        "Responsible Agency": "DPW", "Category": "Graffiti", "Request Type": "a", "Address": "1 MAIN ST",
        "Neighborhood": "Mission", "Source": "Phone", "Latitude": "37.76", "Longitude": "-122.42",
    }  # fmt: skip
    assert _run([old], tmp_path)[0].report["preset"] == "sf"


# -- presets -------------------------------------------------------------------
def test_shipped_presets_are_whole(tmp_path: Path) -> None:
    presets = all_presets(tmp_path)
    assert set(presets) >= {
        "cn12345",
        "boston_2011",
        "boston_2026",
        "nyc",
        "sf",
        "chicago",
        "open311",
    }


def test_preset_errors_name_the_line() -> None:
    text = "id: x\nnames: {zh: x, en: x}\nstatus: draft\nbasis: b\nsource: s\nzone: Mars/Base\ncolumns:\n  order_id: [a]\n  created: [b]\n"
    with pytest.raises(PresetError) as caught:
        parse_preset(text, "x.yaml")
    lines = {line: place for line, place, _ in caught.value.faults}
    assert lines == {6: "zone", 7: "columns"}
    assert "第 6 行" in explain_failure(caught.value, "zh")
    with pytest.raises(PresetError) as caught:
        parse_preset("id: x\n  names: [", "x.yaml")
    assert caught.value.faults[0][0] == 2
    good = text.replace("Mars/Base", "Asia/Shanghai").replace("created:", "created_at:")
    with pytest.raises(PresetError) as caught:
        parse_preset(good + "values:\n  satisfaction:\n    happy: [高兴]\n")
    assert "happy" in str(caught.value)
    with pytest.raises(PresetError, match="EPSG:0"):
        parse_preset(good + "coordinates: {system: EPSG:0}\n")
    assert isinstance(parse_preset(good), Preset)


def test_a_citys_own_preset_is_picked_up(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "presets"
    folder.mkdir(parents=True)
    (folder / "oz.yaml").write_text(
        "id: oz\nnames: {zh: 奥兹, en: Oz}\nstatus: draft\nbasis: b\nsource: oz\ncountry: US\n"
        "zone: America/Chicago\ndates: dmy\nderive_id: [created_at, address, content]\nrequires: [created_at]\n"
        "columns:\n  created_at: [Wann]\n  address: [Wo]\n  content: [Was]\n  lon: [X]\n  lat: [Y]\n"
        "coordinates: {system: gcj02}\n",
        "utf-8",
    )
    rows = [
        {
            "Wann": "03/10/2026",
            "Wo": "Yellow Road 1",
            "Was": "bricks",
            "X": 116.41024449916938,
            "Y": 39.91640428150164,
        }
    ]
    prepared, orders = _run(rows * 2, tmp_path)
    assert prepared.report["preset"] == "oz"
    assert orders["created_at"].iloc[0] == pd.Timestamp(2026, 10, 3)
    assert prepared.report["duplicates_in_file"] == 1  # the same content has the same made id
    assert orders["lon"].iloc[0] == pytest.approx(116.404, abs=1e-6)
    assert load_preset(folder / "oz.yaml").id == "oz"


# -- proposals -----------------------------------------------------------------
def test_an_unknown_file_is_proposed_with_a_draft_that_works(tmp_path: Path) -> None:
    rows = [
        {"Ticket": f"T-{i:05d}", "Reported On": f"{13 + i}/10/2026 10:00", "Problem Kind": "Pothole", "Ward Name": "North",
         "Dept.": "Roads", "Finished": f"{14 + i}/10/2026 10:00", "Free text": "hole", "zz": "1"}
        for i in range(5)
    ]  # fmt: skip
    path = tmp_path / "f.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    proposal = prepare(path, settings=_config(tmp_path))
    assert isinstance(proposal, Proposal)
    assert proposal.dates == "dmy"
    assert proposal.mapping()["order_id"] == "Ticket"
    assert proposal.mapping()["created_at"] == "Reported On"
    assert proposal.mapping()["closed_at"] == "Finished"
    assert all(0 <= g.confidence <= 1 for g in proposal.guesses)
    batch = prepare(
        path, preset=proposal.preset(preset_id="north"), settings=_config(tmp_path), now=NOW
    )
    assert isinstance(batch, PreparedBatch)
    assert (batch.report["kept"], batch.report["first_day"]) == (5, "2026-10-13")
    draft = tmp_path / "my_city.yaml"
    draft.write_text(proposal.yaml, "utf-8")
    assert isinstance(prepare(path, preset=draft, settings=_config(tmp_path)), PreparedBatch)


# -- batches -------------------------------------------------------------------
def test_same_file_same_digest_other_preset_other_digest(tmp_path: Path) -> None:
    first, _ = _run([_order()], tmp_path)
    second, _ = _run([_order()], tmp_path)
    assert first.info.digest == second.info.digest
    assert first.path != second.path
    third = prepare(tmp_path / "f.csv", settings=_config(tmp_path), source="elsewhere")
    assert isinstance(third, PreparedBatch)
    assert third.info.digest != first.info.digest
    assert third.info.source == "elsewhere"
    assert len(waiting(tmp_path / "home" / "inbox")) == 3
    assert not (first.path / "stage").exists()


def test_report_gaps_missing_and_progress(tmp_path: Path) -> None:
    rows = [_order(), _order(工单编号="B", 创建时间="2026-10-06", 是否满意="")]
    seen: list[tuple[int, int | None]] = []
    prepared, _ = _run(rows, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert prepared.report["gap_days"] == ["2026-10-04", "2026-10-05"]
    assert prepared.report["missing"]["satisfaction"] == 0.5
    assert seen[-1] == (2, 2)
    json.dumps(prepared.report)


def test_dimensions_found(tmp_path: Path) -> None:
    prepared, _ = _run(
        [_order(), _order(工单编号="B", 问题分类="城市管理->占道", 被反映街乡镇="某街道")], tmp_path
    )
    found = prepared.dimensions
    assert found["categories"]["path"].tolist() == ["城市管理", "城市管理->占道", "城市管理->市容"]
    assert found["areas"].to_dict("records")[0]["level"] == "district"
    assert found["units"].iloc[0].to_dict() == {
        "unit": "某街道", "name_zh": "某街道", "name_en": "某街道", "unit_type": "street",
        "district": "东城区", "peer_group": "street",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("建国门街道办事处", "street"), ("宋庄镇人民政府", "township"), ("市城市管理委员会", "department"),
        ("某区卫生健康委", "department"), ("协和医院", "hospital"), ("市热力集团供热公司", "utility"),
        ("国网供电公司", "utility"), ("Parks Department", "department"), ("PWDx", "other"),
    ],
)  # fmt: skip
def test_unit_types_from_names(name: str, kind: str) -> None:
    assert guess_unit_type(name) == kind


# -- queries -------------------------------------------------------------------
def test_a_database_query(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'src.db'}"
    frame = pd.DataFrame([_order(工单编号=str(i)) for i in range(120)])
    engine = sa.create_engine(url)
    frame.to_sql("orders", engine, index=False)
    engine.dispose()
    prepared = prepare_query(
        url, 'select * from orders order by "工单编号"', settings=_config(tmp_path)
    )
    assert isinstance(prepared, PreparedBatch)
    assert prepared.report["kept"] == 120
    assert prepared.report["preset"] == "cn12345"
    again = prepare_query(
        url, 'select * from orders order by "工单编号"', settings=_config(tmp_path)
    )
    assert isinstance(again, PreparedBatch)
    assert again.info.digest == prepared.info.digest
    for bad_url, sql, code in (
        (url, "select * from nowhere", "query_failed"),
        ("nonsense", "select 1", "bad_url"),
        (url, "select 1 as a where 1 = 0", None),
    ):
        if code is None:
            assert isinstance(prepare_query(bad_url, sql, settings=_config(tmp_path)), Proposal)
            continue
        with pytest.raises(ImportFailure) as caught:
            prepare_query(bad_url, sql, settings=_config(tmp_path))
        assert caught.value.code == code
        assert explain_failure(caught.value, "zh")


@pytest.mark.postgres
def test_a_query_on_postgresql_is_streamed_with_its_types(
    postgres_url: str, tmp_path: Path
) -> None:
    engine = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "create table r as select i::bigint as service_request_id, 'Pothole' as service_name,"
                " 'closed' as status, timestamptz '2026-07-31 23:30:00+00' + i * interval '1 minute'"
                " as requested_datetime, timestamptz '2026-08-02 00:00:00+00' + i * interval '1 minute'"
                " as updated_datetime, 42.36::numeric as lat, -71.06::double precision as long,"
                " 'Main St ' || i as address, true as has_photo from generate_series(1, 120000) i"
            )
        )
    engine.dispose()
    config = Settings(home=tmp_path, zone="America/New_York", _env_file=None)
    seen: list[int] = []
    prepared = prepare_query(
        postgres_url, "select * from r order by 1", settings=config, now=datetime(2027, 1, 1),
        progress=lambda done, total: seen.append(done),
    )  # fmt: skip
    assert isinstance(prepared, PreparedBatch)
    assert prepared.report["kept"] == 120_000
    assert seen == [50_000, 100_000, 120_000, 120_000]
    order = next(read_batch(prepared.path).orders()).slice(0, 1).to_pylist()[0]
    assert order["order_id"] == "1"
    assert order["created_at"] == datetime(2026, 7, 31, 19, 31)
    assert order["lat"] == 42.36
    with pytest.raises(ImportFailure) as caught:
        prepare_query(postgres_url, "select 1 / 0 as a, now() as b", settings=config)
    assert caught.value.code == "query_failed"
    assert "division by zero" in str(caught.value.details["message"])

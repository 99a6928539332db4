"""Files as they come: formats, encodings, titles, ragged rows, things that are no tables."""

from __future__ import annotations

import gzip
import json
import string
import tempfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from data.batch import read_batch, waiting
from data.importing import ImportFailure, PreparedBatch, prepare
from data.importing.explain import explain_failure, explain_reject
from data.settings import Settings
from words import LANGS, catalogue

HEADER = ["工单编号", "问题分类", "标题", "主要内容", "被反映区", "主办单位", "创建时间", "办结时间", "是否解决", "是否满意"]  # fmt: skip
ROWS = [
    ["20261003001", "城市管理->市容环卫->垃圾清运", "垃圾未清运", "幸福路垃圾堆积", "东城区", "某街道办事处", "2026-10-03 09:05:00", "2026-10-05 10:00:00", "解决", "满意"],
    ["20261003002", "交通管理->停车", "乱停车", "占用消防通道", "西城区", "某交通局", "2026-10-03 10:05:00", "", "未解决", "不满意"],
    ["20261003003", "民生->供暖->不热", "暖气不热", "温度只有十度", "朝阳区", "某热力公司", "2026-10-04 11:05:00", "2026-10-06 10:00:00", "基本解决", "基本满意"],
]  # fmt: skip
NOW = datetime(2026, 11, 1)


def _csv(rows: list[list[str]], sep: str = ",") -> str:
    return (
        "\n".join(sep.join(f'"{c}"' if sep in c or "\n" in c else c for c in r) for r in rows)
        + "\n"
    )


def _run(path: Path, home: Path, **more: object) -> tuple[PreparedBatch, pd.DataFrame]:
    prepared = prepare(path, settings=Settings(home=home / "home", _env_file=None), now=NOW, **more)  # type: ignore[arg-type]
    assert isinstance(prepared, PreparedBatch), prepared
    orders = pd.concat([t.to_pandas() for t in read_batch(prepared.path).orders()])
    return prepared, orders


def _is_right(orders: pd.DataFrame) -> None:
    assert orders["order_id"].tolist() == ["20261003001", "20261003002", "20261003003"]
    assert orders["category1"].tolist() == ["城市管理", "交通管理", "民生"]
    assert orders["category3"].tolist()[0] == "垃圾清运"
    assert orders["district"].tolist() == ["东城区", "西城区", "朝阳区"]
    assert orders["created_at"].tolist()[0] == pd.Timestamp(2026, 10, 3, 9, 5)
    assert orders["resolution"].tolist() == ["resolved", "unresolved", "basically_resolved"]
    assert orders["satisfaction"].tolist() == ["satisfied", "dissatisfied", "basically_satisfied"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sep", [",", "\t", ";", "|"])
def test_encodings_and_delimiters(encoding: str, sep: str, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(_csv([HEADER, *ROWS], sep).encode(encoding))
    prepared, orders = _run(path, tmp_path)
    _is_right(orders)
    assert prepared.report["encoding"] == encoding
    assert prepared.report["preset"] == "cn12345"


def test_a_header_alone_tells_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    ascii_rows = [["1", "a", "b", "c", "d", "e", "2026-10-03", "", "", ""]] * 2
    path.write_bytes(_csv([HEADER, *ascii_rows]).encode("gb18030"))
    prepared, _ = _run(path, tmp_path)
    assert prepared.report["encoding"] == "gb18030"


def test_chinese_only_at_the_end_of_a_long_file(tmp_path: Path) -> None:
    head = "case_enquiry_id,open_dt,type,reason,department,neighborhood,location\n"
    lines = "".join(f"{i},2026-01-01 00:00:00,a,b,c,d,e\n" for i in range(80_000))
    path = tmp_path / "f.csv"
    path.write_bytes(
        (head + lines).encode() + "99999,2026-01-01 00:00:00,市容,b,c,d,e\n".encode("gb18030")
    )
    prepared, orders = _run(path, tmp_path)
    assert prepared.report["encoding"] == "gb18030"
    assert orders["category2"].iloc[-1] == "市容"


def test_traditional_chinese_in_big5(tmp_path: Path) -> None:
    header = ["案件編號", "來源", "標題", "受理時間"]
    rows = [
        ["A1", "電話", "臺北市民眾反映環境噪音與停車問題", "2026-10-03"],
        ["A2", "網路", "里長反映道路積水", "2026-10-04"],
    ]
    path = tmp_path / "f.csv"
    path.write_bytes(_csv([header, *rows]).encode("big5"))
    result = prepare(path, settings=Settings(home=tmp_path, _env_file=None))
    assert [g.column for g in result.guesses] == header  # type: ignore[union-attr]


def test_accents_in_latin_1(tmp_path: Path) -> None:
    head = "service_request_id,service_name,status,requested_datetime,address,lat,long\n"
    body = (
        "1,Nid-de-poule signalé,open,2026-01-02T03:04:05Z,12 Rue de l'Église Montréal,45.5,-73.5\n"
    )
    path = tmp_path / "f.csv"
    path.write_bytes((head + body * 1).encode("latin-1"))
    prepared, orders = _run(path, tmp_path)
    assert prepared.report["encoding"] == "latin-1"
    assert orders["address"].iloc[0] == "12 Rue de l'Église Montréal"


def test_two_encodings_glued_together(tmp_path: Path) -> None:
    lines = [_csv([r]) for r in [HEADER, *ROWS * 40]]
    lines = [line.replace("20261003001", f"2026100{i:04d}") for i, line in enumerate(lines)]
    path = tmp_path / "f.csv"
    data = "".join(lines[:118]).encode() + "".join(lines[118:]).encode("gb18030")
    path.write_bytes(data)
    prepared, orders = _run(path, tmp_path)
    assert orders["district"].isin(["东城区", "西城区", "朝阳区"]).all()
    assert prepared.report["mixed_text"] > 0
    assert prepared.report["lost_characters"] == 0


def test_undecodable_bytes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    text = _csv([HEADER, *ROWS * 30]).encode()
    path.write_bytes(text.replace("暖气不热".encode(), b"\xff\xfe\xff\xfe", 1))
    prepared, _ = _run(path, tmp_path)
    assert prepared.report["lost_characters"] > 0
    assert "lost_characters" in prepared.report["warnings_by_reason"]


def test_gzip_and_wrong_names(tmp_path: Path) -> None:
    data = _csv([HEADER, *ROWS]).encode("gb18030")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(data))
    (tmp_path / "b.xlsx").write_bytes(data)  # really csv
    for name in ("a.csv.gz", "b.xlsx"):
        _is_right(_run(tmp_path / name, tmp_path)[1])


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "说明"
    cover["A1"] = "本表由系统导出"
    sheet = book.create_sheet("工单明细")
    sheet.append(["某市12345热线工单明细表"])
    sheet.merge_cells("A1:J1")
    sheet.append(["统计时间：2026年10月"])
    sheet.append([])
    sheet.append(["* 工单编号", *HEADER[1:]])
    for row in ROWS:
        cells: list[object] = list(row)
        cells[0] = int(row[0])
        cells[6] = datetime.fromisoformat(row[6])
        sheet.append(cells)
    # the district is one merged cell over two rows
    sheet["E6"] = None
    sheet.merge_cells("E5:E6")
    book.save(path)


def test_xlsx_with_titles_types_and_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "工单.xlsx"
    _workbook(path)
    prepared, orders = _run(path, tmp_path)
    assert prepared.report["sheet"] == "工单明细"
    assert prepared.report["header_row"] == 4
    assert orders["district"].tolist() == ["东城区", "东城区", "朝阳区"]
    assert orders["order_id"].tolist() == ["20261003001", "20261003002", "20261003003"]
    assert orders["created_at"].tolist()[2] == pd.Timestamp(2026, 10, 4, 11, 5)


def test_xls_with_serial_dates(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1", cell_overwrite_ok=True)
    for r, row in enumerate([["热线工单"], HEADER, *ROWS]):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    sheet.write(2, 6, 46298.37847222222)  # a date that lost its format
    path = tmp_path / "f.xls"
    book.save(str(path))
    _is_right(_run(path, tmp_path)[1])


def test_rows_of_further_sheets_with_the_same_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for i, row in enumerate(ROWS):
        sheet = book.create_sheet(f"{i + 1}月")
        sheet.append(HEADER)
        sheet.append(row)
        sheet.append([""] * 6 + ["坏时间"])
    del book["Sheet"]
    path = tmp_path / "f.xlsx"
    book.save(path)
    prepared, orders = _run(path, tmp_path)
    assert sorted(orders["order_id"]) == [r[0] for r in ROWS]
    assert {r["row_number"] for r in prepared.rejects.to_pylist()} == {3}
    assert len({r["file_name"] for r in prepared.rejects.to_pylist()}) == 3


def test_html_called_xls(tmp_path: Path) -> None:
    rows = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in r) + "</tr>" for r in [HEADER, *ROWS])
    path = tmp_path / "f.xls"
    path.write_bytes(
        f"<html><body><table><tr><td colspan=10>工单</td></tr>{rows}</table>".encode("gb18030")
    )
    _is_right(_run(path, tmp_path)[1])


def test_parquet_and_json(tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS, columns=HEADER)
    frame["创建时间"] = pd.to_datetime(frame["创建时间"])
    frame["办结时间"] = pd.to_datetime(frame["办结时间"])
    frame.to_parquet(tmp_path / "f.parquet")
    records = [dict(zip(HEADER, r, strict=True)) for r in ROWS]
    (tmp_path / "a.json").write_text(json.dumps(records, ensure_ascii=False), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"data": {"rows": records}}), "utf-8")
    (tmp_path / "c.json").write_text(
        "\n".join(json.dumps(r, ensure_ascii=False) for r in records), "utf-8"
    )
    for name in ("f.parquet", "a.json", "b.json", "c.json"):
        _is_right(_run(tmp_path / name, tmp_path)[1])


def test_georeport_json(tmp_path: Path) -> None:
    request = {
        "service_request_id": "638344", "status": "closed", "status_notes": "Duplicate request.",
        "service_name": "Sidewalk and Curb Issues", "service_code": 6, "description": "call 415-555-0199",
        "agency_responsible": None, "service_notice": None, "requested_datetime": "2010-04-14T06:37:38-08:00",
        "updated_datetime": "2010-04-14T06:37:38-08:00", "expected_datetime": "2010-04-15T06:37:38-08:00",
        "address": "8TH AVE and JUDAH ST", "zipcode": 94122, "lat": 37.762221815, "long": -122.4651145,
        "media_url": "x", "extended_attributes": {"channel": "web"},
    }  # fmt: skip
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"service_requests": [request]}), "utf-8")
    config = Settings(home=tmp_path, zone="America/Los_Angeles", _env_file=None)
    prepared = prepare(path, settings=config)
    assert isinstance(prepared, PreparedBatch)
    (order,) = next(read_batch(prepared.path).orders()).to_pylist()
    assert prepared.report["preset"] == "open311"
    assert order["created_at"] == datetime(
        2010, 4, 14, 7, 37, 38
    )  # 06:37-08:00 is 07:37 summer time
    assert order["channel"] == "web"
    assert order["content"] == "call [phone]"
    assert order["on_time"] is True


def test_header_anywhere_in_the_first_twenty_rows(tmp_path: Path) -> None:
    for above in (0, 1, 7, 19):
        titles = [
            ["某市热线工单"],
            ["", ""],
            ["制表", "2026-10-03"],
            [],
            ["部门", "某中心", "共3条"],
        ] * 4
        path = tmp_path / f"f{above}.csv"
        path.write_text(_csv([*titles[:above], HEADER, *ROWS]), "utf-8")
        prepared, orders = _run(path, tmp_path)
        _is_right(orders)
        assert prepared.report["header_row"] == above + 1


def test_row_numbers_of_rejects_are_those_a_spreadsheet_shows(tmp_path: Path) -> None:
    bad = list(ROWS[0])
    bad[0], bad[6] = "X1", "not a time"
    told = list(ROWS[1])
    told[3] = "第一行\n第二行\n第三行"
    rows = [["标题行"], HEADER, ROWS[0], [], told, bad, ["只有", "三", "格"], ROWS[2]]
    path = tmp_path / "f.csv"
    path.write_text(_csv(rows), "utf-8")
    prepared, orders = _run(path, tmp_path)
    assert len(orders) == 3
    first, second = prepared.rejects.to_pylist()
    assert (first["row_number"], first["column_name"], first["bad_value"], first["reason"]) == (
        6, "创建时间", "not a time", "bad_time",
    )  # fmt: skip
    assert json.loads(first["details"]) == {"level": "row", "line": 8}
    assert (second["row_number"], second["reason"], second["bad_value"]) == (7, "ragged_row", None)
    details = json.loads(second["details"])
    assert (details["found"], details["expected"], details["line"]) == (3, 10, 9)
    assert prepared.report["read"] == 5
    assert prepared.report["rejected"] == 2


def test_a_stray_quote_costs_one_row_not_the_file(tmp_path: Path) -> None:
    lines = _csv([HEADER, *ROWS, *ROWS]).splitlines()
    for place in (2, 4):
        broken = list(lines)
        broken[place] = broken[place].replace(",", ',"', 1)
        path = tmp_path / f"f{place}.csv"
        path.write_text("\n".join(broken) + "\n", "utf-8")
        prepared, _ = _run(path, tmp_path)
        report = prepared.report
        assert report["read"] == 6
        assert report["rejected"] == 1
        (reject,) = prepared.rejects.to_pylist()
        assert (reject["row_number"], reject["reason"]) == (place + 1, "unclosed_quote")


def test_short_rows_with_only_empty_cells_missing_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    lines = _csv([HEADER, *ROWS]).splitlines()
    path.write_text(
        "\n".join([lines[0], ",".join(ROWS[0][:8]), lines[2] + ",,", lines[3]]), "utf-8"
    )
    prepared, orders = _run(path, tmp_path)
    assert len(orders) == 3
    assert prepared.report["rejected"] == 0


def test_repeated_headers_and_nul_characters(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    text = _csv([HEADER, ROWS[0], ROWS[1], HEADER, ROWS[2]]).replace("垃圾未清运", "垃圾\0未清运")
    path.write_bytes(text.encode())
    prepared, orders = _run(path, tmp_path)
    _is_right(orders)
    assert orders["title"].iloc[0] == "垃圾未清运"
    assert prepared.report["repeated_headers"] == 1
    assert prepared.report["read"] == 3


def test_huge_cells(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    rows = [list(r) for r in ROWS]
    rows[0][3] = "长" * 150_000
    rows[1][3] = "长" * 1_200_000
    path.write_text(_csv([HEADER, *rows]), "utf-8")
    prepared, orders = _run(path, tmp_path)
    assert orders["content"].str.len().max() == 100_000
    assert prepared.report["warnings_by_reason"] == {"over_long": 1}
    assert prepared.report["rejected_by_reason"] == {"field_too_large": 1}
    assert prepared.report["kept"] == 2


NO_TABLES = {
    "empty.csv": (b"", "empty_file"),
    "blank.csv": (b"\n \n\n", "empty_file"),
    "bom.csv": (b"\xef\xbb\xbf", "empty_file"),
    "pdf.csv": (b"%PDF-1.7\n%\xe2\xe3", "not_a_table"),
    "png.xlsx": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "not_a_table"),
    "noise.csv": (bytes(range(256)) * 20, "not_a_table"),
    "zip.xlsx": (b"PK\x03\x04" + b"\0" * 100, "unreadable"),
    "ole.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "unreadable"),
    "par.parquet": (b"PAR1" + b"\0" * 100, "unreadable"),
    "cut.csv.gz": (gzip.compress(b"a,b\n" * 5_000)[:40], "unreadable"),
    "bad.json": (b'[{"a": 1},\n {"a": }]', "bad_json"),
    "empty.json": (b"[]", "no_rows"),
    "numbers.json": (b"[1, 2]", "no_records"),
    "head.csv": (_csv([HEADER]).encode(), "no_rows"),
    "page.xls": (b"<html><body>please log in</body></html>", "not_a_table"),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_what_is_no_table_ends_in_a_clear_message(name: str, tmp_path: Path) -> None:
    data, code = NO_TABLES[name]
    path = tmp_path / name
    path.write_bytes(data)
    home = tmp_path / "home"
    with pytest.raises(ImportFailure) as caught:
        prepare(path, settings=Settings(home=home, _env_file=None))
    assert caught.value.code == code
    for lang in LANGS:
        assert name in explain_failure(caught.value, lang)
    assert waiting(home / "inbox") == []
    assert not list((home / "inbox").glob("*")) if (home / "inbox").exists() else True


def test_missing_files_folders_presets(tmp_path: Path) -> None:
    config = Settings(home=tmp_path / "home", _env_file=None)
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1,2\n")
    for target, preset, code in (
        (tmp_path / "gone.csv", None, "no_file"),
        (tmp_path, None, "is_directory"),
        (path, "atlantis", "unknown_preset"),
        (path, "nyc", "preset_does_not_fit"),
    ):
        with pytest.raises(ImportFailure) as caught:
            prepare(target, preset=preset, settings=config)
        assert caught.value.code == code
        for lang in LANGS:
            assert explain_failure(caught.value, lang)
    assert "Unique Key" in explain_failure(caught.value, "en")


_WHOLE = _csv([HEADER, *ROWS * 3])
_FORMS = {
    "utf-8": _WHOLE.encode(),
    "gb18030": _WHOLE.encode("gb18030"),
    "utf-16": _WHOLE.encode("utf-16"),
    "gzip": gzip.compress(_WHOLE.encode(), mtime=0),
    "json": pd.DataFrame(ROWS, columns=HEADER).to_json(orient="records").encode(),
    "parquet": pd.DataFrame(ROWS, columns=HEADER).to_parquet(),
}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(_FORMS)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12)), max_size=4),
)
def test_a_damaged_file_imports_truthfully_or_says_why(
    form: str, wounds: list[tuple[float, int, bytes]]
) -> None:
    data = _FORMS[form]
    for share, cut, put in wounds:
        place = int(share * len(data))
        data = data[:place] + put + data[place + cut :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.dat"
        path.write_bytes(data)
        try:
            made = prepare(path, settings=Settings(home=Path(folder) / "home", _env_file=None))
        except ImportFailure as failure:
            assert all(explain_failure(failure, lang) for lang in LANGS)
            return
        if isinstance(made, PreparedBatch):
            report = made.report
            assert (
                report["read"] == report["kept"] + report["rejected"] + report["duplicates_in_file"]
            )
            for reject in made.rejects.to_pylist():
                assert all(explain_reject(reject, lang) for lang in LANGS)


def test_broken_utf_16_ends(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(_FORMS["utf-16"].replace("垃".encode("utf-16-le"), b"\x00\xdc"))
    prepared, _ = _run(path, tmp_path)
    assert prepared.report["lost_characters"] > 0


def test_words_have_the_same_keys_and_holes() -> None:
    zh, en = (
        {k: v for k, v in catalogue(lang).items() if k.startswith(("import.", "batch."))}
        for lang in LANGS
    )
    assert zh.keys() == en.keys()
    for key in zh:
        holes = [{f for _, f, _, _ in string.Formatter().parse(w[key]) if f} for w in (zh, en)]
        assert holes[0] == holes[1], key

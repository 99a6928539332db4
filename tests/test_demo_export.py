"""A simulated sample written as a 12345 export and imported again is the same sample."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from openpyxl import load_workbook

from data.batch import read_batch
from data.demo.build import plan, tables
from data.demo.export12345 import CARRIED, VALUES, as_12345, write_csv, write_xlsx
from data.importing import PreparedBatch, prepare
from data.settings import Settings
from metrics.fields import FIELDS
from tests.demo_orders import END

SIZE = 2_500
WORKED_OUT = ("created_day", "closed_day", "close_workdays", "place_key")
"""Fields that both sides work out from what the file carries."""


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    simulation = plan(SIZE, seed=11, months=2, end=END, effects=True)
    return pa.concat_tables(tables(simulation)).to_pandas()


def _write(sample: pd.DataFrame, path: Path, split: bool, encoding: str | None) -> Path:
    if path.suffix == ".xlsx":
        return write_xlsx(sample, path, split_categories=split)
    return write_csv(sample, path, split_categories=split, encoding=encoding or "gb18030")


@pytest.mark.parametrize("split", [False, True], ids=["path", "columns"])
@pytest.mark.parametrize(
    ("name", "encoding"), [("导出.csv", "gb18030"), ("导出.csv", "utf-8-sig"), ("导出.xlsx", None)]
)
def test_export_and_import_give_the_same_orders(
    tmp_path: Path, sample: pd.DataFrame, name: str, encoding: str | None, split: bool
) -> None:
    path = _write(sample, tmp_path / name, split, encoding)
    prepared = prepare(path, settings=Settings(home=tmp_path / "home"))
    assert isinstance(prepared, PreparedBatch)
    assert prepared.info.preset == "cn12345"
    assert prepared.rejects.num_rows == 0
    orders = pa.concat_tables(read_batch(prepared.path).orders()).to_pandas()
    ours = sample.set_index("order_id").sort_index()
    read = orders.set_index("order_id").sort_index()
    assert read.index.equals(ours.index)
    for field in (*CARRIED, *WORKED_OUT):
        if field != "order_id":
            told, found = _comparable(ours[field], field), _comparable(read[field], field)
            differ = [(a, b) for a, b in zip(told, found, strict=True) if a != b]
            assert differ[:5] == [], field
    # keys are hashed anew, yet tell the same callers apart
    assert read["caller_key"].isna().equals(ours["caller_key"].isna())
    pairs = pd.DataFrame({"ours": ours["caller_key"], "read": read["caller_key"]}).dropna()
    pairs = pairs.drop_duplicates()
    assert pairs["ours"].is_unique
    assert pairs["read"].is_unique


def _comparable(column: pd.Series, field: str) -> list[object]:
    """Times to the second (Excel keeps fractions of a day), everything else as it is."""
    if FIELDS[field].kind == "time":
        column = column.dt.round("s")
    return [None if gone else x for x, gone in zip(column.tolist(), column.isna(), strict=True)]


def test_workbook_has_title_rows_above_the_header(tmp_path: Path, sample: pd.DataFrame) -> None:
    sheet = load_workbook(write_xlsx(sample.head(3), tmp_path / "a.xlsx")).active
    rows = list(sheet.iter_rows(values_only=True))
    assert "模拟" in rows[0][0]
    assert rows[2][:2] == ("工单编号", "工单类型")
    assert len(rows) == 3 + 3


def test_every_enumeration_value_has_a_chinese_word() -> None:
    for field, words in VALUES.items():
        kind = FIELDS[field]
        assert set(words) == ({True, False} if kind.kind == "bool" else set(kind.values))
        assert len(set(words.values())) == len(words)


def test_names_and_phones_are_not_written(sample: pd.DataFrame) -> None:
    table = as_12345(sample)
    assert table["来电人"].isna().all()
    assert set(table["来电人电话/账号"].dropna()) <= set(sample["caller_key"].dropna())

"""Canonical orders written the way 12345 hotlines export them: Chinese headers and values.

The file carries what such files carry (:data:`CARRIED`) and nothing more; reading
it back through the importer gives the same canonical values of those fields.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

from metrics.selection import PATH

VALUES: dict[str, dict[Any, str]] = {
    "order_type": {
        "demand": "诉求", "complaint": "投诉", "enquiry": "咨询", "help": "求助",
        "suggestion": "建议", "report": "举报", "praise": "表扬", "other": "其他",
    },
    "status": {
        "open": "待签收", "in_progress": "办理中", "closed": "已办结",
        "returned": "已退回", "cancelled": "已撤销",
    },
    "followup": {"valid": "是", "unreached": "无人接听", "refused": "拒绝回访", "invalid": "否"},
    "contacted": {True: "是", False: "否"},
    "resolution": {
        "resolved": "解决", "basically_resolved": "基本解决",
        "explained": "解释说明", "unresolved": "未解决",
    },
    "satisfaction": {
        "very_satisfied": "非常满意", "satisfied": "满意", "basically_satisfied": "基本满意",
        "neutral": "一般", "dissatisfied": "不满意", "very_dissatisfied": "非常不满意",
    },
}  # fmt: skip
"""How 12345 files write enumerations."""

COLUMNS: tuple[tuple[str, str | None], ...] = (
    ("工单编号", "order_id"),
    ("工单类型", "order_type"),
    ("问题分类", "category"),
    ("标签", "tags"),
    ("标题", "title"),
    ("主要内容", "content"),
    ("工单状态", "status"),
    ("来电人", None),
    ("来电人电话/账号", "caller_key"),
    ("被反映区", "district"),
    ("被反映街乡镇", "street"),
    ("回复内容", "reply"),
    ("诉求来源", "channel"),
    ("主办单位", "unit"),
    ("创建时间", "created_at"),
    ("办结时间", "closed_at"),
    ("企业名称", "enterprise"),
    ("是否有效回访", "followup"),
    ("是否联系", "contacted"),
    ("是否解决", "resolution"),
    ("是否满意", "satisfaction"),
    ("村/社区", "community"),
    ("小区点位", "address"),
)
"""Headers in order and the canonical field behind each (``None``: left empty)."""

CARRIED: tuple[str, ...] = (
    *(field for _, field in COLUMNS if field not in (None, "category", "caller_key")),
    "category1", "category2",
)  # fmt: skip
"""Fields that come back equal. (The caller's key is hashed anew, but stays one key per caller.)"""


def as_12345(orders: pd.DataFrame, split_categories: bool = False) -> pd.DataFrame:
    """Orders (canonical columns) as a table of a 12345 export; times stay datetimes.

    ``split_categories``: 一级分类 and 二级分类 in columns of their own instead of one
    问题分类 ("一级->二级").
    """
    out: dict[str, Any] = {}
    for header, field in COLUMNS:
        if field == "category":
            out |= _categories(orders, split_categories)
        elif field is None:
            out[header] = [None] * len(orders)
        else:
            out[header] = _values(orders[field], field)
    return pd.DataFrame(out, index=orders.index)


def _categories(orders: pd.DataFrame, split: bool) -> dict[str, Any]:
    first, second = (_plain(orders[name]) for name in ("category1", "category2"))
    if split:
        return {"一级分类": first, "二级分类": second}
    paths = [PATH.join(x for x in pair if x) or None for pair in zip(first, second, strict=True)]
    return {"问题分类": paths}


def _values(column: pd.Series, field: str) -> list[Any]:
    names = VALUES.get(field)
    if names is None:
        return _plain(column)
    return [None if value is None else names[value] for value in _plain(column)]


def _plain(column: pd.Series) -> list[Any]:
    return [None if gone else x for x, gone in zip(column.tolist(), column.isna(), strict=True)]


def write_csv(
    orders: pd.DataFrame,
    path: Path,
    *,
    split_categories: bool = False,
    encoding: str = "gb18030",
) -> Path:
    """Write a csv as hotline systems do (gb18030 by default); returns the path."""
    table = as_12345(orders, split_categories)
    table.to_csv(path, index=False, encoding=encoding, date_format="%Y-%m-%d %H:%M:%S")
    return path


def write_xlsx(
    orders: pd.DataFrame,
    path: Path,
    *,
    split_categories: bool = False,
    titles: tuple[str, ...] = ("12345政务服务便民热线工单导出（模拟数据）", ""),
) -> Path:
    """Write a workbook whose header stands below title rows; times are Excel dates."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("工单")
    for title in titles:
        sheet.append([title])
    table = as_12345(orders, split_categories)
    sheet.append(list(table.columns))
    columns = [_cells(table[name]) for name in table.columns]
    for row in zip(*columns, strict=True):
        sheet.append(row)
    book.save(path)
    return path


def _cells(column: pd.Series) -> list[Any]:
    return [x.to_pydatetime() if isinstance(x, pd.Timestamp) else x for x in _plain(column)]

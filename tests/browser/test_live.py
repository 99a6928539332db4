"""New data arrive from a second process: the open page shows them without being touched."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit

WITHIN = 10_000  # ms, the product's promise
HEAD = (
    "工单编号", "工单类型", "问题分类", "标题", "主要内容", "工单状态", "被反映区", "主办单位",
    "创建时间", "办结时间", "是否有效回访", "是否联系", "是否解决", "是否满意",
)  # fmt: skip


PLACES = (
    ("云溪区", "云溪区城管局"), ("云溪区", "临江街道"), ("松岭区", "松岭区住建局"), ("松岭区", "青石镇")
)  # fmt: skip


def office_file(path: Path, first: datetime, count: int, minutes: int, prefix: str) -> Path:
    """Orders as a 12345 office exports them, one every so many minutes."""
    with path.open("w", encoding="gb18030", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEAD)
        for n in range(count):
            created = first + timedelta(minutes=minutes * n)
            closed = created + timedelta(hours=20)
            satisfied = "满意" if n % 9 else "不满意"
            rows.writerow(
                [f"{prefix}{n:05d}", "投诉", "城市管理->市容环卫", "垃圾未清运", "小区门口垃圾未清运。",
                 "已办结", *PLACES[n % len(PLACES)], created, closed, "是", "是", "解决", satisfied]
            )  # fmt: skip
    return path


def test_an_open_page_shows_a_second_processs_import(look: Open, tmp_path: Path) -> None:
    sees_new_data(Cockpit(tmp_path), look)


@pytest.mark.postgres
def test_the_same_on_postgresql(look: Open, tmp_path: Path, postgres_url: str) -> None:
    sees_new_data(Cockpit(tmp_path, database_url=postgres_url), look)


def sees_new_data(cockpit: Cockpit, look: Open) -> None:
    start = datetime(2026, 9, 1, 8)
    known = office_file(cockpit.home / "九月.csv", start, 1500, 40, "OLD")
    fresh = office_file(cockpit.home / "新到.csv", start + timedelta(days=45), 30, 1, "NEW")
    cockpit.run("import", str(known))
    with cockpit.serving():
        reader = look(cockpit, lang="zh").open("/")
        before = int(reader.mark()["version"])
        header = reader.page.locator(".st-key-header").inner_text()
        cockpit.run("import", str(fresh))
        reader.page.wait_for_function(
            "before => [...document.querySelectorAll('.st-key-page-end [data-version]')]"
            ".some(e => Number(e.dataset.version) > before)",
            arg=before,
            timeout=WITHIN,
        )
        reader.drawn("overview")
        shown = reader.page.locator(".st-key-header").inner_text()
        assert shown != header, "the data time did not move"
        # Leave before the server does, so that no lost connection is reported.
        reader.page.goto("about:blank")

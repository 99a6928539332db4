"""Integrity page in a browser: rows lead to their evidence; a list is fixed, filled in and compared."""

from __future__ import annotations

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.harness import PATIENCE, Cockpit, Reader
from words import say


def opened(look: Open, cockpit: Cockpit, lang: str = "zh", **params: str) -> Reader:
    reader = look(cockpit, lang=lang)
    return reader.open("/integrity", lang=lang, **params).drawn("integrity")


def test_each_part_is_whole(cockpit: Cockpit, look: Open) -> None:
    for lang in ("zh", "en"):
        for part in ("signals", "audit", "around"):
            reader = opened(look, cockpit, lang, part=part)
            assert reader.untranslated() == []
            for width in (1920, 390):
                reader.resize(width)
                reader.page.wait_for_timeout(300)
                assert reader.overflow() == [], f"{part} {width}"


def test_evidence_of_a_signal_leads_to_its_orders(cockpit: Cockpit, look: Open) -> None:
    reader = opened(look, cockpit, "en", signal="unreached")
    page = reader.page
    link = page.get_by_role("link", name="See these")
    n = int("".join(c for c in link.inner_text() if c.isdigit()))
    link.click()
    reader.drawn("orders")
    expect(page.get_by_text(say("page.orders.total", "en", n=f"{n:,}")).first).to_be_visible(
        timeout=PATIENCE
    )


def test_a_list_is_fixed_filled_in_and_compared(
    cockpit: Cockpit, look: Open, tmp_path: Path
) -> None:
    reader = opened(look, cockpit, part="audit", calls="5", seed="4711")
    page = reader.page
    with page.expect_download() as saved:
        page.get_by_role("button", name=say("ui.download", "zh")).nth(1).click()
    lines = Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert any("4711" in line for line in lines if line.startswith("#"))
    name = page.get_by_role("textbox", name=say("ui.who", "zh")).first
    name.fill("王科长")
    name.press("Tab")
    page.get_by_role("button", name=say("page.integrity.audit.fix", "zh")).click()
    expect(page.get_by_text("由王科长固定")).to_be_visible(timeout=PATIENCE)
    body = [line for line in lines if not line.startswith("#")]
    rows = list(csv.reader(body))
    answers = [rows[0].index(say(f"page.integrity.audit.column.{c}", "zh")) for c in ("reached", "contacted", "resolved", "satisfied")]  # fmt: skip
    for number, row in enumerate(rows[1:]):
        row[answers[0]] = "是" if number % 3 else "否"
        for k in answers[1:]:
            row[k] = "是" if number % 3 else ""
    bad = [list(row) for row in rows]
    bad[1][answers[0]] = "也许"
    for content, wanted in ((bad, "第2行"), (rows, None)):
        # The browser takes no second file of the same name for a new one.
        path = tmp_path / ("bad.csv" if wanted else "good.csv")
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(content)
        page.locator(".st-key-audit-upload input[type=file]").set_input_files(path)
        if wanted:
            expect(page.get_by_text(wanted)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="写入").click()
    expect(page.get_by_text(f"新增{len(rows) - 1}件")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(say("page.integrity.compare.question", "zh")).first).to_be_visible(
        timeout=PATIENCE
    )

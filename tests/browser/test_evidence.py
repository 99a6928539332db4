"""A register file from the terminal reaches the open page; a click there decides, and points move."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit
from tests.browser.test_live import WITHIN, office_file
from words import say

PERIOD = {"p": "month:2026-09-30", "scheme": "beijing_district", "tab": "points"}
HEAD = "编号,单位,行动,开始日期,佐证材料"


def test_an_action_arrives_is_accepted_and_counts(look: Open, tmp_path: Path) -> None:
    cockpit = Cockpit(tmp_path)
    orders = office_file(tmp_path / "九月.csv", datetime(2026, 9, 1, 8), 1500, 40, "OLD")
    cockpit.run("import", str(orders))
    register = tmp_path / "未诉先办.csv"
    register.write_text(f"{HEAD}\nA1,临江街道,清掏雨水口,2026-09-03,清掏.pdf\n", encoding="gb18030")
    with cockpit.serving():
        reader = look(cockpit, lang="zh").open("/evidence", rec="A1", **PERIOD)
        panel = reader.page.locator(".st-key-panel-record")
        expect(panel).to_have_count(0)
        cockpit.run("register", "action", str(register))
        expect(panel).to_contain_text("清掏雨水口", timeout=WITHIN)
        reader.drawn("evidence")
        accept = panel.locator(".st-key-record-accept button").first
        expect(accept).to_be_disabled()  # nobody has given a name
        name = reader.page.locator("input[aria-label='" + say("ui.who", "zh") + "']")
        name.fill("李主任")
        name.press("Tab")
        expect(accept).to_be_enabled(timeout=WITHIN)
        accept.click()
        points = reader.page.locator(".st-key-panel-points")
        expect(points).to_contain_text(
            say("page.evidence.points_title", "zh", up=1, down=0), timeout=WITHIN
        )
        expect(panel).to_contain_text("李主任")
        assert reader.faults() == []
        reader.page.goto("about:blank")

"""An alert in a browser: given to a unit with a day, closed as false, kept, and counted."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit, Reader
from words import say

WITHIN = 30_000


def test_an_alert_is_given_away_closed_and_judged(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/alerts", which="year")
    page, panel = reader.page, reader.page.locator(".st-key-panel-alert-decide")
    expect(page.get_by_text(say("page.alerts.record_none", "en"))).to_be_visible()
    save = panel.get_by_role("button", name=say("page.alerts.save", "en"), exact=True)
    expect(save).to_be_disabled()  # nothing chosen, nobody named
    name = panel.get_by_role("textbox", name=say("ui.who", "en"))
    name.fill("Inspector Li")
    name.press("Enter")
    pick(reader, "page.alerts.state.assigned")
    unit = panel.get_by_role("combobox", name=say("page.alerts.unit", "en"))
    unit.click()
    page.get_by_role("option").first.click()
    slider = panel.get_by_role("slider")
    slider.press("ArrowRight")  # three days become five
    expect(panel).to_contain_text("5 days", timeout=WITHIN)
    expect(save).to_be_enabled(timeout=WITHIN)
    save.click()
    expect(panel).to_contain_text(re.compile(r"Now: with .+ until \d+ \w+"), timeout=WITHIN)
    pick(reader, "page.alerts.state.closed")
    pick(reader, "page.alerts.verdict_false")
    expect(save).to_be_enabled(timeout=WITHIN)
    save.click()
    closed = say("page.alerts.decide_now", "en", state=say("page.alerts.closed_false", "en"))
    expect(panel).to_contain_text(closed, timeout=WITHIN)
    # Another reader, who comes later, sees it, who did it, and the detector's record.
    later = look(cockpit, lang="en").open(f"/alerts?{page.url.partition('?')[2]}")
    found = later.page.locator(".st-key-panel-alert-decide")
    expect(found).to_contain_text(closed)
    expect(found).to_contain_text("Inspector Li")
    record = say("page.alerts.record", "en", judged=1, real=0, share="0%", interval="#", unclear=0)
    expect(later.page.get_by_text(record.partition(" (")[0])).to_be_visible()


def pick(reader: Reader, key: str) -> None:
    """Choose a button of a row of buttons."""
    panel = reader.page.locator(".st-key-panel-alert-decide")
    button = panel.get_by_role("radio", name=say(key, "en"), exact=True)
    button.click()
    expect(button).to_be_checked(timeout=WITHIN)

"""From seeing to acting in a browser: an alert becomes a task of the next meeting, an order sent
about becomes a whistle, and two people at one task lose nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.harness import PATIENCE, Cockpit, Reader
from words import say

REVISION = re.compile("第\\d+次修订")


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """What is waited for may take long on a busy machine."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


def field(reader: Reader, key: str, lang: str = "zh") -> Locator:
    return reader.page.get_by_label(say(key, lang), exact=True)


def sign(reader: Reader, box: Locator, name: str) -> None:
    """Give a name and wait until the page has taken it."""
    box.fill(name)
    box.press("Enter")
    reader.drawn()


def test_an_alert_becomes_a_task_and_the_next_meeting_opens_with_it(
    cockpit: Cockpit, look: Open
) -> None:
    reader = look(cockpit, lang="zh").open("/supervision", board="week")
    alerts = reader.page.locator(".st-key-panel-section-alerts")
    alerts.get_by_role("button", name=say("task.make", "zh")).first.click()
    form = reader.page.locator("[data-testid='stPopoverBody']")
    form.get_by_label(say("task.field.unit", "zh"), exact=True).click()
    reader.page.get_by_role("option").first.click()
    sign(reader, form.get_by_label(say("ui.who", "zh"), exact=True), "张三")
    save = form.get_by_role("button", name=say("task.save", "zh"))
    expect(save).to_be_enabled()
    title = form.get_by_label(say("task.field.title", "zh"), exact=True).input_value()
    save.click()
    # the line leads to its task now, and the meeting has decided one thing
    expect(alerts.get_by_text(say("task.state.open", "zh")).first).to_be_visible()
    close = reader.page.locator(".st-key-panel-close-week")
    expect(close).to_contain_text(re.compile("已定 1 件"))
    close.get_by_role("button", name=say("supervision.close", "zh")).click()
    last = reader.page.locator(".st-key-panel-last-week")
    expect(last).to_contain_text(title)
    expect(last).to_contain_text(say("supervision.last.running", "zh", n=1))
    # somebody else opens the next meeting
    other = look(cockpit, lang="en").open("/supervision", board="week")
    opening = other.page.locator(".st-key-panel-last-week")
    expect(opening).to_contain_text(title)
    expect(opening).to_contain_text("张三")


def test_an_order_sent_about_is_whistled_for_and_settled(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/whistles", part="suggest")
    sign(reader, field(reader, "ui.who"), "李四")
    panel = reader.page.locator(".st-key-panel-bounced")
    blow = panel.get_by_role("button", name=say("whistle.blow", "zh"), exact=True).first
    expect(blow).to_be_enabled()
    blow.click()
    one = reader.page.locator(".st-key-panel-whistle")
    expect(one).to_contain_text("李四")
    reader.drawn("whistles")
    expect(one).to_contain_text(say("whistle.trail", "zh"))
    arrived, settled = (
        one.get_by_role("button", name=say(f"whistle.do.{step}", "zh"), exact=True)
        for step in ("arrived", "settled")
    )
    while arrived.is_enabled() or settled.is_enabled():
        before = one.get_by_text(REVISION).first.inner_text()
        (arrived if arrived.is_enabled() else settled).click()
        expect(one.get_by_text(before, exact=True)).to_have_count(0)
        reader.drawn("whistles")
    expect(one).to_contain_text(say("whistle.state.settled", "zh"))
    assert "w=" in reader.page.url


def test_two_people_at_one_task_lose_nothing(cockpit: Cockpit, look: Open) -> None:
    first = look(cockpit, lang="zh").open("/supervision", board="tasks")
    table = first.page.locator(".st-key-panel-tasks [data-testid='stDataFrame']")
    table.click(position={"x": 16, "y": 52})
    first.page.wait_for_function("location.search.includes('task=')")
    panel = first.page.locator(".st-key-panel-task")
    expect(panel).to_be_visible()
    second = look(cockpit, lang="zh")
    second.page.goto(first.page.url)
    second.drawn("supervision")
    theirs = second.page.locator(".st-key-panel-task")
    for reader, box, words in ((first, panel, "我的安排"), (second, theirs, "另一种安排")):
        sign(reader, box.get_by_label(say("ui.who", "zh"), exact=True), f"{words}的人")
        note = box.get_by_label(say("task.field.note", "zh"), exact=True)
        note.fill(words)
        note.press("Control+Enter")
        reader.drawn()
    theirs.get_by_role("button", name=say("page.evidence.save", "zh")).click()
    expect(theirs).to_contain_text("另一种安排的人")
    panel.get_by_role("button", name=say("page.evidence.save", "zh")).click()
    stale = first.page.locator(".st-key-panel-stale")
    expect(stale).to_contain_text("我的安排")
    expect(stale).to_contain_text("另一种安排")
    stale.get_by_role("button", name=say("page.evidence.stale_over", "zh")).click()
    expect(stale).to_have_count(0)
    expect(panel).to_contain_text("我的安排的人")

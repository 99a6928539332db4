"""The unit's profile in a browser: to an order and back, and on paper."""

from __future__ import annotations

import re

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit, Reader
from words import say

A4 = (595, 842)
WIDE = 688  # 182 mm between the margins


def test_a_row_of_the_review_opens_its_order(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/unit")
    table = reader.page.locator(".st-key-panel-review [data-testid='stDataFrame']")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 16, "y": 52})
    reader.drawn("orders")
    assert "order=" in reader.page.url
    assert say("page.orders.back", "zh") in reader.words()


def test_every_section_is_whole_on_a_phone(cockpit: Cockpit, look: Open) -> None:
    for lang in ("zh", "en"):
        reader = look(cockpit, lang=lang, width=390, height=844)
        for section in ("lost", "course", "peers", "orders"):
            reader.open("/unit", section=section).drawn("unit")
            assert reader.untranslated() == []
            reader.page.wait_for_timeout(300)
            assert reader.overflow() == [], f"{lang} {section}"


def test_the_print_view_is_white_a4_without_chrome(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh", theme="dark").open("/unit")
    reader.page.get_by_role("button", name=say("page.unit.print", "zh")).click()
    reader.page.wait_for_selector(".st-key-print-tools")
    reader.drawn("unit")
    reader.page.wait_for_timeout(1500)  # figures take their width after the page's end
    assert reader.untranslated() == []
    page = reader.page
    page.emulate_media(media="print")
    for gone in ("header", "filters", "print-tools"):
        assert not page.locator(f".st-key-{gone}").first.is_visible(), gone
    assert colours_of(reader) == ["rgb(255, 255, 255)"] * 4
    charts = page.locator(".stPlotlyChart")
    assert charts.count() >= 8
    for k in range(charts.count()):
        box = charts.nth(k).bounding_box()
        assert box is not None and box["width"] <= WIDE, k
    split = page.evaluate(
        """() => [...document.querySelectorAll('.stPlotlyChart')]
            .filter(e => getComputedStyle(e).breakInside !== 'avoid').length"""
    )
    assert split == 0
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    sizes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert 3 <= len(sizes) <= 20
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {A4}
    page.emulate_media(media="screen")
    page.get_by_role("button", name=say("page.unit.print_back", "zh")).click()
    page.wait_for_selector(".st-key-filters")
    reader.drawn("unit")


def colours_of(reader: Reader) -> list[str]:
    found: list[str] = reader.page.evaluate(
        """() => ['html', 'body', '.stApp', '.stMain']
            .map(s => getComputedStyle(document.querySelector(s)).backgroundColor)"""
    )
    return found

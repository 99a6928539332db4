"""The pages there are, in the order of the navigation."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("assess", "ahead", "act", "records")
"""Menus of the navigation, in order (words ``ui.nav.<group>``); pages without one stand before them."""


@dataclass(frozen=True)
class PageSpec:
    """A page: file name, URL path and key of its words (``page.<name>.*``), and its menu."""

    name: str
    icon: str
    group: str = ""


PAGES = (
    PageSpec("overview", ":material/dashboard:"),
    PageSpec("rankings", ":material/leaderboard:"),
    PageSpec("trends", ":material/show_chart:"),
    PageSpec("unit", ":material/domain:", "assess"),
    PageSpec("results", ":material/verified:", "assess"),
    PageSpec("evidence", ":material/fact_check:", "assess"),
    PageSpec("integrity", ":material/policy:", "assess"),
    PageSpec("indicators", ":material/function:", "assess"),
    PageSpec("lab", ":material/science:", "assess"),
    PageSpec("map", ":material/map:", "ahead"),
    PageSpec("forecast", ":material/query_stats:", "ahead"),
    PageSpec("alerts", ":material/notifications_active:", "ahead"),
    PageSpec("places", ":material/pin_drop:", "ahead"),
    PageSpec("drivers", ":material/thunderstorm:", "ahead"),
    PageSpec("dispatch", ":material/alt_route:", "act"),
    PageSpec("supervision", ":material/checklist:", "act"),
    PageSpec("whistles", ":material/campaign:", "act"),
    PageSpec("proactive", ":material/volunteer_activism:", "act"),
    PageSpec("topics", ":material/event_note:", "act"),
    PageSpec("protect", ":material/gavel:", "act"),
    PageSpec("orders", ":material/receipt_long:", "records"),
    PageSpec("data", ":material/database:", "records"),
)

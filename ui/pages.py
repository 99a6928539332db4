"""The pages there are, in the order of the navigation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageSpec:
    """A page: file name, URL path and key of its words (``page.<name>.*``)."""

    name: str
    icon: str


PAGES = (
    PageSpec("overview", ":material/dashboard:"),
    PageSpec("rankings", ":material/leaderboard:"),
    PageSpec("trends", ":material/show_chart:"),
    PageSpec("orders", ":material/receipt_long:"),
    PageSpec("data", ":material/database:"),
)

"""Monthly topics of the simulated city: made up, with policies, and said to be so. They changed nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from data.demo.city import City
from data.registers.files import Given, Row, dump
from data.topics import TOPIC, plain
from metrics.conditions import either
from metrics.selection import category_condition

FILE = "simulated"
_OFFICE = "市民热线专班（模拟）"
_PLANS: tuple[tuple[str, str, str, float, int | None, tuple[str, ...]], ...] = (
    ("小区停车难治理", "停车管理->小区停车", "交通", 0.55, 120,
     ("居住区停车设施挖潜导则", "错时共享停车管理办法")),
    ("广场舞噪声专项治理", "噪声扰民->广场舞", "公安", 0.62, 90, ()),
    ("道路积水点位整治", "供水排水->道路积水", "水务", 0.78, None, ("城市内涝点位挂账销账办法",)),
)  # fmt: skip
"""Title, category, a word of the lead department's name, start as a share of the span, days until
finished (none: still running), policies."""


def topics(city: City, start: date, end: date) -> list[dict[str, Any]]:
    """The register file of topics, as a batch carries it; empty for a span of under half a year."""
    if (end - start).days < 183:
        return []
    rows = tuple(Row(k, one) for k, one in enumerate(_made(city, start, end), 1))
    return [dump(Given(TOPIC, FILE, rows, {}))]


def _made(city: City, start: date, end: date) -> Iterator[dict[str, Any]]:
    offices = city.units.loc[city.units["unit_type"] == "department", "unit"].astype(str).tolist()
    for title, path, word, share, days, policies in _PLANS:
        begun = start + timedelta(days=round(share * (end - start).days))
        over = begun + timedelta(days=days) if days is not None else None
        done = over is not None and over <= end
        yield {
            "title": title, "category": path, "condition": plain(either(category_condition(path))),
            "unit": next((u for u in offices if word in u), offices[0]), "start": begun, "end": over,
            "state": "finished" if done else "running", "finished": over if done else None,
            "decided_by": _OFFICE, "decided_on": over if done else begun,
            "policies": [
                {"title": name, "day": min(begun + timedelta(days=45 + 20 * k), end).isoformat(), "document": f"{name}（模拟）.pdf"}
                for k, name in enumerate(policies)
            ],
            "note": "每月一题办结报告（模拟）" if done else "", "simulated": True,
        }  # fmt: skip

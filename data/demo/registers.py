"""What the simulated city's offices have written: actions, evidence, exclusions, evaluations.

Everything here is made up and says so (``simulated``). The evaluators see what the callers
see, but for the planted unit, whose surveyed residents are far less content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.demo.city import City
from data.demo.truths import Truths
from data.registers.files import Given, Row, dump

MONTHS = 4
"""Months with evaluations, up to the last whole one."""
FILE = "simulated"
WHISTLED = (
    "source", "order_id", "title", "category1", "category2", "unit", "street", "assist_units",
    "created_at",
)  # fmt: skip
_WORTH = {"very_satisfied": 1.0, "satisfied": 1.0, "basically_satisfied": 0.9}
_DONE = {
    "供水排水->道路积水": "汛前清掏雨水口和排水管线", "道路交通->路灯照明": "集中更换老化路灯",
    "供暖->未按时供暖": "供暖前打压试水并逐户测温", "物业管理->电梯故障": "老旧电梯集中检修",
    "市容环卫->垃圾清运": "增设垃圾分类点位并加密清运", "公共安全->消防隐患": "清理楼道堆物和飞线充电",
    "停车管理->小区停车": "挖潜增加错时停车泊位", "噪声扰民->广场舞": "与舞队约定时间和音量",
    "养老助残->适老化设施": "为高龄老人家中加装扶手", "公共安全->高空坠物": "排查外墙和悬挂物",
}  # fmt: skip
_BROAD = ("市容环卫", "物业管理", "停车管理", "噪声扰民", "市场监管")
EARLIER = 30
_ITEMS: dict[str, tuple[int, str]] = {
    "topic": (6, "每月一题办结报告"), "source": (6, "源头治理前后对比报告"),
    "policy": (10, "政策转化文件"), "season": (10, "季节性问题提前整治验收单"),
    "refused": (8, "推诿拒接复核单"), "returned": (8, "不当退单复核单"),
    "false_closure": (3, "虚假办结复核单"),
}  # fmt: skip
_OFFICE = "市民热线考核办（模拟）"


@dataclass
class Seen:
    """What is remembered of the orders while they are written: what callers said of each
    unit, and some orders of the last weeks."""

    said: dict[str, float] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    struck: list[dict[str, Any]] = field(default_factory=list)
    plain: list[dict[str, Any]] = field(default_factory=list)
    whistled: list[dict[str, Any]] = field(default_factory=list)

    def add(self, table: pa.Table, since: date) -> None:
        """Remember a table of orders."""
        valid = table.filter(pc.equal(table["followup"], "valid"))
        worth = np.zeros(valid.num_rows)
        for code, value in _WORTH.items():
            hit = pc.fill_null(pc.equal(valid["satisfaction"], code), False)
            worth += value * np.asarray(hit.to_numpy(zero_copy_only=False))
        frame = pd.DataFrame({"unit": valid["unit"].to_numpy(zero_copy_only=False), "worth": worth})
        for unit, (total, n) in frame.groupby("unit")["worth"].agg(["sum", "size"]).iterrows():
            name = str(unit)
            self.said[name] = self.said.get(name, 0.0) + float(total)
            self.asked[name] = self.asked.get(name, 0) + int(n)
        late = table.filter(pc.greater_equal(table["created_day"], pa.scalar(since, pa.date32())))
        late = late.filter(pc.and_(pc.is_valid(late["closed_at"]), pc.is_valid(late["unit"])))
        blown = pc.and_(pc.greater_equal(table["created_day"], pa.scalar(since, pa.date32())),
                        pc.fill_null(pc.greater(table["whistles"], 0), False))  # fmt: skip
        self.whistled += table.filter(blown).select(list(WHISTLED)).slice(0, 60).to_pylist()
        names = ["source", "order_id", "unit", "created_day", "exclusion", "exclusion_note"]
        late = late.select(names)
        gone = pc.is_valid(late["exclusion"])
        self.struck += late.filter(gone).slice(0, 40).to_pylist()
        self.plain += late.filter(pc.invert(gone)).slice(0, 400).to_pylist()


def registers(
    city: City, truths: Truths | None, seen: Seen, start: date, end: date, seed: int
) -> list[dict[str, Any]]:
    """The register files of the simulated city, as a batch carries them."""
    rng = np.random.default_rng([seed, 701])
    spans = _months(start, end)
    files = {
        "evaluation": _evaluations(city, truths, seen, spans, rng),
        "action": _actions(city, truths, start, end, rng)
        + _earlier(city, truths, start, end, np.random.default_rng([seed, 703])),
        "evidence": _evidence(city, start, end, rng),
        "exclusion": _exclusions(seen, end, rng),
    }
    return [
        dump(
            Given(
                kind,
                FILE,
                tuple(Row(k, {**one, "simulated": True}) for k, one in enumerate(rows, 1)),
                {},
            )
        )
        for kind, rows in files.items()
        if rows
    ]


def _months(start: date, end: date) -> list[tuple[date, date]]:
    """The last whole months of the span, at most :data:`MONTHS`."""
    out: list[tuple[date, date]] = []
    last = (end + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    while len(out) < MONTHS and last.replace(day=1) >= start:
        out.append((last.replace(day=1), last))
        last = last.replace(day=1) - timedelta(days=1)
    return out[::-1]


def _evaluations(
    city: City,
    truths: Truths | None,
    seen: Seen,
    spans: list[tuple[date, date]],
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    whole = sum(seen.said.values()) / max(1, sum(seen.asked.values()))
    out = []
    for row in city.units.itertuples():
        unit = str(row.unit)
        # a few callers say little about a unit: pulled to the whole city
        rate = (seen.said.get(unit, 0.0) + 50 * whole) / (seen.asked.get(unit, 0) + 50)
        survey = rate
        if truths and unit == truths.disputed.unit:
            survey = rate - truths.disputed.less
        if truths and unit == truths.hiding.unit:
            survey = rate - truths.hiding.seen_less
        street = row.unit_type in ("street", "township")
        for first, last in spans:
            n = int(rng.poisson(140 if street else 60))
            common = {"unit": unit, "start": first, "end": last}
            good = int(rng.binomial(n, min(1.0, max(0.0, survey))))
            out.append({"evaluator": "third_party", **common, "numerator": good, "n": n})
            answers = int(rng.poisson(14 if street else 40))
            liked = int(rng.binomial(answers, rate))
            levels = [*rng.multinomial(liked, [0.55, 0.36, 0.09]).tolist()]
            levels += rng.multinomial(answers - liked, [0.8, 0.2]).tolist()
            out.append({"evaluator": "enterprise", **common, "levels": levels})
    return out


def _decided(rng: np.random.Generator, day: date, end: date) -> dict[str, Any]:
    """Most are accepted a week later, some wait, a few are refused."""
    on = day + timedelta(days=7)
    draw = rng.random()
    if on > end or draw < 0.1:
        return {}
    if draw < 0.2:
        known = {"state": "refused", "reason": "佐证材料不足，不予采纳"}
    else:
        known = {"state": "accepted"}
    return {**known, "decided_by": _OFFICE, "decided_on": on}


def _recent(rng: np.random.Generator, start: date, end: date) -> date:
    back = min(120, (end - start).days)
    return end - timedelta(days=int(rng.integers(0, back + 1)))


def _actions(
    city: City, truths: Truths | None, start: date, end: date, rng: np.random.Generator
) -> list[dict[str, Any]]:
    out = []
    kinds = list(_DONE)
    areas = city.areas[city.areas["level"] == "street"]
    places = zip(areas["lon"].astype(float), areas["lat"].astype(float), strict=True)
    points = dict(zip(areas["area"], places, strict=True))
    for number in range(150):
        street = city.streets[int(rng.integers(len(city.streets)))]
        category = kinds[int(rng.integers(len(kinds)))]
        last = _recent(rng, start, end)
        lon, lat = points[street.name]
        out.append(
            {
                "unit": street.name, "what": f"{_DONE[category]}（第{number + 1}号）",
                "place": street.name, "lon": round(lon, 5),
                "lat": round(lat, 5), "category": category,
                "start": last - timedelta(days=int(rng.integers(0, 10))), "end": last,
                "document": f"行动记录{number + 1:03d}.pdf", **_decided(rng, last, end),
            }
        )  # fmt: skip
    if truths:
        plan = truths.treated
        out.append(
            {
                "unit": plan.street, "what": "市容环卫专项整治", "place": plan.street,
                "category": plan.category, "start": plan.start, "end": plan.start,
                "document": "专项整治方案.pdf", "state": "accepted", "decided_by": _OFFICE,
                "decided_on": min(plan.start + timedelta(days=30), end),
            }
        )  # fmt: skip
    return out


def _earlier(
    city: City, truths: Truths | None, start: date, end: date, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Broader actions of the larger streets earlier on, old enough to be measured in full; they did
    nothing, as the evaluation should find."""
    spared = {truths.treated.street, truths.rising.street} if truths else set()
    large = sorted(city.streets, key=lambda s: -s.population)
    large = [street for street in large if street.name not in spared][:EARLIER]
    out = []
    for number, street in enumerate(large):
        first = start + timedelta(days=round(float(rng.uniform(0.48, 0.78)) * (end - start).days))
        last = first + timedelta(days=int(rng.integers(0, 6)))
        category = _BROAD[int(rng.integers(len(_BROAD)))]
        out.append(
            {
                "unit": street.name, "what": f"{category}专项行动（第{number + 1}号）",
                "place": street.name, "category": category, "start": first, "end": last,
                "document": f"专项行动总结{number + 1:02d}.pdf", "state": "accepted",
                "decided_by": _OFFICE, "decided_on": min(last + timedelta(days=14), end),
            }
        )  # fmt: skip
    return out


def _evidence(city: City, start: date, end: date, rng: np.random.Generator) -> list[dict[str, Any]]:
    out = []
    units = city.units["unit"].tolist()
    for item, (count, title) in _ITEMS.items():
        for number in range(count):
            day = _recent(rng, start, end)
            out.append(
                {
                    "adjustment": item, "unit": str(units[int(rng.integers(len(units)))]),
                    "day": day, "document": f"{title}第{number + 1}号",
                    **_decided(rng, day, end),
                }
            )  # fmt: skip
    return out


def _exclusions(seen: Seen, end: date, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Files for orders that the source itself struck out; requests still open or refused."""
    out = []
    for order in _some(seen.struck, 24, rng):
        note = str(order["exclusion_note"] or "")
        day = min(order["created_day"] + timedelta(days=5), end)
        if note:
            known = {"state": "accepted", "decided_by": _OFFICE, "decided_on": day}
            out.append(_request(order, order["exclusion"], note, day) | known)
    for k, order in enumerate(_some(seen.plain, 20, rng)):
        day = min(order["created_day"] + timedelta(days=5), end)
        reason = ("beyond_authority", "duplicate", "force_majeure", "other")[k % 4]
        made = _request(order, reason, f"剔除申请材料{k + 1:02d}.pdf", day)
        if k % 3 == 0:
            made |= {"state": "refused", "reason": "属于本单位职责，不予剔除",
                     "decided_by": _OFFICE, "decided_on": day}  # fmt: skip
        out.append(made)
    return out


def _request(order: Mapping[str, Any], reason: str, evidence: str, day: date) -> dict[str, Any]:
    return {
        "source": order["source"], "order_id": order["order_id"], "exclusion": reason,
        "evidence": evidence, "requested_by": order["unit"], "day": day,
    }  # fmt: skip


def _some(
    listed: list[dict[str, Any]], count: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    picked = rng.permutation(len(listed))[:count]
    return [listed[int(k)] for k in sorted(picked)]

"""Titles, contents and replies: phrases put together by the thousand, never by hand.

No persons and no numbers that could be somebody's: only places of the simulated city.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.demo.arrays import Ints
from data.demo.taxonomy import Taxonomy

_FILLS = 10
_OPEN = (
    "来电人反映：", "市民反映，", "诉求人来电称，", "网友留言：", "居民反映：", "来电人表示，",
    "市民来电，", "业主反映：", "群众反映，", "诉求人称，", "市民通过平台留言：",
)  # fmt: skip
_WHEN = (
    "近日", "从上周开始", "昨天晚上", "今天上午", "最近半个月", "这几天", "长期以来", "自本月初以来",
    "前天", "连续几天", "今天早上", "入住以来", "从去年开始", "近一个月", "刚才", "周末期间",
)  # fmt: skip
_AGAIN = (
    "来电人再次反映：此前工单已办结，但问题没有解决，", "市民第二次来电，上次办结后问题依旧，",
    "诉求人对上次处理结果不认可，再次反映：", "居民再次来电催办：",
)  # fmt: skip
_WHERE = (
    "{}附近，",
    "位于{}，",
    "家住{}，",
    "在{}，",
    "{}这边，",
    "地点为{}，",
    "{}门口，",
    "住在{}，",
)
_ASK = (
    "。希望相关部门尽快处理。", "。请尽快核实解决。", "，诉求：尽快处理并给予答复。", "。要求有关单位到现场查看。",
    "。请协调解决，谢谢。", "，望尽快回复。", "。希望能彻底解决，不要反复。", "。请责任单位给出明确时间。",
    "，要求书面答复。", "。已多次反映，望重视。",
)  # fmt: skip
_START = (
    "您好，收到您反映的问题后，", "接到诉求后，我单位高度重视，", "经核实，", "我单位第一时间安排人员到现场核查，",
    "针对您反映的问题，", "工作人员已与您取得联系，", "您反映的情况已收悉，", "经现场查看，情况属实，",
)  # fmt: skip
_END = (
    "，感谢您的监督和支持。", "，后续将加强日常巡查。", "。如有问题请继续反映。", "，已向您反馈处理情况。",
    "，我们将举一反三，做好长效管理。", "，感谢您对我们工作的理解。", "，后续将持续跟进。", "。",
)  # fmt: skip
_END_UNSOLVED = (
    "，因涉及多个部门，仍需进一步协调。", "，目前条件尚不具备，已向您做好解释。", "，该问题正在按程序推进，请您耐心等待。",
    "，因资金未到位，暂列入计划。", "，双方意见分歧较大，已引导通过法律途径解决。",
)  # fmt: skip


@dataclass(frozen=True)
class Phrases:
    """All phrases of all categories in long lists; ``say_from[c]`` is where category c begins."""

    issue: pa.Array
    issue_from: Ints
    say: pa.Array
    say_from: Ints
    impact: pa.Array
    impact_from: Ints
    done: pa.Array
    done_from: Ints


def phrases(tax: Taxonomy, seed: int) -> Phrases:
    """Expand the templates of ``categories.yaml`` with numbers, days, sums and hours."""
    rng = np.random.default_rng([seed, 501])
    columns: dict[str, list[str]] = {"issue": [], "say": [], "impact": [], "done": []}
    starts: dict[str, list[int]] = {name: [0] for name in columns}
    for kind in tax.kinds:
        columns["issue"] += kind.issue
        columns["impact"] += kind.impact
        columns["done"] += kind.done
        for template in kind.say:
            columns["say"] += [_fill(template, rng) for _ in range(_FILLS)]
        for name, values in columns.items():
            starts[name].append(len(values))
    made: dict[str, Any] = {}
    for name, values in columns.items():
        made[name] = pa.array(values)
        made[f"{name}_from"] = np.array(starts[name])
    return Phrases(**made)


def _fill(template: str, rng: np.random.Generator) -> str:
    hours = (
        "早上六点",
        "早上七点半",
        "中午十二点",
        "下午三点",
        "傍晚六点",
        "晚上九点",
        "晚上十点",
        "夜里十一点",
        "凌晨一点",
        "凌晨四点",
    )
    floors = (
        "1号楼",
        "3号楼2单元",
        "5号楼",
        "7号楼1单元",
        "9号楼",
        "12号楼",
        "16号楼3单元",
        "21号楼",
    )
    return template.format(
        n=("两", "三", "四", "五", "六", "七", "八", "九")[rng.integers(8)],
        d=("三", "五", "七", "十", "十二", "十五", "二十", "四十")[rng.integers(8)],
        m=int(rng.choice([35, 58, 120, 280, 460, 800, 1500, 2600, 4800, 6800, 12000, 36000])),
        t=hours[rng.integers(len(hours))],
        f=floors[rng.integers(len(floors))],
    )


def _pick(values: tuple[str, ...], size: int, rng: np.random.Generator) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(0, len(values), size)))


def variants(book: Phrases, category: Ints, rng: np.random.Generator) -> Ints:
    """Which of its category's problems each order is about (title and content agree)."""
    count = book.issue_from[category + 1] - book.issue_from[category]
    return np.asarray((rng.random(len(category)) * count).astype(np.int64))


def _of(values: pa.Array, start: Ints, category: Ints, rng: np.random.Generator) -> pa.Array:
    count = start[category + 1] - start[category]
    return values.take(
        pa.array(start[category] + (rng.random(len(category)) * count).astype(np.int64))
    )


def titles(book: Phrases, category: Ints, variant: Ints, short: pa.Array) -> pa.Array:
    """Headlines: place and problem."""
    issue = book.issue.take(pa.array(book.issue_from[category] + variant))
    return pc.binary_join_element_wise(short, issue, "")


def contents(
    book: Phrases,
    category: Ints,
    variant: Ints,
    place: pa.Array,
    again: np.ndarray[Any, Any],
    rng: np.random.Generator,
) -> pa.Array:
    """What the caller told, as an operator writes it down; ``again``: calls a second time.

    Every problem (``variant``) of a category has one headline and ``_FILLS`` tellings.
    """
    size = len(category)
    frame = rng.integers(0, len(_WHERE), size)
    before, after = zip(*(text.split("{}") for text in _WHERE), strict=True)
    say = book.say_from[category] + variant * _FILLS + rng.integers(0, _FILLS, size)
    impact = _of(book.impact, book.impact_from, category, rng)
    told = pc.if_else(
        pa.array(rng.random(size) < 0.75), pc.binary_join_element_wise("，", impact, ""), ""
    )
    return pc.binary_join_element_wise(
        pc.if_else(pa.array(again), _pick(_AGAIN, size, rng), _pick(_OPEN, size, rng)),
        pa.array(before).take(pa.array(frame)), place, pa.array(after).take(pa.array(frame)),
        _pick(_WHEN, size, rng), book.say.take(pa.array(say)), told, _pick(_ASK, size, rng), "",
    )  # fmt: skip


def replies(
    book: Phrases,
    category: Ints,
    closed: np.ndarray[Any, Any],
    solved: np.ndarray[Any, Any],
    rng: np.random.Generator,
) -> pa.Array:
    """What the unit answered; null where the order is still open."""
    size = len(category)
    end = pc.if_else(pa.array(solved), _pick(_END, size, rng), _pick(_END_UNSOLVED, size, rng))
    text = pc.binary_join_element_wise(
        _pick(_START, size, rng), _of(book.done, book.done_from, category, rng), end, ""
    )
    return pc.if_else(pa.array(closed), text, None)

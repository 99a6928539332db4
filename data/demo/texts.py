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
from data.demo.city import load_yaml
from data.demo.taxonomy import Taxonomy

_FILLS = 10


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
    stock: dict[str, Any]  # phrases.yaml: what every category shares


def phrases(tax: Taxonomy, seed: int) -> Phrases:
    """Expand the templates of ``categories.yaml`` with numbers, days, sums and hours."""
    stock = load_yaml("phrases.yaml")
    rng = np.random.default_rng([seed, 501])
    columns: dict[str, list[str]] = {"issue": [], "say": [], "impact": [], "done": []}
    starts: dict[str, list[int]] = {name: [0] for name in columns}
    for kind in tax.kinds:
        columns["issue"] += kind.issue
        columns["impact"] += kind.impact
        columns["done"] += kind.done
        for template in kind.say:
            columns["say"] += [_fill(template, stock["fills"], rng) for _ in range(_FILLS)]
        for name, values in columns.items():
            starts[name].append(len(values))
    made: dict[str, Any] = {"stock": stock}
    for name, values in columns.items():
        made[name] = pa.array(values)
        made[f"{name}_from"] = np.array(starts[name])
    return Phrases(**made)


def _fill(template: str, fills: dict[str, list[str]], rng: np.random.Generator) -> str:
    return template.format(
        **{hole: words[rng.integers(len(words))] for hole, words in fills.items()}
    )


def _pick(values: list[str], size: int, rng: np.random.Generator) -> pa.Array:
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
    frame = rng.integers(0, len(book.stock["where"]), size)
    before, after = zip(*(text.split("{}") for text in book.stock["where"]), strict=True)
    say = book.say_from[category] + variant * _FILLS + rng.integers(0, _FILLS, size)
    impact = _of(book.impact, book.impact_from, category, rng)
    told = pc.if_else(
        pa.array(rng.random(size) < 0.75), pc.binary_join_element_wise("，", impact, ""), ""
    )
    return pc.binary_join_element_wise(
        pc.if_else(pa.array(again), _pick(book.stock["again"], size, rng), _pick(book.stock["open"], size, rng)),
        pa.array(before).take(pa.array(frame)), place, pa.array(after).take(pa.array(frame)),
        _pick(book.stock["when"], size, rng), book.say.take(pa.array(say)), told, _pick(book.stock["ask"], size, rng), "",
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
    end = pc.if_else(
        pa.array(solved),
        _pick(book.stock["end"], size, rng),
        _pick(book.stock["end_unsolved"], size, rng),
    )
    text = pc.binary_join_element_wise(
        _pick(book.stock["start"], size, rng),
        _of(book.done, book.done_from, category, rng),
        end,
        "",
    )
    return pc.if_else(pa.array(closed), text, None)

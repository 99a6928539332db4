"""What can be turned in a scheme in the laboratory, and the scheme with it turned.

A *knob* is one number of the scheme: a weight, a time limit, what a level of
satisfaction counts, the points of a bonus. *Turns* are knob codes with their new
values; knobs that stand where they stood are no turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from metrics.indicators import Bilingual, Indicator, Part
from metrics.scheme_edit import with_adjustments, with_limits, with_weights
from metrics.scheme_model import Scheme
from metrics.scheme_rules import Band

Kind = Literal[
    "weight", "part", "piece", "limit", "per", "cap", "line", "force", "band", "minimum_n"
]
Where = tuple[str | int, ...]
R = TypeVar("R", Indicator, Part)
BANDS = Path(__file__).parent / "bands.yaml"
EXAMPLE_BANDS = "bands.example"
"""The code of the switch that tries the example bands on a scheme without any."""


@dataclass(frozen=True)
class Knob:
    """One number that can be turned.

    ``of``: the ids it belongs to (indicator, part, number of the piece; limit;
    adjustment; band). ``where``: its place in the scheme file. ``whole``: only
    whole numbers (``force``: 1 in force, 0 only shown). ``unit``: ``hours`` or ``workdays`` for limits.
    """

    code: str
    kind: Kind
    of: tuple[str, ...]
    value: float | None
    where: Where
    whole: bool = False
    unit: str = ""


def knobs(scheme: Scheme) -> list[Knob]:
    """All knobs of a scheme, weights first."""
    return [*_weights(scheme), *_rates(scheme), *_rules(scheme)]


def turned(scheme: Scheme, turns: Mapping[str, float]) -> Scheme:
    """The scheme with knobs turned; what was turned is marked as an example.

    Raises ``KeyError`` for an unknown knob, ``ValueError`` where nothing would be left or
    a value makes no sense.
    """
    if turns.get(EXAMPLE_BANDS) and not scheme.bands:
        scheme = scheme.model_copy(update={"bands": example_bands()})
    known = {knob.code: knob for knob in knobs(scheme)}
    by: dict[str, dict[Any, Any]] = {}
    for code, value in turns.items():
        if code == EXAMPLE_BANDS:
            continue
        knob = known[code]
        if value != knob.value:
            by.setdefault(knob.kind, {})[knob] = float(value)
    out = scheme
    if "weight" in by:
        out = with_weights(out, {knob.of[0]: value for knob, value in by["weight"].items()})
    if "part" in by or "piece" in by:
        out = _with_rates(out, by.get("part", {}), by.get("piece", {}))
    if "limit" in by:
        out = with_limits(out, {knob.of[0]: value for knob, value in by["limit"].items()})
    changes: dict[str, dict[str, float | None]] = {}
    for kind in ("per", "cap", "line", "force"):
        for knob, value in by.get(kind, {}).items():
            new = bool(value) if kind == "force" else value
            changes.setdefault(knob.of[0], {})["in_force" if kind == "force" else kind] = new
    if changes:
        out = with_adjustments(out, changes)
    if "band" in by:
        counts = {knob.of[0]: int(value) for knob, value in by["band"].items()}
        out = out.model_copy(update={"bands": tuple(_longer(band, counts) for band in out.bands)})
    for value in by.get("minimum_n", {}).values():
        change = {"minimum_n": int(value), "minimum_n_status": "example"}
        out = out.model_copy(update=change)
    return out


@lru_cache(maxsize=1)
def example_bands() -> tuple[Band, ...]:
    """The four bands of practice with example counts (``metrics/bands.yaml``)."""
    raw = yaml.safe_load(BANDS.read_text(encoding="utf-8"))
    return tuple(Band.model_validate(item) for item in raw["bands"])


# -- the knobs there are -----------------------------------------------------------
def _weights(scheme: Scheme) -> Iterator[Knob]:
    for k, item in enumerate(scheme.composite):
        where = ("composite", k, "weight")
        yield Knob(f"weight.{item.indicator}", "weight", (item.indicator,), item.weight, where)


def _rates(scheme: Scheme) -> Iterator[Knob]:
    for i, indicator in enumerate(scheme.indicators):
        rules: list[tuple[Where, tuple[str, ...], Indicator | Part]] = [
            (("indicators", i), (indicator.id,), indicator)
        ]
        for j, part in enumerate(indicator.parts):
            where: Where = ("indicators", i, "parts", j)
            rules.append((where, (indicator.id, part.id), part))
            yield Knob(
                f"part.{indicator.id}.{part.id}", "part", (indicator.id, part.id), part.weight,
                (*where, "weight"),
            )  # fmt: skip
        for at, of, rule in rules:
            # One piece alone counts what it counts; only levels beside others can be turned.
            for k, piece in enumerate(rule.numerator if len(rule.numerator) > 1 else ()):
                yield Knob(
                    f"piece.{'.'.join(of)}.{k}", "piece", (*of, str(k)), piece.weight,
                    (*at, "numerator", k, "weight"),
                )  # fmt: skip


def _rules(scheme: Scheme) -> Iterator[Knob]:
    for k, limit in enumerate(scheme.limits):
        unit = "hours" if limit.hours is not None else "workdays"
        length = limit.hours if limit.hours is not None else limit.workdays
        yield Knob(
            f"limit.{limit.id}", "limit", (limit.id,), length, ("limits", k, unit),
            whole=unit == "workdays", unit=unit,
        )  # fmt: skip
    for k, item in enumerate(scheme.adjustments):
        yield Knob(f"per.{item.id}", "per", (item.id,), item.per, ("adjustments", k, "per"))
        yield Knob(f"cap.{item.id}", "cap", (item.id,), item.cap, ("adjustments", k, "cap"))
        if item.line is not None:
            yield Knob(f"line.{item.id}", "line", (item.id,), item.line, ("adjustments", k, "line"))
        force = ("adjustments", k, "in_force")
        yield Knob(f"force.{item.id}", "force", (item.id,), float(item.in_force), force, whole=True)
    for k, band in enumerate(scheme.bands):
        where = ("bands", k, "count")
        yield Knob(f"band.{band.id}", "band", (band.id,), band.count, where, whole=True)
    yield Knob("minimum_n", "minimum_n", (), scheme.minimum_n, ("minimum_n",), whole=True)


# -- turning -------------------------------------------------------------------------
def _with_rates(
    scheme: Scheme, parts: Mapping[Knob, float], pieces: Mapping[Knob, float]
) -> Scheme:
    for knob, value in [*parts.items(), *pieces.items()]:
        if not 0 < value <= (1 if knob.kind == "piece" else value):
            raise ValueError(f"{knob.code}: {value}")
    share = {knob.of: value for knob, value in parts.items()}
    level = {knob.of: value for knob, value in pieces.items()}
    out = []
    for indicator in scheme.indicators:
        mine = []
        for part in indicator.parts:
            new = _levels(part, (indicator.id, part.id), level)
            weight = share.get((indicator.id, part.id))
            if weight is not None:
                new = new.model_copy(update={"weight": weight, "weight_status": "example"})
            mine.append(new)
        changed = _levels(indicator, (indicator.id,), level)
        out.append(changed.model_copy(update={"parts": tuple(mine)}))
    return scheme.model_copy(update={"indicators": tuple(out)})


def _levels(rule: R, of: tuple[str, ...], level: Mapping[tuple[str, ...], float]) -> R:
    new, texts = [], rule.definition
    for k, piece in enumerate(rule.numerator):
        value = level.get((*of, str(k)))
        if value is None:
            new.append(piece)
        else:
            new.append(piece.model_copy(update={"weight": value}))
            texts = restated(texts, piece.weight, value, piece.names)
    if tuple(new) == rule.numerator:
        return rule
    change = {"numerator": tuple(new), "status": "example", "definition": texts}
    return rule.model_copy(update=change)


def restated(texts: Bilingual, old: float, new: float, names: Bilingual | None = None) -> Bilingual:
    """A definition with a factor (``0.9 × …``) restated; else as it was.

    A level that counted whole is not written with a factor: it gets one before its name.
    """

    def swap(text: str, name: str) -> str:
        if old == 1 and name:
            return re.sub(
                rf"(?<!× ){re.escape(name)}", lambda hit: f"{new:g} × {hit[0]}", text,
                count=1, flags=re.IGNORECASE,
            )  # fmt: skip
        return re.sub(rf"(?<![\d.]){re.escape(f'{old:g}')}(?=\s*[×*])", f"{new:g}", text)

    zh, en = (names.zh, names.en) if names else ("", "")
    return Bilingual(zh=swap(texts.zh, zh), en=swap(texts.en, en))


def _longer(band: Band, counts: Mapping[str, int]) -> Band:
    if band.id not in counts:
        return band
    return band.model_copy(update={"count": counts[band.id], "status": "example"})

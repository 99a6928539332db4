"""Indicators as plain data and as a file: what is saved, handed on and taken in."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from metrics.conditions import Condition, dump, fingerprint
from metrics.indicators import Indicator, RateRule
from metrics.scheme_file import SchemeError, SchemeFile

LARGEST = 200_000
"""Characters of a file that are read: a file of indicators is far smaller."""


def plain(indicator: Indicator) -> dict[str, Any]:
    """An indicator as plain data (JSON, YAML) that :meth:`Indicator.model_validate` reads back."""
    out: dict[str, Any] = indicator.model_dump(
        mode="json", exclude_defaults=True, exclude={"numerator", "denominator", "missing", "parts"}
    )
    out |= _counted(indicator)
    if indicator.parts:
        out["parts"] = [
            part.model_dump(
                mode="json", exclude_defaults=True, exclude={"numerator", "denominator", "missing"}
            )
            | _counted(part)
            for part in indicator.parts
        ]
    return out


def _counted(rule: RateRule) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if rule.numerator:
        out["numerator"] = [
            {"condition": dump(piece.condition)}
            | piece.model_dump(mode="json", exclude_defaults=True, exclude={"condition"})
            for piece in rule.numerator
        ]
    for name in ("denominator", "missing"):
        condition: Condition | None = getattr(rule, name)
        if condition is not None:
            out[name] = dump(condition)
    return out


def written(indicators: Iterable[Indicator]) -> str:
    """A file of indicators, as :func:`read` takes it."""
    listed = [plain(indicator) for indicator in indicators]
    return yaml.safe_dump({"indicators": listed}, allow_unicode=True, sort_keys=False, width=100)


def read(text: str, name: str = "indicator.yaml") -> dict[str, Indicator]:
    """Indicators by id from the text of a file ``indicators: [...]``, or of a single indicator.

    Shorthands as in ``metrics/indicators.yaml``. Raises :class:`SchemeError` with file and line.
    """
    if len(text) > LARGEST:
        raise SchemeError("too_many_characters", file=name, most=LARGEST)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _plain_name(name)
        path.write_text(text, encoding="utf-8")
        return from_file(SchemeFile(path))


def from_file(file: SchemeFile) -> dict[str, Indicator]:
    """The indicators of a file that was read. Raises :class:`SchemeError`."""
    listed = file.data.get("indicators")
    if listed is None:
        return _one(file)
    if extra := sorted(str(key) for key in file.data if key != "indicators"):
        raise file.fault("unknown_key", (extra[0],), item=extra[0])
    if not isinstance(listed, list):
        raise file.fault("not_a_list", ("indicators",), item="indicators")
    out: dict[str, Indicator] = {}
    for i, raw in enumerate(listed):
        indicator = _validated(file, raw, ("indicators", i))
        if indicator.id in out:
            raise file.fault("duplicate_id", ("indicators", i), name=indicator.id)
        out[indicator.id] = indicator
    return out


def _one(file: SchemeFile) -> dict[str, Indicator]:
    if not file.data:
        return {}
    indicator = _validated(file, file.data, ())
    return {indicator.id: indicator}


def _validated(file: SchemeFile, raw: object, at: tuple[Any, ...]) -> Indicator:
    try:
        return Indicator.model_validate(raw)
    except ValidationError as error:
        raise file.translate(error, at) from error


def _plain_name(name: str) -> str:
    return re.sub(r"[^\w.\-]+", "_", Path(name).name)[-80:] or "indicator.yaml"


def sameness(indicator: Indicator) -> str:
    """What an indicator counts, whatever it is called: equal for indicators that count the same."""
    pieces: list[str] = []
    for leaf in indicator.leaves():
        rule = leaf.rule
        named = {n.removeprefix(f"{leaf.prefix}."): c for n, c in leaf.measures()}
        weights = {f"num.{k}": weight for k, weight in enumerate(leaf.weights)}
        counted = sorted(
            f"{name.partition('.')[0]}:{weights.get(name, '')}:{fingerprint(condition)}"
            for name, condition in named.items()
        )
        records = leaf.records.model_dump_json() if leaf.records else ""
        pieces += [rule.kind, rule.clock, str(rule.counts_excluded), str(leaf.weight), *counted]
        pieces.append(records)
    return "|".join(pieces)


def alike(indicator: Indicator, known: Mapping[str, Indicator]) -> list[str]:
    """The ids of other known indicators that count the very same."""
    mine = sameness(indicator)
    return [
        code for code, other in known.items() if code != indicator.id and sameness(other) == mine
    ]

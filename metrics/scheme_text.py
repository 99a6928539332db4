"""The text of a scheme file with some values changed, everything else as it was written.

Comments, shorthands and the order of things stay, so that two versions can be compared
line by line. :func:`redrafted` proves its own work: the text must read back as the very
scheme that was asked for, else the scheme is written out in full.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import yaml

from metrics.indicators import Bilingual
from metrics.scheme import scheme_from_text
from metrics.scheme_file import SchemeError
from metrics.scheme_knobs import (
    BANDS,
    EXAMPLE_BANDS,
    Knob,
    Where,
    example_bands,
    knobs,
    turned,
)
from metrics.scheme_model import Scheme

Edit = tuple[int, int, str]
REMOVED = object()
"""The new value of what is to be taken out."""


def redrafted(text: str, turns: Mapping[str, float], head: Mapping[str, Any]) -> str:
    """The text of a scheme with knobs turned and another head.

    ``head``: ``id``, ``version``, ``valid_from``, ``names`` (``{zh, en}``), any of them.
    Raises :class:`SchemeError`, ``KeyError`` and ``ValueError`` like the functions it uses.
    """
    old = scheme_from_text(text, "")
    new = turned(old, turns)
    wanted = Scheme.model_validate(new.model_dump(by_alias=True) | dict(head))
    changes = [(where, value) for where, value in _changes(old, new, turns) if where]
    for key, value in head.items():
        if key == "names":
            changes += [(("names", lang), value[lang]) for lang in ("zh", "en")]
        else:
            changes.append(((key,), value))
    out = changed(text, changes)
    if turns.get(EXAMPLE_BANDS) and not old.bands:
        out = f"{out.rstrip()}\n\n{_band_lines(wanted)}"
    try:
        if scheme_from_text(out, "") == wanted:
            return out
    except SchemeError:
        pass
    return written_out(wanted)


def changed(text: str, changes: Sequence[tuple[Where, Any]]) -> str:
    """A YAML text with values set (or :data:`REMOVED`) at places given by keys and numbers.

    A key that is missing is put first into its mapping. Places that lead nowhere are left out.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    edits = [edit for where, value in changes if (edit := _edit(text, root, where, value))]
    for start, end, new in sorted(edits, key=lambda e: (e[0], e[1]), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def written_out(scheme: Scheme) -> str:
    """The whole scheme as YAML, shorthands spelt out."""
    plain = scheme.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110))


# -- what changes ----------------------------------------------------------------
def _changes(old: Scheme, new: Scheme, turns: Mapping[str, float]) -> list[tuple[Where, Any]]:
    out: list[tuple[Where, Any]] = []
    known = {knob.code: knob for knob in knobs(old)}
    for code, value in turns.items():
        knob = known.get(code)
        if knob is None or knob.value == value:
            continue
        if knob.kind == "weight" and value == 0:
            out.append((knob.where[:-1], REMOVED))
            continue
        new_value = str(bool(value)).lower() if knob.kind == "force" else _number(value)
        out += [(knob.where, new_value), *_status(knob, old, new)]
        if knob.kind == "weight":
            out.append(((*knob.where[:-1], "note"), REMOVED))
    if new.composite_note is None and old.composite_note is not None:
        out.append((("composite_note",), REMOVED))
    return list(dict.fromkeys(out))


def _status(knob: Knob, old: Scheme, new: Scheme) -> list[tuple[Where, Any]]:
    """What is no longer true beside a turned knob: its status, a definition that names it."""
    if knob.kind == "minimum_n":
        return [(("minimum_n_status",), "example")]
    if knob.kind == "part":
        return [((*knob.where[:-1], "weight_status"), "example")]
    if knob.kind != "piece":
        return [((*knob.where[:-1], "status"), "example")]
    rule_at = knob.where[:-3]
    before, after = (_definition(scheme, knob) for scheme in (old, new))
    texts = [
        ((*rule_at, "definition", lang), after.get(lang))
        for lang in ("zh", "en")
        if before.get(lang) != after.get(lang)
    ]
    return [((*rule_at, "status"), "example"), *texts]


def _definition(scheme: Scheme, knob: Knob) -> Bilingual:
    indicator = scheme.indicator(knob.of[0])
    rule = next((p for p in indicator.parts if p.id == knob.of[1]), indicator)
    return rule.definition


def _band_lines(scheme: Scheme) -> str:
    text = BANDS.read_text(encoding="utf-8")
    shipped = {band.id: band.count for band in example_bands()}
    counts = [
        (("bands", k, "count"), str(band.count))
        for k, band in enumerate(scheme.bands)
        if shipped.get(band.id) != band.count
    ]
    return changed(text, counts)


def _number(value: float) -> str:
    return f"{value:.10g}"


def _scalar(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    plain = text.replace("_", "").replace(".", "").lstrip("-")
    if plain.isascii() and plain.isalnum():
        return text
    return json.dumps(text, ensure_ascii=False)


# -- where it stands ---------------------------------------------------------------
def _edit(text: str, root: yaml.Node | None, where: Where, value: Any) -> Edit | None:
    parent = _at(root, where[:-1])
    key = where[-1]
    if isinstance(parent, yaml.SequenceNode) and isinstance(key, int):
        return _without_item(text, parent, key) if key < len(parent.value) else None
    if not isinstance(parent, yaml.MappingNode) or not parent.value:
        return None
    place = next((k for k, (name, _) in enumerate(parent.value) if name.value == key), None)
    if value is REMOVED:
        return None if place is None else _without_key(parent, place)
    new = json.dumps(value) if key == "version" else _scalar(value)
    if place is not None:
        node = parent.value[place][1]
        return (node.start_mark.index, node.end_mark.index, new)
    first = parent.value[0][0].start_mark
    gap = ", " if parent.flow_style else "\n" + " " * first.column
    return (first.index, first.index, f"{key}: {new}{gap}")


def _at(node: yaml.Node | None, where: Where) -> yaml.Node | None:
    for key in where:
        if isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == key), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            node = node.value[key] if key < len(node.value) else None
        else:
            return None
    return node


def _without_key(parent: yaml.MappingNode, place: int) -> Edit | None:
    """From the key to the next one, or from the end of the one before."""
    name, value = parent.value[place]
    if place + 1 < len(parent.value):
        return (name.start_mark.index, parent.value[place + 1][0].start_mark.index, "")
    if place and parent.flow_style:
        return (parent.value[place - 1][1].end_mark.index, value.end_mark.index, "")
    return (name.start_mark.index, value.end_mark.index, "") if place else None


def _without_item(text: str, parent: yaml.SequenceNode, place: int) -> Edit | None:
    item = parent.value[place]
    after = parent.value[place + 1] if place + 1 < len(parent.value) else None
    if parent.flow_style:
        if after is not None:
            return (item.start_mark.index, after.start_mark.index, "")
        before = parent.value[place - 1].end_mark.index if place else item.start_mark.index
        return (before, item.end_mark.index, "")
    start = item.start_mark.index - item.start_mark.column
    if after is not None:
        return (start, after.start_mark.index - after.start_mark.column, "")
    end = text.find("\n", item.end_mark.index - 1)
    return (start, len(text) if end < 0 else end + 1, "")

"""Boundaries as sentences, in the reader's language (for pages and terminal)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.boundaries.model import Fault
from data.inbox import BatchResult
from words import Lang, knows, say
from words import format as fmt

MOST = 30
"""Faults and names that are spelt out."""


def explain_fault(fault: Fault, lang: Lang) -> str:
    """Where and what: the feature by its number in the file and its name."""
    words = say(f"boundaries.fault.{fault.code}", lang, **{"name": fault.name, **fault.params})
    if not fault.feature:
        return words
    key = "boundaries.place" if fault.name else "boundaries.place_unnamed"
    return say(key, lang, n=fault.feature, name=fault.name, fault=words)


def explain_bad(faults: Sequence[Fault], file: str, lang: Lang) -> list[str]:
    """The whole refusal: a headline, then the first faults."""
    head = say("boundaries.not_taken", lang, file=file, n=fmt.number(len(faults), lang))
    more = ["…"] if len(faults) > MOST else []
    return [head, *(explain_fault(fault, lang) for fault in faults[:MOST]), *more]


def explain_read(said: Mapping[str, Any], lang: Lang) -> list[str]:
    """How a file was read: level, datum and why, fields, turned coordinates."""
    level, why = said["level"], said["datum_why"]
    used = [
        say("boundaries.field_is", lang, role=say(f"boundaries.role.{role}", lang), field=field)
        for role, field in said["fields"].items()
    ]
    lines = [
        say(
            "boundaries.read", lang, level=say(f"boundaries.level.{level}", lang),
            datum=datum_name(str(said["datum"]), lang), why=say(f"boundaries.why.{why}", lang),
        ),
        say("boundaries.fields", lang, listed=listed(used, lang)),
    ]  # fmt: skip
    return [*lines, say("boundaries.turned", lang)] if said.get("swapped") else lines


def datum_name(datum: str, lang: Lang) -> str:
    """What a datum is called."""
    key = f"boundaries.datum.{datum}"
    return say(key, lang) if knows(key, lang) else datum


def listed(names: Sequence[str], lang: Lang) -> str:
    """Some names in a sentence, not more than can be read."""
    some = say("ui.list_comma", lang).join(names[:MOST])
    return some + (" …" if len(names) > MOST else "")


def repair_words(codes: Sequence[str], lang: Lang) -> str:
    """What was repaired in one area."""
    return listed([say(f"boundaries.repair.{code}", lang) for code in codes], lang)


def explain_areas(file: str, tree: Mapping[str, Any], lang: Lang) -> list[str]:
    """What a file did (the ``areas`` of a ledger line's report)."""
    numbers = {
        name: fmt.number(len(tree[name]), lang) for name in ("added", "changed", "unchanged")
    }
    lines = [say("boundaries.taken", lang, file=file, **numbers)]
    repaired, joined = tree.get("repaired") or {}, tree.get("joined") or {}
    if repaired:
        words = [
            say("boundaries.repaired_one", lang, name=name, what=repair_words(codes, lang))
            for name, codes in repaired.items()
        ]
        lines.append(say("boundaries.repaired", lang, n=len(words), listed=listed(words, lang)))
    if joined:
        words = [say("boundaries.joined_one", lang, name=n, n=k) for n, k in joined.items()]
        lines.append(say("boundaries.joined", lang, listed=listed(words, lang)))
    for name in ("added", "left", "removed"):
        if tree[name]:
            lines.append(
                say(
                    f"boundaries.listed_{name}",
                    lang,
                    n=len(tree[name]),
                    listed=listed(tree[name], lang),
                )
            )
    return lines


def explain_result(result: BatchResult, lang: Lang) -> tuple[list[str], bool]:
    """What became of a file that was sent to the store; whether it is in it."""
    file = result.file_name or result.name
    if result.state == "refused":
        faults = result.details.get("faults")
        if faults:
            file = str(result.details.get("file", file))
            return explain_bad([Fault(**fault) for fault in faults], file, lang), False
        key = f"batch.error.{result.reason}"
        return [say(key, lang, **result.details) if knows(key, lang) else str(result.reason)], False
    if result.state == "waiting":
        return [say("boundaries.waiting", lang, file=file)], True
    lines = explain_areas(file, result.report["areas"], lang)
    return [*lines, *explain_read(result.report["boundaries"], lang)], True

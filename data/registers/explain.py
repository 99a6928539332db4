"""Faults of registers as sentences, in the reader's language (for pages and terminal)."""

from __future__ import annotations

from collections.abc import Sequence

from data.registers.columns import fields, heading
from data.registers.files import BadFile, RowFault
from data.registers.models import Fault
from data.registers.saving import Taken
from words import Lang, say

MOST = 30
"""Faults that are spelt out; the file is to be corrected anyway."""


def label(kind: str, field: str, lang: Lang) -> str:
    """What a field of a register is called."""
    return (
        heading(kind, field, lang) if field in fields(kind) else say(f"register.more.{field}", lang)
    )


def fault_words(fault: Fault | RowFault, kind: str, lang: Lang) -> str:
    """What is wrong, without where."""
    holes = dict(fault.params)
    if fault.code == "missing_column":
        holes["name"] = label(kind, str(holes["field"]), lang)
    return say(f"register.fault.{fault.code}", lang, **holes)


def explain_row(fault: RowFault, lang: Lang) -> str:
    """File, row, column, value and what is wrong."""
    kind, name = str(fault.params.get("kind", "")), str(fault.params.get("field", ""))
    words = fault_words(fault, kind, lang)
    column = fault.column or (label(kind, name, lang) if kind and name else "")
    holes = {"file": fault.file, "row": fault.row, "column": column, "fault": words}
    if fault.code in ("missing_column", "bad_row") or not column:
        return say("register.place_row", lang, **holes)
    if not fault.value:
        return say("register.place_blank", lang, **holes)
    return say("register.place", lang, **holes, value=fault.value[:200])


def explain_bad(bad: BadFile, file: str, lang: Lang) -> list[str]:
    """The whole refusal: a headline, then the first faults."""
    head = say("register.not_taken", lang, file=file, n=len(bad.faults))
    lines = [explain_row(fault, lang) for fault in bad.faults[:MOST]]
    return [head, *lines, *(["…"] if len(bad.faults) > MOST else [])]


def explain_taken(taken: Taken, file: str, lang: Lang, ignored: Sequence[str] = ()) -> list[str]:
    """What a file did."""
    out = [
        say(
            "register.taken", lang,
            file=file, added=taken.added, changed=taken.changed, unchanged=taken.unchanged,
        )
    ]  # fmt: skip
    if taken.removed:
        out.append(say("register.taken_removed", lang, file=file, removed=taken.removed))
    if ignored:
        columns = say("ui.list_comma", lang).join(ignored)
        out.append(say("register.ignored", lang, file=file, columns=columns))
    return out

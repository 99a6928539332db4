"""A file of factors into the store: here, or by the process that owns it; sentences about it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data import audit, delivery, inbox
from data.batch import BatchInfo, BatchWriter
from data.factors.catalogue import catalogue
from data.factors.files import Given, read_file
from data.factors.units import System
from data.importing.errors import ImportFailure
from data.importing.explain import explain_failure
from data.inbox import BatchResult
from data.registers.files import BadFile, RowFault
from data.schema import FACTORS
from data.settings import Settings
from data.store import Store
from words import Lang, knows, say

MOST = 30
"""Faults that are spelt out; the file is to be corrected anyway."""


def take(
    file: Path, config: Settings, lang: Lang, *, name: str | None = None,
    preset: str | None = None, units: System | None = None, actor: str = "",
) -> tuple[list[str], bool]:  # fmt: skip
    """Take in a file, whole or not at all; the sentences to be shown and whether it went well.

    It travels as a batch, so that a running cockpit takes it in as well. Raises
    :class:`~data.backend.StoreError` when the database cannot be used.
    """
    today = Store.clock(config).date()
    try:
        given = read_file(
            file, today=today, name=name, preset=preset, units=units, home=config.home
        )
    except ImportFailure as failure:
        return [explain_failure(failure, lang)], False
    except BadFile as bad:
        return explain_bad(bad, name or file.name, lang), False
    batch = prepare(given, config, actor or audit.who())
    return _told(delivery.deliver(batch, config), given, config, lang)


def prepare(given: Given, config: Settings, actor: str) -> Path:
    """A batch directory that holds nothing but the rows of a file."""
    content = given.rows.to_csv(index=False).encode()
    report = {"actor": actor, **given.about(), "sha": hashlib.sha256(content).hexdigest()[:12]}
    info = BatchInfo(
        digest=f"{FACTORS}-{uuid.uuid4().hex}", source=FACTORS, rows_read=len(given.rows),
        preset=given.preset, file_name=given.file, report=report,
    )  # fmt: skip
    with BatchWriter(inbox.desk(config).inbox) as writer:
        writer.add_dimension("factors", given.rows)
        return writer.finish(info)


def explain_bad(bad: BadFile, file: str, lang: Lang) -> list[str]:
    """The whole refusal: a headline, then the first faults."""
    head = say("factors.not_taken", lang, file=file, n=len(bad.faults))
    more = ["…"] if len(bad.faults) > MOST else []
    return [head, *(explain_row(fault, lang) for fault in bad.faults[:MOST]), *more]


def explain_row(fault: RowFault, lang: Lang) -> str:
    """File, row, column, value and what is wrong."""
    own = f"factors.fault.{fault.code}"
    holes = fault_holes(fault.params, lang)
    words = say(own if knows(own, lang) else f"register.fault.{fault.code}", lang, **holes)
    place = {"file": fault.file, "row": fault.row, "column": fault.column, "fault": words}
    if not fault.column:
        return say("register.place_row", lang, **place)
    if not fault.value:
        return say("register.place_blank", lang, **place)
    return say("register.place", lang, **place, value=fault.value[:200])


def explain_taken(
    given: Given, config: Settings, lang: Lang, new: int, changed: int, same: int
) -> list[str]:
    """What a file did, and what was understood of it."""
    known, about = catalogue(config.home).factors, given.about()
    names = say("ui.list_comma", lang).join(named(known[code], lang) for code in about["factors"])
    out = [
        say("factors.taken", lang, file=given.file, new=new, changed=changed, same=same),
        say("factors.understood", lang, names=names, first=about["first"], last=about["last"],
            preset=preset_name(given.preset, lang)),
    ]  # fmt: skip
    if given.detected:
        out.append(say(f"factors.detected.{given.system}", lang))
    if given.stations > 1:
        out.append(say("factors.stations", lang, n=given.stations))
    if given.ignored:
        columns = say("ui.list_comma", lang).join(given.ignored)
        out.append(say("register.ignored", lang, file=given.file, columns=columns))
    return out


def named(spec: Any, lang: Lang) -> str:
    """A factor with its unit: 降雨量（毫米）."""
    name, unit = getattr(spec, lang), getattr(spec, f"unit_{lang}")
    return say("factors.with_unit", lang, name=name, unit=unit) if unit else str(name)


def preset_name(preset: str, lang: Lang) -> str:
    """What a preset is called."""
    from data.factors.sheet import presets

    return presets()[preset].names[lang]


def fault_holes(params: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Parameters of a fault for its sentence: numbers short, the unit in the language."""
    out = {k: f"{v:g}" if isinstance(v, float) else v for k, v in params.items()}
    return {**out, "unit": params.get(f"unit_{lang}", "")}


def _told(
    result: BatchResult, given: Given, config: Settings, lang: Lang
) -> tuple[list[str], bool]:
    if result.state == "refused":
        key = f"batch.error.{result.reason}"
        known = knows(key, lang)
        return [say(key, lang, **result.details) if known else str(result.reason)], False
    if result.state == "waiting":
        return [say("register.waiting", lang, file=given.file)], True
    numbers = result.rows_new or 0, result.rows_updated or 0, result.rows_unchanged or 0
    return explain_taken(given, config, lang, *numbers), True

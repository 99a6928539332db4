"""A register file from the terminal: taken in here, or by the process that owns the store."""

from __future__ import annotations

import uuid
from pathlib import Path

from data import audit, delivery, inbox
from data.batch import BatchInfo, BatchWriter
from data.importing.errors import ImportFailure
from data.importing.explain import explain_failure
from data.inbox import BatchResult
from data.registers.explain import explain_bad, explain_taken
from data.registers.files import BadFile, RowFault, dump, read_file
from data.registers.saving import Taken
from data.schema import REGISTER
from data.settings import Settings
from words import Lang, knows, say


def register(kind: str, file: Path, config: Settings, lang: Lang) -> tuple[list[str], bool]:
    """Take in a register file; returns the sentences to be shown and whether it went well.

    The file travels as a batch, so that a running cockpit can take it in as well. Raises
    :class:`~data.backend.StoreError` when the database cannot be used.
    """
    try:
        given = read_file(kind, file)
    except ImportFailure as failure:
        return [explain_failure(failure, lang)], False
    except BadFile as bad:
        return explain_bad(bad, file.name, lang), False
    info = BatchInfo(
        digest=f"{REGISTER}-{uuid.uuid4().hex}", source=REGISTER, rows_read=len(given.rows),
        file_name=file.name, report={"actor": audit.who(), "register": kind},
    )  # fmt: skip
    desk = inbox.desk(config)
    with BatchWriter(desk.inbox) as writer:
        writer.add_registers([dump(given)])
        batch = writer.finish(info)
    return _told(delivery.deliver(batch, config), file.name, lang, given.ignored)


def _told(
    result: BatchResult, file: str, lang: Lang, ignored: tuple[str, ...]
) -> tuple[list[str], bool]:
    if result.state == "refused":
        faults = result.details.get("faults")
        if faults:
            return explain_bad(BadFile([RowFault(**fault) for fault in faults]), file, lang), False
        key = f"batch.error.{result.reason}"
        known = knows(key, lang)
        return [say(key, lang, **result.details) if known else str(result.reason)], False
    if result.state == "waiting":
        return [say("register.waiting", lang, file=file)], True
    taken = Taken(
        result.rows_new, result.rows_updated, result.rows_unchanged,
        result.rows_read - result.rows_new - result.rows_updated - result.rows_unchanged,
    )  # fmt: skip
    return explain_taken(taken, file, lang, ignored), True

"""Sentences for what an import has to say, in the reader's language (for pages and terminal)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from data.batch import BatchError
from data.importing.errors import ImportFailure, PresetError
from words import Lang, say


def explain_reject(reject: Mapping[str, Any], lang: Lang) -> str:
    """A row of ``rejects`` as a sentence; ``reject`` has the columns of that table."""
    details = json.loads(reject["details"] or "{}")
    holes = {**details, "column": reject["column_name"], "value": reject["bad_value"]}
    return say(f"import.reason.{reject['reason']}", lang, **holes)


def explain_failure(failure: ImportFailure | PresetError | BatchError, lang: Lang) -> str:
    """Why nothing could be imported, as a sentence."""
    if isinstance(failure, PresetError):
        return "\n".join(
            say(
                "import.failure.bad_preset",
                lang,
                file=failure.path,
                line=line,
                place=place,
                message=text,
            )
            for line, place, text in failure.faults
        )
    family = "batch.error" if isinstance(failure, BatchError) else "import.failure"
    return say(f"{family}.{failure.code}", lang, **failure.details)

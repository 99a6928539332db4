"""The totals of the check of orders against polygons, as sentences (for pages and terminal)."""

from __future__ import annotations

from data.areas import Totals
from words import Lang, say
from words import format as fmt


def totals_words(found: Totals, lang: Lang) -> list[str]:
    """What the check of a level says, each sentence with its numbers."""
    if not found.current:
        return [say("areas.not_current", lang)]
    level = say(f"boundaries.level.{found.level}", lang)
    number = {
        name: fmt.number(getattr(found, name), lang)
        for name in (
            "orders", "pointed", "checked", "agree", "border", "other", "outside", "unnamed",
            "unnamed_pointed", "unnamed_inside", "unbounded", "unbounded_inside",
        )
    }  # fmt: skip
    metres = fmt.number(found.metres, lang)
    if not found.checked:
        lines = [say("areas.unchecked", lang, level=level, **number)]
    else:
        share = fmt.percent((found.agree + found.border) / found.checked, lang)
        lines = [say("areas.checked", lang, level=level, share=share, metres=metres, **number)]
    if found.unnamed:
        lines.append(say("areas.unnamed", lang, level=level, **number))
    if found.unbounded:
        lines.append(say("areas.unbounded", lang, level=level, **number))
    return lines

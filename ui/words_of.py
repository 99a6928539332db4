"""A condition as a sentence: “是否解决 = 解决 且 是否满意 属于（满意、非常满意）”."""

from __future__ import annotations

from metrics.conditions import All, Condition, Not, Test
from ui.values import Namer, as_recorded, shown
from words import Lang, say
from words import format as fmt

LISTED = 6
"""How many values of an "in" are spelt out."""


def words_of(condition: Condition, lang: Lang, name: Namer = as_recorded) -> str:
    """The condition in words. Alternatives inside a conjunction are put in brackets."""
    if isinstance(condition, Test):
        return _test(condition, lang, name)
    if isinstance(condition, Not):
        part = condition.part
        if isinstance(part, Test) and part.op in ("missing", "present"):
            other = "present" if part.op == "missing" else "missing"
            return say(f"condition.{other}", lang, field=say(f"field.{part.field}", lang))
        return say("condition.not", lang, part=words_of(condition.part, lang, name))
    joint = "and" if isinstance(condition, All) else "or"
    if not condition.parts:
        return say("condition.everything" if joint == "and" else "condition.nothing", lang)
    if len(condition.parts) == 1:
        return words_of(condition.parts[0], lang, name)
    return say(f"condition.{joint}", lang).join(
        _bracketed(part, lang, name) for part in condition.parts
    )


def _bracketed(part: Condition, lang: Lang, name: Namer) -> str:
    words = words_of(part, lang, name)
    simple = isinstance(part, Test | Not) or len(part.parts) < 2
    return words if simple else say("condition.group", lang, part=words)


def _test(test: Test, lang: Lang, name: Namer) -> str:
    field = say(f"field.{test.field}", lang)
    if test.value is None:
        return say(f"condition.{test.op}", lang, field=field)
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    # A searched piece of text is quoted as it is, not looked up as a name.
    naming = as_recorded if test.op == "contains" else name
    words = [_operand(test.field, value, lang, naming) for value in values[:LISTED]]
    listed = say("condition.comma", lang).join(words)
    if len(values) > LISTED:
        listed = say("condition.more", lang, shown=listed, n=len(values))
    # One of a single value is that value.
    op = "eq" if test.op == "in" and len(values) == 1 else test.op
    return say(f"condition.{op}", lang, field=field, value=listed)


def _operand(field: str, value: object, lang: Lang, name: Namer) -> str:
    if isinstance(value, float) and value.is_integer():
        return fmt.number(value, lang)
    return shown(field, value, lang, name)

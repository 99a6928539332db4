"""The sentences of the indicator library: conditions, definitions, warnings."""

from __future__ import annotations

from metrics.conditions import Condition
from metrics.indicator_check import FAMILY
from metrics.indicators import SCALES, Indicator, RateRule
from metrics.labels import Label
from metrics.scheme import SchemeError
from ui import rate_words, read
from ui.context import Context
from ui.values import Namer, namer
from ui.words_of import words_of
from words import LANGS, Lang, say
from words import format as fmt


def naming(lang: Lang) -> Namer:
    """Names of units, places, categories and channels in a language."""
    areas = read.areas()
    places = dict(zip(areas["area"], areas[f"name_{lang}"], strict=True))
    return namer(read.names(lang), places, lang)


def condition(ctx: Context, tree: Condition) -> str:
    """A condition in the reader's language."""
    return words_of(tree, ctx.lang, naming(ctx.lang))


def formula(rule: RateRule, lang: Lang) -> str:
    """Numerator ÷ denominator in words."""
    name = naming(lang)
    pieces = []
    for piece in rule.numerator:
        words = words_of(piece.condition, lang, name)
        weight = fmt.number(piece.weight, lang, 2).rstrip("0").rstrip(".")
        pieces.append(
            words
            if piece.weight == 1 and len(rule.numerator) == 1
            else say("indicators.auto.piece", lang, weight=weight, part=words)
        )
    above = say("indicators.auto.plus", lang).join(pieces)
    if rule.kind == "per_population":
        return say("indicators.auto.per_population", lang, numerator=above)
    if rule.denominator is None:
        return above
    below = words_of(rule.denominator, lang, name)
    return say("indicators.auto.rate", lang, numerator=above, denominator=below)


def definition(rule: RateRule) -> dict[str, str]:
    """The generated definition in both languages."""
    return {lang: formula(rule, lang) for lang in LANGS}


def warning(ctx: Context, label: Label) -> str:
    """A warning as a sentence."""
    params = dict(label.params)
    for name in ("n", "least"):
        if name in params:
            params[name] = fmt.number(_number(params[name]), ctx.lang)
    for name in ("share", "value"):
        if name in params:
            params[name] = fmt.percent(_number(params[name]), ctx.lang)
    if "names" in params:
        listed = params["names"]
        params["names"] = ctx.say("ui.list_comma").join(listed if isinstance(listed, list) else [])
    code = label.code.removeprefix(f"{FAMILY}.")
    return ctx.say(f"indicators.warning.{code}", **params)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def fault(ctx: Context, error: SchemeError) -> str:
    """What is wrong with a text, with its line."""
    problem = ctx.say(f"scheme.error.{error.code}", **error.params)
    if error.line is None:
        return problem
    return ctx.say("indicators.file.at_line", line=error.line, problem=problem)


def target(ctx: Context, indicator: Indicator) -> str:
    """The target in the indicator's unit, with the side that is wanted."""
    if indicator.target is None:
        return ""
    scaled = indicator.target.value * SCALES[indicator.unit]
    digits = 0 if float(scaled).is_integer() else 1
    words = rate_words.value(ctx, indicator, indicator.target.value, digits)
    return ("≥ " if indicator.direction == "up" else "≤ ") + words


def origin(ctx: Context, code: str, saved: bool) -> str:
    """Where an indicator comes from: made here, shipped, or the scheme's own."""
    own = {indicator.id for indicator in ctx.scheme.indicators}
    kind = "saved" if saved else "scheme" if code in own else "shipped"
    return ctx.say(f"indicators.origin.{kind}")

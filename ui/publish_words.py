"""What the page and the terminal say of published months: refusals, stamps, names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from data.published import Publication
from data.publishing import DEMO, PublishError
from data.yearbook import PartError
from metrics.indicators import Bilingual
from metrics.periods import Period
from words import Lang, say
from words import format as fmt


def period_name(period: Period, lang: Lang) -> str:
    """A period in words: 2026年10月（9月19日—10月18日）."""
    return period.label().text(lambda code, **holes: say(code, lang, **holes))


def problem(error: PublishError | PartError, lang: Lang) -> str:
    """Why a month was not published, or points were not taken."""
    family = "publish" if isinstance(error, PublishError) else "year"
    holes = {name: _shown(value, lang) for name, value in error.params.items()}
    return say(f"{family}.error.{error.code}", lang, **holes)


def publisher(made: Publication, lang: Lang) -> str:
    """Who published it."""
    return say("publish.demo", lang) if made.actor == DEMO else made.actor


def title(made: Publication, lang: Lang) -> str:
    """The month, and which correction it is."""
    name = period_name(made.period, lang)
    if not made.correction:
        return name
    return say("publish.corrected", lang, period=name, n=made.correction)


def stamp(made: Publication, lang: Lang) -> str:
    """Scheme, version, fingerprint, data version, who, when: what makes a result checkable."""
    return say(
        "publish.stamp", lang,
        scheme=made.scheme.names.get(lang), version=made.scheme.version,
        fingerprint=made.fingerprint, data=made.data_version, by=publisher(made, lang),
        moment=fmt.moment(made.moment, lang), number=made.number,
    )  # fmt: skip


def _shown(value: Any, lang: Lang) -> Any:
    if isinstance(value, Period):
        return period_name(value, lang)
    if value == DEMO:
        return say("publish.demo", lang)
    if isinstance(value, datetime):
        return fmt.moment(value, lang)
    return value.get(lang) if isinstance(value, Bilingual) else value

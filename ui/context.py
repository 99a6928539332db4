"""Everything a page needs to know, worked out once per run from the view and the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import streamlit as st

from data.settings import settings
from metrics import periods
from metrics.periods import Period
from metrics.scheme import Scheme
from metrics.selection import PATH, Selection
from ui import read
from ui.theme import Palette, palette
from ui.view import View
from words import Lang, knows, say
from words import format as fmt


@dataclass(frozen=True)
class Context:
    """The reader's view joined to the data it is about."""

    view: View
    scheme: Scheme
    period: Period
    compared: Period | None
    as_of: datetime | None
    committed: datetime | None
    version: int
    simulated: bool

    @property
    def lang(self) -> Lang:
        """The reader's language."""
        return self.view.lang

    @cached_property
    def colours(self) -> Palette:
        """The palette of the reader's theme."""
        return palette()

    @property
    def selection(self) -> Selection:
        """The orders of the period under the filters."""
        return self.over(self.period)

    @property
    def compared_selection(self) -> Selection | None:
        """The same filters over the comparison period."""
        return self.over(self.compared) if self.compared else None

    def over(self, period: Period) -> Selection:
        """The filters over any period."""
        view = self.view
        return Selection(
            start=period.start,
            end=period.end,
            districts=view.districts,
            units=view.units,
            unit_types=view.unit_types,
            categories=view.categories,
            channels=view.channels,
        )

    def say(self, key: str, **holes: object) -> str:
        """A sentence in the reader's language."""
        return say(key, self.lang, **holes)

    def name(self, code: str | None) -> str:
        """The name of a unit, area, category path or channel in the reader's language."""
        if code is None or code != code or code == "":
            return self.say("ui.unnamed")
        found = read.names(self.lang).get(code)
        if found is not None:
            return found
        for family in ("channel", "unit_type"):
            if knows(f"{family}.{code}", self.lang):
                return say(f"{family}.{code}", self.lang)
        return code.rsplit(PATH, 1)[-1]

    def names_of(self, texts: dict[str, str]) -> str:
        """The reader's language out of a scheme's ``{zh: …, en: …}``."""
        return texts[self.lang]

    def period_label(self, period: Period | None = None) -> str:
        """A period in words: 2026年10月, 19 Sep – 18 Oct 2026 …"""
        return period_words(period or self.period, self.lang)

    def circumstances(self) -> list[str]:
        """What an export must say about itself: filters, period, data time, scheme."""
        lines = [
            self.say("ui.export.city", city=city(self.version, self.lang)),
            self.say("ui.export.period", period=self.period_label()),
            self.say(
                "ui.export.scheme",
                scheme=self.names_of(self.scheme.names),
                version=self.scheme.version,
            ),
            self.say(
                "ui.export.data", moment=fmt.moment(self.committed, self.lang), version=self.version
            ),
            *self.narrowed_by(),
        ]
        return [*lines, self.say("ui.simulated")] if self.simulated else lines

    def narrowed_by(self) -> list[str]:
        """The filters in words, one entry per kind of filter that is set."""
        lines = []
        for name in ("districts", "unit_types", "units", "categories", "channels"):
            codes = getattr(self.view, name)
            if codes:
                listed = self.say("ui.list_comma").join(self.name(code) for code in codes)
                lines.append(
                    self.say("ui.filter_is", filter=self.say(f"ui.filter.{name}"), names=listed)
                )
        return lines


def period_words(period: Period, lang: Lang) -> str:
    """A period in words."""
    key, holes = period.label()
    shown = {
        name: fmt.month(value, lang)
        if name == "month"
        else fmt.day(value, lang)
        if hasattr(value, "year")
        else value
        for name, value in holes.items()
    }
    return say(key, lang, **shown)


def city(version: int, lang: Lang) -> str:
    """The city's name."""
    return read.meta(version).get(f"city_{lang}") or say("ui.city", lang)


def build(view: View) -> Context:
    """Join a view to the data. Unknown schemes and periods fall back to the defaults."""
    version = read.version()
    schemes = read.schemes()
    default = settings().scheme or next(iter(schemes))
    scheme = schemes.get(view.scheme) or schemes.get(default) or next(iter(schemes.values()))
    as_of, committed = read.as_of(version)
    period = _period(view, scheme, as_of)
    compared = {
        "previous": periods.previous,
        "year": periods.year_before,
        "none": lambda _period: None,
    }[view.compare](period)
    return Context(
        view=view,
        scheme=scheme,
        period=period,
        compared=compared,
        as_of=as_of,
        committed=committed,
        version=version,
        simulated=read.meta(version).get("simulated") == "1",
    )


def _period(view: View, scheme: Scheme, as_of: datetime | None) -> Period:
    moment = as_of or datetime.now()
    if view.period:
        try:
            return periods.parse(view.period)
        except ValueError:
            st.toast(say("ui.bad_period", view.lang, value=view.period))
    return periods.last_complete(scheme.period, moment)

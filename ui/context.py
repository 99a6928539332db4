"""Everything a page needs to know, worked out once per run from the view and the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import streamlit as st

from data.coverage import complete_until
from data.scheme_versions import in_force
from data.scoring import default_scheme
from data.settings import settings
from metrics import periods
from metrics.indicators import Bilingual
from metrics.labels import Label
from metrics.periods import Period
from metrics.scheme import Scheme
from metrics.selection import PATH, Selection
from ui import read
from ui.period_code import decode
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
    until: datetime
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

    @cached_property
    def _names(self) -> dict[str, str]:
        """Read once a run: a page asks for hundreds of names."""
        return read.names(self.lang)

    def name(self, code: str | None) -> str:
        """The name of a unit, area, category path or channel in the reader's language."""
        if not isinstance(code, str) or not code:
            return self.say("ui.unnamed")
        found = self._names.get(code)
        if found is not None:
            return found
        for family in ("channel", "unit_type"):
            if knows(f"{family}.{code}", self.lang):
                return say(f"{family}.{code}", self.lang)
        return code.rsplit(PATH, 1)[-1]

    def path_name(self, path: str) -> str:
        """A category path with all its levels: 城市管理 › 市容环卫."""
        levels = path.split(PATH)
        return " › ".join(self.name(PATH.join(levels[: i + 1])) for i in range(len(levels)))

    def names_of(self, texts: Bilingual) -> str:
        """The reader's language out of a scheme's bilingual text."""
        return texts.get(self.lang)

    def period_label(self, period: Period | None = None) -> str:
        """A period in words: 2026年10月, 19 Sep – 18 Oct 2026 …"""
        return period_words(period or self.period, self.lang)

    def short_label(self, period: Period | None) -> str:
        """A period for a sentence: without the span of days that :meth:`period_label` adds."""
        label = (period or self.period).label()
        if label.code == "period.month_span":
            label = Label("period.month", {k: label.params[k] for k in ("year", "month")})
        elif label.code == "period.week":
            label = Label("period.span", {k: label.params[k] for k in ("year", "start", "end")})
        return label.text(lambda code, **holes: say(code, self.lang, **holes))

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
    """A period in words: 2026年10月, week 43 of 2026 (19 Oct – 25 Oct) …"""
    return period.label().text(lambda code, **holes: say(code, lang, **holes))


def city(version: int, lang: Lang) -> str:
    """The city's name."""
    return read.meta(version).get(f"city_{lang}") or say("ui.city", lang)


def build(view: View) -> Context:
    """Join a view to the data. Unknown schemes and periods fall back to the defaults."""
    version = read.version()
    schemes = read.schemes()
    scheme = schemes.get(view.scheme) or schemes[_default_scheme(version, schemes)]
    fresh = read.as_of(version)
    until = complete_until(*fresh) or datetime.now()
    period = _period(view, scheme, until)
    # A scheme changed during the year scores the periods that begin after the change.
    then = in_force(read.versions(), scheme.id, period.start.date())
    if then is not None and then != scheme:
        scheme, period = then, _period(view, then, until)
    return Context(
        view=view,
        scheme=scheme,
        period=period,
        compared=_compared(view, period, until),
        as_of=fresh.created_at,
        committed=fresh.committed_at,
        until=until,
        version=version,
        simulated=read.store().simulated(),
    )


def _default_scheme(version: int, schemes: dict[str, Scheme]) -> str:
    wanted = (settings().scheme, read.meta(version).get("scheme"))
    return default_scheme(schemes, wanted, lambda: read.follows_up(version))


def _period(view: View, scheme: Scheme, until: datetime) -> Period:
    if view.period:
        try:
            return decode(view.period)
        except ValueError:
            st.toast(say("ui.bad_period", view.lang, value=view.period))
    return periods.last_complete(scheme.period, until)


def _compared(view: View, period: Period, until: datetime) -> Period | None:
    """The comparison period; for a period still running the equally long part of it."""
    if view.compare == "none":
        return None
    before = periods.previous(period) if view.compare == "previous" else periods.year_before(period)
    try:
        return periods.to_date(period, until, before)[1]
    except periods.PeriodError:
        return before

"""``cockpit.py publish``: freeze a month's result from the terminal, or list what was published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Annotated

import typer

from commands import terminal as door
from commands.terminal import err, option, out
from data import scheme_versions
from data.coverage import complete_until
from data.published import of_period, published
from data.publishing import PublishError, publish, publish_demo
from data.scoring import shown_first
from data.settings import settings
from data.store import Store, open_store
from metrics import periods
from metrics.periods import Period
from metrics.scheme import Scheme, SchemeError
from ui.publish_words import problem, stamp, title
from words import Lang, say

Asked = tuple[str | None, str | None, str, str, bool]
"""Scheme, month, publisher, note, and whether it corrects what was published."""


def publish_month(
    scheme: Annotated[str | None, option("publish_scheme", "--scheme")] = None,
    period: Annotated[str | None, option("publish_period", "--period")] = None,
    by: Annotated[str, option("publish_by", "--by")] = "",
    note: Annotated[str, option("publish_note", "--note")] = "",
    correct: Annotated[bool, option("publish_correct", "--correct")] = False,
    listing: Annotated[bool, option("publish_list", "--list")] = False,
) -> None:
    """Freeze a month's result, or list what was published."""
    asked = None if listing else (scheme, period, by, note, correct)
    done, said = run(open_store(settings()), door.LANG, asked)
    (out if done else err).print(said, markup=False)
    if not done:
        raise typer.Exit(1)


def run(store: Store, lang: Lang, asked: Asked | None) -> tuple[bool, str]:
    """Publish, or list what was published (``None``); whether it was done, and what to say."""
    if asked is None:
        return True, "\n".join(_listed(store, lang))
    scheme, period, by, note, correct = asked
    try:
        rules, month = _scored_by(store, scheme or shown_first(store).id, period)
        earlier = of_period(published(store), rules.id, month) if correct else []
        if correct and not earlier:
            raise PublishError("nothing_to_correct")
        made = publish(
            store, rules, month, actor=by, note=note,
            corrects=earlier[-1].number if earlier else 0,
        )  # fmt: skip
    except PublishError as error:
        return False, problem(error, lang)
    except SchemeError as error:
        return False, error.label().text(lambda code, **holes: say(code, lang, **holes))
    return True, say("publish.done", lang, title=title(made, lang), stamp=stamp(made, lang))


def demo(store: Store) -> int:
    """Publish a simulated city's months under its default scheme; returns how many."""
    return publish_demo(store, shown_first(store))


def _listed(store: Store, lang: Lang) -> Iterator[str]:
    known = published(store)
    for made in known:
        yield say("publish.line", lang, title=title(made, lang), stamp=stamp(made, lang))
        if made.note:
            yield say("publish.noted", lang, note=made.note)
    if not known:
        yield say("publish.none", lang)


def _scored_by(store: Store, name: str, text: str | None) -> tuple[Scheme, Period]:
    """The month asked for, and the version of the scheme that is in force when it begins."""
    found = scheme_versions.versions(store)
    known = scheme_versions.newest(found)
    if name not in known:
        raise SchemeError("unknown_scheme", name=name, known=", ".join(known))
    month = _month(store, known[name], text)
    rules = scheme_versions.in_force(found, name, month.start.date()) or known[name]
    return rules, _month(store, rules, text)


def _month(store: Store, scheme: Scheme, text: str | None) -> Period:
    """The month of ``2026-10`` or of a day in it; without one the last complete month."""
    if text is None:
        until = complete_until(*store.as_of())
        if until is None:
            raise PublishError("no_data")
        return periods.last_complete(scheme.period, until)
    try:
        # An assessment month is named after the month in which it ends, and its first day is in it.
        day = date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError:
        raise PublishError("bad_month", value=text) from None
    return periods.containing(scheme.period, datetime.combine(day, time()))

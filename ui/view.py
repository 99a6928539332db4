"""What the reader is looking at: language, scheme, period, filters. Kept in the URL.

The view lives in the session and is mirrored to the URL as codes (never as
translated labels), so that a link shows the same thing to somebody else in
their own language. Streamlit drops the query string when a page is changed;
the mirror writes it back.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import streamlit as st

from words import LANGS, Lang

Compare = Literal["previous", "year", "none"]
COMPARES: tuple[Compare, ...] = ("previous", "year", "none")
_VIEW = "_view"
_URL = "_url"
_PAGE = "_mirrored_page"
COOKIE = "cockpit_lang"


@dataclass(frozen=True)
class View:
    """The state of the filter bar. Empty means "everything" or "the default"."""

    lang: Lang = "zh"
    scheme: str = ""
    period: str = ""
    compare: Compare = "previous"
    districts: tuple[str, ...] = ()
    unit_types: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    present: int = 0
    pages: tuple[str, ...] = ()
    theme: str = ""

    @property
    def filtered(self) -> int:
        """How many filters narrow the orders."""
        groups = (self.districts, self.unit_types, self.units, self.categories, self.channels)
        return sum(bool(group) for group in groups)


# Short names for links.
_PARAMS = {
    "lang": "lang", "scheme": "scheme", "period": "p", "compare": "vs",
    "districts": "d", "unit_types": "ut", "units": "u", "categories": "c", "channels": "ch",
    "present": "present", "pages": "pages", "theme": "theme",
}  # fmt: skip


def _browser_language() -> Lang:
    locale = (st.context.locale or "").lower()
    kept = st.context.cookies.get(COOKIE, "")
    if kept in LANGS:
        return kept
    return "zh" if locale.startswith("zh") or not locale else "en"


def parse(params: dict[str, list[str]], fallback: View) -> View:
    """A view from URL parameters; what is absent or unusable keeps the fallback's value."""
    found: dict[str, Any] = {}
    for field in fields(View):
        # No database takes the character NUL.
        values = [v for v in params.get(_PARAMS[field.name], []) if v and "\0" not in v]
        if not values:
            continue
        if isinstance(getattr(fallback, field.name), tuple):
            found[field.name] = tuple(values)
        elif field.name == "present":
            plain = values[0].isdecimal() and len(values[0]) < 6
            found[field.name] = max(5, int(values[0])) if plain else 0
        else:
            found[field.name] = values[0]
    if found.get("present") == 5 and params["present"] == ["1"]:
        found["present"] = 20
    if found.get("lang", "zh") not in LANGS:
        del found["lang"]
    if found.get("compare", "none") not in COMPARES:
        del found["compare"]
    return replace(fallback, **found)


def params(view: View) -> dict[str, str | list[str]]:
    """The URL parameters of a view; defaults are left out, the language is always there."""
    out: dict[str, str | list[str]] = {}
    plain = View()
    for field in fields(View):
        value = getattr(view, field.name)
        if value == getattr(plain, field.name) and field.name != "lang":
            continue
        out[_PARAMS[field.name]] = list(value) if isinstance(value, tuple) else str(value)
    return out


def current() -> View:
    """The view of this session; a first visit and an edited link read it from the URL."""
    url = {name: st.query_params.get_all(name) for name in st.query_params}
    known = st.session_state.get(_VIEW)
    if known is None:
        known = parse(url, View(lang=_browser_language()))
    elif url and url != st.session_state.get(_URL):
        # The reader edited the link, opened another one or went back.
        known = parse(url, View(lang=known.lang))
    st.session_state[_VIEW] = known
    return known


def change(**values: Any) -> None:
    """Change parts of the view (from a widget's callback or a click)."""
    st.session_state[_VIEW] = replace(st.session_state[_VIEW], **values)
    mirror()


def mirror(page: str | None = None) -> None:
    """Write the view to the URL where it differs, and once on every page that is come to.

    A run that replaces the first one of a new ``page`` can still be told the address of the page
    before: it looks right here while the browser has already dropped it.
    """
    wanted = params(st.session_state[_VIEW])
    listed = {k: v if isinstance(v, list) else [v] for k, v in wanted.items()}
    now = {name: st.query_params.get_all(name) for name in st.query_params}
    extra = {k: v for k, v in now.items() if k not in _PARAMS.values()}
    come = page is not None and page != st.session_state.get(_PAGE)
    if come:
        st.session_state[_PAGE] = page
    if come or now != {**extra, **listed}:
        st.query_params.from_dict({**extra, **wanted})
    st.session_state[_URL] = {**extra, **listed}

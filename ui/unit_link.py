"""The way to a unit's profile from anywhere."""

from __future__ import annotations

import streamlit as st

from ui import view as views
from ui.context import Context

UNIT = "unit"
"""The URL parameter that names the unit, on this page as on Rankings."""


def unit_link(ctx: Context, unit: str, *, named: bool = True) -> None:
    """A link to the unit's profile under the filters in force; none in the meeting view.

    ``named``: the link says the unit's name.
    """
    if ctx.view.present:
        return
    name = ctx.say("page.unit.open", unit=ctx.name(unit))
    st.page_link(
        "pages/unit.py",
        label=name if named else ctx.say("page.unit.open_plain"),
        icon=":material/domain:",
        query_params={**views.params(ctx.view), UNIT: unit},
    )

"""Two schemes, or two versions of one, side by side on the same orders."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data.scheme_versions import Version
from metrics.lab import Side, side_by_side
from ui import choice, lab_data, tables
from ui import lab_diff as diff
from ui import lab_state as state
from ui import lab_table as tabled
from ui.context import Context
from ui.lab_result import result
from ui.lab_table import Pair
from ui.panel import download, escape, panel
from ui.tables import Column

WITH = "with"
"""The URL's name for the second version."""


def other(ctx: Context, base: Version, known: dict[str, Version]) -> Version | None:
    """Ask for the version to compare with: by default what a draft was made from, or the next one."""
    options = [code for code in known if code != base.code]
    if not options:
        return None
    default = next((c for c in (base.based_on, _sibling(base, known)) if c in options), options[0])
    code = choice.choose(
        ctx, WITH, options, default, title=ctx.say("page.lab.compare_with"),
        label=lambda code: state.name_of(ctx, known[code]), width=400,
    )  # fmt: skip
    return known[code]


def _sibling(base: Version, known: dict[str, Version]) -> str:
    return next((c for c, one in known.items() if one.id == base.id and c != base.code), "")


def compare(ctx: Context, base: Version, with_: Version, before: Side, group: str) -> None:
    """Definitions that differ, every unit under both, and who is ranked in one only."""
    after = lab_data.side(ctx, state.scheme_of(with_))
    found = side_by_side(before, after)
    pair = Pair(before, after, ctx.say("page.lab.a"), ctx.say("page.lab.b"))
    st.markdown(
        ctx.say(
            "page.lab.a_and_b",
            a=escape(state.name_of(ctx, base)), b=escape(state.name_of(ctx, with_)),
        )
    )  # fmt: skip
    names = [
        ctx.say("page.lab.note.of", name=letter, said=state.name_of(ctx, one))
        for letter, one in ((pair.old_name, base), (pair.new_name, with_))
    ]
    result(ctx, pair, found, group, key="lab-compare", notes=names)
    _winners(ctx, pair, tabled.ranked(found.table, group))
    tabled.apart(ctx, pair, found, group)
    if not ctx.view.present:
        definitions(ctx, base, with_)


def _winners(ctx: Context, pair: Pair, table: pd.DataFrame) -> None:
    """Who gains and who loses most ranks, five of each."""
    known = table[table["rank_change"].fillna(0) != 0].sort_values(
        ["rank_change", "unit"], ascending=[False, True]
    )
    if known.empty:
        return
    for column, (code, mine) in zip(
        st.columns(2, gap="small"),
        (
            ("gain", known[known["rank_change"] > 0].head(5)),
            ("lose", known[known["rank_change"] < 0].iloc[::-1].head(5)),
        ),
        strict=True,
    ):
        with column, panel(ctx.say(f"page.lab.{code}"), key=f"lab-{code}"):
            if mine.empty:
                st.caption(ctx.say("page.lab.nobody_moves"))
            else:
                tabled.show(ctx, pair, mine, key=f"lab-{code}-{ctx.lang}", most=300)


def definitions(ctx: Context, one: Version, two: Version) -> None:
    """What differs between two versions in words, and line by line where they are of one scheme."""
    old, new = state.scheme_of(one), state.scheme_of(two)
    said = [*diff.head(ctx, old, new), *diff.lines(ctx, old, new)]
    title = ctx.say("page.lab.differ", n=len(said)) if said else ctx.say("page.lab.differ_none")
    with panel(title, ctx.say("page.lab.differ_note", a=one.code, b=two.code), key="lab-differ"):
        if not said:
            return
        frame = pd.DataFrame({"line": said})
        shown = [Column("line", ctx.say("page.lab.difference"), "", 1200, text=True)]
        tables.show(
            frame, shown, key=f"lab-differ-{one.code}-{two.code}-{ctx.lang}", alt=title, empty="",
            most=420,
        )  # fmt: skip
        download(
            ctx, frame.rename(columns={"line": shown[0].label}), key="lab-differences",
            notes=[one.code, two.code],
        )  # fmt: skip
        with st.expander(ctx.say("page.lab.line_by_line"), key=f"lab-lines-{ctx.lang}"):
            st.code(
                diff.unified(one.text, two.text, one.code, two.code), language="diff", height=420
            )

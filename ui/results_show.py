"""What the page of published months draws first: the stamp and the frozen table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from data.published import Publication
from data.since import EXACT, Since
from ui import choice, published, tables
from ui import rankings_table as tabled
from ui import rankings_text as text
from ui import view as views
from ui.context import Context
from ui.panel import escape, panel
from ui.period_code import encode
from ui.publish_words import publisher, title
from ui.rankings import SCORE, League
from ui.results_files import downloads
from ui.tables import Cell, Column
from words import format as fmt

UNIT = "unit"
WIDE = {"zh": 118, "en": 190}
"""Width of the bands' names."""
Row = dict[Any, Any]
"""One unit's numbers by column."""


def nothing(ctx: Context) -> None:
    """Nothing was published: what publishing means."""
    with panel(ctx.say("page.results.nothing.title"), key="nothing"):
        st.markdown(ctx.say("page.results.nothing.text"))


def pick_month(ctx: Context, known: Sequence[Publication], made: Publication) -> None:
    """The published months; the choice is the period of the filter bar."""
    labels = {encode(p.period): title(p, ctx.lang) for p in reversed(known)}
    key = f"pick-month-{ctx.lang}"
    st.session_state[key] = encode(made.period)
    if not ctx.view.present:
        st.selectbox(
            ctx.say("page.results.month"), list(labels), format_func=labels.__getitem__, key=key,
            width=330, placeholder=ctx.say("ui.filter.choose"),
            on_change=lambda: views.change(period=st.session_state[key]),
        )  # fmt: skip


def edition(ctx: Context, made: Publication) -> Publication:
    """The publication of the month to look at: the latest, or one that it corrected."""
    versions = {str(p.number): p for p in published.versions(made)}
    chosen = choice.choose(
        ctx, "edition", list(versions), str(made.number),
        title=ctx.say("page.results.edition"),
        label=lambda code: _edition_name(ctx, versions[code]), width=200,
    )  # fmt: skip
    return versions[chosen]


def _edition_name(ctx: Context, made: Publication) -> str:
    key = "correction" if made.correction else "first_edition"
    return ctx.say(f"page.results.{key}", n=made.correction)


def pick_unit(ctx: Context, made: Publication, league: League) -> str:
    """The unit looked at: from the link, the filter or a click; else the one whose score would
    differ most now, else the last in the table."""
    units = [*league.ranked["unit"], *league.apart["unit"]]
    default = league.ranked["unit"].iloc[-1] if len(league.ranked) else units[0]
    moved = published.now(made).rescored
    moved = moved[moved["unit"].isin(units)].dropna(subset="difference")
    if len(moved):
        default = moved["unit"].iloc[int(moved["difference"].abs().to_numpy().argmax())]
    default = next((u for u in ctx.view.units if u in units), default)
    return choice.choose(
        ctx, UNIT, units, default,
        title=ctx.say("page.rankings.choose_unit"), label=ctx.name, width=240,
    )  # fmt: skip


def stamp(ctx: Context, made: Publication) -> None:
    """Under which scheme and data it was frozen, by whom and why; and every version of the month."""
    lang = ctx.lang
    if made.period != ctx.period:
        other = ctx.say(
            "page.results.other_period",
            period=ctx.period_label(), shown=ctx.period_label(made.period),
        )  # fmt: skip
        st.info(escape(other), icon=":material/event_busy:")
    line = ctx.say(
        "page.results.stamp",
        scheme=made.scheme.names.get(lang), version=made.scheme.version, data=made.data_version,
        by=publisher(made, lang), moment=fmt.moment(made.moment, lang), number=made.number,
    )  # fmt: skip
    seal = ctx.say("page.results.fingerprint", fingerprint=made.fingerprint)
    versions = published.versions(made)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="stamp"):
        badge = f":violet-badge[:material/lock: {escape(ctx.say('page.results.frozen'))}] "
        if made.correction:
            again = ctx.say("page.results.correction", n=made.correction)
            badge += f":orange-badge[{escape(again)}] "
        if made.number != versions[-1].number:
            badge += f":orange-badge[{escape(ctx.say('page.results.superseded'))}] "
        st.markdown(f"{badge}:small[{escape(line)} · :gray[{escape(seal)}]]", width="content")
        if len(versions) > 1 and not ctx.view.present:
            with st.popover(
                ctx.say("page.results.versions", n=len(versions)), key=f"versions-{lang}"
            ):
                for one in versions:
                    st.markdown(_version(ctx, one))
    if made.note:
        st.caption(escape(ctx.say("page.results.note", note=made.note)))


def _version(ctx: Context, made: Publication) -> str:
    line = ctx.say(
        "page.results.version",
        title=title(made, ctx.lang), by=publisher(made, ctx.lang), number=made.number,
        moment=fmt.moment(made.moment, ctx.lang), data=made.data_version,
    )  # fmt: skip
    note = ctx.say("page.results.note", note=made.note) if made.note else ""
    return f"{escape(line)}  \n:gray[{escape(note)}]" if note else escape(line)


# -- the table -------------------------------------------------------------------------
def table(ctx: Context, made: Publication, league: League, chosen: str) -> None:
    """The frozen league table with bands, and beside it what each score would be now."""
    found = published.now(made)
    changed = found.changed
    mine = changed[changed["group"] == league.group]
    with panel(_finding(ctx, made, league), _now_line(ctx, found, mine), key="frozen"):
        detail = not ctx.view.present and st.toggle(
            ctx.say("page.rankings.detail"), key=f"frozen-detail-{ctx.lang}"
        )
        plain = tabled.columns(ctx, league, detail=detail)
        shown = [*plain[:4], *_own_columns(ctx, made), *plain[4:]]
        cells = _cells(ctx, made, league.ranked, plain, found)
        units = league.ranked["unit"].tolist()

        def choose(row: int | None) -> None:
            choice.keep(UNIT, None if row is None else units[row])

        tables.show(
            cells, shown, key=f"frozen-{made.number}-{league.group}-{ctx.lang}", strong=(SCORE,),
            alt=ctx.say("page.rankings.table_alt", group=text.group_name(ctx, league.group)),
            empty=ctx.say("page.rankings.none"), most=560,
            selected=units.index(chosen) if chosen in units else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        st.markdown(f":small[**{ctx.say('page.rankings.total_title')}**]")
        total = tabled.cells(ctx, tabled.total(league), plain).assign(bands="", now="")
        tables.show(
            total, shown if ctx.view.present else tabled.total_columns(shown),
            key=f"frozen-total-{league.group}-{ctx.lang}",
            alt=ctx.say("page.rankings.total_title"), empty=ctx.say("page.rankings.none"),
        )  # fmt: skip
        notes = _notes(ctx, made, league)
        st.caption("  \n".join(escape(line) for line in notes))
        downloads(ctx, made, league, plain, found, notes)


def _finding(ctx: Context, made: Publication, league: League) -> str:
    best = league.ranked[league.ranked["rank"] == 1]
    if best.empty:
        return ctx.say("page.rankings.finding.nobody")
    comma = ctx.say("ui.list_comma")
    return ctx.say(
        "page.results.finding",
        period=ctx.short_label(made.period), group=text.group_name(ctx, league.group),
        units=comma.join(ctx.name(u) for u in best["unit"][:2]),
        score=fmt.number(best[SCORE].iloc[0], ctx.lang, 2), n=len(league.ranked),
        total=fmt.number(league.total[SCORE], ctx.lang, 2),
    )  # fmt: skip


def _now_line(ctx: Context, found: Since, mine: pd.DataFrame) -> str:
    if found.changed.empty:
        return ctx.say("page.results.same", moment=fmt.moment(ctx.as_of, ctx.lang))
    if mine.empty:
        return ctx.say("page.results.same_group")
    far = mine.iloc[int(mine["difference"].abs().fillna(0).to_numpy().argmax())]
    return ctx.say(
        "page.results.differs",
        n=int(mine["unit"].isin(found.rescored["unit"]).sum()), moved=int((mine["places"].fillna(0) != 0).sum()),
        orders=int(mine["orders"].sum()), unit=ctx.name(far["unit"]),
        most=fmt.signed(far["difference"], ctx.lang, 2),
    )  # fmt: skip


def _own_columns(ctx: Context, made: Publication) -> list[Column]:
    out = [Column("now", ctx.say("page.results.now"), ctx.say("page.results.now_help"), 172)]
    if made.scheme.bands:
        named = Column("bands", ctx.say("page.results.band"), "", WIDE[ctx.lang], text=True)
        out.insert(0, named)
    return out


def _cells(
    ctx: Context, made: Publication, table_: pd.DataFrame, plain: list[Column], found: Since
) -> pd.DataFrame:
    out = tabled.cells(ctx, table_, plain)
    names = {band.id: ctx.names_of(band.names) for band in made.scheme.bands}
    bands = published.result(made).bands
    comma = ctx.say("ui.list_comma")
    later = found.units.set_index("unit").to_dict("index")
    out["bands"] = [
        comma.join(names[b] for b in bands.loc[bands["unit"] == unit, "band"] if b in names)
        for unit in table_["unit"]
    ]
    now = [_now(ctx, later[unit]) for unit in table_["unit"]]
    out["now"] = pd.Series(now, index=out.index, dtype="object")
    return out


def _now(ctx: Context, row: Row) -> Any:
    """What a score would be now: the same, or score, difference and place."""
    if pd.isna(row["score_now"]):
        return ctx.say("page.results.no_score_now")
    score = fmt.number(row["score_now"], ctx.lang, 2)
    if row["group"] != row["group_now"]:
        return Cell(row["score_now"], ctx.say("page.results.other_group", score=score))
    moved = 0 if pd.isna(row["places"]) else int(row["places"])
    if abs(row["difference"]) <= EXACT and not moved:
        return Cell(row["score_now"], ctx.say("page.results.no_change"), ctx.colours.muted)
    told = [fmt.signed(row["difference"], ctx.lang, 2)] if abs(row["difference"]) > EXACT else []
    if moved:
        told.append(ctx.say("page.results.place", rank=int(row["rank_now"])))
    colour = ctx.colours.good if row["difference"] > EXACT else ctx.colours.bad
    colour = colour if abs(row["difference"]) > EXACT else ctx.colours.muted
    return Cell(row["score_now"], f"{score} ({', '.join(told)})", colour)


def _notes(ctx: Context, made: Publication, league: League) -> list[str]:
    out = [ctx.say("page.rankings.note.interval"), ctx.say("page.results.filters_ignored")]
    small = int(league.ranked["small"].sum())
    if small:
        out.append(ctx.say("page.rankings.note.small", count=small, n=made.scheme.minimum_n))
    if len(league.apart):
        comma = ctx.say("ui.list_comma")
        names = comma.join(ctx.name(u) for u in league.apart["unit"][:8])
        out.append(ctx.say("page.results.apart", n=len(league.apart), names=names))
    if made.nobody:
        n = fmt.number(made.nobody, ctx.lang)
        out.append(ctx.say("page.rankings.note.nobody", n=n))
    return out

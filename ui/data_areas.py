"""Areas on the Data page: what has boundaries and from where, an import, orders that lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from data.area_layers import LEVELS
from data.boundaries.explain import datum_name, repair_words
from ui import data_areas_reads as reads
from ui.context import Context
from ui.data_areas_file import importing
from ui.data_areas_placed import elsewhere
from ui.panel import download, no_data, panel
from words import format as fmt


def boundaries(ctx: Context) -> None:
    """The whole part."""
    levels = reads.levels(ctx.version)
    _held(ctx, levels)
    importing(ctx)
    drawn = levels.loc[levels["drawn"] > 0, "level"].tolist()
    elsewhere(ctx, [level for level in LEVELS if level in drawn])


def _held(ctx: Context, levels: pd.DataFrame) -> None:
    with panel(ctx.say("page.data.areas.held"), ctx.say("page.data.areas.held_note"), key="areas"):
        if levels.empty:
            no_data(ctx, "page.data.areas.no_levels")
            return
        table = pd.DataFrame(
            {
                ctx.say("page.data.areas.level"): [
                    ctx.say(f"boundaries.level.{level}") for level in levels["level"]
                ],
                ctx.say("page.data.areas.n"): levels["n"].to_numpy(),
                ctx.say("page.data.areas.drawn"): levels["drawn"].to_numpy(),
            }
        )
        st.dataframe(table, hide_index=True, alt=ctx.say("page.data.areas.held_note"))
        origins = reads.origins(ctx.version)
        if len(origins):
            title = ctx.say("page.data.areas.origins", n=fmt.number(len(origins), ctx.lang))
            with st.expander(title, key="areas-origins"):
                shown = readable(ctx, origins)
                st.dataframe(shown, hide_index=True, height=300, alt=title)
                download(ctx, shown, key="boundaries")


def readable(ctx: Context, origins: pd.DataFrame) -> pd.DataFrame:
    """Where boundaries came from, in words."""
    columns: dict[str, Iterable[Any]] = {
        "area": [ctx.name(code) for code in origins["area"]],
        "level": [ctx.say(f"boundaries.level.{level}") for level in origins["level"]],
        "named_in_file": origins["named"],
        "code": origins["code"].fillna(""),
        "km2": origins["km2"].round(1),
        "datum": [datum_name(str(d), ctx.lang) for d in origins["datum"]],
        "repairs": [
            repair_words(codes.split(";"), ctx.lang) if isinstance(codes, str) else ""
            for codes in origins["repairs"]
        ],
        "file": origins["file_name"],
    }
    return pd.DataFrame(
        {ctx.say(f"page.data.areas.{name}"): list(values) for name, values in columns.items()}
    )

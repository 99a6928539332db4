"""Export of all listed orders: made when asked for, with progress, and handed out until asked anew."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from data import orders
from ui import read
from ui.context import Context
from ui.orders_files import CSV_ROWS, EXPORTED, XLSX_ROWS, ZIP_ABOVE, write_csv, write_xlsx
from ui.orders_list import drill_name, naming
from ui.orders_query import Query
from ui.period_code import encode
from ui.words_of import words_of
from words import format as fmt

_MADE = "_orders_export"
MIME = {
    "csv": "text/csv",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass
class Made:
    """A file made for this session; it is removed together with the session."""

    key: str
    rows: int = 0
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="cockpit-")))
    name: str = ""

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / self.name


def export(ctx: Context, query: Query, total: int) -> None:
    """Buttons that make a CSV or XLSX of everything listed, then hand it out."""
    if ctx.view.present or not total:
        return
    key = f"{query.key}|{ctx.lang}|{ctx.version}|{ctx.period}|{query.everywhere}"
    with st.container(
        horizontal=True, vertical_alignment="center", key="orders-export", gap="small"
    ):
        st.markdown(
            ctx.say("page.orders.export.title", n=fmt.number(total, ctx.lang)), width="content"
        )
        wanted = [kind for kind in ("csv", "xlsx") if _button(ctx, kind, total)]
    if wanted:
        _make(ctx, query, total, wanted[0], key)
    made: Made | None = st.session_state.get(_MADE)
    if made is not None and made.key == key and made.path.exists():
        st.download_button(
            ctx.say("page.orders.export.ready", name=made.name, n=fmt.number(made.rows, ctx.lang)),
            data=made.path.read_bytes,
            file_name=made.name,
            mime=MIME[made.path.suffix[1:]],
            icon=":material/download:",
            type="primary",
            key="orders-export-ready",
            on_click="ignore",
        )


def _button(ctx: Context, kind: str, total: int) -> bool:
    most = {"csv": CSV_ROWS, "xlsx": XLSX_ROWS}[kind]
    over = total > most
    key = "page.orders.export.too_many" if over else f"page.orders.export.{kind}_help"
    return st.button(
        ctx.say(f"page.orders.export.{kind}"),
        key=f"orders-export-{kind}",
        disabled=over,
        icon=":material/table_view:" if kind == "xlsx" else ":material/csv:",
        help=ctx.say(key, most=fmt.number(most, ctx.lang), n=fmt.number(total, ctx.lang)),
    )


def _make(ctx: Context, query: Query, total: int, kind: str, key: str) -> None:
    st.session_state.pop(_MADE, None)
    zipped = kind == "csv" and total > ZIP_ABOVE
    made = Made(key)
    made.name = f"orders-{encode(ctx.period).replace(':', '-')}.{'zip' if zipped else kind}"
    bar = st.progress(0.0, ctx.say("page.orders.export.working"))

    def told(rows: int) -> None:
        bar.progress(
            min(rows / total, 1.0),
            ctx.say(
                "page.orders.export.progress",
                done=fmt.number(rows, ctx.lang), n=fmt.number(total, ctx.lang),
            ),
        )  # fmt: skip

    batches = orders.stream(read.store(), query.condition, query.search or None, EXPORTED)
    head, name = circumstances(ctx, query), naming(ctx)
    if kind == "xlsx":
        made.rows = write_xlsx(made.path, batches, head, ctx.lang, name, told)
    else:
        made.rows = write_csv(made.path, batches, head, ctx.lang, name, told, zipped=zipped)
    bar.empty()
    st.session_state[_MADE] = made


def circumstances(ctx: Context, query: Query) -> list[str]:
    """What the file says about itself: filters, condition, search, data time, scheme."""
    lines = ctx.circumstances()
    if query.everywhere:
        lines.append(ctx.say("page.orders.export.everywhere"))
    if query.drill is not None:
        words = words_of(query.drill.condition, ctx.lang, naming(ctx))
        name = drill_name(ctx, query.drill)
        lines.append(
            ctx.say("page.orders.export.condition", words=f"{name} ({words})" if name else words)
        )
    if query.search:
        lines.append(ctx.say("page.orders.export.search", words=query.search))
    return lines

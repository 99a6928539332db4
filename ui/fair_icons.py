"""The icons of the matrix: our own drawings in the reader's colours, told apart by shape and letter.

After NHS England's "Making Data Count": a variation icon (has the unit changed
against its own past?) and an assurance icon (will it meet its target?).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from ui.context import Context
from ui.theme import Palette

VARIATION = ("improving", "concerning", "neither", "common", "too_few")
ASSURANCE = ("passes", "fails", "hits_or_misses", "no_target", "too_few")
_SHAPES = {
    "disc": '<circle cx="12" cy="12" r="10.5"/>',
    "diamond": '<path d="M12 .5 23.5 12 12 23.5 .5 12Z"/>',
    "square": '<rect x="2" y="2" width="20" height="20" rx="5"/>',
    "triangle": '<path d="M12 1 23.5 22.5H.5Z"/>',
    "wave": '<circle cx="12" cy="12" r="9.5"/><path d="M5.5 13.5c2-5 4-5 6 -1.5s4 3.500 6.500 -1.500"/>',
    "dashed": '<circle cx="12" cy="12" r="9.5" stroke-dasharray="3 3"/>',
    "frame": '<rect x="2.500" y="2.500" width="19" height="19" rx="5"/>',
}
_LOOK = {
    "improving": ("disc", "good"), "concerning": ("diamond", "bad"), "neither": ("square", "other"),
    "common": ("wave", "plain"), "too_few": ("dashed", "plain"),
    "passes": ("square", "good"), "fails": ("triangle", "bad"),
    "hits_or_misses": ("frame", "plain"), "no_target": ("dashed", "plain"),
}  # fmt: skip

_COMPONENT = st.components.v2.component(
    "cockpit_icon_matrix",
    html="<div id='matrix'></div>\n",
    css="#matrix { width: 100%; }\n:host { display: block; }\n",
    js="""
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('#matrix');
  if (root.dataset.shown !== data.html) {
    root.innerHTML = data.html;
    root.dataset.shown = data.html;
  }
  root.onclick = (event) => {
    const row = event.target.closest('[data-unit]');
    if (row && data.live) setTriggerValue('unit', row.dataset.unit);
  };
}
""",
)


@dataclass(frozen=True)
class Icon:
    """One icon: a code of :data:`VARIATION` or :data:`ASSURANCE`, and the letter inside it."""

    code: str
    letter: str = ""


@dataclass(frozen=True)
class Square:
    """One cell: its icons, the value beside them and what the pointer is told."""

    icons: tuple[Icon, ...]
    value: str
    tip: str


@dataclass(frozen=True)
class Row:
    """One unit with a cell per rate (``None``: no data)."""

    unit: str
    name: str
    cells: tuple[Square | None, ...]
    chosen: bool = False


def letter(ctx: Context, code: str, *, high: bool) -> str:
    """The letter of an icon: high or low for a change, met or missed for a target."""
    if code in ("improving", "concerning", "neither"):
        return ctx.say("board.signs.high_side" if high else "board.signs.low_side")
    if code in ("passes", "fails", "hits_or_misses"):
        return ctx.say(f"board.signs.letter.{code}")
    return ""


def drawing(icon: Icon) -> str:
    """One icon as SVG (colours come from the style sheet)."""
    shape, look = _LOOK[icon.code]
    place, size = (20.5, 14) if shape == "triangle" else (16.8, 13)
    inside = (
        f'<text x="12" y="{place}" font-size="{size}">{escape(icon.letter)}</text>'
        if icon.letter
        else ""
    )
    return f'<svg class="i {look} {shape}" viewBox="0 0 24 24" aria-hidden="true">{_SHAPES[shape]}{inside}</svg>'


def matrix_html(
    rates: Sequence[str],
    rows: Sequence[Row],
    colours: Palette,
    *,
    blocks: int,
    large: bool,
    empty: str,
    label: str,
) -> str:
    """The matrix: blocks of rows side by side, as many as fit the width.

    ``rates``: the headings. ``empty`` stands where a unit has no data; ``label`` is read out.
    """
    each = max(1, -(-len(rows) // max(blocks, 1)))
    parts = [rows[k : k + each] for k in range(0, len(rows), each)]
    wide = (190 if large else 150) + len(rates) * (128 if large else 100)
    plain = len(rates) > 4  # too many for the values to be read: the pointer has them
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in rates)
    tables = "".join(
        f"<table><thead><tr><th></th>{head}</tr></thead><tbody>"
        + "".join(_row(row, empty, plain=plain) for row in part)
        + "</tbody></table>"
        for part in parts
    )
    size = "large" if large else "small"
    return (
        f"{_style(colours, wide if not plain else 170 + len(rates) * 62)}"
        f"<div class='blocks {size}' role='group' aria-label='{escape(label)}'>{tables}</div>"
    )


def _row(row: Row, empty: str, *, plain: bool) -> str:
    cells = "".join(_cell(cell, empty, plain=plain) for cell in row.cells)
    chosen = " class='chosen'" if row.chosen else ""
    name = escape(row.name)
    button = f"<button type='button' title='{name}'>{name}</button>"
    return f"<tr data-unit='{escape(row.unit)}'{chosen}><th scope='row'>{button}</th>{cells}</tr>"


def _cell(cell: Square | None, empty: str, *, plain: bool) -> str:
    if cell is None:
        return f"<td class='none'>{escape(empty)}</td>"
    value = "" if plain else f"<span>{escape(cell.value)}</span>"
    tip = escape(cell.tip)
    icons = "".join(map(drawing, cell.icons))
    return f"<td title='{tip}'><div role='img' aria-label='{tip}'>{icons}{value}</div></td>"


def legend_html(items: Sequence[tuple[Icon, str]], colours: Palette) -> str:
    """What each icon means."""
    listed = "".join(f"<li>{drawing(icon)}<span>{escape(text)}</span></li>" for icon, text in items)
    return f"{_style(colours, 0)}<ul class='legend'>{listed}</ul>"


def show(html: str, *, key: str, live: bool, on_unit: Callable[[str], None]) -> None:
    """Draw it. ``live``: a click on a row tells ``on_unit`` its unit."""

    def clicked() -> None:
        found = st.session_state[key].get("unit")
        if found:
            on_unit(str(found))

    _COMPONENT(data={"html": html, "live": live}, key=key, on_unit_change=clicked)


def _style(colours: Palette, wide: int) -> str:
    return f"""<style>
.blocks {{ display:grid; grid-template-columns:repeat(auto-fit,minmax(min(100%,{wide}px),1fr));
  gap:4px 26px; align-items:start; color:{colours.text}; }}
table {{ border-collapse:collapse; width:100%; table-layout:fixed; }}
thead th {{ font-weight:400; color:{colours.muted}; font-size:.86em; text-align:left;
  padding:2px 4px; border-bottom:1px solid {colours.grid}; vertical-align:bottom; }}
thead th:first-child {{ width:36%; }}
tbody tr {{ border-bottom:1px solid {colours.grid}; }}
.small tbody tr {{ height:28px; font-size:.9em; }}
.large tbody tr {{ height:46px; font-size:1.12em; }}
tbody tr:hover, tr.chosen {{ background:{colours.grid}55; }}
tbody th {{ font-weight:400; text-align:left; overflow:hidden; }}
tr.chosen th {{ box-shadow:inset 3px 0 0 {colours.accent}; }}
button {{ all:unset; cursor:pointer; display:block; width:100%; white-space:nowrap; overflow:hidden;
  text-overflow:ellipsis; padding:0 6px; box-sizing:border-box; }}
button:focus-visible {{ outline:2px solid {colours.accent}; }}
td {{ padding:1px 4px; }} td div {{ display:flex; align-items:center; gap:5px; }}
td.none {{ color:{colours.muted}; }}
td span {{ font-variant-numeric:tabular-nums; white-space:nowrap; }}
.i {{ width:20px; height:20px; flex:none; }} .large .i {{ width:30px; height:30px; }}
.i text {{ text-anchor:middle; font-weight:700; font-family:inherit; }}
.good {{ fill:{colours.good}; }} .bad {{ fill:{colours.bad}; }} .other {{ fill:{colours.series[6]}; }}
.good text, .bad text, .other text {{ fill:{colours.line}; }}
.plain {{ fill:none; stroke:{colours.neutral}; stroke-width:1.6; }}
.plain text {{ fill:{colours.muted}; stroke:none; }}
@media (max-width: 640px) {{
  thead th:first-child {{ width:30%; }} .small tbody tr {{ font-size:.8em; }}
  td, thead th {{ padding:1px 2px; }} td div {{ gap:2px; }} .i {{ width:17px; height:17px; }}
}}
.legend {{ display:flex; flex-wrap:wrap; gap:6px 20px; list-style:none; margin:0; padding:0;
  color:{colours.muted}; font-size:.88em; }}
.legend li {{ display:flex; align-items:center; gap:6px; }}
</style>"""

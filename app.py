"""What a browser opens: who is asking, in which language, on which page. Nothing else."""

from __future__ import annotations

import streamlit as st

from ui import present, view
from ui.header import keep_language
from ui.live import watch
from ui.page import STARTED
from ui.pages import GROUPS, PAGES
from words import say

here = view.current()
st.set_page_config(
    page_title=say("ui.product", here.lang),
    page_icon="static/favicon.png",
    layout="wide",
    initial_sidebar_state="collapsed",
)
shown = {
    page: st.Page(
        f"pages/{page.name}.py",
        title=say(f"page.{page.name}.title", here.lang),
        icon=page.icon,
        url_path=page.name,
        default=page is PAGES[0],
        help=say(f"page.{page.name}.help", here.lang),
    )
    for page in PAGES
}
menus = {
    say(f"ui.nav.{group}", here.lang) if group else "": [
        entry for page, entry in shown.items() if page.group == group
    ]
    for group in ("", *GROUPS)
}
chosen = st.navigation(
    {title: entries for title, entries in menus.items() if entries},
    position="hidden" if here.present else "top",
)
keep_language()
watch()
present.rotate(here, chosen.url_path)
st.session_state[STARTED] = True
chosen.run()
view.mirror(chosen.url_path)

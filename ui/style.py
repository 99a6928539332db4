"""The few rules that the theme file has no options for: margins, filled cards, narrow screens."""

from __future__ import annotations

from ui.theme import Palette


def style(colours: Palette) -> str:
    """A style element for the top of a page."""
    return f"""<style>
.stMainBlockContainer {{ padding: 3.7rem 1.4rem 1rem; max-width: none; }}
.stMainBlockContainer > div > .stVerticalBlock {{ gap: 0.7rem; }}
.st-key-header h1 {{ padding: 0; }}
.st-key-title {{ align-items: baseline !important; }}
[class*="st-key-panel-"], [class*="st-key-finding-"], [data-testid="stMetric"]
  {{ background: {colours.panel}; }}
[class*="st-key-finding-"] {{ border-left: 3px solid {colours.accent}; }}
@media (max-width: 640px) {{
  .stMainBlockContainer {{ padding: 3.7rem 0.8rem 1rem; }}
  [class*="st-key-wide-only-"] {{ display: none; }}
  .st-key-filters > div {{ flex: 1 1 42%; min-width: 42%; }}
}}
</style>"""

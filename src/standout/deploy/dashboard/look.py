"""The one visual language, in Streamlit's terms: its settings from the design tokens, and the style sheet of our own pieces."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from standout.evaluate.report.theme import DARK, FONT, LIGHT, MONO, paired, shared_style

TOKENS = {
    "primaryColor": "focus",  # the accent is kept for what stands out: a button never wears it
    "backgroundColor": "ground",
    "secondaryBackgroundColor": "soft",
    "textColor": "ink",
    "borderColor": "line",
    "linkColor": "focus",
    "codeBackgroundColor": "soft",
}


def options() -> dict[str, Any]:
    """Streamlit's settings: light and dark from the tokens, nothing sent home, no developer's tools."""
    found: dict[str, Any] = {
        f"theme.{mode}.{name}": tokens[token]
        for mode, tokens in (("light", LIGHT), ("dark", DARK))
        for name, token in TOKENS.items()
    }
    return found | {
        "theme.font": FONT,
        "theme.headingFont": FONT,
        "theme.codeFont": MONO,
        "theme.baseRadius": "0.4rem",
        "theme.showWidgetBorder": True,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.runOnSave": False,
        "global.developmentMode": False,
    }


@cache
def style() -> str:
    """The style sheet: tokens, what report and dashboard share, and the dashboard's own; rules reach no further than the page.

    Nested under the page's element, since Streamlit's own rules for lists and paragraphs are stronger than a lone class.
    """
    own = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return f"<style>{paired()}.stApp{{{shared_style()}{own}}}</style>"


def tokens(dark: bool) -> dict[str, str]:
    """The tokens of one mode, for figures whose colours are numbers."""
    return dict(DARK if dark else LIGHT)

"""The one visual language: design tokens that every page, picture and plot of Standout takes its look from.

A calm neutral ground; one accent, kept for what stands out; Okabe and Ito's colours, which colour-blind people tell apart, for
kinds. Text has a contrast of 4.5 and marks of 3 against what they stand on, in light and in dark; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "ground": "#f6f6f3",
        "sheet": "#ffffff",
        "soft": "#eeeeea",
        "line": "#d9d9d3",
        "ink": "#1d2024",
        "quiet": "#5a5f66",
        "mark": "#7f858e",
        "band": "#d3d7dc",
        "accent": "#d55e00",
        "accent-ink": "#ad4700",
        "accent-soft": "#fbeadd",
        "focus": "#0072b2",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "ground": "#141619",
        "sheet": "#1c1f23",
        "soft": "#26292e",
        "line": "#3a3e45",
        "ink": "#eceae6",
        "quiet": "#a9aeb6",
        "mark": "#7f868f",
        "band": "#434952",
        "accent": "#ff8a3c",
        "accent-ink": "#ffa263",
        "accent-soft": "#3b271a",
        "focus": "#56b4e9",
    }
)

KINDS: tuple[str, ...] = ("#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#d55e00", "#000000")
"""Okabe and Ito 2008, colours for kinds, in the order to use them; vermilion, which is the accent, comes late."""

FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'
MONO = 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace'


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2.2, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def variables() -> str:
    """The tokens as CSS: light by default, dark where the system or the reader asks for it, light again for print."""
    light, dark = (";".join(f"--{k}:{v}" for k, v in tokens.items()) for tokens in (LIGHT, DARK))
    return (
        f":root{{color-scheme:light;--font:{FONT};--mono:{MONO};{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}"
    )


def paired() -> str:
    """The tokens as CSS for a page that sets light or dark by `color-scheme` on an element of its own, as the dashboard does."""
    pairs = ";".join(f"--{k}:light-dark({LIGHT[k]},{DARK[k]})" for k in LIGHT)
    return f":root{{--font:{FONT};--mono:{MONO};{pairs}}}"


@cache
def shared_style() -> str:
    """The rules that report and dashboard share: facts, tags, meters, empty states."""
    return Path(__file__).with_name("shared.css").read_text(encoding="utf-8").replace("\n", "")

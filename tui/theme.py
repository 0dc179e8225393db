"""Themes: dark, light, and the terminal's 16 colors. No information depends on color alone."""

from __future__ import annotations

from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

DARK: Final = "drumbeat-dark"
LIGHT: Final = "drumbeat-light"
SIXTEEN: Final = "drumbeat-16"

THEMES: Final = (
    Theme(
        DARK,
        primary="#7fb4ca",
        secondary="#54788c",
        accent="#e6c384",
        warning="#ffa066",
        error="#ff5d62",
        success="#98bb6c",
        foreground="#dcdcdc",
        background="#16161d",
        surface="#1f1f28",
        panel="#2a2a37",
        dark=True,
    ),
    Theme(
        LIGHT,
        primary="#2d5f7a",
        secondary="#54788c",
        accent="#8a5a00",
        warning="#a04a00",
        error="#b3202a",
        success="#3c6e1f",
        foreground="#1c1c1c",
        background="#fafafa",
        surface="#f0f0f0",
        panel="#e2e2e2",
        dark=False,
    ),
    Theme(
        SIXTEEN,
        primary="ansi_cyan",
        secondary="ansi_blue",
        accent="ansi_yellow",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        ansi=True,
        variables=BUILTIN_THEMES["ansi-dark"].variables,
    ),
)


def theme_for(color_system: str | None, *, colourless: bool) -> str:
    """The initial theme, depending on the terminal and NO_COLOR."""
    return SIXTEEN if colourless or color_system == "standard" else DARK

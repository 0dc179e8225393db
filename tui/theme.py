"""Themes: dark, light, and the terminal's 16 colors. No information depends on color alone.

The theme that was chosen last is remembered in `screen.toml` beside the keymap.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

import tomli_w
from textual.theme import BUILTIN_THEMES, Theme

from common.toml import parse_toml

DARK: Final = "drumbeat-dark"
LIGHT: Final = "drumbeat-light"
SIXTEEN: Final = "drumbeat-16"
FILE: Final = "screen.toml"
_THEME: Final = "theme"

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


class PreferencesWrong(Exception):
    """The preferences cannot be read or saved; the message names file, reason and remedy."""


def read_theme(path: Path, known: Collection[str]) -> str | None:
    """The last chosen theme; None if there is none. Raises PreferencesWrong."""
    try:
        kept = parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PreferencesWrong(f"{path} cannot be read: {error}. Fix it or delete it.") from error
    theme = kept.get(_THEME)
    if theme is not None and theme not in known:
        raise PreferencesWrong(f"{path}: {_THEME} is {theme!r}. Use one of {', '.join(known)}.")
    return theme


def keep_theme(path: Path, theme: str) -> None:
    """Save a theme. Raises PreferencesWrong."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(tomli_w.dumps({_THEME: theme}), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise PreferencesWrong(
            f"The theme is not remembered: {path} cannot be written ({error.strerror})."
        ) from error

"""What the screen remembers of how it is liked: `screen.toml` beside the keymap."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

import tomli_w

from common.toml import parse_toml

FILE: Final = "screen.toml"
_THEME: Final = "theme"


class PreferencesWrong(Exception):
    """They cannot be read or kept; the message names file, reason and remedy."""


def read_theme(path: Path, known: Collection[str]) -> str | None:
    """The theme that was chosen last; None if none was. Raises PreferencesWrong."""
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
    """Remember a theme. Raises PreferencesWrong."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(tomli_w.dumps({_THEME: theme}), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise PreferencesWrong(
            f"The theme is not remembered: {path} cannot be written ({error.strerror})."
        ) from error

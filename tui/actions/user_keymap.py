"""The user's own keys: `keys.toml` in the configuration directory, `id = "key,key"`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Final

from textual.keys import Keys, key_to_character

from common.toml import parse_toml
from tui.actions.registry import ACTIONS, Action

FILE: Final = "keys.toml"
_NAMED: Final = frozenset(str(key.value) for key in Keys)
_BEFORE: Final = ("ctrl", "shift")
_APART: Final = frozenset(
    {
        *("confirm", "search", "help", "choice", "editor", "line", "path"),
        *("copying", "reading", "step", "preview"),
    }
)
"""Scopes that have the keyboard to themselves."""
_EVERYWHERE: Final = frozenset({"app", "list", "table", "life", "tabs", "enroll"})
"""Scopes that are active in addition to the page's own."""


class KeymapWrong(Exception):
    """The keymap is invalid; the message names file, action, key and remedy."""


def read_keymap(path: Path, actions: Iterable[Action] = ACTIONS) -> dict[str, str]:
    """The keys that the file gives to actions, as Textual takes them; empty without a file.

    Raises KeymapWrong for an invalid file, for unknown actions and keys, for a key that two actions
    in one place would share, and for a letter on an action that works while typing.
    """
    try:
        written = parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise KeymapWrong(f"{path} cannot be read: {error}. Fix it or delete it.") from error
    known = {one.id: one for one in actions}
    keymap: dict[str, str] = {}
    for action_id, keys in written.items():
        if action_id not in known:
            raise KeymapWrong(f"{path}: there is no action {action_id!r}.{_near(action_id, known)}")
        if not isinstance(keys, str) or not keys.strip():
            raise KeymapWrong(
                f'{path}: {action_id} needs keys as text, like {action_id} = "x" or "x,ctrl+x".'
            )
        split = [part.strip() for part in keys.split(",")]
        for key in split:
            _check(path, known[action_id], key)
        keymap[action_id] = ",".join(split)
    _check_clashes(path, tuple(known.values()), keymap)
    return keymap


def _check(path: Path, action: Action, key: str) -> None:
    *before, last = key.split("+") if len(key) > 1 else [key]
    named = len(last) == 1 or last in _NAMED or key_to_character(last) is not None
    if not named or not set(before) <= set(_BEFORE) or key.startswith("alt+"):
        raise KeymapWrong(
            f"{path}: {action.id} = {key!r} is not a key that works in every terminal. Use a"
            " character, a name like space, enter or home, or ctrl+ and a letter."
        )
    if action.priority and "ctrl" not in before:
        raise KeymapWrong(
            f"{path}: {action.id} = {key!r} could then not be typed in text fields. Use ctrl+ and"
            " a letter."
        )


def _check_clashes(path: Path, actions: tuple[Action, ...], keymap: Mapping[str, str]) -> None:
    """Check only what the user changed."""
    for one, other in combinations(actions, 2):
        changed = {one.id, other.id} & set(keymap)
        both = same_keys(one, other, keymap) if changed else set()
        if both:
            raise KeymapWrong(
                f"{path}: {one.id} and {other.id} would both use {min(both)!r}. Give one of them"
                " another key."
            )


def same_keys(one: Action, other: Action, keymap: Mapping[str, str]) -> set[str]:
    """The keys that two different actions would share where both are offered."""
    scopes = {*one.where, *other.where}
    meet = set(one.where) & set(other.where) or (not scopes & _APART and scopes & _EVERYWHERE)
    if one.runs == other.runs or not meet:
        return set()
    return {_short(key) for key in one.keys_under(keymap)} & {
        _short(key) for key in other.keys_under(keymap)
    }


def _short(key: str) -> str:
    """A key by its character, if it has one: `question_mark` is ?."""
    return key if len(key) == 1 else key_to_character(key) or key


def _near(action_id: str, known: Iterable[str]) -> str:
    near = get_close_matches(action_id, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else " Correct the name or delete the line."

"""The entries of a list to choose from, and the answer."""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """An entry: what it stands for, its words, how many it would show, and what it means."""

    value: str
    label: str
    many: int | None = None
    about: str = ""


class Pick(NamedTuple):
    """The answer: an entry's value and label, or None for a new one and the name that was typed."""

    value: str | None
    typed: str = ""

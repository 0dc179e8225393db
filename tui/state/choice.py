"""The entries of a list to choose from, and the answer."""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """An entry: its value, its label, how many it has, and what it means."""

    value: str
    label: str
    many: int | None = None
    about: str = ""


class Pick(NamedTuple):
    """The answer: an entry's value and label, or None and the typed name of a new one."""

    value: str | None
    typed: str = ""

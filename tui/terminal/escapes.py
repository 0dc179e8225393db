"""Reads `esc` followed quickly by another key as those two keys.

A terminal sends both in one packet, and Textual's parser reads that as something else: ESC / as a
slash, ESC 1 as an inverted exclamation mark, ESC f as "next word". Nothing here needs Alt, so the
two typed keys are restored. This overrides one private method of the pinned Textual's parser and
replaces the parser; tests check that both exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.events import Key

ESC: Final = "\x1b"
_BEGIN_SEQUENCES: Final = frozenset("[OPX]^_" + ESC)
"""Characters after ESC in a terminal's answers and named keys; only a pause tells typing apart."""
_ONE_KEY: Final = frozenset("\t\x7f")
"""ESC and one of these are one key: back-tab, and delete word."""


class EscapeParser(XTermParser):
    """Textual's parser of terminal input, without Alt."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        typed = len(sequence) == 2 and sequence[0] == ESC  # ESC and a character
        if alt:
            yield Key("escape", ESC)
            yield from super()._sequence_to_key_events(sequence)
        elif typed and sequence[1] not in _BEGIN_SEQUENCES | _ONE_KEY:
            yield Key("escape", ESC)
            yield from super()._sequence_to_key_events(sequence[1])
        else:
            yield from super()._sequence_to_key_events(sequence)


def read_escapes_as_typed() -> None:
    """Use this parser from now on."""
    vars(linux_driver)["XTermParser"] = EscapeParser

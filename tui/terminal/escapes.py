"""Reads `esc` followed quickly by a key from the terminal as those two keys.

A terminal sends both in one packet, and Textual's parser makes another thing of it: ESC / is a
slash alone, ESC 1 an inverted exclamation mark, ESC f the end of a word. Nothing here needs Alt, so
what was typed is given back. This overrides one private method of the pinned Textual and puts the
parser in the place of its own; tests hold both to be there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.events import Key

ESC: Final = "\x1b"
_BEGIN_SEQUENCES: Final = frozenset("[OPX]^_" + ESC)
"""What follows ESC in answers and named keys of a terminal; only a pause tells them from typing."""
_ONE_KEY: Final = frozenset("\t\x7f")
"""ESC and one of these are a key of their own: back-tab, and the last word deleted."""


class EscapeParser(XTermParser):
    """Textual's parser of what a terminal sends, but for Alt."""

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
    """Let the terminal be read so from now on."""
    vars(linux_driver)["XTermParser"] = EscapeParser

"""Keys in the order in which they were typed, each after the one before has had its effect.

Textual hands all keys of a burst to the part that has the focus when they arrive: of `/abe` in one
packet, the letters would go to the table. And `esc` followed quickly by a key is one key with Alt
to a terminal; nothing here needs Alt, so it is taken for the two that were typed.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from textual.events import Event, Key
from textual.message import Message

from tui.pacing import PacedApp

PATIENCE: Final = 0.5
"""Real seconds that a key may have its effect before the next one goes on without it."""
_ALT: Final = "alt+"


class KeyDone(Message):
    """Follows a key on its way up, and so arrives when the key was seen by all."""

    def __init__(self, serial: int) -> None:
        self.serial = serial
        super().__init__()


class KeyboardApp(PacedApp, inherit_bindings=False):
    """An application that hands on one key at a time."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: deque[Key] = deque()
        self._serial = 0
        self._under_way = False

    async def on_event(self, event: Event) -> None:
        """Put keys in line; everything else goes its way."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.extend(as_typed(event))
        if self._under_way:
            self.set_timer(PATIENCE, lambda serial=self._serial: self._go_on(serial))
        else:
            await self._hand_on()

    async def _hand_on(self) -> None:
        self._under_way = bool(self._typed)
        if not self._typed:
            return
        key = self._typed.popleft()
        self._serial += 1
        target = self.focused or self.screen
        await super().on_event(key)
        if not target.post_message(KeyDone(self._serial)):
            self._go_on(self._serial)

    def on_key_done(self, done: KeyDone) -> None:
        """Let the next key go, after what the last one left to be done later, as moving a focus."""
        done.stop()
        self._go_on(done.serial)

    def _go_on(self, serial: int) -> None:
        if serial == self._serial and self._under_way:
            self._serial += 1
            self.call_later(self._hand_on)


def as_typed(key: Key) -> list[Key]:
    """The keys that somebody without Alt typed: `alt+x` is esc, then x."""
    if not key.key.startswith(_ALT):
        return [key]
    name = key.key.removeprefix(_ALT)
    if name.startswith("shift+") and len(name) == len("shift+") + 1:
        name = name[-1].upper()
    typed = [Key("escape", "\x1b"), Key(name, key.character or (name if len(name) == 1 else None))]
    for one in typed:
        one.time = key.time
    return typed

"""Keys in the order in which they were typed, each after the one before has had its effect.

Textual hands all keys of a burst to the part that has the focus when they arrive: of `/abe` in one
packet, the letters would go to the table. And `esc` followed quickly by a key is one key with Alt
to a terminal; nothing here needs Alt, so it is taken for the two that were typed.

A key for rows that are still being read waits for them, and the keys behind it wait for their turn.
They are dropped when the reading fails, when the screen is left, and by the keys that leave: `esc`
and those that quit. What is asked in the meantime is not answered by them: a key keeps the time at
which it was typed, and a confirmation takes none that is older than itself.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Protocol, cast, runtime_checkable

from textual.events import Event, Key
from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

from tui.terminal.pacing import PacedApp

PATIENCE: Final = 0.5
"""Real seconds that a key may have its effect before the next one goes on without it."""
MOST: Final = 64
"""Keys that can wait; more are not taken."""
LOOKS: Final = 0.02
"""Real seconds between two looks at whether what keys wait for has come."""
_ALT: Final = "alt+"


@runtime_checkable
class Reading(Protocol):
    """A screen over something that it reads from the server. Keys are named as Textual does."""

    def is_reading_for(self, key: str) -> bool:
        """Whether what a key is for is being read just now."""

    def has_failed_to_read(self) -> bool:
        """Whether it could not be read, so that keys wait for nothing."""

    def is_left_by(self, key: str) -> bool:
        """Whether a key leaves the screen: it does not wait, and drops those that do."""

    def has_opened(self, screen: object) -> bool:
        """Whether keys waited here for a screen that is open now."""


class KeyDone(Message):
    """Follows a key on its way up, and so arrives when the key was seen by all.

    It goes twice: the second time behind what a part said of the key, as an input that was entered.
    """

    def __init__(self, serial: int, target: MessagePump, *, last: bool = False) -> None:
        self.serial, self.target, self.last = serial, target, last
        super().__init__()


class KeyboardApp(PacedApp, inherit_bindings=False):
    """An application that hands on one key at a time."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: deque[Key] = deque()
        self._serial = 0
        self._under_way = False
        self._waits_for: Reading | None = None
        """The screen whose reading the typed keys wait for."""
        self._looking: Timer | None = None

    async def on_event(self, event: Event) -> None:
        """Put keys in line; everything else goes its way."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.extend(as_typed(event))
        if self._waits_for is not None:
            self._wait_for(self._waits_for)
        elif self._under_way:
            self.set_timer(PATIENCE, lambda serial=self._serial: self._go_on(serial))
        else:
            await self._hand_on()

    async def _hand_on(self) -> None:
        self._under_way = bool(self._typed)
        if not self._typed:
            return
        if (screen := self._what_to_wait_for()) is not None:
            self._wait_for(screen)
            return
        key = self._typed.popleft()
        self._serial += 1
        target = self.focused or self.screen
        await super().on_event(key)
        if not target.post_message(KeyDone(self._serial, target)):
            self._go_on(self._serial)

    def _what_to_wait_for(self) -> Reading | None:
        """The screen that the next key has to wait for."""
        screen: object = self.screen
        key = self._typed[0].key
        if isinstance(screen, Reading) and screen.is_reading_for(key):
            return None if screen.is_left_by(key) else screen
        return None

    def _wait_for(self, screen: Reading) -> None:
        """Let keys that leave go before all that wait, which are dropped; else keep a few."""
        self._under_way, self._waits_for = False, screen
        if self._looking is None:
            self._looking = self.set_interval(LOOKS, self._look)
        keys = list(self._typed)
        leaving = [n for n, one in enumerate(keys) if screen.is_left_by(one.key)]
        if leaving:
            self._stop_waiting(keys[leaving[0] :])
        else:
            self._typed = deque(keys[:MOST])

    def _look(self) -> None:
        """Let the keys go on if what they wait for has come, and drop them if it will not."""
        waits_for, screen = self._waits_for, cast("object", self.screen)
        if waits_for is None:
            return
        if waits_for is not screen and waits_for.has_opened(screen):
            if self.focused is not None:
                self._stop_waiting(list(self._typed))
        elif waits_for is not screen or waits_for.has_failed_to_read():
            self._stop_waiting([])
        elif self._what_to_wait_for() is None:
            self._stop_waiting(list(self._typed))

    def drop_typed(self) -> None:
        """Drop the keys that wait: what they are for does not come."""
        if self._waits_for is not None:
            self._stop_waiting([])

    def _stop_waiting(self, keys: list[Key]) -> None:
        if self._looking is not None:
            self._looking.stop()
            self._looking = None
        self._typed, self._waits_for = deque(keys), None
        self._under_way = True
        self.call_later(self._hand_on)  # after what showed the rows has given them the focus

    def on_key_done(self, done: KeyDone) -> None:
        """Let the next key go, after what the last one left to be done later, as moving a focus."""
        done.stop()
        target = done.target
        if done.last or not target.post_message(KeyDone(done.serial, target, last=True)):
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

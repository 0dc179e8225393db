"""Handles keys in the order in which they were typed, each after the previous one took effect.

Textual gives all keys of a burst to the widget that has the focus when they arrive: of `/abe` in
one packet, the letters would go to the table. And a terminal sends `esc` followed quickly by a key
as one key with Alt; nothing here needs Alt, so it is read as the two typed keys.

A key for rows that are still loading waits for them, and the keys after it wait for their turn.
They are dropped when loading fails, when the screen is left, and by keys that leave: `esc` and the
keys that quit. They never answer a dialog that opens in the meantime: a key keeps the time at which
it was typed, and a confirm dialog ignores keys older than itself.
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
"""Real seconds that a key has to take effect before the next one is handled anyway."""
MOST: Final = 64
"""How many keys can wait; more are dropped."""
LOOKS: Final = 0.02
"""Real seconds between checks whether waiting keys can continue."""
_ALT: Final = "alt+"


@runtime_checkable
class Reading(Protocol):
    """A screen that loads something from the server. Keys have Textual's names."""

    def is_reading_for(self, key: str) -> bool:
        """Whether what a key acts on is still loading."""

    def has_failed_to_read(self) -> bool:
        """Whether loading failed, so that waiting keys are dropped."""

    def is_left_by(self, key: str) -> bool:
        """Whether a key leaves the screen: it does not wait, and drops waiting keys."""

    def has_opened(self, screen: object) -> bool:
        """Whether keys waited here for a screen that is open now."""


class KeyDone(Message):
    """Follows a key up the widget tree, and arrives when all widgets have seen the key.

    It is sent twice: the second one arrives after messages posted because of the key.
    """

    def __init__(self, serial: int, target: MessagePump, *, last: bool = False) -> None:
        self.serial, self.target, self.last = serial, target, last
        super().__init__()


class KeyboardApp(PacedApp, inherit_bindings=False):
    """An application that handles one key at a time."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: deque[Key] = deque()
        self._serial = 0
        self._under_way = False
        self._waits_for: Reading | None = None
        """The screen that the typed keys wait for."""
        self._looking: Timer | None = None

    async def on_event(self, event: Event) -> None:
        """Queue keys; handle all other events as usual."""
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
        """The screen that the next key must wait for."""
        screen: object = self.screen
        key = self._typed[0].key
        if isinstance(screen, Reading) and screen.is_reading_for(key):
            return None if screen.is_left_by(key) else screen
        return None

    def _wait_for(self, screen: Reading) -> None:
        """Handle leaving keys first and drop the waiting ones; otherwise keep a limited number."""
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
        """Continue if what the keys wait for has loaded, and drop them if it failed."""
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
        """Drop the waiting keys: what they act on will not load."""
        if self._waits_for is not None:
            self._stop_waiting([])

    def _stop_waiting(self, keys: list[Key]) -> None:
        if self._looking is not None:
            self._looking.stop()
            self._looking = None
        self._typed, self._waits_for = deque(keys), None
        self._under_way = True
        self.call_later(self._hand_on)  # after the loaded rows have the focus

    def on_key_done(self, done: KeyDone) -> None:
        """Handle the next key, after what the last one deferred, such as moving the focus."""
        done.stop()
        target = done.target
        if done.last or not target.post_message(KeyDone(done.serial, target, last=True)):
            self._go_on(done.serial)

    def _go_on(self, serial: int) -> None:
        if serial == self._serial and self._under_way:
            self._serial += 1
            self.call_later(self._hand_on)


def as_typed(key: Key) -> list[Key]:
    """The keys that were typed: `alt+x` is esc, then x."""
    if not key.key.startswith(_ALT):
        return [key]
    name = key.key.removeprefix(_ALT)
    if name.startswith("shift+") and len(name) == len("shift+") + 1:
        name = name[-1].upper()
    typed = [Key("escape", "\x1b"), Key(name, key.character or (name if len(name) == 1 else None))]
    for one in typed:
        one.time = key.time
    return typed

"""The timeline of a contact: long lines wrapped, the newest at the bottom, stable scrolling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, NamedTuple

from rich.text import Text
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from common.model.explanation import TimelineEvent, TimelineItem, TimelineText
from common.terminal import as_text, fit
from common.vocabulary import Direction
from tui.state import formatting
from tui.widgets.lines import joined

_ARROWS: Final = {Direction.OUT: "→", Direction.IN: "←"}
_EVENT: Final = "·"
_WHEN: Final = 18
"""Cells for an item's time."""
_BODY: Final = _WHEN + 2
_NAME: Final = 24
"""Maximum cells for the name of another sequence."""
_LEAST: Final = 10
"""Minimum cells for text, however narrow the screen is."""


class Seen(NamedTuple):
    """What the view shows: items in order, the zone of their times, whether there are earlier ones.

    The name of the sequence `of_sequence` is left out. `now` is the domain time, which decides
    whether a time is shown with its year.
    """

    items: tuple[TimelineItem, ...]
    zone: str
    earlier: bool
    of_sequence: int
    now: datetime | None


class TimelineView(ScrollView, inherit_bindings=False):
    """Draws its own lines. If scrolled up, it stays there when new items arrive."""

    ALLOW_SELECT = True
    DEFAULT_CSS: ClassVar[str] = """
    TimelineView {
        height: 1fr;
        padding: 0 1;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """

    class EarlierAsked(Message):
        """The top is visible, and there are earlier items."""

    @dataclass
    class BelowChanged(Message):
        """The number of new items below the visible part changed."""

        count: int

    def __init__(self) -> None:
        super().__init__()
        self.seen: Seen | None = None
        self.below = 0
        self.follows = True
        """Whether the end is visible, and stays visible when items arrive."""
        self._lines: list[Text] = []
        self._starts: dict[str, int] = {}
        self._newest = ""
        self._asked = False

    @property
    def told(self) -> list[str]:
        """All lines, as text."""
        return [line.plain for line in self._lines]

    def show(self, seen: Seen) -> None:
        """Show these items. It scrolls only if the end is visible."""
        self.seen = seen
        self._asked = False
        self._draw()

    def _draw(self) -> None:
        width, seen = self.scrollable_content_region.width, self.seen
        if seen is None or not width:
            return
        anchor = self._anchor()
        self._lines, self._starts = [], {}
        if seen.earlier:
            self._lines.append(as_text("Loading earlier…", "dim"))
        for item in seen.items:
            self._starts[item.key] = len(self._lines)
            self._lines += _item(item, seen, width, self)
        self.virtual_size = Size(width, len(self._lines))
        if self.follows:
            self.go_to_end()
        elif anchor is not None and anchor[0] in self._starts:
            y = self._starts[anchor[0]] + anchor[1]
            self.scroll_to(y=y, animate=False, force=True, immediate=True)
        self._count_below()
        self.refresh()
        self._ask_earlier()

    def _anchor(self) -> tuple[str, int] | None:
        """The last item that starts on or above the first visible line, and how far above it."""
        top, found = self.scroll_offset.y, None
        for key, start in self._starts.items():
            if start > top and found is not None:
                break
            found = (key, top - start)
        return found

    def go_to_end(self) -> None:
        """Scroll to the newest item, and stay at the end."""
        self.follows = True
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        self._count_below()

    def _count_below(self) -> None:
        keys = list(self._starts)
        if keys and (self.follows or self._newest not in self._starts):
            self._newest = keys[-1]
        below = len(keys) - 1 - keys.index(self._newest) if keys else 0
        if below != self.below:
            self.below = below
            self.post_message(self.BelowChanged(below))

    def _ask_earlier(self) -> None:
        if self.seen and self.seen.earlier and not self._asked and self.scroll_offset.y == 0:
            self._asked = True
            self.post_message(self.EarlierAsked())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Note whether the end is visible, and request earlier items at the top."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.follows = round(new_value) >= self.max_scroll_y
            self._count_below()
            self._ask_earlier()

    def on_resize(self) -> None:
        """Wrap again."""
        self._draw()

    def render_line(self, y: int) -> Strip:
        """One wrapped line, or a blank one."""
        at, width, style = self.scroll_offset.y + y, self.size.width, self.rich_style
        if at >= len(self._lines):
            return Strip.blank(width, style)
        line = self._lines[at]
        if (chosen := self.text_selection) and (span := chosen.get_span(at)) is not None:
            line = line.copy()
            start, end = span
            highlight = self.screen.get_component_rich_style("screen--selection")
            line.stylize(highlight, start, len(line) if end == -1 else end)
        strip = Strip(line.render(self.app.console)).apply_style(style)
        return strip.crop_extend(0, width, style).apply_offsets(0, at)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text selected with the mouse."""
        return selection.extract("\n".join(self.told)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the mouse selection."""
        self.refresh()


def _item(item: TimelineItem, seen: Seen, width: int, view: TimelineView) -> list[Text]:
    """Its time and what it was; the body of a text on the lines below."""
    when = f"{formatting.when(item.at, seen.now or item.at, seen.zone):<{_WHEN}}"
    if item.text is None:
        happened = "" if item.event is None else _event_words(item.event, seen.of_sequence)
        return _hung(when, as_text(f"{_EVENT} {happened}"), width, view)
    lines = _hung(when, as_text(_headline(item.text, seen.of_sequence), "bold"), width, view)
    for line in item.text.body.splitlines():
        lines += _hung(" " * _BODY, as_text(line), width, view)
    return lines


def _event_words(event: TimelineEvent, of_sequence: int) -> str:
    """What happened, and in which sequence if it is another one."""
    if event.sequence is None or event.sequence_id == of_sequence:
        return event.sentence
    return f"{fit(event.sequence, _NAME).rstrip()}: {event.sentence}"


def _headline(text: TimelineText, of_sequence: int) -> str:
    """What a text is, who sent it, its state, and how an inbound one was classified."""
    what = f"step {text.step}" if text.step is not None else text.kind.value
    if text.sequence is not None and text.sequence_id != of_sequence:
        what += f" of {fit(text.sequence, _NAME).rstrip()}"
    by = f" by {text.operator}" if text.operator else ""
    reading = f" · {text.reading.replace('_', ' ')}" if text.reading else ""
    return f"{_ARROWS[text.direction]} {what}{by} · {text.fate}{reading}"


def _hung(first: str, words: Text, width: int, view: TimelineView) -> list[Text]:
    """Words wrapped to the right of the prefix of their first line."""
    parts = words.wrap(view.app.console, max(_LEAST, width - len(first)))
    lines = []
    for number, part in enumerate(list(parts) or [words]):
        line = joined((first if number == 0 else " " * len(first), "dim"))
        part.rstrip()
        lines.append(line.append_text(part))
    return lines

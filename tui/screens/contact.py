"""One contact: why the enrollment stands as it does, and everything that happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.text import Text
from textual import on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from common.model.explanation import Explanation, Timeline, TimelineItem
from common.model.listing import ListedEnrollment
from common.phones import pretty
from common.terminal import as_text
from common.vocabulary import Direction
from tui.actions import bindings_of
from tui.messages import Resynced, RowsChanged
from tui.screens.lines_page import LinesPage
from tui.source import Source
from tui.state import telling
from tui.widgets.lines import joined, stacked

ITEMS: Final = 200
"""Things of a timeline that are read, the newest."""
_ARROWS: Final = {Direction.OUT: "→", Direction.IN: "←"}
_EVENT: Final = "·"


class ContactRead(Message):
    """What there is to tell of an enrollment and its contact."""

    def __init__(self, told: tuple[Explanation, Timeline]) -> None:
        self.explanation, self.timeline = told
        super().__init__()


class ContactNotRead(Message):
    """It could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class ContactPage(LinesPage):
    """A contact of a sequence: status, timeline, and with `explained` the explanation."""

    BINDINGS = bindings_of("contact")
    AUTO_FOCUS = None
    crumb = "Contact"
    digit = 1
    scopes = ("contact",)

    def __init__(self, row: ListedEnrollment, called: str, *, explained: bool = False) -> None:
        super().__init__()
        self.row = row
        self.called = called
        self.explained = explained
        self.explanation: Explanation | None = None
        self.timeline: Timeline | None = None
        self.problem = ""
        self._reading = self._read_again = False

    def compose_room(self) -> Iterable[Widget]:
        """The status, the explanation, the timeline."""
        yield Static(id="standing")
        yield Static(id="explanation")
        with VerticalScroll(can_focus=False):
            yield Static(id="timeline")

    def on_mount(self) -> None:
        """Read it."""
        self.header.show_crumb(telling.name(self.row))
        self._show()
        self._read()

    def _read(self) -> None:
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        self.fetch(_told(self.drumbeat.client, self.row), ContactRead, ContactNotRead)

    @on(ContactRead)
    def _take(self, read: ContactRead) -> None:
        first = self.timeline is None
        self.explanation, self.timeline, self.problem = read.explanation, read.timeline, ""
        self.row = read.explanation.enrollment
        self._ended()
        if first:
            self.call_after_refresh(self.query_one(VerticalScroll).scroll_end, animate=False)

    @on(ContactNotRead)
    def _keep(self, failed: ContactNotRead) -> None:
        self.problem = failed.problem
        self._ended()

    def _ended(self) -> None:
        self._reading = False
        self._show()
        if self._read_again:
            self._read_again = False
            self._read()

    @on(Resynced)
    def _resynced(self) -> None:
        self._read()

    @on(RowsChanged)
    def _changed(self, changed: RowsChanged) -> None:
        if self.row.contact.id in changed.batch.contacts or any(
            self.row.id in ids for ids in changed.batch.rows.values()
        ):
            self._read()

    def _show(self) -> None:
        row = self.row
        step = f"step {telling.step(row)}" if row.step is not None else "no step"
        parts = [pretty(row.contact.phone), telling.status(row), step]
        if next_text := self._next():
            parts += [f"next {next_text}"]
        self.query_one("#standing", Static).update(as_text(" · ".join(parts), "bold"))
        explanation = self.query_one("#explanation", Static)
        explanation.set_class(self.explained, "-shown")
        explanation.update(stacked(map(as_text, self._explanation())))
        if self.timeline is None:
            words = self.problem or "Loading what happened …"
            self.query_one("#timeline", Static).update(as_text(words))
        else:
            self.query_one("#timeline", Static).update(stacked(self._lines(self.timeline)))

    def _next(self) -> str:
        now = self.drumbeat.domain_now()
        return "" if now is None else telling.next_text(self.row, now)

    def _explanation(self) -> list[str]:
        if self.explanation is None:
            return [self.problem or "Loading why …"]
        lines = list(self.explanation.sentences)
        remedy = self.explanation.remedy
        return [*lines, remedy] if remedy and remedy not in lines else lines

    def _lines(self, timeline: Timeline) -> Iterator[Text]:
        if timeline.earlier is not None:
            yield as_text("What was before is not shown.", "dim")
        for item in timeline.items:
            yield from self._item(item)
        if self.problem:
            yield as_text(self.problem)

    def _item(self, item: TimelineItem) -> Iterator[Text]:
        """Its time in the contact's zone, what it was, and a text's words below."""
        at = item.at.astimezone(telling.zone_of(self.row.contact.zone))
        when = f"{at:%Y-%m-%d %H:%M}  "
        if item.text is not None:
            text = item.text
            what = f"step {text.step}" if text.step is not None else text.kind.value
            by = f" by {text.operator}" if text.operator else ""
            yield joined(
                (when, "dim"), (f"{_ARROWS[text.direction]} {what}{by} · {text.fate}", "bold")
            )
            for line in text.body.splitlines():
                yield as_text(f"{'':18}  {line}")
        elif item.event is not None:
            yield joined((when, "dim"), (f"{_EVENT} {item.event.sentence}", ""))

    def action_explain(self) -> None:
        """Show or hide why it stands so."""
        self.explained = not self.explained
        self._show()

    def action_refresh(self) -> None:
        """Read it again."""
        super().action_refresh()
        self._read()


async def _told(source: Source, row: ListedEnrollment) -> tuple[Explanation, Timeline]:
    explanation = await source.explain(row.id)
    return explanation, await source.timeline(row.contact.id, limit=ITEMS)

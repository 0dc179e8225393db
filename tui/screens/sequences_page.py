"""The list of sequences with live counts; `enter` opens one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from textual import on
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from common.model.sequences import SequenceSummary
from common.terminal import as_text
from tui.actions.registry import Action, bindings_of
from tui.client.source import Source
from tui.messages import ConnectionChanged, CountsChanged, OpenSequence, Resynced, SequencesChanged
from tui.screens.living import LivingPage
from tui.screens.new_sequence_page import NewSequencePage
from tui.state.connection import Link
from tui.state.sequence_list import Column, SequenceList
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.lines import stacked
from tui.widgets.sequence_table import SequenceTable

AT_ONCE: Final = 500
"""Sequences asked for in one request."""
EVERY: Final = 0.5
"""Real seconds between two readings of the list while counts change."""
AGAIN: Final = 5.0
"""Real seconds after which a reading that failed is tried again."""
LETTERS: Final = {
    "n": Column.NAME,
    "s": Column.STATE,
    "p": Column.PENDING,
    "r": Column.RESPONDED,
    "f": Column.FINISHED,
    "o": Column.OPTED_OUT,
    "x": Column.FAILED,
    "t": Column.TOTAL,
}
_NO_SEQUENCES: Final = (
    "No sequences yet. Press n to create the first one.",
    "",
    "Or write one as a file, and run in a shell:",
    "  drumbeat sequences apply FILE.toml --activate",
    "  drumbeat enroll --help",
    "It will appear here.",
)


class Standing(StrEnum):
    """What the page has to show."""

    LOADING = "loading"
    ERROR = "error"
    EMPTY = "empty"
    NO_MATCH = "no_match"
    FILLED = "filled"


class SequencesLoaded(Message):
    """All sequences, as the server says them now."""

    def __init__(self, sequences: tuple[SequenceSummary, ...]) -> None:
        self.sequences = sequences
        super().__init__()


class SequencesNotLoaded(Message):
    """They could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class SequencesPage(LivingPage):
    """Every sequence that is not archived: state, counts, total; searched, sorted, live."""

    BINDINGS = bindings_of("sequences")
    AUTO_FOCUS = "SequenceTable"
    crumb = "Sequences"
    digit = 1
    scopes = ("list", "sequences", "life")
    searchable = True

    def __init__(self) -> None:
        super().__init__()
        self.list = SequenceList()
        self.problem: str | None = None
        self._loaded = False
        self._reading = False
        self._read_again = False
        self._pause: Timer | None = None

    def compose_room(self) -> Iterable[Widget]:
        """A search with a summary, and the table or what stands in its place."""
        search = Input(placeholder="/ Search name", id="search", select_on_focus=False)
        search.cursor_blink = False
        yield Horizontal(search, Static(id="summary"), id="search-line")
        yield Static(id="notice")
        yield SequenceTable()

    def on_mount(self) -> None:
        """Show that it loads; it is read as soon as the stream of events is joined."""
        self.show()
        if self.drumbeat.resynced:
            self.read()

    @property
    def standing(self) -> Standing:
        """What there is to show."""
        if not self._loaded:
            return Standing.LOADING if self.problem is None else Standing.ERROR
        if not len(self.list):
            return Standing.EMPTY
        return Standing.FILLED if self.list.shown() else Standing.NO_MATCH

    def awaits(self, action: Action) -> bool:
        """Whether it is for a row, and the rows are read for the first time."""
        of_rows = not {"list", "life"}.isdisjoint(action.where)
        return of_rows and self.standing is Standing.LOADING

    def has_failed_to_read(self) -> bool:
        """Whether there are no rows, for a reason that is told."""
        return self.standing is Standing.ERROR

    @property
    def subject(self) -> SequenceSummary | None:
        """The sequence under the cursor."""
        if self.standing is not Standing.FILLED:
            return None
        at = self.query_one(SequenceTable).chosen_id
        return None if at is None else self.list.get(at)

    # Reading.

    def read(self) -> None:
        """Read all again: one reading at a time, and one more if something changed meanwhile."""
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        self.fetch(_all(self.drumbeat.client), SequencesLoaded, SequencesNotLoaded)

    @on(SequencesLoaded)
    def _take(self, loaded: SequencesLoaded) -> None:
        self._loaded, self.problem = True, None
        self.list.load(loaded.sequences)
        self.drumbeat.count_page(self.digit, len(self.list))
        self.show()
        self._pause = self.set_timer(EVERY, self._next)

    @on(SequencesNotLoaded)
    def _keep(self, failed: SequencesNotLoaded) -> None:
        self.problem = failed.problem
        self.show()
        self._read_again = True
        self._pause = self.set_timer(AGAIN, self._next)

    def _next(self) -> None:
        self._pause = None
        self._reading = False
        if self._read_again:
            self._read_again = False
            self.read()

    @on(Resynced)
    @on(CountsChanged)
    @on(SequencesChanged)
    def _changed(self) -> None:
        self.read()

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        if changed.connection.link is Link.AWAY:
            self.problem = changed.connection.why
        self.show()

    # Showing.

    def show(self) -> None:
        """Draw what is known."""
        standing = self.standing
        table = self.query_one(SequenceTable)
        notice = self.query_one("#notice", Static)
        table.set_class(standing is not Standing.FILLED, "-hidden")
        notice.set_class(standing is not Standing.FILLED, "-shown")
        notice.update(stacked(map(as_text, self._notice(standing))))
        shown = self.list.shown()
        self.query_one("#summary", Static).update(as_text(self._summary(len(shown))))
        table.show(shown, self.list.column, descending=self.list.descending)
        if standing is Standing.FILLED and self.focused is None:
            table.focus()
        self.show_footer()

    @on(SequenceTable.Moved)
    def _moved(self) -> None:
        self.show_footer()

    def _notice(self, standing: Standing) -> tuple[str, ...]:
        match standing:
            case Standing.LOADING:
                return ("Loading sequences…",)
            case Standing.ERROR:
                return (
                    "The sequences could not be loaded.",
                    self.problem or "",
                    "",
                    "Retrying automatically. Press R to retry now.",
                )
            case Standing.EMPTY:
                return _NO_SEQUENCES
            case Standing.NO_MATCH:
                return (
                    f"No sequence name matches “{self.list.query}”.",
                    "Press esc to clear the search.",
                )
            case Standing.FILLED:
                return ()

    def _summary(self, shown: int) -> str:
        if not self._loaded:
            return ""
        known = len(self.list)
        words = f"{known:,} sequence{'s' if known != 1 else ''}"
        if self.list.query:
            words = f"{words} · {shown:,} match"
        stale = self.drumbeat.connection.link is Link.STALE
        return f"{words} · out of date" if stale else words

    # Acting.

    @on(SequenceTable.Chosen)
    def _open(self, chosen: SequenceTable.Chosen) -> None:
        found = self.list.get(chosen.sequence_id)
        self.post_message(OpenSequence(chosen.sequence_id, "" if found is None else found.name))

    @on(Input.Changed, "#search")
    def _search(self, changed: Input.Changed) -> None:
        self.list.query = changed.value
        self.show()

    @on(Input.Submitted, "#search")
    def _submitted(self) -> None:
        self.leave_search()

    def action_search(self) -> None:
        """Type in the search."""
        self.query_one("#search", Input).focus()

    def action_new_sequence(self) -> None:
        """Ask what a new sequence is to be."""
        if self.may_change():
            self.app.push_screen(NewSequencePage())

    def action_sort(self) -> None:
        """Ask for a column's letter."""
        words = {letter: column.value.replace("_", " ") for letter, column in LETTERS.items()}

        def sort(letter: str | None) -> None:
            if letter is not None:
                self.list.sort_by(LETTERS[letter])
                self.show()

        self.app.push_screen(LetterPrompt("Sort by", words), sort)

    def action_refresh(self) -> None:
        """Read again, in order."""
        super().action_refresh()
        self.list.sort_again()
        self.show()
        self._read_again = True
        if self._pause is not None:
            self._pause.stop()
            self._next()
        else:
            self.read()

    def leave_search(self) -> bool:
        """Go from the search to the rows."""
        if not self.typing:
            return False
        table = self.query_one(SequenceTable)
        if table.display:
            table.focus()
        else:
            self.set_focus(None)
        return True

    def clear_query(self) -> bool:
        """Show all sequences again."""
        if not self.list.query:
            return False
        self.query_one("#search", Input).value = ""
        return True


async def _all(source: Source) -> tuple[SequenceSummary, ...]:
    """All sequences, page by page."""
    found: list[SequenceSummary] = []
    while True:
        page = await source.list_sequences(offset=len(found), limit=AT_ONCE)
        found += page.items
        if not page.items or len(found) >= page.total:
            return tuple(found)

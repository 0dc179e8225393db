"""The list of sequences with live counts; `enter` opens one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Static

from common.client import Client, ClientError
from common.model.sequences import SequenceSummary
from common.terminal import as_text
from tui.actions.registry import Action, bindings_of
from tui.messages import CountsChanged, OpenSequence, SequencesChanged
from tui.screens.new_sequence_page import NewSequencePage
from tui.screens.page import Page
from tui.session import Session
from tui.state.connection import Link
from tui.state.sequence_list import Column, SequenceList
from tui.widgets.fetching import Reader
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.lines import stacked
from tui.widgets.sequence_table import SequenceTable

AT_ONCE: Final = 500
"""Sequences per request."""
EVERY: Final = 0.5
"""Real seconds between two readings of the list while counts change."""
AGAIN: Final = 5.0
"""Real seconds before a failed reading is retried."""
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
    """What the page shows."""

    LOADING = "loading"
    ERROR = "error"
    EMPTY = "empty"
    NO_MATCH = "no_match"
    FILLED = "filled"


class SequencesPage(Page):
    """Every sequence that is not archived: state, counts, total; searched, sorted, live."""

    BINDINGS = bindings_of("sequences", "life")
    AUTO_FOCUS = "SequenceTable"
    crumb = "Sequences"
    digit = 1
    scopes = ("list", "sequences", "life")
    searchable = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.list = SequenceList()
        self._loaded = False
        self._reader = Reader(
            self, lambda: _all(session.client), self._take, self._keep, pause=EVERY, retry=AGAIN
        )

    def compose_room(self) -> Iterable[Widget]:
        """A search with a summary, and the table or a notice instead."""
        yield self.compose_search("name", Static(id="summary"))
        yield Static(id="notice")
        yield SequenceTable()

    def on_mount(self) -> None:
        """Show that it is loading; it is loaded once the event stream is connected."""
        self.show()
        if self.session.resynced:
            self.read()

    @property
    def standing(self) -> Standing:
        """What the page shows."""
        if not self._loaded:
            return Standing.ERROR if self.problem else Standing.LOADING
        if not len(self.list):
            return Standing.EMPTY
        return Standing.FILLED if self.list.shown() else Standing.NO_MATCH

    def awaits(self, action: Action) -> bool:
        """Whether an action needs a row, and the rows are loading for the first time."""
        of_rows = not {"list", "life"}.isdisjoint(action.where)
        return of_rows and self.standing is Standing.LOADING

    def has_failed_to_read(self) -> bool:
        """Whether loading failed."""
        return self.standing is Standing.ERROR

    @property
    def subject(self) -> SequenceSummary | None:
        """The sequence under the cursor."""
        if self.standing is not Standing.FILLED:
            return None
        at = self.rows.chosen_id
        return None if at is None else self.list.get(at)

    @property
    def rows(self) -> SequenceTable:
        """The table."""
        return self.query_one(SequenceTable)

    # Reading.

    @on(CountsChanged)
    @on(SequencesChanged)
    def read(self) -> None:
        """Reload everything."""
        self._reader.read()

    def _take(self, sequences: tuple[SequenceSummary, ...]) -> None:
        self._loaded, self.problem = True, ""
        self.list.load(sequences)
        self.session.count_page(self.digit, len(self.list))
        self.show()

    def _keep(self, error: ClientError) -> None:
        self.problem = error.message
        self.show()

    # Showing.

    def show(self) -> None:
        """Draw the current data."""
        standing = self.standing
        table = self.rows
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
                    self.problem,
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
        stale = self.session.connection.link is Link.STALE
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

    def action_new_sequence(self) -> None:
        """Open the form for a new sequence."""
        if self.may_change():
            self.app.push_screen(NewSequencePage(self.session))

    def action_sort(self) -> None:
        """Ask for a column's letter."""
        words = {letter: column.value.replace("_", " ") for letter, column in LETTERS.items()}

        async def sort() -> None:
            letter = await self.ask(LetterPrompt("Sort by", words))
            if letter is not None:
                self.list.sort_by(LETTERS[letter])
                self.show()

        self.start(sort, "sort")

    def action_refresh(self) -> None:
        """Reload and sort again."""
        super().action_refresh()
        self.list.sort_again()
        self.show()
        self._reader.read_now()

    def clear_query(self) -> bool:
        """Show all sequences again."""
        if not self.list.query:
            return False
        self.query_one("#search", Input).value = ""
        return True


async def _all(source: Client) -> tuple[SequenceSummary, ...]:
    """All sequences, page by page."""
    found: list[SequenceSummary] = []
    while True:
        page = await source.list_sequences(offset=len(found), limit=AT_ONCE)
        found += page.items
        if not page.items or len(found) >= page.total:
            return tuple(found)

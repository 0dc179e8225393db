"""What is asked of a sequence's rows: the search, the dropdowns, the order."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.widgets import Input

from tui.screens.roster import RosterPage
from tui.state.choice import Pick
from tui.state.columns import Column
from tui.state.question import Question
from tui.widgets.choice import ChoiceScreen
from tui.widgets.enrollment_table import EnrollmentTable
from tui.widgets.filter_bar import ANY, LETTERS, NAMES, choices_of
from tui.widgets.letter_prompt import LetterPrompt

DEBOUNCE: Final = 0.12
"""Real seconds after the last key before the server is asked."""
COLUMNS: Final = {
    "n": Column.NAME,
    "p": Column.PHONE,
    "s": Column.STEP,
    "t": Column.STATUS,
    "x": Column.NEXT,
    "b": Column.BY,
}
"""What follows `s`."""


class AskingPage(RosterPage):
    """Puts the question together, from the search line and the keys."""

    searchable = True

    @on(Input.Changed, "#search")
    def _search(self, changed: Input.Changed) -> None:
        if changed.value != self.question.words:
            self.question = self.question.typed(changed.value)
            self.ask(keep=False, wait=DEBOUNCE)

    @on(Input.Submitted, "#search")
    def _submitted(self) -> None:
        self.leave_search()

    def action_search(self) -> None:
        """Type in the search."""
        self.query_one("#search", Input).focus()

    def action_filter(self) -> None:
        """Ask for a dropdown's letter, then open it."""
        words = {letter: NAMES[field] for letter, field in LETTERS.items()}
        self.app.push_screen(LetterPrompt("Filter by", words), self._open_dropdown)

    def _open_dropdown(self, letter: str | None) -> None:
        if letter is None or self.facets is None or self.fault is not None:
            return
        field = LETTERS[letter]
        values = self.question.values(field)

        def choose(pick: Pick | None) -> None:
            if pick is not None:
                chosen = (pick.value,) if pick.value else ()
                self._change(self.question.choosing(field, chosen))

        screen = ChoiceScreen(
            f"{NAMES[field].capitalize()}:",
            choices_of(field, self.facets),
            chosen=values[0] if values else ANY,
        )
        self.app.push_screen(screen, choose)

    def _change(self, question: Question) -> None:
        """Put another question, in the search line, too."""
        self.question = question
        self.query_one("#search", Input).value = question.words
        self.ask(keep=False)

    def action_sort(self) -> None:
        """Ask for a column's letter."""
        words = {letter: column.value for letter, column in COLUMNS.items()}
        words |= {"x": "next text", "b": "enrolled by"}

        def sort(letter: str | None) -> None:
            if letter is not None:
                self._sort(COLUMNS[letter])

        self.app.push_screen(LetterPrompt("Sort by", words), sort)

    @on(EnrollmentTable.SortAsked)
    def _sort_clicked(self, asked: EnrollmentTable.SortAsked) -> None:
        self._sort(asked.column)

    def _sort(self, column: Column) -> None:
        self.question = self.question.sorted_by(column.value)
        self.ask(keep=False)

    def action_refresh(self) -> None:
        """Read all again, newcomers included."""
        super().action_refresh()
        self.ask(keep=True)

    def leave_search(self) -> bool:
        """Go from the search to the rows."""
        if not self.typing:
            return False
        if self.table.display:
            self.table.focus()
        else:
            self.set_focus(None)
        return True

    def clear_query(self) -> bool:
        """Show everybody again."""
        if self.question.is_plain:
            return False
        self._change(self.question.cleared())
        return True

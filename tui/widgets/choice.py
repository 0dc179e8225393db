"""A dialog to choose one entry of a list; with `typed`, typing filters it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from common.names import fold
from common.terminal import as_text, fit
from tui.actions.registry import bindings_of
from tui.state.choice import Choice, Pick
from tui.widgets.lines import key_hints, stacked

LABEL_CELLS: Final = 30
COUNT_CELLS: Final = 11
ENTRY_KEYS: Final = frozenset({"up", "down", "enter"})
"""Keys that act on the entries, even while typing."""


class ChoiceScreen(ModalScreen[Pick | None]):
    """Asks for one entry. With `new`, the last entry creates one with the typed name."""

    BINDINGS = bindings_of("choice")

    def __init__(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        chosen: str = "",
        typed: bool = False,
        new: str = "",
    ) -> None:
        super().__init__()
        self._question = question
        self._choices = tuple(choices)
        self._chosen = chosen
        self._typed = typed
        self._new = new
        self.left: list[Choice] = []

    def compose(self) -> ComposeResult:
        """The question, a search field if `typed`, and the entries."""
        with Vertical():
            yield Static(as_text(self._question, "bold"))
            if self._typed:
                search = Input(placeholder="Type to search", id="narrow")
                search.cursor_blink = False
                yield search
            entries = OptionList(compact=True)
            entries.can_focus = False
            yield entries
            yield Static(
                key_hints(("enter", "choose"), ("esc", "cancel")),
                id="hint",
            )

    def on_mount(self) -> None:
        """Show all entries, with the cursor on the chosen one."""
        self._show("")
        values = [one.value for one in self.left]
        if self._chosen in values:
            self._entries.highlighted = values.index(self._chosen)

    def offer(self, choices: Sequence[Choice]) -> None:
        """Replace the entries; the cursor stays on its entry."""
        at = self._entries.highlighted
        stays = self.left[at].value if at is not None and at < len(self.left) else None
        self._choices = tuple(choices)
        self._show(self._typed_name)
        values = [one.value for one in self.left]
        if stays in values:
            self._entries.highlighted = values.index(stays)

    def is_reading_for(self, key: str) -> bool:
        """Whether a key must wait for entries to load; here all are given at the start."""
        del key
        return False

    def has_failed_to_read(self) -> bool:
        """Whether the entries could not be loaded."""
        return False

    def is_left_by(self, key: str) -> bool:
        """Whether a key closes it."""
        return key in {"escape", "ctrl+q"}

    def has_opened(self, screen: object) -> bool:
        """No screen is opened from here that keys wait for."""
        del screen
        return False

    def tell(self, text: str) -> None:
        """Show a message in place of the key hints."""
        self.query_one("#hint", Static).update(as_text(text))

    @property
    def _entries(self) -> OptionList:
        return self.query_one(OptionList)

    @property
    def _typed_name(self) -> str:
        return self.query_one("#narrow", Input).value.strip() if self._typed else ""

    @on(Input.Changed)
    def _narrow(self, changed: Input.Changed) -> None:
        self._show(changed.value)

    def _show(self, words: str) -> None:
        asked = fold(words).split()
        self.left = [one for one in self._choices if all(part in fold(one.label) for part in asked)]
        options = [Option(_entry(one)) for one in self.left]
        if self._new:
            named = f"{self._new} “{words.strip()}”" if words.strip() else f"{self._new} …"
            options.append(Option(as_text(named)))
        self._entries.clear_options()
        self._entries.add_options(options)
        self._entries.highlighted = 0 if options else None

    def action_move(self, by: int) -> None:
        """Go to another entry."""
        at, many = self._entries.highlighted, self._entries.option_count
        if many:
            self._entries.highlighted = max(0, min(many - 1, (at or 0) + by))

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def action_choose(self) -> None:
        """Answer with the entry under the cursor. A new one needs a name first."""
        at = self._entries.highlighted
        if at is None:
            return
        if at < len(self.left):
            self.dismiss(Pick(self.left[at].value, self.left[at].label))
        elif self._typed_name:
            self.dismiss(Pick(None, self._typed_name))
        else:
            self.query_one("#narrow", Input).placeholder = "Type a name first"

    def action_close(self) -> None:
        """Close without choosing."""
        self.dismiss(None)


def _entry(one: Choice) -> Text:
    count = "" if one.many is None else f"{one.many:>{COUNT_CELLS},}"
    label = as_text(f"{fit(one.label, LABEL_CELLS)}{count}", "bold" if one.about else "")
    return stacked((label, as_text(one.about))) if one.about else label

"""The help: the keys of the page below, searchable, from the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from common.names import fold
from common.terminal import as_text
from tui.actions.registry import Action, bindings_of, spell_keys
from tui.widgets.lines import key_hints

KEY_CELLS = 12
TITLE_CELLS = 26


class HelpScreen(ModalScreen[None]):
    """Lists actions; typing filters them by key, title or sentence."""

    BINDINGS = bindings_of("help")
    AUTO_FOCUS = "Input"

    def __init__(self, place: str, actions: Sequence[Action], keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._place = place
        together: dict[str, tuple[list[str], Action]] = {}
        for one in actions:
            keys, _ = together.setdefault(one.runs, ([], one))
            keys += one.keys_under(keymap)
        self._rows = tuple((spell_keys(keys), one) for keys, one in together.values() if keys)

    def compose(self) -> ComposeResult:
        """A search over the rows."""
        with Vertical():
            yield Static(as_text(f"Keys: {self._place}", "bold"))
            search = Input(placeholder="Search keys and actions", id="find")
            search.cursor_blink = False
            yield search
            with VerticalScroll(can_focus=False):
                yield Static(id="rows")
            yield Static(key_hints(("esc", "close"), ("↑ ↓", "move")))

    def on_mount(self) -> None:
        """Show all actions."""
        self._show("")

    @property
    def shown(self) -> list[str]:
        """The ids of the matching actions."""
        return [one.id for _, one in self._left(self.query_one("#find", Input).value)]

    @on(Input.Changed)
    def _search(self, changed: Input.Changed) -> None:
        self._show(changed.value)

    def _left(self, words: str) -> list[tuple[str, Action]]:
        """Actions with the typed key first, then those whose words match."""
        asked = fold(words).split()
        by_key = [row for row in self._rows if words.strip() in row[0].split()]
        return by_key + [
            (keys, one)
            for keys, one in self._rows
            if (keys, one) not in by_key
            and all(
                part in fold(f"{one.title} {one.help} {one.label} {one.words}") for part in asked
            )
        ]

    def _show(self, words: str) -> None:
        """Draw the rows; long cells wrap."""
        rows = Table.grid(padding=(0, 1, 0, 0), expand=True)
        rows.add_column(width=KEY_CELLS, style="bold")
        rows.add_column(width=TITLE_CELLS)
        rows.add_column(ratio=1, style="dim")
        left = self._left(words)
        for keys, one in left:
            rows.add_row(as_text(keys), as_text(one.title), as_text(one.help))
        self.query_one("#rows", Static).update(rows if left else as_text("No matching keys."))

    def action_close(self) -> None:
        """Go back to the page."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _close(self) -> None:
        self.action_close()

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll the rows."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

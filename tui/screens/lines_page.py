"""A page of lines that are longer than the screen: moved by the keys that move rows elsewhere."""

from __future__ import annotations

from typing import Final

from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.screens.page import Page

PAGE_LINES: Final = 10


class LinesPage(Page):
    """Moves the lines: those of its first VerticalScroll, unless a page says others."""

    @property
    def moved(self) -> Widget:
        """What is moved."""
        return self.query_one(VerticalScroll)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._scroll(-1)

    def action_cursor_down(self) -> None:
        """One line down."""
        self._scroll(1)

    def action_page_up(self) -> None:
        """Some lines up."""
        self._scroll(-PAGE_LINES)

    def action_page_down(self) -> None:
        """Some lines down."""
        self._scroll(PAGE_LINES)

    def action_scroll_top(self) -> None:
        """The first line."""
        self.moved.scroll_home(animate=False)

    def action_scroll_bottom(self) -> None:
        """The last line."""
        self.moved.scroll_end(animate=False)

    def _scroll(self, lines: int) -> None:
        self.moved.scroll_relative(y=lines, animate=False)

"""A page of lines that are longer than the screen: moved by the keys that move rows elsewhere."""

from __future__ import annotations

from typing import Final

from textual.containers import VerticalScroll

from tui.screens.page import Page

PAGE_LINES: Final = 10


class LinesPage(Page):
    """Moves the one VerticalScroll that a page of this kind has."""

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
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_scroll_bottom(self) -> None:
        """The last line."""
        self.query_one(VerticalScroll).scroll_end(animate=False)

    def _scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

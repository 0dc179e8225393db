"""What the tabs of a sequence's page share: whose they are, their names, the way between them.

Which tabs there are, and in which order, is told in `tui.tabs`.
"""

from __future__ import annotations

from typing import ClassVar

from tui.actions import bindings_of
from tui.screens.page import Page


class SequenceTab(Page):
    """One tab of a sequence's page.

    A tab says its name as `tab`. The Contacts tab stays open below the others, so that search,
    cursor and marks are as they were when one comes back to it.
    """

    BINDINGS = bindings_of("tabs")
    tab: ClassVar[str] = ""
    digit = 1

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__()
        self.sequence_id = sequence_id
        self.called = called

    def on_mount(self) -> None:
        """Say whose tab it is, and which."""
        self.call_it(self.called)
        names = [one.tab for one in self.drumbeat.tabs]
        self.header.show_tabs(names, names.index(self.tab))

    def call_it(self, name: str) -> None:
        """Take the sequence's name as it is by now."""
        self.called = name
        self.header.show_crumb(name)

    def action_move_tab(self, by: int) -> None:
        """Go to a tab beside this one; after the last comes the first."""
        names = [one.tab for one in self.drumbeat.tabs]
        self.drumbeat.show_tab(names[(names.index(self.tab) + by) % len(names)])

    def action_show_tab(self, name: str) -> None:
        """Go to a tab by its name."""
        self.drumbeat.show_tab(name)

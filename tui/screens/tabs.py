"""What the tabs of a sequence's page share: whose they are, their names, the way between them.

Which tabs there are, and in which order, is told in `tui.tabs`.
"""

from __future__ import annotations

from typing import ClassVar

from common.model.sequences import Sequence
from tui.actions.registry import bindings_of
from tui.screens.enrolling import EnrollingPage
from tui.screens.living import LivingPage


class SequenceTab(EnrollingPage, LivingPage):
    """One tab of a sequence's page.

    A tab says its name as `tab`, and gives what it reads of the sequence to `know`. The Contacts
    tab stays open below the others, so that search, cursor and marks are as they were when one
    comes back to it.
    """

    BINDINGS = bindings_of("tabs")
    tab: ClassVar[str] = ""
    digit = 1

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__()
        self.sequence_id = sequence_id
        self.called = called
        self.sequence: Sequence | None = None
        """The sequence as it was read last."""

    def on_mount(self) -> None:
        """Say whose tab it is, and which."""
        self.call_it(self.called)
        names = [one.tab for one in self.drumbeat.tabs]
        self.header.show_tabs(names, names.index(self.tab))

    def call_it(self, name: str) -> None:
        """Take the sequence's name as it is by now."""
        self.called = name
        self.header.show_crumb(name)

    @property
    def subject(self) -> Sequence | None:
        """The sequence that the tab is of."""
        return self.sequence

    def know(self, sequence: Sequence) -> None:
        """Show the sequence's name and state as they are by now."""
        self.sequence = sequence
        if sequence.name != self.called:
            self.call_it(sequence.name)
        self.header.show_state(sequence.state)
        self.show_footer()

    def action_move_tab(self, by: int) -> None:
        """Go to a tab beside this one; after the last comes the first."""
        names = [one.tab for one in self.drumbeat.tabs]
        self.drumbeat.show_tab(names[(names.index(self.tab) + by) % len(names)])

    def action_show_tab(self, name: str) -> None:
        """Go to a tab by its name."""
        self.drumbeat.show_tab(name)

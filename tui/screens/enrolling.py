"""What every tab of a sequence offers to enroll people: from contacts, a group, or a file."""

from __future__ import annotations

from typing import Final

from textual import on

from common.model.enrolling import Enrollees
from common.terminal import clean
from tui.actions.registry import bindings_of
from tui.client.lists import all_groups
from tui.client.people_file import PeopleFile
from tui.screens.enroll_page import EnrollPage
from tui.screens.enrolling_messages import GroupsOffered
from tui.screens.import_page import ImportPage
from tui.screens.page import Page
from tui.screens.picker_page import PickerPage
from tui.state.choice import Choice, Pick
from tui.state.contact_selection import ContactSelection
from tui.widgets.choice import ChoiceScreen
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.path_screen import PathScreen

WAYS: Final = {"c": "contacts", "g": "a group", "f": "a file"}
"""What follows `E`."""
_NAME_CELLS: Final = 40


class EnrollingPage(Page):
    """A page over the sequence `sequence_id`, `called` so. Offers the scope `enroll`."""

    BINDINGS = bindings_of("enroll")
    sequence_id: int
    called: str
    last_path = ""

    def action_enroll(self) -> None:
        """Ask from where."""
        if self.may_change():
            self.app.push_screen(LetterPrompt("Enroll", WAYS), self._enroll_from)

    def _enroll_from(self, letter: str | None) -> None:
        match letter:
            case "c":
                picks = self.drumbeat.picks.setdefault(self.sequence_id, ContactSelection())
                self.app.push_screen(PickerPage(self.sequence_id, self.called, picks, self))
            case "g":
                groups = all_groups(self.drumbeat.client)
                self.read_to_open(groups, GroupsOffered, group="groups")
            case "f":
                self.app.push_screen(PathScreen(self.last_path), self._enroll_file)

    @on(GroupsOffered)
    def _offer_groups(self, offered: GroupsOffered) -> None:
        if not offered.groups:
            self.open_nothing()
            self.drumbeat.tell("There are no groups yet. Press E, then f to import one.")
            return
        names = {str(one.id): one.name for one in offered.groups}

        def choose(pick: Pick | None) -> None:
            if pick is not None and pick.value is not None:
                self._look_at_group(int(pick.value), names[pick.value])

        choices = [Choice(str(one.id), one.name, one.members) for one in offered.groups]
        screen = ChoiceScreen("Enroll which group?", choices, typed=True)
        self.open_read(screen, choose, what="Enroll a group")

    def _look_at_group(self, group_id: int, name: str) -> None:
        whom = f"the group “{clean(name, _NAME_CELLS)}”"
        who = Enrollees(group_id=group_id)
        self.app.push_screen(EnrollPage(self.sequence_id, self.called, who, whom, self))

    def _enroll_file(self, file: PeopleFile | None) -> None:
        if file is not None:
            self.last_path = str(file.path)
            self.app.push_screen(ImportPage(self.sequence_id, self.called, file, self))

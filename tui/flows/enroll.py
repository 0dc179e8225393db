"""Enroll: contacts, a group, or a file."""

from __future__ import annotations

from typing import Final

from common.model.enrolling import Enrollees
from common.terminal import clean
from tui.client.lists import all_groups
from tui.flows.page import OneSequencePage
from tui.messages import OpenEnroll, OpenImport, OpenPicker
from tui.state.choice import Choice
from tui.widgets.choice import ChoiceScreen
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.path_screen import PathScreen

WAYS: Final = {"c": "contacts", "g": "a group", "f": "a file"}
"""The letters after `E`."""
_NAME_CELLS: Final = 40


async def enroll(page: OneSequencePage) -> None:
    """Ask from where, then open the page for it."""
    if not page.may_change():
        return
    match await page.ask(LetterPrompt("Enroll", WAYS)):
        case "c":
            page.post_message(OpenPicker(page.sequence_id, page.called))
        case "g":
            await _enroll_group(page)
        case "f":
            file = await page.ask(PathScreen(page.last_path))
            if file is not None:
                page.last_path = str(file.path)
                page.post_message(OpenImport(page.sequence_id, page.called, file))


async def _enroll_group(page: OneSequencePage) -> None:
    client = page.session.client
    groups = await page.read_to_ask(lambda: all_groups(client))
    if not groups:
        page.ask_nothing()
        page.session.tell("There are no groups yet. Press E, then f to import one.")
        return
    names = {str(one.id): one.name for one in groups}
    choices = [Choice(str(one.id), one.name, one.members) for one in groups]
    screen = ChoiceScreen("Enroll which group?", choices, typed=True)
    pick = await page.ask(screen, "Enroll a group")
    if pick is not None and pick.value is not None:
        described = f"the group “{clean(names[pick.value], _NAME_CELLS)}”"
        who = Enrollees(group_id=int(pick.value))
        page.post_message(OpenEnroll(page.sequence_id, page.called, who, described))

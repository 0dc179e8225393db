"""Message: writes, confirms and sends one text to up to ten selected contacts."""

from __future__ import annotations

from typing import Protocol

from common.model.operations import MESSAGE_RECIPIENTS, NewOperation
from common.vocabulary import OperationAction
from tui.flows.confirming import confirm_operation, read_rows
from tui.flows.page import EnrollmentsPage
from tui.state.message_draft import MessageDraft
from tui.state.message_words import message_proposal, too_many_to_message
from tui.widgets.message_editor import MessageEditor


class MessagePage(EnrollmentsPage, Protocol):
    """A page whose contacts can be texted."""

    @property
    def outgoing(self) -> MessageDraft:
        """The message being written; it outlives the page."""


async def message(page: MessagePage) -> None:
    """Open the editor, then confirm and send; cancelling goes back to the editor.

    More than ten contacts are refused before anything is typed.
    """
    targets = page.targets()
    if targets is None:
        return
    count, selection = targets
    if count > MESSAGE_RECIPIENTS:
        page.session.tell(too_many_to_message(count), wrong=True)
        return
    client, outgoing = page.session.client, page.outgoing
    rows = await read_rows(client, selection)
    contacts = list(dict.fromkeys(row.contact.id for row in rows))
    sent = not contacts
    while not sent:
        editor = MessageEditor(client, contacts, outgoing.body, outgoing.reason)
        text = await page.ask(editor, "Message")
        if text is None:
            return
        outgoing.body, outgoing.reason = text.body, text.reason
        if not text.go_on:
            return
        new = NewOperation(
            OperationAction.SEND_MESSAGE,
            selection,
            body=text.body,
            override_reason=text.reason or None,
        )
        proposal = message_proposal(text.previews, text.reason)
        sent = await confirm_operation(page, proposal, new, outgoing)

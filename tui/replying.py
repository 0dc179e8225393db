"""Replies to one contact: sent once, whatever page is shown meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from common.client import ClientError
from tui.client.source import Source
from tui.state.message_draft import MessageDraft
from tui.state.operation_words import is_unknown


class ReplySent(Message):
    """The server has what was sent under a key."""

    def __init__(self, contact_id: int, key: str) -> None:
        self.contact_id, self.key = contact_id, key
        super().__init__()


class ReplyNotSent(Message):
    """It was refused, or nobody knows; `problem` is for people."""

    def __init__(self, contact_id: int, problem: str) -> None:
        self.contact_id, self.problem = contact_id, problem
        super().__init__()


class ReplyChanged(Message, bubble=False):
    """To every open page: how a reply to a contact stands."""

    def __init__(self, contact_id: int) -> None:
        self.contact_id = contact_id
        super().__init__()


async def send(
    source: Source, contact_id: int, text: MessageDraft, post: Callable[[Message], object]
) -> None:
    """Send a text as it is now; the same text again has the same key."""
    body, reason = text.body, text.reason or None
    key = text.key_for(body, reason)
    try:
        await source.send_message(contact_id, body, reason, key=key)
    except ClientError as error:
        post(ReplyNotSent(contact_id, refusal(error)))
    else:
        post(ReplySent(contact_id, key))


def refusal(error: ClientError) -> str:
    """Why it has not gone, or that nobody knows."""
    if is_unknown(error):
        return f"It may have been sent. {error.message} Sending it again won't send it twice."
    return error.message

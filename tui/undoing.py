"""Taking back one's last action: which it is, and what is asked before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.message import Message

from common.client import ApiProblem
from common.model.operations import Operation
from common.terminal import clean
from tui.client.source import Source
from tui.state import formatting
from tui.state.operation_words import done_words
from tui.state.proposal import Proposal

if TYPE_CHECKING:
    from tui.screens.page import Page

LOOKED_AT: Final = 50
"""Operations, newest first, among which one's own is looked for."""


class Undoable(NamedTuple):
    """An operation that can be taken back, and what its sequence is called."""

    operation: Operation
    called: str


class UndoFound(Message):
    """What would be taken back, or nothing; asked for by `page`."""

    def __init__(self, page: Page, found: Undoable | None) -> None:
        self.page, self.found = page, found
        super().__init__()


async def newest_of_mine(source: Source, operator: str) -> Undoable | None:
    """The operator's newest operation that can be taken back, among the newest of all."""
    page = await source.list_operations(limit=LOOKED_AT)
    for one in page.items:
        if one.operator == operator and one.undoable and one.undone_by is None:
            return Undoable(one, await _called(source, one.sequence_id))
    return None


async def _called(source: Source, sequence_id: int | None) -> str:
    if sequence_id is None:
        return "several sequences"
    try:
        return (await source.get_sequence(sequence_id)).name
    except ApiProblem:
        return f"sequence {sequence_id}"


def undo_proposal(found: Undoable, now: datetime, zone: str, *, here: bool) -> Proposal:
    """What is asked before it is taken back; `here` tells whether this screen did it."""
    operation = found.operation
    when = formatting.when(operation.created_at, now, zone)
    where = "on this screen" if here else "in another window or by a script"
    effects = [
        f"{done_words(operation)}, in {clean(found.called, 40)}.",
        f"Done {when} by {clean(operation.operator, 40)}, {where}.",
    ]
    if operation.detail:
        effects.append(clean(operation.detail))
    spared = ("Anyone changed since then is left alone.",)
    return Proposal("Undo your last action?", tuple(effects), spared, operation.done)

"""Taking back one's last action: which it is, and what is asked before."""

from __future__ import annotations

from typing import Final

from textual.message import Message

from common.model.operations import Operation
from common.terminal import clean
from tui.batches import DONE
from tui.source import Source
from tui.widgets.confirm import Proposal

LOOKED_AT: Final = 50
"""Operations, newest first, among which one's own is looked for."""


class UndoFound(Message):
    """The operation that would be taken back, or none."""

    def __init__(self, operation: Operation | None) -> None:
        self.operation = operation
        super().__init__()


async def newest_of_mine(source: Source, operator: str) -> Operation | None:
    """The operator's newest operation that can be taken back, among the newest of all."""
    page = await source.list_operations(limit=LOOKED_AT)
    for one in page.items:
        if one.operator == operator and one.undoable and one.undone_by is None:
            return one
    return None


def undo_proposal(operation: Operation) -> Proposal:
    """What is asked before it is taken back."""
    effects = [f"{DONE[operation.action]}: {operation.done:,} of {operation.total:,}."]
    if operation.detail:
        effects.append(clean(operation.detail))
    spared = ("Who has changed since stays as they are.",)
    return Proposal("Undo your last action?", tuple(effects), spared, operation.done)

"""Undo: the operator's last action that can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from common.client import ApiProblem, Client
from common.model.operations import Operation
from common.terminal import clean
from tui.flows.page import FlowPage
from tui.state import formatting
from tui.state.operation_words import done_words
from tui.state.proposal import Proposal
from tui.widgets.confirm import ConfirmScreen

LOOKED_AT: Final = 50
"""How many of the newest operations are searched for the operator's own."""


class Undoable(NamedTuple):
    """An operation that can be undone, and the name of its sequence."""

    operation: Operation
    called: str


async def undo(page: FlowPage) -> None:
    """Find it, confirm, and undo."""
    session = page.session
    me = session.me
    if me is None:
        return
    found = await newest_of_mine(session.client, me.operator.name)
    now = session.domain_now()
    if found is None:
        session.tell("You have nothing to undo.")
    elif now is not None:
        ident = found.operation.id
        proposal = undo_proposal(found, now, me.zone, here=ident in session.done_here)
        if await page.ask(ConfirmScreen(proposal), "Undo"):
            session.undo(ident)


async def newest_of_mine(source: Client, operator: str) -> Undoable | None:
    """The operator's newest operation that can be undone, among the newest of all."""
    page = await source.list_operations(limit=LOOKED_AT)
    for one in page.items:
        if one.operator == operator and one.undoable and one.undone_by is None:
            return Undoable(one, await _called(source, one.sequence_id))
    return None


async def _called(source: Client, sequence_id: int | None) -> str:
    if sequence_id is None:
        return "several sequences"
    try:
        return (await source.get_sequence(sequence_id)).name
    except ApiProblem:
        return f"sequence {sequence_id}"


def undo_proposal(found: Undoable, now: datetime, zone: str, *, here: bool) -> Proposal:
    """The confirmation of undoing; `here` says whether this screen did it."""
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

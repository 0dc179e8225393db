"""Resolves a selection to enrollments, before the write transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from common.model.faults import Fault
from common.model.operations import NewOperation, Selection
from common.vocabulary import OperationAction
from server.database.statements import select_in
from server.database.tables import enrollments
from server.enrollments.listing import ListEngine, resolve_selection
from server.enrollments.snapshots import Snapshots
from server.errors import Invalid, invalid


class Selected(NamedTuple):
    """Enrollments with their contacts, in the order of the selection, each once.

    `sequence_id` is set if all are of one sequence.
    """

    rows: list[tuple[int, int]]
    sequence_id: int | None

    @property
    def contacts(self) -> int:
        """The number of different contacts."""
        return len({contact_id for _, contact_id in self.rows})


def select(
    connection: sa.Connection,
    engine: ListEngine,
    snapshots: Snapshots,
    selection: Selection,
    now: int,
) -> Selected:
    """The selected enrollments.

    Raises Invalid for an invalid selection or an unknown id; NotFound, Invalid pointing into `q`,
    and Gone for a filter.
    """
    _refuse_ambiguous(selection)
    if selection.ids is not None:
        ids: Iterable[int] = dict.fromkeys(selection.ids)
    else:
        assert selection.sequence_id is not None
        ids = resolve_selection(
            connection,
            engine,
            snapshots,
            selection.sequence_id,
            selection.q,
            selection.excluded,
            selection.snapshot,
            now,
        )
    wanted = list(ids)
    select = sa.select(enrollments.c.id, enrollments.c.contact_id, enrollments.c.sequence_id)
    rows = select_in(connection, select, enrollments.c.id, wanted)
    found = {row.id: (row.contact_id, row.sequence_id) for row in rows}
    for position, ident in enumerate(selection.ids or ()):
        if ident not in found:
            raise invalid(
                f"body.selection.ids[{position}]",
                f"there is no enrollment {ident}.",
                "Remove it from the list. Nothing was done.",
            )
    sequences = {sequence_id for _, sequence_id in found.values()}
    if selection.sequence_id is not None:
        sequences = {selection.sequence_id}
    return Selected(
        [(ident, found[ident][0]) for ident in wanted if ident in found],
        sequences.pop() if len(sequences) == 1 else None,
    )


def _refuse_ambiguous(selection: Selection) -> None:
    by_filter = [
        name
        for name, given in (
            ("sequence_id", selection.sequence_id is not None),
            ("q", selection.q is not None),
            ("except", bool(selection.excluded)),
            ("snapshot", selection.snapshot is not None),
        )
        if given
    ]
    if selection.ids is not None and by_filter:
        raise invalid(
            f"body.selection.{by_filter[0]}",
            "cannot be combined with ids.",
            "Send either ids, or sequence_id with q, except and snapshot.",
        )
    if selection.ids is None and selection.sequence_id is None:
        raise invalid(
            "body.selection",
            "selects no enrollments.",
            "Send ids, or sequence_id with q, except and snapshot.",
        )


_TAKES = {
    OperationAction.ADD_TO_GROUP: {"group_id", "group_name"},
    OperationAction.SEND_MESSAGE: {"body", "override_reason"},
    OperationAction.SUPPRESS: {"note"},
    OperationAction.FINISH: set[str](),
    OperationAction.RETRY: set[str](),
}


def refuse_misfit(new: NewOperation) -> None:
    """Raises Invalid for fields that the action does not use, or lacks."""
    fields = {
        "group_id": new.group_id,
        "group_name": new.group_name,
        "body": new.body,
        "override_reason": new.override_reason,
        "note": new.note or None,
    }
    takes = _TAKES[new.action]
    faults = [
        Fault(f"body.{name}", f"does not apply to {new.action}.", "Remove it from the list.")
        for name, given in fields.items()
        if given is not None and name not in takes
    ]
    if new.action is OperationAction.ADD_TO_GROUP and (new.group_id is None) == (
        new.group_name is None
    ):
        faults.append(
            Fault(
                "body.group_id",
                "and group_name: exactly one is needed.",
                "Send group_id, or group_name. A group with that name is created if there is none.",
            )
        )
    if new.action is OperationAction.SEND_MESSAGE and new.body is None:
        faults.append(Fault("body.body", "is missing.", "Enter the text to send."))
    if faults:
        raise Invalid(*faults)

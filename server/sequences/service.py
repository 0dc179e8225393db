"""Creates and changes sequences. Functions over a Connection, each run as one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from common.changes import Changes, changes
from common.documents import document_of
from common.model.faults import Fault
from common.model.sequences import (
    Applied,
    ApplyOutcome,
    Difference,
    Sequence,
    SequenceDocument,
    SequenceReplaced,
)
from common.vocabulary import SequenceState, Status
from server.errors import Conflict, Invalid, invalid
from server.events import log
from server.senders.store import find_sender
from server.sequences import store
from server.sequences.document import checked
from server.sequences.edited import Followed
from server.sequences.lint import errors_of
from server.sequences.plan import Plan
from server.sequences.plan_store import plan_of
from server.sequences.reading import lint_document, read_document, read_sequence
from server.sequences.store import SequenceRow
from server.titles import read_title

_LIVE = frozenset({SequenceState.ACTIVE, SequenceState.PAUSED})


class Replaced(NamedTuple):
    """What a replacement did; without a change, version and steps are unchanged.

    `before` is the replaced plan, None without a change.

    `steps_added` and `steps_removed` are ids. `successors` maps each removed step to the step that
    replaces it for those who waited for it: the one that now follows the step before it, None if
    there is none.
    """

    sequence: Sequence
    version: int
    steps_added: tuple[int, ...]
    steps_removed: tuple[int, ...]
    successors: dict[int, int | None]
    timing_changed: bool
    differences: tuple[Difference, ...]
    before: Plan | None = None

    def told(self, followed: Followed, *, dry_run: bool) -> SequenceReplaced:
        """The answer of the API."""
        return SequenceReplaced(
            sequence=self.sequence,
            changed=bool(self.differences),
            differences=self.differences,
            steps_added=len(self.steps_added),
            steps_removed=len(self.steps_removed),
            timing_changed=self.timing_changed,
            pending=self.sequence.counts[Status.PENDING],
            moved=followed.moved,
            ended=followed.ended,
            dry_run=dry_run,
        )


class ApplyResult(NamedTuple):
    """The answer of an apply, and the replacement it made, if any."""

    told: Applied
    replaced: Replaced | None


def create(
    connection: sa.Connection, document: SequenceDocument, operator_id: int, now: int
) -> Sequence:
    """Create a draft.

    Raises Invalid for an invalid document, Conflict if the name is taken.
    """
    return _create(connection, checked(document), operator_id, now, "body")


def duplicate(
    connection: sa.Connection, sequence_id: int, name: str, operator_id: int, now: int
) -> Sequence:
    """Create a draft copy of a sequence with another name; nobody is enrolled in it.

    Raises NotFound, Invalid for an invalid name, Conflict if it is taken.
    """
    source = document_of(read_sequence(connection, sequence_id), with_ids=False)
    document = msgspec.structs.replace(source, name=read_title(name, "body.name"))
    return _create(connection, document, operator_id, now, "body")


def replace(
    connection: sa.Connection,
    sequence_id: int,
    document: SequenceDocument,
    operator_id: int,
    now: int,
    *,
    expected_version: int | None = None,
    pointer: str = "body",
) -> Replaced:
    """Replace a sequence with the document; `match_steps` decides which steps keep their ids.

    A document without a difference changes nothing. The caller updates the plans of enrollments
    (`before`).

    Raises NotFound, Invalid for a document that is invalid or does not fit a running sequence, and
    Conflict for an archived sequence, a name that is taken, a kind that can no longer change, or
    another version than expected.
    """
    row = store.get_sequence(connection, sequence_id)
    document = checked(document, pointer)
    if expected_version is not None and row.version != expected_version:
        raise Conflict(
            "sequence_changed",
            f"{row.name!r} was changed in the meantime and is now at version {row.version}. "
            "Read it again and repeat your change.",
        )
    before = read_document(connection, sequence_id)
    _check_ids(before, document, pointer)
    found = changes(before, document)
    if not found.differences:
        sequence = read_sequence(connection, sequence_id)
        return Replaced(sequence, row.version, (), (), {}, False, ())
    _check_allowed(connection, row, document, now, pointer)
    sender_id = _sender_id(connection, document, pointer)
    plan = plan_of(connection, sequence_id)
    store.change_sequence(connection, sequence_id, document, sender_id, now)
    step_ids = _write_steps(connection, sequence_id, before, document, found, now)
    log.record(
        connection,
        now,
        "sequence_changed",
        sequence_id=sequence_id,
        operator_id=operator_id,
        differences=found.differences,
    )
    kept_ids = {before.steps[index].id for index in found.kept if index is not None}
    removed = {index: before.steps[index].id or 0 for index in found.removed}
    return Replaced(
        sequence=read_sequence(connection, sequence_id),
        version=row.version + 1,
        steps_added=tuple(one for one in step_ids if one not in kept_ids),
        steps_removed=tuple(removed.values()),
        successors={one: found.successor(index, step_ids) for index, one in removed.items()},
        timing_changed=found.timing_changed,
        differences=found.differences,
        before=plan,
    )


def apply(
    connection: sa.Connection,
    document: SequenceDocument,
    operator_id: int,
    now: int,
    *,
    dry_run: bool,
    pointer: str = "body.document",
) -> ApplyResult:
    """Create or replace the sequence with the document's name.

    A dry run rolls back a savepoint, so that it returns exactly what the real one would. Raises
    like `create` and `replace`.
    """
    if not dry_run:
        return _apply(connection, document, operator_id, now, pointer)
    with taken_back(connection):
        told, _ = _apply(connection, document, operator_id, now, pointer)
    created = told.outcome is ApplyOutcome.CREATED
    told = msgspec.structs.replace(told, dry_run=True, id=None if created else told.id)
    return ApplyResult(told, None)


@contextmanager
def taken_back(connection: sa.Connection) -> Iterator[None]:
    """Roll back everything done within, so that a dry run returns exactly what would happen."""
    connection.exec_driver_sql("SAVEPOINT dry_run")
    try:
        yield
    finally:
        connection.exec_driver_sql("ROLLBACK TO dry_run")
        connection.exec_driver_sql("RELEASE dry_run")


def _apply(
    connection: sa.Connection, document: SequenceDocument, operator_id: int, now: int, pointer: str
) -> ApplyResult:
    document = checked(document, pointer)
    row = store.find_sequence(connection, document.name)
    if row is None:
        made = _create(connection, document, operator_id, now, pointer)
        found = changes(SequenceDocument(name=document.name), document).differences
        told = Applied(ApplyOutcome.CREATED, made.id, made.name, made.version, found, 0, False)
        return ApplyResult(told, None)
    replaced = replace(connection, row.id, document, operator_id, now, pointer=pointer)
    told = Applied(
        outcome=ApplyOutcome.CHANGED if replaced.differences else ApplyOutcome.UNCHANGED,
        id=row.id,
        name=replaced.sequence.name,
        version=replaced.version,
        differences=replaced.differences,
        pending=replaced.sequence.counts[Status.PENDING],
        dry_run=False,
    )
    return ApplyResult(told, replaced)


def _create(
    connection: sa.Connection, document: SequenceDocument, operator_id: int, now: int, pointer: str
) -> Sequence:
    _check_ids(SequenceDocument(name=document.name), document, pointer)
    read_title(document.name, f"{pointer}.name")
    _refuse_taken(connection, document.name, None)
    sender_id = _sender_id(connection, document, pointer)
    sequence_id = store.add_sequence(connection, document, sender_id, operator_id, now)
    log.record(
        connection,
        now,
        "sequence_added",
        sequence_id=sequence_id,
        operator_id=operator_id,
        name=document.name,
    )
    return read_sequence(connection, sequence_id)


def _check_ids(before: SequenceDocument, after: SequenceDocument, pointer: str) -> None:
    known = {step.id for step in before.steps}
    strangers = [
        Fault(
            f"{pointer}.steps[{index}].id",
            f"This sequence has no step {step.id}.",
            "Leave out the id to add a new step.",
        )
        for index, step in enumerate(after.steps)
        if step.id is not None and step.id not in known
    ]
    if strangers:
        raise Invalid(*strangers)


def _check_allowed(
    connection: sa.Connection, row: SequenceRow, document: SequenceDocument, now: int, pointer: str
) -> None:
    if row.state is SequenceState.ARCHIVED:
        raise Conflict(
            "sequence_archived", f"{row.name!r} is archived. Duplicate it and work with the copy."
        )
    if document.name != row.name:
        read_title(document.name, f"{pointer}.name")
        _refuse_taken(connection, document.name, row.id)
    if document.kind is not row.kind and store.is_enrolled_in(connection, row.id):
        raise Conflict(
            "kind_is_fixed",
            f"{row.name!r} stays {row.kind}, because contacts are already enrolled. Create "
            "a new sequence of the other kind.",
        )
    if row.state in _LIVE and (errors := errors_of(lint_document(connection, document, now))):
        faults = (Fault(f"{pointer}.{one.field}", one.reason, one.remedy) for one in errors)
        raise Invalid(*faults, code="sequence_not_sound")


def _refuse_taken(connection: sa.Connection, name: str, own_id: int | None) -> None:
    other = store.find_sequence(connection, name)
    if other is not None and other.id != own_id:
        raise Conflict(
            "sequence_exists",
            f"A sequence named {other.name!r} already exists; choose another name.",
        )


def _sender_id(connection: sa.Connection, document: SequenceDocument, pointer: str) -> int | None:
    if document.sender is None:
        return None
    sender = find_sender(connection, document.sender)
    if sender is None:
        raise invalid(
            f"{pointer}.sender",
            f"There is no sender {document.sender!r}.",
            "Write a sender's phone number, or leave it out to use the default sender.",
        )
    return sender.id


def _write_steps(
    connection: sa.Connection,
    sequence_id: int,
    before: SequenceDocument,
    after: SequenceDocument,
    found: Changes,
    now: int,
) -> list[int]:
    """Write the changed steps; returns the ids of all, in order."""
    gone = [before.steps[index].id or 0 for index in found.removed]
    store.delete_steps(connection, gone, now)
    store.move_deleted(connection, sequence_id, found.kept)
    store.vacate_positions(connection, sequence_id)
    ids = []
    for position, (step, index) in enumerate(zip(after.steps, found.kept, strict=True), 1):
        step_id = None if index is None else before.steps[index].id
        if step_id is None:
            step_id = store.add_step(connection, sequence_id, position, step)
        else:
            store.change_step(connection, step_id, position, step)
        ids.append(step_id)
    return ids

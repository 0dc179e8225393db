"""The only writer of an enrollment's status: lock the row, decide, write row, event and effects.

Callers are inside one write transaction, so rows cannot change in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from common.vocabulary import Hold, LineKind, LineSource, Reason, Status
from server.database.statements import execute_in, fetch_in, update_rows
from server.database.tables import contacts, enrollments, senders, sequences
from server.enrollments import lifecycle
from server.enrollments.lifecycle import Decision, Effect, Standing
from server.enrollments.lifecycle_events import Event, NoStepLeft, Replanned, StepSkipped
from server.events import log
from server.messages import store as message_store

STANDING: Final = tuple(field.name for field in msgspec.structs.fields(Standing))
"""The columns of an enrollment for its Standing, in the struct's order."""

_COLUMNS: Final = ("id", "sequence_id", "contact_id", *STANDING)
_encode = msgspec.json.Encoder().encode


_PASSES_OVER: Final = (
    StepSkipped,
    NoStepLeft,
    Replanned,
)
"""Events after which another step may be next although the one before had a text."""


class Application(NamedTuple):
    """One event to apply to one enrollment, with its operator and origin."""

    enrollment_id: int
    event: Event
    message_id: int | None = None
    operator_id: int | None = None
    operation_id: int | None = None


class Row(NamedTuple):
    """A stored enrollment."""

    id: int
    sequence_id: int
    contact_id: int
    standing: Standing


def load(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Row]:
    """Enrollments by id; unknown ids are left out."""
    rows = fetch_in(
        connection,
        f"SELECT {', '.join(_COLUMNS)} FROM enrollments WHERE id IN",  # noqa: S608 # our own column names
        dict.fromkeys(ids),
    )
    return {row[0]: Row(row[0], row[1], row[2], standing_of(row[3:])) for row in rows}


def load_pending(connection: sa.Connection, sequence_id: int) -> dict[int, Standing]:
    """Pending enrollments of a sequence, by id."""
    rows = connection.execute(
        sa.select(enrollments.c.id, *(enrollments.c[name] for name in STANDING))
        .where(
            enrollments.c.sequence_id == sequence_id,
            enrollments.c.status == Status.PENDING.value,
        )
        .order_by(enrollments.c.id)
    )
    return {row[0]: standing_of(row[1:]) for row in rows}


def standing_of(values: Sequence[Any]) -> Standing:
    """A Standing from the values of the `STANDING` columns."""
    status, reason, hold, *rest, early = values
    typed: list[Any] = [
        Status(status),
        Reason(reason) if reason else None,
        Hold(hold) if hold else None,
        *rest,
        bool(early),
    ]
    return Standing(*typed)


def apply(
    connection: sa.Connection, applications: Sequence[Application], at: int
) -> list[Decision]:
    """Apply events, in the given order; returns one decision for each.

    A refused event writes nothing.
    """
    rows = load(connection, (one.enrollment_id for one in applications))
    before = {row.id: row.standing for row in rows.values()}
    decisions: list[Decision] = []
    entries: list[log.Entry] = []
    effects: dict[Effect, list[Row]] = {effect: [] for effect in Effect}
    passed: list[int] = []
    for one in applications:
        row = rows[one.enrollment_id]
        decision = lifecycle.decide(row.standing, one.event, at)
        decisions.append(decision)
        if decision.refused:
            continue
        rows[row.id] = Row(row.id, row.sequence_id, row.contact_id, decision.standing)
        entries.append(entry(row, one, at))
        for effect in decision.effects:
            effects[effect].append(row)
        if isinstance(one.event, _PASSES_OVER):
            passed.append(row.id)
    _write_changes(connection, rows.values(), before)
    log.append(connection, entries)
    if ended := [row.id for row in effects[Effect.CANCEL_UNSENT]]:
        message_store.cancel_of_enrollments(connection, ended, at)
    if mobile := {row.contact_id for row in effects[Effect.CLEAR_PROBABLE_LANDLINE]}:
        clear_probable_landlines(connection, mobile, at)
    if passed:
        message_store.cancel_passed_over(connection, passed, at)
    return decisions


def write_refolded(
    connection: sa.Connection, row: Row, standing: Standing, one: Application, at: int
) -> None:
    """Write the result of folding a history again, with the event that caused it."""
    _write(connection, [row._replace(standing=standing)])
    if standing.status is Status.PENDING is not row.standing.status:
        _set_sender(connection, [row.id])
    log.append(connection, [entry(row, one, at)])
    if standing.status is not Status.PENDING:
        message_store.cancel_of_enrollments(connection, [row.id], at)


def entry(row: Row, one: Application, at: int) -> log.Entry:
    """The event as a log entry."""
    message_id = one.message_id or getattr(one.event, "message_id", None) or None
    return log.Entry(
        at,
        one.event.__struct_config__.tag,  # type: ignore[arg-type] # every event has a word as tag
        row.sequence_id,
        row.id,
        row.contact_id,
        message_id,
        one.operation_id,
        one.operator_id,
        _encode(one.event).decode(),
    )


def _write(connection: sa.Connection, rows: Sequence[Row]) -> None:
    update_rows(
        connection,
        enrollments,
        STANDING,
        [(*msgspec.structs.astuple(row.standing), row.id) for row in rows],
    )


def _write_changes(
    connection: sa.Connection, rows: Iterable[Row], before: Mapping[int, Standing]
) -> None:
    """Write the changed columns; SQLite updates each index whose column a statement names.

    If the status changed, the whole row is written, in order: a contact's old enrollment must end
    before a new one is pending. Otherwise, rows with the same changes are written together.
    """
    whole: list[Row] = []
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        old, new = before[row.id], row.standing
        if old is new:
            continue
        if old.status is not new.status:
            whole.append(row)
            continue
        values = msgspec.structs.astuple(new)
        changes = [
            (name, value)
            for name, was, value in zip(STANDING, msgspec.structs.astuple(old), values, strict=True)
            if was != value
        ]
        if changes:
            columns, changed = zip(*changes, strict=True)
            alike.setdefault(columns, []).append((*changed, row.id))
    _write(connection, whole)
    if revived := [row.id for row in whole if row.standing.status is Status.PENDING]:
        _set_sender(connection, revived)
    for columns, values_of_rows in alike.items():
        update_rows(connection, enrollments, columns, values_of_rows)


def _set_sender(connection: sa.Connection, ids: Iterable[int]) -> None:
    """Let enrollments that are pending again use their sequence's current sender."""
    own = (
        sa.select(sequences.c.sender_id)
        .where(sequences.c.id == enrollments.c.sequence_id)
        .scalar_subquery()
    )
    default = sa.select(senders.c.id).where(senders.c.is_default.is_(True)).scalar_subquery()
    sender_id = sa.func.coalesce(own, default, enrollments.c.sender_id)
    set_sender = sa.update(enrollments).values(sender_id=sender_id)
    execute_in(connection, set_sender, enrollments.c.id, ids)


def clear_probable_landlines(connection: sa.Connection, contact_ids: set[int], at: int) -> None:
    """Contacts that received or sent a text have no landline, unless it was certain."""
    clear = sa.update(contacts).where(
        contacts.c.line == LineKind.LANDLINE.value,
        contacts.c.line_certain == sa.false(),
        contacts.c.line_source != LineSource.OPERATOR.value,
    )
    cleared = clear.values(line=LineKind.UNKNOWN.value, line_source=None, line_at=at)
    execute_in(connection, cleared, contacts.c.id, sorted(contact_ids))

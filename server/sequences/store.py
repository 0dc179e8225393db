"""SQL of sequences and their steps. Functions over a Connection; none commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from common.model.sequences import Delay, Reenroll, SequenceDocument, StepDocument, WindowSpan
from common.vocabulary import OnReply, SequenceKind, SequenceState, Status
from common.windows import Window, parse_window
from server.database.statements import count_rows, named
from server.database.tables import enrollments, operators, senders, sequences, steps
from server.errors import Conflict, NotFound
from server.titles import name_key


class SequenceRow(NamedTuple):
    """A stored sequence; times are UTC microseconds, `window` is JSON of its spans."""

    id: int
    name: str
    kind: SequenceKind
    state: SequenceState
    on_reply: OnReply
    window: str
    version: int
    sender_id: int | None
    daily_limit: int
    late_hours: int
    response_days: int
    reenroll: Reenroll
    reenroll_days: int
    created_by: int
    created_at: int
    updated_at: int
    activated_at: int | None
    paused_at: int | None

    def spans(self) -> tuple[WindowSpan, ...]:
        """The window in its written form."""
        return msgspec.json.decode(self.window, type=tuple[WindowSpan, ...])

    def parsed_window(self) -> Window:
        """The window, parsed for timing."""
        return parse_window(msgspec.json.decode(self.window))


class StepRow(NamedTuple):
    """A stored step; `position` counts from 1."""

    id: int
    position: int
    delay_days: int
    delay_hours: int
    delay_minutes: int
    at: str | None
    at_local: bool
    body: str


_SEQUENCE = sa.select(*(sequences.c[name] for name in SequenceRow._fields))
_STEP = sa.select(*(steps.c[name] for name in StepRow._fields))


def get_sequence(connection: sa.Connection, sequence_id: int) -> SequenceRow:
    """One sequence. Raises NotFound."""
    row = connection.execute(_SEQUENCE.where(sequences.c.id == sequence_id)).first()
    if row is None:
        raise NotFound("sequence", sequence_id)
    return _sequence(row)


def find_sequence(connection: sa.Connection, name: str) -> SequenceRow | None:
    """The sequence with a name, in any case, or None."""
    row = connection.execute(named(_SEQUENCE, sequences.c.name_key, name)).first()
    return _sequence(row) if row else None


def version_and_state(connection: sa.Connection, sequence_id: int) -> tuple[int, SequenceState]:
    """The key of a cached plan. Raises NotFound."""
    row = connection.execute(
        sa.select(sequences.c.version, sequences.c.state).where(sequences.c.id == sequence_id)
    ).first()
    if row is None:
        raise NotFound("sequence", sequence_id)
    return row[0], SequenceState(row[1])


def list_sequences(
    connection: sa.Connection, words: Sequence[str], *, archived: bool, offset: int, limit: int
) -> tuple[list[SequenceRow], int]:
    """A page of sequences by name, with each word in the name, and the total."""
    wanted = sa.and_(
        sa.true(),
        *(sequences.c.name_key.contains(name_key(word), autoescape=True) for word in words),
        *(() if archived else (sequences.c.state != SequenceState.ARCHIVED.value,)),
    )
    total = count_rows(connection, sequences, wanted)
    rows = connection.execute(
        _SEQUENCE.where(wanted).order_by(sequences.c.name_key).offset(offset).limit(limit)
    )
    return [_sequence(row) for row in rows], total


def steps_of(connection: sa.Connection, sequence_id: int) -> list[StepRow]:
    """The live steps, in order."""
    rows = connection.execute(
        _STEP.where(steps.c.sequence_id == sequence_id, steps.c.deleted_at.is_(None)).order_by(
            steps.c.position
        )
    )
    return [StepRow._make(row) for row in rows]


def count_steps(connection: sa.Connection, ids: Collection[int]) -> dict[int, int]:
    """The number of live steps by sequence."""
    rows = connection.execute(
        sa.select(steps.c.sequence_id, sa.func.count())
        .where(steps.c.sequence_id.in_(ids), steps.c.deleted_at.is_(None))
        .group_by(steps.c.sequence_id)
    )
    return {row[0]: row[1] for row in rows}


def count_enrollments(connection: sa.Connection, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """The number of enrollments by sequence and status; all statuses are included."""
    counts = {sequence_id: {status.value: 0 for status in Status} for sequence_id in ids}
    rows = connection.execute(
        sa.select(enrollments.c.sequence_id, enrollments.c.status, sa.func.count())
        .where(enrollments.c.sequence_id.in_(ids))
        .group_by(enrollments.c.sequence_id, enrollments.c.status)
    )
    for sequence_id, status, count in rows:
        counts[sequence_id][status] = count
    return counts


def is_enrolled_in(connection: sa.Connection, sequence_id: int) -> bool:
    """Whether anyone was ever enrolled in it."""
    found = sa.select(enrollments.c.id).where(enrollments.c.sequence_id == sequence_id).limit(1)
    return connection.execute(found).first() is not None


def add_sequence(
    connection: sa.Connection,
    document: SequenceDocument,
    sender_id: int | None,
    operator_id: int,
    now: int,
) -> int:
    """Create a draft from a canonical document; returns its id. The name must be free."""
    sequence_id: int = connection.execute(
        sa.insert(sequences)
        .values(
            **_settings(document, sender_id),
            state=SequenceState.DRAFT.value,
            version=1,
            created_by=operator_id,
            created_at=now,
            updated_at=now,
        )
        .returning(sequences.c.id)
    ).scalar_one()
    for position, step in enumerate(document.steps, 1):
        add_step(connection, sequence_id, position, step)
    return sequence_id


def change_sequence(
    connection: sa.Connection,
    sequence_id: int,
    document: SequenceDocument,
    sender_id: int | None,
    now: int,
) -> None:
    """Write the settings of a canonical document, and increment the version."""
    connection.execute(
        sa.update(sequences)
        .where(sequences.c.id == sequence_id)
        .values(
            **_settings(document, sender_id)
            | {
                "name_key": sa.case(
                    (sequences.c.name == document.name, sequences.c.name_key),
                    else_=name_key(document.name),
                )
            },
            version=sequences.c.version + 1,
            updated_at=now,
        )
    )


def add_step(connection: sa.Connection, sequence_id: int, position: int, step: StepDocument) -> int:
    """Create a step; returns its id. The position must be free."""
    step_id: int = connection.execute(
        sa.insert(steps)
        .values(sequence_id=sequence_id, position=position, **_step_columns(step))
        .returning(steps.c.id)
    ).scalar_one()
    return step_id


def change_step(connection: sa.Connection, step_id: int, position: int, step: StepDocument) -> None:
    """Write a step's text, time and position. The position must be free."""
    connection.execute(
        sa.update(steps)
        .where(steps.c.id == step_id)
        .values(position=position, **_step_columns(step))
    )


def vacate_positions(connection: sa.Connection, sequence_id: int) -> None:
    """Free all positions of the live steps, to renumber them one by one."""
    connection.execute(
        sa.update(steps)
        .where(steps.c.sequence_id == sequence_id, steps.c.deleted_at.is_(None))
        .values(position=-steps.c.position)
    )


def delete_steps(connection: sa.Connection, step_ids: Iterable[int], now: int) -> None:
    """Delete steps from their sequence; their texts keep referring to them."""
    connection.execute(sa.update(steps).where(steps.c.id.in_(step_ids)).values(deleted_at=now))


def move_deleted(connection: sa.Connection, sequence_id: int, kept: Sequence[int | None]) -> None:
    """Keep deleted steps in place: after the step that was before them.

    Enrollments may still be on them. `kept` has for each step of the new version its index in the
    former one, None for a new one. A deleted step's position is that of the step that takes its
    place.
    """
    now_at = {index: position for position, index in enumerate(kept, 1) if index is not None}
    rows = connection.execute(
        sa.select(steps.c.id, steps.c.position).where(
            steps.c.sequence_id == sequence_id, steps.c.deleted_at.is_not(None)
        )
    ).all()
    for step_id, position in rows:
        ahead = [index for index in now_at if index < position - 1]
        place = now_at[max(ahead)] + 1 if ahead else 1
        if place != position:
            connection.execute(sa.update(steps).where(steps.c.id == step_id).values(position=place))


def set_state(connection: sa.Connection, sequence_id: int, state: SequenceState, now: int) -> None:
    """Write a sequence's state, and since when it is active or paused."""
    since: dict[str, Any] = {"paused_at": now if state is SequenceState.PAUSED else None}
    if state is SequenceState.ACTIVE:
        since["activated_at"] = sa.func.coalesce(sequences.c.activated_at, now)
    connection.execute(
        sa.update(sequences)
        .where(sequences.c.id == sequence_id)
        .values(state=state.value, updated_at=now, **since)
    )


def wrong_state(row: SequenceRow, done: str, needed: str) -> Conflict:
    """The refusal of an action that needs another state."""
    return Conflict(
        "wrong_state", f"{row.name!r} is {row.state}; only one that is {needed} can be {done}."
    )


def operator_name(connection: sa.Connection, operator_id: int) -> str:
    """The operator who created it."""
    name: str = connection.execute(
        sa.select(operators.c.name).where(operators.c.id == operator_id)
    ).scalar_one()
    return name


def sender_phone(connection: sa.Connection, sender_id: int | None) -> str | None:
    """The phone of a sequence's own sender, or None if it has none."""
    return connection.execute(
        sa.select(senders.c.phone).where(senders.c.id == sender_id)
    ).scalar_one_or_none()


def _settings(document: SequenceDocument, sender_id: int | None) -> dict[str, Any]:
    return {
        "name": document.name,
        "name_key": name_key(document.name),
        "kind": document.kind.value,
        "on_reply": document.on_reply.value,
        "window": msgspec.json.encode(document.window).decode(),
        "sender_id": sender_id,
        "daily_limit": document.daily_limit,
        "late_hours": document.late_hours,
        "response_days": document.response_days,
        "reenroll": document.reenroll.value,
        "reenroll_days": document.reenroll_days,
    }


def _step_columns(step: StepDocument) -> dict[str, Any]:
    delay = step.delay or Delay()
    return {
        "delay_days": delay.days,
        "delay_hours": delay.hours,
        "delay_minutes": delay.minutes,
        "at": step.at,
        "at_local": bool(step.local),
        "body": step.body,
    }


def _sequence(row: sa.Row[Any]) -> SequenceRow:
    stored = SequenceRow._make(row)
    return stored._replace(
        kind=SequenceKind(stored.kind),
        state=SequenceState(stored.state),
        on_reply=OnReply(stored.on_reply),
        reenroll=Reenroll(stored.reenroll),
    )

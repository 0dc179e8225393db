"""Sequences in the API, read from the database. Nothing here changes anything."""

from __future__ import annotations

import sqlalchemy as sa

from common.documents import document_of
from common.model.sequences import (
    Delay,
    Finding,
    Sequence,
    SequenceDocument,
    SequencePage,
    SequenceSummary,
    Step,
)
from common.vocabulary import SequenceKind
from server.clock import to_datetime
from server.database.tables import contacts, workspace
from server.sequences import store
from server.sequences.lint import lint
from server.sequences.lint_texts import OWN_FIELDS
from server.sequences.store import SequenceRow, StepRow
from server.sequences.text import FaultyBody, fields_of


def list_sequences(
    connection: sa.Connection, q: str, *, include_archived: bool, offset: int, limit: int
) -> SequencePage:
    """A page of sequences by name; each word of `q` must be in the name."""
    rows, total = store.list_sequences(
        connection, q.split(), archived=include_archived, offset=offset, limit=limit
    )
    ids = [row.id for row in rows]
    steps = store.count_steps(connection, ids)
    counts = store.count_enrollments(connection, ids)
    items = tuple(
        SequenceSummary(
            id=row.id,
            name=row.name,
            kind=row.kind,
            state=row.state,
            version=row.version,
            steps=steps.get(row.id, 0),
            counts=counts[row.id],
            total=sum(counts[row.id].values()),
            updated_at=to_datetime(row.updated_at),
        )
        for row in rows
    )
    return SequencePage(items, total)


def read_sequence(connection: sa.Connection, sequence_id: int) -> Sequence:
    """One whole sequence. Raises NotFound."""
    row = store.get_sequence(connection, sequence_id)
    counts = store.count_enrollments(connection, [sequence_id])[sequence_id]
    return Sequence(
        id=row.id,
        name=row.name,
        kind=row.kind,
        state=row.state,
        version=row.version,
        on_reply=row.on_reply,
        window=row.spans(),
        sender=store.sender_phone(connection, row.sender_id),
        daily_limit=row.daily_limit,
        late_hours=row.late_hours,
        response_days=row.response_days,
        reenroll=row.reenroll,
        reenroll_days=row.reenroll_days,
        steps=tuple(_step(step, row) for step in store.steps_of(connection, sequence_id)),
        counts=counts,
        total=sum(counts.values()),
        created_by=store.operator_name(connection, row.created_by),
        created_at=to_datetime(row.created_at),
        updated_at=to_datetime(row.updated_at),
        activated_at=None if row.activated_at is None else to_datetime(row.activated_at),
        paused_at=None if row.paused_at is None else to_datetime(row.paused_at),
    )


def read_steps(connection: sa.Connection, sequence_id: int) -> tuple[Step, ...]:
    """The steps of a sequence, in order. Raises NotFound."""
    row = store.get_sequence(connection, sequence_id)
    return tuple(_step(step, row) for step in store.steps_of(connection, sequence_id))


def read_document(connection: sa.Connection, sequence_id: int) -> SequenceDocument:
    """The document that describes this sequence, with the ids of its steps."""
    return document_of(read_sequence(connection, sequence_id))


def lint_sequence(connection: sa.Connection, sequence_id: int, now: int) -> list[Finding]:
    """Findings of a sequence as it is now. Raises NotFound."""
    return lint_document(connection, read_document(connection, sequence_id), now)


def lint_document(connection: sa.Connection, document: SequenceDocument, now: int) -> list[Finding]:
    """Findings of a canonical document, in this workspace."""
    home = connection.execute(sa.select(workspace.c.zone, workspace.c.region)).one()
    known = known_fields(connection, document)
    return lint(document, known_fields=known, zone=home.zone, country=home.region, now=now)


def known_fields(connection: sa.Connection, document: SequenceDocument) -> frozenset[str]:
    """The custom fields of a document that any contact has."""
    used: set[str] = set()
    for step in document.steps:
        try:
            used |= fields_of(step.body)
        except FaultyBody:
            continue
    return frozenset(name for name in used - OWN_FIELDS if _has_anyone(connection, name))


def _has_anyone(connection: sa.Connection, field: str) -> bool:
    return (
        connection.execute(
            sa.select(contacts.c.id)
            .where(
                contacts.c.fields != "{}",
                sa.func.json_extract(contacts.c.fields, f'$."{field}"').is_not(None),
            )
            .limit(1)
        ).first()
        is not None
    )


def _step(step: StepRow, row: SequenceRow) -> Step:
    relative = row.kind is SequenceKind.RELATIVE
    return Step(
        id=step.id,
        position=step.position,
        body=step.body,
        delay=Delay(step.delay_days, step.delay_hours, step.delay_minutes) if relative else None,
        at=step.at,
        local=None if relative else step.at_local,
    )

"""Small worlds for the list engines: random rows and filters, and one row for every edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from common import names
from common.vocabulary import Hold, Reason, Status
from server.clock import DAY, HOUR, MINUTE
from server.database import tables
from server.enrollments.lifecycle import OPEN_ENDED
from tests.unit.list_oracle import (
    DELETED_STEP,
    GROUPS,
    NOWS,
    OPERATORS,
    OTHER,
    SEQUENCE,
    STEPS,
    ZONE,
    Row,
)

TERMS = [
    *[f"status:{status}" for status in Status],
    "status:pending,failed",
    "step:1",
    "step:2,none",
    "step:none",
    "by:ANA",
    'by:li,"ana maria"',
    "due:<2h",
    "due:>2h",
    "due:<30m,tomorrow",
    "due:today",
    "due:2026-11-01",
    "enrolled:<3d",
    "enrolled:>3d",
    "enrolled:today",
    "enrolled:<2026-11-01",
    "enrolled:>2026-11-01",
    "enrolled:2026-10-30..2026-11-02",
    "reason:replied,keyword",
    "hold:draft",
    "hold:none,sending",
    "group:VIP",
    'group:vip,"new york"',
    "replied:yes",
    "replied:no",
    "replied:yes,no",
    "aba",
    "alv",
    "abadi",
    "lukasz",
    "obr",
    "李",
    '"lena aba"',
    "415",
    "0142",
    '"+1 206"',
    "4th",
    "44",
]

OFFSETS = [
    -40 * DAY,
    -3 * DAY - 1,
    -3 * DAY,
    -3 * DAY + 1,
    -13 * HOUR,
    -9 * HOUR,
    -1,
    0,
    30 * MINUTE,
    2 * HOUR - 1,
    2 * HOUR,
    2 * HOUR + 1,
    15 * HOUR,
    17 * HOUR,
    DAY,
    41 * HOUR,
]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[int, list[Row]]:
    now = draw(st.sampled_from(NOWS))
    rows = []
    for ident in range(1, draw(st.integers(0, 12)) + 1):
        status = draw(st.sampled_from([Status.PENDING, Status.PENDING, *Status]))
        pending = status is Status.PENDING
        hold = draw(st.sampled_from([None, *Hold])) if pending else None
        due = draw(st.sampled_from([None, *OFFSETS])) if pending else None
        if pending and hold is None and due is None:
            due = 0
        if hold in OPEN_ENDED:
            due = None
        steps = [*STEPS, DELETED_STEP]
        rows.append(
            Row(
                id=ident,
                sequence_id=draw(st.sampled_from([SEQUENCE, SEQUENCE, SEQUENCE, OTHER])),
                contact=ident,
                status=status,
                reason=None if pending else draw(st.sampled_from(list(Reason))),
                hold=hold,
                due_at=None if due is None else now + due,
                next_step_id=draw(
                    st.sampled_from(steps if pending and hold is not Hold.DRAFT else [*steps, None])
                ),
                last_step_id=draw(st.sampled_from([*STEPS, DELETED_STEP, None])),
                replied=draw(st.booleans()),
                by=draw(st.sampled_from(list(OPERATORS))),
                enrolled_at=now + draw(st.sampled_from(OFFSETS)),
            )
        )
    return now, rows


@st.composite
def questions(draw: st.DrawFn) -> str:
    terms = draw(st.lists(st.sampled_from(TERMS), max_size=3))
    return " ".join(draw(st.sampled_from(["", "", "-"])) + term for term in terms)


def one_of_each(now: int) -> list[Row]:
    """A row for every edge of a time, then one for every status, reason and step."""
    steps = [*STEPS, DELETED_STEP, None]
    pending = [
        Row(n, SEQUENCE, n, Status.PENDING, None, None, now + at, 11, 12, n % 2 == 0, 1, now + at)
        for n, at in enumerate(OFFSETS, 1)
    ]
    held = [
        Row(100 + n, SEQUENCE, 100 + n, Status.PENDING, None, hold, None, 12, None, False, 2, now)
        for n, hold in enumerate(Hold)
    ]
    ended = [
        Row(200 + n, SEQUENCE, 200 + n, status, reason, None, None, 13, steps[n % 5], True, 3, now)
        for n, (status, reason) in enumerate(
            (status, reason) for status in list(Status)[1:] for reason in Reason
        )
    ]
    elsewhere = [pending[0]._replace(id=999, contact=999, sequence_id=OTHER)]
    return [*pending, *held, *ended, *elsewhere]


def insert_surroundings(connection: sa.Connection) -> None:
    def insert(table: sa.Table, rows: list[dict[str, Any]]) -> None:
        connection.execute(sa.insert(table), rows)

    insert(tables.workspace, [{"id": 1, "zone": ZONE.key, "region": "US", "created_wall": 0}])
    insert(
        tables.operators,
        [
            {"id": i, "name": n, "name_key": n.casefold(), "role": "operator", "created_wall": 0}
            for i, n in OPERATORS.items()
        ],
    )
    insert(
        tables.groups,
        [
            {"id": i, "name": n, "name_key": n.casefold(), "created_by": 1, "created_at": 0}
            for i, n in GROUPS.items()
        ],
    )
    steps = [*STEPS.items(), (DELETED_STEP, 2)]
    insert(
        tables.steps,
        [
            {
                "id": ident,
                "sequence_id": SEQUENCE,
                "position": position,
                "delay_days": 0,
                "delay_hours": 0,
                "delay_minutes": 0,
                "at_local": False,
                "body": "Hi",
                "deleted_at": 1 if ident == DELETED_STEP else None,
            }
            for ident, position in steps
        ],
    )


def insert_rows(connection: sa.Connection, rows: list[Row]) -> None:
    for row in rows:
        first, last = row.person
        planned_at = row.due_at or row.enrolled_at if row.status is Status.PENDING else None
        connection.execute(
            sa.insert(tables.contacts).values(
                id=row.contact,
                phone=row.phone,
                first_name=first,
                last_name=last,
                search_key=names.search_key(first, last),
                sort_key=names.sort_key(first, last),
                region_given=False,
                line_certain=False,
                created_by=1,
                created_at=0,
                updated_at=0,
            )
        )
        for group in row.groups:
            connection.execute(
                sa.insert(tables.group_members).values(
                    group_id=group, contact_id=row.contact, added_by=1, added_at=0
                )
            )
        connection.execute(
            sa.insert(tables.enrollments).values(
                id=row.id,
                sequence_id=row.sequence_id,
                contact_id=row.contact,
                run=1,
                status=row.status.value,
                reason=row.reason and row.reason.value,
                hold=row.hold and row.hold.value,
                due_at=row.due_at,
                not_before=row.due_at if row.hold else None,
                planned_at=planned_at,
                base_at=planned_at,
                next_step_id=row.next_step_id,
                last_step_id=row.last_step_id,
                sender_id=1,
                sequence_version=1,
                accepted=0,
                delivered=0,
                dead=0,
                tries=0,
                answered_early=False,
                replied_at=row.enrolled_at if row.replied else None,
                enrolled_by=row.by,
                enrolled_at=row.enrolled_at,
                ended_at=None if row.status is Status.PENDING else row.enrolled_at,
            )
        )


@contextmanager
def open_world() -> Iterator[sa.Connection]:
    """A database in memory with operators, groups and steps; roll back what a test adds."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    tables.metadata.create_all(engine)
    with engine.connect() as connection:
        insert_surroundings(connection)
        connection.commit()
        yield connection
    engine.dispose()

"""The SQL list engine against a naive one: same ids, same order, same counts, on random rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple, get_args
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from common import filters, names
from common.filters import Field, FieldTerm, Term
from common.model.listing import Facets, Sort
from common.moments import Dates, OnDay, Within, read_moment
from common.vocabulary import STATUS_LABELS, Hold, Reason, Status
from server.clock import DAY, HOUR, MINUTE, SECOND, to_datetime
from server.database import tables
from server.enrollments.conditions import positions_of, read_filter, resolve
from server.enrollments.listing import Query
from server.enrollments.listing_sql import SqlListEngine
from server.enrollments.snapshots import Ranking
from server.errors import Invalid

ZONE = ZoneInfo("America/New_York")
NOWS = [
    1_793_541_600_000_000,  # 2026-11-01 09:00 in New York, the day an hour comes twice
    1_800_000_000_000_000,
    1_800_000_000_000_000 + 17 * HOUR,
]
SEQUENCE, OTHER = 1, 2
STEPS = {11: 1, 12: 2, 13: 3}
DELETED_STEP = 14
OPERATORS = {1: "ana", 2: "Li", 3: "Ana Maria"}
GROUPS = {1: "vip", 2: "New York"}
PEOPLE = [
    ("Lena", "Abadi"),
    ("Sam", "Abbott"),
    ("José", "Álvarez"),
    ("Łukasz", "O'Brien"),
    ("", ""),
    ("小龍", "李"),
    ("Abe", "abadi"),
    ("4th", "Floor"),
]
PHONES = ["+14155550142", "+12065550117", "+13125550190", "+442079460123"]
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


class Row(NamedTuple):
    """One enrollment, and what else the list can ask about it."""

    id: int
    sequence_id: int
    contact: int
    status: Status
    reason: Reason | None
    hold: Hold | None
    due_at: int | None
    next_step_id: int | None
    last_step_id: int | None
    replied: bool
    by: int
    enrolled_at: int

    @property
    def person(self) -> tuple[str, str]:
        return PEOPLE[self.contact % len(PEOPLE)]

    @property
    def phone(self) -> str:
        return PHONES[self.contact % len(PHONES)] + str(self.contact)

    @property
    def groups(self) -> set[int]:
        return {group for group in GROUPS if self.contact % (group + 1) == 0}

    @property
    def step(self) -> int | None:
        on = self.next_step_id if self.status is Status.PENDING else self.last_step_id
        return STEPS.get(on) if on is not None else None


def naive(rows: list[Row], q: str, sort: str, now: int) -> tuple[list[int], int, Facets]:
    """What the list should be, said as plainly as possible."""
    mine = [row for row in rows if row.sequence_id == SEQUENCE]
    terms = filters.parse(q).terms

    def count(field: Field, value: Any) -> Counter[Any]:
        others = [t for t in terms if not (isinstance(t, FieldTerm) and t.field is field)]
        return Counter(value(row) for row in mine if all(holds(t, row, now) for t in others))

    key = sort.removeprefix("-")
    found = sorted(
        (row for row in mine if all(holds(t, row, now) for t in terms)), key=lambda row: row.id
    )
    ranked = sorted(
        (row for row in found if value_of(key, row) is not None),
        key=lambda row: value_of(key, row),
        reverse=sort.startswith("-"),
    )
    ranked += [row for row in found if value_of(key, row) is None]
    by_status = count(Field.STATUS, lambda row: row.status)
    by_step = count(Field.STEP, lambda row: "none" if row.step is None else str(row.step))
    by_operator = count(Field.BY, lambda row: row.by)
    return (
        [row.id for row in ranked],
        len(mine),
        Facets(
            status={status.value: by_status[status] for status in Status},
            step={choice: by_step[choice] for choice in ["1", "2", "3", "none"]},
            enrolled_by={OPERATORS[by]: by_operator[by] for by in {row.by for row in mine}},
        ),
    )


def value_of(key: str, row: Row) -> Any:
    return {
        "name": names.sort_key(*row.person) or None,
        "phone": row.phone,
        "step": row.step,
        "status": list(STATUS_LABELS).index(row.status),
        "next": row.due_at,
        "by": OPERATORS[row.by].casefold(),
        "enrolled": row.enrolled_at,
    }[key]


def holds(term: Term, row: Row, now: int) -> bool:
    return matches(term, row, now) != term.negated


def matches(term: Term, row: Row, now: int) -> bool:
    if not isinstance(term, FieldTerm):
        of_name = names.words(" ".join(row.person))
        by_name = bool(term.words) and all(
            any(word.startswith(typed) for word in of_name) for typed in term.words
        )
        return by_name or (term.digits is not None and term.digits in row.phone)
    values = {value.casefold() for value in term.values}
    match term.field:
        case Field.STATUS:
            return row.status.value in values
        case Field.STEP:
            return ("none" if row.step is None else str(row.step)) in values
        case Field.BY:
            return OPERATORS[row.by].casefold() in values
        case Field.REASON:
            return row.reason is not None and row.reason.value in values
        case Field.HOLD:
            return ("none" if row.hold is None else row.hold.value) in values
        case Field.GROUP:
            return any(GROUPS[group].casefold() in values for group in row.groups)
        case Field.REPLIED:
            return ("yes" if row.replied else "no") in values
        case Field.DUE:
            return any(is_due(value, row.due_at, now) for value in values)
        case Field.ENROLLED:
            return any(was_enrolled(value, row.enrolled_at, now) for value in values)


def is_due(value: str, instant: int | None, now: int) -> bool:
    if instant is None:
        return False
    moment = read_moment(value)
    if isinstance(moment, Within):
        ahead = instant - now
        limit = moment.seconds * SECOND
        return ahead < limit if moment.op == "<" else ahead > limit
    return on_day(value, instant, now)


def was_enrolled(value: str, instant: int, now: int) -> bool:
    moment = read_moment(value)
    if isinstance(moment, Within):
        back = now - instant
        limit = moment.seconds * SECOND
        return back < limit if moment.op == "<" else back > limit
    return on_day(value, instant, now)


def on_day(value: str, instant: int, now: int) -> bool:
    moment = read_moment(value)
    day = local_date(instant)
    if isinstance(moment, OnDay):
        return day == local_date(now) + timedelta(days=value == "tomorrow")
    assert isinstance(moment, Dates)
    return (moment.first or date.min) <= day <= (moment.last or date.max)


def local_date(instant: int) -> date:
    return to_datetime(instant).astimezone(ZONE).date()


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
        rows.append(
            Row(
                id=ident,
                sequence_id=draw(st.sampled_from([SEQUENCE, SEQUENCE, SEQUENCE, OTHER])),
                contact=ident,
                status=status,
                reason=None if pending else draw(st.sampled_from(list(Reason))),
                hold=hold,
                due_at=None if due is None else now + due,
                next_step_id=draw(st.sampled_from([*STEPS, DELETED_STEP, None])),
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


@pytest.fixture(scope="module")
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    tables.metadata.create_all(engine)
    with engine.connect() as connection:
        _insert_surroundings(connection)
        connection.commit()
        yield connection
    engine.dispose()


def _insert_surroundings(connection: sa.Connection) -> None:
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


def ask(connection: sa.Connection, q: str, sort: str, now: int) -> Ranking:
    positions = positions_of(connection, SEQUENCE)
    question = resolve(connection, q, read_filter(q), positions, now)
    query = Query(SEQUENCE, question.conditions, sort, positions)
    return SqlListEngine().rank(connection, query)


@given(worlds(), questions(), st.sampled_from(get_args(Sort)))
@example((NOWS[0], []), "", "name")
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_engine_finds_ranks_and_counts_as_the_naive_one(
    connection: sa.Connection, world: tuple[int, list[Row]], q: str, sort: str
) -> None:
    now, rows = world
    try:
        insert_rows(connection, rows)
        found = ask(connection, q, sort, now)
    finally:
        connection.rollback()
    ids, enrolled, facets = naive(rows, q, sort, now)
    assert list(found.ids) == ids
    assert found.enrolled == enrolled
    assert found.facets == facets


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


@pytest.mark.parametrize("now", NOWS)
def test_each_term_and_its_negation_find_what_the_naive_one_finds(
    connection: sa.Connection, now: int
) -> None:
    rows = one_of_each(now)
    try:
        insert_rows(connection, rows)
        for q in [*TERMS, *(f"-{term}" for term in TERMS)]:
            assert list(ask(connection, q, "name", now).ids) == naive(rows, q, "name", now)[0], q
    finally:
        connection.rollback()


@pytest.mark.parametrize("sort", get_args(Sort))
def test_each_sort_ranks_as_the_naive_one(connection: sa.Connection, sort: str) -> None:
    rows = one_of_each(NOWS[0])
    try:
        insert_rows(connection, rows)
        found = ask(connection, "", sort, NOWS[0])
    finally:
        connection.rollback()
    assert list(found.ids) == naive(rows, "", sort, NOWS[0])[0]


@pytest.mark.parametrize(
    ("q", "pointer", "remedy"),
    [
        ("status:faild", "q[7:12]", 'Did you mean "failed"?'),
        ("abe by:bob", "q[7:10]", "List the operators to see them."),
        ("by:ana,anna", "q[7:11]", 'Did you mean "ana"?'),
        ('step:1 BY:"ana mario"', "q[10:21]", 'Did you mean "Ana Maria"?'),
        ("-group:vib", "q[7:10]", 'Did you mean "vip"?'),
        ("step:4", "q[5:6]", "Write step:1 to step:3, or step:none."),
        ("step:1,4", "q[7:8]", "Write step:1 to step:3, or step:none."),
        ('due:<2x "abe', "q[4:7]", None),
    ],
)
def test_a_word_that_is_not_known_is_pointed_at(
    connection: sa.Connection, q: str, pointer: str, remedy: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(connection, q, "name", NOWS[0])
    [fault] = refused.value.faults
    assert fault.pointer == pointer
    assert remedy in {None, fault.remedy}


def test_every_name_that_is_not_known_is_told_at_once(connection: sa.Connection) -> None:
    with pytest.raises(Invalid) as refused:
        ask(connection, "by:bob step:9", "name", NOWS[0])
    assert [fault.pointer for fault in refused.value.faults] == ["q[3:6]", "q[12:13]"]

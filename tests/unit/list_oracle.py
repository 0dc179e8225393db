"""The list of enrollments said as plainly as possible: rows in Python, filtered and counted there.

Written from the product's words, apart from the engines it judges.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from common import filters, names
from common.filters import Field, FieldTerm, Term
from common.model.listing import Facets
from common.moments import Dates, OnDay, Within, read_moment
from common.vocabulary import STATUS_LABELS, Hold, Reason, Status
from server.clock import HOUR, SECOND, to_datetime

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

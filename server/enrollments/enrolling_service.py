"""Enrolls contacts for the routes: finds them, enrolls in batches, and counts the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from common.model.enrolling import Enrollees, EnrollResult, NotEnrolled, Turned
from common.segments import count_segments
from common.vocabulary import SequenceState, Status
from server.clock import to_datetime
from server.contacts import store as contacts_store
from server.contacts.fields import Dialing
from server.contacts.listing import all_contact_ids, contact_ids_matching
from server.contacts.numbers import InvalidNumber, Number, read_number
from server.contacts.store import phones_of
from server.database.statements import in_parts, select_in
from server.database.tables import contacts, group_members, groups
from server.enrollments import enrolling
from server.enrollments.enrolling import Judged
from server.enrollments.planning import Planner, plan_step
from server.errors import NotFound, invalid
from server.senders.store import default_sender
from server.sequences.plan import Plan
from server.sequences.text import TextError, render

BATCH: Final = 2_000
TOLD: Final = 1_000
"""Most contacts that are listed because they are not pending."""

FORECAST_OF: Final = 2_000
"""Pending contacts whose texts are all rendered; for the others segments are estimated."""

WHY: Final = {
    NotEnrolled.INVALID_NUMBER: "not a number that can be texted",
    NotEnrolled.NOT_MOBILE: "not a mobile number",
    NotEnrolled.UNKNOWN_CONTACT: "no such contact",
    NotEnrolled.ALREADY_PENDING: "already pending in this sequence",
    NotEnrolled.ENROLLED_BEFORE: "enrolled before; the sequence does not allow it again yet",
    NotEnrolled.ALREADY_OMITTED: "already omitted for the same reason",
    NotEnrolled.ALL_STEPS_PAST: "the times of all steps have passed",
    NotEnrolled.OUTSIDE_WINDOW: "the send window opens too late for every remaining step",
    NotEnrolled.NAMED_TWICE: "listed twice; counted once",
}
REFUSED: Final = frozenset(
    {
        NotEnrolled.INVALID_NUMBER,
        NotEnrolled.NOT_MOBILE,
        NotEnrolled.UNKNOWN_CONTACT,
        NotEnrolled.ALL_STEPS_PAST,
        NotEnrolled.OUTSIDE_WINDOW,
    }
)


class PeopleToEnroll(NamedTuple):
    """The contacts to enroll: known contacts, numbers that may be new, and those turned away in
    advance: bad numbers and duplicates.
    """

    contact_ids: list[int]
    numbers: list[Number]
    refused: list[Turned]

    def parts(self) -> Iterator[PeopleToEnroll]:
        """Split into batches; the refused ones are in the first."""
        refused = self.refused
        for ids in in_parts(self.contact_ids, BATCH):
            yield PeopleToEnroll(ids, [], refused)
            refused = []
        for numbers in in_parts(self.numbers, BATCH):
            yield PeopleToEnroll([], numbers, refused)
            refused = []
        if refused:
            yield PeopleToEnroll([], [], refused)


class DryRun(Exception):  # not an error: it rolls back a dry run
    """Carries the counts of a dry run out of the transaction that it rolls back."""

    def __init__(self, tally: Tally) -> None:
        super().__init__("dry run")
        self.tally = tally


class Tally:
    """The counts of enrolling so far."""

    def __init__(self) -> None:
        self.asked = 0
        self.pending = 0
        self.omitted: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.first: int | None = None
        self.last: int | None = None
        self.segments = 0
        self.forecast = 0
        self.turned: list[Turned] = []

    def add(self, other: Tally) -> None:
        """Add the counts of another batch."""
        self.asked += other.asked
        self.pending += other.pending
        self.omitted += other.omitted
        self.skipped += other.skipped
        self.refused += other.refused
        self.first = min((at for at in (self.first, other.first) if at is not None), default=None)
        self.last = max((at for at in (self.last, other.last) if at is not None), default=None)
        self.segments += other.segments
        self.forecast += other.forecast
        self.turned += other.turned

    def count(self, one: Judged) -> None:
        """Count one contact."""
        self.asked += 1
        if one.status is Status.PENDING:
            self.pending += 1
        elif one.status is not None and one.reason is not None:
            self.omitted[one.status.value] += 1
            why = one.reason.words.label
            self.turned.append(Turned(one.contact_id, one.phone, one.status.value, why))
        elif one.turned_away is not None:
            self.turn(one.turned_away, one.contact_id, one.phone)

    def turn(self, why: NotEnrolled, contact_id: int | None, phone: str) -> None:
        """Count a contact who was refused or skipped."""
        counted = self.refused if why in REFUSED else self.skipped
        counted[why.value] += 1
        outcome = "refused" if why in REFUSED else "skipped"
        self.turned.append(Turned(contact_id, phone, outcome, WHY[why]))

    def told(self, sequence_id: int, dry_run: bool) -> EnrollResult:
        """The answer."""
        segments = self.segments
        if self.forecast and self.forecast < self.pending:
            segments = round(segments * self.pending / self.forecast)
        return EnrollResult(
            sequence_id,
            self.asked,
            self.pending,
            dict(self.omitted),
            dict(self.skipped),
            dict(self.refused),
            None if self.first is None else to_datetime(self.first),
            None if self.last is None else to_datetime(self.last),
            segments,
            tuple(self.turned[:TOLD]),
            max(0, len(self.turned) - TOLD),
            dry_run,
        )


def find_people_to_enroll(
    connection: sa.Connection, asked: Enrollees, dialing: Dialing
) -> PeopleToEnroll:
    """Find the contacts to enroll. Raises Invalid unless exactly one way is given, NotFound for a
    group.
    """
    ways = [asked.contact_ids, asked.group_id, asked.phones, asked.q, asked.everybody or None]
    if sum(way is not None for way in ways) != 1:
        raise invalid(
            "body",
            "must name contacts in exactly one way.",
            "Send exactly one of contact_ids, group_id, phones, q and everybody.",
        )
    if asked.contact_ids is not None:
        return _contacts(connection, asked.contact_ids)
    if asked.group_id is not None:
        return PeopleToEnroll(_members(connection, asked.group_id), [], [])
    if asked.everybody:
        return PeopleToEnroll(all_contact_ids(connection), [], [])
    if asked.q is not None:
        return PeopleToEnroll(contact_ids_matching(connection, asked.q), [], [])
    return _numbers(asked.phones or (), dialing)


def _contacts(connection: sa.Connection, ids: Sequence[int]) -> PeopleToEnroll:
    """Each known contact once, in whatever batch; repetitions are skipped."""
    times = Counter(ids)
    phones = phones_of(connection, [ident for ident, n in times.items() if n > 1])
    first: set[int] = set()
    kept: list[int] = []
    twice: list[Turned] = []
    for ident in ids:
        if ident in first:
            twice.append(Turned(ident, phones[ident], "skipped", WHY[NotEnrolled.NAMED_TWICE]))
        else:
            kept.append(ident)
            if ident in phones:
                first.add(ident)
    return PeopleToEnroll(kept, [], twice)


def _members(connection: sa.Connection, group_id: int) -> list[int]:
    if not connection.execute(sa.select(groups.c.id).where(groups.c.id == group_id)).first():
        raise NotFound("group", group_id)
    found = connection.execute(
        sa.select(group_members.c.contact_id)
        .where(group_members.c.group_id == group_id)
        .order_by(group_members.c.contact_id)
    )
    return list(found.scalars())


def _numbers(phones: Sequence[str], dialing: Dialing) -> PeopleToEnroll:
    numbers: dict[str, Number] = {}
    refused = []
    for phone in phones:
        try:
            number = read_number(phone, dialing.region, fictional_ok=dialing.fictional_ok)
        except InvalidNumber as error:
            refused.append(Turned(None, phone, "refused", f"{error.reason} {error.remedy}"))
            continue
        if number.e164 in numbers:
            refused.append(Turned(None, number.e164, "skipped", WHY[NotEnrolled.NAMED_TWICE]))
        numbers[number.e164] = number
    return PeopleToEnroll([], list(numbers.values()), refused)


def enroll_part(
    connection: sa.Connection,
    planner: Planner,
    sequence_id: int,
    people: PeopleToEnroll,
    operator_id: int,
    now: int,
    *,
    dry_run: bool,
) -> Tally:
    """Enroll one batch. A dry run does the same and raises DryRun, which rolls it back."""
    plan = planner.plans.plan_of(connection, sequence_id)
    tally = Tally()
    for one in people.refused:
        tally.asked += 1
        twice = one.outcome == "skipped"
        counted = tally.skipped if twice else tally.refused
        counted[(NotEnrolled.NAMED_TWICE if twice else NotEnrolled.INVALID_NUMBER).value] += 1
        tally.turned.append(one)
    ids = list(people.contact_ids)
    if people.numbers:
        found = contacts_store.ensure_contacts(connection, people.numbers, operator_id, now)
        ids += [found[number.e164] for number in people.numbers]
    judged = enrolling.judge(connection, planner, plan, ids, now)
    for contact in judged:
        tally.count(contact)
    sender_id = plan.sender_id or default_sender(connection).id
    enrolling.enroll(connection, planner, plan, sender_id, judged, operator_id, now)
    _forecast(connection, plan, judged, tally)
    if dry_run:
        raise DryRun(tally)
    return tally


def _forecast(
    connection: sa.Connection, plan: Plan, judged: Sequence[Judged], tally: Tally
) -> None:
    """First and last text, and segments, of the pending contacts if nobody replies."""
    pending = [one for one in judged if one.begins is not None][:FORECAST_OF]
    people = _texts_of(connection, [one.contact_id for one in pending])
    for one in pending:
        assert one.begins is not None
        assert one.course is not None
        following = one.begins.next
        course = one.course._replace(anchor_minute=following.anchor_minute)
        begun = plan.step(following.step_id)
        assert begun is not None
        fields = contacts_store.merge_fields(*people[one.contact_id])
        due = following.planned_at
        before = begun
        for step in plan.steps[begun.position - 1 :]:
            assert due is not None
            if step is not begun:
                due = plan_step(course, step, before.id, due).planned_at
            before = step
            tally.segments += _segments(step.body, fields)
            if plan.state is not SequenceState.DRAFT:
                assert due is not None
                tally.first = due if tally.first is None else min(tally.first, due)
                tally.last = due if tally.last is None else max(tally.last, due)
        tally.forecast += 1


def _segments(body: str, fields: dict[str, Any]) -> int:
    try:
        return count_segments(render(body, fields)).count
    except TextError:
        return 0  # it will be held and not sent


def _texts_of(
    connection: sa.Connection, ids: Sequence[int]
) -> dict[int, tuple[str, str, str, str]]:
    columns = (contacts.c.id, contacts.c.first_name, contacts.c.last_name, contacts.c.phone)
    people = sa.select(*columns, contacts.c.fields)
    return {row[0]: row[1:] for row in select_in(connection, people, contacts.c.id, ids)}

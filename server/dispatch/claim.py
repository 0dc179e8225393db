"""Claiming: turns what is due into texts with the status `sending`, in one transaction with all
checks of the gate.

A claim never runs ahead of the pace: the sender's slots limit how much is claimed, and everything
claimed is handed over within two seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from common.segments import count_segments
from common.vocabulary import (
    Hold,
    LineKind,
    MessageKind,
    Reason,
    SuppressionSource,
)
from server.clock import SECOND
from server.contacts import suppressions
from server.contacts.store import merge_fields
from server.database.statements import fetch, insert_rows, next_ids, update_rows
from server.database.tables import attempts, enrollments, messages
from server.dispatch import daily_cap, pace
from server.dispatch.gate import Facts, Go, PassOver, Stop, Verdict, Wait, may_go, over_cap
from server.dispatch.people import (
    Person,
    Prior,
    find_people,
    find_priors,
    handed_over,
    line_reason,
    on_their_way,
)
from server.enrollments.apply import Application, apply, load
from server.enrollments.lifecycle_events import (
    CarrierLandline,
    Event,
    Held,
    NoStepLeft,
    NumberSuppressed,
    Replanned,
    StepSkipped,
)
from server.enrollments.planning import (
    Course,
    Planner,
    Recipient,
    after_step,
    replan,
    too_late,
)
from server.messages import store as message_store
from server.messages.reviews import in_review
from server.sequences.openings import Schedule, local_day_bounds, openings
from server.sequences.plan import Plan, StepPlan
from server.sequences.text import MissingField, TextError, render

VALID_MOST: Final = 36_000
"""The longest time, in seconds, that a carrier may queue a text."""


class _Row(NamedTuple):
    """A claimed enrollment; the fields are columns."""

    id: int
    sequence_id: int
    contact_id: int
    next_step_id: int
    sequence_version: int
    planned_at: int
    retry_at: int | None
    not_before: int | None
    anchor_minute: int | None
    enrolled_at: int

    @property
    def due_at(self) -> int:
        """When it was due."""
        return max(self.planned_at, self.retry_at or 0, self.not_before or 0)


CLAIM: Final = (
    "UPDATE enrollments SET due_at = NULL, hold = 'sending', hold_detail = NULL"  # noqa: S608 # our own column names
    " WHERE id IN (SELECT id FROM enrollments WHERE sender_id = ?"
    " AND status = 'pending' AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?)"
    f" RETURNING {', '.join(_Row._fields)}"
)
_ATTEMPT: Final = (
    "id",
    "message_id",
    "n",
    "state",
    "worker",
    "lease_wall",
    "started_at",
    "checks",
)


class ClaimSender(NamedTuple):
    """The sender of a claim; `daily_cap` in segments, None for no cap."""

    id: int
    phone: str
    carrier: str
    segments_per_second: float
    stopped: bool
    daily_cap: int | None


class Claimed(NamedTuple):
    """One text to hand over, with the facts for the last check.

    `slot` is its time on the wall clock. `valid_for` is the number of seconds until the window
    closes, None if no window applies.
    """

    attempt_id: int
    message_id: int
    enrollment_id: int | None
    kind: MessageKind
    phone: str
    from_phone: str
    carrier: str
    body: str
    slot: int
    valid_for: int | None
    schedule: Schedule | None


class Lease(NamedTuple):
    """Which worker claims, and until when on the wall clock the claim may have no outcome."""

    worker: str
    until: int


class _Due(NamedTuple):
    """One due enrollment with all facts for the decision."""

    row: _Row
    course: Course
    step: StepPlan
    person: Person
    prior: Prior | None


def claim_steps(
    connection: sa.Connection,
    planner: Planner,
    sender: ClaimSender,
    limit: int,
    lease: Lease,
    now: int,
    wall: int,
) -> list[Claimed]:
    """Claim due steps of a sender, earliest first, up to `limit` segments; hold or end others."""
    rows = [_Row._make(row) for row in fetch(connection, CLAIM, (sender.id, now, limit))]
    if not rows:
        return []
    rows.sort(key=lambda row: (row.due_at, row.id))
    people = find_people(connection, {row.contact_id for row in rows})
    plans: dict[int, Plan] = {}
    for row in rows:
        if row.sequence_id not in plans:
            plans[row.sequence_id] = planner.plans.plan_of(connection, row.sequence_id)
    stale = [
        row
        for row in rows
        if row.sequence_version != plans[row.sequence_id].version
        or plans[row.sequence_id].step(row.next_step_id) is None
    ]
    if stale:
        _follow_edit(connection, planner, stale, plans, now)
        gone = {row.id for row in stale}
        rows = [row for row in rows if row.id not in gone]
    priors = find_priors(connection, [row.id for row in rows])
    dues = [
        _due(planner, row, plans[row.sequence_id], people[row.contact_id], priors) for row in rows
    ]
    return _Claim(connection, sender, limit, lease, now, wall).take(dues)


def _due(
    planner: Planner,
    row: _Row,
    plan: Plan,
    person: Person,
    priors: Mapping[tuple[int, int], Prior],
) -> _Due:
    step = plan.step(row.next_step_id)
    assert step is not None
    recipient = Recipient(*person[:5])
    schedule = planner.schedule(plan, recipient)
    course = Course(row.id, plan, recipient, schedule, row.anchor_minute, row.enrolled_at)
    return _Due(row, course, step, person, priors.get((row.id, step.id)))


class _Claim:
    """One claim: collects verdicts, then writes them in groups."""

    def __init__(
        self,
        connection: sa.Connection,
        sender: ClaimSender,
        room: int,
        lease: Lease,
        now: int,
        wall: int,
    ) -> None:
        self.connection = connection
        self.sender = sender
        self.room = room
        self.lease = lease
        self.now = now
        self.wall = wall
        self.allowance = daily_cap.allowance(connection, sender.id, sender.daily_cap, now)
        self.applications: list[Application] = []
        self.going: list[tuple[_Due, str, int]] = []

    def take(self, dues: Sequence[_Due]) -> list[Claimed]:
        """Decide on each, write all, and assign slots to those that are sent."""
        phones = [due.person.phone for due in dues]
        suppressed = suppressions.standing(self.connection, phones)
        reviewed = in_review(self.connection, phones)
        contact_ids = [due.row.contact_id for due in dues]
        busy = on_their_way(self.connection, contact_ids)
        sent = handed_over(self.connection, contact_ids, self.now)
        for due in dues:
            contact_id = due.row.contact_id
            start, end = local_day_bounds(self.now, due.course.schedule)
            own = due.prior.message_id if due.prior else None
            verdict = may_go(
                Facts(
                    now=self.now,
                    schedule=due.course.schedule,
                    state=due.course.plan.state,
                    suppressed_by=suppressed.get(due.person.phone, frozenset()),
                    in_review=due.person.phone in reviewed,
                    on_its_way=contact_id in busy,
                    line=LineKind(due.person.line),
                    line_reason=line_reason(due.person),
                    sender_stopped=self.sender.stopped,
                    spent_until=self.allowance.resets_at if self.allowance.spent else None,
                    sent_today=sum(
                        start <= at < end and message_id != own
                        for message_id, at in sent.get(contact_id, ())
                    ),
                    daily_limit=due.course.plan.daily_limit,
                    too_late=too_late(
                        due.step, due.course.schedule, due.course.plan.late_hours, self.now
                    ),
                )
            )
            if self._decide(due, verdict):
                busy.add(contact_id)
        self._fit()
        apply(self.connection, self.applications, self.now)
        return self._write()

    def _decide(self, due: _Due, verdict: Verdict) -> bool:
        """Apply a verdict; True if the text is to be sent."""
        prior = due.prior
        if prior is not None and prior.is_gone:
            self._pass_over(due, "already_sent")
            return False
        match verdict:
            case Wait():
                self._hold(due, verdict.hold, verdict.until, verdict.detail)
            case Stop(source=SuppressionSource() as source):
                self._apply(due, NumberSuppressed(source, already=True))
            case Stop():
                reason = verdict.reason or Reason.LANDLINE_PLAN
                self._apply(
                    due,
                    CarrierLandline(0, due.step.id, was_accepted=False, reason=reason),
                )
            case PassOver():
                self._pass_over(due, verdict.why.value)
            case Go():
                return self._render(due)
        return False

    def _render(self, due: _Due) -> bool:
        """Render the text and count its segments; a missing field holds it.

        A text that is sent again is rendered again, from the current step and contact, because the
        last attempt reached nobody.
        """
        try:
            person = due.person
            fields = merge_fields(person.first_name, person.last_name, person.phone, person.fields)
            body = render(due.step.body, fields)
        except MissingField as error:
            self._hold(due, Hold.MISSING_FIELD, None, error.name)
        except TextError as error:
            self._hold(due, Hold.MISSING_FIELD, None, str(error))
        else:
            self.going.append((due, body, count_segments(body).count))
            return True
        return False

    def _write(self) -> list[Claimed]:
        if not self.going:
            return []
        new = [one for one in self.going if one[0].prior is None]
        ids = iter(next_ids(self.connection, messages, len(new)))
        attempt_ids = next_ids(self.connection, attempts, len(self.going))
        slots = pace.reserve(
            self.connection,
            self.sender.id,
            self.sender.segments_per_second,
            [segments for _, _, segments in self.going],
            self.wall,
        )
        daily_cap.count_today(
            self.connection, self.sender.id, self.now, sum(one[2] for one in self.going)
        )
        message_rows, attempt_rows, again, claimed = [], [], [], []
        for (due, body, segments), attempt_id, slot in zip(
            self.going, attempt_ids, slots, strict=True
        ):
            prior = due.prior
            message_id = next(ids) if prior is None else prior.message_id
            if prior is None:
                message_rows.append(
                    (
                        message_id,
                        "out",
                        "step",
                        "sending",
                        due.row.contact_id,
                        due.person.phone,
                        self.sender.id,
                        due.row.id,
                        due.step.id,
                        body,
                        segments,
                        False,
                        self.now,
                    )
                )
            else:
                again.append((message_id, due.person.phone))
            attempt_rows.append(
                (
                    attempt_id,
                    message_id,
                    1 if prior is None else prior.attempts + 1,
                    "sending",
                    self.lease.worker,
                    self.lease.until,
                    self.now,
                    0,
                )
            )
            claimed.append(
                Claimed(
                    attempt_id,
                    message_id,
                    due.row.id,
                    MessageKind.STEP,
                    due.person.phone,
                    self.sender.phone,
                    self.sender.carrier,
                    body,
                    slot,
                    closes_in(due.course.schedule, self.now),
                    due.course.schedule,
                )
            )
        message_store.add_step_texts(self.connection, message_rows)
        message_store.send_again(self.connection, again, self.sender.id)
        self._write_again()
        insert_rows(self.connection, attempts, _ATTEMPT, attempt_rows)
        return claimed

    def _write_again(self) -> None:
        """Store the new wording of texts that are sent again."""
        changed = [
            (body, segments, due.prior.message_id)
            for due, body, segments in self.going
            if due.prior is not None and body != due.prior.body
        ]
        update_rows(self.connection, messages, ("body", "segments"), changed)

    def _fit(self) -> None:
        """Limit the claim to the pace and the daily cap; the first text always fits the pace.

        Texts beyond the pace become due again, as if never claimed; texts beyond the cap are held
        until it resets.
        """
        total = 0
        fit: list[tuple[_Due, str, int]] = []
        back: list[tuple[Any, ...]] = []
        for one in self.going:
            due, _, segments = one
            if back or (fit and total + segments > self.room):
                back.append((due.row.due_at, None, due.row.id))
            elif self.allowance.take(segments):
                total += segments
                fit.append(one)
            else:
                wait = over_cap(self.allowance.resets_at, due.course.schedule)
                self._hold(due, wait.hold, wait.until, wait.detail)
        self.going = fit
        update_rows(self.connection, enrollments, ("due_at", "hold"), back)

    def _hold(self, due: _Due, hold: Hold, until: int | None, detail: str | None) -> None:
        self._apply(due, Held(hold, until, detail))

    def _pass_over(self, due: _Due, why: str) -> None:
        following = after_step(self.connection, due.course, due.step.id, self.now)
        self._apply(due, StepSkipped(due.step.id, why, following))

    def _apply(self, due: _Due, event: Event) -> None:
        self.applications.append(Application(due.row.id, event))


def insert_attempts(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert attempts: (id, message, n, state, worker, lease, started, checks)."""
    insert_rows(connection, attempts, _ATTEMPT, rows)


@lru_cache(maxsize=1024)
def closes_in(schedule: Schedule, now: int) -> int:
    """Seconds until the window closes, at most what a carrier accepts, at least 1.

    Cached, because a claim calls it for each text with the same time.
    """
    for start, end in openings(now, now + VALID_MOST * SECOND, schedule):
        if start <= now:
            return max(1, min(VALID_MOST, (end - now) // SECOND))
    return 1


def _follow_edit(
    connection: sa.Connection,
    planner: Planner,
    rows: Sequence[_Row],
    plans: Mapping[int, Plan],
    now: int,
) -> None:
    """Follow an edit of the sequence made while the text was on the wire, and become due again."""
    update_rows(
        connection,
        enrollments,
        ("sequence_version", "hold", "due_at"),
        [(plans[row.sequence_id].version, None, row.due_at, row.id) for row in rows],
    )
    courses = planner.courses(connection, (row.id for row in rows))
    applications = []
    for ident, found in load(connection, courses).items():
        following = replan(connection, courses[ident], found.standing, None)
        if following is None:
            applications.append(Application(ident, NoStepLeft()))
        elif following != found.standing.plan:
            applications.append(Application(ident, Replanned(following)))
    apply(connection, applications, now)

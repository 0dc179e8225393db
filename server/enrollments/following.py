"""How enrollments follow what happens to their sequence: edits, activation, pause, resume, archive.

Every function is inside the write transaction that changes the sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from common.model.enrolling import NotEnrolled
from common.vocabulary import Hold, ResumeMode, SequenceKind, SequenceState, Status
from server.contacts import suppressions
from server.database.statements import in_parts, update_rows
from server.database.tables import contacts, enrollments, sequences, workspace
from server.enrollments import lifecycle
from server.enrollments.apply import STANDING, Application, apply, standing_of
from server.enrollments.enrolling import skips
from server.enrollments.holds import end_holds
from server.enrollments.lifecycle import ON_THE_WIRE, Next, Standing
from server.enrollments.planning import Course, Planner, plan_step, replan, start
from server.errors import Conflict
from server.events import log
from server.senders.store import default_sender
from server.sequences import store
from server.sequences.edited import Followed
from server.sequences.openings import NeverOpens, next_open
from server.sequences.plan import Plan
from server.sequences.timing import SkipReason

_EDITS_END: Final = frozenset({Hold.QUIET_HOURS, Hold.MISSING_FIELD, Hold.DAILY_LIMIT})
"""What an edit of the window, a text or the daily limit can end: the gate looks at it again."""

_OF_THE_CONTACT: Final = frozenset({Hold.QUIET_HOURS, Hold.MISSING_FIELD, Hold.NEEDS_REVIEW})
"""What an edit of the contact's zone, fields or number can end."""

_OF_THE_SENDER: Final = frozenset({Hold.SENDER_STOPPED, Hold.SENDER_RATE, Hold.CAMPAIGN_CAP})
"""What starting or changing the sender can end, and what moving to another one can."""


def _pending(connection: sa.Connection, sequence_id: int) -> dict[int, Standing]:
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


def sequence_edited(
    planner: Planner, connection: sa.Connection, before: Plan, now: int, *, dry_run: bool = False
) -> Followed:
    """Change the plan of those whose next step, delay or window changed, and of nobody else.

    `before` is the sequence as it was. It makes no difference whether the sequence is active or
    paused. A text on the wire stays where it is; if it comes back, its time is the new one, and its
    claim looks for another next step. In a dry run, whose changes are rolled back, the plan of the
    new version is not kept.
    """
    if dry_run:
        planner = Planner(planner.zone)
    sequence_id = before.sequence_id
    plan = planner.plans.plan_of(connection, sequence_id)
    moved_to = _set_sender(connection, plan, sequence_id)
    standings = _pending(connection, sequence_id)
    on_the_wire = {one for one, standing in standings.items() if standing.hold in ON_THE_WIRE}
    _set_version(connection, standings.keys() - on_the_wire, plan.version)
    if plan.state is SequenceState.DRAFT:
        first = plan.steps[0].id if plan.steps else None
        update_rows(connection, enrollments, ("next_step_id",), [(first, one) for one in standings])
        return Followed()
    courses = planner.courses(connection, standings)
    applications = []
    moved = ended = 0
    for enrollment_id, standing in standings.items():
        course = courses[enrollment_id]
        following = replan(connection, course, standing, planner.under(course, before))
        if enrollment_id in on_the_wire and (
            following is None or following.step_id != standing.next_step_id
        ):
            continue
        if following is None:
            ended += 1
            applications.append(Application(enrollment_id, lifecycle.NoStepLeft()))
        elif following != standing.plan:
            moved += enrollment_id not in on_the_wire and (
                (following.step_id, following.planned_at)
                != (standing.next_step_id, standing.planned_at)
            )
            applications.append(Application(enrollment_id, lifecycle.Replanned(following)))
    apply(connection, applications, now)
    end_holds(connection, _EDITS_END, now, sequence_ids=[sequence_id])
    if moved_to:
        end_holds(connection, _OF_THE_SENDER, now, sequence_ids=[sequence_id])
    return Followed(moved, ended)


def _set_sender(connection: sa.Connection, plan: Plan, sequence_id: int) -> bool:
    """Let the sequence's texts go out from its sender as it is now; True if that is another one."""
    sender_id = plan.sender_id or default_sender(connection).id
    changed = connection.execute(
        sa.update(enrollments)
        .where(
            enrollments.c.sequence_id == sequence_id,
            enrollments.c.status == Status.PENDING.value,
            enrollments.c.sender_id != sender_id,
        )
        .values(sender_id=sender_id)
    )
    return changed.rowcount > 0


def _set_version(connection: sa.Connection, ids: Iterable[int], version: int) -> None:
    update_rows(connection, enrollments, ("sequence_version",), [(version, one) for one in ids])


def activate(
    connection: sa.Connection, planner: Planner, sequence_id: int, operator_id: int, now: int
) -> None:
    """Let a draft run: delays count from now. Raises Conflict unless it is a draft with steps."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.DRAFT:
        raise _wrong_state(row.name, row.state, "activated", "a draft")
    store.set_state(connection, sequence_id, SequenceState.ACTIVE, now)
    standings = _pending(connection, sequence_id)
    courses = planner.courses(connection, standings)
    applications = []
    for enrollment_id in standings:
        begins = start(courses[enrollment_id], now)
        happened: list[lifecycle.Event] = (
            [lifecycle.NoStepLeft()]
            if isinstance(begins, NotEnrolled)
            else [lifecycle.Activated(begins.next), *skips(begins)]
        )
        applications += [Application(enrollment_id, event) for event in happened]
    apply(connection, applications, now)
    _append(connection, "sequence_activated", sequence_id, operator_id, now)


def pause(connection: sa.Connection, sequence_id: int, operator_id: int, now: int) -> None:
    """Send nothing until it is resumed; plans are kept. Raises Conflict unless active."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.ACTIVE:
        raise _wrong_state(row.name, row.state, "paused", "active")
    store.set_state(connection, sequence_id, SequenceState.PAUSED, now)
    apply(
        connection,
        [
            Application(one, lifecycle.Held(Hold.SEQUENCE_PAUSED, None), operator_id=operator_id)
            for one, standing in _pending(connection, sequence_id).items()
            if standing.due_at is not None
        ],
        now,
    )
    _append(connection, "sequence_paused", sequence_id, operator_id, now)


def resume(
    connection: sa.Connection,
    planner: Planner,
    sequence_id: int,
    mode: ResumeMode,
    operator_id: int,
    now: int,
) -> None:
    """Let a paused sequence run on. Raises Conflict unless paused, or for a mode it cannot.

    It concerns everybody pending whose text is not on the wire, whatever else holds them.
    """
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.PAUSED or row.paused_at is None:
        raise _wrong_state(row.name, row.state, "resumed", "paused")
    if row.kind is SequenceKind.SCHEDULED and mode is not ResumeMode.SKIP:
        raise Conflict(
            "resume_only_skips",
            f"{row.name!r} is a scheduled sequence with fixed times, so overdue steps can "
            "only be skipped. Choose skip.",
        )
    paused_at = row.paused_at
    store.set_state(connection, sequence_id, SequenceState.ACTIVE, now)
    standings = {
        one: standing
        for one, standing in _pending(connection, sequence_id).items()
        if standing.hold not in ON_THE_WIRE
    }
    courses = planner.courses(connection, standings)
    applications = [
        Application(one, event)
        for one, standing in standings.items()
        for event in _resumed(courses[one], standing, mode, paused_at, now)
    ]
    apply(connection, applications, now)
    _append(connection, "sequence_resumed", sequence_id, operator_id, now, mode=mode.value)


def _resumed(
    course: Course, standing: Standing, mode: ResumeMode, paused_at: int, now: int
) -> list[lifecycle.Event]:
    """What resuming does to one enrollment; nothing where neither its plan nor its hold changes."""
    paused = standing.hold is Hold.SEQUENCE_PAUSED
    plan = standing.plan
    if mode is ResumeMode.SHIFT:
        return [lifecycle.Resumed(_shifted(course, plan, paused_at, now))]
    if not paused:
        return []
    overdue = max(plan.planned_at or now, plan.retry_at or 0, standing.not_before or 0) < now
    if mode is ResumeMode.SKIP and overdue:
        return _skipped(course, plan, now)
    return [lifecycle.Resumed(not_before=_opening(course, now) if overdue else None)]


def _opening(course: Course, instant: int) -> int:
    """The first instant from this one on at which the contact can be texted, if there is one."""
    try:
        return next_open(instant, course.schedule)
    except NeverOpens:
        return instant


def _shifted(course: Course, plan: Next, paused_at: int, now: int) -> Next:
    """The plan moved by the pause, or by the part of it that the plan has seen."""
    assert plan.base_at is not None
    assert plan.planned_at is not None
    base_at = plan.base_at + max(0, now - max(paused_at, plan.base_at))
    since = plan.base_at if plan.retry_at is None else plan.planned_at
    length = max(0, now - max(paused_at, since))
    return msgspec.structs.replace(
        plan,
        base_at=base_at,
        planned_at=_opening(course, max(plan.planned_at + length, now)),
        retry_at=None if plan.retry_at is None else plan.retry_at + length,
    )


def _skipped(course: Course, plan: Next, now: int) -> list[lifecycle.Event]:
    """Overdue steps are skipped, one event each, until one is not overdue.

    Each counts as handed over when it was planned, so that the rest keep their days.
    """
    found: list[lifecycle.Event] = []
    step = course.plan.step(plan.step_id)
    assert step is not None
    following: Next | None = plan
    while following is not None and (following.planned_at or now) < now:
        again = following.step_id == following.base_step_id
        base_at = following.base_at if again else following.planned_at
        assert base_at is not None
        after = course.plan.step_after(step.position)
        following = None if after is None else plan_step(course, after, step.id, base_at)
        found.append(lifecycle.StepSkipped(step.id, SkipReason.PAUSED.value, following))
        step = after or step
    return found


def archive(connection: sa.Connection, sequence_id: int, operator_id: int, now: int) -> None:
    """Put a sequence away. Raises Conflict while anybody in it is pending."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is SequenceState.ARCHIVED:
        raise _wrong_state(row.name, row.state, "archived", "not archived yet")
    pending = len(_pending(connection, sequence_id))
    if pending:
        raise Conflict(
            "pending_enrollments",
            f"{pending} enrollments in {row.name!r} are pending. Finish them first, then "
            "archive it.",
            pending=pending,
        )
    store.set_state(connection, sequence_id, SequenceState.ARCHIVED, now)
    _append(connection, "sequence_archived", sequence_id, operator_id, now)


def contacts_changed(connection: sa.Connection, contact_ids: Iterable[int], now: int) -> None:
    """Contacts' fields, zones or numbers changed: what these held is looked at again.

    Those whose number is suppressed now are opted out at once. Where times are set on the
    recipient's clock, they are those of the clock as it is now.
    """
    ids = list(contact_ids)
    for part in in_parts(ids):
        rows = connection.execute(
            sa.select(enrollments.c.id, contacts.c.phone)
            .join(contacts, contacts.c.id == enrollments.c.contact_id)
            .where(contacts.c.id.in_(part), enrollments.c.status == Status.PENDING.value)
        ).all()
        standing = suppressions.standing(connection, [row.phone for row in rows])
        apply(
            connection,
            [
                Application(
                    row.id,
                    lifecycle.Suppressed(lifecycle.strongest(standing[row.phone]), already=True),
                )
                for row in rows
                if row.phone in standing
            ],
            now,
        )
    _follow_clocks(connection, ids, now)
    end_holds(connection, _OF_THE_CONTACT, now, contact_ids=ids)


def _follow_clocks(connection: sa.Connection, contact_ids: Iterable[int], now: int) -> None:
    """Plan the set times of scheduled sequences by the contacts' clocks as they are now.

    Delays stay: they have begun to count, and the gate looks at the window.
    """
    found: dict[int, Standing] = {}
    for part in in_parts(contact_ids):
        rows = connection.execute(
            sa.select(enrollments.c.id, *(enrollments.c[name] for name in STANDING))
            .join(sequences, sequences.c.id == enrollments.c.sequence_id)
            .where(
                enrollments.c.contact_id.in_(part),
                enrollments.c.status == Status.PENDING.value,
                enrollments.c.base_at.is_not(None),
                enrollments.c.retry_at.is_(None),
                sequences.c.kind == SequenceKind.SCHEDULED.value,
            )
        )
        found |= {row[0]: standing_of(row[1:]) for row in rows}
    if not found:
        return
    planner = Planner(connection.execute(sa.select(workspace.c.zone)).scalar_one())
    applications = []
    for ident, course in planner.courses(connection, found).items():
        plan = found[ident].plan
        step = course.plan.step(plan.step_id)
        if step is None:
            continue
        assert plan.base_at is not None
        fresh = plan_step(course, step, plan.base_step_id, plan.base_at)
        if fresh.planned_at != plan.planned_at:
            applications.append(Application(ident, lifecycle.Replanned(fresh)))
    apply(connection, applications, now)


def senders_changed(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """Senders were started or changed: what they held is looked at again.

    The texts of sequences that name no sender go out from the default one as it is now.
    """
    ids = list(sender_ids)
    default = default_sender(connection).id
    if default in ids:
        connection.execute(
            sa.update(enrollments)
            .where(
                enrollments.c.status == Status.PENDING.value,
                enrollments.c.sender_id != default,
                enrollments.c.sequence_id.in_(
                    sa.select(sequences.c.id).where(sequences.c.sender_id.is_(None))
                ),
            )
            .values(sender_id=default)
        )
    end_holds(connection, _OF_THE_SENDER, now, sender_ids=ids)


def _wrong_state(name: str, state: SequenceState, done: str, needed: str) -> Conflict:
    return Conflict(
        "wrong_state", f"{name!r} is {state}. Only a sequence that is {needed} can be {done}."
    )


def _append(
    connection: sa.Connection,
    kind: str,
    sequence_id: int,
    operator_id: int,
    now: int,
    **more: Any,
) -> None:
    log.append(
        connection,
        [
            log.Entry(
                now,
                kind,
                sequence_id=sequence_id,
                operator_id=operator_id,
                body=log.body(**more),
            )
        ],
    )

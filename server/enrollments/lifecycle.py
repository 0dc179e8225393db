"""The transition table, as one pure function: `decide(standing, event, at) -> Decision`.

Every cell is defined. A cell that does not change the enrollment says so with a note. Status is a
fold over events: `fold` runs the same function over a stored history, without undone events and
with inbound texts as operators classified them.

Times are integers: UTC microseconds since the epoch, on the domain clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from common.vocabulary import (
    REASON_OF_SUPPRESSION,
    Hold,
    OnReply,
    Reading,
    Reason,
    Status,
    SuppressionSource,
)
from server.enrollments.lifecycle_events import (
    Accepted,
    Activated,
    CarrierLandline,
    CarrierOptedOut,
    ClockSetBack,
    Delivered,
    Enrolled,
    Event,
    Failed,
    Finished,
    FinishUndone,
    Held,
    InDoubt,
    Next,
    NoStepLeft,
    NumberSuppressed,
    Released,
    Replanned,
    Reread,
    Resumed,
    Retried,
    RetryPlanned,
    SentBack,
    StepSkipped,
    TextReceived,
    Unsent,
)


class Standing(msgspec.Struct, frozen=True):
    """The state of one enrollment; input and output of `decide`.

    While it is pending, `next_step_id`, `base_step_id`, `base_at`, `planned_at` and `retry_at` are
    its plan (see `Next`). `hold` is the reason for waiting; `not_before` is when it ends, None if
    unknown. `due_at` follows from all of them (see `timed`).

    `accepted` counts its texts that were accepted or treated as sent, each once; `delivered` those
    ever delivered; `dead` those that ended failed or undelivered and were neither upgraded nor
    tried again. `tries` counts the attempts at the current step that ended unreachable.
    `answered_early` means that a reply under on reply = finish came while the first text was with
    the carrier. `anchor_minute` is the minute of the contact's day, 0 to 1439, at which steps with
    a delay in days are sent.
    """

    status: Status
    reason: Reason | None = None
    hold: Hold | None = None
    hold_detail: str | None = None
    not_before: int | None = None
    due_at: int | None = None
    planned_at: int | None = None
    retry_at: int | None = None
    base_at: int | None = None
    base_step_id: int | None = None
    next_step_id: int | None = None
    last_step_id: int | None = None
    accepted: int = 0
    delivered: int = 0
    dead: int = 0
    tries: int = 0
    last_accepted_at: int | None = None
    last_message_id: int | None = None
    replied_at: int | None = None
    ended_at: int | None = None
    anchor_minute: int | None = None
    answered_early: bool = False

    @property
    def plan(self) -> Next:
        """The stored plan; only for a pending enrollment with a next step."""
        assert self.next_step_id is not None
        return Next(
            self.next_step_id, self.base_at, self.planned_at, self.base_step_id, self.retry_at
        )


class Effect(StrEnum):
    """A change beside the enrollment's own row, in the same transaction."""

    CANCEL_UNSENT = "cancel_unsent"
    CLEAR_PROBABLE_LANDLINE = "clear_probable_landline"


class Decision(NamedTuple):
    """The result of an event. If `refused` is set, nothing is written."""

    standing: Standing
    effects: tuple[Effect, ...] = ()
    note: str | None = None
    refused: str | None = None


_CANCEL: Final = (Effect.CANCEL_UNSENT,)
ON_THE_WIRE: Final = frozenset({Hold.SENDING, Hold.UNKNOWN})
"""Holds of a text that is or may be with the carrier: its outcome decides what is next."""

_COMPLETED: Final = frozenset({Reason.COMPLETED, Reason.NO_STEPS_LEFT})


def strongest(sources: Collection[SuppressionSource]) -> SuppressionSource:
    """The source that decides if several are active."""
    return next(source for source in REASON_OF_SUPPRESSION if source in sources)


OPEN_ENDED: Final = frozenset(
    {
        *ON_THE_WIRE,
        Hold.SEQUENCE_PAUSED,
        Hold.DRAFT,
        Hold.SENDER_STOPPED,
        Hold.MISSING_FIELD,
        Hold.NEEDS_REVIEW,
    }
)
"""Holds that only an event ends, not time. A pause keeps the `not_before` of the hold before it."""


def open_ended(standing: Standing) -> bool:
    """Whether the hold has no known end: one of those, or a window that never opens."""
    if standing.hold is None:
        return False
    return standing.hold in OPEN_ENDED or standing.not_before is None


def timed(standing: Standing) -> Standing:
    """The same with its due time: the latest of plan, retry and end of the hold.

    There is none during a hold without a known end.
    """
    if open_ended(standing) or standing.planned_at is None:
        return replace(standing, due_at=None)
    times = (standing.planned_at, standing.retry_at, standing.not_before)
    return replace(standing, due_at=max(time for time in times if time is not None))


def decide(standing: Standing, event: Event, at: int) -> Decision:
    """The effect of `event`, received at `at`, on an enrollment in this state."""
    match event:
        case Enrolled():
            return Decision(_enrolled(event, at))
        case TextReceived():
            return _text_received(standing, event, at)
        case Accepted():
            return _accepted(standing, event, at)
        case StepSkipped():
            return _moved_on(_given_up(standing, event.next), event.next, at)
        case NoStepLeft():
            return _moved_on(_given_up(standing, None), None, at)
        case NumberSuppressed():
            return _suppressed(standing, event.source, at, already=event.already)
        case Delivered():
            return _delivered(standing, event, at)
        case Failed():
            return _failed(standing, event, at)
        case CarrierOptedOut():
            counted = _dead(standing, event)
            if counted.status is not Status.PENDING:
                return Decision(counted, note="noted")
            return _suppressed(counted, SuppressionSource.CARRIER, at)
        case CarrierLandline():
            return _landline(standing, event, at)
        case SentBack():
            return _sent_back(standing, event, at)
        case (Activated() | Replanned() | Resumed() | ClockSetBack() | Held() | Released()) | (
            Unsent() | InDoubt() | RetryPlanned()
        ):
            if standing.status is not Status.PENDING:
                return Decision(standing, note="noted")
            return _while_pending(standing, event, at)
        case Finished():
            if standing.status is not Status.PENDING:
                return Decision(standing, refused="already_finished")
            return Decision(
                _ended(standing, Status.FINISHED_STOPPED, Reason.STOPPED_BY_OPERATOR, at), _CANCEL
            )
        case Retried():
            return _retried(standing, event)
        case FinishUndone() | Reread():
            # Both fold the history again; by themselves they change nothing.
            return Decision(standing, note="refold")


def _enrolled(event: Enrolled, at: int) -> Standing:
    if event.status is not Status.PENDING or event.next is None:
        return Standing(status=event.status, reason=event.reason, ended_at=at)
    return timed(replace(_follow(Standing(Status.PENDING), event.next), hold=event.hold))


def _while_pending(
    standing: Standing,
    event: (
        Activated
        | Replanned
        | Resumed
        | ClockSetBack
        | Held
        | Released
        | Unsent
        | InDoubt
        | RetryPlanned
    ),
    at: int,
) -> Decision:
    match event:
        case Activated():
            return Decision(_follow(standing, event.next))
        case Replanned():
            held = _keep_hold(standing, _follow(_given_up(standing, event.next), event.next))
            if standing.hold is None:
                held = timed(replace(held, not_before=standing.not_before))
            return Decision(held)
        case Resumed():
            if standing.hold is Hold.SEQUENCE_PAUSED:
                until = event.not_before or standing.not_before
                standing = _hold(standing, None, until, None)
            if event.next is None:
                return Decision(standing)
            moved = _follow(standing, event.next)
            waits = ("hold", "hold_detail", "not_before")
            kept = {name: getattr(standing, name) for name in waits}
            return Decision(timed(replace(moved, **kept)))
        case ClockSetBack():
            moved = _follow(standing, event.next)
            if open_ended(standing):
                moved = _hold(moved, standing.hold, None, standing.hold_detail)
            return Decision(moved)
        case Held():
            until = event.until
            if event.hold is Hold.SEQUENCE_PAUSED:
                until = standing.not_before
            return Decision(_hold(standing, event.hold, until, event.detail))
        case Released():
            if standing.hold is not event.hold:
                return Decision(standing, note="noted")
            return Decision(_hold(standing, None, at, None))
        case Unsent():
            unsent = _unanswered(standing)
            return Decision(_hold(unsent, event.hold, event.until, event.detail))
        case InDoubt():
            return Decision(_hold(standing, Hold.UNKNOWN, None, event.detail))
        case RetryPlanned():
            if event.message_id != standing.last_message_id:
                return Decision(standing, note="noted")
            again = _again(standing, event.step_id, event.retry_at, at)
            return Decision(timed(replace(again, tries=standing.tries + 1)))


def _ended(standing: Standing, status: Status, reason: Reason, at: int) -> Standing:
    return replace(
        standing,
        status=status,
        reason=reason,
        hold=None,
        hold_detail=None,
        not_before=None,
        due_at=None,
        planned_at=None,
        retry_at=None,
        ended_at=at,
    )


def _follow(standing: Standing, following: Next) -> Standing:
    """Pending with this plan and without a hold."""
    anchor = following.anchor_minute
    return timed(
        replace(
            standing,
            status=Status.PENDING,
            reason=None,
            hold=None,
            hold_detail=None,
            not_before=None,
            planned_at=following.planned_at,
            retry_at=following.retry_at,
            base_at=following.base_at,
            base_step_id=following.base_step_id,
            next_step_id=following.step_id,
            anchor_minute=standing.anchor_minute if anchor is None else anchor,
            ended_at=None,
        )
    )


def _hold(standing: Standing, hold: Hold | None, until: int | None, detail: str | None) -> Standing:
    return timed(replace(standing, hold=hold, hold_detail=detail, not_before=until))


def _keep_hold(before: Standing, after: Standing) -> Standing:
    """`after` with the hold of `before`, if that has no known end."""
    if not open_ended(before):
        return after
    return _hold(after, before.hold, before.not_before, before.hold_detail)


def _again(standing: Standing, step_id: int, retry_at: int, at: int) -> Standing:
    """The most recent text is sent once more; a hold without a known end stays."""
    plan = Next(step_id, standing.base_at, at, standing.base_step_id, retry_at)
    return _keep_hold(standing, _follow(standing, plan))


def _given_up(standing: Standing, following: Next | None) -> Standing:
    """The same; if a planned resend is given up, its text counts as dead."""
    awaited = standing.retry_at is not None and standing.next_step_id == standing.base_step_id
    goes_on = following is not None and following.retry_at is not None
    return replace(standing, dead=standing.dead + 1) if awaited and not goes_on else standing


def _dead(standing: Standing, event: Failed | CarrierOptedOut | CarrierLandline) -> Standing:
    # A text that was accepted once is dead, too, if a later attempt is refused at once.
    accepted = event.was_accepted or event.message_id == standing.last_message_id
    return replace(standing, dead=standing.dead + 1) if accepted else _unanswered(standing)


def _unanswered(standing: Standing) -> Standing:
    """The same; if no text was ever sent, earlier inbound texts are no replies."""
    if standing.accepted:
        return standing
    return replace(standing, answered_early=False, replied_at=None)


def _moved_on(
    standing: Standing, following: Next | None, at: int, end: Reason = Reason.NO_STEPS_LEFT
) -> Decision:
    """The row "no step left": with a next step it is due, without one it is finished.

    If all its texts failed or were not delivered, it has failed.
    """
    if standing.status is not Status.PENDING:
        return Decision(standing, note="noted")
    if following is not None:
        return Decision(_follow(standing, following))
    if standing.replied_at is not None:
        done = replace(standing, next_step_id=None)
        return Decision(_ended(done, Status.FINISHED_RESPONDED, Reason.REPLIED, at))
    if standing.accepted and _all_dead(standing):
        back = replace(standing, next_step_id=standing.last_step_id)
        return Decision(_ended(back, Status.FAILED, Reason.UNREACHABLE, at), _CANCEL)
    done = replace(standing, next_step_id=None)
    return Decision(_ended(done, Status.FINISHED_NO_RESPONSE, end, at))


def _all_dead(standing: Standing) -> bool:
    return standing.delivered == 0 and standing.dead >= standing.accepted


def _accepted(standing: Standing, event: Accepted, at: int) -> Decision:
    counted = replace(
        standing,
        accepted=standing.accepted + (event.message_id != standing.last_message_id),
        last_accepted_at=at,
        last_message_id=event.message_id,
        last_step_id=event.step_id,
        base_at=at,
        base_step_id=event.step_id,
        tries=standing.tries if event.step_id == standing.last_step_id else 0,
    )
    if standing.status is Status.OMITTED_OPTED_OUT:
        # It raced with the suppression: "never sent anything" is no longer true.
        return Decision(replace(counted, status=Status.OPTED_OUT))
    if standing.status is not Status.PENDING:
        return Decision(counted, note="noted")
    if standing.answered_early:
        return Decision(_ended(counted, Status.FINISHED_RESPONDED, Reason.REPLIED, at), _CANCEL)
    return _moved_on(counted, event.next, at, Reason.COMPLETED)


def _suppressed(
    standing: Standing, source: SuppressionSource, at: int, *, already: bool = False
) -> Decision:
    if standing.status is not Status.PENDING:
        return Decision(standing, note="noted")
    asked = source is SuppressionSource.KEYWORD and not already
    status = Status.OPTED_OUT if standing.accepted or asked else Status.OMITTED_OPTED_OUT
    return Decision(_ended(standing, status, REASON_OF_SUPPRESSION[source], at), _CANCEL)


def _text_received(standing: Standing, event: TextReceived, at: int) -> Decision:
    if event.reading is Reading.OPT_OUT:
        return _suppressed(standing, SuppressionSource.KEYWORD, at)
    if event.reading is not Reading.REPLY:
        return Decision(standing, note="noted")
    match standing.status:
        case Status.PENDING:
            return _reply_while_pending(standing, event, at)
        case Status.FINISHED_NO_RESPONSE:
            if _in_window(standing, event, at):
                return Decision(_responded(standing, at))
        case Status.FAILED:
            if event.on_reply is OnReply.CONTINUE:
                if standing.accepted > 0:
                    return Decision(replace(standing, replied_at=standing.replied_at or at))
            elif _in_window(standing, event, at):
                return Decision(_responded(standing, at))
        case Status.OMITTED_LANDLINE:
            return Decision(standing, (Effect.CLEAR_PROBABLE_LANDLINE,), note="can_receive")
        case _:
            pass
    return Decision(standing, note="noted")


def _reply_while_pending(standing: Standing, event: TextReceived, at: int) -> Decision:
    if standing.accepted == 0 and not event.on_its_way:
        return Decision(standing, note="noted")
    noted = replace(standing, replied_at=standing.replied_at or at)
    if event.on_reply is OnReply.CONTINUE:
        return Decision(noted)
    if standing.accepted == 0:
        return Decision(replace(noted, answered_early=True))
    return Decision(_ended(noted, Status.FINISHED_RESPONDED, Reason.REPLIED, at), _CANCEL)


def _responded(standing: Standing, at: int) -> Standing:
    return replace(
        standing,
        status=Status.FINISHED_RESPONDED,
        reason=Reason.REPLIED,
        replied_at=standing.replied_at or at,
    )


def _in_window(standing: Standing, event: TextReceived, at: int) -> bool:
    return (
        standing.last_accepted_at is not None
        and at - standing.last_accepted_at <= event.response_window
    )


def _delivered(standing: Standing, event: Delivered, at: int) -> Decision:
    counted = replace(
        standing,
        delivered=standing.delivered + 1,
        dead=standing.dead - 1 if event.was_dead else standing.dead,
    )
    awaited = event.waiting_again and event.message_id == standing.last_message_id
    if standing.status is Status.PENDING and awaited:
        moved, *_ = _moved_on(replace(counted, tries=0), event.next, at, Reason.COMPLETED)
        if moved.status is Status.PENDING:
            moved = _keep_hold(standing, moved)
        return Decision(moved, (Effect.CLEAR_PROBABLE_LANDLINE,))
    note = "retry_offered" if standing.status is Status.OMITTED_LANDLINE else "noted"
    return Decision(counted, (Effect.CLEAR_PROBABLE_LANDLINE,), note=note)


def _failed(standing: Standing, event: Failed, at: int) -> Decision:
    counted = _dead(standing, event)
    if event.superseded:
        return Decision(counted, note="noted")
    recent = event.message_id == standing.last_message_id or not event.was_accepted
    if standing.status is Status.PENDING and recent:
        back = replace(counted, next_step_id=event.step_id)
        return Decision(_ended(back, Status.FAILED, event.reason, at), _CANCEL)
    if standing.status is Status.FINISHED_NO_RESPONSE and recent and _all_dead(counted):
        back = replace(counted, next_step_id=event.step_id)
        return Decision(_ended(back, Status.FAILED, event.reason, at))
    return Decision(counted, note="noted")


def _landline(standing: Standing, event: CarrierLandline, at: int) -> Decision:
    counted = _dead(standing, event)
    omitted = _ended(counted, Status.OMITTED_LANDLINE, event.reason, at)
    nothing_delivered = standing.delivered == 0
    if standing.status is Status.PENDING:
        if nothing_delivered:
            return Decision(omitted, _CANCEL)
        back = replace(counted, next_step_id=event.step_id)
        return Decision(_ended(back, Status.FAILED, event.reason, at), _CANCEL)
    if nothing_delivered and standing.status in {Status.FINISHED_NO_RESPONSE, Status.FAILED}:
        return Decision(omitted)
    return Decision(counted, note="noted")


def _sent_back(standing: Standing, event: SentBack, at: int) -> Decision:
    completed = standing.status is Status.FINISHED_NO_RESPONSE and standing.reason in _COMPLETED
    if event.message_id != standing.last_message_id or not (
        standing.status is Status.PENDING or completed
    ):
        return Decision(standing, note="noted")
    again = _again(standing, event.step_id, at, at)
    if again.hold is None:
        again = _hold(again, event.hold, event.until, event.detail)
    return Decision(again)


def _retried(standing: Standing, event: Retried) -> Decision:
    if standing.status is Status.PENDING:
        return Decision(standing, refused="still_pending")
    if standing.status not in {Status.FAILED, Status.OMITTED_LANDLINE}:
        return Decision(standing, refused="not_failed")
    due = replace(_follow(standing, event.next), tries=0)
    if standing.status is Status.OMITTED_LANDLINE:
        # From the first step. What has failed is sent again; the rest counts as sent, as before.
        again = replace(due, accepted=standing.accepted - standing.dead, dead=0)
        if again.accepted == 0:
            again = replace(again, last_step_id=None, last_accepted_at=None)
        return Decision(replace(again, last_message_id=None))
    if event.message_id is not None and event.message_id == standing.last_message_id:
        due = replace(due, dead=standing.dead - 1)
    return Decision(due)


class Recorded(NamedTuple):
    """One event of a stored history."""

    id: int
    at: int
    event: Event


def fold(history: Sequence[Recorded]) -> Standing:
    """The state of an enrollment after its whole history, in the order of receipt.

    An undone finish does not count; an inbound text counts as classified last. A `FinishUndone` or
    `Reread` with a plan makes a pending enrollment due by that plan.
    """
    undone = {one.event.finish_id for one in history if isinstance(one.event, FinishUndone)}
    readings = {
        one.event.message_id: one.event.reading for one in history if isinstance(one.event, Reread)
    }
    standing = Standing(status=Status.PENDING)
    for one in history:
        event = one.event
        if one.id in undone:
            continue
        if isinstance(event, TextReceived) and event.message_id in readings:
            event = replace(event, reading=readings[event.message_id])
        if isinstance(event, FinishUndone | Reread):
            if standing.status is Status.PENDING and event.next is not None:
                goes_on = _follow(_given_up(standing, event.next), event.next)
                standing = timed(replace(goes_on, not_before=event.not_before))
            continue
        standing = decide(standing, event, one.at).standing
    return standing

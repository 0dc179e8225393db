"""The transition table, as one pure function: `decide(standing, event, at) -> Decision`.

Every cell is total. A cell that changes nothing of the enrollment says so with a note. Status is a
fold over events: `fold` runs the same function over a stored history, without what was undone and
with inbound texts read as an operator says they are to be read.

Instants are integers: UTC microseconds since the epoch, on the domain clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource


class Standing(msgspec.Struct, frozen=True):
    """Where one enrollment stands; what `decide` takes and gives.

    `accepted` counts its texts that were accepted or treated as sent, each once; `delivered` those
    ever delivered; `dead` those that ended failed or undelivered and were neither upgraded nor
    tried again. `tries` counts the attempts at the current step that ended unreachable.
    `answered_early` says that a reply under on reply = finish came while the first text was with
    the carrier.
    """

    status: Status
    reason: Reason | None = None
    hold: Hold | None = None
    hold_detail: str | None = None
    due_at: int | None = None
    planned_at: int | None = None
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
    answered_early: bool = False


class Next(msgspec.Struct, frozen=True):
    """The step that goes next and when."""

    step_id: int
    due_at: int


class Enrolled(msgspec.Struct, frozen=True, tag="enrolled"):
    """The first event of every enrollment: pending with a next, or omitted with a reason."""

    status: Status
    reason: Reason | None
    next_step_id: int | None
    due_at: int | None
    hold: Hold | None = None
    planned_at: int | None = None


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """A step's text was accepted by the carrier; `next` is what follows, None at the end.

    `certain` is False for an unknown text that is treated as sent.
    """

    message_id: int
    step_id: int
    next: Next | None
    certain: bool = True


class StepSkipped(msgspec.Struct, frozen=True, tag="step_skipped"):
    """A step is passed over, with why; `next` is what follows, None at the end."""

    step_id: int
    why: str
    next: Next | None


class NoStepLeft(msgspec.Struct, frozen=True, tag="no_step_left"):
    """The remaining steps were deleted."""


class TextReceived(msgspec.Struct, frozen=True, tag="text_received"):
    """The contact texted; with the on-reply rule and window in force when it came.

    `on_its_way` says that a text of this enrollment was with the carrier then.
    """

    message_id: int
    reading: Reading
    on_reply: OnReply
    response_window: int
    on_its_way: bool = False


class Suppressed(msgspec.Struct, frozen=True, tag="suppressed"):
    """The number was suppressed by an operator, an import, or another enrollment's opt-out."""

    source: SuppressionSource


class Delivered(msgspec.Struct, frozen=True, tag="delivered"):
    """A text of this enrollment was delivered; `was_dead` if it had been undelivered before.

    `waiting_again` says that it was to be tried again, so that `next` follows instead.
    """

    message_id: int
    was_dead: bool = False
    waiting_again: bool = False
    next: Next | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A text of this enrollment failed for good.

    `was_accepted` is False when the carrier refused it at once.
    """

    message_id: int
    step_id: int
    reason: Reason
    was_accepted: bool


class CarrierOptedOut(msgspec.Struct, frozen=True, tag="carrier_opted_out"):
    """The carrier says that the number opted out."""

    message_id: int
    step_id: int
    was_accepted: bool


class CarrierLandline(msgspec.Struct, frozen=True, tag="carrier_landline"):
    """The number turned out to be a landline: by the carrier, or checked again before sending."""

    message_id: int
    step_id: int
    was_accepted: bool
    reason: Reason = Reason.LANDLINE_CARRIER


class Postponed(msgspec.Struct, frozen=True, tag="postponed"):
    """No text now: tried again at `due_at`, or when the hold ends if that is None.

    `planned_at` keeps the planned time of a hold without a known end. `again` names the message
    that was accepted, ended unreachable, and is to be tried again.
    """

    hold: Hold | None
    due_at: int | None
    planned_at: int | None = None
    detail: str | None = None
    again: Again | None = None


class Again(msgspec.Struct, frozen=True):
    """The text that a transient failure sends back: its step goes next once more."""

    message_id: int
    step_id: int


class Released(msgspec.Struct, frozen=True, tag="released"):
    """A hold ended: due again, at a new time, perhaps with another step."""

    next: Next


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """An operator marked it as finished."""

    with_carrier: bool = False


class FinishUndone(msgspec.Struct, frozen=True, tag="finish_undone"):
    """An operator undid the finish whose event is `finish_id`."""

    finish_id: int
    next: Next | None = None


class Retried(msgspec.Struct, frozen=True, tag="retried"):
    """An operator tries again: the same step for a failed one, the first for a landline."""

    next: Next
    message_id: int | None = None


class Reread(msgspec.Struct, frozen=True, tag="reread"):
    """An operator says what an inbound text is."""

    message_id: int
    reading: Reading
    next: Next | None = None


Event = (
    Enrolled
    | Accepted
    | StepSkipped
    | NoStepLeft
    | TextReceived
    | Suppressed
    | Delivered
    | Failed
    | CarrierOptedOut
    | CarrierLandline
    | Postponed
    | Released
    | Finished
    | FinishUndone
    | Retried
    | Reread
)


class Effect(StrEnum):
    """What must happen beside the enrollment's own row, in the same transaction."""

    CANCEL_UNSENT = "cancel_unsent"
    CLEAR_PROBABLE_LANDLINE = "clear_probable_landline"


class Decision(NamedTuple):
    """What an event does. `refused` is set when the event may not happen and nothing is written."""

    standing: Standing
    effects: tuple[Effect, ...] = ()
    note: str | None = None
    refused: str | None = None


_CANCEL: Final = (Effect.CANCEL_UNSENT,)
_WHY_SUPPRESSED: Final = {
    SuppressionSource.KEYWORD: Reason.KEYWORD,
    SuppressionSource.OPERATOR: Reason.SUPPRESSED_BY_OPERATOR,
    SuppressionSource.IMPORT: Reason.SUPPRESSED_BY_IMPORT,
    SuppressionSource.CARRIER: Reason.SUPPRESSED_BY_CARRIER,
}
_PRECEDENCE: Final = {
    CarrierOptedOut: 0,
    Suppressed: 0,
    Finished: 1,
    TextReceived: 2,
    Failed: 3,
    CarrierLandline: 3,
    Accepted: 4,
    StepSkipped: 4,
    NoStepLeft: 4,
    Postponed: 5,
}


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events that are applied in one transaction, by precedence.

    Opt-out > operator's finish > reply > permanent failure > completion > transient; the rest after
    them, in the order given.
    """
    return sorted(events, key=_rank)


def _rank(event: Event) -> int:
    if isinstance(event, TextReceived) and event.reading is Reading.OPT_OUT:
        return 0
    return _PRECEDENCE.get(type(event), 6)


def decide(standing: Standing, event: Event, at: int) -> Decision:
    """What `event`, received at `at`, does to an enrollment that stands so."""
    match event:
        case Enrolled():
            return Decision(
                Standing(
                    status=event.status,
                    reason=event.reason,
                    hold=event.hold,
                    due_at=event.due_at,
                    planned_at=event.planned_at,
                    next_step_id=event.next_step_id,
                    ended_at=None if event.status is Status.PENDING else at,
                )
            )
        case TextReceived():
            return _text_received(standing, event, at)
        case Accepted():
            return _accepted(standing, event, at)
        case StepSkipped():
            return _moved_on(standing, event.next, at, Reason.NO_STEPS_LEFT)
        case NoStepLeft():
            return _moved_on(standing, None, at, Reason.NO_STEPS_LEFT)
        case Suppressed():
            return _suppressed(standing, event.source, at)
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
        case Postponed():
            return _postponed(standing, event)
        case Released():
            if standing.status is not Status.PENDING:
                return Decision(standing, note="noted")
            return Decision(_due(standing, event.next))
        case Finished():
            if standing.status is not Status.PENDING:
                return Decision(standing, refused="already_finished")
            return Decision(
                _ended(standing, Status.FINISHED_STOPPED, Reason.STOPPED_BY_OPERATOR, at), _CANCEL
            )
        case Retried():
            return _retried(standing, event)
        case FinishUndone() | Reread():
            # Both are answered by folding the history anew; on their own they change nothing.
            return Decision(standing, note="refold")


def _ended(standing: Standing, status: Status, reason: Reason, at: int) -> Standing:
    return replace(
        standing,
        status=status,
        reason=reason,
        hold=None,
        hold_detail=None,
        due_at=None,
        planned_at=None,
        ended_at=at,
    )


def _due(standing: Standing, following: Next) -> Standing:
    return replace(
        standing,
        status=Status.PENDING,
        reason=None,
        hold=None,
        hold_detail=None,
        due_at=following.due_at,
        planned_at=None,
        next_step_id=following.step_id,
        ended_at=None,
    )


def _dead(standing: Standing, event: Failed | CarrierOptedOut | CarrierLandline) -> Standing:
    # A text that was accepted once is dead, too, when a later attempt at it is refused at once.
    accepted = event.was_accepted or event.message_id == standing.last_message_id
    return replace(standing, dead=standing.dead + 1) if accepted else standing


def _moved_on(standing: Standing, following: Next | None, at: int, end: Reason) -> Decision:
    """The row "no step left": with a next step it is due, without one it is finished."""
    if standing.status is not Status.PENDING:
        return Decision(standing, note="noted")
    if following is not None:
        return Decision(_due(standing, following))
    done = replace(standing, next_step_id=None)
    if standing.replied_at is not None:
        return Decision(_ended(done, Status.FINISHED_RESPONDED, Reason.REPLIED, at))
    return Decision(_ended(done, Status.FINISHED_NO_RESPONSE, end, at))


def _accepted(standing: Standing, event: Accepted, at: int) -> Decision:
    counted = replace(
        standing,
        accepted=standing.accepted + (event.message_id != standing.last_message_id),
        last_accepted_at=at,
        last_message_id=event.message_id,
        last_step_id=event.step_id,
        tries=standing.tries if event.step_id == standing.last_step_id else 0,
    )
    if standing.status is Status.OMITTED_OPTED_OUT:
        # It raced with the suppression: "never sent anything" is no longer so.
        return Decision(replace(counted, status=Status.OPTED_OUT))
    if standing.status is not Status.PENDING:
        return Decision(counted, note="noted")
    if standing.answered_early:
        return Decision(_ended(counted, Status.FINISHED_RESPONDED, Reason.REPLIED, at), _CANCEL)
    return _moved_on(counted, event.next, at, Reason.COMPLETED)


def _suppressed(standing: Standing, source: SuppressionSource, at: int) -> Decision:
    if standing.status is not Status.PENDING:
        return Decision(standing, note="noted")
    sent = standing.accepted > 0 or source is SuppressionSource.KEYWORD
    status = Status.OPTED_OUT if sent else Status.OMITTED_OPTED_OUT
    return Decision(_ended(standing, status, _WHY_SUPPRESSED[source], at), _CANCEL)


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
        moved = _moved_on(replace(counted, tries=0), event.next, at, Reason.COMPLETED)
        return moved._replace(effects=(Effect.CLEAR_PROBABLE_LANDLINE,))
    note = "retry_offered" if standing.status is Status.OMITTED_LANDLINE else "noted"
    return Decision(counted, (Effect.CLEAR_PROBABLE_LANDLINE,), note=note)


def _failed(standing: Standing, event: Failed, at: int) -> Decision:
    counted = _dead(standing, event)
    recent = event.message_id == standing.last_message_id or not event.was_accepted
    if standing.status is Status.PENDING and recent:
        back = replace(counted, next_step_id=event.step_id)
        return Decision(_ended(back, Status.FAILED, event.reason, at), _CANCEL)
    if (
        standing.status is Status.FINISHED_NO_RESPONSE
        and recent
        and counted.dead >= counted.accepted
    ):
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


def _postponed(standing: Standing, event: Postponed) -> Decision:
    if standing.status is not Status.PENDING:
        return Decision(standing, note="noted")
    if event.again is not None and event.again.message_id != standing.last_message_id:
        return Decision(standing, note="noted")
    if standing.accepted == 0 and event.hold not in {Hold.SENDING, Hold.UNKNOWN}:
        # The text that was with the carrier did not go: what came meanwhile answered nothing.
        standing = replace(standing, answered_early=False, replied_at=None)
    held = replace(
        standing,
        hold=event.hold,
        hold_detail=event.detail,
        due_at=event.due_at,
        planned_at=event.planned_at,
    )
    if event.again is not None:
        held = replace(
            held,
            next_step_id=event.again.step_id,
            tries=standing.tries + 1,
        )
    return Decision(held)


def _retried(standing: Standing, event: Retried) -> Decision:
    if standing.status is Status.PENDING:
        return Decision(standing, refused="still_pending")
    if standing.status not in {Status.FAILED, Status.OMITTED_LANDLINE}:
        return Decision(standing, refused="not_failed")
    due = replace(_due(standing, event.next), tries=0)
    if standing.status is Status.OMITTED_LANDLINE:
        # From the first step on, as if nothing had gone: nothing of it was ever delivered.
        return Decision(
            replace(
                due,
                accepted=0,
                dead=0,
                last_step_id=None,
                last_message_id=None,
                last_accepted_at=None,
            )
        )
    if event.message_id is not None and event.message_id == standing.last_message_id:
        due = replace(due, dead=standing.dead - 1)
    return Decision(due)


class Recorded(NamedTuple):
    """One event of a stored history."""

    id: int
    at: int
    event: Event


def fold(history: Sequence[Recorded]) -> Standing:
    """Where an enrollment stands after its whole history, in the order of receipt.

    A finish that was undone does not count; an inbound text counts as last read. A `FinishUndone`
    or `Reread` that says what goes next makes a pending enrollment due then.
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
                standing = _due(standing, event.next)
            continue
        standing = decide(standing, event, one.at).standing
    return standing

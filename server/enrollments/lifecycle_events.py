"""The events that an enrollment's status is a fold over; `lifecycle.decide` says what each does.

Their tags are the kinds under which the log stores them. Instants are integers: UTC microseconds
since the epoch, on the domain clock.
"""

from __future__ import annotations

import msgspec

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource


class Next(msgspec.Struct, frozen=True):
    """The plan of a pending enrollment: the step that goes next, and when.

    The step's delay counts from `base_at`: when the step `base_step_id` was handed over or skipped,
    or, if that is None, the enrolling or the activation. Resuming with a shift moves it.
    `planned_at` follows from step and base. `retry_at` is set where the step's text is sent again:
    not before then, whatever an edit does to the step; `planned_at` is when that was decided. The
    times are None in a draft, whose delays count from its activation. `anchor_minute` is given
    where this plan sets it.
    """

    step_id: int
    base_at: int | None
    planned_at: int | None
    base_step_id: int | None = None
    retry_at: int | None = None
    anchor_minute: int | None = None


class Enrolled(msgspec.Struct, frozen=True, tag="enrolled"):
    """The first event of every enrollment: pending with a plan, or omitted with a reason."""

    status: Status
    reason: Reason | None = None
    next: Next | None = None
    hold: Hold | None = None


class Activated(msgspec.Struct, frozen=True, tag="activated"):
    """The draft was activated: delays count from now."""

    next: Next


class Replanned(msgspec.Struct, frozen=True, tag="replanned"):
    """An edit of the sequence or the contact changed the next step or its time.

    A hold without a known end stays; one with an end is looked at again when the text is due.
    """

    next: Next


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    """The sequence was resumed; `next` is the plan, if a shift moved it.

    What is overdue goes at `not_before`, the next opening.
    """

    next: Next | None = None
    not_before: int | None = None


class ClockSetBack(msgspec.Struct, frozen=True, tag="clock_set_back"):
    """The clock that the plan was made by was set back: `next` is the plan by the clock as it is.

    A hold that something ends stays; one that a time would have ended is looked at again.
    """

    next: Next


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
    """The number is suppressed: by an operator, an import, or another enrollment's opt-out.

    `already` says that it was so before, so that nobody opted out of this enrollment: an undone
    finish, a corrected number, a text that was about to go.
    """

    source: SuppressionSource
    already: bool = False


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

    `was_accepted` is False when the carrier refused it at once. `superseded` says that it could
    have been sent again, but the enrollment has gone on without it: only the text has failed.
    """

    message_id: int
    step_id: int
    reason: Reason
    was_accepted: bool
    superseded: bool = False


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


class Held(msgspec.Struct, frozen=True, tag="held"):
    """A hold begins: no text before `until`, or, if that is None, before something ends it."""

    hold: Hold
    until: int | None
    detail: str | None = None


class Released(msgspec.Struct, frozen=True, tag="released"):
    """A hold ended before its time, or one that had no known end; the plan is as it was."""

    hold: Hold


class Unsent(msgspec.Struct, frozen=True, tag="unsent"):
    """The text was claimed and did not go out: it goes again after the hold."""

    hold: Hold
    until: int | None
    detail: str | None = None


class InDoubt(msgspec.Struct, frozen=True, tag="in_doubt"):
    """Nobody knows whether the text went out: it is looked for at the carrier."""

    detail: str | None = None


class RetryPlanned(msgspec.Struct, frozen=True, tag="retry_planned"):
    """The most recent text ended unreachable: its step goes once more, no earlier than `retry_at`.

    It counts as a try.
    """

    message_id: int
    step_id: int
    retry_at: int


class SentBack(msgspec.Struct, frozen=True, tag="sent_back"):
    """The carrier took the most recent text and dropped it for a reason of the sender's.

    Its step goes once more after the hold; no try is used up. It opens an enrollment again that
    was completed by this text.
    """

    message_id: int
    step_id: int
    hold: Hold
    until: int | None
    detail: str | None = None


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """An operator marked it as finished."""

    with_carrier: bool = False


class FinishUndone(msgspec.Struct, frozen=True, tag="finish_undone"):
    """An operator undid the finish whose event is `finish_id`.

    `next` is the plan of an enrollment that is pending again, which waits until `not_before`.
    """

    finish_id: int
    next: Next | None = None
    not_before: int | None = None


class Retried(msgspec.Struct, frozen=True, tag="retried"):
    """An operator tries again: the same step for a failed one, the first for a landline."""

    next: Next
    message_id: int | None = None


class Reread(msgspec.Struct, frozen=True, tag="reread"):
    """An operator says what an inbound text is. `next` and `not_before` as in `FinishUndone`."""

    message_id: int
    reading: Reading
    next: Next | None = None
    not_before: int | None = None


Event = (
    Enrolled
    | Activated
    | Replanned
    | Resumed
    | ClockSetBack
    | Accepted
    | StepSkipped
    | NoStepLeft
    | TextReceived
    | Suppressed
    | Delivered
    | Failed
    | CarrierOptedOut
    | CarrierLandline
    | Held
    | Released
    | Unsent
    | InDoubt
    | RetryPlanned
    | SentBack
    | Finished
    | FinishUndone
    | Retried
    | Reread
)

"""The events of which an enrollment's status is a fold; `lifecycle.decide` defines their effects.

Their tags are the kinds in the log. Times are integers: UTC microseconds since the epoch, on the
domain clock.
"""

from __future__ import annotations

import msgspec

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource


class Next(msgspec.Struct, frozen=True):
    """The plan of a pending enrollment: the next step and its time.

    The step's delay counts from `base_at`: when the step `base_step_id` was handed over or skipped,
    or, if that is None, from enrolling or activation. Resuming with a shift moves it. `planned_at`
    follows from step and base. `retry_at` is set if the step's text is sent again: not before then,
    whatever an edit does to the step; `planned_at` is then when that was decided. The times are
    None in a draft, whose delays count from its activation. `anchor_minute` is given if this plan
    sets it.
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

    A hold without a known end stays; one with an end is checked again when the text is due.
    """

    next: Next


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    """The sequence was resumed; `next` is the plan, if a shift moved it.

    Overdue texts are sent at `not_before`, the next opening.
    """

    next: Next | None = None
    not_before: int | None = None


class ClockSetBack(msgspec.Struct, frozen=True, tag="clock_set_back"):
    """The clock of the plan was set back: `next` is the plan by the present clock.

    A hold without a known end stays; one with an end is checked again.
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
    """A step is skipped, with the reason; `next` is what follows, None at the end."""

    step_id: int
    why: str
    next: Next | None


class NoStepLeft(msgspec.Struct, frozen=True, tag="no_step_left"):
    """The remaining steps were deleted."""


class TextReceived(msgspec.Struct, frozen=True, tag="text_received"):
    """The contact texted; with the on-reply rule and window in force at that time.

    `on_its_way` means that a text of this enrollment was with the carrier then.
    """

    message_id: int
    reading: Reading
    on_reply: OnReply
    response_window: int
    on_its_way: bool = False


class NumberSuppressed(msgspec.Struct, frozen=True, tag="suppressed"):
    """The number is suppressed: by an operator, an import, or another enrollment's opt-out.

    `already` means that it was suppressed before, so nobody opted out of this enrollment: an undone
    finish, a corrected number, a text about to be sent.
    """

    source: SuppressionSource
    already: bool = False


class Delivered(msgspec.Struct, frozen=True, tag="delivered"):
    """A text of this enrollment was delivered; `was_dead` if it had been undelivered before.

    `waiting_again` means that it was to be sent again, so that `next` follows instead.
    """

    message_id: int
    was_dead: bool = False
    waiting_again: bool = False
    next: Next | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A text of this enrollment failed for good.

    `was_accepted` is False if the carrier refused it at once. `superseded` means that it could have
    been sent again, but the enrollment has continued without it: only the text has failed.
    """

    message_id: int
    step_id: int
    reason: Reason
    was_accepted: bool
    superseded: bool = False


class CarrierOptedOut(msgspec.Struct, frozen=True, tag="carrier_opted_out"):
    """The carrier reports that the number opted out."""

    message_id: int
    step_id: int
    was_accepted: bool


class CarrierLandline(msgspec.Struct, frozen=True, tag="carrier_landline"):
    """The number is a landline: from the carrier, or checked again before sending."""

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
    """A hold ended before its time, or had no known end; the plan is unchanged."""

    hold: Hold


class Unsent(msgspec.Struct, frozen=True, tag="unsent"):
    """The text was claimed and not sent: it is sent again after the hold."""

    hold: Hold
    until: int | None
    detail: str | None = None


class InDoubt(msgspec.Struct, frozen=True, tag="in_doubt"):
    """It is unknown whether the text was sent: it is reconciled with the carrier."""

    detail: str | None = None


class RetryPlanned(msgspec.Struct, frozen=True, tag="retry_planned"):
    """The most recent text was unreachable: its step is sent again, not before `retry_at`.

    It counts as a try.
    """

    message_id: int
    step_id: int
    retry_at: int


class SentBack(msgspec.Struct, frozen=True, tag="sent_back"):
    """The carrier accepted the most recent text and dropped it for a reason of the sender's.

    Its step is sent again after the hold and uses up no try. If this text completed the enrollment,
    it is pending again.
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
    """An operator retries: the same step for a failed one, the first for a landline."""

    next: Next
    message_id: int | None = None


class Reread(msgspec.Struct, frozen=True, tag="reread"):
    """An operator classified an inbound text. `next` and `not_before` as in `FinishUndone`."""

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
    | NumberSuppressed
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

"""Strategies for histories of enrollments that can occur, and for any event at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Final

from hypothesis import strategies as st
from msgspec.structs import replace

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.enrollments.lifecycle import Recorded, Standing, decide, fold
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

HOUR: Final = 3_600_000_000
WINDOW: Final = 7 * 24 * HOUR
STEPS: Final = 3
BOTH: Final = (False, True)
NEW_TEXT: Final = 2_000  # an inbound text that no history holds

ENROLLED: Final = [
    Enrolled(Status.PENDING, None, Next(1, HOUR, 2 * HOUR, anchor_minute=540)),
    Enrolled(Status.PENDING, None, Next(1, None, None), Hold.DRAFT),
    Enrolled(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_IMPORT),
    Enrolled(Status.OMITTED_LANDLINE, Reason.LANDLINE_PLAN),
]
OPEN_HOLDS: Final = [
    Hold.SEQUENCE_PAUSED,
    Hold.SENDER_STOPPED,
    Hold.MISSING_FIELD,
    Hold.NEEDS_REVIEW,
]
"""Holds whose end is not known when they begin."""


@dataclass
class Life:
    """A history that can occur, as it is written, with what the carrier knows of the texts.

    The text of step n has the id 100 + n. `texts` says how each stands: sent, waiting to be sent
    again, given up while it waited, dead or delivered; `on_its_way` is the step whose text is
    handed over.
    """

    history: list[Recorded] = field(default_factory=list)
    standing: Standing = field(default_factory=lambda: Standing(Status.PENDING))
    texts: dict[int, str] = field(default_factory=dict)
    on_its_way: int | None = None
    inbound: int = 0

    def add(self, event: Event, at: int) -> None:
        """Apply an event. A refused one is not written; after a new reading the history is folded
        again.
        """
        if decide(self.standing, event, at).refused:
            return
        self.history.append(Recorded(len(self.history) + 1, at, event))
        if isinstance(event, FinishUndone | Reread):
            self.standing = fold(self.history)
        else:
            self.standing = decide(self.standing, event, at).standing

    def may_be_claimed(self) -> bool:
        """Whether the text that goes next may be handed over: once, or again if it was unsent."""
        due = self.standing.due_at is not None and self.on_its_way is None
        return due and self.texts.get(100 + (self.standing.next_step_id or 0)) in {None, "waiting"}

    def next_after(self, step: int) -> Next | None:
        at = self.history[-1].at
        return Next(step + 1, at, at + 24 * HOUR, step) if step < STEPS else None

    def on_undoing(self, event: FinishUndone | Reread, at: int) -> FinishUndone | Reread:
        """The same with the plan of an enrollment that it makes pending again."""
        then = fold([*self.history, Recorded(0, at, event)])
        if self.standing.status is Status.PENDING or then.status is not Status.PENDING:
            return event
        if then.base_at is None or then.next_step_id is None:
            return event
        plan = replace(then.plan, planned_at=max(then.planned_at or at, at + HOUR))
        return replace(event, next=plan, not_before=at + 2 * HOUR)


def of_anyone(life: Life, undoing: bool) -> list[Event]:
    """What contacts and operators do at any time."""
    busy = life.on_its_way is not None
    events: list[Event] = [
        TextReceived(1_000 + life.inbound, reading, rule, window, busy)
        for reading in Reading
        for rule in OnReply
        for window in (HOUR, WINDOW)
    ]
    events += [
        NumberSuppressed(source, already) for source in SuppressionSource for already in BOTH
    ]
    events += [Finished(busy)] * 12
    if undoing:
        texts = range(1_000, 1_000 + life.inbound)
        events += [Reread(text, reading) for text, reading in product(texts, Reading)]
    if undoing and life.standing.status is Status.FINISHED_STOPPED:
        finish = max(one.id for one in life.history if isinstance(one.event, Finished))
        events += [FinishUndone(finish)] * 48
    return events


def of_the_worker(life: Life) -> list[Event]:
    """What befalls the step that goes next, and the text that is on its way."""
    standing, step = life.standing, life.on_its_way
    if step is not None:
        text = 100 + step
        return [
            *[Accepted(text, step, life.next_after(step))] * 6,
            Accepted(text, step, life.next_after(step), certain=False),
            Failed(text, step, Reason.INVALID_NUMBER, was_accepted=False),
            CarrierOptedOut(text, step, was_accepted=False),
            CarrierLandline(text, step, was_accepted=False),
            Unsent(Hold.SENDER_RATE, life.history[-1].at + HOUR),
            Unsent(Hold.SENDER_STOPPED, None, "30032"),
            InDoubt("timed out"),
        ]
    at = life.history[-1].at
    if standing.status in {Status.FAILED, Status.OMITTED_LANDLINE}:
        landline = standing.status is Status.OMITTED_LANDLINE
        step = 1 if landline else standing.next_step_id or 1
        fate = life.texts.get(100 + step)
        base = (at, None) if landline else (standing.base_at, standing.base_step_id)
        plan = Next(step, base[0], at + HOUR, base[1], retry_at=at + HOUR)
        retried = Retried(plan, 100 + step if fate else None)
        return [retried] if fate in {None, "dead", "given up"} else []
    if standing.status is not Status.PENDING or standing.next_step_id is None:
        return []
    step = standing.next_step_id
    if standing.hold is Hold.DRAFT:
        return [Activated(Next(step, at, at + HOUR, anchor_minute=540))]
    return [
        StepSkipped(step, "too late", life.next_after(step)),
        NoStepLeft(),
        *of_the_sequence(standing, at),
        *(Held(hold, None) for hold in OPEN_HOLDS),
        Held(Hold.QUIET_HOURS, at + 9 * HOUR),
        *[Released(hold) for hold in (standing.hold,) if hold] * 6,
    ]


def of_the_sequence(standing: Standing, at: int) -> list[Event]:
    """What edits and resuming do to a person who waits."""
    plan = standing.plan
    assert plan.planned_at is not None
    assert plan.base_at is not None
    moved = replace(plan, planned_at=plan.planned_at + HOUR)
    shifted = replace(moved, base_at=plan.base_at + HOUR)
    earlier = replace(plan, planned_at=plan.planned_at - HOUR, base_at=plan.base_at - HOUR)
    edits: list[Event] = [Replanned(moved), Replanned(replace(moved, retry_at=None))]
    edits.append(ClockSetBack(earlier))
    if standing.hold is not Hold.SEQUENCE_PAUSED:
        return [*edits, Resumed(shifted)]
    return [*edits, *[Resumed(shifted), Resumed(), Resumed(not_before=at + HOUR)] * 4]


def of_the_carrier(life: Life) -> list[Event]:
    """What is reported of texts that were accepted, early or late."""
    events: list[Event] = []
    for text, fate in life.texts.items():
        step = text - 100
        if fate == "sent":
            events += [
                *[Delivered(text)] * 2,
                *[Failed(text, step, Reason.FILTERED, was_accepted=True)] * 2,
                CarrierOptedOut(text, step, was_accepted=True),
                CarrierLandline(text, step, was_accepted=True),
                *of_a_text_that_may_go_again(life, text, step),
            ]
        elif fate == "waiting" and life.on_its_way != step:
            events.append(Delivered(text, waiting_again=True, next=life.next_after(step)))
        elif fate == "given up":
            events.append(Delivered(text))
        elif fate == "dead":
            events.append(Delivered(text, was_dead=True))
    return events


def of_a_text_that_may_go_again(life: Life, text: int, step: int) -> list[Event]:
    """What is reported of a text whose handset was unreachable, or whose sender was at fault."""
    at, status = life.history[-1].at, life.standing.status
    superseded = Failed(text, step, Reason.UNREACHABLE, was_accepted=True, superseded=True)
    if text != life.standing.last_message_id or life.on_its_way is not None:
        return [superseded]
    back: list[Event] = [
        SentBack(text, step, Hold.SENDER_RATE, at + HOUR, "30022"),
        SentBack(text, step, Hold.SENDER_STOPPED, None, "30032"),
    ]
    if status is Status.PENDING:
        return [RetryPlanned(text, step, at + 2 * HOUR)] * 2 + back
    return back if status is Status.FINISHED_NO_RESPONSE else [superseded]


def follow(life: Life, event: Event, before: Standing) -> None:
    """Keep what the carrier knows in step with what happened."""
    match event:
        case TextReceived():
            life.inbound += 1
        case Accepted():
            life.texts[event.message_id], life.on_its_way = "sent", None
        case Delivered():
            life.texts[event.message_id] = "delivered"
        case Failed() | CarrierOptedOut() | CarrierLandline():
            if event.was_accepted or event.message_id in life.texts:
                life.texts[event.message_id] = "dead"
            life.on_its_way = life.on_its_way if event.was_accepted else None
        case RetryPlanned() | SentBack():
            life.texts[event.message_id] = "waiting"
        case Unsent():
            life.on_its_way = None
        case Retried() if before.status is Status.OMITTED_LANDLINE:
            life.texts.clear()
        case Retried():
            if event.message_id is not None:
                life.texts[event.message_id] = "waiting"
        case _:
            pass
    if life.standing.dead > before.dead and isinstance(event, StepSkipped | NoStepLeft | Replanned):
        life.texts[100 + (before.next_step_id or 0)] = "given up"


@st.composite
def lives(draw: st.DrawFn, undoing: bool = True) -> Life:
    """A history that starts with enrolling and continues as one can, ended or not."""
    life, at = Life(), HOUR
    life.add(draw(st.sampled_from(ENROLLED[:1] * 8 + ENROLLED[1:])), at)
    for gap in draw(st.lists(st.sampled_from([0, 1, HOUR, 26 * HOUR, WINDOW]), max_size=16)):
        at += gap
        if life.may_be_claimed() and draw(st.integers(0, 3)):
            life.on_its_way = life.standing.next_step_id
        sending = of_the_worker(life) + of_the_carrier(life)
        rare = not sending or draw(st.integers(0, 2)) == 0
        event = draw(st.sampled_from(of_anyone(life, undoing) if rare else sending))
        if isinstance(event, FinishUndone | Reread):
            event = life.on_undoing(event, at)
        before = life.standing
        life.add(event, at)
        follow(life, event, before)
    return life


any_step = st.integers(1, STEPS)
any_text = st.sampled_from([101, 102, 103])
later = st.integers(1_000, 2_000).map(lambda hours: hours * HOUR)
then = st.builds(
    Next,
    any_step,
    later,
    later,
    st.none() | any_step,
    st.none() | later,
    st.none() | st.integers(0, 1439),
)
any_next, any_time = st.none() | then, st.none() | later
any_reason, any_hold = st.sampled_from(Reason), st.sampled_from(Hold)
any_detail = st.none() | st.text()
any_reading, any_rule = st.sampled_from(Reading), st.sampled_from(OnReply)
any_event: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(ENROLLED),
    st.builds(Accepted, any_text, any_step, any_next, st.booleans()),
    st.builds(StepSkipped, any_step, st.just("too late"), any_next),
    st.just(NoStepLeft()),
    st.builds(TextReceived, st.just(NEW_TEXT), any_reading, any_rule, later, st.booleans()),
    st.builds(NumberSuppressed, st.sampled_from(SuppressionSource), st.booleans()),
    st.builds(Delivered, any_text, st.booleans(), st.booleans(), any_next),
    st.builds(Failed, any_text, any_step, any_reason, st.booleans(), st.booleans()),
    st.builds(CarrierOptedOut, any_text, any_step, st.booleans()),
    st.builds(CarrierLandline, any_text, any_step, st.booleans(), any_reason),
    st.builds(Activated, then),
    st.builds(Replanned, then),
    st.builds(Resumed, any_next, any_time),
    st.builds(ClockSetBack, then),
    st.builds(Held, any_hold, any_time, any_detail),
    st.builds(Released, any_hold),
    st.builds(Unsent, any_hold, any_time, any_detail),
    st.builds(InDoubt, any_detail),
    st.builds(RetryPlanned, any_text, any_step, later),
    st.builds(SentBack, any_text, any_step, any_hold, any_time, any_detail),
    st.builds(Finished, st.booleans()),
    st.builds(FinishUndone, st.integers(1, 20), any_next, any_time),
    st.builds(Retried, then, st.none() | any_text),
    st.builds(Reread, st.just(NEW_TEXT), any_reading, any_next, any_time),
)

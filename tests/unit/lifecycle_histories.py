"""Strategies for histories of enrollments that can occur, and for any event at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Final

from hypothesis import strategies as st

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.enrollments.lifecycle import (
    Accepted,
    Again,
    CarrierLandline,
    CarrierOptedOut,
    Delivered,
    Enrolled,
    Event,
    Failed,
    Finished,
    FinishUndone,
    Next,
    NoStepLeft,
    Postponed,
    Recorded,
    Released,
    Reread,
    Retried,
    Standing,
    StepSkipped,
    Suppressed,
    TextReceived,
    decide,
    fold,
)

HOUR: Final = 3_600_000_000
WINDOW: Final = 7 * 24 * HOUR
STEPS: Final = 3
NEW_TEXT: Final = 2_000  # an inbound text that no history holds

ENROLLED: Final = [
    Enrolled(Status.PENDING, None, next_step_id=1, due_at=HOUR),
    Enrolled(Status.PENDING, None, next_step_id=1, due_at=None, hold=Hold.DRAFT, planned_at=HOUR),
    Enrolled(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_IMPORT, None, None),
    Enrolled(Status.OMITTED_LANDLINE, Reason.LANDLINE_PLAN, None, None),
]


@dataclass
class Life:
    """A history that can occur, as it is written, with what the carrier knows of the texts.

    The text of step n has the id 100 + n. `texts` says how each stands with the carrier: sent,
    waiting to be tried again, dead or delivered; `on_its_way` is the step whose text is handed off.
    """

    history: list[Recorded] = field(default_factory=list)
    standing: Standing = field(default_factory=lambda: Standing(Status.PENDING))
    texts: dict[int, str] = field(default_factory=dict)
    on_its_way: int | None = None
    inbound: int = 0

    def add(self, event: Event, at: int) -> None:
        """Let it happen. What is refused is not written; what was re-read is folded anew."""
        if decide(self.standing, event, at).refused:
            return
        self.history.append(Recorded(len(self.history) + 1, at, event))
        if isinstance(event, FinishUndone | Reread):
            self.standing = fold(self.history)
        else:
            self.standing = decide(self.standing, event, at).standing

    def may_be_claimed(self) -> bool:
        """Whether the text that goes next may be handed off: once, or again if it was unsent."""
        step = self.standing.next_step_id
        free = (
            self.standing.status is Status.PENDING and self.on_its_way is None and step is not None
        )
        return free and self.texts.get(100 + (step or 0)) in {None, "waiting"}

    def next_after(self, step: int) -> Next | None:
        at = self.history[-1].at
        return Next(step + 1, at + 24 * HOUR) if step < STEPS else None


def of_anyone(life: Life, undoing: bool) -> list[Event]:
    """What contacts and operators do at any time."""
    busy, step = life.on_its_way is not None, life.standing.next_step_id or 1
    events: list[Event] = [
        TextReceived(1_000 + life.inbound, reading, rule, window, busy)
        for reading in Reading
        for rule in OnReply
        for window in (HOUR, WINDOW)
    ]
    events += [Suppressed(source) for source in SuppressionSource]
    events += [Finished(busy)] * 12
    if undoing:
        following = (None, Next(step, life.history[-1].at + HOUR))
        texts = range(1_000, 1_000 + life.inbound)
        readings = product(texts, Reading, following)
        events += [Reread(text, reading, then) for text, reading, then in readings]
    if undoing and life.standing.status is Status.FINISHED_STOPPED:
        finish = max(one.id for one in life.history if isinstance(one.event, Finished))
        events += [FinishUndone(finish, then) for then in following] * 24
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
            Postponed(Hold.SENDER_RATE, None, planned_at=HOUR),
            Postponed(None, HOUR),
        ]
    if standing.status in {Status.FAILED, Status.OMITTED_LANDLINE}:
        step = 1 if standing.status is Status.OMITTED_LANDLINE else standing.next_step_id or 1
        fate = life.texts.get(100 + step)
        retried = Retried(Next(step, HOUR), 100 + step if fate else None)
        return [retried] if fate in {None, "dead"} else []
    if standing.status is not Status.PENDING or standing.next_step_id is None:
        return []
    step = standing.next_step_id
    return [
        StepSkipped(step, "too late", life.next_after(step)),
        NoStepLeft(),
        Released(Next(step, HOUR)),
        *(Postponed(hold, None, planned_at=HOUR) for hold in Hold),
        Postponed(Hold.QUIET_HOURS, 9 * HOUR),
    ]


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
            ]
            if text == life.standing.last_message_id:
                events.append(Postponed(Hold.SENDER_RATE, 9 * HOUR, again=Again(text, step)))
        elif fate == "waiting" and life.on_its_way != step:
            events.append(Delivered(text, waiting_again=True, next=life.next_after(step)))
        elif fate == "dead":
            events.append(Delivered(text, was_dead=True))
    return events


def follow(life: Life, event: Event) -> None:
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
        case Postponed():
            if event.again is not None:
                life.texts[event.again.message_id] = "waiting"
            elif life.on_its_way is not None:
                life.on_its_way = None
        case Retried():
            if event.message_id is not None:
                life.texts[event.message_id] = "waiting"
        case _:
            pass


@st.composite
def lives(draw: st.DrawFn, undoing: bool = True) -> Life:
    """A history that starts with enrolling and goes on as one can, ended or not."""
    life, at = Life(), HOUR
    life.add(draw(st.sampled_from(ENROLLED[:1] * 8 + ENROLLED[1:])), at)
    for gap in draw(st.lists(st.sampled_from([0, 1, HOUR, 26 * HOUR, WINDOW]), max_size=16)):
        at += gap
        if life.may_be_claimed() and draw(st.integers(0, 3)):
            life.on_its_way = life.standing.next_step_id
        sending = of_the_worker(life) + of_the_carrier(life)
        rare = not sending or draw(st.integers(0, 2)) == 0
        event = draw(st.sampled_from(of_anyone(life, undoing) if rare else sending))
        life.add(event, at)
        follow(life, event)
    return life


any_step = st.integers(1, STEPS)
any_text = st.sampled_from([101, 102, 103])
later = st.integers(1_000, 2_000).map(lambda hours: hours * HOUR)
then = st.builds(Next, any_step, later)
any_next, any_time = st.none() | then, st.none() | later
any_reason, any_hold = st.sampled_from(Reason), st.sampled_from(Hold)
any_reading, any_rule = st.sampled_from(Reading), st.sampled_from(OnReply)
any_event: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(ENROLLED),
    st.builds(Accepted, any_text, any_step, any_next, st.booleans()),
    st.builds(StepSkipped, any_step, st.just("too late"), any_next),
    st.just(NoStepLeft()),
    st.builds(TextReceived, st.just(NEW_TEXT), any_reading, any_rule, later, st.booleans()),
    st.builds(Suppressed, st.sampled_from(SuppressionSource)),
    st.builds(Delivered, any_text, st.booleans(), st.booleans(), any_next),
    st.builds(Failed, any_text, any_step, any_reason, st.booleans()),
    st.builds(CarrierOptedOut, any_text, any_step, st.booleans()),
    st.builds(CarrierLandline, any_text, any_step, st.booleans(), any_reason),
    st.builds(Postponed, any_hold, any_time, any_time, st.none() | st.text()),
    st.builds(Postponed, st.none(), later),
    st.builds(Postponed, any_hold, any_time, again=st.builds(Again, any_text, any_step)),
    st.builds(Released, then),
    st.builds(Finished, st.booleans()),
    st.builds(FinishUndone, st.integers(1, 20), any_next),
    st.builds(Retried, then, st.none() | any_text),
    st.builds(Reread, st.just(NEW_TEXT), any_reading, any_next),
)

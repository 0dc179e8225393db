"""Why an enrollment has its status, which event decided it, what is next and what holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from common.model.explanation import (
    DecidingEvent,
    Explanation,
    NextText,
    OpenReview,
    StandingHold,
)
from common.model.listing import ListedEnrollment
from common.vocabulary import (
    Hold,
    MessageStatus,
    Reason,
    SequenceState,
    Status,
    SuppressionSource,
)
from server.clock import from_datetime, to_datetime
from server.database.tables import (
    enrollments,
    events,
    messages,
    operators,
    reviews,
    senders,
    sequences,
    steps,
    suppressions,
)
from server.enrollments.lifecycle import Recorded, Standing, decide, fold
from server.enrollments.lifecycle_events import Event, FinishUndone, Reread
from server.enrollments.rate_wait import PresentMoment, SenderWait, read_sender_wait
from server.enrollments.rows import read_row
from server.enrollments.sentences import dated, tell_event, with_code
from server.enrollments.window_opening import read_opening

CodeLabel = Callable[[str, str], str]
"""Returns words for a carrier's code: (carrier, code) → "30005: unknown handset". May raise
KeyError.
"""
READ_AGAIN: Final = 50
"""Most events that change earlier ones, per history, that are searched."""
_BY_CARRIER: Final = frozenset({"failed", "carrier_opted_out", "carrier_landline"})
_OPTED_OUT: Final = frozenset({Status.OPTED_OUT, Status.OMITTED_OPTED_OUT})
_RATE_LIMITED: Final = StandingHold(
    hold=Hold.SENDER_RATE,
    label=f"{Hold.SENDER_RATE.words.label}: the carrier's rate limit",
    detail="the carrier's rate limit",
    ends="Sending continues when the carrier's wait is over, or when the sender is started again.",
    since=None,
)
"""The hold of a due enrollment whose sender waits, before it is claimed."""
_FOR_THE_LIST: Final = StandingHold(
    hold=Hold.SENDER_RATE,
    label=f"{Hold.SENDER_RATE.words.label}: inbound texts are read first",
    detail="inbound texts are read first",
    ends="Drumbeat is reading the carrier's list of inbound texts, which may contain an opt-out.",
    since=None,
)
"""The same, while the carrier's list of inbound texts is read."""
_DECODER: Final = msgspec.json.Decoder(Event)


class Turn(NamedTuple):
    """The events that led to the current status and hold; None if there is none."""

    standing: Standing
    status: int | None
    hold: int | None


def explain(
    connection: sa.Connection, enrollment_id: int, label: CodeLabel, moment: PresentMoment
) -> Explanation:
    """The explanation of one enrollment, with carriers' codes in words. Raises NotFound."""
    row = read_row(connection, enrollment_id)
    history = _history(connection, enrollment_id)
    turn = find_turn(_recorded(history))
    by_id = {event.id: event for event in history}
    decisive = by_id.get(turn.status or 0)
    since = by_id.get(turn.hold or 0)
    # If the history does not lead to the row's status, only its reason is shown, never a wrong
    # event.
    known = decisive is not None and turn.standing.status == row.status
    decided_by = _deciding(connection, decisive, label) if known else None
    following = _next(row)
    held_by = _hold(row, since if turn.standing.hold == row.hold else None)
    wait = read_sender_wait(connection, enrollment_id, moment)
    if wait is not None and held_by is None:
        held_by = _FOR_THE_LIST if wait.for_the_list else _RATE_LIMITED
    sources = _suppressed_by(connection, row.contact.phone)
    review = _review(connection, row.contact.phone)
    return Explanation(
        enrollment=row,
        decided_by=decided_by,
        next=following,
        held_by=held_by,
        suppressed_by=sources,
        review=review,
        remedy=_remedy(row),
        retryable=row.reason.words.retryable if row.reason else False,
        sentences=tuple(
            _sentences(
                row,
                decided_by,
                None if wait else _opening(connection, row),
                held_by,
                sources,
                review,
                wait,
                paused=row.status is Status.PENDING and _is_paused(connection, row),
                again=row.status is Status.PENDING and _goes_again(connection, row),
            )
        ),
    )


def find_turn(history: Sequence[Recorded]) -> Turn:
    """Which events of a history led to the final status and hold. Pure.

    Only the last 50 events that change earlier ones are searched, because each needs the whole
    history.
    """
    standing = Standing(status=Status.PENDING)
    status = hold = None
    again = [n for n, one in enumerate(history) if isinstance(one.event, FinishUndone | Reread)]
    begin = again[-READ_AGAIN] if len(again) > READ_AGAIN else 0
    if begin:
        standing = fold(history[:begin])
    for n, one in enumerate(history[begin:], begin):
        if isinstance(one.event, FinishUndone | Reread):
            after = fold(history[: n + 1])
        else:
            after = decide(standing, one.event, one.at).standing
        if n == 0 or (after.status, after.reason) != (standing.status, standing.reason):
            status = one.id
        if (after.hold, after.hold_detail) != (standing.hold, standing.hold_detail):
            hold = one.id
        standing = after
    return Turn(standing, status, hold if standing.hold else None)


def _history(connection: sa.Connection, enrollment_id: int) -> list[sa.Row[Any]]:
    return list(
        connection.execute(
            sa.select(events, operators.c.name.label("operator"))
            .join(operators, operators.c.id == events.c.operator_id, isouter=True)
            .where(events.c.enrollment_id == enrollment_id)
            .order_by(events.c.id)
        )
    )


def _recorded(history: Iterable[sa.Row[Any]]) -> list[Recorded]:
    """The events that the transition table knows; others change no status."""
    known = []
    for row in history:
        try:
            known.append(Recorded(row.id, row.at, _DECODER.decode(row.body)))
        except msgspec.ValidationError:
            continue
    return known


def _deciding(
    connection: sa.Connection, event: sa.Row[Any] | None, label: CodeLabel
) -> DecidingEvent | None:
    if event is None:
        return None
    body = msgspec.json.decode(event.body)
    step = step_of(connection, body)
    sentence = tell_event(event.kind, body, event.operator, step)
    if event.kind in _BY_CARRIER:
        sentence = with_code(sentence, _code(connection, body, label))
    return DecidingEvent(
        event_id=event.id,
        kind=event.kind,
        at=to_datetime(event.at),
        operator=event.operator,
        sentence=sentence,
    )


def _code(connection: sa.Connection, body: dict[str, Any], label: CodeLabel) -> str | None:
    """The carrier's code of the event's text, with words; None if it has none."""
    found = connection.execute(
        sa.select(senders.c.carrier, messages.c.code)
        .join(senders, senders.c.id == messages.c.sender_id)
        .where(messages.c.id == body.get("message_id"), messages.c.code.is_not(None))
    ).first()
    try:
        return label(*found) if found is not None else None
    except KeyError:  # a carrier without a table
        return None


def step_of(connection: sa.Connection, body: dict[str, Any]) -> int | None:
    """The current position of the event's step; None if there is none or it was deleted."""
    parts = (body, body.get("next"))
    named = [part["step_id"] for part in parts if isinstance(part, dict) and part.get("step_id")]
    step_id = named[0] if named else None
    if not isinstance(step_id, int):
        return None
    return connection.execute(
        sa.select(steps.c.position).where(steps.c.id == step_id, steps.c.deleted_at.is_(None))
    ).scalar()


def _next(row: ListedEnrollment) -> NextText | None:
    if row.status is not Status.PENDING:
        return None
    return NextText(row.step, row.step_id, row.due_at, row.planned_at)


def _hold(row: ListedEnrollment, since: sa.Row[Any] | None) -> StandingHold | None:
    if row.hold is None:
        return None
    words = row.hold.words
    return StandingHold(
        hold=row.hold,
        label=row.hold_label or words.label,
        detail=row.hold_detail,
        ends=words.ends,
        since=to_datetime(since.at) if since is not None else None,
    )


def _remedy(row: ListedEnrollment) -> str | None:
    if row.reason is not None:
        return row.reason.words.remedy
    return row.hold.words.ends if row.hold is not None else None


def _suppressed_by(connection: sa.Connection, phone: str) -> tuple[SuppressionSource, ...]:
    found = connection.execute(
        sa.select(suppressions.c.source)
        .where(suppressions.c.phone == phone, suppressions.c.lifted_at.is_(None))
        .order_by(suppressions.c.id)
    ).scalars()
    return tuple(map(SuppressionSource, found))


def _review(connection: sa.Connection, phone: str) -> OpenReview | None:
    row = connection.execute(
        sa.select(reviews.c.id, reviews.c.message_id, reviews.c.opened_at, messages.c.body)
        .join(messages, messages.c.id == reviews.c.message_id)
        .where(reviews.c.phone == phone, reviews.c.decided_at.is_(None))
        .order_by(reviews.c.id)
    ).first()
    return OpenReview(row[0], row[1], to_datetime(row[2]), row[3]) if row else None


def _opening(connection: sa.Connection, row: ListedEnrollment) -> str | None:
    if row.status is not Status.PENDING or row.hold is not None or row.due_at is None:
        return None
    due = from_datetime(row.due_at)
    return read_opening(connection, row.sequence_id, row.contact.id, due)


def _goes_again(connection: sa.Connection, row: ListedEnrollment) -> bool:
    """Whether the next text has been tried before and failed."""
    found = connection.execute(
        sa.select(messages.c.id)
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .where(
            enrollments.c.id == row.id,
            enrollments.c.retry_at.is_not(None),
            messages.c.step_id == enrollments.c.next_step_id,
            messages.c.status == MessageStatus.WAITING.value,
        )
    ).first()
    return found is not None


def _is_paused(connection: sa.Connection, row: ListedEnrollment) -> bool:
    state = connection.execute(
        sa.select(sequences.c.state).where(sequences.c.id == row.sequence_id)
    ).scalar_one()
    return bool(state == SequenceState.PAUSED.value)


def _sentences(
    row: ListedEnrollment,
    decided_by: DecidingEvent | None,
    opening: str | None,
    held_by: StandingHold | None,
    sources: tuple[SuppressionSource, ...],
    review: OpenReview | None,
    wait: SenderWait | None,
    *,
    paused: bool,
    again: bool,
) -> Iterable[str]:
    reason = row.reason_label or ""
    said = decided_by is not None and (
        reason in decided_by.sentence or row.status is Status.FINISHED_STOPPED
    )
    yield f"{row.status_label}: {reason}." if reason and not said else f"{row.status_label}."
    if decided_by is not None:
        yield dated(decided_by.sentence, decided_by.at.astimezone(ZoneInfo(row.contact.zone)))
    if row.last_failed:
        yield "Its last text failed after the sequence was completed."
    if row.status is Status.PENDING:
        yield _next_sentence(row, wait)
    if again and row.hold is not Hold.SENDING:
        yield "The text did not arrive and will be sent again."
    if opening is not None:
        yield opening
    if held_by is not None:
        yield f"Held: {held_by.label}. {held_by.ends}"
    if paused and row.hold is not Hold.SEQUENCE_PAUSED:
        yield "The sequence is paused; nothing is sent until it is resumed."
    if sources:
        listed = ", ".join(source.value for source in sources)
        yield f"The number is suppressed ({listed}): {_suppressed_means(row.status)}"
    if review is not None:
        yield "A text from this number needs a review. Nothing is sent to the number until then."
    if row.reason is not None and not (sources and row.reason is Reason.COMPLETED):
        remedy = row.reason.words.remedy
        yield remedy
        if row.reason.words.retryable and "try again" not in remedy.lower():
            yield "If you try again, the text is sent with the current wording of the step."


def _suppressed_means(status: Status) -> str:
    if status is Status.PENDING:
        return "it will not be texted."
    if status in _OPTED_OUT:
        return "nothing more will be sent to it."
    return (
        "an opt-out after the end does not change the status, but nothing more will be sent to it."
    )


def _next_sentence(row: ListedEnrollment, wait: SenderWait | None) -> str:
    which = f"Step {row.step} of {row.steps}" if row.step is not None else "The next step"
    if row.hold is Hold.SENDING:
        return f"{which} is being sent."
    zone = row.contact.zone
    if wait is not None:
        ends = f"{to_datetime(wait.ends).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} ({zone})"
        if wait.for_the_list:
            return (
                f"{which} waits until the carrier's list of inbound texts is read, at most "
                f"until {ends}."
            )
        return f"{which} waits for the carrier's rate limit until {ends}."
    if row.due_at is not None:
        return f"{which} is due {row.due_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})."
    if row.planned_at is not None:
        planned = f"{row.planned_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
        return f"{which} was planned for {planned} and will be sent when its hold ends."
    return f"{which} will be sent when its hold ends."

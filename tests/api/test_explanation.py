"""The explanation of an enrollment, and the timeline of a contact, over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from common.model.explanation import Explanation, Timeline
from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.clock import DAY, HOUR, wall
from server.database import tables
from server.enrollments.apply import Application, apply
from server.enrollments.lifecycle_events import (
    Accepted,
    Delivered,
    Enrolled,
    Event,
    Failed,
    Finished,
    Held,
    Next,
    Retried,
    TextReceived,
)
from server.events import log
from tests.api.stage import (
    FIRST,
    LATER,
    SECOND,
    Api,
    Write,
    add_enrollment,
    add_sequence,
    write,
)

pytestmark = pytest.mark.unsound

__all__ = ["write"]  # a fixture

PHONE = "+14155550142"
PLAN = Next(FIRST, 500, LATER)


@pytest.fixture
def lena(write: Write) -> int:
    """The id of a pending enrollment, enrolled by the admin at 500."""

    def add(connection: sa.Connection) -> int:
        add_sequence(connection)
        ident = add_enrollment(connection, "Lena", "Abadi", PHONE)
        happen(connection, ident, 500, Enrolled(Status.PENDING, None, PLAN))
        return ident

    ident: int = write(add)
    return ident


def happen(
    connection: sa.Connection,
    ident: int,
    at: int,
    event: Event,
    by: int | None = 1,
) -> None:
    [decision] = apply(connection, [Application(ident, event, operator_id=by)], at)
    assert decision.refused is None


def add_text(connection: sa.Connection, ident: int | None, **columns: Any) -> int:
    values = {
        "direction": "out",
        "kind": "step",
        "status": "sent",
        "contact_id": 1,
        "phone": PHONE,
        "enrollment_id": ident,
        "body": "Hi Lena",
        "segments": 1,
        "reading_by_operator": False,
        "created_at": 1_000,
        **columns,
    }
    made: int = connection.execute(
        sa.insert(tables.messages).values(values).returning(tables.messages.c.id)
    ).scalar_one()
    return made


def get_explanation(api: Api, ident: int) -> Explanation:
    answer = api.get(f"/enrollments/{ident}/explanation")
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Explanation)


def get_timeline(api: Api, **params: Any) -> Timeline:
    answer = api.get("/contacts/1/timeline", params=params)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Timeline)


def test_a_pending_one_says_what_goes_next_and_who_enrolled(api: Api, lena: int) -> None:
    told = get_explanation(api, lena)
    assert told.decided_by is not None
    assert (told.decided_by.kind, told.decided_by.operator) == ("enrolled", "admin")
    assert told.next is not None
    assert (told.next.step, told.next.step_id, told.held_by) == (1, FIRST, None)
    assert told.sentences == (
        "Pending.",
        "Enrolled by admin, 1969-12-31 16:00 PST.",
        "Step 1 of 2 is due 2033-05-17 20:33 (America/Los_Angeles).",
    )


MIDNIGHT = 1_999_926_000_000_000
"""2033-05-17 00:00 in Los Angeles, a Tuesday."""


@pytest.mark.parametrize(
    ("window", "hour", "told"),
    [
        ("09:00 20:00", 9, "The sequence's send window opens at that time."),
        ("06:00 20:00", 8, "Quiet hours end at that time."),
        ("09:00 20:00", 10, None),
    ],
)
def test_what_opens_when_the_text_goes_is_reported(
    api: Api, write: Write, window: str, hour: int, told: str | None
) -> None:
    def add(connection: sa.Connection) -> int:
        add_sequence(connection)
        start, end = window.split()
        span = msgspec.json.encode([{"days": "daily", "from": start, "to": end}]).decode()
        connection.execute(sa.update(tables.sequences).values(window=span))
        ident = add_enrollment(connection, "Lena", "Abadi", PHONE, due_at=MIDNIGHT + hour * HOUR)
        connection.execute(sa.update(tables.contacts).values(country="US"))
        return ident

    sentences = get_explanation(api, write(add)).sentences
    goes = f"Step 1 of 2 is due 2033-05-17 {hour:02}:00 (America/Los_Angeles)."
    assert sentences == ("Pending.", goes, *([told] if told else []))


def test_a_finish_by_an_operator_is_the_deciding_event(api: Api, write: Write, lena: int) -> None:
    def finish(connection: sa.Connection) -> None:
        happen(connection, lena, 700, Held(Hold.DAILY_LIMIT, LATER))
        happen(connection, lena, 900, Finished(with_carrier=True))
        happen(connection, lena, 950, Delivered(message_id=1), by=None)

    write(finish)
    told = get_explanation(api, lena)
    assert told.enrollment.reason is Reason.STOPPED_BY_OPERATOR
    assert told.decided_by is not None
    assert told.decided_by.kind == "finished"
    assert told.decided_by.sentence == (
        "admin marked the enrollment as finished; one text was already with the carrier."
    )
    assert (told.next, told.held_by, told.retryable) == (None, None, False)
    assert told.remedy == Reason.STOPPED_BY_OPERATOR.words.remedy


def test_a_hold_says_since_when_and_what_ends_it(api: Api, write: Write, lena: int) -> None:
    def hold(connection: sa.Connection) -> None:
        first = Held(Hold.MISSING_FIELD, None, "company")
        happen(connection, lena, 3 * HOUR, first, by=None)

    write(hold)
    told = get_explanation(api, lena)
    assert told.held_by is not None
    assert (told.held_by.hold, told.held_by.detail) == (Hold.MISSING_FIELD, "company")
    assert told.held_by.ends == Hold.MISSING_FIELD.words.ends
    assert told.held_by.since is not None
    assert told.held_by.since.timestamp() * 1e6 == 3 * HOUR
    assert told.decided_by is not None
    assert told.decided_by.kind == "enrolled"
    assert any("planned for 2033-05-17 20:33" in sentence for sentence in told.sentences)


def test_a_failure_can_be_tried_again_and_says_how(api: Api, write: Write, lena: int) -> None:
    def fail(connection: sa.Connection) -> None:
        columns = {"status": "failed", "code": "30005", "sender_id": 1}
        text = add_text(connection, lena, step_id=FIRST, **columns)
        event = Failed(text, FIRST, Reason.INVALID_NUMBER, was_accepted=False)
        happen(connection, lena, 2_000, event, by=None)

    write(fail)
    told = get_explanation(api, lena)
    assert (told.enrollment.status, told.retryable) == (Status.FAILED, True)
    assert told.sentences == (
        "Failed.",
        "The text of step 1 failed: unknown handset (code 30005), 1969-12-31 16:00 PST.",
        "Correct the number, then try again.",
    )


def test_an_opt_out_after_the_end_is_reported_and_changes_nothing(
    api: Api, write: Write, lena: int
) -> None:
    def end_and_suppress(connection: sa.Connection) -> None:
        text = add_text(connection, lena, step_id=SECOND)
        happen(connection, lena, 2_000, Accepted(text, SECOND, None), by=None)
        connection.execute(
            sa.insert(tables.suppressions).values(phone=PHONE, source="keyword", created_at=3_000)
        )

    write(end_and_suppress)
    told = get_explanation(api, lena)
    assert told.enrollment.status is Status.FINISHED_NO_RESPONSE
    assert told.sentences[2].startswith("The number is suppressed (keyword): an opt-out after the")
    assert told.sentences[2].endswith("not change the status, but nothing more will be sent to it.")
    assert len(told.sentences) == 3


def test_an_opt_out_is_said_once(api: Api, write: Write, lena: int) -> None:
    def opt_out(connection: sa.Connection) -> None:
        text = add_text(connection, None, direction="in", kind="inbound", status="received")
        event = TextReceived(text, Reading.OPT_OUT, OnReply.FINISH, DAY)
        happen(connection, lena, 2_000, event, by=None)

    write(opt_out)
    told = get_explanation(api, lena).sentences
    assert told[:2] == ("Opted Out.", "The contact asked to opt out, 1969-12-31 16:00 PST.")


def test_after_a_retry_the_retry_decided(api: Api, write: Write, lena: int) -> None:
    def fail_and_retry(connection: sa.Connection) -> None:
        text = add_text(connection, lena, step_id=FIRST, status="failed")
        event = Failed(text, FIRST, Reason.INVALID_NUMBER, was_accepted=False)
        happen(connection, lena, 2_000, event, by=None)
        happen(connection, lena, 3_000, Retried(PLAN, text))

    write(fail_and_retry)
    told = get_explanation(api, lena)
    assert told.decided_by is not None
    assert (told.decided_by.kind, told.decided_by.sentence) == (
        "retried",
        "admin retried from step 1.",
    )


def test_a_suppression_and_an_open_review_are_reported(api: Api, write: Write, lena: int) -> None:
    def hold(connection: sa.Connection) -> None:
        text = add_text(connection, None, direction="in", kind="inbound", status="received")
        connection.execute(
            sa.insert(tables.reviews).values(phone=PHONE, message_id=text, opened_at=800)
        )
        for source, lifted_at in [("keyword", None), ("operator", 900)]:
            connection.execute(
                sa.insert(tables.suppressions).values(
                    phone=PHONE, source=source, created_at=1, lifted_at=lifted_at
                )
            )

    write(hold)
    told = get_explanation(api, lena)
    assert told.suppressed_by == (SuppressionSource.KEYWORD,)
    assert told.review is not None
    assert told.review.body == "Hi Lena"
    assert "The number is suppressed (keyword): it will not be texted." in told.sentences


def test_a_status_that_its_history_does_not_lead_to_names_no_event(
    api: Api, write: Write, lena: int
) -> None:
    def change(connection: sa.Connection) -> None:
        connection.execute(
            sa.update(tables.enrollments).values(
                status="failed", reason="filtered", due_at=None, ended_at=1
            )
        )

    write(change)
    told = get_explanation(api, lena)
    assert told.decided_by is None
    assert told.sentences[0] == "Failed: filtered by a carrier."


def tell_a_story(connection: sa.Connection, lena: int) -> None:
    """One text that failed twice and was delivered, a reply, an operator's act, the unknown."""
    text = add_text(
        connection, lena, step_id=FIRST, status="delivered", code="30003", failure="unreachable"
    )
    for n, state in [(1, "refused"), (2, "accepted")]:
        connection.execute(
            sa.insert(tables.attempts).values(
                message_id=text,
                n=n,
                state=state,
                worker="w",
                lease_wall=0,
                started_at=1_000 + n,
                checks=0,
            )
        )
    following = Next(SECOND, 1_100, LATER, FIRST)
    happen(connection, lena, 1_100, Accepted(text, FIRST, following), by=None)
    reply = add_text(
        connection,
        None,
        direction="in",
        kind="inbound",
        status="received",
        reading="reply",
        answers_id=text,
        body="Yes",
        created_at=1_200,
    )
    received = TextReceived(reply, Reading.REPLY, OnReply.CONTINUE, DAY)
    happen(connection, lena, 1_200, received, by=None)
    happen(connection, lena, 1_300, Finished())
    log.append(connection, [log.Entry(1_400, "moon_landed", contact_id=1, operator_id=1)])
    add_text(connection, None, contact_id=None, created_at=1_500, kind="direct", body="Hello")


def test_the_timeline_reports_all_in_the_order_of_time(api: Api, write: Write, lena: int) -> None:
    write(lambda connection: tell_a_story(connection, lena))
    timeline = get_timeline(api)
    told = [
        (one.event.sentence if one.event else one.text.body if one.text else "")
        for one in timeline.items
    ]
    assert told == [
        "Enrolled by admin.",
        "Hi Lena",
        "Yes",
        "admin marked the enrollment as finished.",
        "Moon landed by admin.",
        "Hello",
    ]
    assert timeline.earlier is None
    sent = timeline.items[1].text
    assert sent is not None
    assert sent.fate == "delivered (handset unreachable, 30003) after 2 attempts"
    assert [one.state for one in sent.attempts] == ["refused", "accepted"]
    assert (sent.step, sent.code) == (1, "30003")
    assert (sent.sequence_id, sent.sequence) == (1, "Spring")
    reply = timeline.items[2].text
    assert reply is not None
    assert reply.reading is Reading.REPLY
    assert reply.sequence is None
    enrolled = timeline.items[0].event
    assert enrolled is not None
    assert (enrolled.sequence, enrolled.operator) == ("Spring", "admin")


def test_the_timeline_of_one_enrollment_leaves_out_the_rest(
    api: Api, write: Write, lena: int
) -> None:
    write(lambda connection: tell_a_story(connection, lena))
    keys = [item.key for item in get_timeline(api, enrollment_id=lena).items]
    assert len(keys) == 4  # enrolled, the text, its answer, the finish
    assert get_timeline(api, enrollment_id=lena + 1).items == ()


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_of_the_timeline_join_without_a_gap(
    api: Api, write: Write, lena: int, limit: int
) -> None:
    write(lambda connection: tell_a_story(connection, lena))
    whole = [item.key for item in get_timeline(api).items]
    page = get_timeline(api, limit=limit)
    keys = [item.key for item in page.items]
    while page.earlier is not None:
        page = get_timeline(api, limit=limit, before=page.earlier)
        keys = [item.key for item in page.items] + keys
    assert keys == whole


@pytest.mark.parametrize("before", ["x1", "e", "m-1", "e999", "", "m99999999999999999999"])
def test_a_place_that_is_none_is_refused(api: Api, lena: int, before: str) -> None:
    answer = api.get("/contacts/1/timeline", params={"before": before})
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/enrollments/99/explanation", "/contacts/99/timeline"])
def test_what_does_not_exist_is_not_found(api: Api, lena: int, path: str) -> None:
    assert api.get(path).status_code == 404


def test_a_wait_for_the_carriers_rate_limit_is_a_named_hold_with_its_end(
    api: Api, write: Write
) -> None:
    """Due but not claimed, while its sender waits for an hour as the carrier requested."""

    def add(connection: sa.Connection) -> int:
        add_sequence(connection)
        ident = add_enrollment(connection, "Lena", "Abadi", PHONE, due_at=0)
        sender_id = connection.exec_driver_sql(
            "SELECT sender_id FROM enrollments WHERE id = ?", (ident,)
        ).scalar_one()
        until = wall() + HOUR
        connection.execute(
            sa.insert(tables.sender_pace).values(
                sender_id=sender_id, next_slot_wall=until, slow_until_wall=until, refusals=12
            )
        )
        return ident

    ident = write(add)
    told = get_explanation(api, ident)

    assert told.held_by is not None
    assert told.held_by.hold is Hold.SENDER_RATE
    goes = next(sentence for sentence in told.sentences if sentence.startswith("Step 1 of 2"))
    assert "waits for the carrier's rate limit until 2026-11-02 0" in goes
    assert not [sentence for sentence in told.sentences if "being sent" in sentence]

    sender = api.get("/senders").json()
    for one in sender:
        assert api.post(f"/senders/{one['id']}/start").status_code == 200
    assert get_explanation(api, ident).held_by != told.held_by


def test_a_wait_for_the_list_of_texts_from_people_is_a_named_hold_with_its_end(
    api: Api, write: Write
) -> None:
    """No simulator runs: what a STOP may stop does not go before the list is read."""

    def add(connection: sa.Connection) -> int:
        add_sequence(connection)
        return add_enrollment(connection, "Lena", "Abadi", PHONE, due_at=0)

    told = get_explanation(api, write(add))

    assert told.held_by is not None
    assert told.held_by.hold is Hold.SENDER_RATE
    assert "inbound texts" in told.held_by.label
    goes = next(sentence for sentence in told.sentences if sentence.startswith("Step 1 of 2"))
    assert "until 2026-11-02 0" in goes

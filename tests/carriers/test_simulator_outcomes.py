"""Every outcome of the simulator's table, as the real adapter and the real verifier see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.vocabulary import FailureClass, LineKind, MessageStatus
from server.carriers.interface import SendAccepted, SendRefused, TextFound, TryLater, Unknown
from server.carriers.simulator.outcomes import DELIVERED, OUTCOMES, outcome_of
from server.carriers.simulator.settings import SimulatorSettings
from server.carriers.twilio import Twilio, create_client
from tests.carriers.conftest import SENDER, START, TOKEN, MakeStage, Stage, adapter_settings

PLAIN = ["sent", "delivered"]


def number(digits: str) -> str:
    """A number that ends so, and has no longer ending of the table."""
    return ("+1206555" + "0000")[: 12 - len(digits)] + digits


def statuses(stage: Stage) -> list[str]:
    return [report.status for report in stage.reports()]


def test_most_numbers_are_ordinary() -> None:
    plain = [outcome_of(f"+1206555{n:04}") is DELIVERED for n in range(10_000)]
    assert sum(plain) > 7_400


@pytest.mark.parametrize("digits", ["00", "42", "69", "94", "99"])
async def test_an_ordinary_number_gets_its_text(stage: Stage, digits: str) -> None:
    sent = await stage.carrier.send(stage.text(number(digits)))
    assert isinstance(sent, SendAccepted)
    assert sent.segments == 1
    assert sent.status is MessageStatus.QUEUED
    await stage.move(0.9)
    assert statuses(stage) == []
    await stage.move(0.2)
    assert statuses(stage) == ["sent"]
    await stage.move(3)
    assert statuses(stage) == PLAIN
    assert {report.attempt_id for report in stage.reports()} == {1}
    assert {report.carrier_id for report in stage.reports()} == {sent.carrier_id}


FINALS = {
    "80": ("undelivered", FailureClass.UNREACHABLE),
    "81": ("undelivered", FailureClass.LANDLINE_PROBABLE),
    "84": ("undelivered", FailureClass.FILTERED),
    "91": ("undelivered", FailureClass.INVALID_NUMBER),
    "93": ("failed", FailureClass.UNREACHABLE),
    "956": ("undelivered", FailureClass.UNREACHABLE),
}


@pytest.mark.parametrize("digits", FINALS)
async def test_a_failure_is_reported_with_its_code(stage: Stage, digits: str) -> None:
    assert isinstance(await stage.carrier.send(stage.text(number(digits))), SendAccepted)
    await stage.move(10)
    final, failure = FINALS[digits]
    assert statuses(stage) == ["sent", final]
    assert stage.reports()[-1].failure is failure
    assert stage.reports()[-1].code == OUTCOMES[digits].code


REFUSALS = {
    "82": FailureClass.LANDLINE_PROBABLE,
    "83": FailureClass.OPTED_OUT,
    "92": FailureClass.INVALID_NUMBER,
    "957": FailureClass.LANDLINE_CERTAIN,
}


@pytest.mark.parametrize("digits", REFUSALS)
async def test_a_refusal_has_a_class_and_no_callbacks(stage: Stage, digits: str) -> None:
    sent = await stage.carrier.send(stage.text(number(digits)))
    assert isinstance(sent, SendRefused)
    assert (sent.code, sent.failure) == (OUTCOMES[digits].code, REFUSALS[digits])
    assert sent.code in sent.reason
    await stage.move(10)
    assert statuses(stage) == []


@pytest.mark.parametrize(
    ("digits", "code", "failure", "after"),
    [
        ("85", "20429", FailureClass.NOT_PROCESSED, 1.0),
        ("955", "21611", FailureClass.SENDER_QUEUE, 60.0),
    ],
)
async def test_what_was_not_processed_may_be_tried_later(
    stage: Stage, digits: str, code: str, failure: FailureClass, after: float
) -> None:
    for _ in range(2):
        sent = await stage.carrier.send(stage.text(number(digits)))
        assert sent == TryLater(after, code, failure)
    assert isinstance(await stage.carrier.send(stage.text(number(digits))), SendAccepted)
    await stage.move(10)
    assert statuses(stage) == PLAIN


async def test_unreachable_twice_then_delivered(stage: Stage) -> None:
    for _ in range(3):
        await stage.carrier.send(stage.text(number("956")))
        await stage.move(10)
    assert [s for s in statuses(stage) if s != "sent"] == ["undelivered"] * 2 + ["delivered"]


async def test_sent_can_be_the_last_thing_heard(stage: Stage) -> None:
    await stage.carrier.send(stage.text(number("86")))
    await stage.move(10**6)
    assert statuses(stage) == ["sent"]


async def test_lost_callbacks_leave_a_text_that_reconcile_finds(stage: Stage) -> None:
    text = stage.text(number("87"))
    sent = await stage.carrier.send(text)
    await stage.move(10)
    assert statuses(stage) == []
    assert len(await stage.log("callback_dropped")) == 2
    assert isinstance(sent, SendAccepted)
    assert await stage.carrier.reconcile(text, START, frozenset()) == TextFound(
        sent.carrier_id or "", MessageStatus.DELIVERED
    )


async def test_doubled_callbacks_carry_the_same_key(stage: Stage) -> None:
    await stage.carrier.send(stage.text(number("88")))
    await stage.move(10)
    assert statuses(stage) == ["sent", "sent", "delivered", "delivered"]
    assert len({report.dedupe_key for report in stage.reports()}) == 2


async def test_callbacks_in_reverse(stage: Stage) -> None:
    text = stage.text(number("89"))
    await stage.carrier.send(text)
    await stage.move(10)
    assert statuses(stage) == ["delivered", "sent"]
    found = await stage.carrier.reconcile(text, START, frozenset())
    assert isinstance(found, TextFound)
    assert found.status is MessageStatus.DELIVERED


async def test_callbacks_before_the_answer(stage: Stage) -> None:
    sent = await stage.carrier.send(stage.text(number("90")))
    assert statuses(stage) == PLAIN
    assert isinstance(sent, SendAccepted)
    assert {report.carrier_id for report in stage.reports()} == {sent.carrier_id}


@pytest.mark.parametrize("digits", ["951", "952"])
async def test_accepted_without_an_answer_is_unknown_and_found(stage: Stage, digits: str) -> None:
    text = stage.text(number(digits))
    assert isinstance(await stage.carrier.send(text), Unknown)
    assert len(await stage.log("asked")) == 1
    await stage.move(10)
    assert statuses(stage) == PLAIN
    assert isinstance(await stage.carrier.reconcile(text, START, frozenset()), TextFound)


@pytest.mark.parametrize("digits", ["950", "959"])
async def test_an_answer_that_never_comes_is_unknown_and_found(stage: Stage, digits: str) -> None:
    settings = replace(adapter_settings(stage.url, stage.listener.url), read_timeout=0.1)
    text = stage.text(number(digits))
    async with create_client(settings) as client:
        carrier = Twilio(settings, client)
        assert isinstance(await carrier.send(text), Unknown)
        assert len(await stage.log("asked")) == 1
        assert isinstance(await carrier.reconcile(text, START, frozenset()), TextFound)
    await stage.move(10)
    assert statuses(stage) == (PLAIN if digits == "950" else [])


@pytest.mark.parametrize("digits", ["953", "954"])
async def test_nothing_accepted_is_unknown_once_then_accepted(stage: Stage, digits: str) -> None:
    assert isinstance(await stage.carrier.send(stage.text(number(digits))), Unknown)
    assert [entry["kind"] for entry in await stage.log()] == ["asked", "not_processed"]
    assert isinstance(await stage.carrier.send(stage.text(number(digits))), SendAccepted)


@pytest.mark.parametrize("digits", ["70", "71", "72", "76", "78", "958"])
async def test_people_answer_the_first_text_once(stage: Stage, digits: str) -> None:
    await stage.carrier.send(stage.text(number(digits)))
    await stage.move(60)
    assert stage.inbound() == []
    await stage.move(600)
    (reply,) = stage.inbound()
    assert reply.body in OUTCOMES[digits].replies
    assert (reply.from_, reply.to) == (number(digits), SENDER)
    assert reply.carrier_answered == (digits in {"76", "958"})
    await stage.carrier.send(stage.text(number(digits)))
    await stage.move(10**6)
    assert len(stage.inbound()) == 1


@pytest.mark.parametrize(("digits", "nth"), [("73", 2), ("74", 2), ("75", 3), ("77", 2)])
async def test_people_answer_a_later_text(stage: Stage, digits: str, nth: int) -> None:
    for n in range(1, 4):
        await stage.carrier.send(stage.text(number(digits)))
        await stage.move(10_000)
        assert len(stage.inbound()) == (1 if n >= nth else 0)


async def test_auto_replies(stage: Stage) -> None:
    await stage.carrier.send(stage.text(number("79")))
    await stage.move(10_000)
    assert [text.body for text in stage.inbound()] == list(OUTCOMES["79"].replies)


async def test_after_stop_texts_are_refused_until_start(stage: Stage) -> None:
    person = number("76")
    await stage.carrier.send(stage.text(person))
    await stage.move(10_000)
    refused = await stage.carrier.send(stage.text(person))
    assert isinstance(refused, SendRefused)
    assert refused.failure is FailureClass.OPTED_OUT
    await stage.control("inbound", **{"from": person, "to": SENDER, "body": " start "})
    await stage.move(1)
    assert isinstance(await stage.carrier.send(stage.text(person)), SendAccepted)
    assert [e["kind"] for e in await stage.log("opted_out", "opted_in")] == [
        "opted_out",
        "opted_in",
    ]


async def test_advanced_opt_out_names_what_was_meant(make_stage: MakeStage) -> None:
    stage = await make_stage(
        SimulatorSettings(clock="manual", start_us=START, auth_token=TOKEN, advanced_opt_out=True)
    )
    for body in ("Stop", "yes", "help", "stop it"):
        await stage.control("inbound", **{"from": number("00"), "to": SENDER, "body": body})
    await stage.move(1)
    assert [text.opt for text in stage.inbound()] == ["stop", "start", "help", None]


@pytest.mark.parametrize(("digits", "kind"), [("00", LineKind.MOBILE), ("81", LineKind.LANDLINE)])
async def test_lookup_reports_the_line(stage: Stage, digits: str, kind: LineKind) -> None:
    assert await stage.carrier.lookup(number(digits)) is kind


def test_every_outcome_of_the_table_is_tried_here() -> None:
    tried = {*FINALS, *REFUSALS, "85", "955", "86", "87", "88", "89", "90", "950", "951", "952"}
    tried |= {"953", "954", "959", "958", "70", "71", "72", "73", "74", "75"}
    tried |= {"76", "77", "78", "79"}
    assert set(OUTCOMES) == tried

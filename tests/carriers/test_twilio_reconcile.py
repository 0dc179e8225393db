"""What became of a text whose answer was lost: found, certainly not there, or not to be decided."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from common.vocabulary import FailureClass, MessageStatus
from server.carriers.interface import OutboundText, SendAccepted, TextFound, TextNotFound, Unsure
from tests.carriers.conftest import SECOND, START, Stage

PERSON = "+12065550142"


async def accepted(stage: Stage, text: OutboundText) -> str:
    sent = await stage.carrier.send(text)
    assert isinstance(sent, SendAccepted)
    assert sent.carrier_id
    return sent.carrier_id


async def test_a_text_that_is_there_is_found_with_its_status(stage: Stage) -> None:
    text = stage.text(PERSON)
    carrier_id = await accepted(stage, text)
    assert await stage.carrier.reconcile(text, START, frozenset()) == TextFound(
        carrier_id, MessageStatus.QUEUED
    )
    await stage.move(10)
    assert await stage.carrier.reconcile(text, START, frozenset()) == TextFound(
        carrier_id, MessageStatus.DELIVERED
    )


async def test_a_failure_is_found_with_its_code(stage: Stage) -> None:
    text = stage.text("+12065550180")
    carrier_id = await accepted(stage, text)
    await stage.move(10)
    assert await stage.carrier.reconcile(text, START, frozenset()) == TextFound(
        carrier_id, MessageStatus.UNDELIVERED, "30003", FailureClass.UNREACHABLE
    )


async def test_a_text_that_is_not_there_is_not_found(stage: Stage) -> None:
    await accepted(stage, stage.text("+12065550143"))
    assert await stage.carrier.reconcile(stage.text(PERSON), START, frozenset()) == TextNotFound()


async def test_texts_of_other_messages_are_never_adopted(stage: Stage) -> None:
    text = stage.text(PERSON)
    known = frozenset({await accepted(stage, text)})
    assert await stage.carrier.reconcile(text, START, known) == TextNotFound()
    second = await accepted(stage, text)
    assert await stage.carrier.reconcile(text, START, known) == TextFound(
        second, MessageStatus.QUEUED
    )


@pytest.mark.parametrize("ahead", [121, 3_600, 30 * 86_400])
async def test_an_older_text_of_the_same_wording_is_not_adopted_and_leaves_doubt(
    stage: Stage, ahead: int
) -> None:
    """It may be the text itself, if our clock was ahead of the carrier's at the hand-off."""
    text = stage.text(PERSON)
    carrier_id = await accepted(stage, text)
    found = TextFound(carrier_id, MessageStatus.QUEUED)
    assert await stage.carrier.reconcile(text, START + 120 * SECOND, frozenset()) == found
    told = await stage.carrier.reconcile(text, START + ahead * SECOND, frozenset())
    assert isinstance(told, Unsure)
    assert carrier_id in told.why


async def test_older_texts_that_failed_or_say_something_else_do_not_count(stage: Stage) -> None:
    unreachable = "+12065550180"
    await accepted(stage, stage.text(unreachable))
    await accepted(stage, stage.text(PERSON, "Something else"))
    await stage.move(3_600)
    for phone in (unreachable, PERSON):
        text = stage.text(phone)
        assert await stage.carrier.reconcile(text, START + 1_800 * SECOND, frozenset()) == (
            TextNotFound()
        )


async def test_two_of_the_same_wording_cannot_be_distinguished(stage: Stage) -> None:
    for _ in range(2):
        await accepted(stage, stage.text(PERSON))
    assert isinstance(await stage.carrier.reconcile(stage.text(PERSON), START, frozenset()), Unsure)


async def test_another_wording_that_nobody_owns_leaves_doubt(stage: Stage) -> None:
    carrier_id = await accepted(stage, stage.text(PERSON, "It’s time"))
    told = await stage.carrier.reconcile(stage.text(PERSON, "It's time"), START, frozenset())
    assert isinstance(told, Unsure)
    assert carrier_id in told.why


@pytest.mark.parametrize("body", ["Hi\r\nthere", "Hi there  ", "Café"])
async def test_wording_is_compared_as_it_is_stored(stage: Stage, body: str) -> None:
    await accepted(stage, stage.text(PERSON, body))
    stored = body.replace("\r\n", "\n").rstrip().replace("e\u0301", "é")
    told = await stage.carrier.reconcile(stage.text(PERSON, stored), START, frozenset())
    assert isinstance(told, TextFound)


async def test_inbound_texts_are_no_candidates(stage: Stage) -> None:
    text = replace(stage.text("+14155550100"), from_=PERSON)
    await stage.control("inbound", **{"from": PERSON, "to": "+14155550100", "body": text.body})
    await stage.move(1)
    assert await stage.carrier.reconcile(text, START, frozenset()) == TextNotFound()


async def test_every_page_is_read(stage: Stage) -> None:
    text = stage.text(PERSON, "the one")
    carrier_id = await accepted(stage, text)
    handed_over = [accepted(stage, stage.text(PERSON, f"no. {n}")) for n in range(250)]
    known = set(await asyncio.gather(*handed_over))
    found = TextFound(carrier_id, MessageStatus.QUEUED)
    assert await stage.carrier.reconcile(text, START, frozenset(known)) == found
    lists = [entry for entry in await stage.log("asked") if entry["what"] == "list"]
    assert len(lists) == 3


async def test_more_texts_than_are_read_leave_doubt(stage: Stage) -> None:
    text = stage.text(PERSON)
    handed_over = [accepted(stage, stage.text(PERSON)) for _ in range(1001)]
    known = set(await asyncio.gather(*handed_over))
    told = await stage.carrier.reconcile(text, START, frozenset(known))
    assert isinstance(told, Unsure)
    assert "1000" in told.why


async def test_wrong_credentials_leave_doubt(stage: Stage) -> None:
    stage.carrier._headers["Authorization"] = "Basic wrong"
    told = await stage.carrier.reconcile(stage.text(PERSON), START, frozenset())
    assert isinstance(told, Unsure)
    assert await stage.carrier.lookup(PERSON) is None

"""The carrier's list of what people texted: all of it, in order, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from common.model.messages import Media
from server.carriers.interface import InboundText, ListTooLong, ListUnreadable
from server.carriers.twilio_callbacks import listed_text
from tests.carriers.conftest import SECOND, SENDER, START, Stage

PERSON = "+12065550142"
ENTRY: dict[str, Any] = {
    "sid": "SM1",
    "direction": "inbound",
    "from": PERSON,
    "to": SENDER,
    "body": "Hi",
    "num_media": "0",
    "date_sent": "Mon, 02 Nov 2026 20:00:00 +0000",
}


async def say(stage: Stage, body: str, to: str = SENDER, **more: Any) -> None:
    """Let a person text, a second after the last one."""
    await stage.move(1)
    await stage.control("inbound", **{"from": PERSON, "to": to, "body": body}, **more)
    await stage.move(0)


async def listed(
    stage: Stage, since_us: int = START, until_us: int | None = None
) -> list[InboundText]:
    return await stage.carrier.list_inbound(SENDER, since_us, until_us)


async def test_texts_to_a_number_come_in_the_order_they_were_texted(stage: Stage) -> None:
    for body in ("one", "STOP", "three"):
        await say(stage, body)
    await say(stage, "to another", to="+14155550111")
    await stage.carrier.send(stage.text(SENDER, "from us"))
    await stage.move(10)

    found = await listed(stage)
    assert [text.body for text in found] == ["one", "STOP", "three"]
    assert [text.carrier_answered for text in found] == [False, True, False]
    assert [text.sent_us for text in found] == [START + n * SECOND for n in (1, 2, 3)]


async def test_a_listed_text_has_the_key_of_its_callback(stage: Stage) -> None:
    await say(stage, "Hi")
    (by_callback,) = stage.inbound()
    (by_list,) = await listed(stage)
    assert by_list.dedupe_key == by_callback.dedupe_key
    assert (by_list.from_, by_list.to, by_list.body) == (PERSON, SENDER, "Hi")


async def test_older_texts_of_the_same_day_are_left_out(stage: Stage) -> None:
    for body in ("one", "two", "three"):
        await say(stage, body)
    found = await listed(stage, START + 2 * SECOND)
    assert [text.body for text in found] == ["two", "three"]


async def test_texts_of_later_days_are_left_out(stage: Stage) -> None:
    await say(stage, "today")
    await stage.move(86_400)
    await say(stage, "tomorrow")
    assert [text.body for text in await listed(stage, START, START + 60 * SECOND)] == ["today"]


async def test_every_page_is_read_and_none_that_is_too_old(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.carriers.twilio._INBOUND_PAGE_SIZE", 2)
    for n in range(9):
        await say(stage, str(n))

    assert [text.body for text in await listed(stage)] == list("012345678")
    asked = len([one for one in await stage.log("asked") if one["what"] == "list"])
    await listed(stage, START + 8 * SECOND)
    again = len([one for one in await stage.log("asked") if one["what"] == "list"])
    assert (asked, again - asked) == (5, 2)


async def test_more_than_is_read_at_once_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.carriers.twilio._INBOUND_PAGE_SIZE", 1)
    monkeypatch.setattr("server.carriers.twilio._INBOUND_PAGES", 2)
    for n in range(3):
        await say(stage, str(n))
    with pytest.raises(ListTooLong):
        await listed(stage)


async def test_a_list_that_fails_is_said(stage: Stage) -> None:
    await stage.control("faults", list_fails=1.0)
    with pytest.raises(ListUnreadable):
        await listed(stage)


async def test_pictures_are_counted_and_then_found(stage: Stage) -> None:
    pictures = [
        {"url": f"https://api.twilio.com/x/ME{n}", "content_type": "image/png"} for n in (1, 2)
    ]
    await say(stage, "", media=pictures)
    (text,) = await listed(stage)
    assert text.media == (Media(), Media())

    found = await stage.carrier.find_media(text)
    start = f"{stage.url}/2010-04-01/Accounts/{stage.settings.account_sid}/Messages"
    assert found == tuple(
        Media(f"{start}/{text.carrier_id}/Media/ME{n}", "image/png") for n in (1, 2)
    )


async def test_pictures_whose_list_is_away_stay_counted(stage: Stage) -> None:
    unknown = InboundText("SM404", PERSON, SENDER, "", None, False, "SM404", (Media(),), START)
    assert await stage.carrier.find_media(unknown) == (Media(),)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {**ENTRY, "direction": "outbound-api"},
        {**ENTRY, "sid": None},
        {**ENTRY, "sid": ""},
        {**ENTRY, "from": 7},
        {**ENTRY, "to": None},
    ],
)
def test_an_entry_that_names_nobody_is_no_text(entry: Any) -> None:
    assert listed_text(entry, START) is None


@pytest.mark.parametrize("written", [None, "", "yesterday", 7, "2026-11-02"])
def test_a_text_with_a_time_that_cannot_be_read_is_still_a_text(written: Any) -> None:
    text = listed_text({**ENTRY, "date_sent": written, "body": None}, START)
    assert text is not None
    assert (text.sent_us, text.body) == (START, "")

"""Following the event stream: started without a gap and resumed where it broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from common.client import ApiProblem
from common.model.operators import Me
from tests.tui.stage import PATIENCE, Played
from tui.client import event_stream
from tui.client.event_stream import BEYOND, Changed, Heard, Lost, Retrying, Welcomed, follow


class Stream:
    """The posted messages."""

    def __init__(self) -> None:
        self.messages: list[Heard] = []
        self.again = asyncio.Event()

    def of(self, kind: type[Heard]) -> list[Heard]:
        return [one for one in self.messages if isinstance(one, kind)]

    @property
    def told(self) -> list[Changed]:
        return [one for one in self.messages if isinstance(one, Changed)]

    @property
    def lost(self) -> list[Lost]:
        return [one for one in self.messages if isinstance(one, Lost)]

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, f"waited in vain: {what}"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def followed(source: Played) -> AsyncIterator[Stream]:
    heard = Stream()
    task = asyncio.create_task(follow(source, heard.messages.append, heard.again))
    try:
        yield heard
        assert not task.done(), "following ended"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for retries."""
    monkeypatch.setattr(event_stream, "wait_after", lambda failures: 0.001 * failures)


async def test_it_reports_the_operator_and_then_starts_with_a_resync() -> None:
    source = Played()

    async with followed(source) as heard:
        await heard.until(lambda: bool(heard.told), "the stream is joined")

        assert [type(one) for one in heard.messages] == [Welcomed, Changed]
        assert heard.told[0].batch.resync
        assert source.joined_after == [BEYOND]


async def test_a_burst_of_events_is_posted_as_one_batch() -> None:
    source = Played()

    async with followed(source) as heard:
        await heard.until(lambda: bool(heard.told), "the stream is joined")
        for ident in range(500):
            source.say("replied", 4, enrollment_id=ident)
        await heard.until(lambda: sum(len(t.batch.rows_of(4)) for t in heard.told) == 500, "all")

        assert len(heard.told) <= 3


async def test_a_lost_stream_resumes_after_the_last_event() -> None:
    source = Played()

    async with followed(source) as heard:
        await heard.until(lambda: bool(heard.told), "the stream is joined")
        source.say("replied", 4, enrollment_id=1)
        await heard.until(lambda: len(heard.told) == 2, "the event is told")
        source.go_away("it refused")
        await heard.until(lambda: len(heard.lost) >= 12, "it fails again and again")
        source.come_back()
        await heard.until(lambda: len(source.joined_after) == 2, "it is back")

        assert source.joined_after == [BEYOND, source.newest]
        assert "it refused" in heard.lost[0].why
        assert len(heard.of(Retrying)) == len(heard.lost)


async def test_refusals_and_unexpected_errors_do_not_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = Played()
    faults: list[Exception] = [ApiProblem(401, "unknown_token", "No such token."), KeyError("x")]
    me = source.me

    async def failing() -> Me:
        if faults:
            raise faults.pop(0)
        return await me()

    monkeypatch.setattr(source, "me", failing)

    async with followed(source) as heard:
        await heard.until(lambda: bool(heard.told), "it joins in the end")

        assert [one.why for one in heard.lost] == ["No such token.", "KeyError('x')"]


async def test_a_wait_can_be_ended_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 3_600.0)
    source = Played()
    source.go_away()

    async with followed(source) as heard:
        await heard.until(lambda: bool(heard.lost), "it fails")
        source.come_back()
        heard.again.set()
        await heard.until(lambda: bool(heard.of(Welcomed)), "it is tried at once")

        assert heard.lost[0].wait == 3_600.0

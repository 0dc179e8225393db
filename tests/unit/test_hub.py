"""The hub: nothing twice, nothing left out, and slow followers get a resync."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest

from common.model.events import Event
from server.clock import ManualClock
from server.database.engine import Database
from server.errors import Overloaded, TooMany
from server.events import log
from server.events.frames import EventBatch
from server.events.hub import RESYNC, Hub
from server.events.log import Entry

NOW = 1_800_000_000_000_000
Stream = AsyncIterator[EventBatch | None]


async def append(database: Database, count: int, sequence_id: int | None = None) -> None:
    entries = [Entry(NOW, "postponed", sequence_id) for _ in range(count)]
    await database.write(log.append, entries)


async def take(stream: Stream, count: int) -> list[Event]:
    """The next events, at least `count`."""
    events: list[Event] = []
    async with asyncio.timeout(10):
        while len(events) < count:
            events.extend(await stream.__anext__() or [])
    return events


async def reached(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; real work elsewhere makes it hold."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 # others set it; there is no event to wait for
            await asyncio.sleep(0)


async def test_a_follower_gets_each_new_event_once_in_order(database: Database) -> None:
    await append(database, 3)
    async with Hub(database, ManualClock(NOW)) as hub, aclosing(hub.follow()) as stream:
        first = asyncio.ensure_future(take(stream, 1))
        await reached(lambda: hub.followers == 1)
        await append(database, 2)
        await append(database, 1)
        told = await first
        told += await take(stream, 3 - len(told))
    assert [event.id for event in told] == [4, 5, 6]
    assert told[0].kind == "postponed"


async def test_resuming_reports_the_missed_then_the_new_with_none_twice(database: Database) -> None:
    await append(database, 1_200)
    async with Hub(database, ManualClock(NOW)) as hub, aclosing(hub.follow(after=100)) as stream:
        told = await take(stream, 1)
        writing = asyncio.ensure_future(append(database, 300))  # while the backlog is being read
        told += await take(stream, 1_400 - len(told))
        await writing
    assert [event.id for event in told] == list(range(101, 1_501))


async def test_a_follower_of_one_sequence_gets_only_its_events(database: Database) -> None:
    await append(database, 1, sequence_id=7)
    await append(database, 1, sequence_id=8)
    async with Hub(database, ManualClock(NOW)) as hub, aclosing(hub.follow(0, 7)) as stream:
        told = await take(stream, 1)
        await append(database, 1, sequence_id=8)
        await append(database, 1)
        await append(database, 1, sequence_id=7)
        told += await take(stream, 1)
    assert [(event.id, event.sequence_id) for event in told] == [(1, 7), (5, 7)]


async def test_one_who_falls_behind_gets_a_resync_and_continues_from_the_newest(
    database: Database,
) -> None:
    async with (
        Hub(database, ManualClock(NOW), queue=10) as hub,
        aclosing(hub.follow(after=0)) as stream,
        aclosing(hub.follow(after=0)) as quick,
    ):
        await append(database, 1)
        assert [event.id for event in await take(stream, 1)] == [1]
        assert [event.id for event in await take(quick, 1)] == [1]
        for n in range(11):
            await append(database, 1)
            assert [event.id for event in await take(quick, 1)] == [2 + n]
        [behind] = await take(stream, 1)
        await append(database, 1)
        [after] = await take(stream, 1)
    assert (behind.kind, behind.id) == (RESYNC, 12)
    assert (after.kind, after.id) == ("postponed", 13)


@pytest.mark.parametrize(("after", "kind"), [(4, "postponed"), (3, RESYNC), (15, RESYNC)])
async def test_a_resume_from_too_far_back_or_from_the_future_is_a_resync(
    database: Database, after: int, kind: str
) -> None:
    await append(database, 14)
    async with (
        Hub(database, ManualClock(NOW), backlog=10) as hub,
        aclosing(hub.follow(after)) as stream,
    ):
        events = await take(stream, 1)
        await append(database, 1)
        later = await take(stream, 1)
    assert events[0].kind == kind
    assert events[-1].id == 14
    assert [event.id for event in later] == [15]


async def test_one_read_serves_all_followers(database: Database) -> None:
    async with Hub(database, ManualClock(NOW)) as hub:
        await append(database, 5)
        streams = [hub.follow(after=5) for _ in range(20)]
        first = [asyncio.ensure_future(take(stream, 1)) for stream in streams]
        await reached(lambda: hub.followers == 20)
        before = hub.reads
        await append(database, 5)
        told = await asyncio.gather(*first)
        assert hub.reads <= before + 2
        for stream in streams:
            await stream.aclose()
        assert hub.followers == 0
    assert [[event.id for event in events] for events in told] == [[6, 7, 8, 9, 10]] * 20


async def test_silence_gives_a_heartbeat(database: Database) -> None:
    async with (
        Hub(database, ManualClock(NOW), heartbeat=0.001) as hub,
        aclosing(hub.follow()) as stream,
    ):
        assert await anext(stream) is None
        await append(database, 1)
        assert [event.id for event in await take(stream, 1)] == [1]


async def test_an_event_says_the_domain_clock_and_its_body(database: Database) -> None:
    clock = ManualClock(NOW)
    clock.move_to(NOW + 5_000_000)
    async with Hub(database, clock) as hub, aclosing(hub.follow(after=0)) as stream:
        await database.write(log.append, [Entry(NOW, "held", 1, 2, body=log.body(hold="draft"))])
        [event] = await take(stream, 1)
    assert (event.now - event.at).total_seconds() == 5
    assert event.rate == 0.0
    assert event.body == {"hold": "draft"}
    assert event.enrollment_id == 2


async def test_leaving_the_hub_ends_its_streams(database: Database) -> None:
    async with Hub(database, ManualClock(NOW)) as hub:
        stream = hub.follow()
        ending = asyncio.ensure_future(anext(stream, "ended"))
        await reached(lambda: hub.followers == 1)
        hub.end()
        assert await asyncio.wait_for(ending, 10) == "ended"


async def test_a_token_follows_so_many_times_and_no_more(database: Database) -> None:
    async with Hub(
        database, ManualClock(NOW), most_of_token=2, standing=lambda _: {7, 8}, heartbeat=0.001
    ) as hub:
        streams = [hub.follow(token_id=7) for _ in range(2)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(TooMany, match="of this token"):
            hub.refuse_more(7)
        with pytest.raises(TooMany):
            await anext(hub.follow(token_id=7))
        async with aclosing(hub.follow(token_id=8)) as other:
            await anext(other)
        await streams[0].aclose()
        hub.refuse_more(7)
        async with aclosing(hub.follow(token_id=7)) as another:
            await anext(another)
        await streams[1].aclose()


async def test_all_together_follow_so_many_times_and_no_more(database: Database) -> None:
    async with Hub(database, ManualClock(NOW), most=2, heartbeat=0.001) as hub:
        streams = [hub.follow() for _ in range(2)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(Overloaded) as refused:
            hub.refuse_more(None)
        assert refused.value.code == "too_many_streams"
        for stream in streams:
            await stream.aclose()
        hub.refuse_more(None)


async def test_a_token_that_was_revoked_gets_no_later_event(
    database: Database,
) -> None:
    standing = {7, 8}
    async with (
        Hub(database, ManualClock(NOW), standing=lambda _: set(standing)) as hub,
        aclosing(hub.follow(0, token_id=7)) as stream,
        aclosing(hub.follow(0, token_id=8)) as other,
    ):
        await append(database, 1)
        await take(stream, 1)
        await take(other, 1)
        standing.remove(7)
        await append(database, 1)
        assert [event.id for event in await take(other, 1)] == [2]
        assert await asyncio.wait_for(anext(stream, "ended"), 10) == "ended"


async def test_what_is_missed_is_not_sent_to_a_revoked_token(
    database: Database,
) -> None:
    await append(database, 3)
    async with Hub(database, ManualClock(NOW)) as hub:
        stream = hub.follow(after=0, token_id=7)
        ending = asyncio.ensure_future(anext(stream, "ended"))
        await reached(lambda: hub.followers == 1)
        await append(database, 1)
        assert await asyncio.wait_for(ending, 10) == "ended"


async def test_all_who_follow_the_same_get_the_same_bytes(database: Database) -> None:
    async with Hub(database, ManualClock(NOW)) as hub:
        streams = [hub.follow(sequence_id=of) for of in (None, None, 7, 7)]
        first = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await reached(lambda: hub.followers == 4)
        await append(database, 3, sequence_id=7)
        one, two, three, four = await asyncio.gather(*first)
        assert one is not None
        assert three is not None
        assert one is two
        assert three is four
        assert one.written == three.written
        assert one.written.count(b"\n\n") == 3
        for stream in streams:
            await stream.aclose()


async def test_the_more_follow_the_longer_the_tail_rests(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    sleep = asyncio.sleep

    async def rest(seconds: float) -> None:
        if seconds:
            rests.append(seconds)
        await sleep(0)

    many = 200
    monkeypatch.setattr(asyncio, "sleep", rest)
    async with Hub(database, ManualClock(NOW), rest=0.5) as hub:
        streams = [hub.follow() for _ in range(many)]
        first = [asyncio.ensure_future(take(stream, 1)) for stream in streams]
        await reached(lambda: hub.followers == many)
        await append(database, 1)
        await asyncio.gather(*first)
        await reached(lambda: many * 0.5 in rests)
        for stream in streams:
            await stream.aclose()

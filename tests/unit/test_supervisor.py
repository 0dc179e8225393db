"""Background tasks: restarted when they fail, and reported until they run well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import structlog

from server.supervisor import Supervisor


async def reached(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; a task makes it hold."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 # others set it; there is no event to wait for
            await asyncio.sleep(0)


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    """One that loses no time; what it started is ended."""
    before: set[asyncio.Task[None] | None] = {*asyncio.all_tasks()}
    yield Supervisor(first_pause=0.001, longest_pause=0.004, steady=0.001)
    started = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in started:
        task.cancel()
    await asyncio.gather(*started, return_exceptions=True)


@pytest.mark.parametrize("error", [RuntimeError("no"), asyncio.CancelledError()])
async def test_a_task_that_fails_is_started_again_and_reported_meanwhile(
    supervisor: Supervisor, error: BaseException
) -> None:
    starts = 0
    told: list[str] = []

    async def work() -> None:
        nonlocal starts
        starts += 1
        told.extend(supervisor.failing)
        if starts < 4:
            raise error
        await asyncio.Event().wait()

    supervisor.start("clock", work)
    await reached(lambda: starts == 4)
    assert told == ["clock"] * 3
    await reached(lambda: not supervisor.failing)


async def test_each_failure_is_logged_and_the_pause_grows(supervisor: Supervisor) -> None:
    async def work() -> None:
        raise RuntimeError("no")

    with structlog.testing.capture_logs() as logs:
        supervisor.start("clock", work)
        await reached(lambda: len(logs) >= 5)
    pauses = [one["after_seconds"] for one in logs[:5]]
    assert pauses == [0.001, 0.002, 0.004, 0.004, 0.004]
    assert {(one["task"], one["log_level"]) for one in logs} == {("clock", "error")}


async def test_what_repeats_is_well_after_one_good_round(supervisor: Supervisor) -> None:
    rounds = 0

    async def once() -> None:
        nonlocal rounds
        rounds += 1
        await asyncio.sleep(0)
        if rounds == 2:
            raise RuntimeError("no")

    supervisor.repeat("claim", once)
    await reached(lambda: "claim" in supervisor.failing)
    await reached(lambda: not supervisor.failing)
    assert rounds >= 3


async def test_a_task_that_is_cancelled_ends(supervisor: Supervisor) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = supervisor.start("clock", work)
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not supervisor.failing

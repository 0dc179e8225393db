"""`demo`: a server, a simulated carrier and sample people, on a clock that runs fast."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click

from common.client import Client
from common.model.operators import Me
from common.output import show_json
from tui.cli import no_screen
from tui.commands.demo_cache import Cache, Damaged, Plan, user_cache
from tui.commands.demo_processes import FILES, Stage, open_stage
from tui.commands.demo_troupe import WAVES, enroll_newcomer, newcomers, play
from tui.commands.output import say
from tui.commands.shutdown import shutdown_event

NEWCOMER_EVERY = 4.0
"""Real seconds between people who come to the demo while it runs."""
RATE = 600.0
"""Domain seconds a real second."""


@click.command()
@click.option("--headless", is_flag=True, help="Print one JSON line and run until interrupted.")
@click.option("--frozen", is_flag=True, help="Let the clock stand; the same each time.")
@click.option(
    "--rate", type=click.FloatRange(1, 100_000), help=f"Seconds a second. [default: {RATE:.0f}]"
)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides who they are.")
@click.option("--people", type=click.IntRange(20, 1_000), default=200, show_default=True)
def demo(headless: bool, frozen: bool, rate: float | None, seed: int, people: int) -> None:
    """Start a demo: nothing leaves this machine, and nothing of it runs on.

    With --headless, one JSON line tells url, token and simulator when it is ready. The people's
    first days are kept in this user's cache directory, so that the next demo opens at once.
    """
    if frozen and rate is not None:
        raise click.UsageError("--frozen lets the clock stand; leave --rate out.")
    if not headless and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise no_screen()
    plan = Plan(seed, people, frozen)
    show = _headless if headless else _on_screen
    asyncio.run(_run(show, plan, 0.0 if frozen else rate or RATE))


Show = Callable[[Stage, Plan, float, asyncio.Event], Coroutine[Any, Any, None]]


async def _run(show: Show, plan: Plan, rate: float) -> None:
    """Prepare a stage and show it, until it has been shown or this process is told to end."""
    ending = shutdown_event()
    async with open_stage() as (stage, folder):
        if await _unless(ending, prepare(stage, folder, plan, user_cache())):
            await show(stage, plan, rate, ending)


async def _unless(ending: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do some work unless it is to end before; whether it was done. Raises what the work raises."""
    working, waiting = asyncio.create_task(work), asyncio.create_task(ending.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    done = working.done()
    for task in (working, waiting):
        task.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    with suppress(asyncio.CancelledError):
        await working
    return done


async def prepare(stage: Stage, folder: Path, plan: Plan, cache: Cache) -> None:
    """Put the files of a stage into its folder: those that were kept, or else new ones."""
    try:
        if cache.take(plan, folder, FILES):
            return
    except Damaged:
        say("What was kept of an earlier demo is damaged; it is made again.")
    say(f"Making {plan.people:,} people and {WAVES - 1} days of history, this once…")
    await stage.make(
        plan.seed, partial(play, seed=plan.seed, count=plan.people), frozen=plan.frozen
    )
    cache.keep(plan, folder, FILES)


async def _headless(stage: Stage, plan: Plan, rate: float, ending: asyncio.Event) -> None:
    def tell() -> None:
        say("Ready; ctrl+c ends it.")
        ready = {"url": stage.url, "token": stage.token, "simulator": stage.simulator_url}
        show_json(ready)

    await _unless(ending, _perform(stage, plan, rate, tell))


async def _on_screen(stage: Stage, plan: Plan, rate: float, ending: asyncio.Event) -> None:
    from tui.opening import show_screen  # noqa: PLC0415 # Textual: nothing that --headless needs

    opened = asyncio.Event()
    performing = asyncio.create_task(_perform(stage, plan, rate, opened.set))
    performing.add_done_callback(lambda _: ending.set())
    try:
        async with _Expecting(stage, opened) as client:
            await show_screen(client, ending)
    finally:
        if not performing.done():
            performing.cancel()
        with suppress(asyncio.CancelledError):
            await performing


async def _perform(stage: Stage, plan: Plan, rate: float, ready: Callable[[], None]) -> None:
    """Open the stage and let people come, for ever. Raises Refused when a process has ended."""
    await stage.open(rate)
    ready()
    waiting = newcomers(plan.seed, plan.people)
    async with Client(stage.url, stage.token) as client:
        while True:
            await asyncio.sleep(NEWCOMER_EVERY)
            stage.check()
            if rate:
                await enroll_newcomer(client, waiting)


class _Expecting(Client):
    """A client of a stage that opens meanwhile: it asks nothing before."""

    def __init__(self, stage: Stage, opened: asyncio.Event) -> None:
        super().__init__(stage.url, "")
        self._stage = stage
        self._opened = opened

    async def me(self) -> Me:
        """Who asks; what the screen wants to know first."""
        await self._opened.wait()
        self.requester.sign_in(self._stage.token)
        return await super().me()

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
from tui.commands.demo.cache import Cache, Damaged, DemoPlan, user_cache
from tui.commands.demo.processes import FILES, Stage, open_stage
from tui.commands.demo.troupe import WAVES, enroll_newcomer, newcomers, play
from tui.commands.output import say
from tui.commands.shutdown import shutdown_event

NEWCOMER_EVERY = 4.0
"""Real seconds between new contacts while the demo runs."""
RATE = 600.0
"""Domain seconds per real second."""


@click.command()
@click.option("--headless", is_flag=True, help="Print one JSON line and run until interrupted.")
@click.option("--frozen", is_flag=True, help="Stop the clock; every run looks the same.")
@click.option(
    "--rate", type=click.FloatRange(1, 100_000), help=f"Clock speed. [default: {RATE:.0f}x]"
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which sample people to use.")
@click.option("--people", type=click.IntRange(20, 1_000), default=200, show_default=True)
def demo(headless: bool, frozen: bool, rate: float | None, seed: int, people: int) -> None:
    """Try drumbeat with sample people. Nothing leaves this machine; everything stops when you quit.

    With --headless it prints url, token and simulator as one line of JSON when it is ready. The
    sample data is saved in your cache directory, so that the next demo opens immediately.
    """
    if frozen and rate is not None:
        raise click.UsageError("--frozen stops the clock, so --rate cannot be used with it.")
    if not headless and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise no_screen()
    plan = DemoPlan(seed, people, frozen)
    show = _headless if headless else _on_screen
    asyncio.run(_run(show, plan, 0.0 if frozen else rate or RATE))


Show = Callable[[Stage, DemoPlan, float, asyncio.Event], Coroutine[Any, Any, None]]


async def _run(show: Show, plan: DemoPlan, rate: float) -> None:
    """Prepare a stage and show it, until it ends or this process is asked to stop."""
    ending = shutdown_event()
    async with open_stage() as (stage, folder):
        if await _unless(ending, prepare(stage, folder, plan, user_cache())):
            await show(stage, plan, rate, ending)


async def _unless(ending: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do some work unless `ending` is set first; returns whether it was done."""
    working, waiting = asyncio.create_task(work), asyncio.create_task(ending.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    done = working.done()
    for task in (working, waiting):
        task.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    with suppress(asyncio.CancelledError):
        await working
    return done


async def prepare(stage: Stage, folder: Path, plan: DemoPlan, cache: Cache) -> None:
    """Put the files of a stage into its folder: saved ones, or else new ones."""
    try:
        if cache.take(plan, folder, FILES):
            return
    except Damaged:
        say("The saved demo data is damaged. Creating it again.")
    say(f"Creating {plan.people:,} people with {WAVES - 1} days of history (only needed once)…")
    await stage.make(
        plan.seed, partial(play, seed=plan.seed, count=plan.people), frozen=plan.frozen
    )
    cache.keep(plan, folder, FILES)


async def _headless(stage: Stage, plan: DemoPlan, rate: float, ending: asyncio.Event) -> None:
    def tell() -> None:
        say("Ready. Press ctrl+c to stop.")
        ready = {"url": stage.url, "token": stage.token, "simulator": stage.simulator_url}
        show_json(ready)

    await _unless(ending, _perform(stage, plan, rate, tell))


async def _on_screen(stage: Stage, plan: DemoPlan, rate: float, ending: asyncio.Event) -> None:
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


async def _perform(stage: Stage, plan: DemoPlan, rate: float, ready: Callable[[], None]) -> None:
    """Open the stage and enroll new contacts until cancelled. Raises Refused if a process ends."""
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
    """A client of a stage that is still opening: it waits for that."""

    def __init__(self, stage: Stage, opened: asyncio.Event) -> None:
        super().__init__(stage.url, "")
        self._stage = stage
        self._opened = opened

    async def me(self) -> Me:
        """The signed-in operator; the screen asks for this first."""
        await self._opened.wait()
        self.requester.sign_in(self._stage.token)
        return await super().me()

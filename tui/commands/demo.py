"""`demo`: a server, a simulated carrier and sample people, on a clock that runs fast."""

from __future__ import annotations

import asyncio
import signal
import sys

import click
import msgspec

from common.client import Client
from tui.cli import no_screen
from tui.commands.demo_processes import Stage, open_stage
from tui.commands.demo_troupe import NEWCOMERS, WAVES, Troupe, age, enroll_newcomer, fill
from tui.commands.telling import say

NEWCOMER_EVERY = 4.0
"""Real seconds between people who come to the demo while it runs."""


@click.command()
@click.option("--headless", is_flag=True, help="Print one JSON line and run until interrupted.")
@click.option("--rate", type=click.FloatRange(1, 100_000), default=600, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides who they are.")
@click.option("--people", type=click.IntRange(20, 1_000), default=200, show_default=True)
def demo(headless: bool, rate: float, seed: int, people: int) -> None:
    """Start a demo: nothing leaves this machine, and nothing of it stays.

    With --headless, one JSON line tells url, token and simulator when it is ready.
    """
    if headless:
        asyncio.run(_run_headless(rate, seed, people))
    elif sys.stdin.isatty() and sys.stdout.isatty():
        asyncio.run(_run_screen(rate, seed, people))
    else:
        raise no_screen()


async def _run_headless(rate: float, seed: int, people: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    async with open_stage(seed) as stage:
        playing = asyncio.create_task(_play(stage, rate, seed, people))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        playing.cancel()
        await asyncio.gather(playing, stopping, return_exceptions=True)
        if not playing.cancelled() and (error := playing.exception()) is not None:
            raise error


async def _run_screen(rate: float, seed: int, people: int) -> None:
    from tui.opening import show_screen  # noqa: PLC0415 # Textual: nothing that --headless needs

    async with open_stage(seed) as stage:
        troupe = await _prepare(stage, rate, seed, people)
        coming = asyncio.create_task(_let_come(stage, troupe))
        try:
            await show_screen(stage.url, stage.token)
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def _prepare(stage: Stage, rate: float, seed: int, people: int) -> Troupe:
    """Fill the stage and age its people on a clock that is moved; then let it run."""
    say("Starting a server and a simulated carrier…")
    await stage.start_still()
    say(f"Making {people:,} people and {WAVES - 1} days of history…")
    async with Client(stage.url, stage.token) as client:
        troupe = await fill(client, seed, people)
        await age(client, troupe)
    await stage.let_run(rate)
    return troupe


async def _let_come(stage: Stage, troupe: Troupe) -> None:
    """Enroll somebody new every few seconds, up to a number; raises when a process has ended."""
    async with Client(stage.url, stage.token) as client:
        for _ in range(NEWCOMERS):
            await asyncio.sleep(NEWCOMER_EVERY)
            stage.check()
            await enroll_newcomer(client, troupe)


async def _play(stage: Stage, rate: float, seed: int, people: int) -> None:
    troupe = await _prepare(stage, rate, seed, people)
    say("Ready; ctrl+c ends it.")
    ready = {"url": stage.url, "token": stage.token, "simulator": stage.simulator_url}
    click.echo(msgspec.json.encode(ready).decode())
    await _let_come(stage, troupe)
    say("Everybody is here; nobody new comes.")
    while True:
        await asyncio.sleep(NEWCOMER_EVERY)
        stage.check()

"""`events`: what happens, as it happens, one JSON a line."""

from __future__ import annotations

from contextlib import suppress

import click

from common.client import Client, Unreachable
from tui.commands.lookup import call_server, find_sequence
from tui.commands.output import print_json, say


@click.command()
@click.option("--after", type=click.IntRange(0), help="Go on after the event with this id.")
@click.option("--sequence", help="Only of this sequence, by its name or id.")
def events(after: int | None, sequence: str | None) -> None:
    """Follow what happens, one JSON a line, until interrupted.

    A lost connection comes back by itself and goes on where it broke; 'resync' says that events
    were left out.
    """

    def lost(error: Unreachable) -> None:
        say(f"{error.message} Trying again.")

    async def work(client: Client) -> None:
        await client.me()
        sequence_id = None if sequence is None else (await find_sequence(client, sequence)).id
        async for event in client.events(after, sequence_id=sequence_id, on_lost=lost):
            print_json(event)

    with suppress(KeyboardInterrupt):  # the way to end it
        call_server(work)

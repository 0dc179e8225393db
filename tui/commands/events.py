"""`events`: what happens, as it happens, as lines of JSON."""

from __future__ import annotations

from contextlib import suppress

import click

from common.client import Client, Unreachable
from tui.commands.lookup import call_server, find_sequence
from tui.commands.output import print_json, say


@click.command()
@click.option("--after", type=click.IntRange(0), help="Start after the event with this id.")
@click.option("--sequence", help="Only events of this sequence, given by name or id.")
def events(after: int | None, sequence: str | None) -> None:
    """Print events as they happen, one JSON object per line, until interrupted.

    After a lost connection it reconnects and continues where it stopped. 'resync' means that
    events were left out.
    """

    def lost(error: Unreachable) -> None:
        say(f"{error.message} Reconnecting.")

    async def work(client: Client) -> None:
        await client.me()
        sequence_id = None if sequence is None else (await find_sequence(client, sequence)).id
        async for event in client.events(after, sequence_id=sequence_id, on_lost=lost):
            print_json(event)

    with suppress(KeyboardInterrupt):  # the way to end it
        call_server(work)

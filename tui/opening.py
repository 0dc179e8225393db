"""Opens the full screen with the profile that is there."""

from __future__ import annotations

import asyncio

import click

from common.client import Client
from common.terminal import clean
from tui.app import DrumbeatApp
from tui.commands.failures import Refused
from tui.commands.profile import present_profile, profile_path
from tui.escapes import read_escapes_as_typed
from tui.keymap import FILE, KeymapWrong, read_keymap


def open_screen() -> None:
    """Show the screen until it is quit. Ends the command if nobody is signed in or keys are wrong.

    The user's keys are beside the profile.
    """
    profile = present_profile()
    try:
        keymap = read_keymap(profile_path().with_name(FILE))
    except KeymapWrong as error:
        raise click.UsageError(clean(str(error))) from error

    read_escapes_as_typed()

    async def run() -> int | None:
        async with Client(profile.url, profile.token) as client:
            app = DrumbeatApp(client, keymap)
            await app.run_async()
            return app.return_code

    if asyncio.run(run()):
        raise Refused("The screen ended by a fault of its own; what is above tells more.")

"""Opens the full screen: with the profile that is there, or over a demo."""

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
    """Show the screen until it is quit. Ends the command if nobody is signed in."""
    profile = present_profile()
    asyncio.run(show_screen(profile.url, profile.token))


async def show_screen(url: str, token: str) -> None:
    """Show the screen over a server until it is quit.

    The user's keys are beside the profile. Ends the command if they are wrong.
    """
    try:
        keymap = read_keymap(profile_path().with_name(FILE))
    except KeymapWrong as error:
        raise click.UsageError(clean(str(error))) from error
    read_escapes_as_typed()
    async with Client(url, token) as client:
        app = DrumbeatApp(client, keymap)
        await app.run_async()
    if app.return_code:
        raise Refused("The screen ended by a fault of its own; what is above tells more.")

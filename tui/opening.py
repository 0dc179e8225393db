"""Opens the full screen: with the saved profile, or over a demo."""

from __future__ import annotations

import asyncio

import click

from common.client import Client
from common.terminal import clean
from tui import theme
from tui.actions.user_keymap import FILE, KeymapWrong, read_keymap
from tui.app import DrumbeatApp
from tui.commands.errors import Refused
from tui.commands.profile import present_profile, profile_path
from tui.commands.shutdown import shutdown_event
from tui.terminal.escapes import read_escapes_as_typed


def open_screen() -> None:
    """Show the screen until it is quit. Ends the command if nobody is signed in."""
    asyncio.run(_open_profile())


async def _open_profile() -> None:
    profile = present_profile()
    async with Client(profile.url, profile.token) as client:
        await show_screen(client, shutdown_event())


async def show_screen(client: Client, ending: asyncio.Event) -> None:
    """Show the screen over a server until it is quit, or until `ending` is set.

    The keymap and the theme are stored next to the profile. Ends the command if the keymap is
    invalid.
    """
    try:
        keymap = read_keymap(profile_path().with_name(FILE))
    except KeymapWrong as error:
        raise click.UsageError(clean(str(error))) from error
    read_escapes_as_typed()
    app = DrumbeatApp(client, keymap, profile_path().with_name(theme.FILE))
    watching = asyncio.create_task(_end_with(app, ending))
    try:
        await app.run_async()
    finally:
        watching.cancel()
    if app.return_code:
        raise Refused("The screen stopped because of an error. See the details above.")


async def _end_with(app: DrumbeatApp, ending: asyncio.Event) -> None:
    await ending.wait()
    app.exit()

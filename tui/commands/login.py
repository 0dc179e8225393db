"""`login`."""

from __future__ import annotations

import asyncio
import sys

import click

from common.client import Client
from common.model.operators import Me
from common.output import asked_secret
from tui.commands.output import json_option, print_json, say
from tui.commands.profile import Profile, check_url, travels_openly, write_profile


@click.command()
@click.argument("url")
@click.option("--token", envvar="DRUMBEAT_TOKEN", help="The token to sign in with.")
@json_option
def login(url: str, token: str | None, as_json: bool) -> None:
    """Sign in to the server at URL. The address and the token are saved in your profile.

    The token comes from --token, DRUMBEAT_TOKEN or piped standard input; else you are asked for it.
    """
    address = check_url(url)
    if travels_openly(address):
        say("Warning: over http others can read the token on its way. Use https.")
    secret = (token or _asked()).strip()
    if not secret:
        raise click.UsageError("No token given. Use --token, or write it to standard input.")
    me = asyncio.run(_me(address, secret))
    path = write_profile(Profile(address, secret))
    if as_json:
        print_json(me)
    else:
        say(f"Signed in as {me.operator.name} ({me.operator.role}); saved in {path}.")


def _asked() -> str:
    """The token typed at the terminal, or the first line of piped input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return asked_secret("Token")


async def _me(url: str, token: str) -> Me:
    async with Client(url, token) as client:
        return await client.me()

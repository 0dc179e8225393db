"""`simulator`: runs the simulated carrier."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import uvloop

from common.output import show
from server.carriers.simulator.app import create_server
from server.carriers.simulator.kept import Kept
from server.carriers.simulator.settings import SimulatorSettings, key_file, shared_key
from server.clock import from_datetime
from server.commands.sockets import UNTIL_EOF, bound, end_with_input, url_of

INBOUND_URL: Final = "http://127.0.0.1:8420/carriers/simulator/inbound"
"""URL for inbound texts of a server with default settings."""
_STATED = ("manual", "real")


def _rate(_: click.Context, __: click.Parameter, value: str) -> float | None:
    """Domain seconds per real second; None for a manual clock."""
    if value in _STATED:
        return None if value == "manual" else 1.0
    try:
        rate = float(value)
    except ValueError:
        rate = math.nan
    if not 0 < rate < 1e6:
        raise click.BadParameter("write manual, real, or a rate above 0 such as 600.")
    return rate


def _instant(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    try:
        return from_datetime(datetime.fromisoformat(value))
    except ValueError as error:
        raise click.BadParameter(
            "write a time with its zone, such as 2026-11-02T14:00:00Z."
        ) from error


def _senders(
    _: click.Context, __: click.Parameter, value: tuple[str, ...]
) -> frozenset[str] | None:
    return frozenset(value) or None


def _kept(_: click.Context, __: click.Parameter, value: str | None) -> Kept | None:
    if value is None:
        return None
    try:
        return msgspec.json.decode(Path(value).read_bytes(), type=Kept)
    except OSError as error:
        raise click.BadParameter(f"Cannot read {value} ({error.strerror}).") from error
    except msgspec.DecodeError as error:
        raise click.BadParameter(f"{value} is not a simulator state ({error}).") from error


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8421, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed for everything random.")
@click.option(
    "--clock",
    "rate",
    default="real",
    show_default=True,
    metavar="manual|real|RATE",
    callback=_rate,
    help="Clock: manual, real, or this many seconds per second.",
)
@click.option(
    "--start", "start_us", metavar="TIME", callback=_instant, help="Start time of the clock."
)
@click.option(
    "--inbound-url",
    metavar="URL",
    default=INBOUND_URL,
    show_default=True,
    help="URL for inbound texts: a server on this machine.",
)
@click.option("--account-sid", help="Account SID to simulate.")
@click.option(
    "--auth-token", envvar="DRUMBEAT_SIMULATOR_AUTH_TOKEN", help="Auth token of the account."
)
@click.option(
    "--database",
    metavar="URL",
    envvar="DRUMBEAT_DATABASE",
    default="sqlite+aiosqlite:///drumbeat.db",
    show_default=True,
    help="The server's database. The key that signs callbacks is in a file beside it.",
)
@click.option(
    "--sender", "senders", multiple=True, callback=_senders, help="A number of the account."
)
@click.option("--sent-after", type=float, help="Seconds until a text is sent.")
@click.option("--delivered-after", type=float, help="Seconds until a text is delivered.")
@click.option(
    "--reply-after", type=(float, float), metavar="LEAST MOST", help="Seconds until a reply."
)
@click.option(
    "--advanced-opt-out", is_flag=True, help="Add OptOutType to inbound STOP, START and HELP."
)
@click.option(
    "--callbacks-in-flight",
    type=click.IntRange(1),
    help="Callbacks sent at the same time; 1 keeps them in order.",
)
@click.option(
    "--state",
    "kept",
    metavar="FILE",
    callback=_kept,
    help="Continue from a state saved from /simulator/state, with its seed and clock.",
)
@UNTIL_EOF
def simulator(
    host: str,
    port: int,
    rate: float | None,
    kept: Kept | None,
    until_eof: bool,
    database: str,
    **options: Any,
) -> None:
    """Run the simulated carrier, which texts nobody, until interrupted."""
    given = {name: value for name, value in options.items() if value is not None}
    clock: dict[str, Any] = {"clock": "manual"} if rate is None else {"rate": rate}
    try:
        if not given.get("auth_token"):
            given["auth_token"] = shared_key(key_file(database))
        settings = SimulatorSettings(**given, **clock)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    with bound(host, port) as listening, suppress(KeyboardInterrupt):
        uvloop.run(_run(settings, kept, listening, url_of(host, port), until_eof=until_eof))


async def _run(
    settings: SimulatorSettings,
    kept: Kept | None,
    listening: socket.socket,
    url: str,
    *,
    until_eof: bool,
) -> None:
    host, port = listening.getsockname()[:2]
    server = create_server(settings, host, port, kept)
    if until_eof:
        end_with_input(lambda: server.handle_exit(signal.SIGTERM, None))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():  # noqa: ASYNC110 # uvicorn has no event for it
        await asyncio.sleep(0.01)
    if server.started:
        show(f"simulator ready at {url}; inbound texts go to {settings.inbound_url}", err=True)
    await serving

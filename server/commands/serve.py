"""`serve` and `worker`."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import uvicorn
import uvloop

# structlog imports rich if it is installed: 40 ms of the start that a log does not need.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment] # how an import is made to fail
    import structlog  # noqa: F401 # before anything else imports it

    del sys.modules["rich"]

from common.output import show
from server.app import create_app
from server.commands.open_database import database_options, settings_of
from server.commands.sockets import UNTIL_EOF, bound, end_with_input, url_of
from server.connections import bounds_here, guarded
from server.events.serving import StreamingServer
from server.logs import configure_logging
from server.settings import Settings

GRACE: Final = 10
"""Seconds that open requests get when the server stops."""
KEEP_ALIVE: Final = 30
"""Seconds that an idle connection is kept: longer than clients keep theirs."""
TURN: Final = 0.001
"""Seconds that a thread keeps the interpreter while others wait, so that requests do not wait for
lists.
"""
FILES: Final = 16_384
"""Most open files, if the system allows that many."""
_IMPORTED: Final = time.monotonic()
_START_TIME: Final = 19  # counted after the name, proc_pid_stat(5)


@click.command()
@database_options
@click.option("--host", help="Address to listen on; default 127.0.0.1.")
@click.option("--port", type=int, help="Port to listen on; default 8420.")
@click.option("--tls-certificate", metavar="FILE", help="TLS certificate (PEM).")
@click.option("--tls-key", metavar="FILE", help="Key of the TLS certificate (PEM).")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front handles TLS.")
@click.option(
    "--role",
    type=click.Choice(["all", "api"]),
    default="all",
    show_default=True,
    help="What to run: API and worker, or only the API (PostgreSQL).",
)
@UNTIL_EOF
def serve(
    config: str | None, role: str, behind_proxy: bool, until_eof: bool, **options: Any
) -> None:
    """Serve the API and send what is due, until interrupted.

    The first start on an empty database prints an admin token, once.
    """
    settings = settings_of(config, behind_proxy=behind_proxy or None, **options)
    if role == "api":
        raise click.ClickException(
            "--role api needs PostgreSQL. An SQLite database has one process, which serves "
            "and sends. Remove --role."
        )
    configure_logging(settings.log_level)
    _allow_many_connections()
    sys.setswitchinterval(TURN)
    gc.disable()  # until it is ready: objects of the start are not garbage
    with bound(settings.host, settings.port) as listening:
        uvloop.run(_serve(settings, listening, until_eof=until_eof))


@click.command()
@database_options
def worker(config: str | None, **options: Any) -> None:
    """Send what is due, without an API (PostgreSQL)."""
    settings_of(config, **options)
    raise click.ClickException(
        "A separate worker needs PostgreSQL. With SQLite, 'drumbeat-server serve' also sends."
    )


def _allow_many_connections() -> None:
    """Raise the limit of open files: each connection is one, and many systems allow only 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class ReadyServer(StreamingServer):
    """Reports when it is ready. The caller passes signals to `handle_exit`."""

    def __init__(
        self, config: uvicorn.Config, end_streams: Callable[[], None], on_ready: Callable[[], None]
    ) -> None:
        super().__init__(config, end_streams)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then report it."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture no signals: uvicorn would raise them again at the end and stop the worker too
        early.
        """
        yield


async def _serve(settings: Settings, listening: socket.socket, *, until_eof: bool) -> None:
    """Run the application around the server: it starts before the server and stops after it."""
    app = create_app(settings)
    protocol = guarded(bounds_here(behind_proxy=settings.behind_proxy))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    try:
        config.load()
    except OSError as error:  # every error of the TLS files
        raise click.ClickException(
            f"Cannot use the TLS certificate and key ({error}). Use PEM files that this "
            "user can read."
        ) from error

    protocol.tls, config.ssl = (
        config.ssl,
        None,
    )  # the protocol starts TLS, and counts the connection

    def _end_streams() -> None:
        app.state.hub.end()

    server = ReadyServer(config, _end_streams, lambda: _say_ready(settings))
    loop = asyncio.get_running_loop()
    caught = (signal.SIGINT, signal.SIGTERM)
    for one in caught:
        loop.add_signal_handler(one, server.handle_exit, one, None)
    if until_eof:
        end_with_input(lambda: server.handle_exit(signal.SIGTERM, None))
    async with app.lifespan():
        token = app.state.workspace.first_token
        if token is not None and token != settings.admin_token:
            show(
                "Created the operator 'admin'. Copy its token now; it is not shown again:", err=True
            )
            show(token)
            url = url_of(settings.host, settings.port, tls=settings.tls_certificate is not None)
            show(f"Now run: drumbeat login {url} --token TOKEN", err=True)
        await server.serve(sockets=[listening])
        for one in caught:  # a second signal stops it at once; nothing is lost
            loop.remove_signal_handler(one)


def _say_ready(settings: Settings) -> None:
    keep_what_started()
    url = url_of(settings.host, settings.port, tls=settings.tls_certificate is not None)
    show(f"ready at {url} in {process_age():.2f} s", err=True)


def keep_what_started() -> None:
    """Exclude objects of the start from garbage collection, and collect less often.

    A claim creates tens of thousands of objects that reference counts free. At the default
    threshold of 700 they would be scanned again and again.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


def process_age() -> float:
    """Seconds since this process was started by the system, imports included."""
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
    except OSError:  # not Linux: since this file was imported
        return time.monotonic() - _IMPORTED
    ticks = int(stat.rpartition(")")[2].split()[_START_TIME])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")

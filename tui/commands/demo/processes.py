"""The processes of a demo: server and carrier, in a directory that is deleted at the end."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx

from common.client import Client
from tui.commands.demo.troupe import OPERATOR
from tui.commands.errors import Refused

PATIENCE: Final = 60.0
"""Real seconds that a process has to get ready, and to end."""
AGED: Final = timedelta(days=7)
"""How much history a demo has when it opens, by its clock."""
FROZEN_SINCE: Final = datetime(2026, 4, 6, 15, tzinfo=UTC)
"""When a frozen demo began: a Monday, 11 in the morning in New York."""
SENDER_RATE: Final = "200"
DATABASE: Final = "demo.db"
CARRIER: Final = "carrier.json"
FILES: Final = (DATABASE, CARRIER)
"""The files of a stage while no process runs."""


class Stage:
    """A demo's addresses and processes, over a folder.

    `token` is the operator's; it is empty until the stage is opened.
    """

    def __init__(self, folder: Path) -> None:
        self.token = ""
        self._folder = folder
        self._held = [_reserve(), _reserve()]
        self._ports = [one.getsockname()[1] for one in self._held]
        self.url = f"http://127.0.0.1:{self._ports[0]}"
        self.simulator_url = f"http://127.0.0.1:{self._ports[1]}"
        self._server: Process | None = None
        self._simulator: Process | None = None
        self._simulated = httpx.AsyncClient(
            base_url=f"{self.simulator_url}/simulator", timeout=10, trust_env=False
        )

    async def make(
        self, seed: int, play: Callable[[Client], Awaitable[None]], *, frozen: bool
    ) -> None:
        """Run `play` on a clock that it moves, and leave the resulting files in the folder.

        They contain no token whose secret is known. A frozen stage is the same every time: it has a
        fixed start, and simultaneous events happen in a fixed order.
        """
        today = datetime.now(UTC).replace(hour=15, minute=0, second=0, microsecond=0)
        began = (FROZEN_SINCE if frozen else today - AGED).isoformat()
        in_order = ("--callbacks-in-flight", "1") if frozen else ()
        self._simulator = await self._simulate("--seed", str(seed), "--start", began, *in_order)
        token = f"dbt_{secrets.token_urlsafe(32)}"
        self._server = await self._serve(
            DRUMBEAT_CLOCK="manual",
            DRUMBEAT_CLOCK_START=began,
            DRUMBEAT_ADMIN_TOKEN=token,
            DRUMBEAT_SENDER_RATE=SENDER_RATE,
            DRUMBEAT_CARRIER_REQUESTS="1" if frozen else "64",
        )
        await self._both_answer()
        async with Client(self.url, token) as client:
            await play(client)
            # Ours is the oldest, and an admin's last one, so it stays; nobody has its secret.
            for one in (await client.list_tokens())[:-1]:
                await client.revoke_token(one.id)
        await _end(self._server)
        (self._folder / CARRIER).write_bytes((await self._simulated.get("/state")).content)
        await _end(self._simulator)

    async def open(self, rate: float) -> None:
        """Start the processes on the folder's files; at rate 0 the clock is stopped."""
        self._simulator, self.token = await asyncio.gather(
            self._simulate("--state", str(self._folder / CARRIER)), self._make_token()
        )
        clock = {"DRUMBEAT_CLOCK": "manual"}
        if rate:
            clock = {"DRUMBEAT_CLOCK": "running", "DRUMBEAT_CLOCK_RATE": str(rate)}
        self._server = await self._serve(**clock)
        await self._both_answer()
        if rate:
            async with Client(self.url, self.token) as client:
                now = (await client.me()).now
            instant = int(now.timestamp() * 1_000_000)
            answer = await self._simulated.post("/clock", json={"now": instant, "rate": rate})
            answer.raise_for_status()

    def check(self) -> None:
        """Raises Refused if a process has ended by itself."""
        for process in (self._server, self._simulator):
            if process is not None and process.returncode is not None:
                raise Refused(f"A process of the demo stopped unexpectedly:\n{self._log()}")

    async def close(self) -> None:
        """End both, the server first."""
        await _end(self._server)
        await _end(self._simulator)
        await self._simulated.aclose()
        for one in self._held:
            one.close()

    async def _make_token(self) -> str:
        """A token for this run, created in the database before the server starts."""
        made = await self._spawn("token", "add", OPERATOR, "--label", "demo", output=PIPE)
        told, _ = await made.communicate()
        if made.returncode:
            raise Refused(f"The demo's token could not be created:\n{self._log()}")
        return told.decode().strip()

    async def _simulate(self, *options: str) -> Process:
        inbound = f"{self.url}/carriers/simulator/inbound"
        return await self._spawn(
            *("simulator", "--until-eof", "--clock", "manual", "--inbound-url", inbound),
            *("--port", str(self._ports[1]), *options),
        )

    async def _serve(self, **settings: str) -> Process:
        return await self._spawn("serve", "--until-eof", settings=settings)

    async def _spawn(
        self, *command: str, settings: Mapping[str, str] | None = None, output: int | None = None
    ) -> Process:
        """Start a process. It ends with this one, because its standard input closes then."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DRUMBEAT_")}
        with (self._folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "server.cli", *command),
                env={
                    **environment,
                    "DRUMBEAT_DATABASE": f"sqlite+aiosqlite:///{self._folder / DATABASE}",
                    "DRUMBEAT_PORT": str(self._ports[0]),
                    "DRUMBEAT_SIMULATOR_URL": self.simulator_url,
                    "DRUMBEAT_LOG_LEVEL": "warning",
                    **(settings or {}),
                },
                stdin=PIPE,
                stdout=output or log,
                stderr=log,
                # Its own session, so that an interrupt at the terminal stops the demo in order.
                start_new_session=True,
            )

    async def _both_answer(self) -> None:
        await asyncio.gather(
            self._answers(self._simulator, f"{self.simulator_url}/simulator/clock"),
            self._answers(self._server, f"{self.url}/health/ready"),
        )

    async def _answers(self, process: Process | None, url: str) -> None:
        assert process is not None
        deadline = asyncio.get_running_loop().time() + PATIENCE
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            while asyncio.get_running_loop().time() < deadline:
                if process.returncode is not None:
                    raise Refused(f"A process of the demo did not start:\n{self._log()}")
                with suppress(httpx.HTTPError):
                    if (await http.get(url)).status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.02)
        raise Refused(f"{url} did not answer within {PATIENCE:.0f} s:\n{self._log()}")

    def _log(self) -> str:
        return "\n".join((self._folder / "log").read_text(errors="replace").splitlines()[-20:])


@asynccontextmanager
async def open_stage() -> AsyncIterator[tuple[Stage, Path]]:
    """A stage and its folder; in any case its processes are stopped and the folder is deleted."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-demo-", ignore_cleanup_errors=True) as folder:
        stage = Stage(Path(folder))
        try:
            yield stage, Path(folder)
        finally:
            await stage.close()


async def _end(process: Process | None) -> None:
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


def _reserve() -> socket.socket:
    """Reserve a free port until a process listens on it."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held

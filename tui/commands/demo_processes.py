"""The processes of a demo: server and carrier, over a directory that goes when they end."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx

from common.client import Client
from tui.commands.failures import Refused

PATIENCE: Final = 60.0
"""Real seconds that a process is given to get ready, and to end."""
AGED: Final = timedelta(days=7)
"""How long ago, by its clock, the demo began."""
SENDER_RATE: Final = "200"


class Stage:
    """Where the demo plays: addresses, token and processes."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.token = f"dbt_{secrets.token_urlsafe(32)}"
        self._folder = folder
        self._seed = seed
        self._began = datetime.now(UTC).replace(hour=15, minute=0, second=0, microsecond=0) - AGED
        self._held = [_reserve(), _reserve()]
        self._ports = [one.getsockname()[1] for one in self._held]
        self.url = f"http://127.0.0.1:{self._ports[0]}"
        self.simulator_url = f"http://127.0.0.1:{self._ports[1]}"
        self._server: Process | None = None
        self._simulator: Process | None = None
        self._simulated = httpx.AsyncClient(
            base_url=f"{self.simulator_url}/simulator", timeout=10, trust_env=False
        )

    async def start_still(self) -> None:
        """Start both on a clock that stands until it is moved."""
        self._simulator = await self._spawn(
            "simulator",
            *("--port", str(self._ports[1]), "--seed", str(self._seed), "--clock", "manual"),
            *("--start", self._began.isoformat()),
            *("--inbound-url", f"{self.url}/carriers/simulator/inbound"),
        )
        self._server = await self._spawn("serve", DRUMBEAT_CLOCK="manual")
        await self._answers(self._simulator, f"{self.simulator_url}/simulator/clock")
        await self._answers(self._server, f"{self.url}/health/ready")

    async def let_run(self, rate: float) -> None:
        """Start the server again where its clock stood, on a clock that runs, the carrier's too."""
        await _end(self._server)
        self._server = await self._spawn(
            "serve", DRUMBEAT_CLOCK="running", DRUMBEAT_CLOCK_RATE=str(rate)
        )
        await self._answers(self._server, f"{self.url}/health/ready")
        async with Client(self.url, self.token) as client:
            now = (await client.me()).now
        instant = int(now.timestamp() * 1_000_000)
        answer = await self._simulated.post("/clock", json={"now": instant, "rate": rate})
        answer.raise_for_status()

    def check(self) -> None:
        """Raises Refused if a process has ended by itself."""
        for process in (self._server, self._simulator):
            if process is not None and process.returncode is not None:
                raise Refused(f"A process of the demo ended by itself:\n{self._log()}")

    async def close(self) -> None:
        """End both, the server first."""
        await _end(self._server)
        await _end(self._simulator)
        await self._simulated.aclose()
        for one in self._held:
            one.close()

    async def _spawn(self, *command: str, **more: str) -> Process:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DRUMBEAT_")}
        with (self._folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "server.cli", *command),
                env={
                    **environment,
                    "DRUMBEAT_DATABASE": f"sqlite+aiosqlite:///{self._folder / 'demo.db'}",
                    "DRUMBEAT_PORT": str(self._ports[0]),
                    "DRUMBEAT_SIMULATOR_URL": self.simulator_url,
                    "DRUMBEAT_ADMIN_TOKEN": self.token,
                    "DRUMBEAT_CLOCK_START": self._began.isoformat(),
                    "DRUMBEAT_SENDER_RATE": SENDER_RATE,
                    "DRUMBEAT_LOG_LEVEL": "warning",
                    **more,
                },
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                # Of its own, so that an interrupt at the terminal ends the demo in its order.
                start_new_session=True,
            )

    async def _answers(self, process: Process, url: str) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            while asyncio.get_running_loop().time() < deadline:
                if process.returncode is not None:
                    raise Refused(f"A process of the demo did not start:\n{self._log()}")
                try:
                    if (await http.get(url)).status_code == httpx.codes.OK:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.05)
        raise Refused(f"{url} did not answer within {PATIENCE:.0f} s:\n{self._log()}")

    def _log(self) -> str:
        return "\n".join((self._folder / "log").read_text(errors="replace").splitlines()[-20:])


@asynccontextmanager
async def open_stage(seed: int) -> AsyncIterator[Stage]:
    """A stage whose processes end, and whose directory goes, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-demo-", ignore_cleanup_errors=True) as folder:
        stage = Stage(Path(folder), seed)
        try:
            yield stage
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
    """A free port, kept from others while it is not listened at."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held

"""The simulator as an application, and as a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.carriers.simulator.control_routes import ControlRoutes
from server.carriers.simulator.exchange import Exchange
from server.carriers.simulator.kept import Kept
from server.carriers.simulator.settings import SimulatorSettings
from server.carriers.simulator.twilio_routes import DROP, TwilioRoutes
from server.events.serving import close_half_sent


def create_simulator(settings: SimulatorSettings, kept: Kept | None = None) -> Litestar:
    """The simulated carrier: Twilio's paths and, under `/simulator`, its own.

    It calls back only during its lifespan. Outcomes that cut a connection without an answer need
    the server of `create_server`; other servers answer.
    """
    exchange = Exchange(settings, kept)
    closing = asyncio.Event()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        exchange.caller.open()
        exchange.schedule.start()
        try:
            yield
        finally:
            await exchange.schedule.stop()
            await exchange.caller.close()

    return Litestar(
        route_handlers=[TwilioRoutes, ControlRoutes],
        state=State({"exchange": exchange, "closing": closing}),
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a way for the application to cut the connection."""

    def on_message_begin(self) -> None:
        """Give the new request the function that cuts its connection."""
        super().on_message_begin()
        extensions: dict[str, Any] = {DROP: self.transport.abort}
        self.scope["extensions"] = extensions


class SimulatorServer(uvicorn.Server):
    """A uvicorn server that releases held requests when it stops."""

    def __init__(self, config: uvicorn.Config, simulator: Litestar) -> None:
        super().__init__(config)
        self._simulator = simulator

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """Release held requests, close half-sent ones, then stop as uvicorn does."""
        self._simulator.state.closing.set()
        close_half_sent(self)
        await super().shutdown(sockets)


def create_server(
    settings: SimulatorSettings, host: str, port: int, kept: Kept | None = None
) -> SimulatorServer:
    """A server for one simulator, not yet started; port 0 takes a free one."""
    simulator = create_simulator(settings, kept)
    config = uvicorn.Config(
        simulator,
        host=host,
        port=port,
        http=CuttableProtocol,
        access_log=False,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=5,
    )
    return SimulatorServer(config, simulator)

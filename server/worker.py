"""`create_worker(workspace)`: the only place that wires dispatching.

On SQLite it runs inside the server's process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from server.carriers.catch_up import CatchUp
from server.carriers.inbox import CallbackInbox
from server.carriers.interface import Carrier
from server.carriers.registry import open_carriers
from server.cleanup import Sweeper
from server.clock import ManualClock
from server.dispatch.loop import Dispatcher
from server.dispatch.manual_clock import ClockDriver
from server.enrollments.planning import Planner
from server.operations.run import OperationRunner
from server.start import Workspace, keep_clock


@dataclass
class Worker:
    """What runs beside the API: dispatching, the inbox of callbacks, and large operations."""

    carriers: Mapping[str, Carrier]
    planner: Planner
    dispatcher: Dispatcher
    inbox: CallbackInbox
    catch_up: CatchUp
    clock_driver: ClockDriver | None
    operations: OperationRunner


@asynccontextmanager
async def create_worker(workspace: Workspace) -> AsyncIterator[Worker]:
    """Start dispatching for a workspace; at the end, wait for texts on the wire."""
    settings = workspace.settings
    async with open_carriers(settings) as carriers:
        planner = Planner(settings.zone)
        inbox = CallbackInbox(workspace.database, workspace.clock, planner)
        catch_up = CatchUp(
            workspace.database,
            workspace.clock,
            carriers,
            inbox,
            every=settings.catch_up_every,
            hold_most=settings.catch_up_hold,
        )
        dispatcher = Dispatcher(
            workspace.database,
            workspace.clock,
            carriers,
            planner,
            settings,
            catch_up,
            workspace.supervisor,
        )
        catch_up.on_look(dispatcher.wake.set)
        driver = None
        if isinstance(workspace.clock, ManualClock):
            driver = ClockDriver(
                workspace.database, workspace.clock, dispatcher, settings.simulator_url
            )
        worker = Worker(
            carriers,
            planner,
            dispatcher,
            inbox,
            catch_up,
            driver,
            OperationRunner(workspace.database, workspace.clock, planner),
        )
        supervisor = workspace.supervisor
        operating = supervisor.start("operations", worker.operations.run)
        dispatching = supervisor.start("dispatch", worker.dispatcher.run)
        catching_up = supervisor.start("catch up", catch_up.run)
        receiving = supervisor.start("callbacks", worker.inbox.run)
        sweeping = supervisor.start("sweep", Sweeper(workspace.database, workspace.clock).run)
        tasks = [operating, dispatching, catching_up, receiving, sweeping]
        if settings.clock == "running":
            tasks.append(supervisor.repeat("keep clock", partial(_keep_clock, workspace)))
        try:
            yield worker
        finally:
            operating.cancel()
            await asyncio.gather(operating, return_exceptions=True)
            catching_up.cancel()
            dispatching.cancel()
            await asyncio.gather(dispatching, return_exceptions=True)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if driver is not None:
                await driver.close()


async def _keep_clock(workspace: Workspace) -> None:
    """Store the time of a running clock regularly, so that a crash does not set it back."""
    await workspace.database.write(keep_clock, workspace.clock.now())
    await asyncio.sleep(1.0)

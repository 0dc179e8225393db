"""The route that advances the manual clock; exists only with a manual clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Router
from litestar.params import JSONBody
from msgspec import Meta, Struct

from common.vocabulary import Role
from server.clock import to_datetime
from server.dependencies import Injected
from server.dispatch.manual_clock import ClockDriver
from server.errors import Conflict
from server.routing import act


class Advance(Struct, frozen=True, forbid_unknown_fields=True):
    """How far to advance the clock, in domain seconds."""

    advance: Annotated[float, Meta(ge=0, le=366 * 86_400)]


class Moved(Struct, frozen=True):
    """The new time of the clock."""

    now: datetime


@act("/test/clock", "advanceClock", 409, 413, 503, role=Role.ADMIN)
async def advance(data: JSONBody[Advance], clock_driver: Injected[ClockDriver | None]) -> Moved:
    """Advance the manual clock. Answers when nothing is due, being sent or uncalled."""
    if clock_driver is None:
        raise Conflict(
            "clock_not_manual",
            "The clock runs by itself and cannot be advanced. Start the server with "
            "DRUMBEAT_CLOCK=manual.",
        )
    return Moved(to_datetime(await clock_driver.advance(data.advance)))


router = Router(path="/", route_handlers=[advance], tags=["test"])

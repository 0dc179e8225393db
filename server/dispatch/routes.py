"""The route that moves the manual clock, there only when the clock is manual."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Router, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from common.vocabulary import Role
from server.clock import to_datetime
from server.dependencies import Injected
from server.dispatch.manual_clock import ClockDriver
from server.errors import Conflict
from server.problems import problems


class Advance(Struct, frozen=True, forbid_unknown_fields=True):
    """How far to move the clock, in seconds of the domain."""

    advance: Annotated[float, Meta(ge=0, le=366 * 86_400)]


class Moved(Struct, frozen=True):
    """Where the clock stands."""

    now: datetime


@post(
    "/test/clock",
    operation_id="advanceClock",
    opt={"role": Role.ADMIN},
    status_code=200,
    responses=problems(409, 413, 503),
)
async def advance(data: JSONBody[Advance], clock_driver: Injected[ClockDriver | None]) -> Moved:
    """Move the manual clock; answers when nothing is due, in flight or uncalled."""
    if clock_driver is None:
        raise Conflict(
            "clock_not_manual", "The clock runs by itself; start with DRUMBEAT_CLOCK=manual."
        )
    return Moved(to_datetime(await clock_driver.advance(data.advance)))


router = Router(path="/", route_handlers=[advance], tags=["test"])

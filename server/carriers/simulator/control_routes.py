"""The simulator's own routes under `/simulator`: log, clock, and controls for tests."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.exceptions import ClientException
from litestar.params import FromQuery, JSONBody, QueryParameter

from server.carriers.simulator.chance import Faults
from server.carriers.simulator.exchange import Exchange
from server.carriers.simulator.kept import Kept
from server.carriers.simulator.log import LogLine
from server.carriers.simulator.outcomes import BY_NAME, OUTCOMES, NumberOutcome


class ClockNow(msgspec.Struct, frozen=True):
    """The clock: its time in UTC microseconds and its rate, 0 while it is stopped."""

    now: int
    rate: float


class SetClock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set the clock to `now` and stop it; or run it at `rate`; or both, in this order."""

    now: int | None = None
    rate: float | None = None


class Pending(msgspec.Struct, frozen=True):
    """What is planned: the next time, how much is due, and how much of that is on the wire.

    `next_at` is None if nothing is planned after the present.
    """

    next_at: int | None
    uncalled: int
    in_flight: int


class PersonMedia(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture or another file: its address and its type."""

    url: str
    content_type: str


class PersonText(msgspec.Struct, frozen=True, rename={"from_": "from"}, forbid_unknown_fields=True):
    """A text that a person sends now; it may have media and no body."""

    from_: str
    to: str
    body: str = ""
    media: tuple[PersonMedia, ...] = ()


class PersonTextSent(msgspec.Struct, frozen=True):
    """Its message id."""

    carrier_id: str


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another outcome for one number, by its name in the table; None restores the table's outcome.

    `reply`, `reply_after` (domain seconds) and `times` override those of the outcome.
    """

    phone: str
    outcome: str | None
    reply: str | None = None
    reply_after: float | None = None
    times: int | None = None


class ControlRoutes(Controller):
    """Controls of the simulator that Twilio does not have."""

    path = "/simulator"

    @get("/log")
    async def log(
        self,
        state: State,
        after: FromQuery[int] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=100_000)] = 100_000,
    ) -> list[LogLine]:
        """Its requests and actions, in order, from entry `after` + 1."""
        exchange: Exchange = state.exchange
        return exchange.log.after(after, limit)

    @get("/clock")
    async def clock(self, state: State) -> ClockNow:
        """The clock."""
        exchange: Exchange = state.exchange
        return ClockNow(exchange.now(), exchange.schedule.clock.rate)

    @post("/clock", status_code=200)
    async def set_clock(self, state: State, data: JSONBody[SetClock]) -> ClockNow:
        """Set or run the clock. Due events start to happen; `/pending` shows when they are done."""
        exchange: Exchange = state.exchange
        try:
            if data.now is not None:
                exchange.schedule.move_to(data.now)
            if data.rate is not None:
                exchange.schedule.run_at(data.rate)
        except ValueError as error:
            raise ClientException(str(error)) from error
        return ClockNow(exchange.now(), exchange.schedule.clock.rate)

    @get("/pending")
    async def pending(self, state: State) -> Pending:
        """What is planned, and the progress of what is due."""
        exchange: Exchange = state.exchange
        return Pending(*exchange.schedule.pending())

    @get("/state")
    async def keep(self, state: State) -> Kept:
        """Its whole state, for `--state` of another simulator. Refused while something is due."""
        exchange: Exchange = state.exchange
        try:
            return exchange.keep()
        except ValueError as error:
            raise ClientException(f"{error}; /pending shows when it will be empty") from error

    @post("/inbound", status_code=202)
    async def inbound(self, state: State, data: JSONBody[PersonText]) -> PersonTextSent:
        """Let a person send a text now."""
        exchange: Exchange = state.exchange
        media = [(one.url, one.content_type) for one in data.media]
        return PersonTextSent(exchange.bring(data.from_, data.to, data.body, media))

    @get("/outcomes")
    async def outcomes(self) -> dict[str, NumberOutcome]:
        """The table: last digits and their outcomes."""
        return OUTCOMES

    @post("/script", status_code=200)
    async def script(self, state: State, data: JSONBody[Script]) -> NumberOutcome:
        """Override the outcome of one number."""
        exchange: Exchange = state.exchange
        if data.outcome is None:
            exchange.scripts.pop(data.phone, None)
            return exchange.outcome(data.phone)
        outcome = BY_NAME.get(data.outcome)
        if outcome is None:
            raise ClientException(
                f"there is no outcome {data.outcome!r}; the outcomes are {', '.join(BY_NAME)}"
            )
        if data.reply is not None:
            outcome = msgspec.structs.replace(outcome, replies=(data.reply,))
        if data.reply_after is not None:
            outcome = msgspec.structs.replace(outcome, reply_after=data.reply_after)
        if data.times is not None:
            outcome = msgspec.structs.replace(outcome, times=data.times)
        exchange.script(data.phone, outcome)
        return outcome

    @get("/faults")
    async def faults(self, state: State) -> Faults:
        """The probabilities of faults."""
        exchange: Exchange = state.exchange
        return exchange.faults

    @post("/faults", status_code=200)
    async def set_faults(self, state: State, data: JSONBody[Faults]) -> Faults:
        """Replace all probabilities; omitted ones become 0."""
        exchange: Exchange = state.exchange
        exchange.faults = data
        return data

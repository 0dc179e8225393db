"""The saved state of a simulated carrier, from which another can continue."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from server.carriers.simulator.chance import Faults
from server.carriers.simulator.log import LogLine
from server.carriers.simulator.outcomes import NumberOutcome
from server.carriers.simulator.schedule import Happening, ScheduledInbound, ScheduledReport
from server.carriers.simulator.texts import SimulatedText


class Coming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A planned event of the text with this id: a report, or without `status` its arrival."""

    at: int
    sid: str
    status: str | None = None
    code: str | None = None


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The state of a carrier with nothing due. Times are UTC microseconds.

    `born` and `ids` determine the next message id, so that none is used twice. `texts` are in order
    of arrival; `waiting` are texts that people will send.
    """

    seed: int
    born: int
    now: int
    ids: int
    inbound_url: str | None
    handed_over: dict[str, int]
    accepted: dict[str, int]
    opted_out: list[tuple[str, str]]
    scripts: dict[str, NumberOutcome]
    faults: Faults
    texts: list[SimulatedText]
    waiting: list[SimulatedText]
    coming: list[Coming]
    log: list[LogLine]

    def moved_to(self, inbound_url: str | None) -> list[SimulatedText]:
        """The texts, with callbacks to the current server instead of the former one.

        Both servers are identified by the URL for inbound texts.
        """
        then, now = _origin(self.inbound_url), _origin(inbound_url)
        if then and now:
            for text in self.texts:
                if text.callback.startswith(f"{then}/"):
                    text.callback = now + text.callback.removeprefix(then)
        return self.texts


def coming_of(at: int, happening: Happening) -> Coming:
    """A planned event in its saved form."""
    if isinstance(happening, ScheduledInbound):
        return Coming(at, happening.text.sid)
    return Coming(at, happening.text.sid, happening.status, happening.code)


def happening_of(coming: Coming, texts: dict[str, SimulatedText]) -> Happening:
    """A planned event from its saved form. Raises KeyError if its text does not exist."""
    text = texts[coming.sid]
    return (
        ScheduledInbound(text)
        if coming.status is None
        else ScheduledReport(text, coming.status, coming.code)
    )


def _origin(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

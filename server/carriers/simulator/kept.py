"""All that a simulated carrier knows at one instant, so that another can go on from there."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from server.carriers.simulator.chance import Faults
from server.carriers.simulator.log import LogLine
from server.carriers.simulator.outcomes import NumberOutcome
from server.carriers.simulator.schedule import Happening, ScheduledInbound, ScheduledReport
from server.carriers.simulator.texts import SimulatedText


class Coming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens at an instant to the text of that id: a report, or without `status` it comes."""

    at: int
    sid: str
    status: str | None = None
    code: str | None = None


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A carrier at rest: nothing is due and undone. Instants are UTC microseconds.

    `born` and `ids` decide the next message id, so that none is given twice. `texts` are in the
    order of their arrival, `waiting` those that people have yet to send.
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
        """The texts, with callbacks to the server of now instead of the one of then.

        Both are told by where people's texts go.
        """
        then, now = _origin(self.inbound_url), _origin(inbound_url)
        if then and now:
            for text in self.texts:
                if text.callback.startswith(f"{then}/"):
                    text.callback = now + text.callback.removeprefix(then)
        return self.texts


def coming_of(at: int, happening: Happening) -> Coming:
    """What is to happen, as it is kept."""
    if isinstance(happening, ScheduledInbound):
        return Coming(at, happening.text.sid)
    return Coming(at, happening.text.sid, happening.status, happening.code)


def happening_of(coming: Coming, texts: dict[str, SimulatedText]) -> Happening:
    """What was kept, over the texts by their ids. Raises KeyError for a text that is not there."""
    text = texts[coming.sid]
    return (
        ScheduledInbound(text)
        if coming.status is None
        else ScheduledReport(text, coming.status, coming.code)
    )


def _origin(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

"""The date and time of a scheduled step as typed, valid or not."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from common.documents import read_at
from common.model.sequences import StepDocument

_SHORT: Final = re.compile(r"\d(:\d\d){1,2}")
"""A time with a one-digit hour."""


class Moment(NamedTuple):
    """A typed date and time; `offset` is the UTC offset it was saved with, like -05:00."""

    date: str
    time: str
    local: bool
    offset: str = ""

    @property
    def at(self) -> str | None:
        """The time in the form of a document, possibly invalid; None if nothing is typed."""
        if not self.date and not self.time:
            return None
        time = f"0{self.time}" if _SHORT.fullmatch(self.time) else self.time
        return f"{self.date}T{time}{'' if self.local else self.offset}"


def moment_of(step: StepDocument) -> Moment:
    """The time of a step in the form in which it is typed."""
    local = bool(step.local)
    if step.at is None:
        return Moment("", "", local)
    try:
        moment = read_at(step.at)
    except ValueError:
        date, _, time = step.at.partition("T")
        return Moment(date, time, local)
    offset = f"{moment:%z}"
    time = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    return Moment(f"{moment:%Y-%m-%d}", time, local, f"{offset[:3]}:{offset[3:]}" if offset else "")

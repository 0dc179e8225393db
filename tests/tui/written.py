"""Sequences as the server has them, for tests of drafts."""

from __future__ import annotations

from typing import Any, Final

from common.model.sequences import Delay, Sequence, Step
from tests.tui.played_life import whole
from tests.tui.stage import SPRING

HELLO: Final = (
    "Hi {{ first_name | default: 'there' }}, Ana from Acme. Still looking for work?"
    " Reply STOP to opt out."
)
OPENINGS: Final = "We have two openings near you. Interested?"
LAST: Final = "Last call: the openings close on Friday."


def step(ident: int, position: int, body: str, **delay: int) -> Step:
    """A step of a relative sequence."""
    return Step(ident, position, body, Delay(**delay), None, None)


THREE_STEPS: Final = (
    step(11, 1, HELLO),
    step(12, 2, OPENINGS, days=2),
    step(13, 3, LAST, days=1, hours=2),
)


def spring(*steps: Step, **more: Any) -> Sequence:
    """Spring hiring with these steps; `more` are fields of Sequence."""
    return whole(SPRING, **{"version": 3, **more, "steps": steps})

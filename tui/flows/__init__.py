"""What an operator does in several steps, one flow per file: load, ask, do.

A flow is a coroutine that asks on a page. The registry of actions refers to flows by these names:
`start('finish')` runs `FLOWS["finish"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from tui.flows.add_to_group import add_to_group
from tui.flows.classify import classify
from tui.flows.enroll import enroll
from tui.flows.finish import finish
from tui.flows.message import message
from tui.flows.retry import retry
from tui.flows.save import go_back, offer_newer, offer_saved, save
from tui.flows.sequence_actions import activate, archive, duplicate, pause_or_resume
from tui.flows.undo import undo

FLOWS: Final[Mapping[str, Callable[[Any], Coroutine[Any, Any, None]]]] = {
    one.__name__: one
    for one in (
        *(finish, retry, add_to_group, message, classify, enroll, undo),
        *(activate, pause_or_resume, archive, duplicate),
        *(save, offer_newer, offer_saved, go_back),
    )
}
"""Flows by name. A flow's signature says which kind of page it needs."""

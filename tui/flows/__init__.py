"""What an operator does in steps, one flow a file: what is read, what is asked, what is done.

A flow is a coroutine over the page that it asks on. The registry of actions names flows as they are
named here: `start('finish')` runs `FLOWS["finish"]`.
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
"""By name. Each says in its signature which kind of page it needs."""

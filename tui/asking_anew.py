"""Asking a server again and again, as while somebody types: the newest question is the only one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ParamSpec

from textual.dom import DOMNode

P = ParamSpec("P")


def ask_anew(
    node: DOMNode,
    group: str,
    work: Callable[P, Coroutine[Any, Any, None]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Let the node do the work, and end what it does in that group.

    The work is called when its turn comes, so that one that is replaced before leaves no coroutine
    that nobody awaited.
    """
    asked: Any = partial(work, *args, **kwargs)
    node.run_worker(asked, group=group, exclusive=True, exit_on_error=False)

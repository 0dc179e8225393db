"""The screen over a fake server, as a program: one sequence with that many contacts.

python -m tests.terminal.played PEOPLE CHANGES_A_SECOND; here `?` raises an error.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count

from common.vocabulary import Status
from tests.tui.roster import people
from tests.tui.stage import SPRING, Played
from tui.app import DrumbeatApp
from tui.commands.errors import Refused
from tui.commands.shutdown import shutdown_event
from tui.opening import show_screen


class Broken(Exception):
    """An unexpected error of the screen."""


async def main(many: int, changes: float) -> None:
    """Show it until it is quit."""
    DrumbeatApp.action_help = break_it  # type: ignore[assignment, method-assign] # to break it
    source = Played(SPRING)
    source.add_rows(people(many))
    changing = asyncio.create_task(change(source, changes)) if changes else None
    await show_screen(source, shutdown_event())
    if changing is not None:
        changing.cancel()


def break_it(_: DrumbeatApp) -> None:
    """Fail with words from outside."""
    raise Broken("of \x1b]52;c;bm8=\x07 \x9b31m [b]somebody[/b]'s")


async def change(source: Played, times: float) -> None:
    """Change one status after the other, and back, that many times a second."""
    ids = list(source.rows)
    for n in count():
        await asyncio.sleep(1 / times)
        ident = ids[n % len(ids)]
        was = source.rows[ident].status
        source.change(ident, status=Status.FAILED if was is Status.PENDING else Status.PENDING)
        source.say("failed", 1, enrollment_id=ident)


if __name__ == "__main__":
    try:
        asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
    except Refused as refused:
        sys.exit(refused.message)

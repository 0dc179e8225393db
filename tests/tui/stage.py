"""A fake server, and the application over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from common.client import RESYNC, Client, Unreachable
from common.model.events import Event
from common.model.operations import Operation, OperationPage
from common.model.operators import Me, Operator
from common.model.sequences import SequencePage, SequenceSummary
from common.vocabulary import OperationAction, Role, SequenceKind, SequenceState, Status
from tests.tui.played_people import PlayedPeople
from tests.tui.played_sequences import PlayedSequences
from tests.tui.played_texts import PlayedTexts
from tests.tui.roster import PlayedRoster
from tui.app import DrumbeatApp
from tui.client.event_stream import BEYOND
from tui.screens.progress_page import ProgressPage
from tui.state.connection import Link

S = TypeVar("S")
W = TypeVar("W", bound=ProgressPage)

NOW: Final = datetime(2026, 11, 2, 18, tzinfo=UTC)
URL: Final = "http://hq.example:8420"
PATIENCE: Final = 20.0
_WHO: Final = ("enrollment_id", "contact_id", "message_id", "operation_id", "operator_id")


def sequence(
    ident: int,
    name: str,
    state: SequenceState = SequenceState.ACTIVE,
    steps: int = 3,
    **counts: int,
) -> SequenceSummary:
    """A sequence of the list; `counts` by status, 0 for the others."""
    by_status = {status.value: counts.get(status.value, 0) for status in Status}
    kind = SequenceKind.RELATIVE
    total = sum(by_status.values())
    return SequenceSummary(ident, name, kind, state, 1, steps, by_status, total, NOW)


SPRING: Final = sequence(
    1,
    "Spring hiring 2026",
    pending=412_033,
    finished_responded=80_211,
    finished_no_response=400_000,
    opted_out=7_756,
    failed=90_000,
    omitted_landline=10_000,
)
CLINIC: Final = sequence(2, "Recall [b]clinic[/b]", SequenceState.PAUSED, pending=12, failed=3)
DRAFT: Final = sequence(3, "Öğretmen araması \x1b[31m", SequenceState.DRAFT)
THREE: Final = (CLINIC, DRAFT, SPRING)


def event(ident: int, kind: str, sequence_id: int | None = None, **more: Any) -> Event:
    """An event of the stream."""
    who = dict.fromkeys(_WHO)
    return Event(
        **{"id": ident, "at": NOW, "kind": kind, "sequence_id": sequence_id, **who, **more},
        body={},
        now=NOW,
        rate=1.0,
    )


class Played(PlayedPeople, PlayedRoster, PlayedTexts, PlayedSequences, Client):
    """A server in memory: the test sets its data, posts its events, and can disconnect it."""

    url = URL

    def __init__(self, *sequences: SequenceSummary) -> None:
        PlayedRoster.__init__(self)
        PlayedTexts.__init__(self)
        PlayedSequences.__init__(self)
        PlayedPeople.__init__(self)
        self.sequences = list(sequences)
        self.role = Role.OPERATOR
        self.operations: list[Operation] = []
        self.undone: list[int] = []
        self.undoes_for = 0
        self.joined_after: list[int | None] = []
        self.asked = 0
        self.newest = 7
        self.away: str | None = None
        self.silent = asyncio.Event()
        self.silent.set()
        self._said: asyncio.Queue[Event | None] = asyncio.Queue()

    def say(self, kind: str, sequence_id: int | None = None, **more: Any) -> None:
        """Post an event."""
        self.newest += 1
        self._said.put_nowait(event(self.newest, kind, sequence_id, **more))

    def go_away(self, why: str = "it refused the connection") -> None:
        """Stop answering, and end the stream."""
        self.away = why
        self._said.put_nowait(None)

    def come_back(self) -> None:
        """Answer again."""
        self.away = None

    async def _answer(self) -> None:
        await self.silent.wait()
        if self.away is not None:
            raise Unreachable(self.url, self.away)

    async def me(self) -> Me:
        """Ana, with the role operator unless another is set."""
        await self._answer()
        ana = Operator(1, "ana", self.role, NOW, disabled=False)
        return Me(ana, NOW, 1.0, "America/New_York", "US", simulated=True, version="1")

    async def events(
        self,
        after: int | None = None,
        *,
        sequence_id: int | None = None,
        on_lost: Callable[[Unreachable], None] | None = None,
    ) -> AsyncIterator[Event]:
        """The events posted with `say`; a resync first if asked for a later id."""
        del sequence_id
        await self._answer()
        self.joined_after.append(after)
        if after == BEYOND:
            yield event(self.newest, RESYNC)
        while (said := await self._said.get()) is not None:
            yield said
        lost = Unreachable(self.url, self.away or "the stream of events ended")
        assert on_lost is not None
        on_lost(lost)

    async def list_sequences(
        self, q: str = "", *, include_archived: bool = False, offset: int = 0, limit: int = 50
    ) -> SequencePage:
        """What the test has set."""
        del q
        await self._answer()
        self.asked += 1
        archived = SequenceState.ARCHIVED
        found = [one for one in self.sequences if include_archived or one.state is not archived]
        return SequencePage(tuple(found[offset : offset + limit]), len(found))

    async def list_operations(self, *, offset: int = 0, limit: int = 50) -> OperationPage:
        """What the test has set."""
        await self._answer()
        return OperationPage(tuple(self.operations[offset : offset + limit]), len(self.operations))

    async def undo_operation(self, operation_id: int) -> Operation:
        """Record the request."""
        await self._answer()
        self.undone.append(operation_id)
        total = next(one.total for one in self.operations if one.id == operation_id)
        taken = operation(99, total=total, undoes=operation_id, undoable=False)
        return self.begin(99, taken, self.undoes_for)


def operation(ident: int, operator: str = "ana", total: int = 12, **more: Any) -> Operation:
    """An operation that can be undone."""
    fields: dict[str, Any] = {
        "id": ident,
        "action": OperationAction.FINISH,
        "state": "done",
        "operator": operator,
        "sequence_id": 1,
        "created_at": NOW,
        "ended_at": NOW,
        "total": total,
        "done": total,
        "skipped": 0,
        "conflict": 0,
        "with_carrier": 0,
        "undoable": True,
        "undone_by": None,
        "undoes": None,
    }
    return Operation(**{**fields, **more})


def opened(source: Played, keymap: Mapping[str, str] | None = None) -> DrumbeatApp:
    """The application over a fake server."""
    return DrumbeatApp(source, keymap)


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fail if it does not come true."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"waited in vain: {what}"
        await pilot.pause(0.01)
    await pilot.pause()


async def filled(pilot: Pilot[None], app: DrumbeatApp) -> None:
    """Wait until the list of sequences is loaded."""
    page = sequences_of(app)
    await until(pilot, lambda: page.standing not in {"loading", "error"}, "the list comes")


async def shown(pilot: Pilot[None], app: DrumbeatApp, kind: type[S]) -> S:
    """The screen on top, when it is of that kind."""
    await until(pilot, lambda: isinstance(app.screen, kind), f"{kind.__name__} opens")
    screen = app.screen
    assert isinstance(screen, kind)
    return screen


async def settled(pilot: Pilot[None], app: DrumbeatApp, kind: type[W]) -> W:
    """The page on top, if it is of that class and has nothing in progress."""
    page = await shown(pilot, app, kind)
    await until(pilot, lambda: not page.working, "its work ends")
    return page


def sequences_of(app: DrumbeatApp) -> Any:
    """The list of sequences, wherever it is in the stack."""
    return app.pages[0]


def said(app: DrumbeatApp, part: str) -> str:
    """What a part of the bottom page shows."""
    return str(app.pages[0].query_one(part, Static).render())


def link(app: DrumbeatApp) -> Link:
    """The current connection."""
    return app.session.connection.link


def toasts(app: DrumbeatApp) -> list[str]:
    return [one.message for one in app._notifications]  # there is no public way


def painted(app: App[Any]) -> str:
    """The lines of the screen, as they are painted."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)

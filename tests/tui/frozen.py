"""The screen over the frozen demo: a real server, through a client that can be held up and cut."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, Protocol, cast

import pytest
from textual.pilot import Pilot

from common.client import Client, Unreachable
from common.model.events import Event
from tests.tui.stage import URL, filled, until
from tui.app import DrumbeatApp
from tui.screens.contacts_tab import ContactsTab
from tui.state.contacts_summary import Standing
from tui.widgets.confirm import ConfirmScreen

Compare = Callable[..., bool]
Play = Callable[[Pilot[None], DrumbeatApp], Awaitable[None]]
Size = tuple[int, int]

SIZES: Final = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "large"])
ALL_SIZES: Final = pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (200, 50)], ids=["small", "large", "huge"]
)
SPRING: Final = ("j", "j", "enter")
"""From the list of sequences to the Contacts tab of Spring hiring 2026."""


class Server(Protocol):
    """A server's address and token."""

    url: str
    token: str


class Between:
    """Stands between the screen and the client of a demo: a `Client` like the client itself.

    `held` names methods that do not answer; `cut` lets nothing through any more.
    """

    def __init__(self, server: Server, *held: str, away: str = "") -> None:
        self.url = server.url
        self.held = set(held)
        self._away = away
        self._client = Client(server.url, server.token)
        self._gone = asyncio.Event()
        if away:
            self._gone.set()

    def cut(self, why: str = "it refused the connection") -> None:
        """Stop answering, and end the stream of events."""
        self._away = why
        self._gone.set()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.__aexit__()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        assert inspect.iscoroutinefunction(method), name

        async def asked(*values: Any, **named: Any) -> Any:
            await self._pass(name)
            return await method(*values, **named)

        return asked

    async def _pass(self, name: str) -> None:
        if self._away:
            raise Unreachable(URL, self._away)
        if name in self.held:
            await self._gone.wait()

    async def events(self, after: int | None = None, **named: Any) -> AsyncIterator[Event]:
        """The client's events, until it is cut."""
        await self._pass("events")
        stream = self._client.events(after, **named)
        gone = asyncio.ensure_future(self._gone.wait())
        coming = asyncio.ensure_future(anext(stream))
        try:
            while await asyncio.wait({gone, coming}, return_when=asyncio.FIRST_COMPLETED):
                if gone.done():
                    raise Unreachable(URL, self._away)
                yield coming.result()
                coming = asyncio.ensure_future(anext(stream))
        finally:
            gone.cancel()
            coming.cancel()
            await asyncio.gather(gone, coming, return_exceptions=True)


class FrozenApp(DrumbeatApp):
    """The application over a demo; it closes its connections when it ends."""

    async def on_unmount(self) -> None:
        """Close the client on the loop that used it."""
        await cast("Between", self.session.client).close()


def look(
    compare: Compare, size: Size, source: Between, play: Play, *, theme: str | None = None
) -> bool:
    """Compare the screen over a demo, once the test has prepared it."""
    app = FrozenApp(cast("Client", source))
    if theme is not None:
        app.theme = theme

    async def before(pilot: Pilot[None]) -> None:
        await play(pilot, app)
        await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


async def spring(pilot: Pilot[None], app: DrumbeatApp, *keys: str) -> ContactsTab:
    """Open the Contacts tab of Spring hiring 2026, wait for its rows, and type."""
    await filled(pilot, app)
    await pilot.press(*SPRING)
    await until(pilot, lambda: isinstance(app.screen, ContactsTab), "the tab opens")
    page = app.screen
    assert isinstance(page, ContactsTab)
    await until(pilot, lambda: page.standing is Standing.FILLED, "the rows come")
    await until(pilot, lambda: bool(page.tally.next_text), "the numbers come")
    await pilot.press(*keys)
    return page


async def shown(pilot: Pilot[None], app: DrumbeatApp, kind: type, *keys: str) -> Any:
    """Type keys, and wait for a screen of a kind."""
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(app.screen, kind), f"{kind.__name__} is shown")
    return app.screen


async def matched(pilot: Pilot[None], page: ContactsTab, words: str) -> None:
    """Wait until rows and counts match a filter."""
    await until(pilot, lambda: page.asked.q == words, f"{words} is asked")
    await until(pilot, lambda: page.standing is not Standing.LOADING, "the rows come")
    await until(pilot, lambda: not page.reader.counts.busy, "the numbers come")


async def answerable(pilot: Pilot[None], app: DrumbeatApp) -> ConfirmScreen:
    """Wait until a dialog is open and accepts keys."""
    await until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "it is asked")
    screen = app.screen
    assert isinstance(screen, ConfirmScreen)
    await until(pilot, lambda: screen._opens_at is not None, "it is painted")
    opens_at = screen._opens_at or 0.0
    await until(pilot, lambda: time.monotonic() > opens_at, "it takes answers")
    return screen

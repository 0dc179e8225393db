"""From a key in the search to its rows on the screen, the debounce apart, over a real server.

Ten thousand people of `drumbeat-server sample`; the server is a process of its own and the screen
paints without a terminal. The other side asks the same kind of question with the typed client.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
from typing import Final

from textual import events
from textual.widgets import Input

from common.client import Client
from common.model.listing import Sort
from common.vocabulary import STATUS_LABELS
from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.benchmarks.processes import (
    HOST,
    LONGEST,
    ROOT,
    answers,
    environment_with,
    free_port,
    running,
)
from tests.benchmarks.workspaces import url_of
from tui.app import DrumbeatApp
from tui.messages import OpenSequence
from tui.screens.contacts_tab import DEBOUNCE, ContactsTab
from tui.state.question import Question

PEOPLE: Final = 10_000
KEYSTROKES: Final = 30
ROUNDS: Final = 3
SEQUENCE: Final = 1
WORDS: Final = ("maya", "okafor", "lena", "sofia", "obrien", "4155550", "2065", "312555", "sam ab")
"""Names and numbers that samples have, or begin to have."""
SORTS: Final[tuple[Sort, ...]] = ("phone", "next", "status", "step", "by", "name")
_TOKEN: Final = "dbt_the-admin-of-the-benchmark-alone"
_LOOK_EVERY: Final = 0.001


@asynccontextmanager
async def sampled(folder: Path) -> AsyncIterator[str]:
    """A server with samples on a clock that stands; its address."""
    environment = {
        "DRUMBEAT_DATABASE": url_of(folder / "drumbeat.db"),
        "DRUMBEAT_ADMIN_TOKEN": _TOKEN,
        "DRUMBEAT_CLOCK": "manual",
        "DRUMBEAT_CLOCK_START": "2026-11-02T18:00:00Z",
        "DRUMBEAT_LOG_LEVEL": "error",
    }
    arguments = [sys.executable, "-m", "server.cli", "sample", "--enrollments", str(PEOPLE)]
    await asyncio.to_thread(
        subprocess.run,
        arguments,
        cwd=ROOT,
        env=environment_with(environment),
        check=True,
        capture_output=True,
    )
    port = free_port()
    serving = ("-m", "server.cli", "serve", "--port", str(port))
    with running(*serving, environment=environment) as server:
        await answers(server, port, "/health/ready")
        yield f"http://{HOST}:{port}"


class Searched:
    """The Contacts tab, and how long it takes to show what is asked."""

    def __init__(self, app: DrumbeatApp, page: ContactsTab) -> None:
        self._app, self.page = app, page

    async def type(self, words: str) -> float:
        """Type the last letter of these words; real ms till its rows are painted."""
        began = time.perf_counter()
        self._app.post_message(events.Key(words[-1], words[-1]))
        await self._shown(lambda: self.page.asked.words == words)
        return (time.perf_counter() - began - DEBOUNCE) * 1_000

    async def put(self, question: Question) -> float:
        """Ask something by a dropdown or a column; real ms till its rows are painted."""
        began = time.perf_counter()
        self.page.reader.question = question
        self.page.reader.ask(keep=False)
        await self._shown(lambda: self.page.asked == question)
        return (time.perf_counter() - began) * 1_000

    async def clear(self) -> None:
        """Go back to everybody, with an empty search."""
        search = self.page.query_one("#search", Input)
        search.value = ""
        search.focus()
        await self._shown(lambda: self.page.asked.is_plain)

    async def _shown(self, condition: Callable[[], bool]) -> None:
        await _until(condition)
        painted = asyncio.Event()
        self.page.call_after_refresh(painted.set)
        await painted.wait()


@asynccontextmanager
async def searched(client: Client) -> AsyncIterator[Searched]:
    """The tab over the samples, opened."""
    app = DrumbeatApp(client)
    async with app.run_test(size=(80, 24)):
        app.post_message(OpenSequence(SEQUENCE, "Sample"))
        await _until(lambda: isinstance(app.screen, ContactsTab) and bool(app.screen.store.total))
        page = app.screen
        assert isinstance(page, ContactsTab)
        yield Searched(app, page)


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, "the screen does not show what is asked"
        await asyncio.sleep(_LOOK_EVERY)


async def _typed(_: Path, tab: Searched) -> float:
    taken: list[float] = []
    for word in cycle(WORDS):
        await tab.clear()
        for length in range(1, len(word) + 1):
            taken.append(await tab.type(word[:length]))
            if len(taken) == KEYSTROKES:
                return _slow(taken)
    raise AssertionError("there are words without end")


def _questions() -> Iterator[Question]:
    statuses = cycle(status.value for status in STATUS_LABELS)
    for sort, status in zip(cycle(SORTS), statuses, strict=False):
        yield Question(sort=sort)
        yield Question(sort=sort, status=(status,))


async def _put(_: Path, tab: Searched) -> float:
    return _slow([await tab.put(one) for one in islice(_questions(), KEYSTROKES)])


def _slow(taken: Sequence[float]) -> float:
    """What only one of twenty takes longer than."""
    return quantiles(taken, n=20)[-1]


def _benchmark(
    name: str,
    what: str,
    limit: float,
    ours: Callable[[Path, Searched], Awaitable[float]],
    qs: Sequence[str],
) -> Benchmark:
    async def run(folder: Path) -> Sequence[Round]:
        async with sampled(folder) as url, Client(url, _TOKEN) as client:

            async def screen(_: int) -> float:
                async with searched(client) as tab:
                    return await ours(folder, tab)

            async def bare(n: int) -> float:
                taken = []
                for q in islice(cycle(qs), KEYSTROKES):
                    began = time.perf_counter()
                    await client.list_enrollments(SEQUENCE, f"{q} -due:<{n + 1}h", limit=100)
                    taken.append((time.perf_counter() - began) * 1_000)
                return _slow(taken)

            return await take_turns(screen, bare, ROUNDS)

    peer = "the typed client alone asks"
    return Benchmark(name, what, peer, "ms", limit, run, faster=False, aim=150)


BENCHMARKS: Final = (
    _benchmark(
        "search",
        f"a key in the search over {PEOPLE:,} people, until its rows show, the slow twentieth",
        6.0,
        _typed,
        [word[:length] for word in WORDS for length in range(1, len(word) + 1)],
    ),
    _benchmark(
        "sort",
        f"a filter or column over {PEOPLE:,} people, until its rows show, the slow twentieth",
        8.0,
        _put,
        [f"status:{status.value}" for status in STATUS_LABELS],
    ),
)

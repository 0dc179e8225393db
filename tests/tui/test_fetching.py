"""What a page asks in workers comes back in its own messages, or is never begun."""

from __future__ import annotations

import asyncio
import gc
from functools import partial

from common.client import ClientError, Unreachable
from tests.tui.stage import THREE, Played, filled, opened, until
from tui.screens.page import Page
from tui.session import Session
from tui.widgets.fetching import Reader


class Asking(Page):
    """Records what it is told."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.told: list[int] = []
        self.failed: list[str] = []

    def take(self, number: int) -> None:
        self.told.append(number)

    def fail(self, error: ClientError) -> None:
        self.failed.append(error.message)


async def number(n: int) -> int:
    return n


async def test_work_replaced_before_it_starts_is_not_done() -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        page = Asking(app.session)
        await app.push_screen(page)
        for n in range(3):
            page.fetch(partial(number, n), page.take, group="one", exclusive=True)
        await until(pilot, lambda: bool(page.told), "the last is told")
        page.fetch(partial(number, 9), page.take)
        page.workers.cancel_node(page)
        app.pop_screen()
        await until(pilot, lambda: not page.is_attached, "the page is gone")

    assert page.told == [2]
    gc.collect()


async def test_what_goes_wrong_is_told_to_the_page_and_does_not_end_the_screen() -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        page = Asking(app.session)
        await app.push_screen(page)

        async def refused() -> int:
            raise Unreachable("http://hq.example", "it is away")

        async def broken() -> int:
            raise ValueError("a fault of ours")

        page.fetch(refused, page.take, page.fail)
        page.fetch(broken, page.take, page.fail)
        await until(pilot, lambda: len(page.failed) == 2, "both are told")

    assert "it is away" in page.failed[0]
    assert "a fault of ours" in page.failed[1]
    assert page.told == []


async def test_a_reader_reads_once_at_a_time_and_once_more_for_all_that_came_meanwhile() -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        page = Asking(app.session)
        await app.push_screen(page)
        begun: list[int] = []
        held = asyncio.Event()

        async def work() -> int:
            begun.append(len(begun))
            await held.wait()
            return len(begun)

        reader = Reader(page, work, page.take)
        for _ in range(5):
            reader.read()
        await until(pilot, lambda: bool(begun), "it is asked")
        assert len(begun) == 1
        held.set()
        await until(pilot, lambda: not reader.busy, "all is read")

    assert page.told == [1, 2]


async def test_a_reader_tries_again_what_failed() -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        page = Asking(app.session)
        await app.push_screen(page)
        asked: list[int] = []

        async def work() -> int:
            asked.append(len(asked))
            if len(asked) == 1:
                raise Unreachable("http://hq.example", "it is away")
            return 7

        Reader(page, work, page.take, page.fail, retry=0.01).read()
        await until(pilot, lambda: page.told == [7], "it is read")

    assert len(page.failed) == 1

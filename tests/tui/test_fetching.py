"""A page's work in workers is either done, or never started and closed silently."""

from __future__ import annotations

import gc

from textual.message import Message

from tests.tui.stage import THREE, Played, filled, opened, until
from tui.screens.page import Page


class Told(Message):
    """An answer."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__()


class Asking(Page):
    """Records what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    def on_told(self, told: Told) -> None:
        """Keep it."""
        self.told.append(told.number)


async def number(n: int) -> int:
    return n


async def test_work_replaced_before_it_starts_is_not_done() -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        page = Asking()
        await app.push_screen(page)
        for n in range(3):
            page.fetch(number(n), Told, group="one", exclusive=True)
        await until(pilot, lambda: bool(page.told), "the last is told")
        page.fetch(number(9), Told)
        page.workers.cancel_node(page)
        app.pop_screen()
        await until(pilot, lambda: not page.is_attached, "the page is gone")

    assert page.told == [2]
    gc.collect()

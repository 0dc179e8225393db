"""The confirm dialog: only `y` confirms, and only if typed after the dialog could be read."""

from __future__ import annotations

import asyncio
import time

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.stage import THREE, Played, filled, opened, until
from tui.app import DrumbeatApp
from tui.state.proposal import Proposal
from tui.widgets.confirm import DELAY, ConfirmScreen

FINISH = Proposal(
    "Mark as finished: 3 contacts",
    ("3 get no more texts.",),
    ("1 opted out and will not change.",),
    count=3,
)
MANY = Proposal("Mark as finished: 412,033 contacts", ("They get no more texts.",), (), 412_033)


class Asked:
    """An application that opens the dialog, and the answers."""

    def __init__(self) -> None:
        self.app = opened(Played(*THREE))
        self.answers: list[bool | None] = []

    @property
    def open(self) -> bool:
        return isinstance(self.app.screen, ConfirmScreen)

    def ask(self, proposal: Proposal = FINISH) -> ConfirmScreen:
        screen = ConfirmScreen(proposal)
        self.app.push_screen(screen, self.answers.append)
        return screen

    async def answered(self, pilot: Pilot[None]) -> list[bool | None]:
        await until(pilot, lambda: not self.open, "an answer")
        return self.answers


async def readable(pilot: Pilot[None]) -> None:
    """Wait until the dialog is painted and accepts keys."""
    await pilot.pause()
    await asyncio.sleep(DELAY + 0.05)


def burst(app: DrumbeatApp, *keys: str) -> None:
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize(
    ("key", "answer"), [("y", True), ("n", False), ("escape", False), ("enter", False)]
)
async def test_only_y_confirms_and_every_other_answer_cancels(key: str, answer: bool) -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        screen = asked.ask()
        await readable(pilot)

        assert screen.focused is screen.query_one("#cancel")

        await pilot.press(key)

        assert await asked.answered(pilot) == [answer]


async def test_a_key_typed_on_the_page_below_does_not_answer() -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        asked.ask()
        await readable(pilot)
        await asked.app.run_action("screen.confirm")  # bubbled past the page, to what is open now
        await pilot.pause()

        assert asked.open
        await pilot.press("y")
        assert await asked.answered(pilot) == [True]


async def test_y_is_shown_once_the_count_is_right_and_a_wrong_count_is_reported() -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        screen = asked.ask(Proposal("Enroll?", count=147))
        await readable(pilot)

        def told() -> tuple[bool, str]:
            return screen.query_one("#yes").visible, str(
                screen.query_one("#typed", Static).render()
            )

        assert told() == (False, "Type 147, then press y: ▏")
        await pilot.press("1", "4", "8")
        assert told() == (False, "Type 147, then press y: 148▏ doesn't match 147")
        await pilot.press("backspace", "7")
        assert told() == (True, "Type 147, then press y: 147▏ ✓ press y")


async def test_a_burst_of_keys_from_before_the_dialog_was_painted_does_not_answer() -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        burst(asked.app, "y", "y")
        asked.ask()
        burst(asked.app, "y", "enter", "escape", "n", "y", "y")
        await readable(pilot)

        assert asked.open
        assert asked.answers == []


async def test_a_key_counts_by_when_it_was_typed() -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        early = Key("y", "y")
        asked.ask()
        await readable(pilot)
        asked.app.post_message(early)
        await pilot.pause()

        assert asked.open
        assert asked.answers == []


async def test_a_y_that_is_held_down_does_not_confirm() -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        asked.ask()
        await pilot.pause()
        began = time.monotonic()
        for repeated in range(40):
            key = Key("y", "y")
            key.time = began + repeated * 0.03
            asked.app.post_message(key)
        await pilot.pause()

        assert asked.answers == []

        after = Key("y", "y")
        after.time = key.time + DELAY + 0.01
        asked.app.post_message(after)

        assert await asked.answered(pilot) == [True]


async def test_above_a_hundred_rows_y_needs_the_count_typed() -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        screen = asked.ask(MANY)
        await readable(pilot)
        await pilot.press("y", *"41203", "y", "4", "y")

        assert (asked.open, screen.typed) == (True, "412034")

        await pilot.press("backspace", "3", "y")

        assert await asked.answered(pilot) == [True]


async def test_the_answers_are_visible_on_the_smallest_screen() -> None:
    asked = Asked()
    async with asked.app.run_test(size=(60, 15)) as pilot:
        await filled(pilot, asked.app)
        told = tuple(f"Line {n} of what happens" for n in range(30))
        screen = asked.ask(Proposal("Much " * 12, told, told, count=1_000))
        await readable(pilot)
        await pilot.press(*"1000")
        parts = [screen.query_one(part).region for part in ("#typed", "#yes", "#cancel")]

        assert all(part.size and screen.region.contains_region(part) for part in parts)


@pytest.mark.parametrize(("count", "typed"), [(None, None), (100, None), (101, "101")])
def test_the_count_is_typed_above_a_hundred(count: int | None, typed: str | None) -> None:
    assert Proposal("?", count=count).typed_count == typed


async def test_quitting_and_the_palette_are_not_offered_over_it() -> None:
    asked = Asked()
    async with asked.app.run_test() as pilot:
        await filled(pilot, asked.app)
        asked.ask()
        await readable(pilot)
        await pilot.press("ctrl+p", "ctrl+q", "question_mark", "q", "1")

        assert asked.open
        assert len(asked.app.screen_stack) == 3
        assert asked.answers == []

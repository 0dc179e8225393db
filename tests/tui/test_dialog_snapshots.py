"""Snapshots of the Contacts tab's dialogs over the frozen demo; `make snapshots` updates them."""

from __future__ import annotations

from typing import Final

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.system.demos import Running
from tests.tui.frozen import (
    SIZES,
    Between,
    Compare,
    Size,
    answerable,
    look,
    shown,
    spring,
)
from tests.tui.stage import toasts, until
from tui.app import DrumbeatApp
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.message_editor import MessageEditor

FOUR: Final = ("space", "space", "space", "space")


@SIZES
@pytest.mark.parametrize(
    ("letter", "heading"), [("s", "Step:"), ("b", "Enrolled by:"), ("t", "Status:")]
)
def test_dropdown(
    snap_compare: Compare, frozen: Running, size: Size, letter: str, heading: str
) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app, "f")
        screen = await shown(pilot, app, ChoiceScreen, letter)
        assert screen._question == heading

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
@pytest.mark.parametrize("key", ["f", "s"], ids=["filter", "sort"])
def test_prompt(snap_compare: Compare, frozen: Running, size: Size, key: str) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        await shown(pilot, app, LetterPrompt, key)

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_confirm_of_finish(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app, *FOUR)
        screen = await shown(pilot, app, ConfirmScreen, "x")
        assert (screen.proposal.count, screen.proposal.typed_count) == (4, None)

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_confirm_of_many(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "asterisk")
        await until(pilot, lambda: page.chosen.marks.count == 200, "all are marked")
        await pilot.press("x")
        screen = await answerable(pilot, app)
        await pilot.press("2", "0")
        assert (screen.typed, screen.proposal.typed_count) == ("20", "200")

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_confirm_of_trying_again(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app, "j", "j")
        screen = await shown(pilot, app, ConfirmScreen, "t")
        assert screen.proposal.count == 1

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_which_group(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app, *FOUR)
        screen = await shown(pilot, app, ChoiceScreen, "a")
        await pilot.press(*"Bay")
        assert screen.query_one("Input").value == "Bay"

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_editor(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app, *FOUR)
        screen = await shown(pilot, app, MessageEditor, "m")
        screen.query_one(TextArea).text = "Hi {{ first_name | default: 'there' }}, can we talk? 🎉"
        composer = screen.composer
        await until(
            pilot,
            lambda: bool(composer.known and composer.known.body == composer.body),
            "the texts are made",
        )
        assert len(screen.composer.known.previews) == 4

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_too_many_to_message(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "asterisk")
        await until(pilot, lambda: page.chosen.marks.count == 200, "all are marked")
        await pilot.press("m")
        await until(pilot, lambda: bool(toasts(app)), "it is refused")
        assert "10" in toasts(app)[0]

    assert look(snap_compare, size, Between(frozen), play)

"""Snapshots of a contact's page over the frozen demo; `make snapshots` updates them."""

from __future__ import annotations

from typing import Final

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from common.vocabulary import Hold, Status
from tests.system.demos import Running
from tests.tui.frozen import ALL_SIZES, SIZES, Between, Compare, Size, look, matched, shown, spring
from tests.tui.stage import until
from tui.app import DrumbeatApp
from tui.screens.contact_page import ContactPage
from tui.screens.copy_commands import CopyScreen
from tui.widgets.letter_prompt import LetterPrompt

LEAST: Final = pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (60, 15)], ids=["small", "large", "least"]
)
WHO: Final = {
    "replied": ("status:finished_responded", Status.FINISHED_RESPONDED),
    "failed": ("status:failed", Status.FAILED),
    "opted-out": ("status:opted_out", Status.OPTED_OUT),
    "omitted": ("status:omitted_opted_out", Status.OMITTED_OPTED_OUT),
    "stopped": ("status:finished_stopped", Status.FINISHED_STOPPED),
    "in-review": (f"hold:{Hold.NEEDS_REVIEW}", Status.PENDING),
}


async def opened(pilot: Pilot[None], app: DrumbeatApp, words: str, key: str) -> ContactPage:
    """Open the first contact that matches a filter, and wait until it is loaded."""
    page = await spring(pilot, app)
    page.query_one("#search", Input).value = words
    await matched(pilot, page, words)
    contact: ContactPage = await shown(pilot, app, ContactPage, key)
    await until(pilot, lambda: contact.timeline is not None, "it is loaded")
    return contact


@SIZES
@pytest.mark.parametrize("who", list(WHO))
def test_explained(snap_compare: Compare, frozen: Running, size: Size, who: str) -> None:
    words, status = WHO[who]

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        contact = await opened(pilot, app, words, "e")
        assert (contact.row.status, contact.explained) == (status, True)

    assert look(snap_compare, size, Between(frozen), play)


@ALL_SIZES
def test_timeline(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        contact = await opened(pilot, app, "status:finished_responded", "enter")
        assert contact.timeline is not None
        assert any(item.text is not None for item in contact.timeline.items)

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_a_long_name(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        contact = await opened(pilot, app, "featherston", "enter")
        assert contact.row.contact.last_name == "Featherstonehaugh-Cholmondeley"

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_loading(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        contact = await shown(pilot, app, ContactPage, "enter")
        assert contact.timeline is None

    assert look(snap_compare, size, Between(frozen, "explain", "timeline"), play)


@SIZES
def test_what_the_text_is(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        contact = await opened(pilot, app, f"hold:{Hold.NEEDS_REVIEW}", "enter")
        assert contact.unread is not None
        assert contact.unread.review_id is not None
        await shown(pilot, app, LetterPrompt, "w")

    assert look(snap_compare, size, Between(frozen), play)


@LEAST
def test_reply_box(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        contact = await opened(pilot, app, "status:finished_responded", "enter")
        await pilot.press("r")
        await until(
            pilot, lambda: contact.box is not None and contact.box.has_focus_within, "it opens"
        )
        contact.query_one(TextArea).text = "Thank you, {{ first_name }}. Tuesday at nine?"
        assert contact.box is not None
        composer = contact.box.composer
        await until(
            pilot,
            lambda: bool(composer.known and composer.known.body == composer.body),
            "it is previewed",
        )
        assert contact.draft.body == "Thank you, {{ first_name }}. Tuesday at nine?"

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_copy_screen(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        contact = await opened(pilot, app, "status:finished_responded", "enter")
        contact.draft.body = "It's $5"
        await shown(pilot, app, CopyScreen, "c")
        await pilot.press("j")
        assert app.clipboard == f"drumbeat explain {contact.row.id}"

    assert look(snap_compare, size, Between(frozen), play)

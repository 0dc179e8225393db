"""How a contact's page looks at 80×24 and at 120×40, without colours; `make snapshots` renews."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from common.model.explanation import OpenReview
from common.vocabulary import Direction, MessageKind
from tests.tui.listed import NOW
from tests.tui.played_texts import happened, texted
from tests.tui.stage import Played, until
from tests.tui.test_contacts_snapshots import SIZES, Compare, look, rows, source_of, still
from tui.screens.contact import ContactPage
from tui.screens.sequence import SequencePage

__all__ = ["still"]  # a fixture

Play = Callable[[Pilot[None], ContactPage], Awaitable[None]]
WORDS: Final = "Hi Lena, Ana from Acme. Still looking for work? Reply STOP to opt out."


def conversation() -> Played:
    """Spring hiring, whose people have talked."""
    source = source_of(20)
    source.items = [
        happened(1, "Enrolled by ana."),
        texted(2, WORDS, kind=MessageKind.STEP, step=1, fate="delivered", operator=None),
        texted(3, "who is this\x1b[2J [b]?[/b]", Direction.IN, reading=None),
        texted(4, "Ana, from the job fair.", fate="delivered"),
        *(happened(n, f"Looked at by ana, time {n}.") for n in range(5, 30)),
        texted(31, "stop it i think", Direction.IN),
    ]
    return source


def opened_on(compare: Compare, size: tuple[int, int], source: Played, play: Play) -> bool:
    """Compare the page of the first contact."""

    async def open_it(pilot: Pilot[None], page: SequencePage) -> None:
        await rows(pilot, page)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(page.app.screen, ContactPage), "it opens")
        contact = page.app.screen
        assert isinstance(contact, ContactPage)
        await until(pilot, lambda: bool(contact.moved.told), "the conversation comes")
        await play(pilot, contact)

    return look(compare, size, source, open_it)


@SIZES
def test_contact_with_a_review(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = conversation()
    source.review = OpenReview(3, 31, NOW, "stop it i think")

    async def play(pilot: Pilot[None], page: ContactPage) -> None:
        await until(pilot, lambda: bool(page.query_one("#notes").display), "it is told")
        assert page.unread is not None
        assert page.unread.review_id == 3

    assert opened_on(snap_compare, size, source, play)


@SIZES
def test_reply_box(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], page: ContactPage) -> None:
        await pilot.press("r")
        await until(pilot, lambda: page.box is not None and page.box.has_focus_within, "it opens")
        page.query_one(TextArea).text = "Thank you, {{ first_name }}. Tuesday at nine?"
        box = page.box
        assert box is not None
        known = box.composer
        await until(
            pilot, lambda: bool(known.known and known.known.body == known.body), "it is previewed"
        )
        assert page.draft.body == "Thank you, {{ first_name }}. Tuesday at nine?"

    assert opened_on(snap_compare, size, conversation(), play)


@pytest.mark.parametrize("size", [(60, 15)], ids=["least"])
def test_reply_box_on_the_least_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], page: ContactPage) -> None:
        await pilot.press("r")
        await until(pilot, lambda: page.box is not None and page.box.has_focus_within, "it opens")
        assert page.query_one(TextArea).size.height == 3

    assert opened_on(snap_compare, size, conversation(), play)

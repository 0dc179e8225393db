"""A contact's page: the conversation in pages, replies sent once, and classifying texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from textual.widgets import Input, Static, TextArea

from common.client import ApiProblem
from common.model.explanation import OpenReview, TimelineItem
from common.model.messages import MessagePreview
from common.vocabulary import Direction, OperationAction, Reading, Reason, Role, Status
from tests.tui.listed import NOW
from tests.tui.played_texts import happened, texted
from tests.tui.roster import people
from tests.tui.stage import link, toasts
from tests.tui.test_batch_actions import acted, asked
from tests.tui.test_contacts_tab import Stage, stage
from tui.client import event_stream
from tui.screens.contact_page import ITEMS, ContactPage
from tui.state.connection import Link
from tui.widgets import composer, confirm
from tui.widgets.chrome import FooterLine
from tui.widgets.composer import Composer
from tui.widgets.confirm import ConfirmScreen

LENA = 10
MANY = [happened(n, f"It happened, number {n}.") for n in range(1, 3 * ITEMS + 1)]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for requests, confirming and reconnecting."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    monkeypatch.setattr(composer, "DEBOUNCE", 0.01)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


def contact_of(tab: Stage) -> ContactPage:
    """The page that is open."""
    page = tab.app.pages[-1]
    assert isinstance(page, ContactPage)
    return page


@asynccontextmanager
async def contact(
    size: tuple[int, int] = (80, 24), items: object = None
) -> AsyncIterator[tuple[Stage, ContactPage]]:
    """Lena's page, loaded."""
    async with stage(people(9), size) as tab:
        if isinstance(items, list):
            tab.source.items = list(items)
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens")
        page = contact_of(tab)
        await tab.until(lambda: bool(page.scrolled.told), "the conversation comes")
        yield tab, page


async def written(tab: Stage, page: ContactPage, body: str) -> None:
    """Write a reply, and wait for its preview."""
    await tab.press("r")
    await tab.until(lambda: page.box is not None and page.box.has_focus_within, "the box opens")
    assert page.box is not None
    area = page.box.query_one(TextArea)
    area.text = body
    known = page.box.composer
    await tab.until(lambda: known.known is not None and known.known.body == body, "it is previewed")


def shown(page: ContactPage, part: str) -> str:
    return str(page.query_one(part, Static).render())


def top(page: ContactPage) -> str:
    """The first visible line of the conversation."""
    return page.scrolled.told[page.scrolled.scroll_offset.y]


async def test_the_zone_is_named_once_and_the_next_text_in_both() -> None:
    async with stage(people(9)) as tab:
        tab.source.change(LENA, contact=zoned(tab, "America/Los_Angeles"))
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens")
        page = contact_of(tab)
        await tab.until(lambda: bool(page.scrolled.told), "the conversation comes")
        standing = shown(page, "#standing")

        assert standing.count("America/Los_Angeles") == 1
        assert "Times in America/Los_Angeles" in standing
        assert "next text Mon 2 Nov 14:00 (Mon 2 Nov 17:00 in America/New_York)" in standing
        assert page.scrolled.told[0].startswith("2026-10-30 07:01")


def zoned(tab: Stage, zone: str) -> object:
    """Lena, in another time zone."""
    return msgspec.structs.replace(tab.source.rows[LENA].contact, zone=zone)


async def test_the_newest_is_at_the_bottom_and_earlier_pages_load_at_the_top() -> None:
    async with contact(items=MANY) as (tab, page):
        assert page.scrolled.told[-1].endswith(f"number {3 * ITEMS}.")
        assert len(page.scrolled.told) == ITEMS + 1
        assert page.scrolled.follows
        await tab.press("g")
        await tab.until(lambda: len(page.scrolled.told) == 2 * ITEMS + 1, "a page more")
        assert f"number {2 * ITEMS + 1}." in page.scrolled.told[ITEMS + 1]
        assert page.scrolled.scroll_offset.y == ITEMS, "what was read has not moved"
        await tab.press("g")
        await tab.until(lambda: len(page.scrolled.told) == 3 * ITEMS, "all of it")
        await tab.press("G")

        assert page.scrolled.told[0].endswith("number 1.")
        assert page.scrolled.follows


async def test_scrolled_up_nothing_jumps_and_new_items_are_counted() -> None:
    async with contact(items=MANY[:40]) as (tab, page):
        await tab.press("k", "k", "k")
        before = top(page)
        for n in (41, 42):
            tab.source.tell(happened(n, f"New, number {n}."), LENA)
        await tab.until(lambda: page.scrolled.below == 2, "both are there")
        assert top(page) == before
        assert "2 new below, press G to go there" in shown(page, "#below")
        await tab.press("G")
        await tab.until(lambda: not page.query_one("#below").has_class("-shown"), "it is seen")
        tab.source.tell(happened(43, "New, number 43."), LENA)
        await tab.until(lambda: len(page.scrolled.told) == 43, "it is there")

        assert page.scrolled.follows
        assert page.scrolled.scroll_offset.y == page.scrolled.max_scroll_y


async def test_another_sequence_is_named_and_hand_over_holds_are_left_out() -> None:
    def of(n: int, sentence: str, **more: object) -> TimelineItem:
        item = happened(n, sentence)
        assert item.event is not None
        return msgspec.structs.replace(item, event=msgspec.structs.replace(item.event, **more))

    long = "Reactivation of lapsed customers"
    items = [
        of(1, "Enrolled by ana.", sequence_id=1, sequence="Spring"),
        of(2, "Enrolled by ana.", sequence_id=999, sequence=long),
        of(3, "Held: another text first.", kind="held", body={"hold": "other_text"}),
        of(4, "Held: daily limit.", kind="held", body={"hold": "daily_limit"}),
    ]
    async with contact(items=items) as (tab, page):
        assert tab.source.rows[LENA].sequence_id == 1
        assert [line[18:] for line in page.scrolled.told] == [
            "· Enrolled by ana.",
            "· Reactivation of lapsed…: Enrolled by ana.",
            "· Held: daily limit.",
        ]


async def test_a_long_text_is_wrapped_and_hostile_words_are_cleaned() -> None:
    async with contact(items=[texted(7, "word " * 40 + "\x1b[31m [b]x[/b]")]) as (_, page):
        told = page.scrolled.told
        assert len(told) > 3
        assert max(map(len, told)) <= page.scrolled.size.width
        assert "␛[31m [b]x[/b]" in "".join(told)


async def test_a_reply_is_previewed_confirmed_sent_once_and_its_delivery_shown() -> None:
    async with contact(items=MANY[:40]) as (tab, page):
        await written(tab, page, "Hi {{ first_name }}")
        assert page.box is not None
        assert str(page.box.query_one("#previews", Static).render()) == "Lena (1): Hi Lena"
        assert "19 characters" in str(page.box.query_one("#counts", Static).render())
        assert page.scrolled.size.height > 5, "the conversation stays in sight"
        assert page.scrolled.scroll_offset.y == page.scrolled.max_scroll_y
        await tab.press("ctrl+s")
        assert (await asked(tab)).effects == ("Lena: Hi Lena",)
        await tab.press("y")
        await tab.until(lambda: page.box is None, "it is sent")

        assert tab.source.sent == [(LENA, "Hi {{ first_name }}", None)]
        await tab.until(lambda: "waiting" in "".join(page.scrolled.told[-2:]), "it is there")
        sent = texted(1_000, "Hi Lena", at=NOW, fate="delivered")
        tab.source.tell(sent, LENA)
        await tab.until(lambda: "delivered" in "".join(page.scrolled.told[-2:]), "its fate is told")
        assert page.draft.body == ""
        assert toasts(tab.app) == []


async def test_the_outcome_of_a_reply_is_shown_on_other_pages() -> None:
    async with contact() as (tab, page):
        await written(tab, page, "hello")
        tab.source.silent.clear()
        await tab.press("ctrl+s")
        await asked(tab)
        await tab.press("y")
        await tab.until(lambda: told(page).endswith("Sending…"), "it is being sent")
        await tab.press("escape")
        await tab.until(lambda: tab.app.screen is tab.page, "the page is left")
        tab.source.silent.set()
        await tab.until(lambda: toasts(tab.app) == ["Sent to Abadi, Lena."], "it is told")

        assert tab.source.sent == [(LENA, "hello", None)]


async def test_the_classification_of_a_text_is_shown() -> None:
    items = [texted(5, "Who is this?", Direction.IN, reading=Reading.AUTO_REPLY)]
    async with contact(items=items) as (_, page):
        assert page.scrolled.told[0].endswith("← inbound · received · auto reply")


async def test_a_reply_whose_answer_was_lost_is_sent_once_when_sent_again() -> None:
    async with contact() as (tab, page):
        tab.source.texts_lost = 1
        await written(tab, page, "hello")
        for last in (False, True):
            await tab.press("ctrl+s")
            await asked(tab)
            await tab.press("y")
            await tab.until(lambda: not page.draft.sending, "it is answered")
            if not last:
                assert page.box is not None
                await tab.until(lambda: "It may have been sent" in told(page), "it is told")
                assert page.draft.body == "hello"
        await tab.until(lambda: page.box is None, "it is sent")

        assert tab.source.sent == [(LENA, "hello", None)]


def told(page: ContactPage) -> str:
    return "" if page.box is None else page.box.told


def previews_wait(tab: Stage, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Previews are answered only when this is set."""
    ready, preview = asyncio.Event(), tab.source.preview_message

    async def late(body: str, contact_ids: Sequence[int]) -> list[MessagePreview]:
        await ready.wait()
        return await preview(body, contact_ids)

    monkeypatch.setattr(tab.source, "preview_message", late)
    return ready


def previewed(page: ContactPage) -> str:
    assert page.box is not None
    return str(page.box.query_one("#previews", Static).render())


async def test_continuing_before_the_preview_continues_when_it_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with contact() as (tab, page):
        await written(tab, page, "hell")
        ready = previews_wait(tab, monkeypatch)
        await tab.press("end", "o", "ctrl+s")
        assert previewed(page) == "Loading the preview…"
        ready.set()

        assert (await asked(tab)).effects == ("Lena: hello",)


@pytest.mark.parametrize("more", ["space", "t"])
async def test_typing_after_continuing_too_early_asks_nothing(
    monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    async with contact() as (tab, page):
        await written(tab, page, "Come on Monda")
        ready = previews_wait(tab, monkeypatch)
        await tab.press("end", "y", "ctrl+s")
        assert previewed(page) == "Loading the preview…"
        await tab.press(more)
        assert previewed(page) != "Loading the preview…"
        ready.set()
        assert page.box is not None
        area, known = page.box.query_one(TextArea), page.box.composer
        await tab.until(
            lambda: known.known is not None and known.known.body == area.text.strip(),
            "it is previewed",
        )
        await tab.press("exclamation_mark")

        assert tab.app.screen is page
        assert area.text.endswith("!")


async def test_a_confirmation_is_valid_for_one_text_only() -> None:
    async with contact() as (tab, page):
        await written(tab, page, "hello")
        assert page.box is not None
        for _ in range(3):
            page.box.composer.action_go_on()
        await asked(tab)
        await tab.press("left")
        assert sum(isinstance(one, ConfirmScreen) for one in tab.app.screen_stack) == 1
        page.draft.gone("another")
        await tab.press("y")
        await tab.until(lambda: tab.app.screen is page, "it is answered")
        await tab.press("left")

        assert tab.source.sent == []


async def test_the_same_words_sent_later_are_another_text() -> None:
    async with contact() as (tab, page):
        for many in (1, 2):
            await written(tab, page, "hello")
            await tab.press("ctrl+s")
            await asked(tab)
            await tab.press("y")
            await tab.until(lambda many=many: len(tab.source.sent) == many, "it is sent")
            await tab.until(lambda: page.box is None, "the box closes")


async def test_a_draft_survives_leaving_and_a_lost_connection_and_quitting_asks() -> None:
    async with contact() as (tab, page):
        await written(tab, page, "half a th")
        tab.source.go_away()
        await tab.until(lambda: link(tab.app) is Link.STALE, "it is away")
        await tab.press("escape")
        assert "Unsent draft" in shown(page, "#notes")
        await tab.press("escape")
        assert tab.app.screen is tab.page
        tab.source.come_back()
        await tab.until(lambda: link(tab.app) is Link.LIVE, "it is back")
        await tab.press("q")
        assert (await asked(tab)).effects == ("You will lose: a reply to Abadi, Lena.",)
        await tab.press("n", "enter")
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens again")
        await tab.press("m")
        again = contact_of(tab)
        await tab.until(lambda: again.box is not None, "the box opens")

        assert again.query_one(TextArea).text == "half a th"


async def test_who_cannot_be_texted_is_shown_before_writing() -> None:
    async with contact() as (tab, page):
        tab.source.left_out[LENA] = "The number is suppressed (keyword)."
        await tab.press("r")
        await tab.until(lambda: page.box is not None, "the box opens")
        assert page.box is not None
        previews = page.box.query_one("#previews", Static)
        await tab.until(lambda: "will not get it" in str(previews.render()), "it is told")
        await tab.press(*"hi", "ctrl+s")

        assert tab.app.screen is page


async def test_outside_sending_hours_a_reply_needs_a_reason() -> None:
    async with contact() as (tab, page):
        tab.source.left_out[LENA] = "outside the window"
        await written(tab, page, "hi")
        assert page.query_one("#reason", Input).display
        await tab.press("tab", *"she asked", "enter")
        assert "Reason: she asked" in (await asked(tab)).effects[-1]
        await tab.press("y")
        await tab.until(lambda: bool(tab.source.sent), "it is sent")

        assert tab.source.sent == [(LENA, "hi", "she asked")]


async def test_the_reason_field_stays_when_sending_hours_start() -> None:
    async with contact() as (tab, page):
        tab.source.left_out[LENA] = "outside the window"
        await written(tab, page, "hi")
        await tab.press("tab", *"she as")
        tab.source.left_out.clear()
        assert page.box is not None
        page.box.composer.ask()
        await tab.until(lambda: "no longer need a reason" in shown(page, "#previews"), "it is told")
        await tab.press(*"ked")

        assert page.query_one("#reason", Input).value == "she asked"
        assert (page.box.composer.body, page.box.composer.reason) == ("hi", "")


async def test_a_refusal_is_shown_at_the_reply() -> None:
    async with contact() as (tab, page):
        tab.source.refuses = ApiProblem(409, "suppressed", "The number is suppressed.")
        await written(tab, page, "hi")
        await tab.press("ctrl+s")
        await asked(tab)
        await tab.press("y")
        await tab.until(lambda: "The number is suppressed." in told(page), "it is told")

        assert page.draft.body == "hi"
        assert tab.source.sent == []


async def test_a_viewer_opens_no_box() -> None:
    async with stage(people(9)) as tab:
        tab.source.role = Role.VIEWER
        assert tab.app.session.me is not None
        tab.app.session.me = await tab.source.me()
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens")
        await tab.press("r")

        assert contact_of(tab).box is None
        assert "is a viewer" in toasts(tab.app)[-1]


async def test_a_text_in_review_is_shown_and_classified() -> None:
    unclear = texted(7, "stop it i think", Direction.IN)
    async with stage(people(9)) as tab:
        tab.source.items = [unclear]
        tab.source.review = OpenReview(3, 7, NOW, "stop it i think")
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens")
        page = contact_of(tab)
        await tab.until(lambda: "may be an opt-out" in shown(page, "#notes"), "it is shown")
        await tab.press("w", "o")
        proposal = await asked(tab)
        assert proposal.title == "Mark this text as an opt-out?"
        assert "Only the contact can undo this" in proposal.effects[-1]
        await tab.press("y")
        await tab.until(lambda: bool(tab.source.read_as), "it is said")

        assert tab.source.read_as == [(7, "opt_out")]
        await tab.until(lambda: not page.query_one("#notes").display, "it is no more in review")


async def test_the_newest_inbound_text_can_be_classified_as_an_auto_reply() -> None:
    items = [texted(5, "hi", Direction.IN), texted(7, "I am away", Direction.IN), texted(8, "ok")]
    async with contact(items=items) as (tab, page):
        await tab.until(lambda: page.unread is not None, "it came in")
        await tab.press("w", "a")
        await asked(tab)
        await tab.press("y")
        await tab.until(lambda: bool(tab.source.read_as), "it is said")

        assert tab.source.read_as == [(7, "auto_reply")]


async def test_without_inbound_texts_there_is_nothing_to_classify() -> None:
    async with contact(items=MANY[:3]) as (tab, page):
        await tab.press("w")

        assert tab.app.screen is page
        assert "classify" not in page.query_one("FooterLine").told  # type: ignore[attr-defined]


async def test_the_footer_offers_what_fits_a_failed_contact() -> None:
    async with contact() as (tab, page):
        footer = page.query_one(FooterLine)
        assert "x finish" in footer.told
        assert "t try again" not in footer.told
        tab.source.change(LENA, status=Status.FAILED, reason=Reason.UNREACHABLE)
        tab.source.say("changed", 1, enrollment_id=LENA)
        await tab.until(lambda: page.row.status is Status.FAILED, "it follows")

        assert "t try again" in footer.told
        assert "e explain" in footer.told
        assert "x finish" not in footer.told


async def test_the_contact_is_finished_from_its_page() -> None:
    async with contact() as (tab, page):
        await tab.press("x")
        assert (await asked(tab)).title == "Mark as finished: 1 contact in Spring hiring 2026"
        await tab.press("y")
        outcome = page.query_one("#outcome", Static)
        await tab.until(lambda: outcome.has_class("-shown"), "it is told")
        assert "Finished 1 of 1." in str(outcome.render())
        assert (acted(tab).action, acted(tab).selection.ids) == (OperationAction.FINISH, (LENA,))
        tab.source.say("finished", 1, enrollment_id=LENA)
        await tab.until(lambda: page.row.status is Status.FINISHED_STOPPED, "it follows")
        await tab.press("escape")

        assert not outcome.has_class("-shown")
        assert tab.app.screen is page


async def test_n_and_p_move_through_the_list() -> None:
    async with contact() as (tab, _):
        await tab.press("n", "n", "p")
        await tab.until(lambda: contact_of(tab).row.id == 12, "the second")
        await tab.press("p", "p")
        assert "no more contacts" in toasts(tab.app)[-1]
        await tab.press("escape")

        assert tab.cursor_id == LENA


async def test_a_lost_connection_keeps_what_was_read() -> None:
    async with contact(items=MANY[:5]) as (tab, page):
        tab.source.go_away()
        await tab.until(lambda: link(tab.app) is Link.STALE, "it is away")
        await tab.press("R")
        await tab.until(lambda: bool(page.problem), "it is told")
        assert len(page.scrolled.told) == 5
        tab.source.items.append(happened(6, "Meanwhile.", NOW - timedelta(hours=1)))
        tab.source.come_back()
        tab.source.say("resync")
        await tab.until(lambda: len(page.scrolled.told) == 6, "what was missed is read")

        assert page.problem == ""


async def test_letters_are_text_in_the_box() -> None:
    async with contact() as (tab, page):
        await tab.press("r")
        await tab.until(lambda: page.box is not None and page.box.has_focus_within, "it opens")
        await tab.press(*"qxnR")
        await asyncio.sleep(0)

        assert page.query_one(Composer).body == "qxnR"
        assert tab.app.screen is page


@pytest.mark.parametrize("opened_with", ["e", "enter"])
async def test_esc_closes_the_explanation_and_only_then_the_page(opened_with: str) -> None:
    async with stage(people(9)) as tab:
        await tab.press(opened_with)
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens")
        page = contact_of(tab)
        await tab.until(lambda: page.explanation is not None, "it is read")
        if not page.explained:
            await tab.press("e")
        assert page.query_one("#explanation").display
        await tab.press("escape")
        assert tab.app.pages[-1] is page
        assert not page.query_one("#explanation").display
        await tab.press("escape")
        await tab.until(lambda: tab.app.screen is tab.page, "the page is left")


async def test_esc_closes_one_thing_at_a_time() -> None:
    async with contact() as (tab, page):
        await tab.press("e")
        page.show_outcome(["1 is finished."])
        await tab.press("0")
        assert page.has_class("-pages-open")

        def standing() -> tuple[bool, bool, bool]:
            outcome, why = page.query_one("#outcome"), page.query_one("#explanation")
            return page.has_class("-pages-open"), outcome.has_class("-shown"), why.display

        seen = [standing()]
        for _ in range(3):
            await tab.press("escape")
            seen.append(standing())

        assert seen == [
            (True, True, True),
            (False, True, True),
            (False, False, True),
            (False, False, False),
        ]
        assert tab.app.screen is page


async def test_esc_closes_the_reply_wherever_the_focus_is_and_keeps_it() -> None:
    async with contact() as (tab, page):
        await written(tab, page, "half a th")
        page.set_focus(None)
        await tab.press("escape")
        await tab.until(lambda: page.box is None, "the box closes")

        assert tab.app.screen is page
        assert page.draft.body == "half a th"

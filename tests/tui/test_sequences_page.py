"""The list of sequences: loading, live, stale, empty; searched, sorted, opened."""

from __future__ import annotations

from typing import Final

import pytest
from textual.widgets import Input

from tests.tui.stage import (
    CLINIC,
    SPRING,
    THREE,
    Played,
    filled,
    link,
    opened,
    said,
    sequence,
    sequences_of,
    until,
)
from tui.client import event_stream
from tui.screens.sequences_page import Standing
from tui.state.connection import Link
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.sequence_table import SequenceTable

SMALL: Final = (80, 24)
LARGE: Final = (120, 40)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for retries."""
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


async def test_it_paints_before_it_connects() -> None:
    source = Played(*THREE)
    source.silent.clear()
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()

        assert sequences_of(app).standing is Standing.LOADING
        assert "Loading" in said(app, "#notice")
        assert link(app) is Link.CONNECTING
        assert app.session.domain_now() is None

        source.silent.set()
        await filled(pilot, app)

        assert link(app) is Link.LIVE
        assert (said(app, "#connection"), said(app, "#operator")) == ("● live", "ana@hq.example")
        assert app.session.domain_now() is not None


async def test_rows_change_in_place_and_the_cursor_stays() -> None:
    source = Played(*THREE)
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("j")
        table = app.screen.query_one(SequenceTable)
        source.sequences = [sequence(1, SPRING.name, pending=5), CLINIC, THREE[1]]
        source.say("replied", 1, enrollment_id=3)
        page = sequences_of(app)
        await until(pilot, lambda: page.list.get(1).total == 5, "the counts change")

        assert (table.cursor_row, table.chosen_id) == (1, 2)
        assert table.get_cell("1", "pending").plain.strip() == "5"


async def test_many_changes_cause_few_requests() -> None:
    source = Played(*THREE)
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        for _ in range(300):
            source.say("replied", 1, enrollment_id=3)
        source.sequences = [CLINIC]
        page = sequences_of(app)
        await until(pilot, lambda: len(page.list) == 1, "the last state is shown")

        assert source.asked <= 4


async def test_a_lost_connection_keeps_the_rows_and_comes_back_with_what_was_typed() -> None:
    source = Played(*THREE)
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"spr")
        source.go_away()
        await until(pilot, lambda: app.session.connection.failures > 3, "it fails again and again")
        page = sequences_of(app)

        assert link(app) is Link.STALE
        assert said(app, "#connection").startswith("◌ stale")
        assert "out of date" in said(app, "#summary")
        assert page.standing is Standing.FILLED

        await pilot.press("escape", "j")
        source.come_back()
        source.say("resumed", 1)
        await until(pilot, lambda: app.session.connection.link is Link.LIVE, "it is back")

        assert app.screen.query_one("#search", Input).value == "spr"
        assert [one.id for one in page.list.shown()] == [1]
        assert "out of date" not in said(app, "#summary")


async def test_a_server_that_never_answered_is_reported_with_the_reason_and_retried() -> None:
    source = Played(*THREE)
    source.go_away("nothing listens there")
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: app.session.connection.link is Link.AWAY, "it is away")
        await until(pilot, lambda: sequences_of(app).standing is Standing.ERROR, "it is told")

        assert "nothing listens there" in said(app, "#notice")
        assert said(app, "#connection") == "✕ no answer"

        source.come_back()
        await pilot.press("R")
        await filled(pilot, app)


async def test_an_empty_list_says_what_to_do() -> None:
    app = opened(Played())
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)

        assert sequences_of(app).standing is Standing.EMPTY
        assert "drumbeat sequences apply" in said(app, "#notice")


async def test_esc_leaves_the_search_then_clears_it() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        page = sequences_of(app)
        await pilot.press("slash", *"nobody")

        assert page.standing is Standing.NO_MATCH

        await pilot.press("escape")

        assert (page.typing, page.list.query) == (False, "nobody")

        await pilot.press("escape")
        await until(pilot, lambda: page.standing is Standing.FILLED, "the search is cleared")
        await pilot.press("j")

        assert page.query_one(SequenceTable).cursor_row == 1

        await pilot.press("slash", *"spr", "enter")

        assert (app.focused, page.list.query) == (page.query_one(SequenceTable), "spr")


async def test_s_and_a_letter_sort_and_the_same_letter_reverses() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        page = sequences_of(app)
        await pilot.press("s")

        assert isinstance(app.screen, LetterPrompt)

        await pilot.press("p")

        assert [one.id for one in page.list.shown()] == [1, 2, 3]
        assert page.query_one(SequenceTable).chosen_id == 3, "the cursor stays on its sequence"

        await pilot.press("s", "p", "s", "escape")

        assert [one.id for one in page.list.shown()] == [3, 2, 1]


async def test_enter_opens_the_sequence_under_the_cursor() -> None:
    app = opened(Played(*THREE))
    opened_ids: list[int] = []
    async with app.run_test(
        size=SMALL,
        message_hook=lambda m: (
            opened_ids.append(getattr(m, "sequence_id", 0))
            if type(m).__name__ == "OpenSequence"
            else None
        ),
    ) as pilot:
        await filled(pilot, app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: bool(opened_ids), "it is asked for")

        assert set(opened_ids) == {1}

"""The Overview tab: its lines, and live updates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import msgspec
import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Static

from common.model.listing import EnrollmentPage, Facets
from common.model.operations import Operation
from common.model.sequences import Finding, Severity
from common.vocabulary import SequenceState, Status
from tests.tui.listed import NOW, listed
from tests.tui.played_life import whole
from tests.tui.roster import people
from tests.tui.stage import Played, filled, opened, operation, sequence, until
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.screens import overview_tab
from tui.screens.overview_tab import OverviewTab
from tui.state.connection import Link
from tui.state.overview import SequenceOverview, bar, lines

ZONE: Final = "America/New_York"
ONE: Final = sequence(1, "Spring hiring", steps=2, pending=30, failed=10, opted_out=1)
WARNING: Final = Finding(
    Severity.WARNING, "no_opt_out", 1, "steps[0].body", "It names no way out.", "Add STOP."
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for reading and reconnecting."""
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)
    monkeypatch.setattr(overview_tab, "EVERY", 0.05)


def told(
    state: SequenceState = SequenceState.ACTIVE,
    findings: tuple[Finding, ...] = (),
    operations: tuple[Operation, ...] = (),
) -> SequenceOverview:
    """The data of 41 contacts, 30 of them pending."""
    status = {one.value: 0 for one in Status} | {"pending": 30, "failed": 10, "opted_out": 1}
    by_step = {"1": 25, "2": 15, "none": 1}
    pending = {"1": 20, "2": 10, "none": 0}
    asleep = state is not SequenceState.ACTIVE
    row = listed(5, due_at=None if asleep else NOW + timedelta(hours=20))
    return SequenceOverview(
        whole(msgspec.structs.replace(ONE, state=state)),
        EnrollmentPage((row,), 41, 41, Facets(status, by_step, {}), 1, "s1"),
        EnrollmentPage((row,), 30, 41, Facets(status, pending, {}), 1, "s2"),
        findings,
        operations,
    )


def drawn(what: SequenceOverview, cells: int = 76) -> list[str]:
    """The words of the lines."""
    return [one.words for one in lines(what, NOW, ZONE, cells)]


def test_it_shows_the_state_since_when_and_the_next_text() -> None:
    assert drawn(told())[:4] == [
        "▶ active, first activated Sat 24 Oct 10:00",
        "Created Fri 23 Oct 10:00 by ana · version 1",
        "Next text: Tue 3 Nov 05:00, to Abadi, Lena.",
        "Sending hours: Mon-Sat 09:00-20:00, Sun 12:00-20:00, in each contact's time zone.",
    ]


@pytest.mark.parametrize(
    ("state", "first", "third"),
    [
        (SequenceState.DRAFT, "✎ draft", "Nothing is sent until it is activated."),
        (
            SequenceState.PAUSED,
            "‖ paused since Sun 1 Nov 09:00",
            "Nothing is sent until it is resumed.",
        ),
        (
            SequenceState.ARCHIVED,
            "▪ archived since Mon 2 Nov 09:00",
            "No more texts are sent.",
        ),
    ],
)
def test_a_sequence_that_sends_nothing_says_so(
    state: SequenceState, first: str, third: str
) -> None:
    shown = drawn(told(state))

    assert (shown[0], shown[2]) == (first, third)


def test_every_status_and_step_has_its_count_share_and_bar() -> None:
    shown = drawn(told())
    figures = {line[:24].strip(): line[24:].split() for line in shown if "%" in line}

    assert len(figures) == len(Status) + 3
    assert figures["◷ Pending"][:2] == ["30", "73%"]
    assert figures["✗ Failed"][:2] == ["10", "24%"]
    assert figures["⊡ Finished, stopped"] == ["0", "0%"]
    steps = [line for line in shown if line.endswith("█") and "pending" in line]
    assert "25   61%        20 pending" in steps[0]
    assert "15   37%        10 pending" in steps[1]


def test_bars_match_their_counts_and_small_counts_are_visible() -> None:
    assert [len(bar(count, 40, 20)) for count in (40, 20, 2)] == [20, 10, 1]
    assert (bar(1, 1_000, 20), bar(0, 1_000, 20), bar(0, 0, 20)) == ("▏", "", "")


@pytest.mark.parametrize("cells", [40, 76, 110])
def test_rows_of_counts_fit_the_page(cells: int) -> None:
    rows = [line for line in drawn(told(), cells) if "%" in line]

    assert rows
    assert all(cell_len(line) <= max(cells, 60) for line in rows)


def test_without_enrolled_contacts_there_are_no_shares() -> None:
    nobody = Facets({one.value: 0 for one in Status}, {}, {})
    empty = EnrollmentPage((), 0, 0, nobody, 1, "s1")
    shown = drawn(told()._replace(everybody=empty, pending=empty))

    assert "0 enrolled" in shown
    assert "No text is due." in shown
    assert not any("%" in line for line in shown)


def test_problems_and_recent_actions_are_listed() -> None:
    done = (
        operation(9, "li [b]x[/b]", undone_by=10),
        operation(8, total=500, done=20, state="cancelled"),
    )
    shown = drawn(told(findings=(WARNING,), operations=done))

    assert "1 problem found" in shown
    assert "! Step 1: It names no way out. Add STOP." in shown
    assert shown[-2].endswith("li [b]x[/b]: Finished 12 of 12, undone since")
    assert shown[-1].endswith("ana: Finished 20 of 500 (cancelled)")


# On the screen.


@asynccontextmanager
async def overview(source: Played) -> AsyncIterator[tuple[DrumbeatApp, Pilot[None]]]:
    """The Overview tab of the first sequence, loaded."""
    app = opened(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        app.action_show_tab("Overview")
        await until(pilot, lambda: isinstance(app.pages[-1], OverviewTab), "the tab opens")
        await until(pilot, lambda: page_of(app).told is not None, "it is read")
        yield app, pilot


def page_of(app: DrumbeatApp) -> OverviewTab:
    """The tab."""
    page = app.pages[-1]
    assert isinstance(page, OverviewTab)
    return page


def shown_in(app: DrumbeatApp) -> str:
    """What it shows."""
    return str(page_of(app).query_one("#lines", Static).render())


async def test_it_follows_what_happens() -> None:
    source = Played(ONE)
    source.add_rows(people(9))
    async with overview(source) as (app, pilot):
        assert "9 enrolled" in shown_in(app)
        source.add_rows(people(12))
        source.say("enrolled", 1, enrollment_id=30)
        await until(pilot, lambda: "12 enrolled" in shown_in(app), "newcomers are counted")

        source.set_state(1, SequenceState.PAUSED)
        source.say("sequence_paused", 1)
        await until(pilot, lambda: "‖ paused since" in shown_in(app), "it is paused")


async def test_only_actions_on_this_sequence_are_listed() -> None:
    source = Played(ONE)
    source.operations = [operation(9, "li", sequence_id=2), operation(8, sequence_id=1)]
    async with overview(source) as (app, _):
        assert "li:" not in shown_in(app)
        assert "ana: Finished 12 of 12" in shown_in(app)


async def test_a_lost_connection_keeps_the_last_data_and_says_so() -> None:
    source = Played(ONE)
    async with overview(source) as (app, pilot):
        source.go_away()
        await until(pilot, lambda: app.session.connection.link is Link.STALE, "it is lost")
        await until(pilot, lambda: shown_in(app).startswith("Out of date"), "it is said")
        assert "enrolled" in shown_in(app)
        source.come_back()
        await until(pilot, lambda: not shown_in(app).startswith("Out of date"), "it is back")


async def test_lines_scroll_with_the_keys_that_move_rows() -> None:
    source = Played(ONE)
    async with overview(source) as (app, pilot):
        scroll = page_of(app).query_one("VerticalScroll")
        await pilot.press("G")
        await until(pilot, lambda: scroll.scroll_offset.y > 0, "it is at its end")
        await pilot.press("g")
        await until(pilot, lambda: scroll.scroll_offset.y == 0, "it is at its beginning")

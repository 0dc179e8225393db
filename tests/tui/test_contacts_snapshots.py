"""Snapshots of the Contacts tab over the frozen demo; `make snapshots` updates them."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from common.model.enrolling import Enrollees
from tests.system.demos import Running
from tests.tui.frozen import (
    ALL_SIZES,
    SIZES,
    SPRING,
    Between,
    Compare,
    Size,
    answerable,
    look,
    matched,
    spring,
)
from tests.tui.stage import filled, until
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.screens.contacts_tab import ContactsTab
from tui.state.connection import Connection, Link
from tui.state.contacts_summary import Standing

ENDED = "-status:pending,omitted_landline"
NEW = ("+19075550163", "+19075550164")
"""Phone numbers not in the demo, where it is too early for a text."""


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection with a fixed age that does not retry."""
    monkeypatch.setattr(Connection, "age", lambda *_: 12)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 3_600.0)


@ALL_SIZES
def test_contacts(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "j", "j")
        assert (page.store.total, page.table.cursor_row) == (200, 2)

    assert look(snap_compare, size, Between(frozen), play)


@pytest.mark.parametrize("theme", ["drumbeat-dark", "drumbeat-light", "drumbeat-16"])
def test_contacts_in_colours(
    snap_compare: Compare, frozen: Running, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR")

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "space", "j", "space")
        assert (app.theme, page.chosen.marks.count) == (theme, 2)

    assert look(snap_compare, (120, 40), Between(frozen), play, theme=theme)


@SIZES
def test_searched(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "slash", *"alv")
        await matched(pilot, page, "alv")
        assert page.typing
        rows = [page.store.row(rank) for rank in range(page.store.total)]
        assert all(row is not None and "lvarez" in row.contact.last_name for row in rows)

    assert look(snap_compare, size, Between(frozen), play)


@ALL_SIZES
def test_filtered(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app)
        page.query_one("#search", Input).value = ENDED
        await matched(pilot, page, ENDED)
        await pilot.press("G")
        assert not page.typing
        assert page.table.cursor_row == page.store.total - 1

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_wrong_filter(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "slash")
        page.query_one("#search", Input).value = "status:failled"
        await until(pilot, lambda: page.reader.fault is not None, "it is told")

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_sorted(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "s", "t")
        await until(pilot, lambda: page.asked.sort == "status", "it is sorted")
        await matched(pilot, page, "")

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_nobody_matches(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "slash", *"nobody")
        await matched(pilot, page, "nobody")
        assert page.standing is Standing.NO_MATCH

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_marked(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "space", "j", "space", "slash", *"kim")
        await matched(pilot, page, "kim")
        await until(pilot, lambda: page.hidden_marks()[1], "the hidden are counted")
        assert page.chosen.marks.count == 2

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_all_are_selected(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "asterisk")
        await until(pilot, lambda: page.chosen.marks.count == 200, "all are marked")

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_a_range_is_begun(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, "v", "j", "j", "v", "j", "v")
        assert page.chosen.marks.count == 3
        assert page.under_way.startswith("range")

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_loading(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await pilot.press(*SPRING)
        await until(pilot, lambda: isinstance(app.screen, ContactsTab), "it opens")
        assert app.screen.standing is Standing.LOADING  # type: ignore[attr-defined]

    assert look(snap_compare, size, Between(frozen, "list_enrollments", "get_sequence"), play)


@SIZES
def test_stale(snap_compare: Compare, frozen: Running, size: Size) -> None:
    source = Between(frozen)

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app)
        source.cut()
        await until(pilot, lambda: app.session.connection.link is Link.STALE, "it is stale")
        assert page.tally.stale

    assert look(snap_compare, size, source, play)


@SIZES
def test_it_cannot_be_read(snap_compare: Compare, frozen: Running, size: Size) -> None:
    source = Between(frozen)

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        source.cut("it refused the connection")
        await pilot.press(*SPRING)
        await until(pilot, lambda: isinstance(app.screen, ContactsTab), "it opens")
        page = app.screen
        assert isinstance(page, ContactsTab)
        await until(pilot, lambda: page.standing is Standing.ERROR, "it is told")

    assert look(snap_compare, size, source, play)


@SIZES
def test_newcomers(snap_compare: Compare, frozen_copy: Running, size: Size) -> None:
    source = Between(frozen_copy)

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app)
        await source.enroll(page.sequence_id, Enrollees(phones=NEW))
        await until(pilot, lambda: page.store.newcomers == 2, "they are announced")

    assert look(snap_compare, size, source, play)


@SIZES
def test_what_became_of_it(snap_compare: Compare, frozen_copy: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await spring(pilot, app, *("space", "j") * 4, "x")
        await until(pilot, lambda: app.screen is not page, "it is asked")
        await answerable(pilot, app)
        await pilot.press("y")
        outcome = page.query_one("#outcome", Static)
        await until(pilot, lambda: outcome.has_class("-shown"), "it is told")
        await until(pilot, lambda: not page.reader.changes.busy, "the rows are read again")

    assert look(snap_compare, size, Between(frozen_copy), play)

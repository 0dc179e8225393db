"""Snapshots of the list of sequences over the frozen demo; `make snapshots` updates them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.system.demos import Running
from tests.system.workplace import Workplace, workplace
from tests.tui.frozen import ALL_SIZES, SIZES, Between, Compare, Size, look
from tests.tui.stage import filled, sequences_of, until
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.screens.sequences_page import Standing
from tui.state.connection import Connection, Link
from tui.widgets.sequence_table import SequenceTable


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection with a fixed age that does not retry."""
    monkeypatch.setattr(Connection, "age", lambda *_: 12)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 3_600.0)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """An empty server."""
    folder: Path = tmp_path_factory.mktemp("bare")
    with workplace(folder, datetime(2026, 4, 13, 15, tzinfo=UTC)) as running:
        yield running


@ALL_SIZES
def test_sequences(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await pilot.press("j")
        page = sequences_of(app)
        assert (page.standing, page.query_one(SequenceTable).cursor_row) == (Standing.FILLED, 1)
        assert len(page.list.shown()) == 5

    assert look(snap_compare, size, Between(frozen), play)


@pytest.mark.parametrize("theme", ["drumbeat-dark", "drumbeat-light", "drumbeat-16"])
def test_sequences_in_colours(
    snap_compare: Compare, frozen: Running, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR")

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        assert app.theme == theme

    assert look(snap_compare, (80, 24), Between(frozen), play, theme=theme)


@SIZES
def test_sequences_searched_and_sorted(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await pilot.press("s", "p", "slash", *"sp")
        assert [one.name for one in sequences_of(app).list.shown()] == ["Spring hiring 2026"]

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_no_sequence_matches(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await pilot.press("slash", *"winter")
        assert sequences_of(app).standing is Standing.NO_MATCH

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_sort_prompt(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await pilot.press("s")
        assert app.screen is not sequences_of(app)

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_no_sequences(snap_compare: Compare, bare: Workplace, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        assert sequences_of(app).standing is Standing.EMPTY

    assert look(snap_compare, size, Between(bare), play)


@SIZES
def test_loading(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await until(pilot, lambda: app.session.connection.link is Link.LIVE, "it is connected")
        assert sequences_of(app).standing is Standing.LOADING

    assert look(snap_compare, size, Between(frozen, "list_sequences"), play)


@SIZES
def test_server_away(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = sequences_of(app)
        await until(pilot, lambda: page.standing is Standing.ERROR, "it is told")
        assert app.session.connection.link is Link.AWAY

    assert look(snap_compare, size, Between(frozen, away="nothing listens there"), play)


@SIZES
def test_stale(snap_compare: Compare, frozen: Running, size: Size) -> None:
    source = Between(frozen)

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        source.cut()
        await until(pilot, lambda: app.session.connection.link is Link.STALE, "it is stale")
        assert sequences_of(app).standing is Standing.FILLED

    assert look(snap_compare, size, source, play)

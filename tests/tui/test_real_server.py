"""The screen over a real server as a process of its own: live, gone, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from common.client import Client
from tests.system.workplace import TOKEN, Workplace, workplace
from tests.tui.stage import filled, until
from tui.app import DrumbeatApp
from tui.screens.sequences import SequencesPage, Standing
from tui.state.connection import Link
from tui.state.sequence_list import Column, count

START = datetime(2026, 11, 2, 18, tzinfo=UTC)
PHONES = [f"+1202555{n:04}" for n in range(100, 110)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server on a clock that stands."""
    with workplace(tmp_path_factory.mktemp("screen"), START) as running:
        yield running


async def test_it_follows_a_server_through_its_restart(place: Workplace) -> None:
    sequence_id = place.sequence(
        "Spring hiring", ("Hi", {"minutes": 0}), ("Still there?", {"days": 2})
    )
    async with Client(place.url, TOKEN) as client:
        app = DrumbeatApp(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await filled(pilot, app)
            page = app.pages[0]
            assert isinstance(page, SequencesPage)

            def pending() -> int:
                one = page.list.get(sequence_id)
                return -1 if one is None else count(one, Column.PENDING)

            assert (app.domain_now(), pending()) == (START, 0)

            place.enroll(sequence_id, *PHONES[:4])
            await until(pilot, lambda: pending() == 4, "the counts follow")

            place.stop_server()
            await until(pilot, lambda: app.connection.link is Link.STALE, "the server is gone")

            assert (page.standing, pending()) == (Standing.FILLED, 4)

            place.start_server()
            place.enroll(sequence_id, *PHONES[4:])
            await pilot.press("R")
            await until(pilot, lambda: app.connection.link is Link.LIVE, "it is back")
            await until(pilot, lambda: pending() == 10, "the counts are those of now")

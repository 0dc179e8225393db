"""Copied commands, run by the real program against a real server."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from common.client import Client
from tests.system.conftest import Terminal
from tests.system.workplace import TOKEN, Workplace, workplace
from tests.tui.stage import filled, until
from tui.app import DrumbeatApp
from tui.screens.contact_page import ContactPage
from tui.screens.contacts_tab import ContactsTab
from tui.screens.copy_commands import CopyScreen
from tui.state.contacts_summary import Standing

START = datetime(2026, 11, 2, 18, tzinfo=UTC)
NAME = 'it\'s $(touch x) "2026" -- `id`'
PHONES = [f"+1202555{n:04}" for n in range(100, 112)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server with a stopped clock and a sequence with a hostile name."""
    with workplace(tmp_path_factory.mktemp("copying"), START) as running:
        running.import_people([f"{phone},Ann{n}" for n, phone in enumerate(PHONES)])
        sequence_id = running.sequence(NAME, ("Hi", {"minutes": 30}), ("There?", {"days": 2}))
        running.enroll(sequence_id, *PHONES)
        yield running


async def copied(pilot: Pilot[None], app: DrumbeatApp) -> list[str]:
    """The commands that `c` shows."""
    await pilot.press("c")
    await until(pilot, lambda: isinstance(app.screen, CopyScreen), "they are shown")
    screen = app.screen
    assert isinstance(screen, CopyScreen)
    lines = [one.line for one in screen.copied.commands]
    assert app.clipboard == lines[0]
    await pilot.press("escape")
    return lines


def answered(page: ContactsTab, total: int) -> bool:
    """Whether the rows answer the current query, and are that many."""
    return page.store.total == total and page.asked == page.reader.question


async def test_every_command_does_what_the_screen_shows(place: Workplace, tmp_path: Path) -> None:
    drumbeat = Terminal("tui.cli", tmp_path, DRUMBEAT_URL=place.url, DRUMBEAT_TOKEN=TOKEN)

    async with Client(place.url, TOKEN) as client:
        app = DrumbeatApp(client)
        async with app.run_test(size=(100, 30)) as pilot:
            await filled(pilot, app)
            await pilot.press("enter")
            await until(pilot, lambda: len(app.pages) == 2, "it opens")
            page = app.pages[1]
            assert isinstance(page, ContactsTab)
            await until(pilot, lambda: page.standing is Standing.FILLED, "the rows come")
            await until(pilot, lambda: page.sequence is not None, "its name is known")

            for keys, total in (((), 12), (("s", "p", "s", "p"), 12), (("slash", *"ann1"), 3)):
                await pilot.press(*keys)
                await until(pilot, partial(answered, page, total), "the list comes")
                if "slash" in keys:
                    await pilot.press("escape")
                commands = await copied(pilot, app)
                done = drumbeat(*shlex.split(commands[0])[1:], "--json")

                seen = [row.id for rank in range(total) if (row := page.store.row(rank))]
                assert [one["id"] for one in done.lines] == seen, done
                explain, show, finish, retry = (shlex.split(one)[1:] for one in commands[1:])
                under = page.table.cursor_enrollment
                assert under is not None
                assert drumbeat(*explain, "--json").json["enrollment"]["id"] == under.id
                detail = drumbeat(*show, "--json").json["contact"]
                assert detail["phone"] == under.contact.phone
                refused = drumbeat(*finish, stdin="n\n"), drumbeat(*retry, stdin="n\n")
                assert [one.code for one in refused] == [1, 1]

            await pilot.press("space", "space")
            marks = sorted(page.chosen.marks)
            _, finish_line, retry_line = await copied(pilot, app)
            tried = drumbeat(*shlex.split(retry_line)[1:], "--json", "--yes")
            assert tried.json["skipped"] == 2
            ended = drumbeat(*shlex.split(finish_line)[1:], "--json", "--yes")
            assert sorted(one["enrollment_id"] for one in ended.json["rows"]) == marks

            await pilot.press("minus", "enter")
            await until(pilot, lambda: isinstance(app.screen, ContactPage), "it opens")
            contact = app.screen
            assert isinstance(contact, ContactPage)
            contact.draft.body = "-it's $5 `now`"
            send, *rest = shlex.split((await copied(pilot, app))[-1])[1:]
            sent = drumbeat(send, "--json", "--yes", *rest)
            assert sent.json["done"] == 1, sent
            place.settle()
            texts = [one.body for one in place.log().accepted(contact.row.contact.phone)]
            assert texts == ["-it's $5 `now`"]

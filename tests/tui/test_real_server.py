"""The screen over a real server process: live, gone, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from common.client import Client
from tests.system.workplace import TOKEN, Workplace, workplace
from tests.tui.stage import filled, settled, shown, until
from tui.app import DrumbeatApp
from tui.messages import OpenSequence
from tui.screens.contact_page import ContactPage
from tui.screens.contacts_tab import ContactsTab
from tui.screens.enroll_page import EnrollPage
from tui.screens.import_page import ImportPage
from tui.screens.sequences_page import SequencesPage, Standing
from tui.screens.step_editor import StepEditor
from tui.screens.steps_tab import StepsTab
from tui.state.connection import Link
from tui.state.sequence_list import Column, count
from tui.widgets import confirm
from tui.widgets.confirm import ConfirmScreen

START = datetime(2026, 11, 2, 18, tzinfo=UTC)
PHONES = [f"+1202555{n:04}" for n in range(100, 110)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server with a stopped clock."""
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

            assert (app.session.domain_now(), pending()) == (START, 0)

            place.enroll(sequence_id, *PHONES[:4])
            await until(pilot, lambda: pending() == 4, "the counts follow")

            place.stop_server()
            await until(
                pilot, lambda: app.session.connection.link is Link.STALE, "the server is gone"
            )

            assert (page.standing, pending()) == (Standing.FILLED, 4)

            place.start_server()
            place.enroll(sequence_id, *PHONES[4:])
            await pilot.press("R")
            await until(pilot, lambda: app.session.connection.link is Link.LIVE, "it is back")
            await until(pilot, lambda: pending() == 10, "the counts are those of now")


PEOPLE = f"""phone,first_name,last_name,line type
{PHONES[0]},Lena,Abadi,
(202) 555-0111,Sam,Okafor,landline
12345,Bad,Number,
(202) 555-0111,Sam,Again,
+1 202 555 0112,"[b]Eve[/b]",x,
+1 202 555 0113,Ana,Opted-Out,
"""


async def test_a_file_is_imported_and_enrolled_as_the_dry_run_said(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    sequence_id = place.sequence("A file", ("Hi", {"minutes": 0}), ("Still there?", {"days": 2}))
    place.post("/suppressions", {"phone": "+12025550113"}, 201)
    place.enroll(sequence_id, PHONES[0])
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE, encoding="utf-8")

    async with Client(place.url, TOKEN) as client:
        app = DrumbeatApp(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await filled(pilot, app)
            await pilot.press("enter")
            await until(pilot, lambda: len(app.pages) == 2, "the first sequence opens")
            await pilot.press("E", "f", *str(file), "enter")
            report = await settled(pilot, app, ImportPage)

            assert report.told[2:8] == [
                "6 rows in the file. Importing gives:",
                "          3 new",
                "          1 existing, empty fields filled",
                "          0 existing, unchanged",
                "          1 duplicate: an earlier row has the same number",
                "          1 rejected",
            ]
            assert place.get("/groups")["total"] == 0
            assert place.get("/contacts", q="0112")["total"] == 0

            await confirmed(pilot, app)
            page = await settled(pilot, app, EnrollPage)
            figures = [
                "          1 ◷ Pending",
                "          1 ⊖ Omitted Opted Out",
                "          1 ⌂ Omitted Landline",
                "          1 skipped: already pending",
            ]
            assert page.told[2] == "3 of 4 contacts would be enrolled"
            assert sorted(page.told[3:7]) == sorted(figures)
            (group,) = place.get("/groups")["items"]
            assert (group["name"], group["members"]) == ("people", 4)
            assert place.get(f"/sequences/{sequence_id}/enrollments")["total"] == 1

            await confirmed(pilot, app)
            await until(pilot, lambda: page.done, "they are enrolled")
            assert page.told[2] == "3 of 4 contacts enrolled"
            assert sorted(page.told[3:7]) == sorted(figures)

            await pilot.press("escape")
            tab = app.pages[1]
            assert isinstance(tab, ContactsTab)
            await until(pilot, lambda: tab.store.total == 4, "they show by themselves")

    status = {
        phone: (one["status"], one["contact"]["first_name"])
        for phone, one in place.enrollments(sequence_id).items()
    }
    assert status == {
        PHONES[0]: ("pending", "Lena"),
        "+12025550111": ("omitted_landline", "Sam"),
        "+12025550112": ("pending", "[b]Eve[/b]"),
        "+12025550113": ("omitted_opted_out", "Ana"),
    }


async def confirmed(pilot: Pilot[None], app: DrumbeatApp) -> None:
    """Continue, and confirm."""
    await pilot.press("enter")
    screen = await shown(pilot, app, ConfirmScreen)
    await until(pilot, lambda: screen._opens_at is not None, "it is painted")
    await until(pilot, lambda: time.monotonic() > (screen._opens_at or 0), "keys count")
    await pilot.press("y")


async def on_steps(pilot: Pilot[None], app: DrumbeatApp, sequence_id: int) -> StepsTab:
    """The Steps tab of a sequence, loaded."""
    await filled(pilot, app)
    app.pages[0].post_message(OpenSequence(sequence_id, tab="Steps"))
    await until(pilot, lambda: isinstance(app.screen, StepsTab), "the tab is shown")
    page = app.screen
    assert isinstance(page, StepsTab)
    await until(pilot, lambda: page.draft is not None, "the steps come")
    return page


async def write_step(pilot: Pilot[None], app: DrumbeatApp, text: str, *keys: str) -> None:
    """Add a step after the one under the cursor."""
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, StepEditor), "the editor opens")
    await pilot.press(*text, *keys, "ctrl+s")
    await until(pilot, lambda: isinstance(app.screen, StepsTab), "it is closed")


async def saved_as(pilot: Pilot[None], page: StepsTab, version: int) -> None:
    """Save, and wait for the version."""
    await pilot.press("w")
    await until(
        pilot,
        lambda: (
            page.app.screen is not page
            or (page.draft is not None and page.draft.base.version == version)
        ),
        "it is asked, or saved",
    )
    if page.app.screen is not page:
        assert isinstance(page.app.screen, ConfirmScreen)
        await pilot.pause(0.05)
        await pilot.press("y")
    await until(
        pilot,
        lambda: page.draft is not None and page.draft.base.version == version,
        f"it is at version {version}",
    )
    assert page.draft is not None
    assert (page.draft.changed, page.draft.newer) == (False, None)


async def test_steps_are_written_saved_and_changed_while_people_wait_for_them(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    made = place.post("/sequences", {"name": "Written here", "steps": []}, 201)
    path = f"/sequences/{made['id']}"
    async with Client(place.url, TOKEN) as client:
        app = DrumbeatApp(client)
        async with app.run_test(size=(80, 24)) as pilot:
            page = await on_steps(pilot, app, made["id"])
            await until(pilot, lambda: bool(page.findings), "the server says what is missing")
            assert page.findings[0].code == "no_steps"

            await write_step(pilot, app, "Hi, Ana from Acme. Reply STOP to opt out.")
            await write_step(pilot, app, "Still there?", "tab", "2")
            await saved_as(pilot, page, 2)
            steps = place.get(path)["steps"]
            assert [(one["body"], one["delay"]) for one in steps] == [
                (
                    "Hi, Ana from Acme. Reply STOP to opt out.",
                    {"days": 0, "hours": 0, "minutes": 0},
                ),
                ("Still there?", {"days": 2, "hours": 0, "minutes": 0}),
            ]

            place.post(f"{path}/activate")
            place.enroll(made["id"], "+12025550120", "+12025550121")
            place.settle()
            due = {row["due_at"] for row in place.enrollments(made["id"]).values()}
            await until(
                pilot,
                lambda: page.waiting is not None and page.waiting.get("2") == 2,
                "both wait for step 2",
            )
            await pilot.press("G", "enter")
            await until(pilot, lambda: isinstance(app.screen, StepEditor), "the editor opens")
            await pilot.press("!", "tab", "3", "ctrl+s", "w")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "it is asked")
            asked = app.screen
            assert isinstance(asked, ConfirmScreen)
            assert asked.proposal.effects[:3] == (
                "2 pending: they will use version 3.",
                "2 get a different next text, or get it at a different time.",
                "Step 2 has a new text: 2 will get it, 0 are past it.",
            )
            assert {row["due_at"] for row in place.enrollments(made["id"]).values()} == due
            await pilot.press("n")
            await until(pilot, lambda: app.screen is page, "it is not done yet")

            version = place.get(path)["version"]
            await saved_as(pilot, page, version + 1)
            later = {row["due_at"] for row in place.enrollments(made["id"]).values()}
            assert len(later) == 1
            assert later != due
            after = place.get(path)["steps"]
            assert [one["id"] for one in after] == [one["id"] for one in steps]
            assert after[1]["body"] == "Still there?!"


async def test_a_scheduled_step_is_written_and_changed_again(place: Workplace) -> None:
    made = place.post("/sequences", {"name": "On a day", "kind": "scheduled"}, 201)
    async with Client(place.url, TOKEN) as client:
        app = DrumbeatApp(client)
        async with app.run_test(size=(80, 24)) as pilot:
            page = await on_steps(pilot, app, made["id"])
            await write_step(pilot, app, "Doors open.", "tab", *"2026-12-01", "tab", *"9:30")
            await saved_as(pilot, page, 2)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, StepEditor), "the editor opens")
            await pilot.press("tab", *"2026-12-02", "ctrl+s")
            await saved_as(pilot, page, 3)

    (step,) = place.get(f"/sequences/{made['id']}/steps")
    assert (step["at"], step["local"]) == ("2026-12-02T09:30:00", True)


async def test_a_reply_from_the_screen_arrives_once_and_shows_its_delivery(
    place: Workplace,
) -> None:
    phone = "+12025550159"
    place.import_people([f"{phone},Lena"])
    sequence_id = place.sequence("0 Answering", ("Hi", {"minutes": 30}))
    place.enroll(sequence_id, phone)
    async with Client(place.url, TOKEN) as client:
        app = DrumbeatApp(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await filled(pilot, app)
            await pilot.press("enter")
            await until(pilot, lambda: len(app.pages) == 2, "it opens")
            tab = app.pages[1]
            assert isinstance(tab, ContactsTab)
            await until(pilot, lambda: tab.table.cursor_enrollment is not None, "the row comes")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ContactPage), "it opens")
            page = app.screen
            assert isinstance(page, ContactPage)
            await pilot.press("r")
            await until(pilot, lambda: page.box is not None and page.box.has_focus_within, "a box")
            await pilot.press(*"Hi ", *"there")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "it is asked")
            await pilot.pause(0.4)
            await pilot.press("y")
            await until(pilot, lambda: page.box is None, "the server has it")
            place.advance(minutes=5)

            handed = [one.body for one in place.log().handed(phone)]
            assert handed == ["Hi there"]
            await until(
                pilot,
                lambda: any("direct by admin · delivered" in line for line in page.scrolled.told),
                "its result shows",
            )

"""A sequence on the screen, over a real server: created, activated, paused, resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from common.client import Client
from common.vocabulary import ResumeMode, SequenceState
from tests.system.workplace import TOKEN, Workplace, workplace
from tests.tui.stage import filled, until
from tui.app import DrumbeatApp
from tui.flows.setting import SettingScreen
from tui.screens.new_sequence_page import NewSequencePage
from tui.screens.page import Page
from tui.screens.steps_tab import StepsTab
from tui.state.settings import Setting
from tui.widgets import confirm
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.setting_list import SettingList

START: Final = datetime(2026, 11, 2, 18, tzinfo=UTC)
"""A Monday; 13:00 in Washington, whose numbers are texted."""
PAUSE: Final = timedelta(days=3)
DAYS: Final = timedelta(days=2)
"""From each step to the next."""
STEPS: Final = [
    {"body": "Ana from Acme. Still looking for work? Reply STOP to opt out.", "delay": {}},
    {"body": "We have two openings near you.", "delay": {"days": 2}},
    {"body": "Last call.", "delay": {"days": 2}},
]


class Fate(NamedTuple):
    """What happens to the second step, which becomes due while the sequence is paused.

    `texts` were sent when it was resumed; then the next step, and its time after enrolling.
    """

    texts: int
    step: int
    after: timedelta


FATES: Final = {
    ResumeMode.SHIFT: Fate(1, 2, DAYS + PAUSE),
    ResumeMode.KEEP_GAPS: Fate(2, 3, PAUSE + DAYS),
    ResumeMode.SKIP: Fate(1, 3, DAYS + DAYS),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server with a stopped clock."""
    with workplace(tmp_path_factory.mktemp("life"), START) as running:
        yield running


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Confirm without waiting long."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)


async def shown(pilot: Pilot[None], kind: type[Any], *keys: str) -> Any:
    """Type keys, and wait for a screen."""
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), f"{kind.__name__} is shown")
    return pilot.app.screen


async def confirmed(pilot: Pilot[None], state: SequenceState, *keys: str) -> None:
    """Type keys, confirm, and wait until the page shows the state."""
    screen = await shown(pilot, ConfirmScreen, *keys)
    await until(pilot, lambda: screen._opens_at is not None, "it is painted")
    await asyncio.sleep(0.05)
    page = await shown(pilot, Page, "y")
    await until(pilot, lambda: page.subject.state is state, f"it is {state}")


async def new_sequence(pilot: Pilot[None], name: str) -> StepsTab:
    """Create one with `n`, with sending hours on every day."""
    await shown(pilot, SettingScreen, "n")
    page = await shown(pilot, NewSequencePage, *name, "enter")
    page.query_one(SettingList).go_to(Setting.WINDOW)
    screen = await shown(pilot, SettingScreen, "enter")
    screen.query_one(Input).value = "daily 9:00-20:00"
    await shown(pilot, NewSequencePage, "enter")
    tab = await shown(pilot, StepsTab, "w")
    await until(pilot, lambda: tab.subject is not None, "it is read")
    assert isinstance(tab, StepsTab)
    return tab


@pytest.mark.parametrize("mode", ResumeMode)
async def test_a_sequence_is_created_activated_paused_and_resumed(
    place: Workplace, mode: ResumeMode
) -> None:
    phone = f"+1202555011{[*ResumeMode].index(mode)}"
    async with Client(place.url, TOKEN) as client:
        app = DrumbeatApp(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await filled(pilot, app)
            tab = await new_sequence(pilot, f"Life {mode}")
            ident = tab.sequence_id
            written = {
                "name": f"Life {mode}",
                "window": {"days": "daily", "from": "09:00", "to": "20:00"},
                "steps": STEPS,
            }
            answer = place.api.put(f"/sequences/{ident}", json=written)
            assert answer.status_code == httpx.codes.OK, answer.text
            assert answer.json()["differences"][0]["field"].startswith("steps"), answer.text

            await confirmed(pilot, SequenceState.ACTIVE, "A")
            place.enroll(ident, phone)
            place.settle()
            enrolled = place.now
            await confirmed(pilot, SequenceState.PAUSED, "P")
            place.advance(seconds=PAUSE.total_seconds())
            assert len(place.log().accepted(phone)) == 1

            await shown(pilot, ChoiceScreen, "P")
            downs = ["down"] * [*ResumeMode].index(mode)
            await confirmed(pilot, SequenceState.ACTIVE, *downs, "enter")
            place.settle()

    row = place.enrollment(ident, phone)
    told = Fate(
        len(place.log().accepted(phone)),
        row["step"],
        datetime.fromisoformat(row["due_at"]) - enrolled,
    )
    assert told == FATES[mode]
    assert place.complaints() == []

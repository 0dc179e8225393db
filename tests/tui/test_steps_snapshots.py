"""Snapshots of the Steps tab and its screens at 80×24 and 120×40."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from textual.pilot import Pilot

from common.model.sequences import Finding, Severity
from common.vocabulary import SequenceState
from tests.tui.stage import Played, opened
from tests.tui.test_steps_tab import ERROR, WARNING
from tests.tui.writing import Stage, open_steps, played
from tests.tui.written import OPENINGS, step
from tui.screens.preview import PreviewScreen
from tui.screens.step_editor import StepEditor
from tui.state.connection import DomainClock
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen

Compare = Callable[..., bool]
Play = Callable[[Stage], Awaitable[None]]

SIZES: Final = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "large"])
HOSTILE: Final = "Hi [b]{{ first_name }}[/b], “now” — or never?\nAna \U0001f44b"


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped server clock."""
    monkeypatch.setattr(DomainClock, "now", lambda clock, _: clock.told)


def look(compare: Compare, size: tuple[int, int], source: Played, play: Play) -> bool:
    """Compare the screen once the test has prepared it."""
    app = opened(source)

    async def before(pilot: Pilot[None]) -> None:
        one = Stage(source, app, pilot)
        await open_steps(one)
        await play(one)
        await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


@SIZES
def test_steps(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(tab: Stage) -> None:
        await tab.press("j")
        assert tab.page.table.place == 1
        assert len(tab.draft.steps) == 3

    assert look(snap_compare, size, played(), play)


@SIZES
def test_no_steps(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = played(SequenceState.DRAFT, steps=0)
    source.findings = [
        Finding(Severity.ERROR, "no_steps", None, "steps", "There is no step.", "Add a text.")
    ]

    async def play(tab: Stage) -> None:
        await tab.until(lambda: len(tab.page.findings) == 1, "it is checked")
        assert not tab.draft.steps

    assert look(snap_compare, size, source, play)


@SIZES
def test_steps_with_findings(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = played()
    source.findings = [ERROR, WARNING]

    async def play(tab: Stage) -> None:
        await tab.press("j")
        await tab.until(lambda: "Step 2: It says" in tab.part("#detail"), "it is checked")

    assert look(snap_compare, size, source, play)


@SIZES
def test_changed_steps(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(tab: Stage) -> None:
        await tab.press("d", "J", "G", "X", "g")
        await tab.until(lambda: not tab.page.unchecked, "it is checked")
        assert [one.id for one in tab.draft.steps] == [11, 12, None]
        assert tab.draft.changed

    assert look(snap_compare, size, played(), play)


@SIZES
def test_newer_steps_of_somebody_else(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(tab: Stage) -> None:
        await tab.press("X")
        tab.source.save(1, late_hours=3)
        await tab.press("w")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is offered")
        assert tab.draft.newer is not None

    assert look(snap_compare, size, played(), play)


@SIZES
def test_step_editor(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = played()
    source.fields[1] = {"steps": (step(11, 1, HOSTILE, days=1, hours=2),), "version": 3}
    source.findings = [
        Finding(Severity.WARNING, "x", 1, "steps[0].body", "It does not say how to opt out.", "End"
                " it with: Reply STOP to opt out.")
    ]  # fmt: skip

    async def play(tab: Stage) -> None:
        await tab.edit()
        await tab.until(lambda: "For Abadi, Lena (sample)" in tab.part("#shown"), "it is shown")
        assert "opt out" in tab.part("#shown")
        assert isinstance(tab.app.screen, StepEditor)
        assert not tab.draft.changed

    assert look(snap_compare, size, source, play)


@SIZES
def test_preview(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = played()
    steps = (step(11, 1, HOSTILE), step(12, 2, OPENINGS, days=2), step(13, 3, "{{ first_name }}"))
    source.fields[1] = {"steps": steps, "version": 3}

    async def play(tab: Stage) -> None:
        await tab.press("p")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "the choice is open")
        await tab.press(*"nameless")
        screen = tab.app.screen
        assert isinstance(screen, ChoiceScreen)
        await tab.until(lambda: len(screen.left) == 2, "a contact is found")
        await tab.press("enter")
        await tab.until(lambda: "has no first_name" in tab.part("#texts"), "it is shown")
        assert isinstance(tab.app.screen, PreviewScreen)

    assert look(snap_compare, size, source, play)


@SIZES
def test_confirm_of_save(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = played()
    source.moves, source.ends = 31_007, 2

    async def play(tab: Stage) -> None:
        await tab.press("d", "G", "X", "w")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
        assert "31,007 get a different next text" in tab.asked
        assert source.replaced == []

    assert look(snap_compare, size, source, play)

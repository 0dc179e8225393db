"""The chosen colours are remembered; a file that cannot be used is told and ends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.stage import THREE, Played, filled, toasts
from tui.app import DrumbeatApp
from tui.preferences import PreferencesWrong, keep_theme, read_theme
from tui.theme import DARK, LIGHT, SIXTEEN

KNOWN = (DARK, LIGHT, SIXTEEN)


@pytest.fixture(autouse=True)
def coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")


async def shown(path: Path, *actions: str) -> tuple[str, list[str]]:
    """The theme of a screen after some actions, and what it told."""
    app = DrumbeatApp(Played(*THREE), None, path)
    async with app.run_test() as pilot:
        await filled(pilot, app)
        for action in actions:
            await app.run_action(action)
        await pilot.pause()
        return app.theme, toasts(app)


async def test_the_colours_that_were_chosen_are_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "new" / "screen.toml"
    await shown(path, f"colours('{LIGHT}')")

    assert await shown(path) == (LIGHT, [])


async def test_without_a_choice_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "screen.toml"
    await shown(path)

    assert read_theme(path, KNOWN) is None


async def test_who_wants_no_colours_gets_none_whatever_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_theme(tmp_path / "screen.toml", LIGHT)
    monkeypatch.setenv("NO_COLOR", "1")

    assert (await shown(tmp_path / "screen.toml"))[0] == SIXTEEN


@pytest.mark.parametrize("text", ["theme = ", "theme = 3", "theme = 'pink'", "\x00"])
async def test_a_file_that_cannot_be_used_is_told_and_ends_nothing(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "screen.toml"
    path.write_text(text)
    theme, told = await shown(path)

    assert theme == DARK
    assert len(told) == 1
    assert str(path) in told[0]
    with pytest.raises(PreferencesWrong):
        read_theme(path, KNOWN)


async def test_what_cannot_be_written_is_told_and_the_colours_change(tmp_path: Path) -> None:
    path = tmp_path / "a file" / "screen.toml"
    path.parent.write_text("in the way")
    theme, told = await shown(path, f"colours('{LIGHT}')")

    assert theme == LIGHT
    assert any("The theme is not remembered" in one for one in told)

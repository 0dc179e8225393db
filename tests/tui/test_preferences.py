"""The chosen theme is saved; an invalid file is reported and the screen goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.stage import THREE, Played, filled, toasts
from tui.app import DrumbeatApp
from tui.theme import DARK, LIGHT, SIXTEEN, PreferencesWrong, keep_theme, read_theme

KNOWN = (DARK, LIGHT, SIXTEEN)


@pytest.fixture(autouse=True)
def coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")


async def shown(path: Path, *actions: str) -> tuple[str, list[str]]:
    """The theme of a screen after some actions, and its messages."""
    app = DrumbeatApp(Played(*THREE), None, path)
    async with app.run_test() as pilot:
        await filled(pilot, app)
        for action in actions:
            await app.run_action(action)
        await pilot.pause()
        return app.theme, toasts(app)


async def test_the_chosen_theme_is_used_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "new" / "screen.toml"
    await shown(path, f"colours('{LIGHT}')")

    assert await shown(path) == (LIGHT, [])


async def test_without_a_choice_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "screen.toml"
    await shown(path)

    assert read_theme(path, KNOWN) is None


async def test_no_color_overrides_the_chosen_theme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_theme(tmp_path / "screen.toml", LIGHT)
    monkeypatch.setenv("NO_COLOR", "1")

    assert (await shown(tmp_path / "screen.toml"))[0] == SIXTEEN


@pytest.mark.parametrize("text", ["theme = ", "theme = 3", "theme = 'pink'", "\x00"])
async def test_an_invalid_file_is_reported_and_the_screen_goes_on(
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


async def test_an_unwritable_file_is_reported_and_the_theme_still_changes(tmp_path: Path) -> None:
    path = tmp_path / "a file" / "screen.toml"
    path.parent.write_text("in the way")
    theme, told = await shown(path, f"colours('{LIGHT}')")

    assert theme == LIGHT
    assert any("The theme is not remembered" in one for one in told)

"""The pictures in the documentation match the screen; `make snapshots` updates them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, cast

import pytest
from textual._doc import take_svg_screenshot
from textual.pilot import Pilot

from common.client import Client
from tests.system.conftest import ROOT
from tests.system.demos import Running
from tests.tui.frozen import Between, FrozenApp, spring
from tui.theme import DARK

CONTACTS: Final = ROOT / "docs" / "contacts.svg"
SIZE: Final = (110, 30)
_NUMBER: Final = re.compile(r"\bterminal-\d+-")
"""Another one each time."""
_FONTS: Final = re.compile(r"\s*@font-face \{[^}]*\}")
"""A picture downloads nothing; it uses the installed fonts."""


def picture(running: Running) -> str:
    """The Contacts tab of the frozen demo with three selected rows, in the dark theme."""
    app = FrozenApp(cast("Client", Between(running)))
    app.theme = DARK

    async def play(pilot: Pilot[None]) -> None:
        page = await spring(pilot, app, "j", "space", "j", "space", "space")
        assert page.chosen.marks.count == 3

    svg = take_svg_screenshot(app, terminal_size=SIZE, run_before=play)
    return _FONTS.sub("", _NUMBER.sub("terminal-", svg))


def test_the_contacts_tab(
    frozen: Running, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.delenv("NO_COLOR")
    shown = picture(frozen)
    if request.config.getoption("update_snapshots"):
        CONTACTS.write_text(shown, encoding="utf-8")

    assert CONTACTS.read_text(encoding="utf-8") == shown
    assert "https" not in shown.replace("https://www.textualize.io", "")


def test_the_readme_shows_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = readme.partition("\n## ")[0]
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", first)

    assert [Path(ROOT / one) for one in shown] == [CONTACTS]
    assert "\n    make demo\n" in readme
    assert "\n    make test\n" in readme

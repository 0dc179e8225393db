"""A walk through the whole demo on a real terminal, and what is left when that closes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.terminal.emulator import AS_FOUND
from tests.terminal.pseudo import Terminal, terminal
from tests.tui.stage import PATIENCE

ASKED = 0.4
"""Real seconds after which a dialog accepts keys."""


@contextmanager
def demo(cache: Path, folder: Path, *words: str) -> Iterator[Terminal]:
    """`drumbeat demo` on a terminal; its temporary files are in the folder."""
    environment = {
        "XDG_CACHE_HOME": str(cache),
        "TMPDIR": str(folder),
        "DRUMBEAT_PROFILE_DIR": str(folder / "profile"),
    }
    with terminal("-m", "tui.cli", "demo", *words, environment=environment) as shown:
        yield shown


def sure(shown: Terminal, outcome: str) -> None:
    """Confirm the dialog, and wait for the outcome."""
    shown.shows("y confirm")
    shown.rests(ASKED)
    shown.type("y")
    shown.shows(outcome)


def folders(folder: Path) -> list[Path]:
    return list(folder.glob("drumbeat-demo-*"))


def test_a_walk_through_the_demo(frozen_cache: Path, tmp_path: Path) -> None:
    with demo(frozen_cache, tmp_path, "--frozen") as shown:
        shown.shows("● live", "5 sequences", "▸ Checkup reminders")
        shown.type("jj\r")
        shown.shows("200 enrolled · 200 match", "▸[ ] Abadi, Yara")

        shown.type("/alv")
        shown.shows("4 match", "Álvarez, Elena")
        shown.type("\r")
        shown.shows("space select")
        shown.type("\x1b")
        shown.shows("200 match")

        shown.type("f")
        shown.shows("Filter by", "t status")
        shown.type("t")
        shown.shows("Status:", "⊖ Omitted Opted Out")
        shown.type("j\r")
        shown.shows("Status Pending", "127 match")

        shown.type("g  ")
        shown.shows("2 selected")

        shown.type("a")
        shown.shows("Add 2 contacts to which group?", "Bay Area")
        shown.type("Bay\r")
        sure(shown, "Added to the group: 2 of 2")
        shown.type("\x1b")
        shown.hides("Added to the group")

        shown.type("m")
        shown.shows("Send to 2 contacts", "ctrl+s review and send")
        shown.type("Good morning")
        shown.shows("12 characters", "Good morning")
        shown.type("\x13")
        sure(shown, "Sent 1 of 2")
        shown.shows("1 skipped: ")
        shown.type("\x1b")
        shown.hides("Sent 1 of 2")

        shown.type("x")
        shown.shows("Mark as finished: 2 contacts")
        sure(shown, "Finished 2 of 2")
        shown.shows("⊡ Finished, stopped")

        shown.type("u")
        shown.shows("Undo your last action?")
        sure(shown, "Undone")
        shown.hides("⊡ Finished, stopped")

        shown.type("-\x1b")
        shown.hides("Undone")
        shown.hides("selected")
        shown.type("\x1b")
        shown.shows("200 match")
        shown.type("gjj")
        shown.shows("▸[ ] Abbott, Maya")
        shown.type("t")
        sure(shown, "Retried 1 of 1")

        shown.type("\x1b")
        shown.hides("Retried")
        shown.type("g\r")
        shown.shows("+1 415 555 0122", "→ step 1")
        shown.type("e")
        shown.shows("ana undid the finish, 2026-04-13 08:00 PDT.")
        shown.type("\x1b")
        shown.hides("ana undid the finish, 2026-04-13 08:00 PDT.")
        shown.type("\x1b")
        shown.shows("200 enrolled")

        shown.type(" q")
        shown.shows("Quit?", "You will lose: 1 selected.")
        shown.rests(ASKED)
        shown.type("y")

        assert shown.ends() == 0, shown.text
        assert shown.screen.modes == AS_FOUND
        assert shown.screen.strange == []
    assert folders(tmp_path) == []


def test_a_demo_ends_with_its_terminal(tmp_path: Path) -> None:
    with demo(tmp_path / "cache", tmp_path, "--people", "20") as shown:
        shown.until(lambda: "Creating 20 people" in shown.text, "it says why it takes a while")
        shown.shows("● live", "Spring hiring 2026")
        shown.type("jj\r")
        shown.shows("20 enrolled")
        shown.shows("1 new, press R")
        assert len(folders(tmp_path)) == 1

        shown.hang_up()
        shown.process.wait(PATIENCE)
    assert folders(tmp_path) == []

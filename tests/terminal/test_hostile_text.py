"""Hostile names, texts and errors from a real server are cleaned everywhere.

The program's output is compared with a grammar of what it may write (`Emulator.strange`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.system.workplace import TOKEN, Workplace, workplace
from tests.terminal.hostile import CODES
from tests.terminal.pseudo import LARGE, SMALL, Terminal, terminal

START = datetime(2026, 11, 2, 18, tzinfo=UTC)
WORST = "".join(CODES[one] for one in ("markup", "clipboard", "link", "c1", "bell", "breaks"))
NAME = f"Q{WORST}{CODES['override']}{CODES['family']}"[:100]
FORBIDDEN = (b"\x1b]52", b"\x1b]8;", b"\x1b]0;", b"\xc2\x9b", b"\xe2\x80\xae", b"\xe2\x81\xa6")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server where every name and text is hostile."""
    with workplace(tmp_path_factory.mktemp("hostile"), START) as running:
        fill(running)
        yield running


def fill(place: Workplace) -> None:
    """Write to the database what the API refuses: the screen trusts no server."""
    phones = [f"+1202555{n:04}" for n in range(100, 100 + len(CODES))]
    made = place.sequence("Q", ("Hi. Reply STOP to end", {"minutes": 0}), ("So?", {"days": 2}))
    place.post("/groups", {"name": "Q"}, 201)
    place.enroll(made, *phones)
    place.settle()
    place.text_from(phones[0], "I reply")
    place.stop_server()
    with closing(sqlite3.connect(place.path)) as raw, raw:
        for phone, name in zip(phones, CODES.values(), strict=True):
            raw.execute(
                "UPDATE contacts SET first_name = ?, last_name = ? WHERE phone = ?",
                (name, name, phone),
            )
        for table in ("sequences", "groups", "operators"):
            raw.execute(f"UPDATE {table} SET name = ?", (NAME,))
        raw.execute("UPDATE messages SET body = ?, code = ?", (WORST, WORST))
        raw.execute("UPDATE steps SET body = ?", (WORST,))
        raw.execute("UPDATE enrollments SET hold_detail = ?", (WORST,))
    place.start_server()


def look(shown: Terminal) -> None:
    """Wait for the output, and check that it is clean."""
    shown.rests(0.15)
    assert shown.process.poll() is None, shown.text
    assert shown.screen.strange == [], shown.text
    assert "Unexpected" not in shown.text, shown.text
    assert [one for one in FORBIDDEN if one in shown.raw] == []


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_nothing_from_outside_reaches_the_terminal(
    place: Workplace, size: tuple[int, int], tmp_path: Path
) -> None:
    environment = {
        "DRUMBEAT_URL": place.url,
        "DRUMBEAT_TOKEN": TOKEN,
        "DRUMBEAT_PROFILE_DIR": str(tmp_path),
    }
    with terminal("-m", "tui.cli", size=size, environment=environment) as shown:
        shown.shows("Qa [/b] c", "● live")
        look(shown)
        for keys in ("?", "\x1b", ":", "\x1b", "/q", "\x1b", "\x1b", "s", "\x1b"):
            shown.type(keys)
            look(shown)
        shown.type("\r")
        shown.shows("e␛[31;5mred")
        look(shown)
        assert_aligned(shown)
        shown.type("G")
        look(shown)
        assert_aligned(shown)
        walk(shown)
        reply(shown)
        enroll(shown, tmp_path)
        act(shown)
        shown.type("\x11")
        shown.until(lambda: shown.process.poll() is not None or "y confirm" in shown.text, "quits")


def walk(shown: Terminal) -> None:
    """Open everything that a row, a dropdown and a tab offer."""
    around = ("?", "\x1b", ":", "\x1b", "fb", "\x1b", "ft", "\x1b", "fs", "\x1b", "s", "\x1b")
    for keys in ("g", *around):
        shown.type(keys)
        look(shown)
    for row in range(len(CODES) if shown.screen.rows == SMALL[1] else 4):
        shown.type("\r")
        look(shown)
        if row < 3:
            for keys in ("e", "?", "\x1b", ":", "\x1b"):
                shown.type(keys)
                look(shown)
        for _ in range(2 if row < 3 else 1):  # the explanation first, then the page
            shown.type("\x1b")
            look(shown)
        shown.until(lambda: "▸[" in shown.text, "the rows again")
        shown.type("j")
    for opening in ("a", "m", "t", "x"):
        shown.type("g" + opening)
        look(shown)
        shown.type("Hi {{ first_name }}" if opening == "m" else "")
        look(shown)
        shown.type("\x1b")
        look(shown)
    shown.until(lambda: "▸[" in shown.text, "the rows again")
    for _ in range(4):
        shown.type("]")
        look(shown)
    for _ in range(4):
        shown.type("[")
        look(shown)


def reply(shown: Terminal) -> None:
    """Write a reply with its preview, and keep the draft."""
    shown.type("g\r")
    look(shown)
    shown.type("r")
    shown.shows("Reply")
    shown.type("Hi {{ first_name }}")
    look(shown)
    shown.type("\x1b")
    look(shown)
    shown.type("\x1b")
    shown.until(lambda: "▸[" in shown.text, "the rows again")


def enroll(shown: Terminal, folder: Path) -> None:
    """Select contacts, groups, and a file with a hostile name and cells."""
    shown.type("Ec")
    shown.shows("Enroll in Qa [/b] c")
    look(shown)
    shown.type(" ")
    look(shown)
    shown.type("-\x1b")
    shown.until(lambda: "▸[" in shown.text and "fewer" not in shown.text, "the rows again")
    shown.type("Eg")
    look(shown)
    shown.type("\x1b")
    look(shown)
    rows = [f'"{name.replace(chr(34), "")}",{name!r}' for name in CODES.values()]
    (folder / f"Q [b] {CODES['wide']} {CODES['right to left']}.csv").write_text(
        "\n".join(["phone,first_name", *rows, f'+1 202 555 0190,"{CODES["clipboard"]}"']),
        encoding="utf-8",
    )
    shown.type("Ef")
    look(shown)
    shown.type(f"{folder}/Q\t")
    look(shown)
    shown.type("\r")
    shown.shows("rejected")
    look(shown)
    shown.type("\x1b")
    look(shown)


def act(shown: Terminal) -> None:
    """Add a contact to a group, and see the outcome."""
    shown.shows("▸[")
    shown.type("ga")
    shown.shows("Add 1 contact to which group?")
    shown.type("\r")
    shown.shows("y confirm")
    look(shown)
    shown.rests(0.5)
    shown.type("y")
    shown.shows("Added to the group")
    look(shown)
    shown.type("\x1b")
    look(shown)


def assert_aligned(shown: Terminal) -> None:
    """The phone number of every row starts in the same cell."""
    rows = [y for y, line in enumerate(shown.lines) if "+1 202 555 " in line]
    assert len(rows) > 10
    assert len({shown.column_of(y, "+1 202 555 ") for y in rows}) == 1, shown.text

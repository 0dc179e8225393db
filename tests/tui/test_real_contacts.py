"""The Contacts tab over a real server: queries, live updates, disconnects, and conflicts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count, product
from typing import Any, Final, cast

import httpx
import pytest
from textual.widgets import Input, Static

from common.client import Client
from common.vocabulary import STATUS_LABELS
from tests.system.workplace import TOKEN, Item, Workplace, workplace
from tests.tui.stage import filled, shown, until
from tests.tui.test_contacts_tab import Stage
from tui.app import DrumbeatApp
from tui.messages import OpenSequence
from tui.state.connection import Link
from tui.widgets import confirm
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.filter_bar import ANY

START: Final = datetime(2026, 11, 2, 18, tzinfo=UTC)
"""A Monday, ten in the morning in Los Angeles."""
NAMES: Final = (
    "Lena Abadi", "Sam Okafor", "Ana Abbott", "Sam Abel", "Kenji Ito", "Rosa Oduya",
    "Sammy Stone", "Lea Moss", "Tom Abadi", "Ed Olsen", "Noor Khan", "Maya Abel",
)  # fmt: skip
ENDINGS: Final = ("00", "01", "02", "03", "70", "71", "76", "80", "91", "82", "04", "05")
"""What happens to each text: delivered, a reply, STOP, not delivered, refused."""
STATUS_RANK: Final = {status.value: n for n, status in enumerate(STATUS_LABELS)}
COLUMNS: Final[dict[str, Callable[[Item], Any]]] = {
    "n": lambda row: [row["contact"][part].lower() for part in ("last_name", "first_name")],
    "p": lambda row: row["contact"]["phone"],
    "s": lambda row: row["step"],
    "t": lambda row: STATUS_RANK[row["status"]],
    "x": lambda row: row["due_at"],
    "b": lambda row: row["enrolled_by"]["name"],
}
"""The sort column for each letter after `s`."""
FACETS: Final[dict[str, Callable[[Item], str]]] = {
    "s": lambda row: "none" if row["step"] is None else str(row["step"]),
    "b": lambda row: str(row["enrolled_by"]["name"]),
    "t": lambda row: str(row["status"]),
}
"""The field for each letter after `f`."""
_areas: Final = iter(("202", "212", "213", "312", "404", "415", "503", "602"))
_numbers: Final = count(1)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Confirm without waiting long."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server with a stopped clock."""
    with workplace(tmp_path_factory.mktemp("contacts"), START) as running:
        yield running


@pytest.fixture(scope="module")
def ben(place: Workplace) -> Iterator[httpx.Client]:
    """Another operator's client."""
    token = place.post("/operators", {"name": "ben", "role": "operator"}, 201)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=place.api.base_url, headers=headers, trust_env=False) as client:
        yield client


class Crew:
    """One sequence with twelve contacts in an area of their own, after its first text."""

    def __init__(self, place: Workplace, ben: httpx.Client, *, texted: bool = True) -> None:
        area = next(_areas)
        self.place, self._ben = place, ben
        self.phones = [f"+1{area}55501{ending}" for ending in ENDINGS]
        named = zip(self.phones, NAMES, strict=True)
        place.import_people(
            (f"{phone},{name.replace(' ', ',')}" for phone, name in named),
            "phone,first name,last name",
        )
        self.called = f"Crew {next(_numbers)}"
        self.sequence_id = place.sequence(
            self.called, ("Hi", {"minutes": 0 if texted else 180}), ("Still there?", {"days": 2})
        )
        place.enroll(self.sequence_id, *self.phones[:8])
        path = f"/sequences/{self.sequence_id}/enrollments"
        ben.post(path, json={"phones": self.phones[8:]}).raise_for_status()
        if texted:
            place.advance(minutes=10)

    def rows(self) -> list[Item]:
        """The raw list, by enrollment."""
        found = self.place.get(f"/sequences/{self.sequence_id}/enrollments", limit=500)["items"]
        return sorted(found, key=lambda row: int(row["id"]))

    def id_of(self, name: str) -> int:
        """The enrollment of a contact."""
        phone = self.phones[NAMES.index(name)]
        return int(self.place.enrollment(self.sequence_id, phone)["id"])

    def let_ben_finish(self, name: str) -> None:
        """Let another operator act first."""
        finish = {"action": "finish", "selection": {"ids": [self.id_of(name)]}}
        assert self._ben.post("/operations", json=finish).json()["done"] == 1

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[Stage]:
        """Its Contacts tab, opened."""
        async with Client(self.place.url, TOKEN) as client:
            app = DrumbeatApp(client)
            async with app.run_test(size=(100, 30)) as pilot:
                await filled(pilot, app)
                app.post_message(OpenSequence(self.sequence_id, self.called))
                await until(pilot, lambda: len(app.pages) == 2, "it opens")
                one = Stage(cast("Any", client), app, pilot)
                await one.until(lambda: one.page.store.total > 0, "the rows come")
                yield one


def ids_of(tab: Stage) -> list[int]:
    """The enrollments that the tab lists, in its order."""
    rows = [tab.page.store.row(rank) for rank in range(tab.page.store.total)]
    return [row.id for row in rows if row is not None]


def line_of(tab: Stage, name: str) -> str:
    """The row with a contact's name."""
    last_first = ", ".join(reversed(name.split()))
    return next((line for line in tab.lines() if last_first in line), "")


async def confirmed(tab: Stage) -> None:
    """Confirm as soon as keys are accepted."""
    screen = await shown(tab.pilot, tab.app, ConfirmScreen)
    await tab.until(lambda: screen._opens_at is not None, "it is painted")
    await tab.until(lambda: time.monotonic() > (screen._opens_at or 0), "keys count")
    await tab.press("y")


async def outcome(tab: Stage) -> str:
    """The outcome as it is shown."""
    part = tab.page.query_one("#outcome", Static)
    await tab.until(lambda: part.has_class("-shown"), "it is told")
    return str(part.render())


@pytest.fixture(scope="module")
def asked_crew(place: Workplace, ben: httpx.Client) -> Crew:
    """Contacts for read-only tests."""
    return Crew(place, ben)


def fits(row: Item, typed: str) -> bool:
    """Whether a search matches a contact: each word starts a part of the name, or digits match."""
    if typed.isdigit():
        return typed in str(row["contact"]["phone"])
    name = f"{row['contact']['first_name']} {row['contact']['last_name']}".lower().split()
    return all(any(part.startswith(word) for part in name) for word in typed.split())


async def test_a_search_shows_the_same_contacts_as_the_raw_list(asked_crew: Crew) -> None:
    rows = asked_crew.rows()
    async with asked_crew.tab() as tab:
        for typed in ("sam", "aba", "abe s", "0170", "5550176", "zzz"):
            wanted = {row["id"] for row in rows if fits(row, typed)}
            await tab.press("slash", *typed)
            await tab.until(lambda typed=typed: tab.page.asked.words == typed, "it is answered")

            assert set(ids_of(tab)) == wanted
            assert f"{len(wanted)} match" in tab.summary
            await tab.press("escape", "escape")
            await tab.until(lambda: tab.page.asked.is_plain, "all are back")


async def test_dropdown_counts_match_the_raw_list(asked_crew: Crew) -> None:
    rows = asked_crew.rows()
    async with asked_crew.tab() as tab:
        for letter, typed in product(FACETS, ("", "ab")):
            value_of = FACETS[letter]
            raw = [row for row in rows if fits(row, typed)]
            if typed:
                await tab.press("slash", *typed, "enter")
                await tab.until(lambda: tab.page.asked.words == "ab", "it is answered")
            counted = Counter(map(value_of, raw))
            await tab.press("f", letter)
            screen = await shown(tab.pilot, tab.app, ChoiceScreen)
            told = {one.value: one.many for one in screen.left}
            assert told.pop(ANY) == len(raw)
            assert {value: many for value, many in told.items() if many} == counted
            value, many = counted.most_common(1)[0]
            place_of = [one.value for one in screen.left].index(value)
            await tab.press(*["down"] * place_of, "enter")
            await tab.until(lambda many=many: tab.page.store.total == many, "they are chosen")

            assert set(ids_of(tab)) == {row["id"] for row in raw if value_of(row) == value}
            await tab.press("escape")
            await tab.until(lambda: tab.page.store.total == len(rows), "all are back")


async def test_columns_sort_both_ways_with_those_without_a_value_last(asked_crew: Crew) -> None:
    rows = asked_crew.rows()
    async with asked_crew.tab() as tab:
        await tab.press("s", "p")
        await tab.until(lambda: tab.page.asked.sort == "phone", "by phone")
        for letter, key in COLUMNS.items():
            values = {row["id"]: key(row) for row in rows}
            known = [row for row in rows if key(row) is not None]
            without = [row["id"] for row in rows if key(row) is None]
            upwards = [row["id"] for row in sorted(known, key=key)] + without
            await tab.press("s", letter)
            await tab.until(lambda wanted=upwards: ids_of(tab) == wanted, f"{letter} upwards")
            await tab.press("s", letter)
            await tab.until(lambda: tab.page.asked.descending, f"{letter} downwards")
            turned = ids_of(tab)

            downwards = sorted(map(key, known), reverse=True)
            assert [values[one] for one in turned[: len(known)]] == downwards
            assert turned[len(known) :] == without


async def test_a_row_changes_in_place_when_its_person_answers(
    place: Workplace, ben: httpx.Client
) -> None:
    crew = Crew(place, ben)
    async with crew.tab() as tab:
        await tab.press("j", "j")
        before, at = ids_of(tab), tab.cursor_id
        assert "Pending" in line_of(tab, "Lena Abadi")

        place.text_from(crew.phones[NAMES.index("Lena Abadi")], "Yes please")
        await tab.until(lambda: "responded" in line_of(tab, "Lena Abadi"), "it changes")

        assert (ids_of(tab), tab.cursor_id) == (before, at)


async def test_newcomers_are_announced_and_shown_by_a_refresh(
    place: Workplace, ben: httpx.Client
) -> None:
    crew = Crew(place, ben)
    async with crew.tab() as tab:
        newcomers = [phone[:-3] + ending for phone in crew.phones[:1] for ending in ("106", "107")]
        place.enroll(crew.sequence_id, *newcomers)
        await tab.until(lambda: "2 new, press R to show" in tab.summary, "they are announced")
        assert tab.page.store.total == len(NAMES)

        await tab.press("R")
        await tab.until(lambda: tab.page.store.total == len(NAMES) + 2, "they are there")
        assert "new" not in tab.summary


async def test_a_killed_server_leaves_rows_selection_and_search_and_reconnects(
    place: Workplace, ben: httpx.Client
) -> None:
    crew = Crew(place, ben)
    async with crew.tab() as tab:
        await tab.press("space", "space")
        marked = tab.marks
        place.kill_server()
        await tab.until(lambda: tab.app.session.connection.link is Link.STALE, "it is stale")
        rows = ids_of(tab)
        await tab.press("j", "slash", *"sam")
        await tab.until(lambda: tab.page.reader.question.words == "sam", "it is typed")

        assert "out of date" in tab.summary
        assert (ids_of(tab), tab.marks) == (rows, marked)
        assert tab.cursor_id == rows[3]

        place.start_server()
        place.text_from(crew.phones[NAMES.index("Sam Abel")], "Here I am")
        await tab.until(
            lambda: tab.app.session.connection.link is Link.LIVE, "it is back by itself"
        )
        await tab.until(lambda: tab.page.asked.words == "sam", "what was typed is asked")
        await tab.until(lambda: "responded" in line_of(tab, "Sam Abel"), "it is as it is now")

        assert tab.page.query_one("#search", Input).value == "sam"
        assert tab.marks == marked
        assert tab.page.store.total == 3


async def test_a_finish_that_came_too_late_says_who_and_why(
    place: Workplace, ben: httpx.Client
) -> None:
    crew = Crew(place, ben, texted=False)
    ids = {name: crew.id_of(name) for name in ("Lena Abadi", "Ana Abbott", "Sam Abel")}
    place.advance(hours=4)
    async with crew.tab() as tab:
        tab.page.chosen.marks.mark(ids.values())
        await tab.press("x")
        screen = await shown(tab.pilot, tab.app, ConfirmScreen)
        await tab.until(lambda: screen._opens_at is not None, "it is painted")
        assert screen.proposal.count == 3

        crew.let_ben_finish("Lena Abadi")
        place.text_from(crew.phones[NAMES.index("Ana Abbott")], "Yes")
        await confirmed(tab)
        told = await outcome(tab)

        assert told.splitlines()[0].startswith("Finished 1 of 3.")
        conflict = next(line for line in told.splitlines() if "Lena Abadi" in line)
        assert "ben" in conflict
        assert "1 skipped:" in told
        assert "responded" in next(line for line in told.splitlines() if "1 skipped:" in line)

    found = {row["id"]: row["status"] for row in crew.rows()}
    assert [found[one] for one in ids.values()] == [
        "finished_stopped",
        "finished_responded",
        "finished_stopped",
    ]


async def test_undo_from_the_tab_undoes_the_finish_and_the_rows_show_it(
    place: Workplace, ben: httpx.Client
) -> None:
    crew = Crew(place, ben)
    names = ("Lena Abadi", "Sam Abel")
    async with crew.tab() as tab:
        tab.page.chosen.marks.mark(map(crew.id_of, names))
        await tab.press("x")
        await confirmed(tab)
        assert (await outcome(tab)).startswith("Finished 2 of 2.")
        await tab.until(
            lambda: all("stopped" in line_of(tab, name) for name in names), "they are finished"
        )

        await tab.press("u")
        await confirmed(tab)
        await tab.until(
            lambda: all("Pending" in line_of(tab, name) for name in names), "they are pending again"
        )

    found = {row["id"]: row["status"] for row in crew.rows()}
    assert [found[crew.id_of(name)] for name in names] == ["pending", "pending"]

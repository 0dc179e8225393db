"""Suppressions of a number, who may lift them, and the contacts of numbers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role, SuppressionSource
from server.contacts import suppressions
from server.contacts.numbers import read_number
from server.contacts.store import contacts_by_phone, ensure_contacts
from server.database.engine import Database
from server.database.tables import contacts, events
from server.errors import Conflict, NotFound
from server.operators.store import add_operator
from tests.api.conftest import START, fault_of, stored

Api = TestClient[Litestar]
NOW = 1_793_628_000_000_000


def test_a_contact_shows_what_stands_against_its_number(api: Api) -> None:
    contact = api.post("/contacts", json={"phone": "+14155550142"}).json()
    stored(
        api,
        suppressions.suppress,
        [contact["phone"], "+12065550117"],
        SuppressionSource.OPERATOR,
        "asked by phone",
        1,
        NOW,
    )
    assert api.get("/contacts").json()["items"][0]["suppressed"] == ["operator"]
    (standing,) = api.get(f"/contacts/{contact['id']}").json()["suppressions"]
    assert standing == {
        "id": standing["id"],
        "phone": "+14155550142",
        "source": "operator",
        "note": "asked by phone",
        "created_by": "admin",
        "created_at": START,
        "lifted_by": None,
        "lifted_at": None,
        "texted": False,
    }
    assert api.get("/suppressions").json()["total"] == 2
    assert api.get("/suppressions", params={"q": "(415) 555"}).json()["items"] == [standing]
    for nothing in ("lena", "???", " ", "+", "()"):
        fault_of(api.get("/suppressions", params={"q": nothing}), "query.q")


@pytest.fixture
async def ana(database: Database) -> int:
    """An operator of a database without a server."""
    return await database.write(add_operator, "ana", Role.OPERATOR, NOW)


PHONE, OTHER = "+14155550142", "+12065550117"


async def test_a_number_is_suppressed_once_for_each_source(database: Database, ana: int) -> None:
    def given(connection: sa.Connection) -> list[set[str]]:
        operator, keyword = SuppressionSource.OPERATOR, SuppressionSource.KEYWORD
        return [
            suppressions.suppress(connection, [PHONE], operator, "", ana, NOW),
            suppressions.suppress(connection, [PHONE, OTHER, OTHER], operator, "", ana, NOW),
            suppressions.suppress(connection, [PHONE], keyword, "", None, NOW),
        ]

    assert await database.write(given) == [{PHONE}, {OTHER}, {PHONE}]
    assert await database.read(suppressions.standing, [PHONE, OTHER, "+13125550190"]) == {
        PHONE: {SuppressionSource.OPERATOR, SuppressionSource.KEYWORD},
        OTHER: {SuppressionSource.OPERATOR},
    }


async def test_what_was_lifted_may_stand_again_and_its_history_stays(
    database: Database, ana: int
) -> None:
    def given(connection: sa.Connection) -> list[SuppressionSource]:
        source = SuppressionSource.OPERATOR
        suppressions.suppress(connection, [PHONE], source, "first", ana, NOW)
        lifted = suppressions.lift_by_operator(connection, PHONE, ana, NOW + 1)
        suppressions.suppress(connection, [PHONE], source, "second", ana, NOW + 2)
        return lifted

    assert await database.write(given) == [SuppressionSource.OPERATOR]
    stands = await database.read(suppressions.list_suppressions, "", 0, 50, lifted=False)
    assert [one.note for one in stands.items] == ["second"]
    whole = await database.read(suppressions.list_suppressions, "", 0, 50, lifted=True)
    assert [(one.note, one.lifted_by) for one in whole.items] == [
        ("second", None),
        ("first", "ana"),
    ]


async def test_an_operator_does_not_undo_what_the_contact_asked(
    database: Database, ana: int
) -> None:
    def given(connection: sa.Connection) -> None:
        for source in (SuppressionSource.OPERATOR, SuppressionSource.KEYWORD):
            suppressions.suppress(connection, [PHONE], source, "", ana, NOW)

    await database.write(given)
    with pytest.raises(Conflict) as refused:
        await database.write(suppressions.lift_by_operator, PHONE, ana, NOW)
    assert refused.value.code == "contact_must_opt_in"
    assert len((await database.read(suppressions.standing, [PHONE]))[PHONE]) == 2
    asked = frozenset({SuppressionSource.KEYWORD, SuppressionSource.CARRIER})
    assert await database.write(suppressions.lift, PHONE, asked, None, NOW) == [
        SuppressionSource.KEYWORD
    ]
    assert await database.write(suppressions.lift_by_operator, PHONE, ana, NOW) == [
        SuppressionSource.OPERATOR
    ]
    with pytest.raises(NotFound):
        await database.write(suppressions.lift_by_operator, PHONE, ana, NOW)


async def test_contacts_are_made_for_numbers_of_nobody_alone(database: Database, ana: int) -> None:
    numbers = [read_number(phone, fictional_ok=True) for phone in (PHONE, OTHER, PHONE)]
    first = await database.write(ensure_contacts, numbers[:1], ana, NOW)
    both = await database.write(ensure_contacts, numbers, ana, NOW)
    assert both == await database.read(contacts_by_phone, [PHONE, OTHER, "+13125550190"])
    assert both[PHONE] == first[PHONE]
    assert set(both) == {PHONE, OTHER}

    def counted(connection: sa.Connection) -> list[int]:
        return [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (contacts, events)
        ]

    assert await database.read(counted) == [2, 2]

"""A database of the first tables has every number in its normal form afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from server.database.schema import MIGRATIONS, migrate

Rows = list[tuple[object, ...]]


class Old:
    """A database as the first tables were, to be filled and brought forward."""

    def __init__(self, file: Path) -> None:
        self.url = f"sqlite+aiosqlite:///{file}"
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.commit()
        engine.dispose()
        self.raw = sqlite3.connect(file, isolation_level=None)
        self.raw.execute("INSERT INTO workspace VALUES (1, 'UTC', 'US', NULL, NULL, NULL, 0)")
        self.raw.execute(
            "INSERT INTO operators (id, name, name_key, role, created_wall)"
            " VALUES (1, 'admin', 'admin', 'admin', 0)"
        )

    def contact(self, phone: str, line: str = "unknown", source: str | None = None) -> int:
        """A contact, as the old server kept it."""
        found = self.raw.execute(
            "INSERT INTO contacts (phone, region_given, line, line_source, line_certain, line_at,"
            " created_by, created_at, updated_at) VALUES (?, 0, ?, ?, ?, ?, 1, 0, 0)",
            (phone, line, source, source is not None, 5 if source else None),
        ).lastrowid
        assert found is not None
        return found

    def suppression(self, phone: str, source: str, at: int = 1, lifted: int | None = None) -> None:
        """A suppression, as the old server kept it."""
        self.raw.execute(
            "INSERT INTO suppressions (phone, source, created_at, lifted_at) VALUES (?, ?, ?, ?)",
            (phone, source, at, lifted),
        )

    def message(self, phone: str, direction: str, status: str) -> int:
        """A text, as the old server kept it."""
        found = self.raw.execute(
            "INSERT INTO messages (direction, kind, status, phone, body, segments,"
            " reading_by_operator, created_at) VALUES (?, ?, ?, ?, 'x', 1, 0, 0)",
            (direction, "inbound" if direction == "in" else "step", status, phone),
        ).lastrowid
        assert found is not None
        return found

    def rows(self, statement: str) -> Rows:
        """What the database has."""
        return self.raw.execute(statement).fetchall()

    def forward(self) -> None:
        """Bring it to the present schema."""
        migrate(self.url)


STANDING = "SELECT phone, source FROM suppressions WHERE lifted_at IS NULL ORDER BY phone, source"


@pytest.fixture
def old(tmp_path: Path) -> Old:
    return Old(tmp_path / "drumbeat.db")


def test_an_opt_out_under_the_old_spelling_is_the_contacts(old: Old) -> None:
    old.contact("+525512345678")
    old.suppression("+5215512345678", "keyword")
    old.suppression("+551187654321", "keyword")
    old.suppression("+14155550142", "keyword")
    old.forward()
    assert old.rows(STANDING) == [
        ("+14155550142", "keyword"),
        ("+525512345678", "keyword"),
        ("+5511987654321", "keyword"),
    ]


def test_of_two_opt_outs_of_one_number_one_stands_and_none_is_lost(old: Old) -> None:
    old.suppression("+5215512345678", "keyword", 1)
    old.suppression("+525512345678", "keyword", 2)
    old.suppression("+525512345678", "operator", 3)
    old.suppression("+525512345678", "carrier", 4, lifted=5)
    old.forward()
    rows = old.rows("SELECT phone, source, created_at, lifted_at FROM suppressions ORDER BY id")
    assert rows == [
        ("+525512345678", "keyword", 1, None),
        ("+525512345678", "keyword", 2, 2),
        ("+525512345678", "operator", 3, None),
        ("+525512345678", "carrier", 4, 5),
    ]


def test_a_lifted_opt_out_does_not_lift_the_other_spellings(old: Old) -> None:
    old.suppression("+525512345678", "keyword", 1, lifted=3)
    old.suppression("+5215512345678", "keyword", 2)
    old.forward()
    assert old.rows(STANDING) == [("+525512345678", "keyword")]


def test_a_contact_has_the_normal_form_and_what_it_tells(old: Old) -> None:
    old.contact("+541143210000", "landline", "plan")
    old.contact("+541143210001", "landline", "operator")
    old.contact("+551132654321", "landline", "plan")
    old.contact("+4915112345678", "mobile", "plan")
    old.forward()
    rows = old.rows(
        "SELECT phone, country, number_zones, line, line_source, line_certain FROM contacts"
        " ORDER BY id"
    )
    assert rows == [
        ("+5491143210000", "AR", "America/Buenos_Aires", "unknown", None, 0),
        ("+5491143210001", "AR", "America/Buenos_Aires", "landline", "operator", 1),
        ("+551132654321", "BR", "America/Sao_Paulo", "landline", "plan", 1),
        ("+4915112345678", "", "", "mobile", "plan", 1),
    ]


@pytest.mark.parametrize("normal_first", [True, False])
def test_of_two_contacts_with_one_number_one_can_be_texted_at_most(
    old: Old, normal_first: bool
) -> None:
    pair = ["+5491143210000", "+541143210000"]
    ids = {phone: old.contact(phone) for phone in (pair if normal_first else pair[::-1])}
    old.forward()
    assert old.rows("SELECT id, phone FROM contacts ORDER BY phone DESC") == [
        (ids[phone], phone) for phone in pair
    ]
    assert old.rows(STANDING) == [("+541143210000", "operator")]
    (note,) = old.rows("SELECT note FROM suppressions")[0]
    assert f"contact {ids[pair[0]]}" in str(note)


def test_neither_of_two_contacts_can_be_texted_if_one_had_opted_out(old: Old) -> None:
    old.contact("+5491143210000")
    old.contact("+541143210000")
    old.suppression("+541143210000", "keyword")
    old.forward()
    suppressed = {phone for phone, _ in old.rows(STANDING)}
    assert {phone for (phone,) in old.rows("SELECT phone FROM contacts")} <= suppressed


def test_texts_and_reviews_are_filed_under_the_normal_form(old: Old) -> None:
    came = old.message("+5215512345678", "in", "received")
    old.message("+5215512345678", "out", "delivered")
    old.raw.execute(
        "INSERT INTO reviews (phone, message_id, opened_at) VALUES ('+5215512345678', ?, 0)",
        (came,),
    )
    old.forward()
    assert old.rows("SELECT DISTINCT phone FROM messages") == [("+525512345678",)]
    assert old.rows("SELECT phone FROM reviews") == [("+525512345678",)]


@pytest.mark.parametrize("status", ["sending", "unknown"])
def test_a_text_that_may_be_at_the_carrier_keeps_the_number_it_went_to(
    old: Old, status: str
) -> None:
    old.message("+541143210000", "out", status)
    old.forward()
    assert old.rows("SELECT phone FROM messages") == [("+541143210000",)]

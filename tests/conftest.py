"""Fixtures that every kind of test shares."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from server.database.engine import Database
from server.database.schema import migrate

# A busy machine is slow, not wrong.
settings.register_profile("drumbeat", deadline=None)
settings.load_profile("drumbeat")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file with the present schema, made once: to be copied, not used."""
    file = tmp_path_factory.mktemp("schema") / "migrated.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    """The URL of a new, empty database with the present schema."""
    file = tmp_path / "drumbeat.db"
    shutil.copyfile(migrated, file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database, opened."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()

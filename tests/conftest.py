"""Fixtures that every kind of test shares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from server.database.engine import Database
from server.database.schema import migrate

# A busy machine is slow, not wrong.
settings.register_profile("drumbeat", deadline=None)
settings.load_profile("drumbeat")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The URL of a new, empty database with the present schema."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'drumbeat.db'}"
    migrate(url)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database, opened."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()

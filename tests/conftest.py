"""Fixtures that every kind of test shares."""

from __future__ import annotations

import fcntl
import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from server.database.engine import Database
from server.database.schema import migrate
from tests.sizes import sized
from tests.system.demos import Running, frozen_demo
from tui.commands.demo.cache import DemoPlan


def pytest_runtestloop() -> None:
    """Look for garbage seldom, and never in what was imported: a fifth of the run goes by it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


_STATE: Final = Path(__file__).parents[1] / ".state"

# A busy machine is slow, not wrong.
settings.register_profile("drumbeat", deadline=None, max_examples=sized(40, 1_000))
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


@pytest.fixture(scope="session")
def frozen_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's cache with the frozen demo: made once, for all workers and for later runs.

    Its file is named after the code that decides what is in it, so a change makes another.
    """
    _STATE.mkdir(exist_ok=True)
    cache = _STATE / "frozen"
    with (_STATE / "frozen.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not [*cache.rglob(DemoPlan(seed=1, people=200, frozen=True).name)]:
            with frozen_demo(cache, tmp_path_factory.mktemp("making")):
                pass
    return cache


@pytest.fixture(scope="session")
def frozen(frozen_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The frozen demo, for tests that change nothing in it."""
    with frozen_demo(frozen_cache, tmp_path_factory.mktemp("frozen")) as running:
        yield running


@pytest.fixture
def frozen_copy(frozen_cache: Path, tmp_path: Path) -> Iterator[Running]:
    """A frozen demo of one test's own, to be changed."""
    with frozen_demo(frozen_cache, tmp_path) as running:
        yield running

"""The screen on a pseudo-terminal: over a fake server, or over a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.pseudo import Terminal, terminal

Open = Callable[..., AbstractContextManager[Terminal]]


@pytest.fixture
def played(tmp_path: Path) -> Open:
    """Opens the Contacts tab of a fake server's sequence: `played(300, changes=40, size=…)`."""

    @contextmanager
    def opened(
        people: int = 300,
        changes: int = 0,
        *,
        environment: dict[str, str] | None = None,
        **how: Any,
    ) -> Iterator[Terminal]:
        program = ("-m", "tests.terminal.played", str(people), str(changes))
        profile = {"DRUMBEAT_PROFILE_DIR": str(tmp_path)}
        with terminal(*program, environment=profile | (environment or {}), **how) as shown:
            shown.shows("Spring hiring 2026", "? help")
            shown.type("\r")
            shown.shows("▸[ ] Abadi, Lena", "? help")
            shown.rests()
            yield shown
            assert shown.screen.strange == []

    return opened

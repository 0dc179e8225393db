"""How a route says what it works with: a parameter with a name that `create_app` provides.

    async def list_senders(database: Injected[Database]) -> list[Sender]: ...

What is provided is our own object, so Litestar need not validate it.
"""

from __future__ import annotations

from typing import TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

T = TypeVar("T")

Injected = NamedDependency[SkipValidation[T]]

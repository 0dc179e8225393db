"""Dependencies of routes: parameters whose names `create_app` provides.

    async def list_senders(database: Injected[Database]) -> list[Sender]: ...

Provided values are our own objects, so Litestar need not validate them.
"""

from __future__ import annotations

from typing import TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

T = TypeVar("T")

Injected = NamedDependency[SkipValidation[T]]

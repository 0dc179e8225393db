"""What the screen asks of a server: `common.client.Client` answers it, and so does a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from common.client import Unreachable
from common.model.events import Event
from common.model.operations import Operation, OperationPage
from common.model.operators import Me
from common.model.sequences import SequencePage


class Source(Protocol):
    """The methods of the client that the screen calls, as the client defines them.

    All raise ApiProblem or Unreachable.
    """

    @property
    def url(self) -> str:
        """The server's address."""
        ...

    async def me(self) -> Me:
        """Who asks, and the server's clock."""
        ...

    def events(
        self,
        after: int | None = None,
        *,
        sequence_id: int | None = None,
        on_lost: Callable[[Unreachable], None] | None = None,
    ) -> AsyncIterator[Event]:
        """What happens, as it happens; `on_lost` may raise to give up."""
        ...

    async def list_sequences(
        self, q: str = "", *, include_archived: bool = False, offset: int = 0, limit: int = ...
    ) -> SequencePage:
        """Sequences by name, with counts."""
        ...

    async def list_operations(self, *, offset: int = 0, limit: int = ...) -> OperationPage:
        """Operations, newest first."""
        ...

    async def undo_operation(self, operation_id: int) -> Operation:
        """Take an operation back."""
        ...

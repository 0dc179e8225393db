"""Parameters that many routes share, with their limits, and a limit on their number.

They are counted before they are read, so a request with thousands costs no more than one with a
few.
"""

from __future__ import annotations

from typing import Annotated, Final

from litestar.middleware import ASGIMiddleware
from litestar.params import PathParameter, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from server.errors import invalid

PAGE: Final = 50
MOST: Final = 100
"""Most parameters of one query."""


class CountedQuery(ASGIMiddleware):
    """Refuses a query with too many parameters. Raises Invalid."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count the parameters, then continue."""
        count = scope["query_string"].count(b"&") + 1
        if count > MOST:
            raise invalid("query", f"has {count} parameters.", f"Send at most {MOST}.")
        await next_app(scope, receive, send)


Id = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]
Offset = Annotated[int, QueryParameter(ge=0, le=10_000_000, description="Number of rows to skip.")]
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="Most rows to return.")]

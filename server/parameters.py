"""The parameters that many routes take, each with its bounds."""

from __future__ import annotations

from typing import Annotated, Final

from litestar.params import PathParameter, QueryParameter

PAGE: Final = 50

Id = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]
Offset = Annotated[int, QueryParameter(ge=0, le=10_000_000, description="Rows to pass over.")]
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="Rows to give at most.")]

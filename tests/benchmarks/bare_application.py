"""A Litestar application with one route and nothing else: `python -m …bare_application PORT`.

Served as `drumbeat-server serve` serves.
"""

from __future__ import annotations

import sys

import uvicorn
import uvloop
from litestar import Litestar, get


@get("/health/ready")
async def ready() -> dict[str, str]:
    """Say so."""
    return {"status": "ready"}


async def _serve(port: int) -> None:
    config = uvicorn.Config(
        Litestar([ready], logging_config=None),
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))

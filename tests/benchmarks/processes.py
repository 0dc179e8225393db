"""Processes that a measurement starts, waits for, and ends: those and no others."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

HOST: Final = "127.0.0.1"
LONGEST: Final = 60.0
"""Seconds that a process may take until it answers."""

ROOT: Final = Path(__file__).parents[2]
_LOOK_EVERY: Final = 0.005


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """Ours and more, as a person's shell has it: what is imported twice is compiled once."""
    ours = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**ours, **more}


@contextmanager
def running(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`python` with these arguments, from the root of the repository, ended at the end."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment_with(environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def answers(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Return as soon as a GET is answered 200. Raises AssertionError if that never comes."""
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
    deadline = time.monotonic() + LONGEST
    while b" 200 " not in await _first_line(port, request):
        assert process.poll() is None, f"{process.args!r} ended; run it by hand to see why"
        assert time.monotonic() < deadline, f"{process.args!r} does not answer"
        await asyncio.sleep(_LOOK_EVERY)


class Memory(NamedTuple):
    """Bytes of real memory that a process holds, and the most that it ever held."""

    held: int
    most: int


def memory_of(process: int | str) -> Memory:
    """Read what the kernel counts for a process, or `self`."""
    told = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
    )
    return Memory(*(int(told[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")))


def cpu_of(process: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def said_by(*arguments: str) -> str:
    """What `python` with these arguments prints. Raises AssertionError if it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env=environment_with({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{arguments!r} failed"
    return said.decode()


async def _first_line(port: int, request: bytes) -> bytes:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return b""
    try:
        writer.write(request)
        async with asyncio.timeout(LONGEST):
            return await reader.readline()
    except OSError:
        return b""
    finally:
        writer.close()

"""Run the measurements, or those that are named: `python -m tests.benchmarks [--json] [NAME …]`.

Exit code 1 if a ratio misses its limit, or a figure its aim.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import structlog
import uvloop

from tests.benchmarks import (
    callbacks,
    claiming,
    handing_over,
    listeners,
    screen,
    screen_start,
    search,
    stalling,
    starting,
    table,
)
from tests.benchmarks.measuring import Benchmark, Measured

BENCHMARKS: Final = (
    claiming.BENCHMARK,
    callbacks.BENCHMARK,
    handing_over.BENCHMARK,
    starting.BENCHMARK,
    *stalling.BENCHMARKS,
    *listeners.BENCHMARKS,
    *table.BENCHMARKS,
    screen_start.BENCHMARK,
    *search.BENCHMARKS,
    *screen.BENCHMARKS,
)
LONGEST: Final = 300.0
"""Seconds after which a measurement is given up."""

_COLUMNS: Final = ("name", "figure", "aim", "peer's figure", "unit", "ratio", "limit", "ok")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; returns the exit code."""
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--json", action="store_true", help="tell it in JSON, rounds and all")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - set(names)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    chosen = [one for one in BENCHMARKS if not given.names or one.name in given.names]
    measured = []
    for benchmark in chosen:
        if not given.json:
            print(f"{benchmark.name}: {benchmark.what}; against {benchmark.peer}", flush=True)
        measured.append(_measure(benchmark))
    if given.json:
        print(json.dumps([_told(one) for one in measured], indent=2))
    else:
        print()
        _print_table(measured)
    return 0 if all(one.ok for one in measured) else 1


def _measure(benchmark: Benchmark) -> Measured:
    with (
        tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return Measured(benchmark, runner.run(_within(benchmark, Path(folder))))


async def _within(benchmark: Benchmark, folder: Path) -> Sequence[Any]:
    async with asyncio.timeout(LONGEST):
        return await benchmark.run(folder)


def _told(measured: Measured) -> dict[str, Any]:
    benchmark = measured.benchmark
    return {
        "name": benchmark.name,
        "what": benchmark.what,
        "against": benchmark.peer,
        "unit": benchmark.unit,
        "figure": measured.figure,
        "peer": measured.peer,
        "ratio": measured.ratio,
        "limit": benchmark.limit,
        "limit_is": "least" if benchmark.faster else "most",
        "aim": benchmark.aim,
        "ok": measured.ok,
        "rounds": [one._asdict() for one in measured.rounds],
    }


def _print_table(measured: Sequence[Measured]) -> None:
    rows = [_COLUMNS, *(_row(one) for one in measured)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def _row(measured: Measured) -> tuple[str, ...]:
    benchmark = measured.benchmark
    sign = "≥" if benchmark.faster else "≤"
    return (
        benchmark.name,
        _number(measured.figure),
        "" if benchmark.aim is None else f"≤ {benchmark.aim:g}",
        _number(measured.peer),
        benchmark.unit,
        f"{measured.ratio:.2f}",
        f"{sign} {benchmark.limit:g}",
        "yes" if measured.ok else "NO",
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())

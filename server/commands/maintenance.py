"""`migrate`, `backup` and `doctor`: maintaining a database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from common.output import show, show_json
from common.terminal import clean
from server.commands.open_database import (
    AS_JSON,
    database_options,
    existing,
    reading,
    settings_of,
    writing,
)
from server.database.engine import sqlite_path
from server.database.schema import HEAD
from server.doctor.checks import BrokenInvariant, Mended, examine, mend


@click.command()
@database_options
def migrate(config: str | None, **options: Any) -> None:
    """Update the database to the current schema, or create it."""
    settings = settings_of(config, **options)
    with writing(settings):
        pass
    show(f"{sqlite_path(settings.database)} has schema {HEAD}.", err=True)


@click.command()
@database_options
@click.argument("file", type=click.Path(path_type=Path))
@AS_JSON
def backup(file: Path, as_json: bool, config: str | None, **options: Any) -> None:
    """Write a complete, consistent copy of the database to FILE, also while a server runs."""
    settings = settings_of(config, **options)
    path = existing(settings)
    with reading(settings):  # reports a file that is not a drumbeat database
        pass
    if file.exists():
        raise click.ClickException(f"{file} already exists; choose another file name.")
    part = file.with_name(f"{file.name}.part")
    try:
        _copy(path, part)
        os.link(part, file)  # unlike a rename, never overwrites a file created in the meantime
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"Cannot write {file}: {error}.") from error
    finally:
        part.unlink(missing_ok=True)
    size = file.stat().st_size
    if as_json:
        show_json({"file": str(file), "bytes": size})
    else:
        show(f"{file}: {size:,} bytes.", err=True)


def _copy(path: str, part: Path) -> None:
    """Copy the database as of one moment to a file that is safe on disk."""
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path, timeout=10)) as source, closing(sqlite3.connect(part)) as to:
        source.backup(to)
        to.execute("PRAGMA journal_mode=DELETE")
    with part.open("rb") as written:
        os.fsync(written.fileno())


@click.command()
@database_options
@click.option(
    "--repair",
    "--mend",
    "repairing",
    is_flag=True,
    help="Repair what can be repaired. Stop the server first.",
)
@AS_JSON
def doctor(repairing: bool, as_json: bool, config: str | None, **options: Any) -> None:
    """Check every invariant of the database. Exit code 1 if something is wrong."""
    settings = settings_of(config, **options)
    mended: list[Mended] = []
    if repairing:
        with writing(settings, create=False) as connection:
            mended = mend(connection)
    with reading(settings) as connection:
        findings = examine(connection)
    if as_json:
        told = {"well": not findings, "findings": findings, "mended": mended}
        show_json(told)
    else:
        _tell(findings, mended)
    if findings:
        raise SystemExit(1)


def _tell(findings: list[BrokenInvariant], mended: list[Mended]) -> None:
    for done in mended:
        show(f"{done.name}: {done.count:,} repaired")
    for one in findings:
        shown = ", ".join(clean(str(ident), 60) for ident in one.ids)
        more = " …" if one.count > len(one.ids) else ""
        show(f"{one.name}: {one.what} ({one.count:,}): {shown}{more}")
        show(f"    {one.remedy}")
    if not findings:
        show("No problems found.", err=True)

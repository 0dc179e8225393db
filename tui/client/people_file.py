"""A local file of contacts: checked before it is read, then sent in blocks."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Final, NamedTuple

from common.client import Client, ClientError
from common.model.contacts import FILE_LIMIT, ImportOutcome
from common.people_routes import ImportForm
from common.terminal import clean

BLOCK: Final = 256 * 1024
GROUP_NAME: Final = 100
"""The maximum length of a group's name."""
MIB: Final = 1024 * 1024
_FORMS: Final[dict[str, ImportForm]] = {
    ".csv": "text/csv",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
}


class FileRefused(ClientError):
    """A file that cannot be sent: its path, why, and what to do."""

    def __init__(self, path: str, reason: str, remedy: str) -> None:
        super().__init__(f"{path or 'No path'}: {reason}. {remedy}")


class PeopleFile(NamedTuple):
    """A readable file, as it was when it was checked; `size` is in bytes."""

    path: Path
    size: int
    changed_ns: int

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.path.name

    @property
    def group_name(self) -> str:
        """The default name for the group of its contacts."""
        return clean(self.path.stem).strip()[:GROUP_NAME] or "people"


def form_of(path: str | Path) -> ImportForm:
    """The media type of a file by its extension; for an unknown one the server detects it."""
    return _FORMS.get(Path(path).suffix.lower(), "application/octet-stream")


async def blocks(opened: IO[bytes], at: Callable[[int], object]) -> AsyncIterator[bytes]:
    """A file's bytes, read in a thread; `at` is called with the number read so far."""
    done = 0
    while block := await asyncio.to_thread(opened.read, BLOCK):
        yield block
        done += len(block)
        at(done)


async def send(
    source: Client,
    file: PeopleFile,
    at: Callable[[int], object],
    *,
    overwrite: bool,
    dry_run: bool,
    group_id: int | None,
) -> ImportOutcome:
    """Import a file, or do a dry run; `at` is called with the number of bytes sent so far.

    Raises FileRefused if the file changed since it was checked, or cannot be read.
    """
    if await asyncio.to_thread(look_at, str(file.path)) != file:
        raise FileRefused(
            str(file.path), "it has changed since it was read", "Press R to read it again."
        )
    try:
        with await asyncio.to_thread(file.path.open, "rb") as opened:
            return await source.import_contacts(
                blocks(opened, at),
                form_of(file.path),
                overwrite=overwrite,
                dry_run=dry_run,
                group_id=group_id,
            )
    except OSError as error:
        why = error.strerror or str(error)
        raise FileRefused(str(file.path), why, "Press R to try again.") from error


def look_at(typed: str) -> PeopleFile:
    """Check the file at a typed path, `~` for home, without reading it. Raises FileRefused."""
    written = typed.strip()
    if not written:
        raise FileRefused("", "nothing was typed", "Type the path of a CSV or NDJSON file.")
    path = Path(os.path.expanduser(written))  # Path.expanduser raises without a home
    try:
        told = path.stat()
        _check(written, told)
        with path.open("rb"):
            return PeopleFile(path, told.st_size, told.st_mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        raise FileRefused(
            written, "there is no such file", "Check the path; tab completes it."
        ) from None
    except PermissionError:
        raise FileRefused(
            written, "you have no permission to read it", "Ask its owner, or choose another file."
        ) from None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise FileRefused(written, why, "Check the path.") from error


def _check(written: str, told: os.stat_result) -> None:
    if stat.S_ISDIR(told.st_mode):
        raise FileRefused(written, "it is a directory", "Choose a file in it; tab lists them.")
    if not stat.S_ISREG(told.st_mode):
        raise FileRefused(written, "it is not a regular file", "Save its content to a file first.")
    if told.st_size == 0:
        raise FileRefused(written, "it is empty", "Choose a file with people in it.")
    if told.st_size > FILE_LIMIT:
        raise FileRefused(
            written,
            f"it has {mib(told.st_size)}, and the limit is {mib(FILE_LIMIT)}",
            "Split it and import the parts one by one.",
        )


def mib(size: int) -> str:
    """A size in MiB."""
    return f"{size / MIB:,.1f} MiB"


def complete(typed: str) -> tuple[str, tuple[str, ...]]:
    """Complete a path as far as possible; also returns the possible names, if several.

    Names with control characters are left out.
    """
    head, slash, tail = typed.rpartition("/")
    if not slash and tail.startswith("~"):
        return f"{typed}/", ()
    folder = os.path.expanduser(head + slash) if slash else "."  # as above
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                f"{one.name}/" if one.is_dir() else one.name
                for one in entries
                if one.name.startswith(tail)
                and one.name.isprintable()
                and (tail.startswith(".") or not one.name.startswith("."))
            )
    except (OSError, ValueError):
        return typed, ()
    if not names:
        return typed, ()
    certain = os.path.commonprefix(names)  # noqa: RUF071 # by characters is what is meant
    return head + slash + certain, tuple(names) if len(names) > 1 else ()

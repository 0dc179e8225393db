"""A file of people on this machine: looked at before it is read, then read block by block."""

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
"""Characters that a group's name may have."""
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
    """A file that can be read, as it was when it was looked at: `size` in bytes."""

    path: Path
    size: int
    changed_ns: int

    @property
    def name(self) -> str:
        """Its name without folders, as it is kept."""
        return self.path.name

    @property
    def group_name(self) -> str:
        """What a group of its people is called, unless somebody says otherwise."""
        return clean(self.path.stem).strip()[:GROUP_NAME] or "people"


def form_of(path: str | Path) -> ImportForm:
    """What a file is said to be, by its ending; without a known one the server looks."""
    return _FORMS.get(Path(path).suffix.lower(), "application/octet-stream")


async def blocks(opened: IO[bytes], at: Callable[[int], object]) -> AsyncIterator[bytes]:
    """A file's bytes as they are read, off the loop; `at` is told how many have gone by."""
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
    """Import a file, or tell what that would come to; `at` is told how many bytes have gone by.

    Raises FileRefused if it is not the one that was looked at, or cannot be read on.
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
    """The file of a path as it was typed, `~` for home. Reads nothing of it. Raises FileRefused."""
    written = typed.strip()
    if not written:
        raise FileRefused("", "nothing was typed", "Type the path of a CSV or NDJSON file.")
    path = Path(os.path.expanduser(written))  # Path's own raises without a home
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
    """A path with all added that is certain, and the names it could go on with, if several.

    Names that a terminal would not only show are left out.
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

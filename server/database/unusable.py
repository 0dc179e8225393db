"""Reports a database that cannot be used in one line: the file, the reason, the remedy."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from server.database.engine import sqlite_path
from server.errors import SettingsError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_CODES: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_DAMAGED_CODES: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_FREE: Final = "Free some space on the disk, or choose another file with --database."
_OTHER: Final = (
    "Let this user read and write the file and its folder, or choose another file with --database."
)
_RESTORE: Final = (
    "It is damaged or not a drumbeat database. Restore a backup, or choose another file "
    "with --database."
)
_MIGRATE: Final = (
    "If it is a drumbeat database, update its schema with 'drumbeat-server migrate'. "
    "Otherwise choose another file with --database."
)


@contextmanager
def usable(url: str) -> Iterator[None]:
    """Raise errors of the system or SQLite about the database's file as SettingsError."""
    path = sqlite_path(url)
    try:
        yield
    except OSError as error:
        remedy = _FREE if error.errno in _FULL else _OTHER
        raise unusable(path, error.strerror or str(error), remedy) from error
    except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, sa.exc.DatabaseError) else error
        # other errors concern the content, so they are bugs of ours
        if type(cause) not in {sqlite3.DatabaseError, sqlite3.OperationalError}:
            raise
        raise unusable(path, str(cause), _remedy(cause)) from error


def unusable(path: str, why: str, remedy: str) -> SettingsError:
    """The error about a database's file."""
    return SettingsError(f"Cannot use the database {path}: {why}. {remedy}")


def _remedy(cause: BaseException | None) -> str:
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _FULL_CODES:
        return _FREE
    if code in _DAMAGED_CODES:
        return _RESTORE
    return _MIGRATE if code == sqlite3.SQLITE_ERROR else _OTHER

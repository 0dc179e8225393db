"""The errors of the server, as a tree; each leaf is one problem with a stable code.

    DrumbeatError
    ├── SettingsError            a setting is wrong; names it (start only, never a problem)
    ├── WorkspaceLocked          another process owns this database (start only)
    ├── Unauthorized             401  no_token, bad_token
    ├── Forbidden                403  role_too_low, bad_signature
    ├── NotFound                 404
    ├── Conflict                 409  the thing's present state forbids it
    ├── Gone                     410  snapshot_expired
    ├── Invalid                  422  the request itself is wrong; carries one Fault per field
    ├── TooMany                  429  more than one token or address may have
    ├── Overloaded               503  more at once than the server takes
    ├── TooSlow                  503  a read that took too long and was ended
    └── NotStored                503  what is not durable: the database is locked, or its disk full

`server.problems` turns them into RFC 9457 problems, in one function.
"""

from __future__ import annotations

from typing import Any

from common.model.faults import Fault


class DrumbeatError(Exception):
    """The root. `message` is for people: what was wrong, where, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(DrumbeatError):
    """A setting is missing or wrong; the message names it and the remedy."""


class WorkspaceLocked(DrumbeatError):
    """Another process uses this SQLite database; the message names it."""


class Problem(DrumbeatError):
    """An error that answers a request."""

    status = 500
    title = "Internal error"

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.more = more


class Unauthorized(Problem):
    """There is no token, or it is unknown or revoked."""

    status = 401
    title = "Not signed in"


class Forbidden(Problem):
    """Known, but not allowed."""

    status = 403
    title = "Not allowed"


class NotFound(Problem):
    """The thing named does not exist."""

    status = 404
    title = "Not found"

    def __init__(self, thing: str, ident: object) -> None:
        super().__init__(
            f"{thing}_not_found",
            f"There is no {thing.replace('_', ' ')} {ident!r}. List them to see which exist.",
        )


class Conflict(Problem):
    """The current state does not allow it."""

    status = 409
    title = "Conflict"


class Gone(Problem):
    """The named thing has expired; repeat the request without it."""

    status = 410
    title = "Gone"


class TooMany(Problem):
    """Too many at the same time, or within too short a time, for one token or address.

    `retry_after` is in seconds.
    """

    status = 429
    title = "Too many"

    def __init__(self, code: str, message: str, *, retry_after: int = 5) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class Overloaded(Problem):
    """Too many at the same time for the server."""

    status = 503
    title = "Too many at once"


class TooSlow(Problem):
    """A read was ended because it took too long or its client left."""

    status = 503
    title = "Too slow"

    def __init__(self) -> None:
        super().__init__(
            "too_slow",
            "The server took too long to find this and gave up. Try again, or ask for less "
            "with a shorter filter or fewer rows.",
        )


class NotStored(Problem):
    """The database did not store a change or a callback in time; send it again."""

    status = 503
    title = "Not stored yet"

    def __init__(self) -> None:
        super().__init__(
            "not_stored",
            "This was not stored, because the database is locked by another program or its "
            "disk is full. Send it again.",
        )


class Invalid(Problem):
    """The request is wrong. `faults` contains where, why and what to do, one per field."""

    status = 422
    title = "Invalid request"

    def __init__(self, *faults: Fault, code: str = "invalid") -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(code, f"{first.pointer}: {first.reason} {first.remedy}{more}")
        self.faults = faults


def invalid(pointer: str, reason: str, remedy: str, *, code: str = "invalid") -> Invalid:
    """One fault as an error."""
    return Invalid(Fault(pointer, reason, remedy), code=code)

"""The settings of a simulated carrier."""

from __future__ import annotations

import ipaddress
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, Literal
from urllib.parse import urlsplit

_KEY_LENGTH: Final = 32
"""Fewest characters of a shared key; generated ones are longer."""

_LONGEST: Final = 1e9
"""Longest wait in seconds, and highest rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """One simulated account with its clock, its people's behaviour and its limits.

    `seed` and a number determine everything that looks random. The clock is stopped until it is
    moved (`manual`) or runs at `rate` domain seconds per real second (`running`). It starts at
    `start_us`, UTC microseconds, or now if None. Delays (`sent_after`, `delivered_after`,
    `reply_after`) are domain seconds; `hold_seconds`, `callback_timeout` and `retry_seconds` are
    real ones. Raises ValueError for an inbound URL that is not on this machine, and for a rate or
    limit that is not positive.
    """

    account_sid: str = "AC00000000000000000000000000000001"
    auth_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """The key that signs callbacks; random unless it is shared (`shared_key`)."""
    inbound_url: str | None = None
    """URL for inbound texts; None drops them."""
    seed: int = 1
    clock: Literal["manual", "running"] = "running"
    rate: float = 1.0
    start_us: int | None = None
    senders: frozenset[str] | None = None
    """The account's own numbers; None accepts any."""
    sent_after: float = 1.0
    delivered_after: float = 3.0
    reply_after: tuple[float, float] = (60.0, 7200.0)
    """The shortest and the longest time until a reply."""
    advanced_opt_out: bool = False
    """Whether inbound STOP, START and HELP have OptOutType."""
    hold_seconds: float = 60.0
    """Seconds before the connection of an answer that never comes is cut."""
    callbacks_in_flight: int = 32
    """Callbacks posted at the same time; 1 keeps them in order."""
    callback_timeout: float = 15.0
    retry_seconds: float = 0.2
    """The wait before the first repeated callback; doubled each time."""
    log_limit: int = 1_000_000
    text_limit: int = 1_000_000

    def __post_init__(self) -> None:
        if self.inbound_url is not None and not is_loopback(self.inbound_url):
            raise ValueError(f"inbound_url {self.inbound_url} is not on this machine")
        for name in ("rate", "callbacks_in_flight", "log_limit", "text_limit", "callback_timeout"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive")
        for name in ("rate", "sent_after", "delivered_after", "hold_seconds", "retry_seconds"):
            if not 0 <= getattr(self, name) < _LONGEST:
                raise ValueError(f"{name} must be from 0 to {_LONGEST:,.0f}")
        if not 0 <= self.reply_after[0] <= self.reply_after[1] < _LONGEST:
            raise ValueError("reply_after must be the shortest and the longest wait for a reply")


def is_loopback(url: str) -> bool:
    """Whether an HTTP URL is on this machine, by `localhost` or a literal address.

    The simulator calls no other address: sample people must never cause a request over a network.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not port_is_valid:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def key_file(database_url: str) -> Path:
    """The file with the key of a workspace's simulator: beside the database of the URL."""
    path = Path(database_url.partition(":///")[2].partition("?")[0]).absolute()
    return path.with_name(f"{path.name}.simulator-key")


def shared_key(file: Path) -> str:
    """The key that a server and its simulator share, readable only by its owner.

    Whichever starts first creates it. Raises ValueError for a file without a key.
    """
    try:
        key = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return _made_key(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read ({error})") from error
    if len(key) < _KEY_LENGTH:
        raise ValueError(f"{file} contains no key; delete the file, and a new key is made")
    return key


def _made_key(file: Path) -> str:
    """Create a key, or read the one created in the meantime: the file is complete once it has its
    name.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.") as part:  # mode 0600
        part.write(secrets.token_urlsafe(32) + "\n")
        part.flush()
        with suppress(FileExistsError):
            os.link(part.name, file)
    return file.read_text(encoding="ascii").strip()

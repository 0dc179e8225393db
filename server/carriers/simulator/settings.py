"""How a simulated carrier is set up."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

_LONGEST: Final = 1e9
"""Seconds, and seconds a second, that a clock is counted on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """One simulated account with its clock, its people's habits and its bounds.

    `seed` and a number decide everything that looks like chance. The clock stands until it is moved
    (`manual`) or runs at `rate` domain seconds a real second (`running`); it starts at `start_us`,
    UTC microseconds, None meaning now. Delays (`sent_after`, `delivered_after`, `reply_after`) are
    domain seconds; `hold_seconds`, `callback_timeout` and `retry_seconds` are real ones. Raises
    ValueError for an inbound URL that is not on this machine, and for a rate or bound that is not
    positive.
    """

    account_sid: str = "AC00000000000000000000000000000001"
    auth_token: str = field(default="simulated", repr=False)
    inbound_url: str | None = None
    """Where texts from people are posted; None drops them."""
    seed: int = 1
    clock: Literal["manual", "running"] = "running"
    rate: float = 1.0
    start_us: int | None = None
    senders: frozenset[str] | None = None
    """The account's own numbers; None takes any."""
    sent_after: float = 1.0
    delivered_after: float = 3.0
    reply_after: tuple[float, float] = (60.0, 7200.0)
    """The quickest and the slowest reply."""
    advanced_opt_out: bool = False
    """Whether inbound STOP, START and HELP carry OptOutType."""
    hold_seconds: float = 60.0
    """How long an answer that never comes is waited with before the connection is cut."""
    callbacks_in_flight: int = 32
    """Callbacks posted at once; 1 makes their order total."""
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
            raise ValueError("reply_after must be the quickest and the slowest reply")


def is_loopback(url: str) -> bool:
    """Whether an HTTP URL names this machine's loopback, by `localhost` or a literal address.

    The simulator calls nothing else: sample people must never lead to a request over a network.
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

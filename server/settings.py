"""Settings: environment `DRUMBEAT_…` over a TOML file, checked at start.

`DRUMBEAT_CONFIG` names the TOML file; its keys are the variable names without the prefix, in lower
case. Every error names the setting, the reason and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from datetime import time as time_of_day
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
import phonenumbers

from common.toml import parse_toml
from server import zone_names
from server.clock import from_datetime
from server.errors import SettingsError

PREFIX: Final = "DRUMBEAT_"
OTHERS: Final = frozenset(
    {"DRUMBEAT_CONFIG", "DRUMBEAT_URL", "DRUMBEAT_TOKEN", "DRUMBEAT_PROFILE_DIR", "DRUMBEAT_SOAK"}
    | {"DRUMBEAT_SIMULATOR_AUTH_TOKEN"}
)
"""Variables of the client, the tests or the reading of settings itself."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
TOKEN_LENGTH: Final = 32
"""Fewest characters of a token chosen by a person, because anyone who reaches the server can guess.
"""
TWILIO_API: Final = "https://api.twilio.com"
TWILIO_LOOKUP: Final = "https://lookups.twilio.com"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. Durations are seconds of real time."""

    database: str = "sqlite+aiosqlite:///drumbeat.db"
    host: str = "127.0.0.1"
    port: int = 8420
    tls_certificate: str | None = None
    tls_key: str | None = None
    behind_proxy: bool = False
    region: str = "US"
    zone: str = "America/New_York"
    clock: Literal["real", "manual", "running"] = "real"
    clock_start: int | None = None
    clock_rate: float = 1.0
    admin_token: str | None = None
    public_url: str | None = None
    carrier: Literal["simulator", "twilio"] = "simulator"
    simulator_url: str = "http://127.0.0.1:8421"
    allow_simulator: bool = False
    twilio_account_sid: str | None = None
    twilio_auth_token: tuple[str, ...] = ()
    twilio_api_url: str = TWILIO_API
    twilio_lookup_url: str = TWILIO_LOOKUP
    carrier_read_timeout: float = 30.0
    carrier_connect_timeout: float = 5.0
    carrier_requests: int = 64
    reconcile_after: float = 90.0
    reconcile_again: float = 60.0
    catch_up_every: float = 60.0
    catch_up_hold: float = 120.0
    sender_rate: float = 1.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def simulated(self) -> bool:
        """Whether all texts stay on this machine: the carrier is the simulator, on loopback."""
        url = self.simulator_url if self.carrier == "simulator" else self.twilio_api_url
        return urlsplit(url).hostname in LOOPBACK

    @property
    def callback_url(self) -> str:
        """The base URL for carriers' callbacks, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def read_settings(
    environment: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> Settings:
    """The settings from `environment`, its TOML file, and `overrides` (command-line options).

    Raises SettingsError naming the first setting that is wrong.
    """
    written: dict[str, Any] = {}
    file = environment.get(f"{PREFIX}CONFIG")
    if file:
        written.update(_from_file(Path(file)))
    known = {field.name: field for field in msgspec.structs.fields(Settings)}
    for variable, text in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or text == "":
            continue
        if name in known:
            written[name] = text
        elif variable not in OTHERS:
            near = get_close_matches(name, known, 1)
            hint = f" Did you mean {_shown(near[0])}?" if near else ""
            raise SettingsError(f"{variable} is not a setting; docs/settings.md lists them.{hint}")
    written.update({k: v for k, v in (overrides or {}).items() if v is not None})
    for name, value in written.items():
        if name not in known:
            if isinstance(value, dict):
                raise SettingsError(
                    f"{_shown(name)}: tables are not allowed. Write settings such as port = "
                    "8420 at the top of the file."
                )
            raise SettingsError(f"{_shown(name)} is not a setting; docs/settings.md lists them.")
    settings = msgspec.structs.replace(
        Settings(), **{name: _read_one(name, value) for name, value in written.items()}
    )
    _check(settings)
    return settings


def _shown(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{PREFIX}CONFIG: Cannot read {path} ({error.strerror}). Use a TOML file that "
            "this user can read."
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}CONFIG: {path} is not valid TOML: {error}. Correct the file."
        ) from error


def _read_one(name: str, value: Any) -> Any:
    _refuse_odd(name, value)
    reader = _READERS.get(name)
    if reader is not None:
        try:
            return reader(value)
        except ValueError as error:
            raise SettingsError(f"{_shown(name)}: {_quoted(name, value)} {error}") from error
    annotation = next(f.type for f in msgspec.structs.fields(Settings) if f.name == name)
    try:
        return msgspec.convert(value, annotation, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise SettingsError(
            f"{_shown(name)}: {_quoted(name, value)} is wrong ({error}); correct or remove it."
        ) from error


def _refuse_odd(name: str, value: Any) -> None:
    """Refuse values that msgspec would misread, and values that no setting can have: tables, lists
    other than of tokens, text with control characters.
    """
    if isinstance(value, bool) and not isinstance(getattr(Settings(), name), bool):
        raise SettingsError(f"{_shown(name)} must be true or false; correct or remove it.")
    parts = value if isinstance(value, list) and name in _LISTS else [value]
    for part in parts:
        if isinstance(part, dict | list):
            kind = "table" if isinstance(part, dict) else "list"
            raise SettingsError(
                f"{_shown(name)} is a {kind}; write one value, such as {name} = VALUE, at "
                "the top of the file."
            )
        if name in _LISTS and not isinstance(part, str):
            raise SettingsError(f"{_shown(name)} must be text; write it in quotes.")
        if isinstance(part, str) and _UNREADABLE.search(part):
            raise SettingsError(
                f"{_shown(name)} contains a control character or bytes that are not UTF-8; "
                "write it again."
            )


def _quoted(name: str, value: Any) -> str:
    """A value as written, shortened; nothing of a secret."""
    if "token" in name:
        return "the value"
    written = value.isoformat() if isinstance(value, date | time_of_day) else repr(value)
    return written if len(written) <= _MOST_QUOTED else f"{written[:_MOST_QUOTED]}…"


_UNREADABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LISTS: Final = frozenset({"twilio_auth_token"})
_MOST_QUOTED: Final = 100


def _instant(value: Any) -> int:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if moment.tzinfo is not None:
            return from_datetime(moment)
    except ValueError:
        raise ValueError("is not a date and time; write it like 2026-11-02T14:00:00Z.") from None
    raise ValueError("has no time zone; write it like 2026-11-02T14:00:00Z.")


def _zone(value: Any) -> str:
    try:
        return zone_names.read_zone(str(value))
    except zone_names.UnknownZone as error:
        raise ValueError(f"cannot be used: {error.reason}. {error.remedy}") from error


def _region(value: Any) -> str:
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("is not a country; write two letters like US.")
    return str(value)


def _tokens(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else str(value).split(",")
    return tuple(part.strip() for part in listed if part.strip())


def _url(value: Any) -> str:
    try:
        parts = urlsplit(str(value))
        valid = parts.port is None or parts.port > 0
    except ValueError:
        valid = False
    if not (valid and parts.scheme in {"http", "https"} and parts.hostname) or (
        parts.query or parts.fragment
    ):
        raise ValueError("is not a base URL; write it like https://texts.example.org.")
    return str(value).rstrip("/")


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "clock_start": _instant,
    "zone": _zone,
    "region": _region,
    "twilio_auth_token": _tokens,
    "public_url": _url,
    "simulator_url": _url,
    "twilio_api_url": _url,
    "twilio_lookup_url": _url,
}


_TOKEN: Final = re.compile(r"[!-~]+")


def _check(settings: Settings) -> None:
    for name in (
        "carrier_read_timeout",
        "carrier_connect_timeout",
        "reconcile_after",
        "reconcile_again",
        "catch_up_every",
        "catch_up_hold",
        "sender_rate",
        "clock_rate",
    ):
        if not 0 < getattr(settings, name) < 1e6:
            raise SettingsError(
                f"{_shown(name)}: {getattr(settings, name)} is out of range;"
                " write a number above 0 and below 1,000,000."
            )
    if not 0 < settings.carrier_requests <= 1_000:
        raise SettingsError(
            f"DRUMBEAT_CARRIER_REQUESTS: {settings.carrier_requests} is out of range;"
            " write 1 to 1000."
        )
    if not 0 < settings.port < 65536:
        raise SettingsError(f"DRUMBEAT_PORT: {settings.port} is not a port; write 1 to 65535.")
    token = settings.admin_token
    if token is not None and (len(token) < TOKEN_LENGTH or not _TOKEN.fullmatch(token)):
        raise SettingsError(
            f"DRUMBEAT_ADMIN_TOKEN: the value is not accepted. Use at least {TOKEN_LENGTH} "
            "printable characters without spaces, such as the output of 'openssl rand -hex "
            "32', or remove the setting."
        )
    if settings.carrier == "twilio":
        if not settings.twilio_account_sid or not settings.twilio_auth_token:
            raise SettingsError(
                "DRUMBEAT_TWILIO_ACCOUNT_SID and DRUMBEAT_TWILIO_AUTH_TOKEN are missing. "
                "Both are required when DRUMBEAT_CARRIER is twilio."
            )
        if not settings.public_url and not settings.simulated:
            raise SettingsError(
                "DRUMBEAT_PUBLIC_URL is missing. Twilio needs a public address for its "
                "callbacks, such as https://texts.example.org."
            )
    if settings.clock != "real" and not settings.simulated:
        raise SettingsError(
            f"DRUMBEAT_CLOCK: {settings.clock!r} is allowed only with the simulator on this "
            "machine, so that real people are never texted on a simulated clock."
        )
    if settings.carrier == "simulator" and not settings.simulated:
        raise SettingsError(
            f"DRUMBEAT_SIMULATOR_URL: {settings.simulator_url!r} is not on this machine; "
            "the simulator must be at 127.0.0.1."
        )
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise SettingsError("DRUMBEAT_TLS_CERTIFICATE and DRUMBEAT_TLS_KEY must both be set.")
    private = settings.host in LOOPBACK or settings.behind_proxy
    if not private and not settings.tls_certificate:
        raise SettingsError(
            f"DRUMBEAT_HOST: {settings.host!r} can be reached from other machines, and "
            "tokens would be sent unencrypted. Set DRUMBEAT_TLS_CERTIFICATE and "
            "DRUMBEAT_TLS_KEY, or DRUMBEAT_BEHIND_PROXY=true if a proxy in front handles "
            "TLS."
        )
    reachable = settings.host not in LOOPBACK or settings.behind_proxy
    if reachable and settings.simulated and not settings.allow_simulator:
        raise SettingsError(
            "DRUMBEAT_CARRIER: the simulator is not allowed for a server that other "
            "machines can reach (DRUMBEAT_HOST, DRUMBEAT_BEHIND_PROXY), because nobody "
            "would get a text. Set DRUMBEAT_CARRIER=twilio, or "
            "DRUMBEAT_ALLOW_SIMULATOR=true to try it out."
        )

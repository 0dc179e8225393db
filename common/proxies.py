"""Which proxy a request uses, from the environment, and which hosts need none.

HTTP_PROXY, HTTPS_PROXY and ALL_PROXY name a proxy; NO_PROXY lists hosts that are reached directly.
A lower-case variable overrides the upper-case one. Hosts on this machine never use a proxy, so a
wrong variable does not matter for them.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SCHEMES: Final = frozenset({"http", "https"})
_PORTS: Final = {"http": 80, "https": 443}


class Proxy(NamedTuple):
    """A proxy's URL, and the variable that names it."""

    variable: str
    url: str


class UnusableProxy(Exception):
    """A variable with an unusable proxy. The value may contain a password, so it is not shown."""

    def __init__(self, variable: str, why: str) -> None:
        super().__init__(f"{variable}: {why}")
        self.variable = variable
        self.why = why


def is_loopback(host: str | None) -> bool:
    """Whether a host of a URL is this machine: localhost, 127.0.0.0/8 or ::1."""
    name = (host or "").casefold().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def proxy_for(url: str, environment: Mapping[str, str] = os.environ) -> Proxy | None:
    """The proxy for a server's URL, or None. Raises UnusableProxy if its variable is wrong."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    if is_loopback(host):
        return None
    set_to = _settings(environment)
    if _is_bypassed(host, port, set_to["no_proxy"].value if "no_proxy" in set_to else ""):
        return None
    for kind in (f"{parts.scheme}_proxy", "all_proxy"):
        setting = set_to.get(kind)
        if setting is not None and setting.value:
            return Proxy(setting.variable, _usable(setting))
    return None


class _Setting(NamedTuple):
    variable: str
    value: str


def _settings(environment: Mapping[str, str]) -> dict[str, _Setting]:
    """The variables by lower-case name; an empty lower-case variable unsets the other."""
    found: dict[str, _Setting] = {}
    for name in sorted(environment):  # upper case sorts first, so that lower case wins
        if name.casefold().endswith("_proxy"):
            found[name.casefold()] = _Setting(name, environment[name].strip())
    return found


def _usable(setting: _Setting) -> str:
    value = setting.value if "://" in setting.value else f"http://{setting.value}"
    example = "write it like http://proxy.example.org:3128"
    try:
        parts = urlsplit(value)
        port = parts.port
        httpx.URL(value)
    except (ValueError, httpx.InvalidURL) as error:
        raise UnusableProxy(setting.variable, f"it is not a URL; {example}") from error
    if parts.scheme not in _SCHEMES:
        raise UnusableProxy(
            setting.variable, f"only http:// and https:// proxies are supported; {example}"
        )
    if not parts.hostname or port == 0 or not value.isprintable() or " " in value:
        raise UnusableProxy(setting.variable, f"it is not a URL; {example}")
    return value


def _is_bypassed(host: str, port: int | None, no_proxy: str) -> bool:
    """Whether an entry covers the host: `*`, a domain and its subdomains, an address, a network.

    An entry may have a port. An invalid entry covers nothing.
    """
    name = host.casefold().rstrip(".")
    return any(
        _covers(entry, name, port) for entry in no_proxy.casefold().replace(",", " ").split()
    )


def _covers(entry: str, name: str, port: int | None) -> bool:
    if entry == "*":
        return True
    entry = entry.partition("://")[2] or entry
    address = _address(name)
    if "/" in entry:
        with suppress(ValueError):
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        return False
    plain = _address(entry.strip("[]"))
    if plain is not None:
        return plain == address
    domain, colon, wanted = entry.rpartition(":")
    if colon:
        if wanted != str(port):
            return False
        entry = domain
        plain = _address(entry.strip("[]"))
        if plain is not None:
            return plain == address
    entry = entry.removeprefix("*").strip(".")
    return bool(entry) and (name == entry or name.endswith(f".{entry}"))


def _address(host: str) -> _Address | None:
    """The address of a host, including short forms such as 127.1; None for a name."""
    with suppress(ValueError):
        address = ipaddress.ip_address(host.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return mapped or address
    if host[:1].isdigit():
        with suppress(OSError, ValueError):
            return ipaddress.IPv4Address(socket.inet_aton(host))
    return None

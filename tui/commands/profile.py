"""Which server and token to use: from the environment, or the profile that `login` wrote."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import msgspec
import platformdirs
import tomli_w

from common.proxies import is_loopback
from common.terminal import clean
from common.toml import parse_toml
from tui.commands.errors import Away

DEFAULT_URL: Final = "http://127.0.0.1:8420"


class Profile(msgspec.Struct, frozen=True):
    """A server and the token to sign in with."""

    url: str
    token: str


def profile_path() -> Path:
    """The profile's path; DRUMBEAT_PROFILE_DIR sets another directory."""
    named = os.environ.get("DRUMBEAT_PROFILE_DIR")
    folder = Path(named) if named else platformdirs.user_config_path("drumbeat")
    return folder / "profile.toml"


def read_profile() -> Profile | None:
    """The saved profile, or None."""
    path = profile_path()
    try:
        return msgspec.convert(parse_toml(path.read_text(encoding="utf-8")), Profile)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise click.ClickException(
            f"The profile {path} cannot be read ({error}). Sign in again with 'drumbeat login URL'."
        ) from error


def write_profile(profile: Profile) -> Path:
    """Save a profile, readable only by this user."""
    path = profile_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    file = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(file, "wb") as written:
        tomli_w.dump(msgspec.to_builtins(profile), written)
    part.replace(path)
    return path


def present_profile() -> Profile:
    """The server and token to use now. Ends the command if there is no token."""
    url, token = os.environ.get("DRUMBEAT_URL"), os.environ.get("DRUMBEAT_TOKEN")
    if url and token:
        return Profile(check_url(url), token)
    kept = read_profile()
    if token:
        return Profile(kept.url if kept else DEFAULT_URL, token)
    if kept is not None and (not url or check_url(url) == kept.url):
        return kept
    if url:
        raise Away(
            f"DRUMBEAT_URL is set but DRUMBEAT_TOKEN is missing. Set it, or run"
            f" 'drumbeat login {clean(url)}'."
        )
    raise Away("Not signed in. Run 'drumbeat login URL', or set DRUMBEAT_URL and DRUMBEAT_TOKEN.")


def check_url(url: str) -> str:
    """A server's address without a trailing slash. Raises UsageError."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        valid = valid and url.isprintable() and " " not in url
    except ValueError:
        valid = False
    if not valid:
        raise click.UsageError(f"{url!r} is not a valid address. Write it like {DEFAULT_URL}.")
    return url.rstrip("/")


def travels_openly(url: str) -> bool:
    """Whether a token sent to this address could be read on its way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname)

"""Twilio's webhook signatures: created by the simulator, checked by the adapter.

Form bodies: base64(HMAC(secret, URL + every name and value, names sorted, values of one name sorted
and without repeats)). JSON bodies: the URL contains `bodySHA256` and only the URL is signed. SHA-1
with the account's token, or SHA-256 with a shared key if `X-Twilio-Webhooks-Signature-Settings`
says so. Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security and SDK 9.13.

A URL's fragment (`#rc=5&rp=all`) configures Twilio's connection; it is never sent or signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl, urlsplit

SIGNATURE: Final = "x-twilio-signature"
SIGNATURE_SETTINGS: Final = "x-twilio-webhooks-signature-settings"

Pairs = Iterable[tuple[str, str]]
Algorithm = Literal["sha1", "sha256"]
MOST_PARAMETERS: Final = 500
"""Most fields of one form, counted before it is read; Twilio's longest have some sixty."""


def sign(secret: str, url: str, parameters: Pairs, algorithm: Algorithm = "sha1") -> str:
    """The signature of a request to `url` (without its fragment) with these form parameters."""
    signed = url.partition("#")[0] + "".join(
        name + value for name, value in sorted(set(parameters))
    )
    digest = hmac.digest(secret.encode(), signed.encode("utf-8", "surrogatepass"), algorithm)
    return base64.b64encode(digest).decode()


def form_parameters(body: bytes) -> list[tuple[str, str]]:
    """Every name and value of a form body in order, including blank ones, untrimmed.

    Raises ValueError for more than any carrier sends.
    """
    return parse_qsl(
        body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS
    )


def verify(secrets: Iterable[str], url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the secrets signed this body for this URL.

    `headers` have lower-case names. `url` is the address that the carrier calls: the public address
    with the raw path and query. It matches with and without an explicit port, because Twilio's own
    senders differ there; everything else must be identical.
    """
    given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
    algorithm = _algorithm(headers.get(SIGNATURE_SETTINGS, ""))
    if not given or algorithm is None:
        return False
    parameters: list[tuple[str, str]] = []
    if body.count(b"&") >= MOST_PARAMETERS or url.count("&") >= MOST_PARAMETERS:
        return False
    try:
        query = dict(parse_qsl(urlsplit(url).query))
        if headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
            said = query.get("bodySHA256")
            if said is None or not _same(hashlib.sha256(body).hexdigest(), said.encode()):
                return False
        else:
            parameters = form_parameters(body)
    except ValueError:
        return False
    fits = False
    for secret in secrets:
        for address in _with_and_without_port(url):
            fits |= _same(sign(secret, address, parameters, algorithm), given)
    return fits


def _same(expected: str, given: bytes) -> bool:
    return hmac.compare_digest(expected.encode(), given)


def _algorithm(settings: str) -> Algorithm | None:
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            match value.strip().upper():
                case "HMAC_SHA1":
                    return "sha1"
                case "HMAC_SHA256":
                    return "sha256"
                case _:
                    return None
    return "sha1"


def _with_and_without_port(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if parts.port is None:
        port = 443 if parts.scheme == "https" else 80
        return url, url.replace(parts.netloc, f"{parts.netloc}:{port}", 1)
    bare = parts.netloc.rpartition(":")[0]
    return url, url.replace(parts.netloc, bare, 1)

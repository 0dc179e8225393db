"""Pictures and other files of a text: what is stored of them, and how they are named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from common.model.messages import Media

MOST: Final = 10
"""Most files of one text, with every known carrier."""
URL_LIMIT: Final = 2_000

_URL: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,80}")
_KINDS: Final = {"image": "picture", "video": "video", "audio": "audio recording"}
_CARDS: Final = frozenset({"text/vcard", "text/x-vcard", "text/directory"})


def kept(url: str | None, content_type: str | None) -> Media:
    """What is stored of an address and a type: only valid values that are safe to display."""
    given = (content_type or "").partition(";")[0].strip().lower()
    return Media(
        url if url and len(url) <= URL_LIMIT and _URL.fullmatch(url) else None,
        given if _TYPE.fullmatch(given) else None,
    )


def named(body: str, media: Sequence[Media]) -> str:
    """A text's words and, after them, its files: "Here [2 pictures, video]".

    A file without a type is called a picture, because nearly all of them are.
    """
    if not media:
        return body if body.strip() else "[empty text]"
    counts = Counter(_kind(one.content_type) for one in media)
    told = ", ".join(kind if n == 1 else f"{n} {kind}s" for kind, n in counts.items())
    return f"{body.rstrip()} [{told}]".lstrip()


def _kind(content_type: str | None) -> str:
    if content_type is None:
        return "picture"
    if content_type in _CARDS:
        return "contact card"
    return _KINDS.get(content_type.partition("/")[0], "file")

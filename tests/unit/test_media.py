"""Pictures and other files: what is kept of them, and how a text with them reads."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.model.messages import Media
from server.messages.media import URL_LIMIT, kept, named

URL = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


def of(*types: str | None) -> list[Media]:
    return [Media(URL, content_type) for content_type in types]


@pytest.mark.parametrize(
    ("body", "types", "read"),
    [
        ("", ["image/jpeg"], "[picture]"),
        (" \n", ["image/jpeg", "image/png"], "[2 pictures]"),
        ("Look ", ["image/gif"], "Look [picture]"),
        ("", [None], "[picture]"),
        ("", ["video/mp4", "video/3gpp"], "[2 videos]"),
        ("", ["audio/amr"], "[audio recording]"),
        ("", ["text/vcard", "text/x-vcard"], "[2 contact cards]"),
        ("", ["application/pdf", "text/plain"], "[2 files]"),
        ("", ["image/jpeg", "video/mp4", "image/jpeg"], "[2 pictures, video]"),
        ("Yes", [], "Yes"),
        ("", [], "[empty text]"),
        ("  ", [], "[empty text]"),
    ],
)
def test_a_text_says_what_it_carries(body: str, types: list[str | None], read: str) -> None:
    assert named(body, of(*types)) == read


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "/relative",
        "https://",
        "https://example.org/a b",
        "https://example.org/\x1b[31m",
        "https://example.org/\u202e",
        "https://example.org/" + "x" * URL_LIMIT,
    ],
)
def test_an_address_that_is_none_is_not_kept(url: str | None) -> None:
    assert kept(url, "image/jpeg") == Media(None, "image/jpeg")


@pytest.mark.parametrize("given_type", [None, "", "image", "a/b/c", "image/\x1b", "x" * 300 + "/y"])
def test_a_type_that_is_none_is_not_kept(given_type: str | None) -> None:
    assert kept(URL, given_type) == Media(URL, None)


def test_a_type_is_kept_without_its_parameters() -> None:
    assert kept(URL, "Text/X-vCard; charset=utf-8") == Media(URL, "text/x-vcard")


@given(st.text(), st.text())
def test_whatever_is_kept_is_harmless_to_show(url: str, content_type: str) -> None:
    one = kept("https://x/" + url, content_type)
    for part in msgspec.structs.astuple(one):
        assert part is None or (part.isascii() and part.isprintable())

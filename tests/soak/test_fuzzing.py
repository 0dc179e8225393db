"""Random input at every door: the server refuses it with a reason, in bounded memory, and works on.

Each door gets a few inputs in `make test`. In `make soak` each gets new ones for
`DRUMBEAT_FUZZ_SECONDS`, two minutes unless set. The doors are real: a server process, HTTP, and
callbacks signed as the carrier signs them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from common.documents import DocumentError, read_toml, write_toml
from common.filters import Field
from server.carriers.twilio_signature import sign
from server.errors import SettingsError
from server.sequences.text import TextError, check, render
from server.settings import read_settings
from tests.api.test_openapi import CHECKS, operation_ids
from tests.benchmarks.processes import memory_of
from tests.sizes import FULL, sized
from tests.soak.test_kills import START
from tests.system.test_faults import ACCOUNT
from tests.system.workplace import SENDER, Workplace, workplace
from tui.actions.user_keymap import KeymapWrong, read_keymap

pytestmark = pytest.mark.soak

SECONDS: Final = float(os.environ.get("DRUMBEAT_FUZZ_SECONDS", "120" if FULL else "0"))
"""Real seconds for each door; the first inputs are tried whatever the time."""

EXAMPLES: Final = sized(40, 300)
ROOM: Final = 64 * 1024 * 1024
"""Bytes by which the process that reads the input may grow at one door, after the first inputs."""

PEOPLE: Final = [f"+1646552{n:04}" for n in range(20)]
ODD: Final = [
    *("", " ", "\x00", "\x1b[31m", "\x9b2J", "\u202e", "\u200b", "\ufeff", "\ud800", "😀"),
    *("STOP", "stop please", "START", "HELP", "e\u0301", "1" * 400, "x" * 2_000, "!" * 2_000),
    *("{{", "{{ first_name }}", "{{ first_name|", "{% if x %}", "{{{}}}", "=1+1", "+cmd|' /C'!A0"),
    *(SENDER, *PEOPLE[:3], "+1", "+5215512345678", "٣", "0x1", "1.5E+10", "-1", "NaN", "null"),
]
text = st.one_of(st.sampled_from(ODD), st.text(max_size=60), st.binary(max_size=30).map(repr))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server with people who are enrolled and were texted."""
    with workplace(tmp_path_factory.mktemp("fuzzing"), START) as place:
        place.import_people([f"{phone},P" for phone in PEOPLE])
        sequence = place.sequence("Fuzz", ("One. Reply STOP to opt out.", {"days": 0}))
        place.enroll(sequence, *PEOPLE)
        place.settle()
        yield place
        assert place.complaints() == []
        place.doctor()


def fuzz(inputs: st.SearchStrategy[Any], put: Callable[[Any], None], process: int | str) -> None:
    """Put inputs through a door until the time is over; `process` is whose memory is bounded."""
    ends = time.monotonic() + SECONDS
    for round_ in count():

        @seed(round_)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(inputs)
        def run(one: Any) -> None:
            put(one)

        run()
        if round_ == 0:
            before = memory_of(process).most
        grown = memory_of(process).most - before
        assert grown <= ROOM, f"grew by {grown:,} bytes in {round_} rounds"
        if time.monotonic() >= ends:
            return


def server_of(place: Workplace) -> int:
    assert place.server is not None
    return place.server.pid


def _sendable(text: str) -> str:
    """A text that UTF-8 has: halves of characters become question marks."""
    return text.encode("utf-8", "replace").decode()


# The operators' API.


@pytest.mark.skipif(not FULL, reason="tests/api/test_openapi.py puts a few to each operation")
def test_every_operation_answers_as_it_is_described(place: Workplace) -> None:
    schema = schemathesis.openapi.from_url(f"{place.url}/schema/openapi.json")
    cases = [
        schema.find_operation_by_id(one).as_strategy(mode)
        for one in operation_ids()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ]
    with requests.Session() as session:
        session.trust_env = False

        def put(case: Any) -> None:
            headers = {"Authorization": f"Bearer {place.token}"}
            answer = case.call(session=session, headers=headers, timeout=30)
            case.validate_response(answer, checks=CHECKS)

        fuzz(st.one_of(cases), put, server_of(place))


WORDS: Final = st.one_of(
    text,
    st.sampled_from([*(f"{field}:" for field in Field), "-", '"', ",", "..", "<2h", "today", ":"]),
    st.sampled_from(["status:failed", "step:1", "group:a", "-hold:none", "by:x", "lena", "555"]),
)


@pytest.mark.parametrize("path", ["/sequences/1/enrollments", "/sequences/1/enrollments/ids"])
def test_a_filter_is_answered_or_refused(place: Workplace, path: str) -> None:
    def put(words: list[str]) -> None:
        answer = place.api.get(path, params={"q": _sendable(" ".join(words))[:4_000]})
        assert answer.status_code in {200, 400, 422, 503}, answer.text

    fuzz(st.lists(WORDS, max_size=120), put, server_of(place))


CELL: Final = st.one_of(text, st.sampled_from(PEOPLE), st.sampled_from(['"', '""', "\t", "\r"]))
ROW: Final = st.lists(CELL, max_size=6)
HEAD: Final = st.lists(
    st.one_of(st.sampled_from(["phone", "first name", "zone", "group", "phone ", "sep=;"]), text),
    max_size=6,
)


def _csv(separator: str, ending: str, head: list[str], rows: list[list[str]]) -> bytes:
    lines = [separator.join(row) for row in (head, *rows)]
    return ending.join(lines).encode("utf-8", "surrogatepass")


FILES: Final = st.one_of(
    st.binary(max_size=2_000),
    st.builds(
        _csv,
        st.sampled_from([",", ";", "\t"]),
        st.sampled_from(["\n", "\r\n", "\r"]),
        HEAD,
        st.lists(ROW, max_size=20),
    ),
)


@pytest.mark.parametrize("form", ["text/csv", "application/x-ndjson", "application/octet-stream"])
def test_a_file_is_imported_or_refused(place: Workplace, form: str) -> None:
    def put(file: bytes) -> None:
        answer = place.api.post(
            "/contacts/import",
            params={"dry_run": "true"},
            content=file,
            headers={"Content-Type": form},
        )
        assert answer.status_code in {200, 400, 413, 415, 422}, answer.text

    fuzz(FILES, put, server_of(place))


# The carrier's callbacks.


class Callback(NamedTuple):
    """One callback: its address below `/carriers/simulator`, form, and whether it is signed."""

    door: str
    query: dict[str, str]
    form: dict[str, str]
    signed: bool


NAMES: Final = st.one_of(
    st.sampled_from(
        [
            *("AccountSid", "MessageSid", "SmsSid", "MessageStatus", "ErrorCode", "From", "To"),
            *("Body", "NumMedia", "NumSegments", "MediaUrl0", "OptOutType", "RawDlrDoneDate"),
        ]
    ),
    text,
)
VALUES: Final = st.one_of(
    text,
    st.sampled_from(["delivered", "failed", "undelivered", "sent", "30003", "21610", "30006", "0"]),
)
LIKELY: Final = st.fixed_dictionaries(
    {
        "AccountSid": st.just(ACCOUNT),
        "MessageSid": st.integers(0, 40).map(lambda n: f"SM{n:032x}"),
        "From": st.one_of(st.sampled_from(PEOPLE), text),
        "To": st.just(SENDER),
    },
    optional={"Body": text, "NumMedia": VALUES, "MessageStatus": VALUES, "ErrorCode": VALUES},
)
CALLBACKS: Final = st.builds(
    Callback,
    door=st.sampled_from(["inbound", "status"]),
    query=st.dictionaries(st.one_of(st.just("attempt"), text), text, max_size=3),
    form=st.builds(
        lambda likely, more: likely | more,
        st.one_of(LIKELY, LIKELY, st.just({})),
        st.dictionaries(NAMES, VALUES, max_size=8),
    ),
    signed=st.sampled_from([True, True, True, False]),
)


def test_a_callback_is_taken_or_refused(place: Workplace) -> None:
    key = place.account_token

    def put(callback: Callback) -> None:
        query = urlencode(callback.query, errors="replace")
        url = f"{place.url}/carriers/simulator/{callback.door}" + (f"?{query}" if query else "")
        form = {_sendable(name): _sendable(value) for name, value in callback.form.items()}
        signature = sign(key, url, form.items()) if callback.signed else "AAAA"
        answer = place.nobody.post(
            url,
            content=urlencode(form).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": signature,
            },
        )
        ours = callback.signed and form.get("AccountSid") == ACCOUNT
        assert answer.status_code in ({200, 422} if ours else {403, 413, 422}), answer.text

    fuzz(CALLBACKS, put, server_of(place))


# What is read from files and texts, without a server.

PIECES: Final = st.one_of(
    st.sampled_from(
        ["{{", "}}", "{", "}", "|", " ", "'", '"', "default(", ")", "first_name", "\n"]
    ),
    text,
)


def test_a_template_is_rendered_or_refused() -> None:
    def put(pieces: list[str]) -> None:
        body = "".join(pieces)
        problems = check(body)
        try:
            rendered = render(body, {"first_name": "Lena {{ first_name }}"})
        except TextError:
            return
        assert not problems, "it was rendered though it has problems"
        assert len(rendered) <= 3 * len(body) + 2_000

    fuzz(st.lists(PIECES, max_size=40), put, "self")


LINES: Final = st.one_of(
    st.sampled_from(
        [
            *("name = 'A'", "[[steps]]", "body = 'B'", "delay = { days = 1 }", "at = 2026-12-01"),
            *("window = [", "]", "port = 1", "[a.b]", "quit = 'ctrl+q'", "a = " + "[" * 5_000),
            *("x = 1979-05-27T07:32:00Z", "n = 1e400", "n = 0x" + "f" * 500, "'' = ''", "= 1"),
        ]
    ),
    text,
    st.builds("{} = {}".format, st.sampled_from(["name", "port", "quit", "steps", "sender"]), text),
)


def test_a_toml_file_is_read_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "any.toml"

    def put(lines: list[str]) -> None:
        written = "\n".join(lines)
        file.write_bytes(written.encode("utf-8", "surrogatepass"))
        with suppress(DocumentError):
            document = read_toml(written)
            assert read_toml(write_toml(document)) == document
        with suppress(SettingsError):
            read_settings({"DRUMBEAT_CONFIG": str(file)})
        with suppress(KeymapWrong):
            read_keymap(file)

    fuzz(st.lists(LINES, max_size=12), put, "self")

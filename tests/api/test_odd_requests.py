"""Whatever is sent, the server says what is wrong with it: a real server never answers 500."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any, Final

import pytest
import uvicorn

from server.app import create_app
from server.settings import read_settings
from tests.api.conftest import ADMIN_TOKEN
from tests.sizes import sized

REQUESTS: Final = sized(150, 5_000)
ENDLESS: Final = {"followEvents"}
NEEDS_SIMULATOR: Final = {"advanceClock"}
ENDS_IT: Final = {"revokeToken"}
ODD_STRINGS: Final = [
    *("", " ", "a", "1", "-1", "0", "٣", "𝟙", "é", "e\u0301", "\x00", "a\x00b", "\x1b[31m"),
    *("\x85", "\x9b", "\u202e", "\u200b", "\ufeff", "\ud800", "\udc00x", "😀", "x" * 70_000),
    *("{{", "{{ x", "{% if %}", "' OR 1=1 --", "%", "_", "*", "(", "status:", "-status:pending"),
    *('"', "\\", "null", "NaN", "1e999", "+14155550142", "+1", "UTC", "America/New_York", "../.."),
    *("2026-13-45T99:99:99Z", "2026-11-02T14:00:00Z", "0001-01-01T00:00:00+23:59"),
    *("9999-12-31T23:59:59-23:59", "step:99999999999999999999"),
]
LIKELY: Final = {
    "phone": ["+14155550100", "+14155550{n:03}", "(415) 555-0{n:03}", "+5215512345678"],
    "phones": ["+14155550100", "+14155550{n:03}"],
    "name": ["One", "Name {n}"],
    "body": ["Hi {{ first_name }}. Reply STOP to opt out.", "{n}?"],
    "action": ["finish", "retry", "suppress", "add_to_group", "send_message"],
    "at": ["2026-12-01T10:00:00", "2026-12-01T10:00:00Z"],
    "zone": ["America/New_York", "EST"],
    "region": ["CA", "Texas"],
    "days": ["mon-sat", "daily"],
    "from": ["09:00"],
    "to": ["20:00", "+14155550100"],
    "group_name": ["VIP"],
    "q": ["a", "status:pending"],
    "verdict": ["reply", "opt_out"],
    "reading": ["reply", "opt_out", "harmless"],
}
"""What is nearly right, so that the odd part gets further; {n} is a number."""
ODD_NUMBERS: Final = [
    0,
    1,
    -1,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**400,
    1.5,
    1e308,
]
ODD_PARTS: Final = [
    *(b"1", b"0", b"-1", b"999999999999999999999", b"9223372036854775808", b"%ff", b"%00", b"%"),
    *(b"%2e%2e", b"%2f", b"%zz", b"%u0041", b"abc", b"%D9%A3", b"1.0", b"1e5", b"%ED%A0%80"),
    *(b"%F0%9F%98%80", b"+14155550142"),
    *(b"%1b%5b31m", b"a" * 3_000, b"%0d%0a", b"%252e", b"[", b"simulator", b"twilio"),
]
ODD_HEADERS: Final = [
    (b"Idempotency-Key", b"\xff\xfe"),
    (b"Idempotency-Key", b""),
    (b"Idempotency-Key", b"k" * 201),
    (b"Idempotency-Key", "ключ".encode()),
    (b"Idempotency-Key", b"same"),
    (b"Content-Type", b"application/json; charset=utf-16"),
    (b"Content-Type", b"\xff/\xff; charset=\xff"),
    (b"Content-Type", b"multipart/form-data"),
    (b"Content-Type", b"multipart/form-data; boundary=x"),
    (b"Content-Type", b"application/x-www-form-urlencoded"),
    (b"Content-Type", b"application/msgpack"),
    (b"Content-Type", b"text/csv"),
    (b"Accept", b"\xff, */*;q=x"),
    (b"Accept-Language", b"\xff"),
    (b"Cookie", b"\xff=\xff; a; =;"),
    (b"If-None-Match", b"\xff"),
    (b"Range", b"bytes=-999999999999999999999"),
    (b"X-Twilio-Signature", b"\xff"),
    (b"X-Forwarded-Host", b"\xff"),
    (b"Host", b"\xff"),
    (b"Host", b"[::1"),
    (b"Last-Event-ID", b"99999999999999999999"),
    (b"Expect", b"200-maybe"),
]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real server on a free port, with one of everything in it."""
    file = tmp_path_factory.mktemp("odd") / "drumbeat.db"
    app = create_app(
        read_settings(
            {
                "DRUMBEAT_DATABASE": f"sqlite+aiosqlite:///{file}",
                "DRUMBEAT_ADMIN_TOKEN": ADMIN_TOKEN,
                "DRUMBEAT_CLOCK": "manual",
                "DRUMBEAT_CLOCK_START": "2026-11-02T14:00:00Z",
            }
        )
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, http="httptools", log_config=None, lifespan="on", ws="none")
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        number: int = listening.getsockname()[1]
        fill(number)
        yield number
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def send(
    port: int,
    method: str,
    target: bytes,
    body: bytes | None = None,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> tuple[int, bytes]:
    """One request, byte for byte as given; its status and answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    sent = {b"Host": b"127.0.0.1", b"Authorization": f"Bearer {ADMIN_TOKEN}".encode()}
    if body is not None:
        sent |= {b"Content-Length": str(len(body)).encode(), b"Content-Type": b"application/json"}
    sent |= dict(headers or [])
    head = b"".join(b"%s: %s\r\n" % pair for pair in sent.items())
    connection.connect()
    assert connection.sock is not None
    connection.sock.sendall(b"%s %s HTTP/1.1\r\n%s\r\n" % (method.encode(), target, head))
    connection.sock.sendall(body or b"")
    try:
        answer = connection.response_class(connection.sock, method=method)
        answer.begin()
        return answer.status, answer.read()
    finally:
        connection.close()


def fill(port: int) -> None:
    """A contact, a group and an active sequence, so that ids such as 1 exist."""
    steps = [{"body": "Hi. Reply STOP to opt out.", "delay": {"days": 1}}]
    for path, body in [
        ("contacts", {"phone": "+14155550100"}),
        ("groups", {"name": "All"}),
        ("sequences", {"name": "One", "steps": steps}),
        ("sequences/1/activate", {}),
        ("sequences/1/enrollments", {"contact_ids": [1]}),
    ]:
        status, answer = send(port, "POST", f"/api/v1/{path}".encode(), json.dumps(body).encode())
        assert status in {200, 201}, answer


class Oddity:
    """Makes random requests from the OpenAPI document, each with something odd in it."""

    def __init__(self, document: dict[str, Any], seed: int) -> None:
        self._chance = random.Random(seed)
        self._odds = 0.0
        self._schemas = document["components"]["schemas"]
        self._routes = [
            (method, path, operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if isinstance(operation, dict)
            and operation["operationId"] not in ENDLESS | NEEDS_SIMULATOR | ENDS_IT
        ]

    def request(self) -> tuple[str, bytes, bytes | None, list[tuple[bytes, bytes]]]:
        """Method, target, body and headers."""
        chance = self._chance
        method, path, operation = chance.choice(self._routes)
        self._odds = chance.choice([0.02, 0.05, 0.2])
        parts = [
            self._part() if part.startswith("{") else part.encode() for part in path.split("/")
        ]
        target = b"/".join(parts)
        if chance.random() < self._odds * 5:
            target += b"?" + self._query(operation)
        body = (
            self._body(operation) if "requestBody" in operation or chance.random() < 0.1 else None
        )
        headers = chance.sample(ODD_HEADERS, chance.choice([0] * 8 + [1, 2]))
        return method.upper(), target, body, headers

    def _part(self) -> bytes:
        return b"1" if self._chance.random() > self._odds * 2 else self._chance.choice(ODD_PARTS)

    def _query(self, operation: dict[str, Any]) -> bytes:
        chance = self._chance
        names = [
            one["name"].encode() for one in operation.get("parameters", []) if one["in"] == "query"
        ]
        names = names or [b"x"]
        given = []
        for _ in range(chance.choice([1, 1, 2, 3])):
            name = chance.choice([*names, *names, *names, b"\xff", b"%ff", b"", b"%00"])
            given.append(name + chance.choice([b"=", b"=", b"=", b""]) + chance.choice(ODD_PARTS))
        return chance.choice([b"&", b"&", b";", b"&&"]).join(given).replace(b" ", b"+")

    def _body(self, operation: dict[str, Any]) -> bytes:
        chance = self._chance
        content = operation.get("requestBody", {}).get("content", {})
        schema: dict[str, Any] = next((one["schema"] for one in content.values()), {})
        value = self._value(schema, 0)
        written = json.dumps(value, ensure_ascii=chance.random() < 0.5)
        body = bytearray(written.encode("utf-8", "surrogatepass"))
        for _ in range(chance.choice([0] * 9 + [1, 3])):
            place = chance.randrange(len(body) + 1)
            body[place:place] = chance.choice(
                [b"\xff", b"\x00", b"\\u0000", b"[" * 2_000, b'"', b"}"]
            )
        if chance.random() < 0.05:
            del body[chance.randrange(len(body) + 1) :]
        return bytes(body)

    def _value(self, schema: dict[str, Any], depth: int, name: str = "") -> Any:  # one a kind
        chance = self._chance
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        if chance.random() < self._odds or depth > 6:
            return self._odd()
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return self._value(chance.choice(schema[choice]), depth, name)
        if "enum" in schema:
            return chance.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {})
                wanted = [
                    name
                    for name in fields
                    if name in schema.get("required", []) or chance.random() < 0.4
                ]
                made = {name: self._value(fields[name], depth + 1, name) for name in wanted}
                if not fields or chance.random() < 0.05:
                    made[chance.choice(ODD_STRINGS[:40])] = self._odd()
                return made
            case "array":
                items = schema.get("items", {})
                return [
                    self._value(items, depth + 1, name) for _ in range(chance.choice([0, 1, 1, 3]))
                ]
            case "integer" | "number":
                return chance.choice([1, 1, 1, 2, 30, *ODD_NUMBERS])
            case "boolean":
                return chance.choice([True, False])
            case "null":
                return None
            case _ if name in LIKELY and chance.random() > self._odds:
                n = chance.randrange(200)
                likely: str = chance.choice(LIKELY[name])
                return likely.replace("{n:03}", f"{n:03}").replace("{n}", str(n))
            case _:
                return chance.choice(ODD_STRINGS)

    def _odd(self) -> Any:
        odd: list[Any] = [
            *(None, True, [], {}, [[]], {"a": {"b": []}}, float("nan"), float("inf")),
            *(self._chance.choice(ODD_STRINGS), self._chance.choice(ODD_NUMBERS)),
        ]
        return self._chance.choice(odd)


@pytest.mark.long
@pytest.mark.soak
def test_no_request_is_answered_500(port: int) -> None:
    document = json.loads(send(port, "GET", b"/schema/openapi.json")[1])
    oddity = Oddity(document, 7)
    for number in range(REQUESTS):
        method, target, body, headers = oddity.request()
        status, answer = send(port, method, target, body, headers)
        assert status < 500, (number, method, target, headers, (body or b"")[:2_000], answer)
        answer.decode()
    assert send(port, "GET", b"/health/ready")[0] == 200

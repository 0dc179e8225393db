"""A client without a token can neither stop the server nor fill its disk; real process, real
sockets.

`localhost.pem` is a certificate with its key that is used only here.
"""

from __future__ import annotations

import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.system.conftest import ROOT, Terminal
from tests.system.test_server_commands import free_port, serving

PEM = Path(__file__).with_name("localhost.pem")
HALF = b"POST /carriers/simulator/inbound HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na"
MANY = 1_100


@contextmanager
def many_files() -> Iterator[None]:
    """This process may open so many files, with some to spare."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY * 2
    assert hard == resource.RLIM_INFINITY or hard >= wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def open_half(stack: ExitStack, port: int, sent: bytes) -> None:
    """A connection on which a part of something was sent; the server may have closed it."""
    one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
    try:
        one.sendall(sent)
    except ConnectionError:
        return


@pytest.mark.parametrize("sent", [b"", b"POST / HT", HALF])
def test_a_request_is_answered_while_a_thousand_others_are_half_sent(
    drumbeat_server: Terminal, sent: bytes
) -> None:
    port = free_port()
    with serving(drumbeat_server, port), many_files(), ExitStack() as stack:
        for _ in range(MANY):
            open_half(stack, port, sent)
        answer = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5, trust_env=False)
        assert answer.json() == {"status": "ready"}


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"])
def test_a_request_is_answered_while_a_thousand_handshakes_are_not_ended(
    drumbeat_server: Terminal, sent: bytes
) -> None:
    port = free_port()
    drumbeat_server.environment |= {
        "DRUMBEAT_TLS_CERTIFICATE": str(PEM),
        "DRUMBEAT_TLS_KEY": str(PEM),
    }
    with serving(drumbeat_server, port), many_files(), ExitStack() as stack:
        for _ in range(MANY):
            open_half(stack, port, sent)
        trusted = ssl.create_default_context(cafile=str(PEM))
        with httpx.Client(verify=trusted, timeout=5, trust_env=False) as client:
            for _ in range(3):
                answer = client.get(f"https://localhost:{port}/health/ready")
                assert answer.json() == {"status": "ready"}
            schema = client.get(f"https://localhost:{port}/schema/openapi.json")
            assert schema.json()["openapi"].startswith("3.1")


def test_refused_callbacks_do_not_fill_the_log(drumbeat_server: Terminal, tmp_path: Path) -> None:
    port = free_port()
    drumbeat_server.environment |= {"DRUMBEAT_LOG_LEVEL": "debug"}
    log = tmp_path / "log"
    with (
        log.open("w") as written,
        serving(drumbeat_server, port) as (process, _),
        httpx.Client(trust_env=False, timeout=30) as client,
    ):
        assert process.stderr is not None
        url = f"http://127.0.0.1:{port}/carriers/simulator/status?" + "x" * 30_000
        for _ in range(300):
            assert client.post(url, content=b"a=b").status_code == 403
        process.terminate()
        written.write(process.stderr.read())
    said = log.read_text()
    assert "a callback was refused" in said
    assert len(said) < 100_000


def test_the_tls_files_of_these_tests_are_used_here_alone() -> None:
    found = {path.name for path in ROOT.rglob("*.pem") if ".venv" not in path.parts}
    assert found == {PEM.name}

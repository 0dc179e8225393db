"""A server and a simulated carrier as separate processes, on a clock that moves only when advanced.

Everything is real: two programs, HTTP on loopback between them, one SQLite file. Ports are free
ones and stay reserved while the workplace is open, so that a killed server gets the same port
again.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import httpx
import sqlalchemy as sa

from server.database.schema import migrate
from server.doctor.checks import BrokenInvariant, examine
from tests.system.forked import forked

TOKEN: Final = "dbt_the-admin-of-the-workplace-alone"
SENDER: Final = "+15005550006"
SECOND: Final = 1_000_000
PATIENCE: Final = 180.0
"""Real seconds that anything is waited for."""

FAST: Final = {
    "DRUMBEAT_SENDER_RATE": "5000",
    "DRUMBEAT_RECONCILE_AFTER": "0.3",
    "DRUMBEAT_RECONCILE_AGAIN": "0.3",
    "DRUMBEAT_CARRIER_READ_TIMEOUT": "1",
    "DRUMBEAT_LOG_LEVEL": "warning",
}

Item = dict[str, Any]


class Handed(NamedTuple):
    """One text that the simulator was asked to send; `n` is its place in the simulator's log."""

    n: int
    at: datetime
    phone: str
    body: str
    attempt: str
    accepted: bool


class CarrierLog:
    """The simulator's log so far, and what it says about texts."""

    def __init__(self) -> None:
        self.entries: list[Item] = []
        self._asked: dict[str, Item] = {}
        self._accepted: set[str] = set()
        self._of: dict[tuple[str, str], list[Item]] = {}

    def add(self, new: list[Item]) -> None:
        """Add what has happened since.

        The address for reports names the attempt; no attempt may be sent twice.
        """
        for entry in new:
            self.entries.append(entry)
            for phone in {"", entry.get("phone", "")}:
                self._of.setdefault((entry["kind"], phone), []).append(entry)
            if entry["kind"] == "accepted":
                self._accepted.add(entry["url"])
            elif entry["kind"] == "asked" and entry["what"] == "send":
                assert entry["url"] not in self._asked, "one attempt went to the wire twice"
                self._asked[entry["url"]] = entry

    def of(self, kind: str, phone: str = "") -> list[Item]:
        """Entries of a kind, of one number or of all."""
        return list(self._of.get((kind, phone), ()))

    def handed(self, phone: str = "") -> list[Handed]:
        """Every request to send, in order, and whether the text was accepted."""
        return [
            Handed(
                entry["n"],
                instant(entry["at"]),
                entry["phone"],
                entry["body"],
                entry["url"],
                entry["url"] in self._accepted,
            )
            for entry in self._of.get(("asked", phone), ())
            if entry["what"] == "send"
        ]

    def accepted(self, phone: str = "") -> list[Handed]:
        """The texts that were accepted, in order."""
        return [one for one in self.handed(phone) if one.accepted]


class Workplace:
    """One server over one database file, and its carrier. Open it with `workplace()`."""

    def __init__(
        self, folder: Path, start: datetime, settings: dict[str, str], carrier: Sequence[str]
    ) -> None:
        self.folder = folder
        self.path = folder / "drumbeat.db"
        self.start = start
        self._reserved = [_reserve(), _reserve()]
        self.server_port, self.simulator_port = (
            int(held.getsockname()[1]) for held in self._reserved
        )
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.token = TOKEN
        self.simulator_url = f"http://127.0.0.1:{self.simulator_port}"
        self._carrier_options = carrier
        self._log = CarrierLog()
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DRUMBEAT_")},
            "DRUMBEAT_DATABASE": f"sqlite+aiosqlite:///{self.path}",
            "DRUMBEAT_ADMIN_TOKEN": TOKEN,
            "DRUMBEAT_CLOCK": "manual",
            "DRUMBEAT_CLOCK_START": start.isoformat(),
            "DRUMBEAT_SIMULATOR_URL": self.simulator_url,
            "DRUMBEAT_PORT": str(self.server_port),
            **FAST,
            **settings,
        }
        self.server: subprocess.Popen[bytes] | None = None
        self._simulator: subprocess.Popen[bytes] | None = None
        self.api = httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=200,
            trust_env=False,
        )
        self.carrier = httpx.Client(
            base_url=f"{self.simulator_url}/simulator", timeout=60, trust_env=False
        )
        self.nobody = httpx.Client(timeout=30, trust_env=False)
        """A client without a token."""

    @property
    def account_token(self) -> str:
        """What the carrier signs its callbacks with."""
        return self.path.with_name(f"{self.path.name}.simulator-key").read_text().strip()

    # The processes.

    def start_simulator(self) -> None:
        """Start the carrier, and wait until it answers."""
        self._simulator = self._run(
            "simulator",
            *("--port", str(self.simulator_port), "--clock", "manual"),
            *("--start", self.start.isoformat()),
            *("--inbound-url", f"{self.url}/carriers/simulator/inbound"),
            *self._carrier_options,
        )
        self._await_answer(self._simulator, f"{self.simulator_url}/simulator/clock")

    def start_server(self) -> None:
        """Start the server over the database as it is, and wait until it is ready."""
        self.server = self._run("serve")
        self._await_answer(self.server, f"{self.url}/health/ready")

    def kill_server(self) -> None:
        """End the server as a power cut would: nothing of it runs any more."""
        assert self.server is not None
        self.server.kill()
        self.server.wait(PATIENCE)
        self.server = None

    def stop_server(self, patience: float = PATIENCE) -> tuple[int, float]:
        """Ask the server to end; its exit code, and the real seconds it took."""
        assert self.server is not None
        began = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(patience)
        self.server = None
        return code, time.monotonic() - began

    def close(self) -> None:
        """End both processes and let go of everything."""
        for client in (self.api, self.carrier, self.nobody):
            client.close()
        for process in (self.server, self._simulator):
            if process is not None:
                process.kill()
                process.wait(PATIENCE)
        for held in self._reserved:
            held.close()

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{command[0]}.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "server.cli", *command],
                cwd=Path(__file__).parents[2],
                env=self._environment,
                preexec_fn=forked("server.cli", command, self._environment),  # noqa: PLW1509 # see there
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _await_answer(self, process: subprocess.Popen[bytes], url: str) -> None:
        def answers() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"it ended with {process.returncode}:\n{self.output()}")
            with suppress(httpx.HTTPError):
                return self.nobody.get(url).status_code == httpx.codes.OK
            return False

        until(answers, f"{url} answers", every=0.05)

    def output(self) -> str:
        """All that the processes have said."""
        return "\n".join(
            path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log"))
        )

    def complaints(self) -> list[str]:
        """Lines of the server's log about things that should never happen."""
        return [
            line
            for line in self.output().splitlines()
            if any(
                word in line for word in ("Traceback", '"level": "error"', '"level": "critical"')
            )
        ]

    # The clock.

    @property
    def now(self) -> datetime:
        """The time of the simulator's clock, which the server shares."""
        return instant(self.carrier.get("/clock").raise_for_status().json()["now"])

    def advance(self, **span: float) -> None:
        """Move both clocks on by a timedelta, from event to event, until all is quiet."""
        self._advance(timedelta(**span).total_seconds())

    def advance_to(self, moment: datetime) -> None:
        """Move both clocks on to a moment that is not past."""
        self._advance((moment - self.now).total_seconds())

    def settle(self) -> None:
        """Let everything that is due now happen."""
        self._advance(0)

    def _advance(self, seconds: float) -> None:
        answer = self.api.post(f"{self.url}/test/clock", json={"advance": seconds})
        assert answer.status_code == httpx.codes.OK, answer.text

    # What operators do.

    def post(self, path: str, body: object = None, status: int = 200) -> Any:
        """POST below /api/v1; the answer's document."""
        answer = self.api.post(path, json=body)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        """GET below /api/v1; the answer's document."""
        answer = self.api.get(path, params=query)
        assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def import_people(self, rows: Iterable[str], header: str = "phone,first name") -> None:
        """Import people from lines of CSV; every one must be new."""
        lines = list(rows)
        answer = self.api.post(
            "/contacts/import",
            content="\n".join([header, *lines]).encode(),
            headers={"Content-Type": "text/csv"},
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.json()["added"] == len(lines), answer.text

    def sequence(
        self, name: str, *steps: tuple[str, dict[str, Any]], active: bool = True, **more: Any
    ) -> int:
        """Make a sequence of (body, delay or set time) steps; its id."""
        document = {
            "name": name,
            "steps": [
                {"body": body, **(when if "at" in when else {"delay": when})}
                for body, when in steps
            ],
            **more,
        }
        made: int = self.post("/sequences", document, 201)["id"]
        if active:
            self.post(f"/sequences/{made}/activate")
        return made

    def enroll(self, sequence_id: int, *phones: str, refused: int = 0) -> Item:
        """Enroll numbers; unknown ones become contacts. This many must be refused."""
        enrolled: Item = self.post(f"/sequences/{sequence_id}/enrollments", {"phones": phones})
        assert (enrolled["asked"], sum(enrolled["refused"].values())) == (len(phones), refused)
        return enrolled

    def enrollments(self, sequence_id: int) -> dict[str, Item]:
        """The latest enrollment of each number in a sequence."""
        found: dict[str, Item] = {}
        offset, total = 0, 1
        while offset < total:
            page = self.get(
                f"/sequences/{sequence_id}/enrollments", sort="phone", offset=offset, limit=500
            )
            for item in page["items"]:
                known = found.get(item["contact"]["phone"])
                if known is None or item["run"] > known["run"]:
                    found[item["contact"]["phone"]] = item
            total = page["total"]
            offset += 500
        return found

    def enrollment(self, sequence_id: int, phone: str) -> Item:
        """The latest enrollment of a number in a sequence."""
        return self.enrollments(sequence_id)[phone]

    # What people and the carrier do.

    def text_from(self, phone: str, body: str) -> None:
        """Let a person text, and let it have its effect."""
        sent = self.carrier.post("/inbound", json={"from": phone, "to": SENDER, "body": body})
        sent.raise_for_status()
        self.settle()

    def text_unsettled(self, phone: str, body: str) -> None:
        """Let a person text, and wait until the server has answered; nothing else is waited for."""
        answered = len(self.log().of("inbound_answered", phone))
        sent = self.carrier.post("/inbound", json={"from": phone, "to": SENDER, "body": body})
        sent.raise_for_status()
        until(
            lambda: len(self.log().of("inbound_answered", phone)) > answered, f"{body} is answered"
        )

    def script(self, phone: str, outcome: str, **more: Any) -> None:
        """Give a number another outcome than its last digits say."""
        body = {"phone": phone, "outcome": outcome, **more}
        answer = self.carrier.post("/script", json=body)
        assert answer.status_code == httpx.codes.OK, answer.text

    @contextmanager
    def faults(self, **odds: float) -> Iterator[None]:
        """While inside, let things go wrong this often."""
        self.carrier.post("/faults", json=odds).raise_for_status()
        try:
            yield
        finally:
            self.carrier.post("/faults", json={}).raise_for_status()

    def log(self) -> CarrierLog:
        """What the simulator was asked and did till now; only what is new is fetched."""
        after = self._log.entries[-1]["n"] if self._log.entries else 0
        new = self.carrier.get("/log", params={"after": after}).raise_for_status().json()
        self._log.add(new)
        return self._log

    # What is stored.

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Rows of the database, read beside the server or after its end."""
        with closing(sqlite3.connect(self.path, timeout=30)) as raw:
            raw.execute("PRAGMA query_only=ON")
            raw.row_factory = sqlite3.Row
            return raw.execute(sql, values).fetchall()

    def findings(self) -> list[BrokenInvariant]:
        """Every invariant that the database breaks, whether the server runs or not."""
        engine = sa.create_engine(f"sqlite:///{self.path}")
        with engine.connect() as connection:
            found = examine(connection)
        engine.dispose()
        return found

    def doctor(self) -> None:
        """Let the doctor check the database; raises if an invariant is broken."""
        done = subprocess.run(
            [sys.executable, "-m", "server.cli", "doctor"],
            cwd=Path(__file__).parents[2],
            env=self._environment,
            preexec_fn=forked("server.cli", ["doctor"], self._environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == 0, said

    def events_of(self, enrollment_id: int) -> list[tuple[str, Item]]:
        """The events of an enrollment, in order: kind and body."""
        return [
            (row["kind"], json.loads(row["body"]))
            for row in self.rows(
                "SELECT kind, body FROM events WHERE enrollment_id = ? ORDER BY id", enrollment_id
            )
        ]

    def broken_invariants(self) -> list[str]:
        """What in the database must not be, once all is quiet."""
        broken = []
        for what, sql in _MUST_BE_EMPTY.items():
            broken += [f"{what}: {tuple(row)}" for row in self.rows(sql)]
        return broken


_MUST_BE_EMPTY: Final = {
    "a pending enrollment without a due time or a hold": (
        "SELECT id FROM enrollments WHERE status = 'pending' AND due_at IS NULL AND hold IS NULL"
    ),
    "held as sending, and nothing is on its way": (
        "SELECT id FROM enrollments WHERE hold = 'sending' AND due_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM messages WHERE enrollment_id = enrollments.id AND status = 'sending')"
    ),
    "held as unknown, and nothing is unknown": (
        "SELECT id FROM enrollments WHERE hold = 'unknown' AND NOT EXISTS"
        " (SELECT 1 FROM messages WHERE enrollment_id = enrollments.id AND status = 'unknown')"
    ),
    "a text is on its way when all is quiet": (
        "SELECT id, phone FROM messages WHERE status = 'sending'"
    ),
    "an attempt is open when all is quiet": (
        "SELECT id FROM attempts WHERE state = 'sending'"
        " OR (state = 'unknown' AND check_wall IS NOT NULL)"
    ),
    "an ended enrollment without a reason": (
        "SELECT id FROM enrollments WHERE status != 'pending' AND reason IS NULL"
    ),
    "a text waits for an enrollment that has ended": (
        "SELECT messages.id FROM messages JOIN enrollments ON enrollments.id = enrollment_id"
        " WHERE messages.status = 'waiting' AND enrollments.status != 'pending'"
    ),
    "two texts of one enrollment and step": (
        "SELECT enrollment_id, step_id FROM messages WHERE kind = 'step'"
        " GROUP BY enrollment_id, step_id HAVING count(*) > 1"
    ),
}


@contextmanager
def workplace(
    folder: Path,
    start: datetime,
    settings: dict[str, str] | None = None,
    carrier: Sequence[str] = ("--reply-after", "60", "60"),
) -> Iterator[Workplace]:
    """A running server and its carrier; both are ended at the end, when the doctor must be well.

    `settings` go over those that make things fast; `carrier` are options of the simulator.
    """
    place = Workplace(folder, start, settings or {}, carrier)
    place.path.touch(0o600)
    place.path.write_bytes(_empty_database())
    try:
        place.start_simulator()
        place.start_server()
        yield place
        assert place.findings() == []
    finally:
        place.close()


@lru_cache(maxsize=1)
def _empty_database() -> bytes:
    """A database with the current schema, which takes longer to make than to copy."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "drumbeat.db"
        migrate(f"sqlite+aiosqlite:///{file}")
        return file.read_bytes()


def until(condition: Callable[[], bool], what: str, every: float = 0.02) -> None:
    """Wait for a condition; fail if it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain: {what}"
        time.sleep(every)


def instant(microseconds: int) -> datetime:
    """An instant of the log or the database as a datetime in UTC."""
    return datetime.fromtimestamp(microseconds // SECOND, UTC) + timedelta(
        microseconds=microseconds % SECOND
    )


def local(zone: str, written: str) -> datetime:
    """A wall time of a zone, like 2026-11-02 09:00; the first of two."""
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def moment(text: str | None) -> datetime | None:
    """A time of the API."""
    return None if text is None else datetime.fromisoformat(text)


def _reserve() -> socket.socket:
    """A free port, reserved by binding it: others may listen on it, but the system gives it to no
    one.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held

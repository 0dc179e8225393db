"""One random history of a small workspace, with checks after each of its steps.

The model beside the server is deliberately simple: for each enrollment it keeps the step and time
from which the delay counts, and computes by itself what must be next and when at the earliest.
`play` runs the history of a seed; `Broken` names the seed and the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from datetime import datetime
from itertools import groupby
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from common.vocabulary import (
    FailureClass,
    LineKind,
    MessageStatus,
    Reading,
    ResumeMode,
    Status,
)
from server.carriers.interface import (
    SendRefused,
    Sent,
    TextFound,
    TextNotFound,
    TryLater,
    Unknown,
    Unsure,
)
from server.clock import DAY, HOUR, MINUTE, SECOND, to_datetime
from server.contacts import suppressions
from server.dispatch.claim import Claimed
from server.dispatch.outcomes import Withdrawn
from server.dispatch.senders_due import next_due
from server.doctor import enrollment_checks
from server.enrollments.lifecycle import ON_THE_WIRE
from server.errors import Problem
from tests.histories.world import ZONE, World

STEPS_OF_A_HISTORY: Final = 14
ALIKE: Final = 10
DELAYS: Final[tuple[dict[str, int], ...]] = (
    {},
    {"minutes": 5},
    {"hours": 3},
    {"days": 1},
    {"days": 2},
    {"days": 3, "hours": 2},
)
WINDOWS: Final = (
    [{"days": "daily", "from": "09:00", "to": "20:00"}],
    [{"days": "mon-fri", "from": "10:00", "to": "16:00"}],
    [
        {"days": "daily", "from": "08:00", "to": "12:00"},
        {"days": "sat", "from": "14:00", "to": "18:00"},
    ],
)
TEXTS: Final = ("Yes please", "STOP", "START", "HELP", "please stop texting me", "who is this?")
LOST: Final = (
    (MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003"),
    (MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003"),
    (MessageStatus.FAILED, FailureClass.SENDER_QUEUE, "30001"),
    (MessageStatus.UNDELIVERED, FailureClass.CONFIGURATION, "30034"),
    (MessageStatus.UNDELIVERED, FailureClass.FILTERED, "30007"),
    (MessageStatus.UNDELIVERED, FailureClass.INVALID_NUMBER, "30005"),
    (MessageStatus.UNDELIVERED, FailureClass.LANDLINE_PROBABLE, "30006"),
    (MessageStatus.UNDELIVERED, FailureClass.OPTED_OUT, "21610"),
)
ALWAYS: Final = (
    enrollment_checks.held_by_nothing,
    enrollment_checks.sending_without_attempt,
    enrollment_checks.attempt_without_hold,
    enrollment_checks.waiting_after_end,
    enrollment_checks.suppressed_but_pending,
)
KEEP_RETRIES: Final = ("edit", "pause", "stop_sender", "start_sender", "change_contact", "direct")
ANSWERS: Final[tuple[Sent | Withdrawn | None, ...]] = (
    *[None] * 6,
    TryLater(5, "20429"),
    TryLater(60, "21611", FailureClass.SENDER_QUEUE),
    Unknown("no answer"),
    Withdrawn(),
    SendRefused("21211", "not a number", FailureClass.INVALID_NUMBER),
    SendRefused("21610", "opted out", FailureClass.OPTED_OUT),
    SendRefused("20003", "wrong token", FailureClass.CONFIGURATION),
)


class Broken(AssertionError):
    """A history in which something that must hold does not."""


class History:
    """A history being played: the workspace, the model, and what has happened so far."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)
        self.seed = seed
        self.story: list[str] = []
        self.on_the_wire: list[Claimed] = []
        self.paused_at: dict[int, int] = {}
        self.operations: list[Any] = []
        self.bases: dict[int, tuple[int | None, int]] = {}
        """The step that the delay counts from, None for the start, and when; by enrollment."""
        self.orders: dict[int, list[int]] = {}
        """Ids of the live steps, by sequence."""
        self.open: set[tuple[int, int]] = set()
        """(Enrollment, step) of texts that reached the carrier and have not failed."""
        self.drafts: set[int] = set()
        """Enrollments whose delays have not begun to count."""
        self.retries: dict[int, tuple[int, int]] = {}
        """The step that is to be sent again and when, by enrollment."""
        self.events_seen = 0
        self.senders = (world.default_sender, world.sender("+12025550101"))
        self.contacts = [world.contact(first_name="Ana") for _ in range(self.random.choice((1, 2)))]
        self.sequences = [self._sequence() for _ in range(self.random.choice((1, 1, 2)))]
        for sequence_id in self.sequences:
            self._order(sequence_id)
            for contact_id in self.contacts:
                self._enroll(sequence_id, contact_id)

    def branch(self, seed: int) -> History:
        """Another history with the same beginning."""
        other = copy(self)
        other.random, other.seed = Random(seed), seed
        for name in ("story", "on_the_wire", "operations"):
            setattr(other, name, [])
        for name in ("paused_at", "bases", "orders", "open", "drafts", "retries"):
            setattr(other, name, copy(getattr(self, name)))
        return other

    def fail(self, what: str) -> None:
        """Raise Broken with the seed and the story."""
        told = "\n  ".join(self.story)
        raise Broken(f"seed {self.seed}: {what}\n  {told}")

    # What can happen.

    def _sequence(self) -> int:
        draw = self.random
        return self.world.sequence_of(
            [
                {"body": self._body(n), "delay": draw.choice(DELAYS)}
                for n in range(draw.randint(2, 4))
            ],
            active=draw.random() < 0.8,
            window=draw.choice(WINDOWS),
            on_reply=draw.choice(("finish", "continue")),
            daily_limit=draw.choice((1, 3)),
            reenroll="always",
        )

    def _body(self, n: int) -> str:
        return f"Step {n} {self.random.choice(('', 'for {{ first_name }}'))}."

    def _order(self, sequence_id: int) -> None:
        rows = self.world.connection.exec_driver_sql(
            "SELECT id FROM steps WHERE sequence_id = ? AND deleted_at IS NULL ORDER BY position",
            (sequence_id,),
        )
        self.orders[sequence_id] = list(rows.scalars())

    def _enroll(self, sequence_id: int, contact_id: int) -> None:
        self.world.enroll(sequence_id, contact_id)
        self._take_in_new()

    def _take_in_new(self) -> None:
        for row in self._rows():
            if row.id not in self.bases:
                self.bases[row.id] = (None, row.enrolled_at)
                if row.state == "draft":
                    self.drafts.add(row.id)

    def enroll(self) -> None:
        self._enroll(self.random.choice(self.sequences), self.random.choice(self.contacts))

    def activate(self) -> None:
        self._activate(self.random.choice(self.sequences))

    def _activate(self, sequence_id: int) -> None:
        waiting = [
            row.id for row in self._rows() if row.sequence_id == sequence_id and row.hold == "draft"
        ]
        self.world.activate(sequence_id)
        for one in waiting:
            self._begin(one)

    def _begin(self, enrollment_id: int) -> None:
        self.bases[enrollment_id] = (None, self.world.now)
        self.drafts.discard(enrollment_id)

    def _revived(self) -> None:
        """Delays of a draft that was activated meanwhile count from the undo."""
        for row in self._rows():
            if row.id in self.drafts and row.status == "pending" and row.base_at is not None:
                self._begin(row.id)

    def pass_time(self) -> None:
        draw = self.random
        hours = draw.choice((0.05, 0.5, 2, 7, 23, 49, 120))
        self.world.advance(hours=hours)
        self.story[-1] += f" {hours} hours"

    def claim(self) -> None:
        """Hand over what may be sent; some of it gets its answer at once."""
        for text in self._claimed():
            self.on_the_wire.append(text)
        self.answer()

    def _claimed(self) -> list[Claimed]:
        before = {row.id: row for row in self._rows()}
        texts = self.world.claim()
        for text in texts:
            if text.enrollment_id is not None:
                self._check_time(before[text.enrollment_id], text)
        return texts

    def answer(self) -> None:
        waiting, self.on_the_wire = self.on_the_wire, []
        for text in waiting:
            if self.random.random() < 0.2:
                self.on_the_wire.append(text)
                continue
            self._answer(text, self.random.choice(ANSWERS))

    def _answer(self, text: Claimed, result: Sent | Withdrawn | None) -> None:
        step_id = self.world.message(text.message_id).step_id
        state = self.world.one("SELECT state FROM attempts WHERE id = ?", text.attempt_id)
        pair = (text.enrollment_id or 0, step_id)
        self.story[-1] += f" [{text.enrollment_id}: {type(result).__name__}]"
        taken = result is None or isinstance(result, Unknown)
        if taken and step_id is not None and state in {"sending", "unknown"}:
            if pair in self.open:
                self.fail(f"step {step_id} of enrollment {text.enrollment_id} went out twice")
            self.open.add(pair)
        self.world.answer(text, result)
        if result is None and step_id is not None and state in {"sending", "unknown"}:
            self.bases[pair[0]] = (step_id, self.world.now)

    def reconcile(self) -> None:
        for row in self.world.connection.exec_driver_sql(
            "SELECT messages.id, enrollment_id, step_id FROM messages JOIN attempts"
            " ON attempts.message_id = messages.id WHERE attempts.state = 'unknown'"
            " AND attempts.check_wall <= ?",
            (self.world.now,),
        ).all():
            self.story[-1] += f" [{row.enrollment_id}]"
        answer = self.random.choice((TextNotFound(), Unsure("closed"), None))
        before = self._unknown()
        self.world.reconcile(
            answer or TextFound(f"SM9{self.random.randrange(10**12)}", MessageStatus.SENT)
        )
        for message_id in before - self._unknown():
            message = self.world.message(message_id)
            if message.step_id is None:
                continue
            if message.status in {"waiting", "cancelled"}:
                self.open.discard((message.enrollment_id, message.step_id))
            elif message.enrollment_id in self.bases:
                self.bases[message.enrollment_id] = (message.step_id, self.world.now)

    def _unknown(self) -> set[int]:
        return set(
            self.world.connection.exec_driver_sql(
                "SELECT message_id FROM attempts JOIN messages ON messages.id = message_id"
                " WHERE state = 'unknown' AND messages.status = 'unknown'"
                " AND messages.hold = 'unknown'"
            ).scalars()
        )

    def report(self) -> None:
        """The carrier says what became of a text that it has."""
        found = list(
            self.world.connection.exec_driver_sql(
                "SELECT id FROM messages WHERE direction = 'out'"
                " AND status IN ('queued', 'sent', 'undelivered', 'delivered')"
            ).scalars()
        )
        if not found:
            return
        message_id = self.random.choice(found)
        message = self.world.message(message_id)
        if self.random.random() < 0.4:
            self.story[-1] += f" {message_id} delivered"
            self.world.report(message_id, MessageStatus.DELIVERED)
            return
        status, failure, code = self.random.choice(LOST)
        self.story[-1] += f" {message_id} {code}"
        self.world.report(message_id, status, failure, code)
        if self.world.message(message_id).status not in {"queued", "sent", "delivered"}:
            self.open.discard((message.enrollment_id or 0, message.step_id or 0))

    def edit(self) -> None:
        draw, sequence_id = self.random, self.random.choice(self.sequences)
        document = self.world.document(sequence_id)
        steps = document["steps"]
        what = draw.choice(
            (
                "delay",
                "insert",
                "delete",
                "swap",
                "name",
                "window",
                "limit",
                "days",
                "text",
                "sender",
            )
        )
        self.story[-1] += f" {what} of {sequence_id}"
        index = draw.randrange(len(steps))
        match what:
            case "delay":
                steps[index]["delay"] = draw.choice(DELAYS)
            case "insert":
                steps.insert(index, {"body": self._body(9), "delay": draw.choice(DELAYS)})
            case "delete" if len(steps) > 1:
                del steps[index]
            case "swap":
                other = draw.randrange(len(steps))
                steps[index], steps[other] = steps[other], steps[index]
            case "name":
                document["name"] = f"Sequence {draw.randrange(10**9)}"
            case "window":
                document["window"] = draw.choice(WINDOWS)
            case "limit":
                document["daily_limit"] = draw.choice((1, 2, 3))
            case "days":
                document["response_days"] = draw.choice((1, 7, 30))
            case "text":
                steps[index]["body"] = self._body(7)
            case "sender":
                document["sender"] = draw.choice((None, "+12025550100", "+12025550101"))
        self.world.edit(sequence_id, document)
        self._order(sequence_id)
        self._move_bases(sequence_id)

    def _move_bases(self, sequence_id: int) -> None:
        """A deleted step's place is that of the one before it in the order of the new version."""
        after = self.orders[sequence_id]
        for row in self._rows():
            step_id, at = self.bases[row.id]
            if row.sequence_id != sequence_id or step_id is None or step_id in after:
                continue
            place = self.world.one("SELECT position FROM steps WHERE id = ?", step_id)
            at_most = min(place, len(after) + 1) - 1
            if row.status == "pending" and row.hold not in ON_THE_WIRE:
                self.bases[row.id] = (after[at_most - 1] if at_most else None, at)

    def pause(self) -> None:
        sequence_id = self.random.choice(self.sequences)
        self.world.pause(sequence_id)
        self.paused_at[sequence_id] = self.world.now

    def resume(self) -> None:
        sequence_id = self.random.choice(self.sequences)
        mode = self.random.choice(list(ResumeMode))
        self.story[-1] += f" {sequence_id} {mode}"
        rows = [row for row in self._rows() if row.sequence_id == sequence_id]
        self.world.resume(sequence_id, mode)
        if mode is ResumeMode.SHIFT:
            for row in rows:
                if row.status == "pending" and row.hold not in ON_THE_WIRE:
                    step_id, at = self.bases[row.id]
                    length = self.world.now - max(self.paused_at[sequence_id], at)
                    self.bases[row.id] = (step_id, at + length)

    def stop_sender(self) -> None:
        self.world.stop(self.random.choice(self.senders))

    def start_sender(self) -> None:
        self.world.start(self.random.choice(self.senders))

    def text(self) -> None:
        body = self.random.choice(TEXTS)
        self.story[-1] += f" {body}"
        self.world.text(self.random.choice(self.contacts), body)

    def read(self) -> None:
        found = list(
            self.world.connection.exec_driver_sql(
                "SELECT id FROM messages WHERE direction = 'in'"
            ).scalars()
        )
        if found:
            reading = self.random.choice(
                (Reading.REPLY, Reading.AUTO_REPLY, Reading.HARMLESS, Reading.OPT_OUT)
            )
            self.story[-1] += f" {reading}"
            self.world.read_as(self.random.choice(found), reading)

    def finish(self) -> None:
        rows = self._rows()
        chosen = self.random.choice(rows).id
        self.story[-1] += f" {chosen}"
        self.operations.append(self.world.act("finish", chosen))

    def undo(self) -> None:
        if self.operations:
            self.world.undo(self.operations.pop())
            self._revived()

    def retry(self) -> None:
        chosen = self.random.choice(self._rows())
        self.story[-1] += f" {chosen.id}"
        outcome = self.world.act("retry", chosen.id).rows[0].outcome
        if outcome == "done":
            standing = self.world.standing(chosen.id)
            if chosen.status == "omitted_landline":
                self.bases[chosen.id] = (None, self.world.now)
            self.open.discard((chosen.id, standing.next_step_id or 0))

    def suppress(self) -> None:
        self.operations.append(self.world.act("suppress", self.random.choice(self._rows()).id))

    def change_contact(self) -> None:
        change = self.random.choice(
            (
                {"first_name": None},
                {"first_name": "Lena"},
                {"zone": "America/Los_Angeles"},
                {"zone": ZONE},
                {"line": LineKind.MOBILE},
            )
        )
        self.story[-1] += f" {change}"
        self.world.change_contact(self.random.choice(self.contacts), **change)

    def direct(self) -> None:
        self.world.direct(self.random.choice(self.contacts), "Hello.")

    # Playing.

    def play(self) -> None:
        """Play the history, checking after each step; then let everything come to its end."""
        draw = self.random
        often: list[Callable[[], None]] = [self.claim, self.pass_time, self.edit, self.report]
        seldom: list[Callable[[], None]] = [
            self.pause,
            self.resume,
            self.stop_sender,
            self.start_sender,
            self.text,
            self.read,
            self.finish,
            self.undo,
            self.retry,
            self.enroll,
            self.activate,
            self.answer,
            self.reconcile,
            self.change_contact,
            self.suppress,
            self.direct,
        ]
        for _ in range(STEPS_OF_A_HISTORY):
            self.act(draw.choice(often * 3 + seldom))
        self.end()

    def act(self, action: Callable[[], None]) -> None:
        """Let something happen, as one transaction; what the server refuses did not happen."""
        self.story.append(f"{to_datetime(self.world.now):%a %d %H:%M} {action.__name__}")
        self.world.connection.exec_driver_sql("SAVEPOINT action")
        try:
            action()
        except Problem as refusal:
            self.world.connection.exec_driver_sql("ROLLBACK TO action")
            self.story[-1] += f" (refused: {refusal})"
        except Broken:
            raise
        except Exception as error:  # noqa: BLE001 # told with the story that led to it
            self.fail(f"{type(error).__name__}: {error}")
        self.world.connection.exec_driver_sql("RELEASE action")
        self._read_skips()
        self._take_in_new()
        self._check_retries(action.__name__)
        self.check()

    def end(self) -> None:
        """End every hold; then every enrollment must end."""
        self.story.append("the last answers")
        for text in self.on_the_wire:
            self._answer(text, None)
        self.on_the_wire = []
        for contact_id in self.contacts:
            self.world.change_contact(contact_id, first_name="Ana", zone=ZONE)
        for sequence_id in self.sequences:
            state = self.world.one("SELECT state FROM sequences WHERE id = ?", sequence_id)
            self.story.append(f"the end of {sequence_id}, {state}")
            if state == "draft":
                self._activate(sequence_id)
            elif state == "paused":
                self.world.resume(sequence_id, ResumeMode.KEEP_GAPS)
        for review_id in self.world.connection.exec_driver_sql(
            "SELECT id FROM reviews WHERE decided_at IS NULL"
        ).scalars():
            self.world.decide_review(review_id, Reading.HARMLESS)
        for _ in range(200):
            for sender_id in self.senders:
                if self.world.one("SELECT stopped_at FROM senders WHERE id = ?", sender_id):
                    self.world.start(sender_id)
            while self._unknown():
                self.reconcile()
            self.story.append(f"{to_datetime(self.world.now):%a %d %H:%M} to the end")
            for text in self._claimed():
                self._answer(text, None)
            self._read_skips()
            pending = [row for row in self._rows() if row.status == "pending"]
            if not pending:
                break
            due = next_due(self.world.connection)
            self.world.now = max(self.world.now + MINUTE, due or 0)
        else:
            self.fail(f"these never end: {pending}")
        self.check()
        if findings := self.world.doctor():
            self.fail(f"the doctor found {findings}")

    # Checking.

    def _rows(self) -> list[Any]:
        return list(
            self.world.connection.exec_driver_sql(
                "SELECT enrollments.*, sequences.state FROM enrollments"
                " JOIN sequences ON sequences.id = enrollments.sequence_id ORDER BY enrollments.id"
            )
        )

    def _read_skips(self) -> None:
        """What was skipped is passed; its base is the server's word."""
        rows = self.world.connection.exec_driver_sql(
            "SELECT id, kind, enrollment_id, json_extract(body, '$.step_id') AS step_id"
            " FROM events WHERE id > ? AND kind = 'step_skipped' ORDER BY id",
            (self.events_seen,),
        ).all()
        for row in rows:
            at = self.world.standing(row.enrollment_id).base_at or self.world.now
            self.bases[row.enrollment_id] = (row.step_id, at)
        self.events_seen = self.world.one("SELECT max(id) FROM events") or 0

    def check(self) -> None:
        """What must hold after every step."""
        for find in ALWAYS:
            if found := find(self.world.connection):
                self.fail(f"{find.__name__}: {found}")
        for row in self._rows():
            if row.status == Status.PENDING.value and row.base_at is not None:
                self._check_plan(row)

    def _check_plan(self, row: Any) -> None:
        """The next step and its base are what the model says."""
        step_id, at = self.bases[row.id]
        if row.hold in ON_THE_WIRE or row.retry_at is not None:
            return
        if row.base_at != at:
            self.fail(f"{row} counts from {row.base_at}, not {at}")
        order = self.orders[row.sequence_id]
        if row.sequence_version != self._version(row.sequence_id):
            return  # its text was on the wire at an edit: its claim follows it
        place = 0 if step_id is None else order.index(step_id) + 1 if step_id in order else None
        if place is not None and row.next_step_id != order[place]:
            self.fail(f"{row} goes on with {row.next_step_id}, not {order[place]}")

    def _check_retries(self, action: str) -> None:
        """No edit, pause or setting moves the next attempt of a text, while its step is there."""
        for row in self._rows():
            kept = self.retries.pop(row.id, None)
            if row.retry_at is not None and row.hold not in ON_THE_WIRE:
                self.retries[row.id] = (row.next_step_id, row.retry_at)
            if (
                kept is not None
                and action in KEEP_RETRIES
                and kept[0] in self.orders[row.sequence_id]
                and self.retries.get(row.id) != kept
            ):
                self.fail(f"{row} is not tried again at {kept[1]}")

    def _version(self, sequence_id: int) -> int:
        version: int = self.world.one("SELECT version FROM sequences WHERE id = ?", sequence_id)
        return version

    def _check_time(self, row: Any, text: Claimed) -> None:
        """A text on the wire was allowed: it is due, and nothing forbids it."""
        now = self.world.now
        step_id = self.world.message(text.message_id).step_id
        if row.state != "active":
            self.fail(f"{row} is texted though its sequence is {row.state}")
        if suppressions.standing(self.world.connection, [text.phone]):
            self.fail(f"{row} is texted though suppressed")
        if self.world.one(
            "SELECT 1 FROM reviews WHERE phone = ? AND decided_at IS NULL", text.phone
        ):
            self.fail(f"{row} is texted though in review")
        if row.retry_at is not None:
            if now < row.retry_at:
                self.fail(f"{row} is tried again before its time")
            return
        again = self.world.one(
            "SELECT count(*) FROM attempts WHERE message_id = ?", text.message_id
        )
        if again > 1:
            return  # it was on the wire before, at its time
        delay = self.world.connection.exec_driver_sql(
            "SELECT delay_days, delay_hours, delay_minutes FROM steps WHERE id = ?", (step_id,)
        ).one()
        _, at = self.bases[row.id]
        elapsed = delay[1] * HOUR + delay[2] * MINUTE
        days = (_day(now - elapsed) - _day(at)).days
        if now < at + elapsed or days < delay[0]:
            self.fail(f"{row} is texted {(now - at) / DAY:.2f} days after {at}, not {delay}")


def _day(instant: int) -> Any:
    return datetime.fromtimestamp(instant // SECOND, ZoneInfo(ZONE)).date()


def play(world: World, seeds: Iterable[int]) -> None:
    """Play the histories of these seeds, and forget them. Raises Broken.

    Histories whose seeds differ in the last digit alone begin alike.
    """
    for beginning, alike in groupby(seeds, lambda seed: seed // ALIKE):
        with world.forgotten():
            first = History(world, beginning * ALIKE)
            for seed in alike:
                with world.forgotten():
                    first.branch(seed).play()

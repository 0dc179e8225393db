"""The simulated carrier: accepts texts, decides their outcome, and plays it on its clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

from common.segments import count_segments
from server.carriers.codes import label
from server.carriers.simulator.callbacks import CallbackCaller
from server.carriers.simulator.chance import Faults, between, pick, unit
from server.carriers.simulator.kept import Kept, coming_of, happening_of
from server.carriers.simulator.log import Kind, Log
from server.carriers.simulator.outcomes import DELIVERED, Answering, NumberOutcome, outcome_of
from server.carriers.simulator.schedule import (
    CarrierSchedule,
    Happening,
    ScheduledInbound,
    ScheduledReport,
    seconds,
)
from server.carriers.simulator.settings import SimulatorSettings, is_loopback
from server.carriers.simulator.texts import SimulatedText, Texts, resource
from server.clock import DomainClock, ManualClock, RunningClock, wall

_PHONE: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_STOP: Final = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
_START: Final = frozenset({"START", "YES", "UNSTOP"})
_HELP: Final = frozenset({"HELP", "INFO"})
_UNAVAILABLE: Final = {"code": 20503, "message": "Service unavailable", "status": 503}


@dataclass(frozen=True, slots=True)
class SimulatedAnswer:
    """An answer to a request: a JSON document, or no answer at all."""

    status: int
    document: dict[str, Any]
    answering: Answering = Answering.ACCEPT


class Exchange:
    """One account's carrier. Everything happens on one event loop.

    With a saved state it continues with that seed and that clock.
    """

    def __init__(self, settings: SimulatorSettings, kept: Kept | None = None) -> None:
        if kept is not None:
            settings = replace(settings, seed=kept.seed, start_us=kept.now)
        self.settings = settings
        start = wall() if settings.start_us is None else settings.start_us
        clock: DomainClock = (
            ManualClock(start)
            if settings.clock == "manual"
            else RunningClock(rate=settings.rate, start=settings.start_us)
        )
        self.log = Log(settings.log_limit)
        self.texts = Texts(settings.text_limit)
        self.schedule = CarrierSchedule(clock, self._fire, settings.callbacks_in_flight)
        self.caller = CallbackCaller(settings, self.log, self.now)
        self.scripts: dict[str, NumberOutcome] = {}
        self.faults = Faults()
        self._born = start
        self._ids = 0
        self._handed_over: dict[str, int] = {}
        self._accepted: dict[str, int] = {}
        self._opted_out: set[tuple[str, str]] = set()
        if kept is not None:
            self._go_on(kept)

    def now(self) -> int:
        """The simulator's present instant."""
        return self.schedule.clock.now()

    def keep(self) -> Kept:
        """The whole state, for another to continue. Raises ValueError while something is due."""
        if self.schedule.pending()[1]:
            raise ValueError("the state cannot be exported while something is due")
        coming = self.schedule.coming()
        return Kept(
            seed=self.settings.seed,
            born=self._born,
            now=self.now(),
            ids=self._ids,
            inbound_url=self.settings.inbound_url,
            handed_over=self._handed_over,
            accepted=self._accepted,
            opted_out=sorted(self._opted_out),
            scripts=self.scripts,
            faults=self.faults,
            texts=self.texts.all(),
            waiting=[one.text for _, one in coming if isinstance(one, ScheduledInbound)],
            coming=[coming_of(at, one) for at, one in coming],
            log=self.log.after(0, self.settings.log_limit * 2),
        )

    def _go_on(self, kept: Kept) -> None:
        self._born, self._ids = kept.born, kept.ids
        self._handed_over, self._accepted = kept.handed_over, kept.accepted
        self._opted_out = set(kept.opted_out)
        self.scripts, self.faults = kept.scripts, kept.faults
        for text in kept.moved_to(self.settings.inbound_url):
            self.texts.add(text)
        texts = {text.sid: text for text in (*kept.texts, *kept.waiting)}
        for coming in kept.coming:
            self.schedule.add(coming.at, happening_of(coming, texts))
        self.log.go_on(kept.log)

    async def accept(self, form: Mapping[str, str]) -> SimulatedAnswer:
        """Handle a request to send, as Twilio would."""
        to = form.get("To", "")
        sender = form.get("From") or form.get("MessagingServiceSid", "")
        self.log.add(
            self.now(),
            Kind.ASKED,
            what="send",
            phone=to,
            sender=sender,
            body=form.get("Body", ""),
            url=form.get("StatusCallback", ""),
        )
        wrong = self._wrong(form, sender)
        if wrong is not None:
            return self._refuse(wrong, to, sender)
        outcome = self.outcome(to)
        turn = 0
        if outcome.counts or self.faults.any:
            turn = self._handed_over[to] = self._handed_over.get(to, 0) + 1
        if outcome.times is not None and turn > outcome.times:
            outcome = DELIVERED
        if outcome.answering is Answering.REFUSE:
            return self._refuse(outcome.code or "", to, sender)
        answering = self._answering(outcome, to, turn)
        if answering in {Answering.DROP, Answering.ERROR}:
            self.log.add(self.now(), Kind.NOT_PROCESSED, phone=to, sender=sender)
            return SimulatedAnswer(503, _UNAVAILABLE, answering)
        text = self._keep(to, sender, form["Body"], form.get("StatusCallback", ""))
        document = resource(text, self.settings.account_sid)
        await self._plan(text, outcome, turn)
        if answering is Answering.ACCEPT_THEN_ERROR:
            return SimulatedAnswer(503, _UNAVAILABLE, answering)
        return SimulatedAnswer(201, document, answering)

    def outcome(self, phone: str) -> NumberOutcome:
        """The outcome of texts to a number: from a script, or else from the table."""
        return self.scripts.get(phone) or outcome_of(phone)

    def script(self, phone: str, outcome: NumberOutcome) -> None:
        """Give a number another outcome, and reset its count of texts."""
        self.scripts[phone] = outcome
        self._handed_over.pop(phone, None)
        self._accepted.pop(phone, None)

    def bring(self, phone: str, to: str, body: str, media: Sequence[tuple[str, str]] = ()) -> str:
        """Send a text from a person now; returns its message id."""
        text = self._inbound(phone, to, body)
        text.media = list(media)
        self.schedule.add(self.now(), ScheduledInbound(text))
        return text.sid

    def _wrong(self, form: Mapping[str, str], sender: str) -> str | None:
        to, body, callback = (form.get(name, "") for name in ("To", "Body", "StatusCallback"))
        if not to:
            return "21604"
        if not sender:
            return "21603"
        if not body and not form.get("MediaUrl"):
            return "21602"
        if len(body) > 1600:
            return "21617"
        if _PHONE.fullmatch(to) is None:
            return "21211"
        if self.settings.senders is not None and sender not in self.settings.senders:
            return "21606"
        if callback and not is_loopback(callback):
            return "21609"
        validity = form.get("ValidityPeriod", "1")
        if not validity.isdecimal() or not 1 <= int(validity) <= 36_000:
            return "21656"
        return "21610" if (to, sender) in self._opted_out else None

    def _refuse(self, code: str, to: str, sender: str) -> SimulatedAnswer:
        self.log.add(self.now(), Kind.REFUSED, phone=to, sender=sender, code=code)
        status = 429 if code == "20429" else 400
        return SimulatedAnswer(status, problem(code, status))

    def _answering(self, outcome: NumberOutcome, to: str, turn: int) -> Answering:
        if outcome.answering is not Answering.ACCEPT or not self.faults.any:
            return outcome.answering
        for fault, answering in (
            ("drop_before_accept", Answering.DROP),
            ("timeout_after_accept", Answering.ACCEPT_THEN_HOLD),
            ("error_after_accept", Answering.ACCEPT_THEN_ERROR),
            ("drop_after_accept", Answering.ACCEPT_THEN_DROP),
        ):
            if self.strikes(fault, to, turn):
                return answering
        return Answering.ACCEPT

    def strikes(self, fault: str, to: str, turn: object) -> bool:
        """Whether a fault happens for the text of this number and count."""
        odds: float = getattr(self.faults, fault)
        return odds > 0 and unit(self.settings.seed, fault, to, turn) < odds

    def _keep(self, to: str, sender: str, body: str, callback: str) -> SimulatedText:
        now = self.now()
        text = SimulatedText(
            sid=self._new_sid(),
            to=to,
            from_=sender,
            body=body,
            status="queued",
            segments=count_segments(body).count,
            created_us=now,
            updated_us=now,
            callback=callback,
        )
        self.texts.add(text)
        self.log.add(now, Kind.ACCEPTED, phone=to, sender=sender, carrier_id=text.sid, url=callback)
        return text

    async def _plan(self, text: SimulatedText, outcome: NumberOutcome, turn: int) -> None:
        settings, faults = self.settings, self.faults
        text.callbacks_lost = outcome.callbacks_lost
        text.callbacks_doubled = outcome.callbacks_doubled
        early, swapped = outcome.callbacks_early, outcome.callbacks_reversed
        if faults.any:
            text.callbacks_lost |= self.strikes("lose", text.to, turn)
            text.callbacks_doubled |= self.strikes("double", text.to, turn)
            early |= self.strikes("callback_before_response", text.to, turn)
            swapped |= self.strikes("reorder", text.to, turn)
        reports = [ScheduledReport(text, "sent", None)]
        if outcome.final is not None:
            code = None if outcome.final == "delivered" else outcome.code
            reports.append(ScheduledReport(text, outcome.final, code))
        if swapped:
            reports.reverse()
        now = self.now()
        after = (settings.sent_after, settings.delivered_after)
        for report, delay in zip(reports, after, strict=False):
            if early:
                await self.schedule.now(report)
            else:
                self.schedule.add(now + seconds(delay), report)
        if outcome.replies:
            self._plan_reply(text, outcome, now)

    def _plan_reply(self, text: SimulatedText, outcome: NumberOutcome, now: int) -> None:
        nth = self._accepted[text.to] = self._accepted.get(text.to, 0) + 1
        if nth != outcome.reply_to:
            return
        seed, phone = self.settings.seed, text.to
        delay = outcome.reply_after
        if delay is None:
            delay = between(*self.settings.reply_after, seed, "reply after", phone)
        body = pick(outcome.replies, seed, "reply", phone)
        reply = self._inbound(phone, text.from_, body)
        self.schedule.add(
            now + seconds(self.settings.delivered_after + delay), ScheduledInbound(reply)
        )

    def _inbound(self, phone: str, to: str, body: str) -> SimulatedText:
        now = self.now()
        return SimulatedText(
            sid=self._new_sid(),
            to=to,
            from_=phone,
            body=body,
            status="received",
            segments=count_segments(body).count,
            created_us=now,
            updated_us=now,
            inbound=True,
        )

    def _new_sid(self) -> str:
        named = repr((self.settings.seed, self._born, self._ids))
        self._ids += 1
        return "SM" + blake2b(named.encode(), digest_size=16).hexdigest()

    async def _fire(self, happening: Happening, due: int) -> None:
        if isinstance(happening, ScheduledInbound):
            await self._fire_incoming(happening.text, due)
            return
        text, status, code = happening.text, happening.status, happening.code
        text.advance(status, code, self.now())
        if text.callbacks_lost:
            self.log.add(
                self.now(),
                Kind.CALLBACK_DROPPED,
                phone=text.to,
                sender=text.from_,
                carrier_id=text.sid,
                status=status,
                code=code or "",
                due=due,
            )
            return
        for _ in range(2 if text.callbacks_doubled else 1):
            await self.caller.report(text, status, code, due)

    async def _fire_incoming(self, text: SimulatedText, due: int) -> None:
        text.created_us = text.updated_us = text.sent_us = self.now()
        self.texts.add(text)
        pair = (text.from_, text.to)
        word = text.body.strip().upper()
        meaning = ""
        if word in _STOP:
            meaning = Kind.OPTED_OUT
            self._opted_out.add(pair)
        elif word in _START and (word != "YES" or pair in self._opted_out):
            meaning = Kind.OPTED_IN
            self._opted_out.discard(pair)
        elif word in _HELP:
            meaning = "help"
        if meaning in {Kind.OPTED_OUT, Kind.OPTED_IN}:
            self.log.add(self.now(), Kind(meaning), phone=text.from_, sender=text.to)
        if self.strikes("lose_inbound", text.from_, text.sid):
            self.caller.drop(text, due)
            return
        await self.caller.bring(text, meaning, due)


def problem(code: str, status: int) -> dict[str, Any]:
    """Twilio's error document for one of its codes."""
    return {
        "code": int(code),
        "message": label("twilio", code).partition(": ")[2],
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }

"""Callbacks of the simulated carrier: signed forms, retried only if the URL asks for it.

Fields as in https://www.twilio.com/docs/messaging/guides/webhook-request, including the blank ones,
because a signature covers them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

import aiohttp
from yarl import URL

from server.carriers.simulator.log import Kind, Log
from server.carriers.simulator.settings import SimulatorSettings, is_loopback
from server.carriers.simulator.texts import SimulatedText
from server.carriers.twilio_signature import sign

MOST_RETRIES: Final = 5
_NUMBER: Final = re.compile("[0-9]{1,6}")
_OPT_OUT_TYPE: Final = {"opted_out": "STOP", "opted_in": "START", "help": "HELP"}

Form = list[tuple[str, str]]


class Retries(NamedTuple):
    """The retries that a webhook's URL requests in its fragment.

    `rc` is the count, `rp` what to retry (connect, `ct`, unless it says `rt`, `4xx`, `5xx` or
    `all`), `rt` the wait for an answer in milliseconds. Twilio itself retries a failed connection;
    here a URL without a count is called once, as if both tries failed.
    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """

    most: int
    policies: frozenset[str]
    read_timeout: float

    @classmethod
    def asked_by(cls, fragment: str, timeout: float) -> Retries:
        """Parse the fragment; invalid numbers are ignored."""
        asked = dict(parse_qsl(fragment))
        count, wait = asked.get("rc", ""), asked.get("rt", "")
        return cls(
            min(MOST_RETRIES, int(count)) if _NUMBER.fullmatch(count) else 0,
            frozenset(asked.get("rp", "ct").split(",")),
            min(timeout, int(wait) / 1000) if _NUMBER.fullmatch(wait) and int(wait) else timeout,
        )

    def after(self, what: str) -> bool:
        """Whether this failure is retried."""
        return not self.policies.isdisjoint({what, "all"})


class CallbackCaller:
    """Posts callbacks to this machine only, and writes the log."""

    def __init__(self, settings: SimulatorSettings, log: Log, now: Callable[[], int]) -> None:
        self._settings = settings
        self._log = log
        self._now = now
        self._http: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Open the pool of connections."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=self._settings.callback_timeout),
            headers={
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "I-Twilio-Idempotency-Token": "simulated",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    async def report(self, text: SimulatedText, status: str, code: str | None, due: int) -> None:
        """Post one status callback of a text, if it has a callback URL."""
        if not text.callback:
            return
        form = [
            ("ApiVersion", "2010-04-01"),
            ("AccountSid", self._settings.account_sid),
            ("SmsSid", text.sid),
            ("MessageSid", text.sid),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", text.to),
            ("From", text.from_),
        ]
        if code is not None:
            form.append(("ErrorCode", code))
        await self._post(text, text.callback, form, status, code, due)

    def drop(self, text: SimulatedText, due: int) -> None:
        """Log an inbound text that is never posted."""
        self._tell(Kind.INBOUND_DROPPED, text, due=due)

    async def bring(self, text: SimulatedText, meaning: str, due: int) -> None:
        """Post an inbound text to the inbound URL, if there is one.

        `meaning` is how the carrier reads it: opted_out, opted_in, help or nothing.
        """
        if self._settings.inbound_url is None:
            self.drop(text, due)
            return
        form = [
            ("ToCountry", "US"),
            ("ToState", ""),
            ("SmsMessageSid", text.sid),
            ("NumMedia", str(len(text.media))),
            ("ToCity", ""),
            ("FromZip", ""),
            ("SmsSid", text.sid),
            ("FromState", ""),
            ("SmsStatus", "received"),
            ("FromCity", ""),
            *([("Body", text.body)] if text.body or not text.media else []),
            ("FromCountry", "US"),
            ("To", text.to),
            ("ToZip", ""),
            ("NumSegments", str(text.segments)),
            ("MessageSid", text.sid),
            ("AccountSid", self._settings.account_sid),
            ("From", text.from_),
            ("ApiVersion", "2010-04-01"),
        ]
        for n, (url, content_type) in enumerate(text.media):
            form += [(f"MediaContentType{n}", content_type), (f"MediaUrl{n}", url)]
        if self._settings.advanced_opt_out and meaning in _OPT_OUT_TYPE:
            form.append(("OptOutType", _OPT_OUT_TYPE[meaning]))
        await self._post(text, self._settings.inbound_url, form, "received", None, due)

    async def _post(
        self, text: SimulatedText, target: str, form: Form, status: str, code: str | None, due: int
    ) -> None:
        url, _, overrides = target.partition("#")
        if not is_loopback(url) or self._http is None:
            raise ValueError(f"{url} is not on this machine")
        retries = Retries.asked_by(overrides, self._settings.callback_timeout)
        body = urlencode(form).encode()
        headers = {"X-Twilio-Signature": sign(self._settings.auth_token, url, form)}
        sent, answered, failed = (
            (Kind.INBOUND_SENT, Kind.INBOUND_ANSWERED, Kind.INBOUND_FAILED)
            if text.inbound
            else (Kind.CALLBACK_SENT, Kind.CALLBACK_ANSWERED, Kind.CALLBACK_FAILED)
        )
        for attempt in range(1 + retries.most):
            if attempt:
                await asyncio.sleep(self._settings.retry_seconds * 2 ** (attempt - 1))
            self._tell(sent, text, status=status, code=code, due=due, url=target)
            try:
                async with self._http.post(
                    URL(url, encoded=True),
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=retries.read_timeout),
                ) as response:
                    answer = response.status
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                what = f"{type(error).__name__}: {error}"
                self._tell(failed, text, status=status, code=code, due=due, what=what)
                if not retries.after(
                    "ct" if isinstance(error, aiohttp.ClientConnectorError) else "rt"
                ):
                    return
                continue
            self._tell(answered, text, status=status, code=code, due=due, http_status=answer)
            if 200 <= answer < 300 or not retries.after(f"{answer // 100}xx"):
                return

    def _tell(
        self,
        kind: Kind,
        text: SimulatedText,
        *,
        status: str = "",
        code: str | None = None,
        due: int = 0,
        url: str = "",
        what: str = "",
        http_status: int = 0,
    ) -> None:
        self._log.add(
            self._now(),
            kind,
            what=what,
            phone=text.phone,
            sender=text.to if text.inbound else text.from_,
            carrier_id=text.sid,
            body=text.body if text.inbound else "",
            url=url,
            status=status,
            code=code or "",
            http_status=http_status,
            due=due,
        )

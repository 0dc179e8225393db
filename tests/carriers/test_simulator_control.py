"""The simulator's clock, log, scripts, faults and bounds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from common.vocabulary import FailureClass
from server.carriers.interface import SendAccepted, SendRefused, StatusReport, Unknown
from server.carriers.simulator.app import create_server
from server.carriers.simulator.chance import unit
from server.carriers.simulator.log import Kind, Log
from server.carriers.simulator.settings import SimulatorSettings, is_loopback
from server.carriers.simulator.texts import SimulatedText, Texts
from tests.carriers.conftest import SECOND, SENDER, START, MakeStage, Stage, eventually

PERSON = "+12065550142"
MANUAL = SimulatorSettings(clock="manual", start_us=START, retry_seconds=0.01)


async def test_pending_reports_the_next_instant_and_what_is_undone(stage: Stage) -> None:
    nothing = {"next_at": None, "uncalled": 0, "in_flight": 0}
    assert await stage.control("pending") == nothing
    await stage.carrier.send(stage.text(PERSON))
    assert (await stage.control("pending"))["next_at"] == START + SECOND
    await stage.move(1)
    assert (await stage.control("pending"))["next_at"] == START + 3 * SECOND
    await stage.move(2)
    assert await stage.control("pending") == nothing


async def test_what_is_due_counts_until_it_is_answered(stage: Stage) -> None:
    await stage.carrier.send(stage.text(PERSON))
    stage.listener.hold()
    await stage.control("clock", now=START + 10 * SECOND)
    pending = await eventually(
        lambda: stage.control("pending"), lambda told: told["in_flight"] == 1
    )
    assert pending == {"next_at": None, "uncalled": 2, "in_flight": 1}
    stage.listener.release()
    await eventually(lambda: stage.control("pending"), lambda told: told["uncalled"] == 0)
    assert [report.status for report in stage.reports()] == ["sent", "delivered"]


async def test_a_jump_of_the_clock_fires_in_the_order_of_time(make_stage: MakeStage) -> None:
    stage = await make_stage(replace(MANUAL, callbacks_in_flight=1))
    people = [f"+120655501{n:02}" for n in range(20)]
    for person in people:
        await stage.carrier.send(stage.text(person))
        await stage.control("clock", now=(await stage.control("clock"))["now"] + SECOND // 10)
    await stage.move(100)
    due = [entry["due"] for entry in await stage.log("callback_sent")]
    assert due == sorted(due)
    assert len(due) == 40


async def test_the_clock_never_goes_back(stage: Stage) -> None:
    response = await stage.http.post(f"{stage.url}/simulator/clock", json={"now": START - 1})
    assert response.status_code == 400
    assert await stage.control("clock") == {"now": START, "rate": 0.0}


async def test_a_running_clock_needs_no_hand(make_stage: MakeStage) -> None:
    stage = await make_stage(SimulatorSettings(rate=1000.0, start_us=START, reply_after=(60, 90)))
    await stage.carrier.send(stage.text("+12065550176"))

    async def inbound() -> int:
        return len(stage.inbound())

    await eventually(inbound, bool)
    assert [report.status for report in stage.reports()] == ["sent", "delivered"]
    clock = await stage.control("clock", now=START + 10**9 * SECOND)
    assert clock == {"now": START + 10**9 * SECOND, "rate": 0.0}
    assert await stage.control("clock", rate=2.0) | {"now": 0} == {"now": 0, "rate": 2.0}


async def test_the_log_reports_everything_in_order(stage: Stage) -> None:
    text = stage.text(PERSON)
    sent = await stage.carrier.send(text)
    assert isinstance(sent, SendAccepted)
    await stage.move(10)
    log = await stage.log()
    kinds = [entry["kind"] for entry in log]
    assert kinds == ["asked", "accepted", *["callback_sent", "callback_answered"] * 2]
    assert [entry["n"] for entry in log] == list(range(1, 7))
    assert log[0]["body"] == text.body
    assert log[0]["url"] == text.status_callback + "#rc=5&rp=all"
    assert log[1]["carrier_id"] == sent.carrier_id
    assert log[3]["http_status"] == 200
    assert await stage.control("log?after=4") == log[4:]
    assert await stage.control("log?after=1&limit=2") == log[1:3]


def test_the_log_forgets_the_oldest() -> None:
    log = Log(100)
    for n in range(1000):
        log.add(n, Kind.ASKED)
    kept = log.after(0, 10_000)
    assert 100 <= len(kept) <= 110
    assert kept[-1].n == 1000
    assert [entry.n for entry in log.after(998, 10)] == [999, 1000]


def test_old_texts_are_forgotten() -> None:
    texts = Texts(2)
    for sid in "abc":
        texts.add(SimulatedText(sid, "+1", "+2", "", "queued", 1, 0, 0))
    assert texts.get("a") is None
    assert [text.sid for text in texts.search("+1", "+2", (None, None))] == ["c", "b"]


async def test_failed_callbacks_come_again_when_the_url_asks_for_it(stage: Stage) -> None:
    stage.listener.answers = [500, 404, 302, 200]
    await stage.carrier.send(stage.text(PERSON))
    await stage.move(1)
    assert [report.status for report in stage.reports()] == ["sent"] * 4
    assert len({report.dedupe_key for report in stage.reports()}) == 1
    statuses = [entry["http_status"] for entry in await stage.log("callback_answered")]
    assert statuses == [500, 404, 302, 200]


@pytest.mark.parametrize(
    ("fragment", "answers", "calls"),
    [
        ("", [500] * 9, 1),
        ("#rc=2", [500] * 9, 1),
        ("#rc=2&rp=5xx", [500] * 9, 3),
        ("#rc=2&rp=5xx", [404] * 9, 1),
        ("#rc=2&rp=4xx,5xx", [404, 503], 3),
        ("#rc=9&rp=all&rt=5000", [302] * 9, 6),
        ("#rc=-1&rp=all&rt=x", [500] * 9, 1),
    ],
)
async def test_a_persons_text_comes_as_often_as_its_url_asks(
    make_stage: MakeStage, fragment: str, answers: list[int], calls: int
) -> None:
    stage = await make_stage(MANUAL, fragment=fragment)
    stage.listener.answers = answers
    await stage.control("inbound", **{"from": PERSON, "to": SENDER, "body": "Hi"})
    await stage.move(0)
    assert len(stage.inbound()) == calls


async def test_an_answer_that_does_not_come_in_time_is_waited_for_no_longer(
    make_stage: MakeStage,
) -> None:
    stage = await make_stage(MANUAL, fragment="#rc=1&rp=rt&rt=1000")
    stage.listener.hold()
    await stage.control("inbound", **{"from": PERSON, "to": SENDER, "body": "Hi"})
    await stage.move(0)
    stage.listener.release()
    assert len(stage.listener.requests) == 2


async def test_they_come_six_times_at_most(stage: Stage) -> None:
    stage.listener.answers = [500] * 100
    await stage.carrier.send(stage.text("+12065550186"))
    await stage.move(1)
    assert len(stage.reports()) == 6


async def test_nobody_there_is_logged(stage: Stage) -> None:
    await stage.carrier.send(stage.text("+12065550186"))
    await stage.listener.close()
    await stage.move(1)
    assert len(await stage.log("callback_failed")) == 6


async def raw_send(stage: Stage, **form: str) -> httpx.Response:
    settings = stage.settings
    url = f"{stage.url}/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
    fields = {"To": PERSON, "From": SENDER, "Body": "x", **form}
    login = (settings.account_sid, settings.auth_token)
    return await stage.http.post(url, data=fields, auth=login)


async def test_without_the_override_a_callback_comes_once(stage: Stage) -> None:
    stage.listener.answers = [500] * 10
    await raw_send(stage, StatusCallback=f"{stage.listener.url}/s?a=1", To="+12065550186")
    await stage.move(1)
    assert len(stage.reports()) == 1


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "12345"}, 21211),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "36001"}, 21656),
        ({"StatusCallback": "https://example.org/s"}, 21609),
    ],
)
async def test_what_twilio_would_refuse(stage: Stage, form: dict[str, str], code: int) -> None:
    response = await raw_send(stage, **form)
    assert response.status_code == 400
    assert response.json()["code"] == code
    assert set(response.json()) == {"code", "message", "more_info", "status"}


async def test_only_the_accounts_own_senders(make_stage: MakeStage) -> None:
    stage = await make_stage(replace(MANUAL, senders=frozenset({SENDER})))
    assert (await raw_send(stage)).status_code == 201
    assert (await raw_send(stage, From="+14155550199")).json()["code"] == 21606


async def test_credentials_are_checked(stage: Stage) -> None:
    stage.carrier._headers["Authorization"] = "Basic wrong"
    sent = await stage.carrier.send(stage.text(PERSON))
    assert isinstance(sent, SendRefused)
    assert (sent.code, sent.failure) == ("20003", FailureClass.CONFIGURATION)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/x", "http://localhost/x", "https://[::1]:8/", "http://127.9.9.9/"],
)
def test_this_machine(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/x",
        "https://example.org/",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org/",
        "http://localhost@example.org/",
        "ftp://127.0.0.1/",
        "http://0.0.0.0/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://127.0.0.1:x/",
        "//127.0.0.1/",
        "",
    ],
)
def test_not_this_machine(url: str) -> None:
    assert not is_loopback(url)
    with pytest.raises(ValueError, match="not on this machine"):
        SimulatorSettings(inbound_url=url)


async def test_a_script_overrides_a_number(stage: Stage) -> None:
    await stage.control("script", phone=PERSON, outcome="refused_21211")
    assert isinstance(await stage.carrier.send(stage.text(PERSON)), SendRefused)
    await stage.control(
        "script", phone=PERSON, outcome="replies", reply="On my way", reply_after=5.0
    )
    await stage.carrier.send(stage.text(PERSON))
    await stage.move(8)
    assert [text.body for text in stage.inbound()] == ["On my way"]
    await stage.control("script", phone=PERSON, outcome=None)
    await stage.carrier.send(stage.text(PERSON))
    await stage.move(10)
    assert stage.reports()[-1].status == "delivered"


async def test_a_script_names_the_outcomes_there_are(stage: Stage) -> None:
    body = {"phone": PERSON, "outcome": "explodes"}
    response = await stage.http.post(f"{stage.url}/simulator/script", json=body)
    assert response.status_code == 400
    assert "callbacks_doubled" in response.text
    assert "callbacks_doubled" in str(await stage.control("outcomes"))


@pytest.mark.parametrize(
    ("fault", "reports"),
    [
        ("double", ["sent", "sent", "delivered", "delivered"]),
        ("reorder", ["delivered", "sent"]),
        ("lose", []),
        ("callback_before_response", ["sent", "delivered"]),
    ],
)
async def test_faults_of_callbacks(stage: Stage, fault: str, reports: list[str]) -> None:
    await stage.control("faults", **{fault: 1.0})
    assert isinstance(await stage.carrier.send(stage.text(PERSON)), SendAccepted)
    if fault == "callback_before_response":
        assert [report.status for report in stage.reports()] == reports
    await stage.move(10)
    assert [report.status for report in stage.reports()] == reports


@pytest.mark.parametrize(
    ("fault", "there"),
    [("error_after_accept", 1), ("drop_after_accept", 1), ("drop_before_accept", 0)],
)
async def test_faults_of_the_answer(stage: Stage, fault: str, there: int) -> None:
    await stage.control("faults", **{fault: 1.0})
    assert isinstance(await stage.carrier.send(stage.text(PERSON)), Unknown)
    assert len(await stage.log("accepted")) == there


async def test_a_held_answer_is_cut_in_the_end(make_stage: MakeStage) -> None:
    stage = await make_stage(replace(MANUAL, hold_seconds=0.05))
    await stage.control("faults", timeout_after_accept=1.0)
    sent = await stage.carrier.send(stage.text(PERSON))
    assert isinstance(sent, Unknown)
    assert "isconnected" in sent.error or "reset" in sent.error


async def test_stopping_lets_go_of_a_held_answer() -> None:
    settings = replace(MANUAL, hold_seconds=3600.0)
    server = create_server(settings, "127.0.0.1", 0)
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started, bool)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        path = f"{url}/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
        form = {"To": "+12065550950", "From": SENDER, "Body": "x"}
        login = (settings.account_sid, settings.auth_token)
        held = asyncio.create_task(http.post(path, data=form, auth=login, timeout=60))

        async def log() -> int:
            return len((await http.get(f"{url}/simulator/log")).json())

        await eventually(log, lambda entries: entries == 2)
        server.should_exit = True
        await asyncio.wait_for(running, 4)
        with pytest.raises(httpx.TransportError):
            await held


async def test_faults_strike_as_often_as_configured_and_again_the_same(
    make_stage: MakeStage,
) -> None:
    people = [f"+1206555{n:04}" for n in range(40)]

    async def lost(settings: SimulatorSettings) -> list[Any]:
        stage = await make_stage(settings)
        await stage.control("faults", lose=0.5)
        await asyncio.gather(*[stage.carrier.send(stage.text(person)) for person in people])
        await stage.move(10)
        return sorted({entry["phone"] for entry in await stage.log("callback_dropped")})

    first = await lost(MANUAL)
    assert 8 <= len(first) <= 32
    assert await lost(MANUAL) == first
    assert await lost(replace(MANUAL, seed=2)) != first


async def test_a_fault_beyond_certainty_is_refused(stage: Stage) -> None:
    for body in ({"lose": 1.5}, {"loose": 1.0}):
        response = await stage.http.post(f"{stage.url}/simulator/faults", json=body)
        assert response.status_code == 400


def test_chance_is_even_and_repeatable() -> None:
    drawn = [unit(7, "x", n) for n in range(2000)]
    assert drawn == [unit(7, "x", n) for n in range(2000)]
    assert 0.47 < sum(drawn) / len(drawn) < 0.53
    assert 0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1


async def test_the_same_seed_gives_the_same_replies(make_stage: MakeStage) -> None:
    async def replies() -> list[tuple[int, str, str]]:
        stage = await make_stage(MANUAL)
        for n in range(20):
            await stage.carrier.send(stage.text(f"+12065550{n:01}70"[:12]))
        await stage.move(10_000)
        return sorted((e["due"], e["phone"], e["body"]) for e in await stage.log("inbound_sent"))

    first = await replies()
    assert len(first) == 10
    assert await replies() == first


async def test_a_person_texts_on_request(stage: Stage) -> None:
    sid = await stage.control("inbound", **{"from": PERSON, "to": SENDER, "body": "hi"})
    await stage.move(0)
    (text,) = stage.inbound()
    assert text.carrier_id == sid["carrier_id"]
    assert not any(isinstance(event, StatusReport) for event in stage.events())

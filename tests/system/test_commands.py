"""`drumbeat` as operators and scripts run it: real processes, a real server, a real carrier."""

from __future__ import annotations

import shlex
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from common.vocabulary import Status
from tests.system.conftest import ROOT, START, Terminal
from tests.system.workplace import PATIENCE, TOKEN, Workplace, workplace

SEQUENCE = """
name = "{name}"

[[steps]]
delay = {{ minutes = 0 }}
body = "Hi {{{{ first_name | default: 'there' }}}}, Ana from Acme. Reply STOP to opt out."

[[steps]]
delay = {{ days = 2 }}
body = "Interested?"
"""


def written(folder: Path, name: str) -> Path:
    """A sequence as a file."""
    file = folder / "sequence.toml"
    file.write_text(SEQUENCE.format(name=name))
    return file


def test_signing_in_keeps_a_profile_that_nobody_else_can_read(
    running_server: Workplace, tmp_path: Path
) -> None:
    drumbeat = Terminal("tui.cli", tmp_path)
    refused = drumbeat("login", running_server.url, "--token", "dbt_wrong")
    before = drumbeat("contacts", "list")

    done = drumbeat("login", f"{running_server.url}/", stdin=f"{TOKEN}\n")

    profile = tmp_path / "profile" / "profile.toml"
    assert (refused.code, "unknown" in refused.err) == (1, True), refused
    assert (before.code, "drumbeat login URL" in before.err) == (4, True), before
    assert (done.code, TOKEN in done.out + done.err) == (0, False), done
    assert stat.S_IMODE(profile.stat().st_mode) == 0o600
    assert drumbeat("contacts", "list").code == 0


def test_a_server_that_is_away_is_exit_code_4(tmp_path: Path) -> None:
    drumbeat = Terminal("tui.cli", tmp_path, DRUMBEAT_URL="http://127.0.0.1:9", DRUMBEAT_TOKEN="x")

    done = drumbeat("groups", "list")

    assert (done.code, done.out) == (4, "")
    assert "Cannot connect to http://127.0.0.1:9: nothing is listening there" in done.err


def test_without_a_command_it_says_what_there_is(drumbeat: Terminal) -> None:
    alone, demo = drumbeat(), drumbeat("demo")

    for done in (alone, demo):
        assert (done.code, done.out) == (2, "")
        assert "full screen needs a terminal" in done.err
        assert "demo --headless" in done.err


def test_an_import_reports_what_it_rejected(drumbeat: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("phone,first name\n+12025550101,Lena\nnonsense,Sam\n", encoding="utf-8")
    assert drumbeat("groups", "add", "Imported").code == 0

    tried = drumbeat("contacts", "import", file, "--dry-run", "--json")
    done = drumbeat("contacts", "import", file, "--group", "imported")
    again = drumbeat("contacts", "import", "-", "--json", stdin="phone\n+12025550101\n")

    assert (tried.code, tried.json["added"], tried.json["dry_run"]) == (3, 1, True), tried
    assert done.code == 3, done
    assert "nonsense" in done.out
    assert done.out.splitlines()[1].startswith("3 "), done.out
    assert "1 added" in done.err
    assert (again.code, again.json["unchanged"]) == (0, 1), again
    assert drumbeat("groups", "members", "Imported", "--json").lines[0]["first_name"] == "Lena"


def test_what_comes_from_outside_is_shown_and_never_obeyed(drumbeat: Terminal) -> None:
    row = '{"phone": "+12025550102", "first_name": "\\u001b[31mRed"}\n'
    name = "a\u202eb [red]x[/red]"
    drumbeat("contacts", "add", "+12025550104", "--first-name", name)

    rejected = drumbeat("contacts", "import", "-", stdin=row)
    table = drumbeat("contacts", "list", "5550104")
    told = drumbeat("contacts", "list", "5550104", "--json")

    assert ("\x1b" in rejected.out, "␛[31mRed" in rejected.out) == (False, True), rejected
    assert ("\u202e" in table.out, "ab [red]x[/red]" in table.out) == (False, True), table
    assert [one["first_name"] for one in told.lines] == [name]


def test_contacts_are_added_suppressed_and_let_go(drumbeat: Terminal) -> None:
    added = drumbeat(
        *("contacts", "add", "+12025550103", "--first-name", "Ana"),
        *("--field", "company=Acme", "--json"),
    )
    twice = drumbeat("contacts", "add", "+12025550103")
    stopped = drumbeat("contacts", "suppress", "+12025550103", "--note", "asked")
    listed = drumbeat("suppressions", "list", "5550103", "--json")
    garbage = drumbeat("suppressions", "lift", "nobody")
    lifted = drumbeat("suppressions", "lift", "(202) 555-0103")

    assert added.json["fields"] == {"company": "Acme"}, added
    assert (twice.code, "number of contact" in twice.err) == (1, True), twice
    assert stopped.code == lifted.code == 0, (stopped, lifted)
    assert (garbage.code, "not a phone number" in garbage.err) == (1, True), garbage
    assert [one["note"] for one in listed.lines] == ["asked"]
    assert drumbeat("suppressions", "list", "5550103", "--json").lines == []


def test_a_sequence_goes_from_a_file_to_running_and_back(
    drumbeat: Terminal, tmp_path: Path
) -> None:
    file = written(tmp_path, "Spring hiring")

    assert drumbeat("sequences", "lint", file).code == 0
    would = drumbeat("sequences", "diff", file, "--json")
    applied = drumbeat("sequences", "apply", file, "--activate")
    exported = drumbeat("sequences", "export", "spring hiring")
    same = drumbeat("sequences", "diff", "-", stdin=exported.out)
    changed = drumbeat(
        "sequences", "diff", "-", stdin=exported.out.replace("Interested?", "Still there?")
    )
    unknown = drumbeat("sequences", "show", "Sprin hiring")

    assert (would.code, would.json["outcome"]) == (3, "created"), would
    assert (applied.code, "is active" in applied.err) == (0, True), applied
    assert (same.code, "unchanged" in same.err) == (0, True), same
    assert (changed.code, "Still there?" in changed.out) == (3, True), changed
    assert (unknown.code, "Did you mean 'Spring hiring'?" in unknown.err) == (1, True), unknown
    assert "Ana from Acme" in drumbeat("sequences", "show", "Spring hiring").out

    paused = drumbeat("sequences", "pause", "Spring hiring", "--json")
    resumed = drumbeat("sequences", "resume", str(paused.json["id"]), "--mode", "shift")
    refused = drumbeat("sequences", "activate", "Spring hiring")

    assert paused.json["state"] == "paused"
    assert (resumed.code, refused.code) == (0, 1)
    assert "draft can be activated" in refused.err


def test_a_file_that_is_no_sequence_is_reported_with_its_place(
    drumbeat: Terminal, tmp_path: Path
) -> None:
    broken, loud = tmp_path / "broken.toml", tmp_path / "loud.toml"
    broken.write_text('name = "x"\nsteps = nope\n')
    loud.write_text('name = "x"\n[[steps]]\nbody = "Hi {{ nobody }}"\n')

    assert "broken.toml: line 2: This is not TOML" in drumbeat("sequences", "lint", broken).err
    lint = drumbeat("sequences", "lint", loud, "--json")
    assert {one["code"] for one in lint.lines}, lint


def test_people_are_enrolled_texted_finished_and_taken_back(
    running_server: Workplace, drumbeat: Terminal, tmp_path: Path
) -> None:
    drumbeat("sequences", "apply", written(tmp_path, "Autumn"), "--activate")
    phones = "+12025550110\n+12025550111\n+12025550182\n12025550\n"

    tried = drumbeat("enroll", "Autumn", "-", "--dry-run", "--json", stdin=phones)
    done = drumbeat("enroll", "Autumn", "-", stdin=phones)
    again = drumbeat("enroll", "Autumn", "-", stdin="\n(202) 555-0110\n")
    neither = drumbeat("enroll", "Autumn", "-", stdin="+12025550110\n\nnonsense\n")
    nobody = drumbeat("enroll", "Autumn")

    assert (tried.code, tried.json["pending"], tried.json["dry_run"]) == (3, 3, True), tried
    assert (done.code, "3 pending" in done.err, "12025550" in done.out) == (3, True, True), done
    assert (again.code, "1 skipped (already pending)" in again.err) == (0, True), again
    assert (neither.code, "line 3: 'nonsense' is neither" in neither.err) == (2, True), neither
    assert nobody.code == 2, nobody

    running_server.advance(hours=1)
    listed = drumbeat("enrollments", "Autumn", "--sort", "phone", "--json")
    by_phone = {one["contact"]["phone"]: one for one in listed.lines}
    landline = by_phone["+12025550182"]

    assert by_phone["+12025550110"]["step"] == 2
    assert landline["status"] == Status.OMITTED_LANDLINE
    table = drumbeat("enrollments", "Autumn", "status:omitted_landline")
    assert "Omitted Landline" in table.out
    assert "1 of 1 that match" in table.err
    assert "landline" in drumbeat("explain", landline["id"]).out.lower()
    wrong = drumbeat("enrollments", "Autumn", "statsu:failed")
    assert (wrong.code, "statsu" in wrong.err) == (1, True), wrong

    refused = drumbeat("finish", "Autumn", "status:pending", stdin="n\n")
    finished = drumbeat("finish", "Autumn", "status:pending", "--yes", "--json")
    skipped = drumbeat("finish", "--id", landline["id"], "--yes")
    piped = drumbeat("finish", "-", "--yes", stdin=f"#{landline['id']}\n")
    undone = drumbeat("undo", finished.json["id"], stdin="y\n")
    wrong_line = drumbeat("finish", "-", "--yes", stdin="1\nx\n")

    assert (refused.code, "Finish 2 enrollments" in refused.err) == (1, True), refused
    assert (finished.code, finished.json["done"]) == (0, 2), finished
    assert (skipped.code, "1 skipped" in skipped.err) == (3, True), skipped
    assert (piped.code, "1 skipped" in piped.err) == (3, True), piped
    assert (wrong_line.code, "line 2: 'x'" in wrong_line.err) == (2, True), wrong_line
    assert undone.code == 0, undone
    assert f"Undid operation {finished.json['id']}: 2 done" in undone.err
    assert len(drumbeat("operations", "--json").lines) == 4
    told = drumbeat("operations").out
    assert f"undo of {finished.json['id']}" in told
    assert "undone by" in told
    assert "+1 202 555 0110" in drumbeat("operations", finished.json["id"]).out


def test_failed_people_are_tried_again_and_others_texted(
    running_server: Workplace, drumbeat: Terminal, tmp_path: Path
) -> None:
    drumbeat("sequences", "apply", written(tmp_path, "Winter"), "--activate")
    drumbeat("enroll", "Winter", "--phone", "+12025550192", "--phone", "+12025550120")
    running_server.advance(hours=1)
    listed = drumbeat("enrollments", "Winter", "--json").lines
    ids = {one["status"]: one["id"] for one in listed}

    everybody = drumbeat("retry", "Winter", "--yes")
    again = drumbeat("retry", "Winter", "status:failed", "--yes")
    text = drumbeat("send", "Are you there?", "--id", ids[Status.PENDING], "--yes")
    crowd = drumbeat("send", "Hi", *(word for n in range(11) for word in ("--id", str(n + 1))))

    assert everybody.code == 2, everybody
    assert (again.code, "1 done" in again.err) == (0, True), again
    assert (text.code, "1 done" in text.err) == (0, True), text
    assert (crowd.code, "1 to 10" in crowd.err) == (2, True), crowd


def test_a_review_is_decided(running_server: Workplace, drumbeat: Terminal) -> None:
    running_server.text_from("+12025550130", "take me off your list")

    opened = drumbeat("reviews", "list", "--json").lines
    decided = drumbeat("reviews", "decide", opened[0]["id"], "harmless")

    assert opened[0]["body"] == "take me off your list"
    assert decided.code == 0, decided
    assert drumbeat("reviews", "list", "--json").lines == []


def test_events_are_followed_until_interrupted(drumbeat: Terminal) -> None:
    following = drumbeat.begin("events", "--after", "0")
    assert following.stdout is not None
    try:
        first = following.stdout.readline()
        following.send_signal(signal.SIGINT)
        code = following.wait(10)
    finally:
        following.kill()
        following.communicate()

    assert '"id":1,' in first
    assert code == 0


def test_a_contact_is_shown_with_what_happened_and_edited(
    running_server: Workplace, drumbeat: Terminal, tmp_path: Path
) -> None:
    drumbeat("sequences", "apply", written(tmp_path, "Summer"), "--activate")
    drumbeat("contacts", "add", "+12025550170", "--first-name", "Uma")
    drumbeat("enroll", "Summer", "--phone", "+12025550170")
    running_server.advance(hours=1)

    shown = drumbeat("contacts", "show", "(202) 555-0170")
    told = drumbeat("contacts", "show", "+1 202 555 0170", "--json").json
    edited = drumbeat(
        *("contacts", "edit", told["contact"]["id"], "--phone", "202 555 0140"),
        *("--field", "company=Acme", "--last-name", "Reyes"),
    )
    nothing = drumbeat("contacts", "edit", told["contact"]["id"])

    assert shown.out.startswith("Uma, +1 202 555 0170\n"), shown
    assert "Summer: Enrolled by admin." in shown.out
    assert "opt out. (Summer, step 1: delivered)" in shown.out
    assert "(reply)" in shown.out.splitlines()[-1]
    texts = [one["text"]["body"] for one in told["timeline"]["items"] if one["text"]]
    assert texts[0].startswith("Hi Uma")
    assert edited.code == 0, edited
    assert "Uma Reyes, +1 202 555 0140" in edited.out
    assert "company = Acme" in edited.out
    assert (nothing.code, "Give what to change" in nothing.err) == (2, True), nothing
    assert drumbeat("contacts", "show", "+12025550170").code == 1


def test_who_is_texted_is_shown_before_it_is_asked(
    running_server: Workplace, drumbeat: Terminal, tmp_path: Path
) -> None:
    drumbeat("sequences", "apply", written(tmp_path, "Indian summer"), "--activate")
    drumbeat("contacts", "add", "+12025550141", "--first-name", "Wen")
    drumbeat("enroll", "Indian summer", "--phone", "+12025550141", "--phone", "+12025550142")
    running_server.advance(hours=1)
    drumbeat("contacts", "suppress", "+12025550142")
    ids = [one["id"] for one in drumbeat("enrollments", "Indian summer", "--json").lines]

    body = "Still there, {{ first_name }}?"
    asked = drumbeat("send", body, *(w for n in ids for w in ("--id", n)), stdin="n\n")

    assert asked.code == 1, asked
    assert "Wen, +1 202 555 0141: Still there, Wen? (1 segment)" in asked.err
    assert "+1 202 555 0142: will not get it. The number is suppressed (operator)." in asked.err
    assert "Send this text to 1 contact?" in asked.err


def test_a_file_that_cannot_be_read_is_one_line(drumbeat: Terminal, tmp_path: Path) -> None:
    missing = drumbeat("contacts", "import", tmp_path / "missing.csv")
    folder = drumbeat("contacts", "import", tmp_path)

    assert (missing.code, missing.out) == (1, ""), missing
    assert missing.err == "Error: missing.csv cannot be read: No such file or directory.\n"
    assert (folder.code, "is a directory" in folder.err) == (2, True), folder


def test_a_group_that_is_not_there_is_made_by_an_import(drumbeat: Terminal) -> None:
    people = "phone\n+12025550143\n"
    tried = drumbeat("contacts", "import", "-", "--group", "Fresh", "--dry-run", stdin=people)
    before = drumbeat("groups", "members", "Fresh")
    done = drumbeat("contacts", "import", "-", "--group", "Fresh", stdin=people)
    by_number = drumbeat("contacts", "import", "-", "--group", "99999", stdin=people)

    assert (tried.code, "would be created" in tried.err, before.code) == (0, True, 1), tried
    assert (done.code, "Created the group 'Fresh'" in done.err) == (0, True), done
    assert (by_number.code, "no group 99999" in by_number.err) == (1, True), by_number
    assert "1 contact in Fresh." in drumbeat("groups", "members", "fresh").err


def test_a_faulty_sequence_is_kept_as_a_draft_and_says_so(
    drumbeat: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "faulty.toml"
    file.write_text('name = "Faulty"\n[[steps]]\nbody = "Hi {{ nobody }}"\n')

    done = drumbeat("sequences", "apply", file, "--activate")

    assert done.code == 1, done
    assert "Faulty was saved as a draft, but not activated: " in done.err


def test_filters_need_no_quotes_and_negated_terms_are_no_options(
    drumbeat: Terminal, tmp_path: Path
) -> None:
    drumbeat("sequences", "apply", written(tmp_path, "Equinox"), "--activate")
    drumbeat("enroll", "Equinox", "--phone", "+12025550144", "--phone", "+12025550145")

    found = drumbeat("enrollments", "Equinox", "-status:failed", "5550144", "status:pending")
    wrong = drumbeat("enrollments", "Equinox", "status:finished")

    assert (found.code, "1 of 1 that match" in found.err) == (0, True), found
    for status in ("finished_responded", "finished_no_response", "finished_stopped"):
        assert status in wrong.err


def test_a_command_that_is_misspelled_is_guessed(drumbeat: Terminal) -> None:
    assert "Did you mean 'contacts'?" in drumbeat("contatcs").err
    assert "Did you mean 'import'?" in drumbeat("contacts", "imprt").err


def test_an_address_without_a_token_says_what_is_missing(tmp_path: Path) -> None:
    done = Terminal("tui.cli", tmp_path, DRUMBEAT_URL="http://127.0.0.1:9")("groups", "list")

    assert (done.code, "DRUMBEAT_TOKEN is missing" in done.err) == (4, True), done


def test_whoever_is_named_by_id_and_by_phone_is_enrolled_once_and_the_dry_run_says_so(
    drumbeat: Terminal, tmp_path: Path
) -> None:
    drumbeat("sequences", "apply", written(tmp_path, "Solstice"), "--activate")
    made = drumbeat("contacts", "add", "+12025550146", "--json").json["id"]
    named = f"#{made}\n+12025550147\n(202) 555-0146\n#{made}\n#999999\n"

    dry = drumbeat("enroll", "Solstice", "-", "--dry-run", "--json", stdin=named)
    real = drumbeat("enroll", "Solstice", "-", "--json", stdin=named)

    for done in (dry, real):
        told = done.json
        assert (told["asked"], told["pending"], told["skipped"], told["refused"]) == (
            5,
            2,
            {"named_twice": 2},
            {"unknown_contact": 1},
        ), done


PROXIES = {
    "ALL_PROXY": "socks://127.0.0.1:1080",
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "nonsense://",
    "NO_PROXY": "[::",
}


def test_a_server_on_this_machine_is_reached_whatever_proxies_the_environment_names(
    drumbeat: Terminal, running_server: Workplace
) -> None:
    by_name = running_server.url.replace("127.0.0.1", "localhost")

    for url in (running_server.url, by_name):
        done = drumbeat("groups", "list", **PROXIES, DRUMBEAT_URL=url)
        assert done.code == 0, done


def test_a_server_and_its_simulated_carrier_need_no_proxy(tmp_path: Path) -> None:
    with workplace(tmp_path, START, PROXIES) as place:
        place.import_people(["+12025550101,Lena"])
        sequence_id = place.sequence("Spring", ("Hi. Reply STOP to opt out.", {"minutes": 0}))
        place.enroll(sequence_id, "+12025550101")
        place.advance(hours=1)

        assert len(place.log().accepted("+12025550101")) == 1


def test_an_unusable_proxy_is_one_line_that_names_its_variable_and_exit_code_4(
    tmp_path: Path,
) -> None:
    drumbeat = Terminal(
        "tui.cli", tmp_path, DRUMBEAT_URL="http://drumbeat.example:8420", DRUMBEAT_TOKEN="x"
    )
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        drumbeat.environment.pop(name, None)

    for variable in ("ALL_PROXY", "http_proxy"):
        for words in (("groups", "list"), ("login", "http://drumbeat.example")):
            done = drumbeat(*words, **{variable: "socks://127.0.0.1:1080"})
            errors = [line for line in done.err.splitlines() if "Warning" not in line]
            assert (done.code, done.out, len(errors)) == (4, "", 1), done
            assert f"{variable} is wrong" in errors[0]
    silent = drumbeat("groups", "list", HTTP_PROXY="127.0.0.1:9")
    assert (silent.code, "through the proxy in HTTP_PROXY" in silent.err) == (4, True), silent


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "latin-1", "c-locale"],
)
def test_output_that_is_not_utf_8_gets_replacements_and_loses_nothing_in_json_and_toml(
    environment: dict[str, str], drumbeat: Terminal, tmp_path: Path
) -> None:
    name = "Früh 漢 😀"
    drumbeat("sequences", "apply", written(tmp_path, name))
    drumbeat("groups", "add", "Größe 漢 😀")

    listed = [
        drumbeat(*words, **environment)
        for words in (
            ("groups", "list"),
            ("sequences", "list"),
            ("sequences", "show", "1"),
            ("contacts", "list", "--all"),
            ("operations",),
            ("suppressions", "list"),
            ("--help",),
        )
    ]
    unknown = drumbeat("groups", "members", "Gr", **environment)
    told = drumbeat("groups", "list", "--json", **environment)
    found = drumbeat("sequences", "list", "--json", **environment)
    ident = next(one["id"] for one in found.lines if one["name"] == name)
    exported = drumbeat("sequences", "export", ident, **environment)
    same = drumbeat("sequences", "diff", "-", stdin=exported.out)

    for done in listed:
        assert (done.code, "Traceback" in done.err) == (0, False), done
    assert "? ?" in listed[0].out
    assert (unknown.code, len(unknown.err.splitlines())) == (1, 1), unknown
    assert "Größe 漢 😀" in {one["name"] for one in told.lines}
    assert told.out.isascii()
    assert exported.out.isascii()
    assert (same.code, "unchanged" in same.err) == (0, True), same


@pytest.mark.parametrize(
    "ending",
    ["| head -n 1", "| true", "2>&1 | true", ">&-", ">&- 2>&-", "> /dev/full", "2> /dev/full"],
)
@pytest.mark.parametrize("answer", ["", "--json"], ids=["table", "json"])
def test_output_that_nobody_reads_ends_a_command_quietly(
    ending: str, answer: str, drumbeat: Terminal, running_server: Workplace, tmp_path: Path
) -> None:
    many = "".join(f"+1202555{n:04d}\n" for n in range(4000, 4300))
    drumbeat("contacts", "import", "-", stdin=f"phone\n{many}")
    command = shlex.join(drumbeat.command("contacts", "list", "--all"))

    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {answer} {ending}"],
        cwd=ROOT,
        env=drumbeat.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode in {0, 1}
    assert len(done.stderr.splitlines()) <= 1, done.stderr
    assert "Traceback" not in done.stdout


def test_a_word_that_is_no_text_is_wrong_usage(drumbeat: Terminal) -> None:
    done = drumbeat("contacts", "list", "Zo\udcff")

    assert (done.code, len(done.err.splitlines())) == (2, 1), done

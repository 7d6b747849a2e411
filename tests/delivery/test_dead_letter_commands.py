"""``claimstream dead-letters`` over real databases: what a person sees and can do."""

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from claimstream.cli import build
from claimstream.dead_letters import bulk, outbox_room
from claimstream.stack.state import KAFKA_VARIABLE, SERVICES, STATE_VARIABLE, database_variable
from schemas.claim import ClaimAcknowledged
from schemas.coding import EncounterCoded
from schemas.reference import PatientRegistered
from services.chassis import audit
from services.chassis.breaker import OpenBreaker, keep_open
from services.chassis.letter_desk import LetterDesk, Person
from services.chassis.migrate import migrate
from services.chassis.processor import Processor
from services.chassis.record import Record
from tests.builders import make
from tests.fixtures.postgres import MakeDatabase
from tests.support import NOON, ManualClock, record

T = TypeVar("T")
NAME = "Zyxwvut"


def migrated(service: str) -> Callable[[str], Coroutine[Any, Any, None]]:
    async def prepare(url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await migrate(connection, Path(_app(service).__file__).parent / "migrations")
        finally:
            await connection.close()

    return prepare


def _app(service: str) -> Any:
    return import_module(f"services.{service}.app")


@dataclass(frozen=True, slots=True)
class Office:
    """Four databases, and the command line that is told of them."""

    urls: dict[str, str]
    billing: Processor

    def say(self, *words: str) -> Result:
        return CliRunner().invoke(build("dead-letters"), ["dead-letters", *words])

    def lines(self, *words: str) -> list[dict[str, Any]]:
        """What a command prints as JSON."""
        done = self.say(*words, "--json")
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    def read(self, work: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
        async def run() -> T:
            connection = await asyncpg.connect(self.urls["billing"])
            try:
                return await work(connection)
            finally:
                await connection.close()

        return asyncio.run(run())

    def fetchval(self, query: str) -> Any:
        return self.read(lambda connection: connection.fetchval(query))

    def execute(self, statement: str) -> None:
        self.read(lambda connection: connection.execute(statement))


@pytest.fixture
async def office(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Office]:
    """Billing holds one patient that cannot be read, and answers for claims that it never made."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv(KAFKA_VARIABLE, f"127.0.0.1:{probe.getsockname()[1]}")
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    urls: dict[str, str] = {}
    for service in SERVICES:
        urls[service] = await make_database(f"commands_{service}", migrated(service))
        monkeypatch.setenv(database_variable(service), urls[service])
    pool = await asyncpg.create_pool(urls["billing"], min_size=1, max_size=2)
    billing = Processor(_app("billing").service(), pool, ManualClock())
    await billing.process([spoilt_patient(), patient_again("X1"), *(answer(n) for n in range(3))])
    yield Office(urls, billing)
    await pool.close()


def spoilt_patient() -> Record:
    patient = record(make(PatientRegistered, practice_id="P1", patient_id="X1", family_name=NAME))
    assert patient.value is not None
    return replace(patient, value=patient.value.replace(b'"sex":"', b'"sex":"?'))


def patient_again(patient_id: str, number: int = 1) -> Record:
    later = NOON + timedelta(hours=number)
    event = make(PatientRegistered, practice_id="P1", patient_id=patient_id, family_name="Later")
    return record(event, occurred_at=later, offset=number)


def answer(number: int) -> Record:
    return record(make(ClaimAcknowledged, practice_id="P1", encounter_id=f"E{number}"))


def the_patient(office: Office, service: str = "billing") -> str:
    (line,) = office.lines("list", "--reason", "contract_broken", "--service", service)
    return str(line["id"])


def test_letters_are_listed_by_service_topic_reason_key_and_age(office: Office) -> None:
    assert len(office.lines("list")) == 4
    assert len(office.lines("list", "--service", "coding")) == 0
    assert len(office.lines("list", "--topic", ClaimAcknowledged.TOPIC)) == 3
    (line,) = office.lines("list", "--key", "E1")
    assert (line["reason"], line["key"]) == ("encounter_unknown", "P1:E1")
    assert len(office.lines("list", "--older-than", "1h")) == 4
    assert len(office.lines("list", "--newer-than", "1h")) == 0
    (line,) = office.lines("list", "--key", "P1:X1")
    assert (line["behind"], line["repairs"]) == (1, 0)


def test_what_waits_for_a_reference_is_listed_where_the_filters_leave_it(office: Office) -> None:
    coded = make(EncounterCoded, practice_id="P1", encounter_id="E9", patient_id="NOT-YET")
    asyncio.run(taken_in(office, record(coded)))
    listed = {
        words: "patient:" in office.say("list", *words).stdout
        for words in (
            (),
            ("--key", "E9"),
            ("--key", "E1"),
            ("--topic", EncounterCoded.TOPIC),
            ("--topic", ClaimAcknowledged.TOPIC),
            ("--reason", "encounter_unknown"),
            ("--older-than", "1h"),
            ("--newer-than", "1h"),
            ("--service", "coding"),
        )
    }
    assert [words for words, is_listed in listed.items() if is_listed] == [
        (),
        ("--key", "E9"),
        ("--topic", EncounterCoded.TOPIC),
        ("--older-than", "1h"),
    ]


def test_what_is_no_age_is_told(office: Office) -> None:
    done = office.say("list", "--older-than", "soon")
    assert done.exit_code == 2
    assert "is no age" in done.stderr


def test_a_parked_event_names_the_letter_that_it_waits_for(office: Office) -> None:
    (line,) = office.lines("parked")
    assert (line["letter_id"], line["reason"], line["place"]) == (
        the_patient(office),
        "contract_broken",
        1,
    )
    assert f"dead letter {line['letter_id']}" in re.sub(r"\s+", " ", office.say("parked").stdout)
    assert (
        f"waits for dead letter {line['letter_id']}" in office.say("show", line["event_id"]).stdout
    )


def test_parked_events_are_found_by_how_long_they_wait(office: Office) -> None:
    assert len(office.lines("parked", "--older-than", "1h")) == 1
    assert office.lines("parked", "--newer-than", "1h") == []
    asyncio.run(taken_in(office, patient_again("X1", 2), at=datetime.now(UTC)))
    (line,) = office.lines("parked", "--newer-than", "1h")
    assert line["place"] == 2, "its place is that in its key, not in what is shown"
    assert len(office.lines("parked", "--older-than", "1h", "--key", "X1")) == 1
    assert office.say("parked", "--newer-than", "soon").exit_code == 2


def test_nothing_of_a_patient_is_printed_unless_asked_and_asking_is_on_record(
    office: Office,
) -> None:
    letter = the_patient(office)
    repaired = ("repair", letter, "--set", 'sex="F"', "--set", f'family_name="{NAME}2"')
    said = [
        office.say(*words).output
        for words in (
            ("list",),
            ("list", "--json"),
            ("parked",),
            ("parked", "--json"),
            ("show", letter),
            (*repaired, "--reason", "as on the card", "--dry-run"),
            (*repaired, "--reason", "as on the card"),
            ("diff", letter),
            ("show", letter),
            ("stats",),
            ("redrive", letter, "--dry-run"),
        )
    ]
    assert not [text for text in said if NAME in text]
    assert office.fetchval("select count(*) from delivery.audit where action = 'reveal'") == 0
    assert NAME in office.say("show", letter, "--reveal").stdout
    assert f"{NAME}2" in office.say("diff", letter, "--reveal").stdout
    assert office.fetchval("select count(*) from delivery.audit where action = 'reveal'") == 2


def test_a_repair_says_what_it_changes_and_what_would_come_of_it(office: Office) -> None:
    letter = the_patient(office)
    done = office.say("repair", letter, "--set", 'sex="F"', "--reason", "as on the card")
    assert done.exit_code == 0, done.output
    assert '-> "F"' in done.stdout
    assert "would be accepted" in done.stdout
    told = office.say("diff", letter).stdout
    assert "sex: " in told
    assert "as on the card" in told
    assert "repair 1" in office.say("show", letter).stdout


def test_a_repair_that_was_made_already_is_told_in_a_line_and_is_no_mistake(
    office: Office,
) -> None:
    words = ("repair", the_patient(office), "--set", 'sex="F"', "--reason", "as on the card")
    assert "Kept." in office.say(*words).stdout
    for more in ((), ("--dry-run",), ("--anyway",), ("--reveal",)):
        again = office.say(*words, *more)
        assert (again.exit_code, again.output) == (
            0,
            "Nothing to change: what is kept says so already.\n",
        )
    assert office.fetchval("select count(*) from delivery.dead_letter_repair") == 1
    assert office.fetchval("select count(*) from delivery.audit") == 1


def test_a_repair_that_is_still_refused_is_not_kept_and_says_why(office: Office) -> None:
    letter = the_patient(office)
    done = office.say("repair", letter, "--set", 'sex="!"', "--reason", "a guess")
    assert done.exit_code == 1
    assert "contract_broken" in done.stdout
    assert office.say("diff", letter).exit_code == 1


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (["--set", "sex"], 1, "PATH=VALUE"),
        (["--set", "sex=F"], 1, "double quotes"),
        (["--set", 'nobody.there="F"'], 1, "there is nothing"),
        (["--unset", "policies[7]"], 1, "there is nothing"),
        (["--unset", "a..b"], 1, "no path"),
        (["--from-file", "/no/such/file"], 2, "cannot be read"),
        ([], 2, "Say what to change"),
    ],
)
def test_a_change_that_cannot_be_made_is_told_in_a_sentence(
    office: Office, change: list[str], code: int, sentence: str
) -> None:
    done = office.say("repair", the_patient(office), *change, "--reason", "x")
    assert (done.exit_code, len(done.stderr.splitlines())) == (code, 1), done.output
    assert sentence in done.stderr


def test_a_value_that_is_no_json_is_replaced_by_a_file(office: Office, tmp_path: Path) -> None:
    good = record(make(PatientRegistered, practice_id="P1", patient_id="X2"))
    asyncio.run(taken_in(office, replace(good, value=b"{")))
    (line,) = office.lines("list", "--reason", "not_json")
    file = tmp_path / "patient.json"
    file.write_bytes(good.value or b"")
    assert office.say("repair", line["id"], "--set", "sex=1", "--reason", "x").exit_code == 1
    words = ("repair", line["id"], "--from-file", str(file), "--reason", "sent again by mail")
    assert office.say(*words).exit_code == 0
    assert office.say("redrive", line["id"]).exit_code == 0


async def taken_in(
    office: Office, *records: Record, service: str = "billing", at: datetime = NOON
) -> None:
    pool = await asyncpg.create_pool(office.urls[service], min_size=1, max_size=2)
    await Processor(_app(service).service(), pool, ManualClock(at)).process(records)
    await pool.close()


def test_one_is_redriven_once_and_again_is_no_mistake(office: Office) -> None:
    letter = the_patient(office)
    refused = office.say("redrive", letter)
    assert refused.exit_code == 1
    assert "Refused again: contract_broken" in refused.stderr
    office.say("repair", letter, "--set", 'sex="F"', "--reason", "as on the card")
    assert "would be accepted" in office.say("redrive", letter, "--dry-run").stdout
    done = office.say("redrive", letter)
    assert (done.exit_code, "Accepted" in done.stdout) == (0, True)
    again = office.say("redrive", letter)
    assert (again.exit_code, "already" in again.stdout) == (0, True)
    assert "There is no dead letter" in office.say("redrive", str(UUID(int=7))).stderr


def test_many_are_redriven_by_what_they_have_in_common(office: Office) -> None:
    dry = office.say("redrive", "--all", "--reason", "encounter_unknown", "--dry-run")
    assert "3 would be refused again" in dry.stdout
    assert office.fetchval("select sum(attempts) from delivery.dead_letter") == 0
    done = office.say("redrive", "--all", "--topic", ClaimAcknowledged.TOPIC)
    assert done.exit_code == 1
    assert "3 of 3 dead letters: 3 refused again" in done.stdout
    assert "3 x encounter_unknown" in done.stdout
    assert office.fetchval("select sum(attempts) from delivery.dead_letter") == 3


def test_a_redrive_of_everything_must_be_asked_for(office: Office) -> None:
    assert office.say("redrive").exit_code == 2
    assert office.say("redrive", "--reason", "encounter_unknown").exit_code == 2
    assert office.say("redrive", the_patient(office), "--all").exit_code == 2


def test_ctrl_c_stops_between_two_transactions_and_the_same_command_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    whole = bulk.Tally.add

    def interrupted(tally: bulk.Tally, answers: Any) -> None:
        whole(tally, answers)
        if tally.done == 2:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(bulk.Tally, "add", interrupted)
    done = office.say("redrive", "--all")
    assert done.exit_code == 1
    stopped = re.search(r"Stopped; (\d) are left. The same command goes on", done.stdout)
    assert stopped is not None, done.output
    tried = "select count(*) from delivery.dead_letter where attempts > 0"
    assert office.fetchval(tried) == 4 - int(stopped[1]) < 4
    monkeypatch.setattr(bulk.Tally, "add", whole)
    assert "4 of 4 dead letters" in office.say("redrive", "--all").stdout
    assert office.fetchval(tried) == 4


@pytest.mark.parametrize("which", ["all of them", "one by its id"])
def test_with_an_outbox_that_stays_full_nothing_is_redriven_and_the_same_command_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    monkeypatch.setattr(outbox_room, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(outbox_room, "STUCK_AFTER_SECONDS", 0)
    monkeypatch.setenv("CLAIMSTREAM_OUTBOX_WATERMARK", "2000")
    office.execute("truncate delivery.outbox")
    office.execute("insert into delivery.outbox (shard, events, pack) values (0, 2001, '\\x90')")
    words = ("redrive", "--all") if which == "all of them" else ("redrive", the_patient(office))
    done = office.say(*words)
    assert done.exit_code == 1
    assert "Waiting for the outbox: 2001 events" in done.stderr
    assert "2001 events wait in the outbox and have not become fewer" in done.stdout
    assert "are left. The same command goes on." in done.stdout
    assert office.fetchval("select sum(attempts) from delivery.dead_letter") == 0
    monkeypatch.setenv("CLAIMSTREAM_OUTBOX_WATERMARK", "2001")
    assert "refused again" in office.say(*words).output.lower()


def test_dismissed_ones_say_why_and_by_whom_for_ever(office: Office) -> None:
    letters = [line["id"] for line in office.lines("list", "--reason", "encounter_unknown")]
    done = office.say("dismiss", *letters, "--reason", "claims of the former system")
    assert done.exit_code == 0, done.output
    again = office.say("dismiss", *letters, "--reason", "again")
    assert (again.exit_code, again.output) == (0, "Dismissed before; nothing was changed.\n")
    shown = office.say("show", letters[0]).stdout
    assert "dismissed" in shown
    assert "claims of the former system" in shown
    assert len(office.lines("list")) == 1
    assert len(office.lines("list", "--all")) == 4
    assert office.read(audit.first_broken_link) is None


def test_many_are_dismissed_by_what_they_have_in_common(office: Office) -> None:
    void = ("dismiss", "--all", "--refused-as", "encounter_unknown", "--reason", "void test claims")
    done = office.say(*void, "--key", "E1")
    assert done.exit_code == 0
    assert "1 of 1 dismissed; what waited behind them goes on.\n" in done.stdout
    assert "2 of 2 dismissed" in office.say(*void).stdout
    assert "0 of 0 dismissed" in office.say(*void).stdout
    assert [line["reason"] for line in office.lines("list")] == ["contract_broken"]
    told = office.fetchval("select count(*) from delivery.audit where reason = 'void test claims'")
    assert told == 3


def test_a_dismissal_of_everything_must_be_asked_for(office: Office) -> None:
    for words in ((), ("--all", the_patient(office))):
        assert office.say("dismiss", *words, "--reason", "x").exit_code == 2
    assert len(office.lines("list")) == 4


def test_ctrl_c_stops_dismissals_between_two_of_them_and_the_same_command_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = LetterDesk.dismiss

    async def interrupted(desk: LetterDesk, letter_id: UUID, who: Person) -> None:
        monkeypatch.setattr(LetterDesk, "dismiss", whole)
        os.kill(os.getpid(), signal.SIGINT)
        await whole(desk, letter_id, who)

    monkeypatch.setattr(LetterDesk, "dismiss", interrupted)
    done = office.say("dismiss", "--all", "--reason", "void")
    assert done.exit_code == 1
    assert "Stopped: the same command goes on with the rest." in done.output
    left = len(office.lines("list"))
    assert 0 < left < 4
    assert f"{left} of {left} dismissed" in office.say("dismiss", "--all", "--reason", "v").stdout
    assert office.lines("list") == []


def test_the_figures_say_what_is_open_repaired_and_behind(office: Office) -> None:
    office.say("repair", the_patient(office), "--set", 'sex="F"', "--reason", "as on the card")
    rows = {(row["topic"], row["reason"]): row for row in office.lines("stats")}
    patient = rows[PatientRegistered.TOPIC, "contract_broken"]
    assert (patient["open"], patient["repaired"], patient["behind"]) == (1, 1, 1)
    assert rows[ClaimAcknowledged.TOPIC, "encounter_unknown"]["open"] == 3
    assert "encounter_unknown" in office.say("stats").stdout


@pytest.mark.parametrize(
    ("words", "opened"),
    [
        ((), {"contract_broken": 1, "encounter_unknown": 3}),
        (("--reason", "encounter_unknown"), {"encounter_unknown": 3}),
        (("--topic", PatientRegistered.TOPIC), {"contract_broken": 1}),
        (("--key", "E1"), {"encounter_unknown": 1}),
        (("--key", "P1:X1", "--reason", "encounter_unknown"), {}),
        (("--older-than", "1h"), {"contract_broken": 1, "encounter_unknown": 3}),
        (("--newer-than", "1h"), {}),
        (("--service", "coding"), {}),
    ],
)
def test_the_figures_are_of_those_letters_that_the_filters_of_the_list_leave(
    office: Office, words: tuple[str, ...], opened: dict[str, int]
) -> None:
    rows = office.lines("stats", *words)
    assert {row["reason"]: row["open"] for row in rows} == opened
    assert sum(opened.values()) == len(office.lines("list", *words))


def test_those_dealt_with_stay_in_the_figures_of_a_filter(office: Office) -> None:
    office.say("dismiss", "--all", "--refused-as", "encounter_unknown", "--reason", "void")
    (row,) = office.lines("stats", "--reason", "encounter_unknown")
    assert (row["open"], row["dismissed"]) == (0, 3)


def test_a_breaker_that_is_open_is_shown_and_can_be_overruled(office: Office) -> None:
    assert office.say("resume", "billing", "--reason", "none is open").exit_code == 1
    opened = OpenBreaker("1", NOON, 100, 80, 60, "rule_failed: KeyError at somewhere:1")

    async def opens() -> None:
        pool = await asyncpg.create_pool(office.urls["billing"], min_size=1, max_size=1)
        await keep_open(pool, opened)
        await pool.close()

    asyncio.run(opens())
    told = "billing instance 1, which does not run: stopped by its breaker"
    assert told in re.sub(r"\s+", " ", office.say("stats").stdout)
    done = office.say("resume", "billing", "--reason", "they are all void", "--allow", "500")
    assert done.exit_code == 0, done.output
    assert office.fetchval("select allowance from delivery.breaker") == 500
    assert office.fetchval("select subject from delivery.audit") == "billing-1"
    assert "breaker" not in office.say("stats").stdout, "it is gone, and nobody would close it"
    office.execute("insert into delivery.instance (name, state) values ('1', 'running')")
    assert "instance 1: stopped by its breaker" in office.say("stats").stdout

"""A second look, end to end on a real database: sample, blind coding, settlement, figures."""

import asyncio
import json
from collections.abc import AsyncIterator
from csv import DictReader
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from schemas.coding import DocumentationQueryOpened, EncounterCoded
from services.chassis import audit as chain
from services.chassis.effects import Refused
from services.chassis.processor import Processor
from services.coding import audit_store, case_store
from services.coding.app import service
from services.coding.commands import app
from services.coding.commands.given_codes import login
from services.coding.settings import CodingSettings
from services.coding.settle_audit import SettleAudit
from tests.fixtures.postgres import MakeDatabase
from tests.integration.coding.conftest import REFERENCES, Running, _prepare
from tests.integration.coding.test_encounter_life_cycle import answer
from tests.support import ManualClock
from tests.unit.coding.examples import MODERATE, encounter, problems

RUN = CliRunner()


@dataclass
class Office:
    """The service on a database, and the commands beside it."""

    url: str
    running: Running

    async def call(self, *arguments: str) -> Result:
        command = [*arguments, "--database-url", self.url]
        return await asyncio.to_thread(RUN.invoke, app, command)

    async def told(self, *arguments: str) -> Any:
        result = await self.call(*arguments)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture
async def office(make_database: MakeDatabase) -> AsyncIterator[Office]:
    url = await make_database("coding", _prepare)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    clock = ManualClock()
    running = Running(pool, clock, Processor(service(CodingSettings()), pool, clock))
    await running.hear(*REFERENCES)
    await running.hear(encounter(decision_making=MODERATE))
    await running.hear(encounter(encounter_id="E2", service_date=date(2026, 2, 20)))
    yield Office(url, running)
    await pool.close()


ALL = ("audit", "sample", "--seed", "s", "--rate-permille", "20000", "--actor", "ann")


async def test_a_case_is_drawn_once_and_shown_blind(office: Office) -> None:
    assert "2 drawn, 2 of them new" in (await office.call(*ALL)).stdout
    assert "2 drawn, 0 of them new" in (await office.call(*ALL)).stdout
    shown = await office.told("audit", "show", "E1")
    assert shown["documentation"]["encounter_id"] == "E1"
    assert shown["status"] == "waiting"
    assert not {"first", "second", "final"} & shown.keys()
    assert "99214" not in json.dumps(shown)
    listed = await office.told("audit", "list", "--json")
    assert [case["risks"] for case in listed] == [[], []]


async def test_agreement_disagreement_and_settlement_come_out_in_the_figures(
    office: Office,
) -> None:
    await office.call(*ALL)
    second = ("--dx", "J20.9", "--line", "99213@1", "--actor", "bob")
    assert "E1: differs" in (await office.call("audit", "decide", "E1", *second)).stdout
    assert "E2: agreed" in (await office.call("audit", "decide", "E2", *second)).stdout
    figures = await office.told("audit", "figures", "--json")
    assert figures["open"] == 1
    settled = ("audit", "adjudicate", "E1", "--take", "second", "--reason", "as the note says")
    done = await office.call(*settled, "--actor", "cyd")
    assert "E1: adjudicated; coded again as version 2" in done.stdout
    figures = await office.told("audit", "figures", "--json")
    engine = figures["coders"]["engine"]
    assert figures["open"] == 0
    assert engine == figures["coders"]["all"]
    assert (engine["cases"], engine["claim_permille"]) == (2, 500)
    assert (engine["visit_exact_permille"], engine["visit_within_one_permille"]) == (500, 1000)
    assert engine["first_listed_permille"] == 1000
    shown = await office.told("audit", "show", "E1")
    assert shown["first"]["lines"] == ["99214*1@1"]
    assert shown["final"] == {
        "by": "cyd",
        "reason": f"as the note says [login {login()}]",
        "diagnoses": ["J20.9"],
        "lines": ["99213*1@1"],
    }


def settling(**fields: object) -> SettleAudit:
    return SettleAudit.model_validate(
        {
            "practice_id": "P1",
            "actor": "cyd",
            "role": "auditor",
            "reason": "as the note says",
            "encounter_id": "E1",
            "take": "second",
            **fields,
        }
    )


BLIND = ("audit", "decide", "E1", "--dx", "J20.9", "--line", "99213@1", "--actor", "bob")


async def test_what_was_settled_is_published_as_a_new_version_by_a_person(office: Office) -> None:
    await office.call(*ALL)
    await office.call(*BLIND)
    await office.running.act(settling())
    first, second = [
        event for event in await office.running.said(EncounterCoded) if event.encounter_id == "E1"
    ]
    assert [line.code for line in first.lines] == ["99214"]
    assert [line.code for line in second.lines] == ["99213"]
    assert (second.version, second.decided_by) == (2, "coder")
    assert second.releases == first.releases
    assert second.diagnoses[0].evidence == first.diagnoses[0].evidence != ()
    async with office.running.pool.acquire() as connection:
        (kept,) = await case_store.decisions(connection, "P1", "E1")
    assert (kept.actor, kept.role, kept.action) == ("cyd", "auditor", "adjudicate")
    assert [line.code for line in kept.before.lines] == ["99214"]
    assert [line.code for line in kept.after.lines] == ["99213"]
    await office.call("audit", "sample", "--seed", "t", "--rate-permille", "20000")
    listed = await office.told("audit", "list", "--json")
    assert [(case["encounter_id"], case["version"]) for case in listed] == [("E1", 2), ("E2", 1)]


async def test_codes_given_in_settling_are_published_where_neither_coding_was_right(
    office: Office,
) -> None:
    await office.call(*ALL)
    await office.call(*BLIND)
    await office.running.act(
        settling(take="", diagnoses=("J20.8",), lines=({"code": "99212", "pointers": (1,)},))
    )
    last = (await office.running.said(EncounterCoded))[-1]
    assert [each.code for each in last.diagnoses] == ["J20.8"]
    assert [each.code for each in last.lines] == ["99212"]


async def test_settling_for_the_first_coding_publishes_nothing(office: Office) -> None:
    await office.call(*ALL)
    await office.call(*BLIND)
    before = await office.running.said(EncounterCoded)
    settled = ("audit", "adjudicate", "E1", "--take", "first", "--reason", "the time counts")
    assert "version 1 stands" in (await office.call(*settled, "--actor", "cyd")).stdout
    assert await office.running.said(EncounterCoded) == before


async def test_an_encounter_that_has_gone_on_is_not_coded_again_by_settling_an_old_case(
    office: Office,
) -> None:
    await office.call(*ALL)
    await office.call(*BLIND)
    later = encounter(revision=2, problems=problems("Acute sinusitis"), decision_making=MODERATE)
    await office.running.hear(later)
    before = await office.running.said(EncounterCoded)
    settled = ("audit", "adjudicate", "E1", "--take", "second", "--reason", "as the note says")
    done = await office.call(*settled, "--actor", "cyd")
    assert "has gone on (coded, version 2)" in done.stdout
    assert await office.running.said(EncounterCoded) == before


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"role": "coder"}, "role_not_allowed"),
        ({"reason": " "}, "reason_missing"),
        ({"encounter_id": "E9"}, "not_sampled"),
        ({"encounter_id": "E2"}, "nothing_to_settle"),
        ({"actor": "bob"}, "same_person"),
        ({"take": "", "diagnoses": ("J20",), "lines": ({"code": "99213"},)}, "diagnosis_not_valid"),
        (
            {
                "take": "",
                "diagnoses": ("J20.9",),
                "lines": ({"code": "99213", "modifiers": ("59",), "pointers": (1,)},),
            },
            "edits_against_it",
        ),
    ],
)
async def test_settling_that_is_refused_leaves_everything_as_it_was(
    office: Office, fields: dict[str, object], reason: str
) -> None:
    await office.call(*ALL)
    await office.call(*BLIND)
    with pytest.raises(Refused) as refused:
        await office.running.act(settling(**fields))
    assert refused.value.reason == reason
    rows = await office.running.rows("select status from coding.audit_case order by encounter_id")
    assert [row["status"] for row in rows] == ["differs", "waiting"]


async def test_charges_say_by_how_much_the_first_coding_was_over(
    office: Office, tmp_path: Any
) -> None:
    charges = tmp_path / "charges.csv"
    charges.write_text("code,cents\n99213,9000\n99214,13000\n")
    await office.call(*ALL)
    await office.call(
        "audit", "decide", "E1", "--dx", "J20.9", "--line", "99213@1", "--actor", "bob"
    )
    figures = await office.told("audit", "figures", "--json", "--charges", str(charges))
    assert figures["coders"]["engine"]["over_cents"] == 4000
    charges.write_text("code,cents\n99213,9.5\n")
    refused = await office.call("audit", "figures", "--json", "--charges", str(charges))
    assert refused.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("decide", "E9", "--dx", "J20.9", "--line", "99213"), "not in the sample"),
        (("decide", "E1", "--dx", "J20", "--line", "99213"), "not billable"),
        (("decide", "E1", "--role", "biller"), "role"),
        (("adjudicate", "E1", "--take", "first", "--reason", "x"), "nothing to settle"),
        (("sample", "--seed", "s", "--role", "coder"), "role"),
    ],
)
async def test_what_may_not_be_done_is_refused_in_a_sentence(
    office: Office, arguments: tuple[str, ...], sentence: str
) -> None:
    await office.call(*ALL)
    result = await office.call("audit", *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr


async def test_nobody_settles_what_they_coded_and_none_codes_twice(office: Office) -> None:
    await office.call(*ALL)
    second = ("audit", "decide", "E1", "--dx", "J20.9", "--line", "99213@1", "--actor", "bob")
    await office.call(*second)
    assert "already" in (await office.call(*second)).stderr
    own = ("audit", "adjudicate", "E1", "--take", "second", "--reason", "mine", "--actor", "bob")
    assert "neither" in (await office.call(*own)).stderr


async def test_every_step_is_in_the_audit_log_and_its_chain_holds(office: Office) -> None:
    await office.call(*ALL)
    await office.call(
        "audit", "decide", "E1", "--dx", "J20.9", "--line", "99213@1", "--actor", "bob"
    )
    rows = await office.running.rows("select actor, action from delivery.audit order by seq")
    assert [tuple(row) for row in rows] == [("ann", "AuditSample"), ("bob", "AuditDecide")]
    async with office.running.pool.acquire() as connection:
        assert await chain.first_broken_link(connection) is None


async def test_trends_compare_with_a_stated_baseline(office: Office, tmp_path: Any) -> None:
    for number in range(3, 14):
        day = date(2026, 2, number)
        await office.running.hear(encounter(encounter_id=f"E{number}", service_date=day))
    shares = tmp_path / "shares.json"
    shares.write_text('{"visit": {"99213": 400, "99214": 500}}')
    found = await office.told("trends", "--baseline", str(shares), "--json")
    assert {one["kind"] for one in found} == {"visit"}
    assert (found[0]["code"], found[0]["outlier"], found[0]["month"]) == ("99213", True, "2026-02")
    assert await office.told("trends", "--json") == []
    table = (await office.call("trends", "--baseline", str(shares), "--csv")).stdout
    rows = DictReader(table.splitlines())
    first = next(rows)
    assert (first["code"], first["outlier"], first["provider_id"]) == ("99213", "True", "DR1")
    assert rows.fieldnames == list(found[0])
    ours = await office.told("trends", "--baseline", str(shares), "--by", "practice", "--json")
    assert (ours[0]["practice_id"], ours[0]["provider_id"]) == ("P1", "")
    assert (await office.call("trends", "--json", "--csv")).exit_code == 2
    shares.write_text('{"visit": {"99213": 0.4}}')
    assert (await office.call("trends", "--baseline", str(shares))).exit_code == 1


async def test_the_queue_is_listed_with_rank_and_reasons(office: Office) -> None:
    unknown = encounter(
        encounter_id="E7",
        service_date=date(2026, 2, 7),
        problems=encounter().problems[:1],
        procedures=({"item_id": "x1", "description": "Some procedure of no name"},),
    )
    await office.running.hear(unknown)
    assert await office.running.state("E7") == "coder_queue"
    (case,) = await office.told("queue", "list", "--json")
    assert (case["rank"], case["encounter_id"]) == (1, "E7")
    assert any("days left to file" in why or "past" in why for why in case["why"])
    shown = await office.told("queue", "show", "E7")
    assert {"proposed", "edits", "flags", "decisions"} <= shown.keys()


async def test_trends_count_each_query_once_by_its_kind(office: Office) -> None:
    running = office.running
    knee = {"encounter_id": "E5", "problems": problems("Knee pain")}
    await running.hear(encounter(**knee, service_date=date(2026, 2, 9)))
    (query,) = await running.said(DocumentationQueryOpened)
    await running.hear(answer(query, laterality="left"))
    assert await running.state("E5") == "coded"
    async with running.pool.acquire() as connection:
        seen = await audit_store.observed(connection, "P1", date.min, date.max)
    assert [each.code for each in seen if each.kind == "query"] == ["missing_laterality"]


async def test_a_database_url_that_is_none_is_told_in_a_sentence() -> None:
    command = ["queue", "list", "--database-url", "nonsense"]
    result = await asyncio.to_thread(RUN.invoke, app, command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "invalid DSN" in result.stderr

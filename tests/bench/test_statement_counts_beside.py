"""What runs beside consumers takes as many statements for few as for many, too.

The gateway's files, deadlines, patients' statements, the relay and the sweeps.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from schemas.claim import ClaimSubmitted
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.patient_account import StatementIssued, StatementSuppressed
from services.billing.app import service as billing
from services.billing.settings import BillingSettings
from services.chassis import redrives, retention, set_aside
from services.chassis.letter_desk import Person
from services.chassis.outbox import SHARDS
from services.chassis.repair import Change
from services.chassis.service import Service
from services.chassis.set_aside import Filter
from services.coding.app import service as coding
from services.coding.settings import CodingSettings
from services.patient_statements.app import service as patient_statements
from services.patient_statements.domain.statement import Statement
from services.patient_statements.issuing import RETRY_AFTER, issue_batch
from services.patient_statements.rendering.document import Documents
from services.patient_statements.rendering.pdf import UnprintableError
from services.patient_statements.settings import PatientStatementsSettings
from services.payer_gateway.app import service as payer_gateway
from services.payer_gateway.app import service_for
from services.payer_gateway.domain.reference_data import PostalAddress
from services.payer_gateway.domain.trading_partner import PAPER
from services.payer_gateway.files.watch import Watch
from services.payer_gateway.partners import load_partners
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.transport.connections import Transports
from tests.bench import stories
from tests.bench.conftest import Start
from tests.bench.partner import Partner
from tests.bench.statements import CountedService
from tests.bench.tally import MOST, SIZES, Tally, names
from tests.delivery.test_level_cost import Broker, relay_of
from tests.delivery.till import Counted, Deposit, Opened, Topics, till_service
from tests.support import record

AT_ONCE = timedelta(0)
EXCHANGES = ((1, 1), (1, 2), (1, 40), (12, 2))
"""Files, and claims in each. The first one only lets the driver look up types."""

FORMS = ((1, 1), (1, 2), (1, 5), (12, 2))
"""Batches of forms that are not large: one that is, is loaded by itself when it is staged."""

REDRIVEN = (1, 2, 20)
"""Letters. The first one only lets the driver look up types."""

ANA = Person("ana", "operator")
MAIL = PostalAddress("PO BOX 981106", "", "El Paso", "TX", "79998")
NO_DOCUMENTS = Documents(b"<html>", b"%PDF")


def test_every_kind_of_deadline_is_counted() -> None:
    services: list[Service[Any]] = [
        coding(CodingSettings()),
        billing(BillingSettings()),
        payer_gateway(GatewaySettings()),
        patient_statements(PatientStatementsSettings()),
    ]
    for service in services:
        counted = {kind for kinds in MOST[service.name] for kind in kinds.split(", ")}
        assert counted >= set(service.deadline_handlers)


async def test_codings_deadlines_cost_the_same_however_many_are_due(start: Start) -> None:
    tally = Tally(await start(coding(CodingSettings())))
    hear = tally.counted.hear
    await hear(stories.providers(["1"]))
    for size in SIZES:
        await hear(stories.patients(names(size)))
        await hear(stories.coverages(names(size)))
        visits = [
            each.model_copy(update={"new_patient": True})
            for each in stories.documented(names(size), signed=True)
        ]
        await hear(visits)
        await hear([_before(each) for each in visits])
        await tally.deadlines(size, AT_ONCE)
    for size in SIZES:
        await hear([_before(each) for each in stories.documented(names(size), signed=False)])
        await tally.deadlines(size, timedelta(days=30))
    tally.check({"look_again", "query_overdue"})


def _before(visit: EncounterDocumented) -> EncounterDocumented:
    """Another visit of that patient, some weeks earlier."""
    day = visit.service_date - timedelta(days=40 if visit.signature else 80)
    own = f"{visit.encounter_id}-{day}"
    return visit.model_copy(update={"encounter_id": own, "service_date": day})


async def test_billings_deadlines_cost_the_same_however_many_are_due(start: Start) -> None:
    tally = Tally(await start(billing(BillingSettings())))
    hear, clock = tally.counted.hear, tally.counted.clock
    for size in SIZES:
        begun = clock.now()
        await hear(stories.patients(names(size)))
        await hear(stories.coverages(names(size)))
        await hear(stories.coded(names(size)))
        claims = await tally.counted.said(ClaimSubmitted)
        rejected = {"stage": "277CA", "outcome": "rejected"}
        await hear([e.model_copy(update=rejected) for e in stories.acknowledged(claims[::2])])
        await tally.deadlines(size // 2, timedelta(days=60))
        await tally.deadlines(size // 2, timedelta(days=400))
        clock.advance(begun - clock.now())
    tally.check({"claim_silence, hold_ageing", "claim_silence, filing_limit_near, work_item_due"})


async def test_statements_are_decided_and_issued_at_the_same_cost_however_many(
    start: Start,
) -> None:
    settings = PatientStatementsSettings()
    tally = Tally(await start(patient_statements(settings)))
    counted, policy = tally.counted, settings.policy()
    await counted.hear([stories.practice()])
    for size in SIZES:
        await counted.hear(stories.patients(names(size)))
        await counted.hear(stories.balances(names(size)))
        await tally.deadlines(size, policy.first_statement_delay)
        reopened = {"version": 2, "insurance_final": False}
        again = stories.balances(names(size)[1::3])
        await counted.hear([each.model_copy(update=reopened) for each in again])
        unprintable = {f"A{name}" for name in names(size)[2::3]}

        def render(statement: Statement, but: Collection[str] = unprintable) -> Documents:
            if statement.account_id in but:
                raise UnprintableError("no")
            return NO_DOCUMENTS

        issuing = issue_batch(counted.runtime, policy, size, render)
        assert await tally.count("statements are issued, withdrawn and put off", issuing) == size
        assert len(await counted.said(StatementIssued)) == len(names(size)[::3])
        assert len(await counted.said(StatementSuppressed)) == len(again)
        counted.clock.advance(RETRY_AFTER)
        await issue_batch(counted.runtime, policy, size, lambda _: NO_DOCUMENTS)
        await counted.pool.execute("delete from delivery.outbox")
    tally.check({"statement_day", "statements are issued, withdrawn and put off"})


async def _claims_wait(counted: CountedService, files: int, claims: int) -> None:
    """So many claims wait for each of so many files, every file another practice's."""
    own = [f"{files}F{claims}C{number}" for number in range(files)]
    await counted.hear(stories.practices(own))
    for practice_id in (f"P{name}" for name in own):
        waiting: list[Sequence[Event]] = [
            stories.providers(["1"]),
            stories.patients(names(claims)),
            stories.coverages(names(claims)),
            stories.submitted(names(claims)),
        ]
        for events in waiting:
            whose = {"practice_id": practice_id}
            await counted.hear([each.model_copy(update=whose) for each in events])


def _each_further(one: Sequence[str], many: Sequence[str], further: int) -> int:
    """How many statements each further one takes, where that is the same for each."""
    added = Counter(many) - Counter(one)
    assert set(added.values()) == {further}
    assert list(dict.fromkeys(many)) == list(dict.fromkeys(one))
    return len(added)


async def test_files_cost_the_same_however_many_claims_are_in_them(
    start: Start, tmp_path: Path
) -> None:
    counted = await start(payer_gateway(GatewaySettings()))
    partner = Partner(tmp_path, counted.pool, counted.clock)
    sent: dict[tuple[int, int], list[str]] = {}
    came: dict[tuple[int, int], list[str]] = {}
    for files, claims in EXCHANGES:
        await _claims_wait(counted, files, claims)
        partner.close_files()
        moved, sent[files, claims] = await counted.during(partner.send())
        assert moved == 2 * files
        partner.answer()
        moved = 0
        while not moved:
            moved, came[files, claims] = await counted.during(partner.receive())
        assert moved > 3 * files
    await partner.close()
    kinds = await counted.pool.fetch("select distinct kinds from inbound_file order by kinds")
    assert [row["kinds"] for row in kinds] == ["277CA", "835", "999"]
    _, few, larger, many = EXCHANGES
    assert sent[few] == sent[larger]
    assert came[few] == came[larger] == came[many]
    tally = Tally(counted)
    tally.check_counts(
        {
            "a file goes out": len(sent[few]),
            "each further file": _each_further(sent[few], sent[many], many[0] - few[0]),
            "answers come in": len(came[many]),
        }
    )


async def test_forms_cost_the_same_however_many_claims_are_on_them(
    start: Start, tmp_path: Path
) -> None:
    paper = replace(load_partners(None)["BLUERIVER"], transport=PAPER, mailing_address=MAIL)
    partners = {"BLUERIVER": paper}
    counted = await start(service_for(partners, GatewaySettings()))
    partner = Partner(tmp_path, counted.pool, counted.clock, partners)
    sent: dict[tuple[int, int], list[str]] = {}
    for files, claims in FORMS:
        await _claims_wait(counted, files, claims)
        partner.close_files()
        moved, sent[files, claims] = await counted.during(partner.send())
        assert moved == 2 * files
    await partner.close()
    _, few, larger, many = FORMS
    assert sent[few] == sent[larger]
    Tally(counted).check_counts(
        {
            "forms go out": len(sent[few]),
            "each further batch of forms": _each_further(sent[few], sent[many], many[0] - few[0]),
        }
    )


async def test_a_silent_file_is_asked_about_at_the_same_cost_however_many_claims_are_in_it(
    start: Start, tmp_path: Path
) -> None:
    partners = {"BLUERIVER": replace(load_partners(None)["BLUERIVER"], inquires=True)}
    tally = Tally(await start(service_for(partners, GatewaySettings())))
    counted = tally.counted
    partner = Partner(tmp_path, counted.pool, counted.clock, partners)
    watch = Watch(partners, Transports(None), quiet_seconds=0)
    for size in SIZES:
        await _claims_wait(counted, 1, size)
        partner.close_files()
        await partner.send()
        await counted.pool.execute("update outbound_file set state = 'accepted' where kind = '837'")
        counted.clock.advance(timedelta(days=3))
        assert await tally.count("a silent file is asked about", watch.step(counted.runtime)) == 1
        asked = await counted.pool.fetch(
            "update outbound_file set state = 'sent', watch_at = null where kind = '276' "
            "and state = 'created' returning claim_count"
        )
        assert [row["claim_count"] for row in asked] == [size]
        await counted.pool.execute("update outbound_file set watch_at = null")
    await partner.close()
    tally.check({"a silent file is asked about"})


async def test_a_round_of_the_relay_and_a_step_of_a_sweep_cost_the_same_whatever_they_find(
    start: Start,
) -> None:
    tally = Tally(await start(till_service(Topics(Deposit, Opened, Counted))))
    counted, pool = tally.counted, tally.counted.pool
    relay = relay_of(pool.acquire)
    producer = cast(AIOKafkaProducer, Broker())
    kept = retention.Retention(inbox_days=45, dead_letter_days=90, topics=[Deposit.TOPIC])

    async def publish() -> int:
        async with pool.acquire() as connection:
            return len(await relay._publish(producer, connection, list(range(SHARDS))))

    for size in SIZES:
        await counted.hear([_deposit(name, 1) for name in names(size)])
        assert await tally.count("a round of the relay", publish()) > 0
        await counted.processor.process([record(_deposit(name, -1)) for name in names(size)])
        await pool.execute("delete from delivery.sweep")
        await pool.execute("update delivery.inbox set received_at = '2020-01-01'")
        await pool.execute(
            "update delivery.dead_letter set status = 'dismissed', resolved_at = '2020-01-01'"
        )
        for table in ("inbox", "dead_letter"):
            sweep = retention.sweep(pool, kept, counted.clock.now())
            swept = await tally.count(f"a step of the sweep of {table}", sweep)
            assert swept is not None
            assert (swept.what, swept.is_through) == (table, True)
            assert swept.gone >= size
        await pool.execute("delete from delivery.outbox")
    sweeps = {"a step of the sweep of inbox", "a step of the sweep of dead_letter"}
    tally.check({"a round of the relay", *sweeps})


async def test_keys_whose_reference_has_come_go_on_at_the_same_cost_however_many(
    start: Start,
) -> None:
    tally = Tally(await start(till_service(Topics(Deposit, Opened, Counted))))
    counted = tally.counted
    for size in (2, 10, 100):
        needs = f"T{size}"
        await counted.processor.process(
            [record(_deposit(name, cents, needs)) for name in names(size) for cents in (1, 2)]
        )
        await counted.hear([Opened(practice_id="P1", name=needs)])
        going_on = counted.processor.retry_parked()
        assert await tally.count("keys go on", going_on) == 2 * size
    tally.check({"keys go on"})


async def test_letters_of_many_keys_are_redriven_in_few_statements_each(start: Start) -> None:
    counted = await start(till_service(Topics(Deposit, Opened, Counted)))
    desk, pool = counted.processor.desk, counted.pool
    taken: dict[int, list[str]] = {}
    for size in REDRIVEN:
        for name in names(size):
            await counted.processor.process([record(_deposit(name, -1)), record(_deposit(name, 2))])
        async with pool.acquire() as connection:
            letters = await set_aside.letter_ids(connection, Filter())
            await redrives.ask(connection, uuid4(), letters, ANA)
        for letter in letters:
            await desk.repair(letter, [Change("amount_cents", "5")], ANA)
        answered, taken[size] = await counted.during(redrives.do_next(desk, pool))
        assert answered == size
    statuses = await pool.fetch("select distinct status from delivery.dead_letter")
    assert [row["status"] for row in statuses] == ["resolved"]
    _, few, many = REDRIVEN
    further = _each_further(taken[few], taken[many], many - few)
    Tally(counted).check_counts(
        {"letters are redriven": len(taken[few]), "each further letter": further}
    )


def _deposit(till: str, cents: int, needs: str = "") -> Deposit:
    return Deposit(practice_id="P1", till_id=till, number=1, amount_cents=cents, needs=needs)

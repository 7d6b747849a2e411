"""Whatever ``verify`` promises is broken on purpose, and ``verify`` fails and names it.

What is done to a database is undone again. What is published stays, so it comes at the very end.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from claimstream.lineage.history import Fact
from claimstream.verify.claim_moves import MOVES
from claimstream.verify.database import AUDIT
from claimstream.verify.delivery import KEPT, LOST, ONE_CONTENT
from claimstream.verify.lineage import CAUSE, DOUBLED, ORDER
from claimstream.verify.money import BALANCE, CASH, LINES, REMITTANCE, STATEMENT
from claimstream.verify.payer_books import CLAIMS, TOTAL
from claimstream.verify.publication import FOUNDED, PUBLISHED
from claimstream.verify.reference_ledger import EXACT
from claimstream.verify.run import OWN_CHECKS
from schemas.claim import (
    AdjudicatedLine,
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimStateChanged,
    ClaimSubmitted,
    ClaimTransmitted,
    RemittanceReceived,
)
from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.encounter import EncounterDocumented
from schemas.envelope import encode
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue, StatementIssued, StatementSuppressed
from tests.altered_ledger import altering
from tests.builders import make
from tests.e2e.world import Raw, World
from tests.support import until

LEDGER, FILES, STATEMENTS = (
    OWN_CHECKS[name][2] for name in ("billing", "payer_gateway", "patient_statements")
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A change to a service's database, how it is undone, and the check that must fail."""

    service: str
    broken: Sequence[str]
    mended: Sequence[str]
    check: str


_NUMBER = (
    "(sender_id, receiver_id) = (select sender_id, receiver_id from control_number order by 1, 2 "
    "limit 1)"
)

BREACHES = {
    "an altered posting": Breach(
        "billing",
        [
            altering(
                "update billing.spread set amount_cents = amount_cents + 1000000000 where "
                "(practice_id, ledger, number) = (select practice_id, ledger, number "
                "from billing.spread where ledger like 'encounter:%' order by 1, 2, 3 limit 1)"
            )
        ],
        [
            altering(
                "update billing.spread set amount_cents = amount_cents - 1000000000 "
                "where amount_cents >= 1000000000"
            )
        ],
        LEDGER,
    ),
    "an altered audit entry": Breach(
        "patient_statements",
        ["update delivery.audit set actor = actor || '!' where seq = 1"],
        ["update delivery.audit set actor = rtrim(actor, '!') where seq = 1"],
        AUDIT,
    ),
    "a control number that was given out and is on no file": Breach(
        "payer_gateway",
        [f"update control_number set last = last + 1 where {_NUMBER}"],
        [f"update control_number set last = last - 1 where {_NUMBER}"],
        FILES,
    ),
    "a file under another control number than its own": Breach(
        "payer_gateway",
        [
            "update outbound_file set interchange_control_number = 900000001 where file_id = "
            "(select file_id from outbound_file where interchange_control_number = 1 "
            "order by file_id limit 1)"
        ],
        [
            "update outbound_file set interchange_control_number = 1 "
            "where interchange_control_number = 900000001"
        ],
        FILES,
    ),
    "a claim that stands where nothing that was told leads": Breach(
        "billing",
        [
            "update billing.claim set state = state || '!' where (practice_id, claim_id) = "
            "(select practice_id, claim_id from billing.claim order by 1, 2 limit 1)"
        ],
        ["update billing.claim set state = rtrim(state, '!')"],
        MOVES,
    ),
    "an altered statement total": Breach(
        "patient_statements",
        [
            "update statement set total_cents = total_cents + 1000000000 where statement_id = "
            "(select statement_id from statement where state = 'issued' order by 1 limit 1)"
        ],
        [
            "update statement set total_cents = total_cents - 1000000000 "
            "where total_cents >= 1000000000"
        ],
        STATEMENTS,
    ),
}


async def findings(world: World) -> list[dict[str, str]]:
    """What ``claimstream verify`` finds of a stack at rest; its exit code must say the same.

    What is on its way keeps it from comparing cash and ledgers, and it says so: asked again then.
    """
    found: list[dict[str, str]] = []

    async def at_rest() -> bool:
        said = await asyncio.to_thread(world.say, "verify", "--json")
        told = json.loads(said.out)
        found[:] = told["findings"]
        assert said.code == (1 if found else 0)
        return not any(
            count
            for what, count in told["in_flight"].items()
            if "not yet" in what or what.startswith("billing")
        )

    await until(at_rest, what="the stack coming to rest")
    return found


async def alter(world: World, service: str, statements: Sequence[str]) -> None:
    async with world.connection(service) as connection, connection.transaction():
        for statement in statements:
            await connection.execute(statement)


@pytest.fixture(scope="module", autouse=True)
async def whole(world: World) -> None:
    """Before anything is broken, nothing is."""
    assert (await world.settled()).findings == []


AT_ONCE = (
    tuple(what for what in BREACHES if what != "a file under another control number than its own"),
    ("a file under another control number than its own",),
)
"""Of those named by one check only one at a time, so that each is seen to be named."""


@pytest.mark.parametrize("at_once", AT_ONCE, ids="; ".join)
async def test_what_is_altered_in_a_database_is_named_and_nothing_else_is(
    world: World, at_once: Sequence[str]
) -> None:
    breaches = [BREACHES[what] for what in at_once]
    for breach in breaches:
        await alter(world, breach.service, breach.broken)
    try:
        found = await findings(world)
    finally:
        for breach in breaches:
            await alter(world, breach.service, breach.mended)
    checks = {each["check"] for each in found}
    # The second ledger judges most encounters, and need not judge the one that was altered.
    assert checks - {EXACT} == {breach.check for breach in breaches}
    assert EXACT not in checks or any(breach.check == LEDGER for breach in breaches)


async def test_an_event_missing_from_an_inbox_is_named(world: World) -> None:
    (coded, *_) = (await world.history(EncounterCoded.TOPIC)).facts
    await world.rows(
        "billing", "delete from delivery.inbox where event_id = $1", coded.delivery.identity
    )
    try:
        found = await findings(world)
    finally:
        await world.rows(
            "billing",
            "insert into delivery.inbox (event_id) values ($1)",
            coded.delivery.identity,
        )
    place = f"{coded.record.topic} {coded.record.partition}:{coded.record.offset}"
    assert [(each["check"], each["subject"]) for each in found] == [(LOST, place)]
    assert "billing" in found[0]["message"]


async def test_a_dead_letter_that_is_gone_is_named(world: World) -> None:
    bad = Raw(EncounterDocumented.TOPIC, None, [], b"{", 0)
    await world.publish([bad])
    await world.settled()
    async with world.connection("coding") as connection, connection.transaction():
        row = await connection.fetchrow(
            "delete from delivery.dead_letter where key is null and value = $1 returning *",
            bad.value,
        )
    assert row is not None
    try:
        found = await findings(world)
    finally:
        columns = ", ".join(row.keys())
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await world.rows(
            "coding",
            f"insert into delivery.dead_letter ({columns}) values ({places})",
            *row.values(),
        )
    assert [(each["check"], each["subject"]) for each in found] == [
        (KEPT, f"{row['topic']} {row['partition']}:{row['record_offset']}")
    ]


_CASH = (
    "update billing.spread set amount_cents = amount_cents {} 1000000000 where "
    "'CASH_INS' in (debit, credit) and claim_id <> '' and {}"
)


async def test_cash_that_no_payer_sent_is_named(world: World) -> None:
    one = (
        "(practice_id, ledger, number) = (select practice_id, ledger, number from billing.posting "
        "where 'CASH_INS' in (debit, credit) and claim_id <> '' order by 1, 2, 3 limit 1)"
    )
    await alter(world, "billing", [altering(_CASH.format("+", one))])
    try:
        found = await findings(world)
    finally:
        mended = _CASH.format("-", "amount_cents >= 1000000000")
        await alter(world, "billing", [altering(mended)])
    checks = {each["check"] for each in found}
    assert checks - {EXACT} == {LEDGER, CASH, CLAIMS, TOTAL}


_PAID_ONCE = """
select practice_id, ledger, min(number) filter (where kind = 'charge') as number
from billing.posting where ledger like 'encounter:%'
group by 1, 2
having count(distinct source) filter (where kind = 'insurance_payment') = 1
   and count(*) filter (where reverses <> 0 or source like 'command:%') = 0
   and count(distinct source) filter (where source like 'adjudicated:%') = 1
order by 1, 2 limit 1
"""
_ONE_CENT = (
    "update billing.spread set amount_cents = amount_cents {} 1 "
    "where (practice_id, ledger, number) = ('{}', '{}', {})"
)


async def test_a_single_cent_on_one_posting_is_named_by_the_second_ledger(world: World) -> None:
    (posting,) = await world.rows("billing", _PAID_ONCE)
    practice_id, ledger, number = posting
    await alter(world, "billing", [altering(_ONE_CENT.format("+", practice_id, ledger, number))])
    try:
        found = await findings(world)
    finally:
        await alter(
            world, "billing", [altering(_ONE_CENT.format("-", practice_id, ledger, number))]
        )
    key = f"{practice_id}:{ledger.removeprefix('encounter:')}"
    (named,) = [each for each in found if each["check"] == EXACT]
    assert named["subject"] == key
    assert "REVENUE" in named["message"]


_SWALLOW = (
    "create function public.swallow() returns trigger language plpgsql as "
    "$$begin return null; end$$",
    "create trigger swallow before insert on delivery.outbox for each row "
    "when (position('patient.payment-received.v1'::bytea in new.pack) > 0) "
    "execute function public.swallow()",
)


async def test_an_event_lost_between_a_database_and_its_topic_is_named(world: World) -> None:
    owing = "select * from account where due_cents > 0 order by 1, 2 limit 1"
    (account,) = await world.rows("patient_statements", owing)
    await alter(world, "patient_statements", _SWALLOW)
    try:
        paid = world.say(
            *("statements", "pay", account["account_id"], "--practice", account["practice_id"]),
            *("--amount-cents", "100", "--payment-id", "E2E-LOST"),
        )
    finally:
        await alter(
            world,
            "patient_statements",
            ["drop trigger swallow on delivery.outbox", "drop function public.swallow()"],
        )
    assert paid.code == 0, paid.err
    await world.settled()
    found = await findings(world)
    assert [(each["check"], each["subject"]) for each in found] == [
        (PUBLISHED, f"{account['practice_id']}:E2E-LOST")
    ]


@dataclass(frozen=True, slots=True)
class Lies:
    """What was published that must not be, and what ``verify`` then said, by check."""

    repeated: Fact
    found: dict[str, set[str]]


def as_record(event: Event, event_id: UUID | None = None) -> Raw:
    made = encode(
        event,
        event_id=event_id or uuid4(),
        source="urn:claimstream:test",
        occurred_at=datetime.now(UTC),
    )
    return Raw(made.topic, made.key, made.headers, made.value)


@pytest.fixture(scope="module")
async def lies(world: World) -> Lies:
    """Publish every lie at once, and ask for a proof once all have been read."""
    facts = (await world.history()).facts
    repeated = next(fact for fact in facts if isinstance(fact.event, ClaimTransmitted))
    claim = next(fact.event for fact in facts if isinstance(fact.event, ClaimSubmitted))
    coded = next(fact.event for fact in facts if isinstance(fact.event, EncounterCoded))
    assert isinstance(repeated.event, ClaimTransmitted)
    other = repeated.event.model_copy(update={"file_name": "another.837"})
    versions = [coded.model_copy(update={"version": number}) for number in (92, 91)]
    unknown = make(
        ClaimAdjudicated,
        practice_id=claim.practice_id,
        encounter_id="E2E-NOBODY",
        claim_id="E2ENOBODY",
        remittance_id="E2E-NOTHING",
        paid_cents=900,
        lines=(AdjudicatedLine(line=1, code="99213", charge_cents=800, paid_cents=800),),
    )
    balance = next(fact.event for fact in facts if isinstance(fact.event, PatientBalanceDue))
    issued = next(fact.event for fact in facts if isinstance(fact.event, StatementIssued))
    unbalanced = make(
        RemittanceReceived,
        practice_id=claim.practice_id,
        remittance_id="E2E-UNBALANCED",
        payment_cents=901,
        claims_paid_cents=901,
        provider_adjustments=(),
    )
    unexplained = balance.model_copy(
        update={
            "encounter_id": "E2E-NOBODY",
            "insurance_final": True,
            "charge_cents": balance.charge_cents + 1,
        }
    )
    missummed = issued.model_copy(
        update={"statement_id": "E2E-STATEMENT", "total_cents": issued.total_cents + 1}
    )
    nobody = {"practice_id": claim.practice_id, "encounter_id": "E2E-NOBODY"}
    strangers = (
        make(EncounterStateChanged, **nobody, to_state="coder_queue"),
        make(ClaimStateChanged, **nobody, claim_id="E2ENOBODY"),
        make(ClaimAcknowledged, **nobody, claim_id="E2ENOBODY", outcome="accepted"),
        make(StatementSuppressed, practice_id=claim.practice_id, account_id="E2E-NOBODY"),
    )
    await world.publish(
        [
            as_record(other, repeated.delivery.identity),
            as_record(claim),
            *(as_record(version) for version in versions),
            as_record(unknown),
            as_record(unbalanced),
            as_record(unexplained),
            as_record(missummed),
            *map(as_record, strangers),
        ]
    )
    await world.settled()
    said = world.say("verify", "--json", "--most", "1000")
    assert said.code == 1
    found: dict[str, set[str]] = {}
    for each in json.loads(said.out)["findings"]:
        found.setdefault(each["check"], set()).add(f"{each['subject']}: {each['message']}")
    return Lies(repeated, found)


def test_another_content_under_an_id_that_is_taken_is_named(lies: Lies) -> None:
    (finding,) = lies.found[ONE_CONTENT]
    assert finding.startswith(str(lies.repeated.delivery.identity))


def test_a_claim_submitted_again_under_a_new_id_is_named(lies: Lies) -> None:
    (finding,) = lies.found[DOUBLED]
    assert ClaimSubmitted.TOPIC in finding


def test_a_version_that_goes_back_is_named(lies: Lies) -> None:
    assert any("went back to 91" in finding for finding in lies.found[ORDER])


def test_a_payment_for_a_claim_that_was_never_submitted_is_named(lies: Lies) -> None:
    assert any("claim E2ENOBODY was never submitted" in finding for finding in lies.found[CAUSE])


@pytest.mark.parametrize(
    ("check", "subject"),
    [
        (BALANCE, "E2E-NOBODY version"),
        (REMITTANCE, "remittance E2E-UNBALANCED"),
        (LINES, "claim E2ENOBODY"),
        (STATEMENT, "statement E2E-STATEMENT"),
        *(
            (FOUNDED, event.TOPIC)
            for event in (
                *(ClaimAcknowledged, ClaimAdjudicated, ClaimStateChanged, EncounterStateChanged),
                *(RemittanceReceived, StatementIssued, StatementSuppressed),
            )
        ),
    ],
)
def test_money_that_does_not_add_up_and_events_nobody_decided_are_named(
    lies: Lies, check: str, subject: str
) -> None:
    assert any(subject in finding for finding in lies.found.get(check, ()))


def test_people_read_what_is_broken(world: World, lies: Lies) -> None:
    said = world.say("verify")
    assert said.code == 1
    assert "Everything holds." not in said.out
    assert ONE_CONTENT in said.out

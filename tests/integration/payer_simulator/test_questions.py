"""A 276 is answered by a 277 and a 270 by a 271, from what the payer knows at that moment."""

from dataclasses import replace
from datetime import date

from schemas.claim import ClaimAdjudicated
from services.payer_gateway.x12.eligibility_inquiry_writer import write_270
from services.payer_gateway.x12.eligibility_response import Coverage, MemberEligibility
from services.payer_gateway.x12.eligibility_response_reader import read_271
from services.payer_gateway.x12.envelope import Envelope, TradingPartner, Transaction
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.parties import Reference
from services.payer_gateway.x12.status_inquiry_writer import write_276
from services.payer_gateway.x12.status_response import ClaimReport, Outcome
from services.payer_gateway.x12.status_response_reader import read_277
from tests.integration.payer_gateway.stories import PRACTICE_NPI
from tests.integration.payer_simulator.conftest import Office
from tests.unit.payer_gateway.x12.inquiry_builders import (
    JANE_MEMBER,
    claim_inquiry,
    eligibility_inquiry,
    eligibility_request,
    status_inquiry,
)


def _envelope(office: Office, number: int) -> Envelope:
    now = office.gateway.clock.now()
    return Envelope(
        sender=TradingPartner("ZZ", PRACTICE_NPI),
        receiver=TradingPartner("ZZ", "BLUERIVER"),
        control_number=number,
        group_control_number=number,
        created=now.date(),
        created_at=now.time().replace(microsecond=0),
        usage="T",
    )


def _answer(office: Office, name: str, content: bytes, ending: str) -> Transaction:
    """What the payer answers at once to a file put into its folder; the answer is taken away."""
    wire = office.gateway.wire
    before = set(wire.outgoing("BLUERIVER").iterdir())
    (wire.incoming("BLUERIVER") / name).write_bytes(content)
    wire.payer.step()
    (path,) = set(wire.outgoing("BLUERIVER").iterdir()) - before
    assert path.name.endswith(ending)
    (interchange,) = read_interchanges(path.read_bytes())
    path.unlink()
    (transaction,) = interchange.transactions
    return transaction


async def _claim_of(office: Office, encounter_id: str) -> str:
    (row,) = await office.rows(
        f"select claim_id from billing.claim where encounter_id = '{encounter_id}'"
    )
    claim_id: str = row["claim_id"]
    return claim_id


def _reports(office: Office, number: int, *claim_ids: str) -> list[ClaimReport]:
    asked = status_inquiry(
        *(
            replace(claim_inquiry(f"T{place}"), references=(Reference("EJ", each),))
            for place, each in enumerate(claim_ids, 1)
        )
    )
    content = write_276(_envelope(office, number), [asked])
    response, findings = read_277(_answer(office, f"{number}.276", content, ".277"))
    assert findings == []
    return list(response.claims)


async def test_a_claims_status_follows_it_from_unknown_to_paid_or_denied(office: Office) -> None:
    paid = await office.visit(("BLUERIVER", "M100"))
    denied = await office.visit(("BLUERIVER", "DENY-CO50-1"))
    silent = await office.visit(("BLUERIVER", "SILENT-1"))
    await office.days(3)
    ids = [await _claim_of(office, each) for each in (paid, denied, silent)]
    early = _reports(office, 700, *ids)
    assert [each.statuses[0].outcome for each in early] == [
        Outcome.PENDING,
        Outcome.PENDING,
        Outcome.NOT_FOUND,
    ]
    await office.days(14)
    late = _reports(office, 701, *ids)
    assert [each.statuses[0].outcome for each in late] == [
        Outcome.PAID,
        Outcome.DENIED,
        Outcome.NOT_FOUND,
    ]
    (decided,) = [e for e in await office.gateway.said(ClaimAdjudicated) if e.paid_cents]
    said = late[0].statuses[0]
    assert said.paid_cents == decided.paid_cents
    assert said.payment_trace == decided.trace_number
    assert late[0].payer_claim_number == decided.payer_control_number


def _told(office: Office, number: int, member_id: str) -> MemberEligibility:
    member = replace(JANE_MEMBER, identifier=member_id)
    request = replace(eligibility_request(), subscriber=member)
    content = write_270(_envelope(office, number), [eligibility_inquiry(request)])
    response, findings = read_271(_answer(office, f"{number}.270", content, ".271"))
    assert findings == []
    (told,) = response.members
    return told


async def test_a_members_coverage_and_shares_are_told_as_they_stand(office: Office) -> None:
    day = date(2026, 3, 2)
    member = _told(office, 800, "M100")
    assert member.coverage(day) is Coverage.ACTIVE
    (copay,) = member.benefits_of("B", "98")
    assert copay.amount_cents == 3000
    assert {b.period: b.amount_cents for b in member.benefits_of("C")} == {"23": 75000, "29": 75000}
    assert _told(office, 801, "EXPIRED-1").coverage(day) is Coverage.INACTIVE
    (rejection,) = _told(office, 802, "UNKNOWN-1").rejections
    assert rejection.reason == "75"


async def test_a_question_that_cannot_be_read_is_refused_by_a_999(office: Office) -> None:
    content = write_276(_envelope(office, 900), [status_inquiry(claim_inquiry())])
    broken = content.replace(b"~TRN*1*", b"~TRX*1*")
    refusal = _answer(office, "900.276", broken, ".999")
    assert refusal.set_id == "999"


async def test_one_broken_set_of_several_is_a_999_in_part(office: Office) -> None:
    await office.visit(("BLUERIVER", "M100"))
    await office.visit(("BLUERIVER", "M101"))
    await office.days(1)
    (row,) = await office.gateway.rows("select content from outbound_file")
    assert len(await _submitted(office)) == 2
    head, _, rest = row["content"].partition(b"~ST*")
    body, _, tail = rest.partition(b"~GE*1*")
    again = body.replace(b"837*0001*", b"837*0002*").rpartition(b"*")[0] + b"*0002"
    again = again.replace(b"~CLM*", b"~CLX*")
    number = head[90:99]
    two = head + b"~ST*" + body + b"~ST*" + again + b"~GE*2*" + tail
    content = two.replace(number, b"000000901")
    wire = office.gateway.wire
    (wire.incoming("BLUERIVER") / "two.837").write_bytes(content)
    wire.payer.step()
    answers = [path.read_bytes() for path in wire.outgoing("BLUERIVER").glob("*.999")]
    (partial,) = [each for each in answers if b"~AK9*P*2*2*1~" in each]
    assert partial.count(b"~IK5*A") == partial.count(b"~IK5*R") == 1


async def _submitted(office: Office) -> list[str]:
    rows = await office.rows("select claim_id from billing.claim")
    return [row["claim_id"] for row in rows]

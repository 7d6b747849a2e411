"""Claim acknowledgements (277CA): accepted into adjudication, or rejected and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.payer_gateway.x12.claim_status import (
    ACCEPT,
    REJECT,
    ClaimAcknowledgement,
    ClaimStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    StatusCode,
    Totals,
)
from services.payer_gateway.x12.parties import Name
from services.payer_gateway.x12.professional_claim import ClaimBatch
from simulators.payer.contract import Plan
from simulators.payer.received_claim import Received
from simulators.payer.scenario import Request, Scenario

_ACCEPTED = StatusCode("A2", "20", "PR")
_FORWARDED = StatusCode("A0", "16", "PR")


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """What became of one claim: the payer's number, or category and status of a rejection."""

    received: Received
    icn: str
    rejection: tuple[str, str] | None
    scenario: Scenario


def answer_batch(
    plan: Plan,
    batch: ClaimBatch,
    answers: Sequence[ClaimAnswer],
    received_at: datetime,
    due: datetime,
) -> list[ClaimAcknowledgement]:
    """One acknowledgement of the batch, after one that forwards claims where that was asked."""
    forwarded = [a for a in answers if a.scenario.asks(Request.FORWARD_277)]
    made = []
    if forwarded:
        made.append(_acknowledgement(plan, batch, forwarded, (received_at, due), _FORWARDED))
    made.append(_acknowledgement(plan, batch, answers, (received_at, due), _ACCEPTED))
    return made


def _acknowledgement(
    plan: Plan,
    batch: ClaimBatch,
    answers: Sequence[ClaimAnswer],
    times: tuple[datetime, datetime],
    accepting: StatusCode,
) -> ClaimAcknowledgement:
    received_at, due = times
    by_provider: dict[tuple[str, str], list[ClaimStatus]] = {}
    for answer in answers:
        practice = answer.received.practice
        claims = by_provider.setdefault((practice.name, practice.npi), [])
        claims.append(_claim(answer, accepting, due))
        if answer.scenario.asks(Request.STRANGER_277):
            claims.append(_stranger(answer, due))
    rejected = [a for a in answers if a.rejection]
    accepted = [a for a in answers if not a.rejection]
    totals = Totals(
        len(accepted),
        len(rejected),
        sum(a.received.claim.total_charge_cents for a in accepted),
        sum(a.received.claim.total_charge_cents for a in rejected),
    )
    header = batch.header
    receiver = ReceiverStatus(
        name=header.submitter.name,
        identifier=header.submitter.identifier,
        batch_id=header.batch_id,
        statuses=(
            Status(
                (StatusCode("A1", "19", "PR"),),
                due.date(),
                ACCEPT,
                sum(a.received.claim.total_charge_cents for a in answers),
            ),
        ),
        totals=totals,
        providers=tuple(
            ProviderStatus(Name.organization(name), npi, claims=tuple(claims))
            for (name, npi), claims in by_provider.items()
        ),
    )
    return ClaimAcknowledgement(
        reference=f"{plan.payer_id}{due:%Y%m%d%H%M%S}",
        created=due.date(),
        created_at=due.time().replace(microsecond=0),
        source=Name.organization(plan.name),
        source_id=plan.payer_id,
        trace=f"{header.batch_id}-{due:%Y%m%d}",
        received=received_at.date(),
        processed=due.date(),
        receivers=(receiver,),
    )


def _claim(answer: ClaimAnswer, accepting: StatusCode, due: datetime) -> ClaimStatus:
    claim, person = answer.received.claim, answer.received.person
    code = StatusCode(*answer.rejection, "IL") if answer.rejection else accepting
    status = Status(
        (code,),
        due.date(),
        REJECT if answer.rejection else ACCEPT,
        claim.total_charge_cents,
    )
    return ClaimStatus(
        claim_id=claim.claim_id,
        patient=Name.person(person.last, person.first),
        member_id=person.member_id,
        statuses=(status,),
        payer_claim_number=answer.icn,
        service_from=claim.service_date,
    )


def _stranger(answer: ClaimAnswer, due: datetime) -> ClaimStatus:
    return ClaimStatus(
        claim_id="STRANGER" + answer.received.claim.claim_id[-8:],
        patient=Name.person("STRANGER", "A"),
        member_id="X0",
        statuses=(Status((_ACCEPTED,), due.date(), ACCEPT, 0),),
        payer_claim_number="",
        service_from=answer.received.claim.service_date,
    )

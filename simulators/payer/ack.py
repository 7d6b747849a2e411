"""Claim acknowledgements (277CA): accepted into adjudication, or rejected and why."""

from collections.abc import Mapping, Sequence
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
_RECEIVED = StatusCode("A1", "19", "PR")
_NOT_FOUND = StatusCode("A4", "35", "PR")
_SPLIT = StatusCode("A5", "0", "PR")
_REJECTING = frozenset({"A3", "A6", "A7", "A8"})
_BEFORE: Mapping[Request | None, tuple[StatusCode, ...]] = {
    Request.FORWARD_277: (_FORWARDED,),
    Request.PEND_277: (_FORWARDED, _RECEIVED),
    Request.LATE_REJECT_277: (_RECEIVED,),
    Request.NOT_FOUND_277: (_NOT_FOUND,),
}
"""What is said of a claim before what is said at last."""


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
    """One acknowledgement of the batch, after those that say something else of some claims."""
    rounds = max((len(_BEFORE.get(a.scenario.request, ())) for a in answers), default=0)
    made = []
    for left in range(rounds, 0, -1):
        said = [
            (answer, before[-left])
            for answer in answers
            if len(before := _BEFORE.get(answer.scenario.request, ())) >= left
        ]
        made.append(_acknowledgement(plan, batch, said, (received_at, due), is_last=False))
    last = [(answer, _at_last(answer)) for answer in answers]
    made.append(_acknowledgement(plan, batch, last, (received_at, due), is_last=True))
    return made


def _at_last(answer: ClaimAnswer) -> StatusCode:
    if answer.rejection:
        return StatusCode(*answer.rejection, "IL")
    return _SPLIT if answer.scenario.asks(Request.SPLIT_277) else _ACCEPTED


def _acknowledgement(
    plan: Plan,
    batch: ClaimBatch,
    said: Sequence[tuple[ClaimAnswer, StatusCode]],
    times: tuple[datetime, datetime],
    *,
    is_last: bool,
) -> ClaimAcknowledgement:
    received_at, due = times
    by_provider: dict[tuple[str, str], list[ClaimStatus]] = {}
    answers = [answer for answer, _ in said]
    for answer, code in said:
        practice = answer.received.practice
        claims = by_provider.setdefault((practice.name, practice.npi), [])
        claims.append(_claim(answer, code, due))
        if is_last and answer.scenario.asks(Request.STRANGER_277):
            claims.append(_stranger(answer, due))
    rejected = [answer for answer, code in said if code.category in _REJECTING]
    accepted = [answer for answer, code in said if code.category not in _REJECTING]
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


def _claim(answer: ClaimAnswer, code: StatusCode, due: datetime) -> ClaimStatus:
    claim, person = answer.received.claim, answer.received.person
    status = Status(
        (code,),
        due.date(),
        REJECT if code.category in _REJECTING else ACCEPT,
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

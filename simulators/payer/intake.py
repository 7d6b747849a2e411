"""What the payer does with a file: 999 at once, 277CA a day later, payments when they are due.

Called inside one transaction of the books, so that a kill leaves a file wholly in or wholly out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

from services.payer_gateway.x12 import (
    acknowledgement,
    interchange_reader,
    professional_claim_reader,
)
from services.payer_gateway.x12.acknowledgement import InterchangeAcknowledgement
from services.payer_gateway.x12.claim_acknowledgement_writer import write_277ca
from services.payer_gateway.x12.envelope import Envelope, FunctionalGroup, Interchange
from services.payer_gateway.x12.envelope import TradingPartner as Party
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.professional_claim import ClaimBatch
from simulators.payer.accumulators import Standing
from simulators.payer.ack import ClaimAnswer, answer_batch
from simulators.payer.adjudicate import reverse
from simulators.payer.books import Books, Recipient
from simulators.payer.claim import services_paid
from simulators.payer.contract import Contract, Plan, interest_cents
from simulators.payer.decide import (
    Payment,
    claim_control_number,
    crossover_claim,
    decide,
    payment_day,
)
from simulators.payer.received_claim import Received, received_claim, screen
from simulators.payer.remit import Payable
from simulators.payer.scenario import Request, scenario_of

ASKED_FOR = error("payer.asked-for", 2, Scope.TRANSACTION, "simulators.payer.scenario")


@dataclass(frozen=True, slots=True)
class Payer:
    """Everything a payer decides by, and where it writes down what it decided."""

    books: Books
    contract: Contract
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it came: whose login, for which payer, when."""

    login: str
    payer_id: str
    content: bytes
    at: datetime


def take_in(payer: Payer, arrival: Arrival) -> list[str]:
    """Act on every interchange of a file; what was done, in words without PHI."""
    return [
        _interchange(payer, arrival, interchange)
        for interchange in interchange_reader.read_interchanges(arrival.content)
    ]


def _interchange(payer: Payer, arrival: Arrival, interchange: Interchange) -> str:
    if not interchange.readable:
        return "not X12: kept, not answered"
    recipient = Recipient(arrival.login, arrival.payer_id, interchange.sender.identifier)
    number = interchange.control_number
    errors = [f for f in interchange.findings if f.is_error]
    if errors:
        _ta1(payer, recipient, interchange, arrival.at, "R", _note_of(errors))
        return f"interchange {number} refused: {errors[0].rule}"
    digest = sha256(arrival.content).hexdigest()
    if not payer.books.open_interchange(recipient, number, digest, arrival.at):
        _ta1(payer, recipient, interchange, arrival.at, "R", "025")
        return f"interchange {number} refused: its number was used before"
    if interchange.acknowledgement_requested:
        _ta1(payer, recipient, interchange, arrival.at, "A", "000")
    claims = sum(
        _group(payer, recipient, interchange, group, arrival.at) for group in interchange.groups
    )
    return f"interchange {number} taken in: {claims} claims"


def _note_of(errors: Sequence[Finding]) -> str:
    """TA105: 001 the control numbers differ, 021 the group count, 023 the end is missing."""
    notes = {
        "envelope.iea-control": "001",
        "envelope.iea-count": "021",
        "envelope.iea-missing": "023",
    }
    return next((notes[f.rule] for f in errors if f.rule in notes), "022")


def _envelope(
    payer: Payer, recipient: Recipient, interchange: Interchange, at: datetime
) -> Envelope:
    number = payer.books.next_control_number(recipient.payer_id, recipient.sender)
    receiver = interchange.receiver.identifier or recipient.payer_id
    return Envelope(
        sender=Party(interchange.receiver.qualifier or "ZZ", receiver),
        receiver=interchange.sender,
        control_number=number,
        group_control_number=number,
        created=at.date(),
        created_at=at.time().replace(microsecond=0),
        usage=interchange.usage or "T",
    )


def _name(envelope: Envelope, kind: str) -> str:
    ends = f"{envelope.sender.identifier}_{envelope.receiver.identifier}"
    return f"{ends}_{envelope.control_number:09d}.{kind}"


def _ta1(
    payer: Payer,
    recipient: Recipient,
    interchange: Interchange,
    at: datetime,
    *verdict: str,
) -> None:
    code, note = verdict
    envelope = _envelope(payer, recipient, interchange, at)
    content = acknowledgement.write_ta1(
        envelope,
        [
            InterchangeAcknowledgement(
                interchange.control_number,
                interchange.created,
                interchange.created_at,
                code,
                note,
            )
        ],
    )
    payer.books.answer(recipient, "TA1", at, _name(envelope, "ta1"), content)


def _group(
    payer: Payer,
    recipient: Recipient,
    interchange: Interchange,
    group: FunctionalGroup,
    at: datetime,
) -> int:
    batches: dict[str, ClaimBatch] = {}
    findings: dict[str, list[Finding]] = {}
    refused: dict[str, set[int]] = {}
    for transaction in group.transactions:
        batch, found = professional_claim_reader.read_837p(transaction)
        control = transaction.control_number
        batches[control] = batch
        findings[control] = [f for f in found if f.scope is not Scope.CLAIM]
        refused[control] = {
            f.claim_index
            for f in found
            if f.is_error and f.scope is Scope.CLAIM and f.claim_index is not None
        }
        if any(
            scenario_of(claim.subscriber.member_id).asks(Request.REJECT_999)
            for claim in batch.claims
        ):
            asked = ASKED_FOR.found("the member id asks for it", segment=2, element="BHT02")
            findings[control].append(asked)
    verdict = acknowledgement.acknowledge(group, findings)
    envelope = _envelope(payer, recipient, interchange, at)
    content = acknowledgement.write_999(envelope, [verdict])
    payer.books.answer(recipient, "999", at, _name(envelope, "999"), content)
    taken = 0
    for control, batch in batches.items():
        if verdict.accepts(control):
            taken += len(batch.claims)
            _batch(payer, recipient, interchange, batch, at, refused=refused[control])
    return taken


def _batch(
    payer: Payer,
    recipient: Recipient,
    interchange: Interchange,
    batch: ClaimBatch,
    at: datetime,
    *,
    refused: set[int],
) -> None:
    plan = payer.contract.plans[recipient.payer_id]
    answers: list[ClaimAnswer] = []
    for position, sent in enumerate(batch.claims):
        index = position if sent.index is None else sent.index
        received = received_claim(sent, at.date())
        scenario = scenario_of(received.claim.member_id)
        if scenario.asks(Request.SILENT):
            continue
        rejection = screen(sent, received, plan, is_unreadable=index in refused)
        if rejection is None and received.claim.frequency in {"7", "8"}:
            rejection = _correct(payer, recipient, received, plan)
        elif rejection is None:
            _adjudicate(payer, recipient, received, plan)
        icn = "" if rejection else claim_control_number(plan.payer_id, received.claim, payer.seed)
        answers.append(ClaimAnswer(received, icn, rejection, scenario))
    if not answers and not batch.unreadable:
        return
    due = at + timedelta(days=payer.contract.delays.claim_acknowledgement)
    for number, answer in enumerate(answer_batch(plan, batch, answers, at, due)):
        moment = due + timedelta(hours=number)
        envelope = _envelope(payer, recipient, interchange, moment)
        content = write_277ca(envelope, [answer])
        payer.books.answer(recipient, "277CA", moment, _name(envelope, "277"), content)


def _adjudicate(
    payer: Payer,
    recipient: Recipient,
    received: Received,
    plan: Plan,
    *,
    not_before: datetime | None = None,
) -> None:
    claim = received.claim
    year = claim.service_date.year
    standing = payer.books.standing(plan.payer_id, claim.member_id, year)
    outcome = decide(claim, plan, standing, payer.contract.delays, payer.seed)
    icn = claim_control_number(plan.payer_id, claim, payer.seed)
    payer.books.keep_standing(plan.payer_id, claim.member_id, year, outcome.standing.accumulators)
    final = outcome.payments[-1].decision
    paid = services_paid(claim, final)
    payer.books.keep_adjudication(plan.payer_id, icn, claim, final, paid)
    for payment in outcome.payments:
        pay_on = payment.pay_on
        if not_before is not None:
            pay_on = max(pay_on, not_before.date())
        _schedule(
            payer, recipient, received, plan, icn=icn, payment=replace(payment, pay_on=pay_on)
        )
    first = outcome.payments[0]
    following = payer.contract.plans.get(first.decision.forwarded_to)
    if following is not None:
        forwarded = crossover_claim(claim, first.decision, plan.payer_id, first.pay_on)
        onward = replace(recipient, payer_id=following.payer_id)
        _adjudicate(payer, onward, replace(received, claim=forwarded), following)


def _schedule(
    payer: Payer,
    recipient: Recipient,
    received: Received,
    plan: Plan,
    *,
    icn: str,
    payment: Payment,
) -> None:
    delays = payer.contract.delays
    late = (payment.pay_on - received.claim.received_on).days - delays.prompt_pay
    interest = 0
    if not payment.takes_back and scenario_of(received.claim.member_id).asks(Request.LATE):
        interest = interest_cents(payment.decision.paid_cents, plan.interest_basis_points, late)
    payer.books.schedule_payment(
        recipient,
        received.practice,
        payment.pay_on,
        Payable(
            received.claim,
            payment.decision,
            icn,
            received.person,
            payment.takes_back,
            interest,
        ),
    )


def _correct(
    payer: Payer, recipient: Recipient, received: Received, plan: Plan
) -> tuple[str, str] | None:
    """Frequency 7 and 8: reverse the claim that REF*F8 names, then pay anew, or not.

    Returns category and status of a rejection where no such claim stands.
    """
    claim = received.claim
    found = payer.books.adjudication(plan.payer_id, claim.original_icn)
    if found is None:
        return "A7", "464"
    original, decision = found
    year = original.service_date.year
    last_paid = payer.books.void(plan.payer_id, claim.original_icn)
    standing: Standing = payer.books.standing(plan.payer_id, original.member_id, year)
    payer.books.keep_standing(
        plan.payer_id, original.member_id, year, standing.accumulators.without(decision)
    )
    usual = payment_day(claim, payer.contract.delays, payer.seed, late=False)
    pay_on = max(usual, last_paid) if last_paid else usual
    _schedule(
        payer,
        recipient,
        replace(received, claim=original),
        plan,
        icn=claim.original_icn,
        payment=Payment(reverse(decision), pay_on, takes_back=True),
    )
    if claim.frequency == "7":
        moment = datetime.combine(pay_on, time(), tzinfo=UTC)
        _adjudicate(payer, recipient, received, plan, not_before=moment)
    return None

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
from services.payer_gateway.x12.acknowledgement import (
    FunctionalAcknowledgement,
    InterchangeAcknowledgement,
)
from services.payer_gateway.x12.claim_acknowledgement_writer import write_277ca
from services.payer_gateway.x12.envelope import FunctionalGroup, Interchange
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.professional_claim import Claim as SentClaim
from services.payer_gateway.x12.professional_claim import ClaimBatch
from simulators.payer.accumulators import Standing
from simulators.payer.ack import ClaimAnswer, answer_batch
from simulators.payer.adjudicate import reverse
from simulators.payer.books import Recipient
from simulators.payer.claim import Claim, services_paid
from simulators.payer.contract import Plan, interest_cents
from simulators.payer.decide import (
    PREDETERMINATION,
    Payment,
    claim_control_number,
    crossover_claim,
    decide,
    payment_day,
)
from simulators.payer.dispatch import Payer, envelope_to, file_name
from simulators.payer.inquiry import QUESTIONS, answer_questions
from simulators.payer.received_claim import Received, received_claim, screen
from simulators.payer.remit import Payable
from simulators.payer.scenario import Request, Scenario

_NOBODYS = "9999"
"""ST02 of a transaction set that somebody else sent."""
_CONTENT_NOTE = "022"
ASKED_FOR = error("payer.asked-for", 2, Scope.TRANSACTION, "simulators.payer.scenario")


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
    questions = [group for group in interchange.groups if group.functional_id in QUESTIONS]
    groups = [_Group.of(payer, group) for group in interchange.groups if group not in questions]
    for scenario in (each for group in groups for each in group.scenarios):
        if scenario.asks(Request.REJECT_TA1):
            _ta1(payer, recipient, interchange, arrival.at, "R", scenario.status)
            return f"interchange {number} refused: it was asked for"
    if any(each.asks(Request.ERRORS_TA1) for group in groups for each in group.scenarios):
        _ta1(payer, recipient, interchange, arrival.at, "E", _CONTENT_NOTE)
    elif interchange.acknowledgement_requested:
        _ta1(payer, recipient, interchange, arrival.at, "A", "000")
    claims = sum(_group(payer, recipient, interchange, group, arrival.at) for group in groups)
    asked = sum(
        answer_questions(payer, recipient, interchange, group, arrival.at) for group in questions
    )
    if questions:
        return f"interchange {number} taken in: {claims} claims, {asked} questions"
    return f"interchange {number} taken in: {claims} claims"


def _note_of(errors: Sequence[Finding]) -> str:
    """TA105: 001 the control numbers differ, 021 the group count, 023 the end is missing."""
    notes = {
        "envelope.iea-control": "001",
        "envelope.iea-count": "021",
        "envelope.iea-missing": "023",
    }
    return next((notes[f.rule] for f in errors if f.rule in notes), "022")


def _ta1(
    payer: Payer,
    recipient: Recipient,
    interchange: Interchange,
    at: datetime,
    *verdict: str,
) -> None:
    code, note = verdict
    envelope = envelope_to(payer, recipient, interchange, at)
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
    payer.answer(recipient, "TA1", at, file_name(envelope, "ta1"), content)


@dataclass(slots=True)
class _Group:
    """A functional group of claims, read: batches, findings and refused claims by ST02."""

    group: FunctionalGroup
    batches: dict[str, ClaimBatch]
    findings: dict[str, list[Finding]]
    refused: dict[str, set[int]]
    scenarios: list[Scenario]

    @classmethod
    def of(cls, payer: Payer, group: FunctionalGroup) -> "_Group":
        read = cls(group, {}, {}, {}, [])
        for transaction in group.transactions:
            batch, found = professional_claim_reader.read_837p(transaction)
            control = transaction.control_number
            read.batches[control] = batch
            read.findings[control] = [f for f in found if f.scope is not Scope.CLAIM]
            read.refused[control] = {
                f.claim_index
                for f in found
                if f.is_error and f.scope is Scope.CLAIM and f.claim_index is not None
            }
            asked = [_of_sent(payer, claim) for claim in batch.claims]
            if any(each.asks(Request.REJECT_999) for each in asked):
                wish = ASKED_FOR.found("the member id asks for it", segment=2, element="BHT02")
                read.findings[control].append(wish)
            read.scenarios += asked
        return read

    def verdict(self) -> FunctionalAcknowledgement:
        """The 999 of the group, as it was asked for."""
        verdict = acknowledgement.acknowledge(self.group, self.findings)
        if verdict.code != "A":
            return verdict
        asked = {each.request for each in self.scenarios}
        if Request.ERRORS_999 in asked:
            with_errors = tuple(replace(each, code="E") for each in verdict.transactions)
            return replace(verdict, code="E", transactions=with_errors)
        if Request.PARTIAL_999 in asked:
            stranger = replace(
                verdict.transactions[0], control_number=_NOBODYS, code="R", errors=("5",)
            )
            return replace(
                verdict,
                code="P",
                included=verdict.included + 1,
                received=verdict.received + 1,
                transactions=(*verdict.transactions, stranger),
            )
        return verdict


def _of_sent(payer: Payer, claim: SentClaim) -> Scenario:
    occasions = payer.contract.occasions
    return occasions.scenario(claim.subscriber.member_id, claim.claim_id, payer.seed)


def _scenario(payer: Payer, claim: Claim) -> Scenario:
    return payer.contract.occasions.scenario(claim.member_id, claim.claim_id, payer.seed)


def _group(
    payer: Payer,
    recipient: Recipient,
    interchange: Interchange,
    read: _Group,
    at: datetime,
) -> int:
    verdict = read.verdict()
    envelope = envelope_to(payer, recipient, interchange, at)
    content = acknowledgement.write_999(envelope, [verdict])
    payer.answer(recipient, "999", at, file_name(envelope, "999"), content)
    taken = 0
    for control, batch in read.batches.items():
        if verdict.accepts(control):
            taken += len(batch.claims)
            _batch(payer, recipient, interchange, batch, at, refused=read.refused[control])
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
        scenario = _scenario(payer, received.claim)
        if scenario.asks(Request.SILENT):
            continue
        rejection = screen(sent, plan, scenario, is_unreadable=index in refused)
        if rejection is None and received.claim.frequency in {"7", "8"}:
            rejection = _correct(payer, recipient, received, plan)
        elif rejection is None:
            _adjudicate(payer, recipient, received, plan)
        icn = "" if rejection else claim_control_number(plan.payer_id, received.claim, payer.seed)
        answers.append(ClaimAnswer(received, icn, rejection, scenario))
    if not answers and not batch.unreadable:
        return
    due = at + timedelta(days=payer.contract.delays_of(plan.payer_id).claim_acknowledgement)
    for number, answer in enumerate(answer_batch(plan, batch, answers, at, due)):
        moment = due + timedelta(hours=number)
        envelope = envelope_to(payer, recipient, interchange, moment)
        content = write_277ca(envelope, [answer])
        payer.answer(recipient, "277CA", moment, file_name(envelope, "277"), content)


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
    delays = payer.contract.delays_of(plan.payer_id)
    asked = _scenario(payer, claim)
    outcome = decide(claim, plan, standing, delays, payer.seed, scenario=asked)
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
    first = next(each for each in outcome.payments if each.decision.status != PREDETERMINATION)
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
    delays = payer.contract.delays_of(plan.payer_id)
    asked = _scenario(payer, received.claim)
    late = (payment.pay_on - received.claim.received_on).days - delays.prompt_pay
    interest = 0
    if not payment.takes_back and asked.asks(Request.LATE):
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
            bare_lines=payer.contract.occasions.of_payer(plan.payer_id).bare_lines
            or asked.asks(Request.BARE_LINES),
            claim_level=asked.asks(Request.CLAIM_LEVEL),
            provider_reason=asked.reason if asked.asks(Request.PLB) else "",
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
    delays = payer.contract.delays_of(plan.payer_id)
    usual = payment_day(claim, delays, payer.seed, late=False)
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

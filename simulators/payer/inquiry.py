"""Questions that the payer is asked: a 277 to a 276, a 271 to a 270, from its books and plans.

A question that cannot be read gets a 999 that rejects it, and no other answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.payer_gateway.x12 import acknowledgement
from services.payer_gateway.x12.claim_status import StatusCode
from services.payer_gateway.x12.eligibility_inquiry import EligibilityInquiry, EligibilityRequest
from services.payer_gateway.x12.eligibility_inquiry_reader import read_270
from services.payer_gateway.x12.eligibility_response import Benefit
from services.payer_gateway.x12.eligibility_response_writer import write_271
from services.payer_gateway.x12.envelope import FunctionalGroup, Interchange, Transaction
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.inquiry_answers import Said, answer_eligibility, answer_status
from services.payer_gateway.x12.parties import Reference
from services.payer_gateway.x12.rejection import Rejection
from services.payer_gateway.x12.status_inquiry import ClaimInquiry, StatusInquiry
from services.payer_gateway.x12.status_inquiry_reader import read_276
from services.payer_gateway.x12.status_response import ClaimReport, StatusReport
from services.payer_gateway.x12.status_response_writer import write_277
from simulators.payer.accumulators import Remaining
from simulators.payer.books import Recipient, ScheduledPayment
from simulators.payer.contract import Plan
from simulators.payer.dispatch import Payer, envelope_to, file_name
from simulators.payer.scenario import Request, scenario_of

QUESTIONS = frozenset({"HR", "HS"})
"""GS01 of claim status and eligibility inquiries."""

_NOT_FOUND = StatusCode("D0", "35", "PR")
_IN_PROCESS = StatusCode("P1", "20", "PR")
_PAID = StatusCode("F1", "65", "PR")
_DENIED = StatusCode("F2", "585", "PR")
_REVISED = StatusCode("F3", "101", "PR")
_REVERSAL = "22"
_UNKNOWN_MEMBER = Rejection("75", "C", is_valid=True)
_WHOLE_PLAN = ("30",)
_OFFICE_VISIT = ("98",)
_ON_DAY = frozenset({"291", "307", "472"})


def answer_questions(
    payer: Payer,
    recipient: Recipient,
    interchange: Interchange,
    group: FunctionalGroup,
    at: datetime,
) -> int:
    """Answer every set of the group; how many questions were answered."""
    asked = [_read(transaction) for transaction in group.transactions]
    findings = {
        transaction.control_number: found
        for transaction, (_, found) in zip(group.transactions, asked, strict=True)
    }
    verdict = acknowledgement.acknowledge(group, findings)
    if verdict.code != "A":
        envelope = envelope_to(payer, recipient, interchange, at)
        content = acknowledgement.write_999(envelope, [verdict])
        payer.answer(recipient, "999", at, file_name(envelope, "999"), content)
    answered = 0
    for transaction, (inquiry, _) in zip(group.transactions, asked, strict=True):
        if not verdict.accepts(transaction.control_number):
            continue
        envelope = envelope_to(payer, recipient, interchange, at)
        desk = _Desk(payer, recipient, at)
        if isinstance(inquiry, StatusInquiry):
            reference = f"{envelope.control_number:09d}"
            response = answer_status(inquiry, reference, desk.status)
            kind, content = "277", write_277(envelope, [response])
            answered += len(inquiry.claims)
        else:
            answers = answer_eligibility(inquiry, desk.eligibility)
            kind, content = "271", write_271(envelope, [answers])
            answered += len(inquiry.requests)
        payer.answer(recipient, kind, at, file_name(envelope, kind), content)
    return answered


def _read(
    transaction: Transaction,
) -> tuple[StatusInquiry | EligibilityInquiry, list[Finding]]:
    return read_276(transaction) if transaction.set_id == "276" else read_270(transaction)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who answers, for one payer, at one moment."""

    payer: Payer
    recipient: Recipient
    at: datetime

    @property
    def plan(self) -> Plan:
        return self.payer.contract.plans[self.recipient.payer_id]

    def status(self, inquiry: ClaimInquiry) -> Iterator[ClaimReport]:
        """What became of a claim, by its number (REF*EJ)."""
        claim_id = inquiry.reference("EJ") or inquiry.trace
        known = self.payer.books.payments_of(self.plan.payer_id, claim_id)
        numbers = [Reference("1K", known[-1].payable.icn)] if known else []
        yield ClaimReport(
            trace=inquiry.trace,
            statuses=(self._said(inquiry, known),),
            references=(*numbers, Reference("EJ", claim_id)),
            service_from=inquiry.service_from,
            service_to=inquiry.service_to,
        )

    def _said(self, inquiry: ClaimInquiry, known: list[ScheduledPayment]) -> StatusReport:
        today = self.at.date()
        made = [each for each in known if each.trace_number]
        if not known:
            return StatusReport((_NOT_FOUND,), today, inquiry.charge_cents, 0)
        if not made:
            charge = known[-1].payable.claim.total_charge_cents
            return StatusReport((_IN_PROCESS,), today, charge, 0)
        last = made[-1]
        decision = last.payable.decision
        code = _PAID if decision.paid_cents else _DENIED
        if decision.status == _REVERSAL:
            code = _REVISED
        return StatusReport(
            (code,),
            today,
            last.payable.claim.total_charge_cents,
            max(0, sum(each.payable.decision.paid_cents for each in made)),
            adjudicated=last.pay_on,
            payment_date=last.pay_on,
            payment_trace=last.trace_number,
        )

    def eligibility(self, request: EligibilityRequest) -> Said:
        """Whether the plan covers the member, and what the member pays; limits as they stand."""
        member_id = request.subscriber.identifier
        asked = scenario_of(member_id)
        day = _day_of(request, self.at.date())
        if asked.asks(Request.UNKNOWN) or not member_id:
            return Said(rejections=(_UNKNOWN_MEMBER,))
        if asked.request in {Request.EXPIRED, Request.NOTYET}:
            return Said((Benefit("6", service_types=_WHOLE_PLAN, plan=self.plan.name),))
        return Said(tuple(self._benefits(member_id, day)))

    def _benefits(self, member_id: str, day: date) -> Iterator[Benefit]:
        plan = self.plan
        yield Benefit("1", service_types=_WHOLE_PLAN, plan=plan.name)
        standing = self.payer.books.standing(plan.payer_id, member_id, day.year)
        left = Remaining.of(plan, standing.accumulators, day.year)
        if deductible := plan.deductible_of(day.year):
            for period, cents in (("23", deductible), ("29", left.deductible_cents)):
                yield Benefit("C", "IND", _WHOLE_PLAN, period=period, amount_cents=cents)
        if plan.out_of_pocket_limit_cents is not None:
            for period, cents in (
                ("23", plan.out_of_pocket_limit_cents),
                ("29", left.out_of_pocket_cents or 0),
            ):
                yield Benefit("G", "IND", _WHOLE_PLAN, period=period, amount_cents=cents)
        visit = plan.cost_share.get("office_visit")
        if visit is not None and visit.copay_cents:
            yield Benefit("B", "IND", _OFFICE_VISIT, period="27", amount_cents=visit.copay_cents)
        share = plan.share_of("").coinsurance_percent
        if share:
            yield Benefit("A", "IND", _WHOLE_PLAN, share_basis_points=share * 100)


def _day_of(request: EligibilityRequest, today: date) -> date:
    dates = [*request.patient.dates, *(d for q in request.questions for d in q.dates)]
    return next((each.first for each in dates if each.qualifier in _ON_DAY), today)

"""One payment to one practice: its 835 values, and what is taken back at provider level.

Amounts are integer cents. ``payment = sum of claims paid - sum of PLB``: a positive provider
adjustment lowers the payment, a negative one raises it (X12 835 implementation, 1.10.2.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.payer_gateway.x12.adjustment import Adjustment as Cas
from services.payer_gateway.x12.adjustment import by_group
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.parties import Address, Contact, Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.remittance import (
    BankAccount,
    Payee,
    Payer,
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
    ServicePayment,
)
from simulators.payer.claim import Claim, Decision, LineDecision
from simulators.payer.contract import Plan
from simulators.payer.provider_level import provider_adjustment

_ADDRESS = Address("1 PLAN PLAZA", "CAPITAL CITY", "OH", "432150001")
_PAYER_BANK = BankAccount("01", "999999992", "DA", "1000001")
_PAYEE_BANK = BankAccount("01", "999988880", "DA", "2000002")


@dataclass(frozen=True, slots=True)
class Person:
    """Who the claim is about, as the payer prints it."""

    last: str
    first: str
    member_id: str


@dataclass(frozen=True, slots=True)
class Practice:
    """Who is paid: loop 2010AA of the claim."""

    name: str
    npi: str
    tax_id: str


@dataclass(frozen=True, slots=True)
class Payable:
    """One CLP of a payment.

    icn: the payer's claim control number. takes_back: a reversal. interest_cents: owed for late
    payment, paid at provider level. bare_lines: lines without our line numbers and modifiers.
    claim_level: adjusted at the claim, without lines. provider_reason: PLB03-1 that is asked for.
    """

    claim: Claim
    decision: Decision
    icn: str
    person: Person
    takes_back: bool = False
    interest_cents: int = 0
    bare_lines: bool = False
    claim_level: bool = False
    provider_reason: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """Money that the practice still owes the payer: kind FB, WO or AP, cents above zero."""

    kind: str
    reference: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class PaymentAdvice:
    """A remittance and what is still owed after it."""

    remittance: Remittance
    owed: tuple[Owed, ...]


def advise(
    plan: Plan,
    practice: Practice,
    payables: Sequence[Payable],
    owed: Sequence[Owed],
    *,
    paid_on: date,
    trace_number: str,
) -> PaymentAdvice:
    """Pay the claims, with interest, less what is owed from before; never less than zero."""
    adjustments, after, payment = _settle(plan, payables, owed, trace_number)
    year_end = date(paid_on.year, 12, 31)
    remittance = Remittance(
        handling="I" if payment else "H",
        payment_cents=payment,
        credit_debit="C",
        method="ACH" if payment else "NON",
        payment_format="CCP" if payment else "",
        payer_account=_PAYER_BANK if payment else BankAccount(),
        originator_id=plan.originator_id if payment else "",
        payee_account=_PAYEE_BANK if payment else BankAccount(),
        payment_date=paid_on,
        trace_number=trace_number,
        payer_id=plan.originator_id,
        production_date=paid_on,
        payer=Payer(
            plan.name,
            address=_ADDRESS,
            references=(Reference("2U", plan.payer_id),),
            contacts=(Contact("BL", "PROVIDER SERVICES", (("TE", "8005550100"),)),),
        ),
        payee=Payee(
            practice.name,
            "XX",
            practice.npi,
            references=(Reference("TJ", practice.tax_id),) if practice.tax_id else (),
        ),
        claims=tuple(clp(plan, payable) for payable in payables),
        provider_adjustments=tuple(
            ProviderAdjustment(practice.npi, year_end, reason, reference, cents)
            for reason, reference, cents in adjustments
        ),
    )
    return PaymentAdvice(remittance, after)


def _settle(
    plan: Plan, payables: Sequence[Payable], owed: Sequence[Owed], trace_number: str
) -> tuple[list[tuple[str, str, int]], tuple[Owed, ...], int]:
    """PLB pairs, what stays owed, and the payment."""
    adjustments: list[tuple[str, str, int]] = []
    after: list[Owed] = []
    payment = sum(payable.decision.paid_cents for payable in payables)
    for payable in payables:
        if payable.interest_cents:
            adjustments.append(("L6", payable.icn, -payable.interest_cents))
            payment += payable.interest_cents
    deferred: list[Owed] = []
    for payable in payables:
        for reason, reference, cents, later in provider_adjustment(
            payable.provider_reason, payable.icn
        ):
            adjustments.append((reason, reference, cents))
            payment -= cents
            if later:
                deferred.append(Owed(reason, reference, later))
    if plan.recovers_by == "WO":
        for icn, lost in _taken_back(payables).items():
            adjustments.append(("WO", icn, -lost))
            deferred.append(Owed("WO", icn, lost))
            payment += lost
    for debt in owed:
        recovered = min(debt.amount_cents, max(payment, 0))
        if recovered:
            adjustments.append((debt.kind, debt.reference, recovered))
            payment -= recovered
        if debt.amount_cents > recovered:
            after.append(Owed(debt.kind, debt.reference, debt.amount_cents - recovered))
    after += deferred
    if payment < 0:
        adjustments.append(("FB", trace_number, payment))
        after.append(Owed("FB", trace_number, -payment))
        payment = 0
    return adjustments, tuple(after), payment


def _taken_back(payables: Sequence[Payable]) -> dict[str, int]:
    """By claim, what its reversal takes and its correction does not give again."""
    reversed_ids = {p.claim.claim_id: p.icn for p in payables if p.takes_back}
    lost: dict[str, int] = {}
    for claim_id, icn in reversed_ids.items():
        net = sum(p.decision.paid_cents for p in payables if p.claim.claim_id == claim_id)
        if net < 0:
            lost[icn] = -net
    return lost


def clp(plan: Plan, payable: Payable) -> RemittanceClaim:
    """Loop 2100 of one decision."""
    claim, decision, person = payable.claim, payable.decision, payable.person
    parties = [
        Party("QC", Name.person(person.last, person.first), "MI", person.member_id),
    ]
    if decision.forwarded_to:
        parties.append(
            Party("TT", Name.organization(decision.forwarded_to), "PI", decision.forwarded_to)
        )
    received = QualifiedDate("050", claim.received_on)
    return RemittanceClaim(
        claim_id=claim.claim_id,
        status=decision.status,
        charge_cents=decision.charge_cents,
        paid_cents=decision.paid_cents,
        patient_responsibility_cents=decision.patient_responsibility_cents,
        filing_indicator=plan.filing_indicator,
        payer_claim_number=payable.icn,
        facility_code=claim.place_of_service,
        frequency=claim.frequency,
        parties=tuple(parties),
        dates=(received,),
        services=()
        if payable.claim_level
        else tuple(svc(claim, line, is_bare=payable.bare_lines) for line in decision.lines),
        adjustments=_at_claim(decision) if payable.claim_level else (),
    )


def _at_claim(decision: Decision) -> tuple[Cas, ...]:
    """The lines' adjustments, summed by group and reason."""
    sums: dict[tuple[str, str], int] = {}
    for line in decision.lines:
        for each in line.adjustments:
            reason = (each.group, each.reason)
            sums[reason] = sums.get(reason, 0) + each.amount_cents
    return by_group(Cas(*reason, cents) for reason, cents in sums.items() if cents)


def svc(claim: Claim, decided: LineDecision, *, is_bare: bool = False) -> ServicePayment:
    """Loop 2110 of one line; SVC06 names the code as sent where another one was paid.

    Bare, it repeats neither our line number nor modifiers.
    """
    line = decided.line
    sent = next(each for each in claim.lines if each.number == line.number)
    recoded = (sent.code, sent.modifiers) != (line.code, line.modifiers)
    numbered = line.control_number and not is_bare
    references = (Reference("6R", line.control_number),) if numbered else ()
    return ServicePayment(
        procedure=Procedure(line.code, () if is_bare else line.modifiers),
        charge_cents=line.charge_cents,
        paid_cents=decided.paid_cents,
        units=Decimal(abs(line.units)),
        submitted_procedure=Procedure(sent.code, sent.modifiers) if recoded else None,
        dates=(QualifiedDate("472", line.service_date),),
        adjustments=by_group(Cas(a.group, a.reason, a.amount_cents) for a in decided.adjustments),
        references=references,
        amounts=(("B6", decided.allowed_cents),) if decided.allowed_cents > 0 else (),
        remark_codes=tuple(("HE", code) for code in decided.remarks),
    )

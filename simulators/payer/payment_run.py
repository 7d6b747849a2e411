"""The payer's payment run: one 835 a practice and payment day, from what is due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.envelope import TradingPartner as Party
from services.payer_gateway.x12.remittance import Remittance
from services.payer_gateway.x12.remittance_writer import write_835
from simulators.payer.books import Books, DuePayment, Recipient
from simulators.payer.contract import Contract, Plan
from simulators.payer.decide import seeded
from simulators.payer.faults import (
    claim_off_by_a_cent,
    total_off_by_a_cent,
    truncated,
    with_a_stranger,
)
from simulators.payer.remit import advise
from simulators.payer.scenario import Request, scenario_of


def run_payments(books: Books, contract: Contract, now: datetime, seed: int = 0) -> int:
    """Pay everything due by the clock, in one transaction of the books; how many payments."""
    made = 0
    due = books.due_payments(now.date())
    for (recipient, npi, pay_on), group in groupby(
        due, key=lambda each: (each.recipient, each.practice.npi, each.pay_on)
    ):
        plan = contract.plans[recipient.payer_id]
        _pay(books, plan, recipient, (npi, pay_on, now, seed), list(group))
        made += 1
    return made


def trace_of(recipient: Recipient, npi: str, pay_on: date, seed: int, run: int) -> str:
    """TRN02 of a payment: payer, day, and a number of the practice."""
    number = seeded(seed, recipient.payer_id, recipient.sender, npi, str(run)) % 10**8
    return f"{recipient.payer_id[:4]}{pay_on:%Y%m%d}{number:08d}"


def _pay(
    books: Books,
    plan: Plan,
    recipient: Recipient,
    terms: tuple[str, date, datetime, int],
    payments: Sequence[DuePayment],
) -> None:
    npi, pay_on, now, seed = terms
    practice = payments[0].practice
    trace = trace_of(recipient, npi, pay_on, seed, payments[0].id)
    advice = advise(
        plan,
        practice,
        [payment.payable for payment in payments],
        books.owed(plan.payer_id, npi),
        paid_on=pay_on,
        trace_number=trace,
    )
    books.keep_owed(plan.payer_id, npi, advice.owed)
    remittance = advice.remittance
    books.keep_remittance(
        trace=trace,
        payer_id=plan.payer_id,
        payee_npi=npi,
        paid_on=pay_on,
        payment_cents=remittance.payment_cents,
        claims=[(c.claim_id, c.status, c.paid_cents) for c in remittance.claims],
        provider_adjustments=[
            (a.reason, a.reference, a.amount_cents) for a in remittance.provider_adjustments
        ],
        payments=[payment.id for payment in payments],
    )
    asked = [scenario_of(p.payable.claim.member_id).request for p in payments]
    content, name = _file(books, recipient, _spoiled(remittance, asked), now)
    if Request.TRUNCATED in asked:
        books.answer(recipient, "835", now, f"{name}.partial.835", truncated(content))
    books.answer(recipient, "835", now, f"{name}.835", content)
    if Request.TWICE in asked:
        books.answer(recipient, "835", now, f"{name}.again.835", content)


def _spoiled(remittance: Remittance, asked: Sequence[Request | None]) -> Remittance:
    """With the faults that members of the payment asked for."""
    remittance = replace(
        remittance,
        claims=tuple(
            claim_off_by_a_cent(claim) if request is Request.UNBALANCED else claim
            for claim, request in zip(remittance.claims, asked, strict=True)
        ),
    )
    if Request.STRANGER_835 in asked:
        remittance = with_a_stranger(remittance)
    if Request.UNBALANCED_TOTAL in asked:
        remittance = total_off_by_a_cent(remittance)
    return remittance


def _file(
    books: Books, recipient: Recipient, remittance: Remittance, now: datetime
) -> tuple[bytes, str]:
    number = books.next_control_number(recipient.payer_id, recipient.sender)
    envelope = Envelope(
        sender=Party("ZZ", recipient.payer_id),
        receiver=Party("ZZ", recipient.sender),
        control_number=number,
        group_control_number=number,
        created=now.date(),
        created_at=now.time().replace(microsecond=0),
        usage="T",
    )
    name = f"{recipient.payer_id}_{recipient.sender}_{number:09d}"
    return write_835(envelope, [remittance]), name

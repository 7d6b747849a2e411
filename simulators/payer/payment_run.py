"""The payer's payment run: one 835 a practice and payment day, from what is due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.envelope import TradingPartner as Party
from services.payer_gateway.x12.remittance import Remittance
from services.payer_gateway.x12.remittance_writer import write_835
from simulators.payer.books import DuePayment, Recipient
from simulators.payer.chance import seeded
from simulators.payer.contract import Plan
from simulators.payer.dispatch import Payer
from simulators.payer.faults import (
    charge_off_by_a_cent,
    claim_off_by_a_cent,
    total_off_by_a_cent,
    truncated,
    with_a_stranger,
)
from simulators.payer.remit import advise
from simulators.payer.scenario import Request

_OFF = {
    Request.UNBALANCED: claim_off_by_a_cent,
    Request.UNBALANCED_CHARGE: charge_off_by_a_cent,
}


def run_payments(payer: Payer, now: datetime) -> int:
    """Pay everything due by the clock, in one transaction of the books; how many payments."""
    made = 0
    due = payer.books.due_payments(now.date())
    for (recipient, npi, pay_on), group in groupby(
        due, key=lambda each: (each.recipient, each.practice.npi, each.pay_on)
    ):
        plan = payer.contract.plans[recipient.payer_id]
        _pay(payer, plan, recipient, (npi, pay_on, now), list(group))
        made += 1
    return made


def trace_of(recipient: Recipient, npi: str, pay_on: date, seed: int, run: int) -> str:
    """TRN02 of a payment: payer, day, and a number of the practice."""
    number = seeded(seed, recipient.payer_id, recipient.sender, npi, str(run)) % 10**8
    return f"{recipient.payer_id[:4]}{pay_on:%Y%m%d}{number:08d}"


def _pay(
    payer: Payer,
    plan: Plan,
    recipient: Recipient,
    terms: tuple[str, date, datetime],
    payments: Sequence[DuePayment],
) -> None:
    npi, pay_on, now = terms
    books, occasions = payer.books, payer.contract.occasions
    practice = payments[0].practice
    trace = trace_of(recipient, npi, pay_on, payer.seed, payments[0].id)
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
    asked = [
        occasions.scenario(p.payable.claim.member_id, p.payable.claim.claim_id, payer.seed).request
        for p in payments
    ]
    sent = _spoiled(remittance, asked)
    content, name = _file(payer, recipient, sent, now)
    due = now
    if Request.DELAYED in asked:
        due += timedelta(days=payer.contract.delays_of(plan.payer_id).delivery)
    if Request.TRUNCATED in asked:
        books.answer(recipient, "spoiled 835", due, f"{name}.partial.835", truncated(content))
    payer.answer(recipient, "835", due, f"{name}.835", content)
    if Request.TWICE in asked:
        books.answer(recipient, "835", due, f"{name}.again.835", content)
    if Request.TWICE_ANEW in asked:
        again, name = _file(payer, recipient, sent, now)
        books.answer(recipient, "835", due, f"{name}.835", again)


def _spoiled(remittance: Remittance, asked: Sequence[Request | None]) -> Remittance:
    """With the faults that members of the payment asked for."""
    remittance = replace(
        remittance,
        claims=tuple(
            _OFF[request](claim) if request in _OFF else claim
            for claim, request in zip(remittance.claims, asked, strict=True)
        ),
    )
    if Request.STRANGER_835 in asked:
        remittance = with_a_stranger(remittance)
    if Request.UNBALANCED_TOTAL in asked:
        remittance = total_off_by_a_cent(remittance)
    return remittance


def _file(
    payer: Payer, recipient: Recipient, remittance: Remittance, now: datetime
) -> tuple[bytes, str]:
    number = payer.books.next_control_number(recipient.payer_id, recipient.sender)
    envelope = Envelope(
        sender=Party("ZZ", recipient.payer_id),
        receiver=Party("ZZ", recipient.sender),
        control_number=number,
        group_control_number=number,
        created=now.date(),
        created_at=now.time().replace(microsecond=0),
        usage="T",
        delimiters=payer.contract.occasions.of_payer(recipient.payer_id).delimiters,
    )
    name = f"{recipient.payer_id}_{recipient.sender}_{number:09d}"
    return write_835(envelope, [remittance]), name

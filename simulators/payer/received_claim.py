"""From an 837P claim to what the payer adjudicates, and the front-end edits of its 277CA."""

from dataclasses import dataclass
from datetime import date

from services.payer_gateway.x12 import professional_claim as sent_claim
from services.payer_gateway.x12.adjustment import Adjustment as Cas
from simulators.payer.claim import Adjustment, Claim, Line, PriorLine, PriorPayer
from simulators.payer.contract import Plan
from simulators.payer.remit import Person, Practice
from simulators.payer.scenario import Request, Scenario


@dataclass(frozen=True, slots=True)
class Received:
    """A claim with the names that answers must repeat."""

    claim: Claim
    person: Person
    practice: Practice


def received_claim(sent: sent_claim.Claim, received_on: date) -> Received:
    """The parts of an 837P claim that a payer decides by."""
    name = sent.patient.name if sent.patient else sent.subscriber.name
    provider = sent.billing_provider
    lines = tuple(
        Line(
            number=number,
            control_number=line.control_number,
            code=line.procedure.code,
            modifiers=line.procedure.modifiers,
            units=max(1, int(line.units)),
            charge_cents=line.charge_cents,
            service_date=line.service_from or received_on,
        )
        for number, line in enumerate(sent.lines, 1)
    )
    claim = Claim(
        claim_id=sent.claim_id,
        member_id=sent.subscriber.member_id,
        responsibility=sent.subscriber.payer_sequence
        if sent.subscriber.payer_sequence in {"P", "S", "T"}
        else "P",
        frequency=sent.frequency,
        original_icn=sent.original_claim_number,
        place_of_service=sent.place_of_service,
        billing_npi=provider.npi,
        total_charge_cents=sent.total_charge_cents,
        lines=lines,
        received_on=received_on,
        prior_authorization=sent.reference("G1"),
        prior_payers=tuple(
            _prior(sent, other) for other in sent.other_payers if other.paid_cents is not None
        ),
        other_payers=tuple(
            other.payer_id for other in sent.other_payers if other.paid_cents is None
        ),
    )
    return Received(
        claim,
        Person(name.last, name.first, sent.subscriber.member_id),
        Practice(provider.name.last, provider.npi, provider.tax_id),
    )


def _prior(sent: sent_claim.Claim, other: sent_claim.OtherPayer) -> PriorPayer:
    return PriorPayer(
        other.payer_id,
        other.paid_cents or 0,
        _adjustments(other.adjustments),
        tuple(
            PriorLine(number, decided.paid_cents, _adjustments(decided.adjustments))
            for number, line in enumerate(sent.lines, 1)
            for decided in line.adjudications
            if decided.payer_id == other.payer_id
        ),
    )


def _adjustments(adjustments: tuple[Cas, ...]) -> tuple[Adjustment, ...]:
    return tuple(Adjustment(a.group, a.reason, a.amount_cents) for a in adjustments)


def screen(
    sent: sent_claim.Claim, plan: Plan, scenario: Scenario, *, is_unreadable: bool
) -> tuple[str, str] | None:
    """Category and status of a 277CA rejection (STC01-1, STC01-2), ``None`` to accept.

    A3 not for this payer, A6 information missing, A7 invalid, A8 fields that contradict.
    """
    if scenario.asks(Request.REJECT_277):
        return scenario.category, scenario.status
    if scenario.asks(Request.LATE_REJECT_277):
        return "A3", "21"
    if is_unreadable:
        return "A7", "21"
    if sent.payer.identifier != plan.payer_id:
        return "A3", "116"
    if not sent.subscriber.member_id:
        return "A6", "164"
    if not sent.lines:
        return "A6", "21"
    if any(line.service_from is None for line in sent.lines):
        return "A6", "187"
    if sum(line.charge_cents for line in sent.lines) != sent.total_charge_cents:
        return "A8", "178"
    if sent.frequency in {"7", "8"} and not sent.original_claim_number:
        return "A6", "464"
    return None

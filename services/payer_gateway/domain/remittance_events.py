"""From a balanced remittance (835) to events; what does not balance is set aside, never posted.

A remittance whose total does not balance is set aside whole. A claim in it that does not balance,
or that nobody here sent, is set aside alone, and the rest goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

from pydantic import ValidationError

from schemas.claim import ClaimAdjudicated, ProviderAdjustment, RemittanceReceived
from schemas.event import Event
from schemas.event_id import caused_event_id
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.quarantine import (
    Held,
    KeptFinding,
    LoadedRemittance,
    QuarantineItem,
    RemittanceKey,
    held_event,
    kept,
)
from services.payer_gateway.x12 import adjustment as x12_adjustment
from services.payer_gateway.x12.finding import Finding, Scope
from services.payer_gateway.x12.remittance import Remittance, RemittanceClaim, ServicePayment

NOBODY = "unknown"
"""Stands for practice and encounter in an event that is held until its claim is known."""

_MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class RemittanceContext:
    """What is known when a remittance is decided.

    claims: records by claim id. practices: those whose NPI is the payee's. cause: id that the
    events and items are derived from. payers: our payer ids by X12 payer id.
    """

    payer_id: str
    claims: Mapping[str, Sequence[ClaimRecord]]
    practices: Sequence[str]
    received_at: datetime
    file_sha256: str
    cause: UUID
    payers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentSums:
    """Of all claims of a payment: what was paid in cents, how many, set aside, and whose."""

    paid_cents: int
    claims: int
    set_aside: int
    practices: frozenset[str]


@dataclass(slots=True)
class RemittanceOutcome:
    """Events in order, claims that moved, items set aside, and the payment if it was loaded."""

    events: list[Event] = field(default_factory=list)
    claims: list[ClaimRecord] = field(default_factory=list)
    items: list[QuarantineItem] = field(default_factory=list)
    loaded: LoadedRemittance | None = None


def remittance_key(remittance: Remittance) -> RemittanceKey:
    """The key by which a payment is loaded once."""
    paid_on = remittance.payment_date.isoformat() if remittance.payment_date else ""
    return RemittanceKey(
        remittance.payer_id, remittance.trace_number, paid_on, remittance.payment_cents
    )


@lru_cache(maxsize=64)
def remittance_id(key: RemittanceKey) -> str:
    """The id of a payment: a hash of its key."""
    text = "\x1f".join(
        (key.payer_number, key.trace_number, key.paid_on, str(key.payment_cents))
    ).encode()
    return "R" + blake2b(text, digest_size=12).hexdigest()


def decide_remittance(
    remittance: Remittance, findings: Sequence[Finding], context: RemittanceContext
) -> RemittanceOutcome:
    """What to publish and what to set aside.

    ``findings`` are those of reading and of balancing.
    """
    errors = [finding for finding in findings if finding.is_error]
    whole = [kept(f) for f in errors if f.scope is not Scope.CLAIM]
    decided = decide_claims(remittance, errors, context)
    sums = PaymentSums(
        sum(claim.paid_cents for claim in remittance.claims),
        len(remittance.claims),
        len(decided.items),
        frozenset(record.practice_id for record in decided.claims),
    )
    found, received = _payment(remittance, sums, context)
    whole += found
    if received is not None:
        decided.loaded = _loaded(remittance, received, sums.set_aside, context.payer_id)
    if whole or received is None:
        return _set_aside(remittance, decided, received, whole, context)
    decided.events.append(received)
    return decided


def decide_payment(
    remittance: Remittance, sums: PaymentSums, context: RemittanceContext
) -> RemittanceOutcome | list[KeptFinding]:
    """A payment whose claims were decided part by part, or why nothing of it may be published.

    ``remittance`` holds its provider adjustments; its claims are not looked at.
    """
    found, received = _payment(remittance, sums, context)
    if found or received is None:
        return found
    loaded = _loaded(remittance, received, sums.set_aside, context.payer_id)
    return RemittanceOutcome(events=[received], loaded=loaded)


def refused_payment(
    subject: str, findings: Sequence[KeptFinding], context: RemittanceContext
) -> QuarantineItem:
    """A payment of which nothing is published; a release has its file read again."""
    return QuarantineItem(
        item_id=caused_event_id(context.cause, "quarantine", subject),
        practice_id=NOBODY,
        payer_id=context.payer_id,
        kind="remittance",
        subject=subject,
        reason=findings[0].rule if findings else "remittance.unusable",
        findings=tuple(findings),
        held=Held(read_again=True),
        file_sha256=context.file_sha256,
    )


def _payment(
    remittance: Remittance, sums: PaymentSums, context: RemittanceContext
) -> tuple[list[KeptFinding], RemittanceReceived | None]:
    """What keeps a payment from being published, and the event of it where there can be one."""
    found: list[KeptFinding] = []
    if remittance.payment_date is None:
        found.append(KeptFinding("remittance.no-date", "BPR16 is missing: ask the payer", "BPR"))
    if remittance.credit_debit == "D":
        found.append(
            KeptFinding(
                "remittance.debit",
                "BPR03 says that money is taken: settle it with the payer",
                "BPR",
                element="BPR03",
            )
        )
    practice = _payee(sums.practices, context)
    if practice is None:
        found.append(
            KeptFinding("remittance.payee-unknown", "no practice here has the payee's NPI", "1000B")
        )
    received: RemittanceReceived | None = None
    if practice is not None and remittance.payment_date is not None:
        made = _received(remittance, remittance.payment_date, practice, sums, context)
        if isinstance(made, KeptFinding):
            found.append(made)
        else:
            received = made
    return found, received


def _set_aside(
    remittance: Remittance,
    decided: RemittanceOutcome,
    received: RemittanceReceived | None,
    findings: Sequence[KeptFinding],
    context: RemittanceContext,
) -> RemittanceOutcome:
    """The remittance as one item, its usable claims held with the payment.

    Where the payment itself cannot be expressed (no date, payee unknown), nothing of it could be
    released by itself: a release reads the file again.
    """
    held = Held(read_again=True)
    if received is not None:
        events = [*decided.events, received]
        named = {event.claim_id for event in events if isinstance(event, ClaimAdjudicated)}
        held = Held(
            tuple(held_event(event) for event in events), tuple(sorted(named)), decided.loaded
        )
    item = QuarantineItem(
        item_id=caused_event_id(context.cause, "quarantine", remittance.trace_number),
        practice_id=received.practice_id if received else NOBODY,
        payer_id=context.payer_id,
        kind="remittance",
        subject=remittance.trace_number,
        reason=findings[0].rule if findings else "remittance.unusable",
        findings=tuple(findings),
        held=held,
        file_sha256=context.file_sha256,
    )
    return RemittanceOutcome(items=[item, *decided.items] if received else [item])


def _broken_claims(errors: Sequence[Finding]) -> dict[int, list[KeptFinding]]:
    broken: dict[int, list[KeptFinding]] = {}
    for finding in errors:
        if finding.scope is Scope.CLAIM and finding.claim_index is not None:
            broken.setdefault(finding.claim_index, []).append(kept(finding))
    return broken


def decide_claims(
    remittance: Remittance, errors: Sequence[Finding], context: RemittanceContext
) -> RemittanceOutcome:
    """What becomes of each claim of a payment, or of some of its claims; nothing of the payment.

    ``errors`` are those of single claims and more.
    """
    broken = _broken_claims(errors)
    outcome = RemittanceOutcome()
    set_aside = _aside(outcome, context)
    moved: dict[tuple[str, str], ClaimRecord] = {}
    payment = remittance_id(remittance_key(remittance))
    for position, claim in enumerate(remittance.claims):
        index = position if claim.index is None else claim.index
        record, problem = _match(claim, context)
        event = _adjudicated(claim, index + 1, record, remittance, payment, context)
        if isinstance(event, KeptFinding):
            set_aside(claim.claim_id, index, [event], None)
            continue
        if index in broken:
            set_aside(claim.claim_id, index, broken[index], event)
        elif problem is not None or record is None:
            finding = problem or KeptFinding("remittance.claim-unknown", "nobody sent the claim")
            set_aside(claim.claim_id, index, [finding], event)
        else:
            key = (record.practice_id, record.claim_id)
            moved[key] = moved.get(key, record).raised_to("adjudicated", claim.payer_claim_number)
            outcome.events.append(event)
    for unreadable in remittance.unreadable:
        findings = broken.get(unreadable.index) or [
            KeptFinding("remittance.claim-unreadable", "the claim's amounts cannot be read")
        ]
        set_aside(unreadable.claim_id, unreadable.index, findings, None)
    outcome.claims = list(moved.values())
    return outcome


def _aside(
    outcome: RemittanceOutcome, context: RemittanceContext
) -> Callable[[str, int, Sequence[KeptFinding], ClaimAdjudicated | None], None]:
    def set_aside(
        claim_id: str, index: int, findings: Sequence[KeptFinding], event: ClaimAdjudicated | None
    ) -> None:
        held = Held((held_event(event),), (event.claim_id,)) if event else Held()
        outcome.items.append(
            QuarantineItem(
                item_id=caused_event_id(context.cause, "quarantine", f"CLP{index}"),
                practice_id=event.practice_id if event else NOBODY,
                payer_id=context.payer_id,
                kind="adjudication",
                subject=claim_id,
                reason=findings[0].rule,
                findings=tuple(findings),
                held=held,
                file_sha256=context.file_sha256,
            )
        )

    return set_aside


def _match(
    claim: RemittanceClaim, context: RemittanceContext
) -> tuple[ClaimRecord | None, KeptFinding | None]:
    """The claim that CLP01 names, within the practice that is paid."""
    found = list(context.claims.get(claim.claim_id, ()))
    if not found:
        return None, KeptFinding(
            "remittance.claim-unknown",
            "nobody here sent a claim with this CLP01: find out whose it is, then release",
            "2100",
            claim.position,
            "CLP01",
        )
    if context.practices:
        found = [record for record in found if record.practice_id in context.practices]
    if len(found) != 1:
        return None, KeptFinding(
            "remittance.practice-mismatch",
            "the claim is not one of the practice that is paid: ask the payer",
            "2100",
            claim.position,
            "CLP01",
        )
    return found[0], None


def _payee(of_claims: frozenset[str], context: RemittanceContext) -> str | None:
    """The practice that is paid: by NPI, else by its claims when they agree."""
    by_npi = [practice for practice in context.practices if practice in of_claims]
    if by_npi:
        return by_npi[0]
    if len(context.practices) == 1:
        return context.practices[0]
    if not context.practices and len(of_claims) == 1:
        return next(iter(of_claims))
    return None


def _received(
    remittance: Remittance,
    paid_on: date,
    practice_id: str,
    sums: PaymentSums,
    context: RemittanceContext,
) -> RemittanceReceived | KeptFinding:
    try:
        return RemittanceReceived(
            practice_id=practice_id,
            remittance_id=remittance_id(remittance_key(remittance)),
            payer_id=context.payer_id,
            trace_number=remittance.trace_number,
            paid_on=paid_on,
            payment_cents=remittance.payment_cents,
            claims_paid_cents=sums.paid_cents,
            claim_count=sums.claims,
            provider_adjustments=tuple(
                ProviderAdjustment(
                    reason=each.reason, reference=each.reference, amount_cents=each.amount_cents
                )
                for each in remittance.provider_adjustments
            ),
            received_at=context.received_at,
        )
    except ValidationError as error:
        return _not_expressible(error, "BPR")


def _loaded(
    remittance: Remittance, received: RemittanceReceived, set_aside: int, payer_id: str
) -> LoadedRemittance:
    return LoadedRemittance(
        key=remittance_key(remittance),
        remittance_id=received.remittance_id,
        practice_id=received.practice_id,
        payer_id=payer_id,
        claims_paid_cents=received.claims_paid_cents,
        provider_adjustment_cents=sum(a.amount_cents for a in received.provider_adjustments),
        claim_count=received.claim_count,
        quarantined_claims=set_aside,
    )


def _adjudicated(  # noqa: PLR0917
    claim: RemittanceClaim,
    sequence: int,
    record: ClaimRecord | None,
    remittance: Remittance,
    payment: str,
    context: RemittanceContext,
) -> ClaimAdjudicated | KeptFinding:
    crossover = claim.party("TT")
    share = claim.patient_responsibility_cents
    if share is None:
        share = _patient_share(claim)
    try:
        # From plain values, so that the whole event is checked at once.
        return ClaimAdjudicated.model_validate(
            {
                "practice_id": record.practice_id if record else NOBODY,
                "encounter_id": record.encounter_id if record else NOBODY,
                "claim_id": claim.claim_id,
                "payer_id": context.payer_id,
                "remittance_id": payment,
                "trace_number": remittance.trace_number,
                "sequence": sequence,
                "paid_on": remittance.payment_date or context.received_at.date(),
                "claim_status_code": claim.status,
                "payer_control_number": claim.payer_claim_number,
                "charge_cents": claim.charge_cents,
                "paid_cents": claim.paid_cents,
                "patient_responsibility_cents": share,
                "adjustments": _adjustments(claim.adjustments),
                "lines": [_line(service) for service in claim.services],
                "remark_codes": claim.remark_codes,
                "crossover_payer_id": _payer_id(crossover.identifier, context) if crossover else "",
                "received_at": context.received_at,
            }
        )
    except ValidationError as error:
        return _not_expressible(error, "2100")


def _payer_id(x12_payer_id: str, context: RemittanceContext) -> str:
    """Our id of a payer; as sent where no partner has that id."""
    return context.payers.get(x12_payer_id, x12_payer_id)


def _not_expressible(error: ValidationError, path: str) -> KeptFinding:
    where = sorted(
        {
            ".".join(str(part) for part in item["loc"])
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        }
    )
    return KeptFinding(
        "remittance.not-usable", f"the contract cannot carry {', '.join(where)}", path
    )


def _patient_share(claim: RemittanceClaim) -> int:
    every = [*claim.adjustments, *(a for s in claim.services for a in s.adjustments)]
    return sum(a.amount_cents for a in every if a.group == "PR")


def _line(service: ServicePayment) -> dict[str, object]:
    """An ``AdjudicatedLine`` as plain values."""
    sent = service.submitted_procedure
    return {
        "line": _line_number(service.line_control_number),
        "code": service.procedure.code,
        "submitted_code": sent.code if sent else "",
        "modifiers": [m for m in service.procedure.modifiers if len(m) == 2],
        "units": _whole(service.units) or 1,
        "charge_cents": service.charge_cents,
        "paid_cents": service.paid_cents,
        "allowed_cents": service.allowed_cents,
        "adjustments": _adjustments(service.adjustments),
        "remark_codes": [code for _, code in service.remark_codes],
    }


def _line_number(control_number: str) -> int | None:
    """REF*6R as we sent it; another's number, or none, is no line of ours."""
    if not (control_number.isascii() and control_number.isdigit()) or len(control_number) > 2:
        return None
    number = int(control_number)
    return number if 1 <= number <= _MOST_LINES else None


def _adjustments(
    adjustments: Sequence[x12_adjustment.Adjustment],
) -> list[dict[str, object]]:
    """``Adjustment`` values of the contract as plain values."""
    return [
        {
            "group": each.group,
            "reason": each.reason,
            "amount_cents": each.amount_cents,
            "quantity": _whole(each.quantity),
        }
        for each in adjustments
    ]


def _whole(quantity: Decimal | None) -> int | None:
    if quantity is None:
        return None
    whole = int(quantity)
    return whole if whole == quantity else None


def with_claim(event: ClaimAdjudicated, record: ClaimRecord) -> ClaimAdjudicated:
    """The event of a claim that was not known when it was held."""
    return event.model_copy(
        update={"practice_id": record.practice_id, "encounter_id": record.encounter_id}
    )

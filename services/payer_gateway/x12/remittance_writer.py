"""Writes remittances as 835 transaction sets (005010X221A1)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.payer_gateway.x12.adjustment import write_adjustments
from services.payer_gateway.x12.amounts import format_cents, format_quantity
from services.payer_gateway.x12.dates import QualifiedDate, format_date
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.parties import (
    Reference,
    write_address,
    write_contact,
    write_name,
    write_reference,
)
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.remittance import (
    GUIDE,
    BankAccount,
    Payee,
    Payer,
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
    ServicePayment,
)
from services.payer_gateway.x12.segments import Element

_Segments = list[tuple[Element, ...]]
_PAIRS_PER_PLB = 6


def write_835(envelope: Envelope, remittances: Iterable[Remittance]) -> bytes:
    """One interchange with one 835 transaction set for each remittance.

    What is given is written; ``balance.check`` is the caller's to ask. Raises WriteError where a
    value holds a delimiter.
    """
    bodies = (remittance_segments(remittance) for remittance in remittances)
    return write_interchange(envelope, "835", GUIDE, bodies, has_guide_in_st=False)


def remittance_segments(remittance: Remittance) -> _Segments:
    """The segments between ST and SE."""
    segments: _Segments = [
        (
            "BPR",
            remittance.handling,
            format_cents(remittance.payment_cents),
            remittance.credit_debit,
            remittance.method,
            remittance.payment_format,
            *_account(remittance.payer_account),
            remittance.originator_id,
            remittance.originator_supplement,
            *_account(remittance.payee_account),
            format_date(remittance.payment_date) if remittance.payment_date else "",
        ),
        (
            "TRN",
            "1",
            remittance.trace_number,
            remittance.payer_id,
            remittance.trace_supplement,
        ),
    ]
    if remittance.currency:
        segments.append(remittance.currency)
    segments += _references(remittance.references)
    if remittance.production_date:
        segments.append(("DTM", "405", format_date(remittance.production_date)))
    segments += _payer(remittance.payer)
    segments += _payee(remittance.payee)
    segments += _detail(remittance)
    segments += _provider_adjustments(remittance.provider_adjustments)
    return segments


def _account(account: BankAccount) -> tuple[str, str, str, str]:
    return (
        account.routing_qualifier,
        account.routing_number,
        account.account_qualifier,
        account.account_number,
    )


def _references(references: Sequence[Reference]) -> _Segments:
    return [write_reference(reference) for reference in references]


def _payer(payer: Payer) -> _Segments:
    return [
        ("N1", "PR", payer.name, payer.identifier_qualifier, payer.identifier),
        *write_address(payer.address),
        *_references(payer.references),
        *map(write_contact, payer.contacts),
    ]


def _payee(payee: Payee) -> _Segments:
    return [
        ("N1", "PE", payee.name, payee.identifier_qualifier, payee.identifier),
        *write_address(payee.address),
        *_references(payee.references),
        *([payee.delivery] if payee.delivery else []),
    ]


def _detail(remittance: Remittance) -> _Segments:
    segments: _Segments = []
    summaries: dict[str, _Segments] = {}
    for number, summary in remittance.summaries:
        summaries.setdefault(number, []).append(summary)
    paid = {claim.group_number for claim in remittance.claims}
    group: str | None = None
    for claim in remittance.claims:
        if claim.group_number != group:
            group = claim.group_number
            if group in summaries:
                segments += _alone(summaries, paid, group)
            segments.append(("LX", group))
            segments += summaries.pop(group, [])
        segments += claim_segments(claim)
    return [*segments, *_alone(summaries, paid, "")]


def _alone(summaries: dict[str, _Segments], paid: set[str], before: str) -> _Segments:
    """The groups without claims that stand before that group, taken out."""
    segments: _Segments = []
    for number in list(summaries):
        if number == before:
            break
        if number not in paid:
            segments += [("LX", number), *summaries.pop(number)]
    return segments


def claim_segments(claim: RemittanceClaim) -> _Segments:
    """The segments of one claim, CLP first, with its service lines."""
    responsibility = claim.patient_responsibility_cents
    segments: _Segments = [
        (
            "CLP",
            claim.claim_id,
            claim.status,
            format_cents(claim.charge_cents),
            format_cents(claim.paid_cents),
            "" if responsibility is None else format_cents(responsibility),
            claim.filing_indicator,
            claim.payer_claim_number,
            claim.facility_code,
            claim.frequency,
            "",
            *claim.drg,
        )
    ]
    segments += write_adjustments(claim.adjustments)
    segments += [
        write_name(party.role, party.name, party.identifier_qualifier, party.identifier)
        for party in claim.parties
    ]
    segments += claim.adjudication
    segments += _references(claim.references)
    segments += _dates(claim.dates)
    segments += map(write_contact, claim.contacts)
    segments += _amounts(claim.amounts)
    segments += _quantities(claim.quantities)
    for service in claim.services:
        segments += _service(service)
    return segments


def _service(service: ServicePayment) -> _Segments:
    submitted = service.submitted_procedure
    segments: _Segments = [
        (
            "SVC",
            write_procedure(service.procedure),
            format_cents(service.charge_cents),
            format_cents(service.paid_cents),
            service.revenue_code,
            _units(service.units),
            write_procedure(submitted) if submitted else "",
            _units(service.submitted_units),
        )
    ]
    segments += _dates(service.dates)
    segments += write_adjustments(service.adjustments)
    segments += _references(service.references)
    segments += _amounts(service.amounts)
    segments += _quantities(service.quantities)
    segments += [("LQ", code_list, code) for code_list, code in service.remark_codes]
    return segments


def _units(units: Decimal | None) -> str:
    return "" if units is None else format_quantity(units)


def _dates(dates: Sequence[QualifiedDate]) -> _Segments:
    return [("DTM", date.qualifier, format_date(date.first)) for date in dates]


def _amounts(amounts: Sequence[tuple[str, int]]) -> _Segments:
    return [("AMT", qualifier, format_cents(cents)) for qualifier, cents in amounts]


def _quantities(quantities: Sequence[tuple[str, Decimal]]) -> _Segments:
    return [("QTY", qualifier, format_quantity(units)) for qualifier, units in quantities]


def _provider_adjustments(adjustments: Sequence[ProviderAdjustment]) -> _Segments:
    """PLB: up to six pairs share a segment where provider and fiscal year are the same."""
    segments: _Segments = []
    open_key: tuple[str, str] | None = None
    pairs: list[Element] = []
    for adjustment in adjustments:
        year_end = adjustment.fiscal_year_end
        key = (adjustment.provider_id, format_date(year_end) if year_end else "")
        if key != open_key or len(pairs) >= 2 * _PAIRS_PER_PLB:
            if open_key:
                segments.append(("PLB", *open_key, *pairs))
            open_key, pairs = key, []
        identifier = (adjustment.reason, adjustment.reference)
        pairs += [identifier, format_cents(adjustment.amount_cents)]
    if open_key:
        segments.append(("PLB", *open_key, *pairs))
    return segments

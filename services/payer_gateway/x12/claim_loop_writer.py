"""Writes the claim loops of an 837P: 2300, 2310, 2320 to 2330, 2400 to 2430.

What an institutional claim has in common with it is here too.

The order of segments is the guide's (005010X222A1 section 3.1): within a loop by segment id, and
within a segment id by qualifier.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from services.payer_gateway.x12.adjustment import write_adjustments
from services.payer_gateway.x12.amounts import format_cents, format_quantity
from services.payer_gateway.x12.dates import QualifiedDate, format_date, format_period
from services.payer_gateway.x12.parties import (
    Party,
    write_address,
    write_name,
    write_party,
    write_reference,
)
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.professional_claim import (
    Claim,
    Drug,
    LineAdjudication,
    OtherPayer,
    ServiceLine,
)
from services.payer_gateway.x12.segments import Element, FreeSegment

_Segments = list[tuple[Element, ...]]


def places(*names: str) -> Mapping[str, int]:
    """The place of each name, from 0."""
    return {name: place for place, name in enumerate(names)}


CLAIM_ORDER = places(
    *("DTP", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CRC", "HI", "HCP")
)
LINE_ORDER = places(
    *("SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF", "AMT", "K3", "NTE"),
    *("PS1", "HCP", "LQ", "FRM"),
)
CLAIM_PARTIES = places("DN", "P3", "82", "77", "DQ", "PW", "45")
OTHER_PAYER_PARTIES = places("DN", "P3", "82", "77", "DQ", "85")
LINE_PARTIES = places("82", "QB", "77", "DQ", "DK", "DN", "P3", "PW", "45")
_FORMS = frozenset({"LQ", "FRM"})
_DIAGNOSES_PER_SEGMENT = 12


def in_order(segments: Sequence[FreeSegment], order: Mapping[str, int]) -> _Segments:
    """Sorted by place of the segment id in the loop; equal ids keep their order.

    The segments that the value types model are put in that order already.
    """
    if len(segments) < 2:
        return list(segments)
    return sorted(segments, key=lambda segment: order.get(str(segment[0]), len(order)))


def parties_in_order(parties: Sequence[Party], order: Mapping[str, int]) -> tuple[Party, ...]:
    """By place of the role among the loops; equal roles keep their order."""
    if len(parties) < 2:
        return tuple(parties)
    return tuple(sorted(parties, key=lambda party: order.get(party.role, len(order))))


def party_segments(parties: Sequence[Party], order: Mapping[str, int]) -> _Segments:
    """NM1 loops in the order of their roles."""
    if not parties:
        return []
    return [
        segment
        for party in parties_in_order(parties, order)
        for segment in write_party(party, provider_code="AT" if party.role == "71" else "PE")
    ]


@lru_cache(maxsize=1024)
def format_units(units: Decimal) -> str:
    """``format_quantity``, remembered."""
    return format_quantity(units)


def date_segments(dates: Sequence[QualifiedDate]) -> _Segments:
    """A DTP each."""
    return [("DTP", d.qualifier, *format_period(d.first, d.last)) for d in dates]


def amount_segments(amounts: Sequence[tuple[str, int]]) -> _Segments:
    """An AMT for each qualifier and amount in cents."""
    return [("AMT", qualifier, format_cents(cents)) for qualifier, cents in amounts]


def _optional_amount(qualifier: str, cents: int | None) -> _Segments:
    return [] if cents is None else [("AMT", qualifier, format_cents(cents))]


def claim_segments(claim: Claim) -> _Segments:
    """The segments of one claim, CLM first, with its other payers and service lines."""
    causes = claim.related_causes
    related: Element = ""
    if causes:
        padded = (*causes.causes, "", "", "")[:3]
        related = (*padded, causes.state, causes.country)
    clm: tuple[Element, ...] = (
        "CLM",
        claim.claim_id,
        format_cents(claim.total_charge_cents),
        "",
        "",
        (claim.place_of_service, claim.facility_qualifier, claim.frequency),
        claim.signature,
        claim.assignment,
        claim.benefits_assigned,
        claim.release_of_information,
        claim.patient_signature,
        related,
        claim.special_program,
        *[""] * 7,
        claim.delay_reason,
    )
    body: _Segments = date_segments(claim.dates)
    body += amount_segments(claim.amounts)
    body += map(write_reference, claim.references)
    body += [("NTE", code, text) for code, text in claim.notes]
    body += _diagnoses(claim)
    body += claim.extra
    segments = [clm, *(in_order(body, CLAIM_ORDER) if claim.extra else body)]
    segments += party_segments(claim.parties, CLAIM_PARTIES)
    for other_payer in claim.other_payers:
        segments += other_payer_segments(other_payer)
    for number, line in enumerate(claim.lines, 1):
        segments += _line(number, line)
    return segments


def _diagnoses(claim: Claim) -> _Segments:
    rest = iter(claim.diagnoses)
    segments: _Segments = []
    while batch := list(islice(rest, _DIAGNOSES_PER_SEGMENT)):
        segments.append(("HI", *((d.qualifier, d.code) for d in batch)))
    return segments


def other_payer_segments(
    other: OtherPayer, order: Mapping[str, int] = OTHER_PAYER_PARTIES
) -> _Segments:
    """Loops 2320 and 2330, the other payer's providers in the order of their roles."""
    segments: _Segments = [
        (
            "SBR",
            other.payer_sequence,
            other.relationship,
            other.group_number,
            other.group_name,
            other.insurance_type,
            "",
            "",
            "",
            other.filing_indicator,
        )
    ]
    segments += write_adjustments(other.adjustments)
    segments += _optional_amount("D", other.paid_cents)
    segments += _optional_amount("A8", other.non_covered_cents)
    segments += _optional_amount("EAF", other.patient_liability_cents)
    segments += amount_segments(other.amounts)
    segments.append(
        (
            "OI",
            "",
            "",
            other.benefits_assigned,
            other.patient_signature,
            "",
            other.release_of_information,
        )
    )
    if other.inpatient_adjudication:
        segments.append(other.inpatient_adjudication)
    if other.adjudication:
        segments.append(other.adjudication)
    segments.append(
        write_name("IL", other.subscriber_name, other.member_id_qualifier, other.member_id)
    )
    segments += write_address(other.subscriber_address)
    segments += map(write_reference, other.subscriber_references)
    payer_name = ("NM1", "PR", "2", other.payer_name, "", "", "", "")
    segments.append((*payer_name, other.payer_id_qualifier, other.payer_id))
    segments += write_address(other.payer_address)
    if other.paid_date:
        segments.append(("DTP", "573", "D8", format_date(other.paid_date)))
    segments += map(write_reference, other.payer_references)
    if other.claim_control_number:
        segments.append(("REF", "F8", other.claim_control_number))
    segments += party_segments(other.parties, order)
    return segments


def _line(number: int, line: ServiceLine) -> _Segments:
    sv1: tuple[Element, ...] = (
        "SV1",
        write_procedure(line.procedure),
        format_cents(line.charge_cents),
        line.unit,
        format_units(line.units),
        line.place_of_service,
        "",
        tuple(map(str, line.pointers)),
        "",
        line.emergency,
        "",
        line.epsdt,
        line.family_planning,
        "",
        "",
        line.copay_status,
    )
    body: _Segments = []
    if line.service_from:
        body.append(("DTP", "472", *format_period(line.service_from, line.service_to)))
    body += date_segments(line.dates)
    if line.control_number:
        body.append(("REF", "6R", line.control_number))
    body += map(write_reference, line.references)
    body += amount_segments(line.amounts)
    body += [("NTE", code, text) for code, text in line.notes]
    if line.extra:
        body += (segment for segment in line.extra if segment[0] not in _FORMS)
        body = in_order(body, LINE_ORDER)
    segments: _Segments = [("LX", str(number)), sv1, *body]
    if line.drug:
        segments += drug_segments(line.drug)
    segments += party_segments(line.parties, LINE_PARTIES)
    for adjudication in line.adjudications:
        segments += adjudication_segments(adjudication)
    segments += (segment for segment in line.extra if segment[0] in _FORMS)
    return segments


def drug_segments(drug: Drug) -> _Segments:
    """Loop 2410."""
    segments: _Segments = [("LIN", "", drug.qualifier, drug.ndc)]
    if drug.quantity is not None or drug.unit:
        quantity = "" if drug.quantity is None else format_units(drug.quantity)
        segments.append(("CTP", "", "", "", quantity, (drug.unit,)))
    segments += map(write_reference, drug.references)
    return segments


def adjudication_segments(adjudication: LineAdjudication) -> _Segments:
    """Loop 2430."""
    segments: _Segments = [
        (
            "SVD",
            adjudication.payer_id,
            format_cents(adjudication.paid_cents),
            write_procedure(adjudication.procedure),
            adjudication.revenue_code,
            format_units(adjudication.units),
            adjudication.bundled_line,
        )
    ]
    segments += write_adjustments(adjudication.adjustments)
    if adjudication.paid_date:
        segments.append(("DTP", "573", "D8", format_date(adjudication.paid_date)))
    segments += _optional_amount("EAF", adjudication.patient_liability_cents)
    return segments

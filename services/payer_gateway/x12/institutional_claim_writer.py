"""Writes claims as an 837I transaction set (005010X223A2).

The order of segments is the guide's (section 3.1): within a loop by segment id, and within a
segment id by qualifier.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby, islice

from services.payer_gateway.x12.amounts import format_cents
from services.payer_gateway.x12.claim_loop_writer import (
    adjudication_segments,
    amount_segments,
    date_segments,
    drug_segments,
    format_units,
    in_order,
    other_payer_segments,
    party_segments,
    places,
)
from services.payer_gateway.x12.dates import format_date, format_period
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.institutional_claim import (
    GUIDE,
    InpatientProcedure,
    InstitutionalClaim,
    InstitutionalDiagnosis,
    InstitutionalLine,
)
from services.payer_gateway.x12.parties import write_reference
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.professional_claim import BatchHeader
from services.payer_gateway.x12.professional_claim_writer import (
    ClaimText,
    text_of,
    write_claim_texts,
)
from services.payer_gateway.x12.segments import Element

_Segments = list[tuple[Element, ...]]

CLAIM_ORDER = places("DTP", "CL1", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CRC", "HI", "HCP")
LINE_ORDER = places("PWK", "DTP", "REF", "AMT", "NTE", "HCP")
CLAIM_PARTIES = places("71", "72", "ZZ", "82", "77", "DN")
OTHER_PAYER_PARTIES = places("71", "72", "ZZ", "77", "82", "DN", "85")
LINE_PARTIES = places("72", "ZZ", "82", "DN")
COMPOSITES_PER_SEGMENT = 12
"""C022 composites in one HI; the principal ones stand alone, visit reasons by three."""

_USUAL = Delimiters()
_PER_KIND = {"principal": 1, "admitting": 1, "visit reason": 3}


def institutional_claim_text(
    claim: InstitutionalClaim, delimiters: Delimiters | None = None
) -> ClaimText:
    """The claim as text; raises WriteError where a value holds a delimiter or control character.

    What is given is written: ask ``institutional_validate`` first.
    """
    return text_of(claim, institutional_segments(claim), delimiters or _USUAL)


def write_837i(
    envelope: Envelope, header: BatchHeader, claims: Sequence[InstitutionalClaim]
) -> bytes:
    """One interchange with one 837I transaction set of all the claims.

    What is given is written: ask ``institutional_validate`` first. Raises WriteError where a value
    holds a delimiter or a control character, ValueError where there is no claim.
    """
    texts = [institutional_claim_text(claim, envelope.delimiters) for claim in claims]
    return write_claim_texts(envelope, header, texts, GUIDE)


def institutional_segments(claim: InstitutionalClaim) -> _Segments:
    """The segments of one claim, CLM first, with its other payers and service lines."""
    clm: tuple[Element, ...] = (
        "CLM",
        claim.claim_id,
        format_cents(claim.total_charge_cents),
        "",
        "",
        (claim.facility_code, claim.facility_qualifier, claim.frequency),
        claim.signature,
        claim.assignment,
        claim.benefits_assigned,
        claim.release_of_information,
        *[""] * 10,
        claim.delay_reason,
    )
    body = _dates(claim)
    body.append(("CL1", claim.admission_type, claim.admission_source, claim.patient_status))
    body += amount_segments(claim.amounts)
    body += map(write_reference, claim.references)
    body += [("NTE", code, text) for code, text in claim.notes]
    body += _health_information(claim)
    body += claim.extra
    segments = [clm, *(in_order(body, CLAIM_ORDER) if claim.extra else body)]
    segments += party_segments(claim.parties, CLAIM_PARTIES)
    for other_payer in claim.other_payers:
        segments += other_payer_segments(other_payer, OTHER_PAYER_PARTIES)
    for number, line in enumerate(claim.lines, 1):
        segments += _line(number, line)
    return segments


def _dates(claim: InstitutionalClaim) -> _Segments:
    segments: _Segments = []
    if claim.discharge_time:
        segments.append(("DTP", "096", "TM", f"{claim.discharge_time:%H%M}"))
    if claim.statement_from:
        period = format_period(claim.statement_from, claim.statement_to)
        segments.append(("DTP", "434", *period))
    if claim.admission_date:
        day = format_date(claim.admission_date)
        moment = claim.admission_time
        form, text = ("DT", f"{day}{moment:%H%M}") if moment else ("D8", day)
        segments.append(("DTP", "435", form, text))
    return segments + date_segments(claim.dates)


def _health_information(claim: InstitutionalClaim) -> _Segments:
    """The HI segments in the order of the guide."""
    segments: _Segments = []
    diagnoses = groupby(claim.diagnoses, key=lambda each: each.kind)
    of_kind = {kind: [_diagnosis(each) for each in members] for kind, members in diagnoses}
    for kind in ("principal", "admitting", "visit reason", "external cause"):
        segments += _hi(of_kind.get(kind, ()), _PER_KIND.get(kind, COMPOSITES_PER_SEGMENT))
    if claim.drg:
        segments.append(("HI", ("DR", claim.drg)))
    segments += _hi(of_kind.get("other", ()))
    principal = [_procedure(each) for each in claim.procedures if each.is_principal]
    segments += _hi(principal, 1)
    segments += _hi([_procedure(each) for each in claim.procedures if not each.is_principal])
    segments += _hi([_dated("BI", s.code, s.first, s.last) for s in claim.occurrence_spans])
    segments += _hi([_dated("BH", each.code, each.day) for each in claim.occurrences])
    segments += _hi(
        [("BE", v.code, "", "", format_cents(v.amount_cents)) for v in claim.value_amounts]
    )
    segments += _hi([("BG", code) for code in claim.conditions])
    segments += _hi([("TC", code) for code in claim.treatments])
    return segments


def _hi(
    composites: Iterable[tuple[str, ...]], per_segment: int = COMPOSITES_PER_SEGMENT
) -> _Segments:
    rest = iter(composites)
    segments: _Segments = []
    while batch := list(islice(rest, per_segment)):
        segments.append(("HI", *batch))
    return segments


def _diagnosis(diagnosis: InstitutionalDiagnosis) -> tuple[str, ...]:
    present = diagnosis.present_on_admission
    if not present:
        return (diagnosis.qualifier, diagnosis.code)
    return (diagnosis.qualifier, diagnosis.code, *[""] * 6, present)


def _procedure(procedure: InpatientProcedure) -> tuple[str, ...]:
    return _dated(procedure.qualifier, procedure.code, procedure.performed)


def _dated(
    qualifier: str, code: str, first: date | None, last: date | None = None
) -> tuple[str, ...]:
    if first is None:
        return (qualifier, code)
    return (qualifier, code, *format_period(first, last))


def _line(number: int, line: InstitutionalLine) -> _Segments:
    covered = line.non_covered_cents
    sv2: tuple[Element, ...] = (
        "SV2",
        line.revenue_code,
        write_procedure(line.procedure) if line.procedure else "",
        format_cents(line.charge_cents),
        line.unit,
        format_units(line.units),
        "",
        "" if covered is None else format_cents(covered),
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
        body = in_order([*body, *line.extra], LINE_ORDER)
    segments: _Segments = [("LX", str(number)), sv2, *body]
    if line.drug:
        segments += drug_segments(line.drug)
    segments += party_segments(line.parties, LINE_PARTIES)
    for adjudication in line.adjudications:
        segments += adjudication_segments(adjudication)
    return segments

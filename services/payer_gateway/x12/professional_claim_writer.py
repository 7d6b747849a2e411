"""Writes claims as an 837P transaction set (005010X222A1): the header and the hierarchy.

Claims are grouped by billing provider, then by subscriber and payer, then by patient, in order of
first appearance, so that each party is named once.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from services.payer_gateway.x12.claim_loop_writer import claim_segments
from services.payer_gateway.x12.dates import format_date, format_time
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.parties import (
    Address,
    Contact,
    Reference,
    write_address,
    write_contact,
    write_name,
    write_reference,
)
from services.payer_gateway.x12.professional_claim import (
    GUIDE,
    BatchHeader,
    BillingProvider,
    Claim,
    Patient,
    PayerName,
    Subscriber,
)
from services.payer_gateway.x12.segments import Element

CLAIMS_PER_LEVEL = 100
"""Loop 2300 repeats at most 100 times in one subscriber or patient level."""

_Segments = list[tuple[Element, ...]]
_CoverageKey = tuple[Subscriber, PayerName, bool]
_Key = TypeVar("_Key")


def write_837p(envelope: Envelope, header: BatchHeader, claims: Sequence[Claim]) -> bytes:
    """One interchange with one 837P transaction set of all the claims.

    The guide recommends 5000 claims a transaction set at most; the caller divides. What is given
    is written: ask ``validate`` first. Raises WriteError where a value holds a delimiter or a
    control character, ValueError where there is no claim.
    """
    if not claims:
        raise ValueError("a transaction set needs a claim")
    return write_interchange(envelope, "837", GUIDE, [batch_segments(header, claims, envelope)])


def batch_segments(header: BatchHeader, claims: Sequence[Claim], envelope: Envelope) -> _Segments:
    """The segments between ST and SE; date and time of BHT are the envelope's where not given."""
    submitter = header.submitter
    segments: _Segments = [
        (
            "BHT",
            "0019",
            header.purpose,
            header.batch_id,
            format_date(header.created or envelope.created),
            format_time(header.created_at or envelope.created_at),
            header.kind,
        ),
        write_name("41", submitter.name, "46", submitter.identifier),
        *map(write_contact, submitter.contacts),
        ("NM1", "40", "2", header.receiver_name, "", "", "", "", "46", header.receiver_id),
    ]
    levels = _Levels(segments)
    for billing_provider, of_provider in _grouped(claims, _billing_key):
        parent = levels.open("", "20", has_children=True)
        segments += _billing_provider(billing_provider)
        for (subscriber, payer, is_patient), of_subscriber in _grouped(of_provider, _coverage_key):
            if is_patient:
                for batch in _in_batches(of_subscriber):
                    levels.open(parent, "22", has_children=False)
                    segments += _subscriber(subscriber, payer, is_patient=True)
                    segments += _claims(batch)
                continue
            own = levels.open(parent, "22", has_children=True)
            segments += _subscriber(subscriber, payer, is_patient=False)
            for patient, of_patient in _grouped(of_subscriber, _patient_key):
                for batch in _in_batches(of_patient):
                    levels.open(own, "23", has_children=False)
                    segments += _patient(patient)
                    segments += _claims(batch)
    return segments


def sole_claim_segments(claim: Claim) -> _Segments:
    """The segments of one claim with its parties and without envelope and levels."""
    is_patient = claim.patient is None
    return [
        *_billing_provider(claim.billing_provider),
        *_subscriber(claim.subscriber, claim.payer, is_patient=is_patient),
        *(_patient(claim.patient) if claim.patient else []),
        *claim_segments(claim),
    ]


class _Levels:
    """The hierarchical levels (HL), numbered from 1."""

    def __init__(self, segments: _Segments) -> None:
        self.segments = segments
        self.count = 0

    def open(self, parent: str, level: str, *, has_children: bool) -> str:
        self.count += 1
        number = str(self.count)
        self.segments.append(("HL", number, parent, level, "1" if has_children else "0"))
        return number


def _grouped(
    claims: Iterable[Claim], key: Callable[[Claim], _Key]
) -> Iterable[tuple[_Key, list[Claim]]]:
    """The claims by key, keys in order of first appearance."""
    groups: dict[_Key, list[Claim]] = {}
    for claim in claims:
        groups.setdefault(key(claim), []).append(claim)
    return groups.items()


def _billing_key(claim: Claim) -> BillingProvider:
    return claim.billing_provider


def _coverage_key(claim: Claim) -> _CoverageKey:
    return claim.subscriber, claim.payer, claim.patient is None


def _patient_key(claim: Claim) -> Patient:
    if claim.patient is None:
        raise ValueError("a dependent level needs a patient")
    return claim.patient


def _in_batches(claims: list[Claim]) -> Iterable[list[Claim]]:
    starts = range(0, len(claims), CLAIMS_PER_LEVEL)
    return (claims[start : start + CLAIMS_PER_LEVEL] for start in starts)


def _claims(claims: Iterable[Claim]) -> _Segments:
    return [segment for claim in claims for segment in claim_segments(claim)]


def _billing_provider(provider: BillingProvider) -> _Segments:
    segments: _Segments = []
    if provider.taxonomy:
        segments.append(("PRV", "BI", "PXC", provider.taxonomy))
    segments += (s for s in provider.extra if s[0] == "CUR")
    segments.append(write_name("85", provider.name, "XX", provider.npi))
    segments += write_address(provider.address)
    if provider.tax_id:
        segments.append(("REF", provider.tax_id_qualifier, provider.tax_id))
    segments += map(write_reference, provider.references)
    segments += map(write_contact, provider.contacts)
    if provider.pay_to_address:
        segments.append(("NM1", "87", provider.pay_to_entity))
        segments += write_address(provider.pay_to_address)
    segments += (s for s in provider.extra if s[0] != "CUR")
    return segments


def _subscriber(subscriber: Subscriber, payer: PayerName, *, is_patient: bool) -> _Segments:
    segments: _Segments = [
        (
            "SBR",
            subscriber.payer_sequence,
            "18" if is_patient else "",
            subscriber.group_number,
            subscriber.group_name,
            subscriber.insurance_type,
            "",
            "",
            "",
            subscriber.filing_indicator,
        )
    ]
    if subscriber.patient_information:
        segments.append(subscriber.patient_information)
    segments.append(
        write_name("IL", subscriber.name, subscriber.member_id_qualifier, subscriber.member_id)
    )
    segments += _person(
        subscriber.address,
        subscriber.birth_date,
        subscriber.sex,
        subscriber.references,
        subscriber.contacts,
    )
    payer_name = ("NM1", "PR", "2", payer.name, "", "", "", "")
    segments.append((*payer_name, payer.identifier_qualifier, payer.identifier))
    segments += write_address(payer.address)
    segments += map(write_reference, payer.references)
    return segments


def _patient(patient: Patient) -> _Segments:
    information: tuple[Element, ...] = ("PAT", patient.relationship)
    if patient.patient_information:
        information = (*information, *patient.patient_information[2:])
    return [
        information,
        write_name("QC", patient.name),
        *_person(
            patient.address, patient.birth_date, patient.sex, patient.references, patient.contacts
        ),
    ]


def _person(
    address: Address | None,
    birth_date: date | None,
    sex: str,
    references: Sequence[Reference],
    contacts: Sequence[Contact],
) -> _Segments:
    segments = write_address(address)
    if birth_date or sex:
        segments.append(("DMG", "D8", format_date(birth_date) if birth_date else "", sex))
    segments += map(write_reference, references)
    segments += map(write_contact, contacts)
    return segments

"""Writes claims as an 837P transaction set (005010X222A1): the header and the hierarchy.

Claims are grouped by billing provider, then by subscriber and payer, then by patient, in order of
first appearance, so that each party is named once. A claim can be written into text at one time and
put into its file at another: ``claim_text`` and ``write_claim_texts``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

from services.payer_gateway.x12.claim_loop_writer import claim_segments
from services.payer_gateway.x12.dates import format_date, format_time
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.interchange_writer import write_bodies
from services.payer_gateway.x12.maker import maker
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
from services.payer_gateway.x12.segments import Element, render

CLAIMS_PER_LEVEL = 100
"""Loop 2300 repeats at most 100 times in one subscriber or patient level."""

_Segments = list[tuple[Element, ...]]
_USUAL = Delimiters()


@dataclass(frozen=True, slots=True)
class ClaimText:
    """A claim under one set of delimiters, in the parts that claims of a file may share.

    billing_provider: 2000A without HL. subscriber: 2000B without HL, with 2010BB. patient: 2000C
    without HL, empty where the subscriber is the patient. claim: 2300 to 2440.
    """

    billing_provider: str
    subscriber: str
    patient: str
    claim: str


_claim_text = maker(ClaimText)


def claim_text(claim: Claim, delimiters: Delimiters | None = None) -> ClaimText:
    """The claim as text; raises WriteError where a value holds a delimiter or a control character.

    What is given is written: ask ``validate`` first.
    """
    return text_of(claim, claim_segments(claim), delimiters or _USUAL)


class Billed(Protocol):
    """What stands above a claim of either guide."""

    @property
    def billing_provider(self) -> BillingProvider: ...
    @property
    def subscriber(self) -> Subscriber: ...
    @property
    def payer(self) -> PayerName: ...
    @property
    def patient(self) -> Patient | None: ...


def text_of(
    claim: Billed, segments: Sequence[Sequence[Element]], delimiters: Delimiters
) -> ClaimText:
    """A claim of either guide as text; ``segments`` are those of the claim from CLM on."""
    patient = claim.patient
    return _claim_text(
        _billing_provider_text(claim.billing_provider, delimiters),
        render(_subscriber(claim.subscriber, claim.payer, is_patient=patient is None), delimiters),
        render(_patient(patient), delimiters) if patient else "",
        render(segments, delimiters),
    )


def write_837p(envelope: Envelope, header: BatchHeader, claims: Sequence[Claim]) -> bytes:
    """One interchange with one 837P transaction set of all the claims.

    The guide recommends 5000 claims a transaction set at most; the caller divides. What is given
    is written: ask ``validate`` first. Raises WriteError where a value holds a delimiter or a
    control character, ValueError where there is no claim.
    """
    texts = [claim_text(claim, envelope.delimiters) for claim in claims]
    return write_claim_texts(envelope, header, texts)


def write_claim_texts(
    envelope: Envelope, header: BatchHeader, claims: Sequence[ClaimText], guide: str = GUIDE
) -> bytes:
    """``write_837p`` of claims that were written before, under the envelope's own delimiters.

    ``guide`` is GS08 and ST03.

    Raises WriteError where the header holds a delimiter, ValueError where there is no claim.
    """
    if not claims:
        raise ValueError("a transaction set needs a claim")
    return write_bodies(envelope, "837", guide, [_body(envelope, header, claims)])


def _body(envelope: Envelope, header: BatchHeader, claims: Sequence[ClaimText]) -> str:
    """The text between ST and SE; date and time of BHT are the envelope's where not given."""
    levels = _Levels(envelope.delimiters)
    parts = [render(_header(envelope, header), envelope.delimiters)]
    for billing_provider, of_provider in _grouped(claims, _billing_key):
        parent = levels.count + 1
        parts += (levels.open("", "20", has_children=True), billing_provider)
        for subscriber, of_subscriber in _grouped(of_provider, _subscriber_key):
            if not of_subscriber[0].patient:
                for batch in _in_batches(of_subscriber):
                    parts += (levels.open(str(parent), "22", has_children=False), subscriber)
                    parts += [each.claim for each in batch]
                continue
            own = levels.count + 1
            parts += (levels.open(str(parent), "22", has_children=True), subscriber)
            for patient, of_patient in _grouped(of_subscriber, _patient_key):
                for batch in _in_batches(of_patient):
                    parts += (levels.open(str(own), "23", has_children=False), patient)
                    parts += [each.claim for each in batch]
    return "".join(parts)


def _header(envelope: Envelope, header: BatchHeader) -> _Segments:
    submitter = header.submitter
    return [
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


class _Levels:
    """The hierarchical levels (HL), numbered from 1."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.mark = delimiters.element
        self.end = delimiters.segment
        self.count = 0

    def open(self, parent: str, level: str, *, has_children: bool) -> str:
        """The HL segment of the next level."""
        self.count += 1
        elements = ("HL", str(self.count), parent, level, "1" if has_children else "0")
        return self.mark.join(elements) + self.end


def _grouped(
    claims: Iterable[ClaimText], key: Callable[[ClaimText], str]
) -> Iterable[tuple[str, list[ClaimText]]]:
    """The claims by key, keys in order of first appearance."""
    groups: dict[str, list[ClaimText]] = {}
    for claim in claims:
        groups.setdefault(key(claim), []).append(claim)
    return groups.items()


def _billing_key(claim: ClaimText) -> str:
    return claim.billing_provider


def _subscriber_key(claim: ClaimText) -> str:
    return claim.subscriber


def _patient_key(claim: ClaimText) -> str:
    return claim.patient


def _in_batches(claims: list[ClaimText]) -> Iterable[list[ClaimText]]:
    starts = range(0, len(claims), CLAIMS_PER_LEVEL)
    return (claims[start : start + CLAIMS_PER_LEVEL] for start in starts)


@lru_cache(maxsize=256)
def _billing_provider_text(provider: BillingProvider, delimiters: Delimiters) -> str:
    return render(_billing_provider(provider), delimiters)


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

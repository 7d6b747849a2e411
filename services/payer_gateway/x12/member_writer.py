"""Writes the persons and parties of eligibility and review inquiries (270, 271, 278)."""

from collections.abc import Iterable

from services.payer_gateway.x12.dates import QualifiedDate, format_date, format_period
from services.payer_gateway.x12.member import Member, Participant, Trace
from services.payer_gateway.x12.parties import (
    Party,
    write_address,
    write_contact,
    write_name,
    write_reference,
)
from services.payer_gateway.x12.segments import Element

_Segments = list[tuple[Element, ...]]


def trace_segment(trace: Trace) -> tuple[Element, ...]:
    """TRN."""
    return ("TRN", trace.kind, trace.number, trace.originator, trace.part)


def date_segments(dates: Iterable[QualifiedDate]) -> _Segments:
    """A DTP each."""
    return [("DTP", d.qualifier, *format_period(d.first, d.last)) for d in dates]


def party_segments(party: Party) -> _Segments:
    """NM1, REF, N3, N4 and PER of a party that asks or answers."""
    return [
        write_name(party.role, party.name, party.identifier_qualifier, party.identifier),
        *map(write_reference, party.references),
        *write_address(party.address),
        *map(write_contact, party.contacts),
    ]


def member_segments(
    member: Member, role: str, rejections: Iterable[tuple[Element, ...]] = ()
) -> _Segments:
    """Loops 2000C/2100C or 2000D/2100D without HL; ``rejections`` are AAA segments."""
    segments: _Segments = [trace_segment(trace) for trace in member.traces]
    qualifier = member.identifier_qualifier
    segments.append(write_name(role, member.name, qualifier, member.identifier))
    segments += map(write_reference, member.references)
    segments += write_address(member.address)
    segments += rejections
    segments += (segment for segment in member.extra if segment[0] == "PRV")
    if member.birth_date or member.sex:
        birth = format_date(member.birth_date) if member.birth_date else ""
        segments.append(("DMG", "D8" if birth else "", birth, member.sex))
    if member.insured:
        segments.append(member.insured)
    segments += (segment for segment in member.extra if segment[0] == "HI")
    segments += date_segments(member.dates)
    segments += (segment for segment in member.extra if segment[0] not in {"PRV", "HI"})
    return segments


def participant_segments(
    participant: Participant, rejections: Iterable[tuple[Element, ...]] = ()
) -> _Segments:
    """NM1 to PRV of who asks; ``rejections`` are AAA segments."""
    segments = [*party_segments(participant.party), *rejections]
    if participant.provider:
        segments.append(participant.provider)
    return segments

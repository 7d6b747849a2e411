"""What makes a trading partner's profile unusable, each as a sentence that says what to do."""

import re
from collections.abc import Iterator

from services.payer_gateway.domain.payer_rule import rule_problems
from services.payer_gateway.domain.trading_partner import (
    MOST_CLAIMS_A_FILE,
    PAPER,
    USUAL_DELIMITERS,
    X12,
    TradingPartner,
)
from services.payer_gateway.x12.codes import FILING_INDICATORS, STATES
from services.payer_gateway.x12.delimiters import DelimiterError, Delimiters

_QUALIFIERS = frozenset({"01", "14", "20", "27", "28", "29", "30", "33", "ZZ"})
"""ISA05 and ISA07 (data element I05)."""

_INSURANCE_TYPES = frozenset({"12", "13", "14", "15", "16", "41", "42", "43", "47"})
"""SBR05 (data element 1336, 005010X222A1 loop 2000B)."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
_TEXT = re.compile(r"[ -~]+")
_POSTAL_CODE = re.compile(r"\d{5}(?:\d{4})?", re.ASCII)

_MOST_ON_PAPER = 500

_AT_LEAST = {
    "batch_window_minutes": 0,
    "acknowledgement_hours": 0,
    "claim_acknowledgement_days": 0,
    "remittance_days": 0,
    "resends": 0,
    "inquiry_days": 1,
    "eligibility_hours": 0,
    "filing_days": 0,
    "filing_days_after_payer": 0,
    "correction_days": 0,
    "left_mils": 0,
    "top_mils": 0,
}
_AT_MOST = {
    "batch_window_minutes": 31 * 24 * 60,
    "acknowledgement_hours": 366 * 24,
    "claim_acknowledgement_days": 366,
    "remittance_days": 366,
    "resends": 10,
    "inquiry_days": 366,
    "eligibility_hours": 366 * 24,
    "filing_days": 3660,
    "filing_days_after_payer": 3660,
    "correction_days": 3660,
    "left_mils": 1000,
    "top_mils": 1000,
}


def partner_problems(partner: TradingPartner) -> list[str]:
    """Everything that is wrong with a profile; empty when it can be used."""
    return [
        *_identity(partner),
        *_x12(partner),
        *_numbers(partner),
        *_folders(partner),
        *(_paper(partner) if partner.is_paper else ()),
        *rule_problems(partner.rules),
    ]


def _identity(partner: TradingPartner) -> Iterator[str]:
    for field in ("payer_id", "name", "x12_payer_id", "receiver_id", "receiver_name", "connection"):
        if not getattr(partner, field).strip():
            yield f"{field} must not be empty"
    if partner.payer_id.strip() and not _ID.fullmatch(partner.payer_id):
        yield "payer_id must be letters, digits and . _ ~ -, at most 64, as coverage names it"
    for field in ("name", "receiver_name"):
        if not getattr(partner, field).isprintable():
            yield f"{field} must be one line, without tabs and other control characters"
    for field, most in (("receiver_id", 15), ("sender_id", 15), ("x12_payer_id", 80)):
        value = getattr(partner, field)
        if len(value) > most:
            where = "NM109 of 2010BB" if field == "x12_payer_id" else "ISA06 and ISA08"
            yield f"{field} must have at most {most} characters ({where})"
        if value and not _TEXT.fullmatch(value):
            yield f"{field} must be plain letters, digits and signs (ASCII)"
        if value != value.strip():
            yield f"{field} must not begin or end with a space"
        if set(value) & set(partner.delimiters + USUAL_DELIMITERS):
            yield f"{field} must hold none of the delimiters {partner.delimiters}"


def _x12(partner: TradingPartner) -> Iterator[str]:
    if partner.usage not in {"P", "T"}:
        yield "usage must be P (production) or T (test): ISA15"
    for field in ("receiver_qualifier", "sender_qualifier"):
        if getattr(partner, field) not in _QUALIFIERS:
            yield f"{field} must be one of {', '.join(sorted(_QUALIFIERS))} (ISA05, ISA07)"
    if partner.filing_indicator and partner.filing_indicator not in FILING_INDICATORS:
        known = ", ".join(sorted(FILING_INDICATORS))
        yield f"filing_indicator must be empty or one of {known} (SBR09)"
    if partner.insurance_type and partner.insurance_type not in _INSURANCE_TYPES:
        known = ", ".join(sorted(_INSURANCE_TYPES))
        yield f"insurance_type must be empty or one of {known} (SBR05)"
    if len(partner.delimiters) != len(USUAL_DELIMITERS):
        yield "delimiters must be four characters: element, repetition, component, segment"
        return
    try:
        Delimiters(*partner.delimiters)
    except DelimiterError as error:
        yield f"delimiters: {error}"


def _numbers(partner: TradingPartner) -> Iterator[str]:
    if not 1 <= partner.claims_per_file <= MOST_CLAIMS_A_FILE:
        yield f"claims_per_file must be 1 to {MOST_CLAIMS_A_FILE}, what the 837 guide recommends"
    for field, least in _AT_LEAST.items():
        value = getattr(partner, field)
        if value < least:
            yield f"{field} must not be negative" if least == 0 else f"{field} must be 1 or more"
        if value > _AT_MOST[field]:
            yield f"{field} must be {_AT_MOST[field]} or less"


def plain_folder(folder: str) -> str:
    """A folder of a connection as everybody may write it: ``./a//b/`` is ``a/b``."""
    root = "/" if folder.startswith("/") else ""
    return root + "/".join(part for part in folder.split("/") if part not in {"", "."})


def _folders(partner: TradingPartner) -> Iterator[str]:
    for field in ("outbound_folder", "inbound_folder"):
        folder = getattr(partner, field)
        if not folder.strip():
            if field == "outbound_folder" or not partner.is_paper:
                yield f"{field} must not be empty"
        elif "\\" in folder or ".." in folder.split("/") or not folder.isprintable():
            yield f"{field} must be a folder of the connection, its parts divided by /, without .."
    outbox, inbox = map(plain_folder, (partner.outbound_folder, partner.inbound_folder))
    if partner.inbound_folder and outbox == inbox:
        yield "inbound_folder must not be outbound_folder: what we send would be read as answers"
    if partner.transport not in {X12, PAPER}:
        yield f"transport must be {X12} or {PAPER}"


def _paper(partner: TradingPartner) -> Iterator[str]:
    if partner.claims_per_file > _MOST_ON_PAPER:
        yield f"claims_per_file must be {_MOST_ON_PAPER} or less for paper: what one person mails"
    address = partner.mailing_address
    if address is None:
        yield "mailing_address must be given for paper: line1, city, state and postal_code"
    else:
        if not address.line1.strip() or not address.city.strip():
            yield "mailing_address must have line1 and city"
        if address.state not in STATES:
            yield "mailing_address: state must be a postal abbreviation such as OH"
        if not _POSTAL_CODE.fullmatch(address.postal_code):
            yield "mailing_address: postal_code must be five or nine digits"
    for field in ("inquires", "checks_eligibility"):
        if getattr(partner, field):
            yield f"{field} must be false for paper: nobody can be asked by file"

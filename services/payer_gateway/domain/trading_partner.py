"""A trading partner: one payer, or a clearinghouse for it, as agreed with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from services.payer_gateway.x12.delimiters import DelimiterError, Delimiters

MOST_CLAIMS_A_FILE = 5_000
"""CLM segments in a transaction set (ST to SE), at most what 005010X222A1 recommends."""


USUAL_DELIMITERS = Delimiters().all


@dataclass(frozen=True, slots=True)
class TradingPartner:
    """What was agreed with a payer.

    payer_id: our id of the payer, as coverage and claims name it. x12_payer_id: NM109 of loop
    2010BB. receiver_id: ISA08 and GS03 of what we send, ISA06 of what comes back. sender_id:
    ISA06 of what we send; empty means the billing practice's NPI, so that each practice has its
    own numbering. batch_window: how long a claim may wait for company, on the clock. connection:
    name of the connection in the settings. outbound_folder, inbound_folder: where the partner
    takes and leaves files. insurance_type: SBR05 where Medicare is this payer and not primary.
    acknowledgement_hours, claim_acknowledgement_days, remittance_days: within what a TA1 or 999, a
    277CA and an 835 are expected after a file was sent; 0 where none is. resends: how often a file
    that nobody acknowledges is sent again before a person is told. inquires: whether a claim that
    is overdue is asked about (276) before a person is told. inquiry_days: after how many days a
    claim that the payer works on is asked about again, and how long the 835 of one that it has
    decided may take at least. checks_eligibility: whether a claim waits until the payer says (271)
    that its patient was covered, eligibility_hours at most. delimiters: those of elements,
    repetitions, components and segments, in this order. line_breaks: a line end after each segment.
    """

    payer_id: str
    name: str
    x12_payer_id: str
    receiver_id: str
    receiver_name: str
    connection: str
    outbound_folder: str
    inbound_folder: str
    receiver_qualifier: str = "ZZ"
    sender_qualifier: str = "ZZ"
    sender_id: str = ""
    filing_indicator: str = ""
    insurance_type: str = ""
    usage: str = "P"
    acknowledgement_requested: bool = False
    batch_window_minutes: int = 60
    claims_per_file: int = 500
    acknowledgement_hours: int = 24
    claim_acknowledgement_days: int = 3
    remittance_days: int = 30
    resends: int = 1
    inquires: bool = False
    inquiry_days: int = 7
    checks_eligibility: bool = False
    eligibility_hours: int = 4
    delimiters: str = USUAL_DELIMITERS
    line_breaks: bool = False

    @property
    def batch_window(self) -> timedelta:
        """How long a claim waits for others before its file is closed."""
        return timedelta(minutes=self.batch_window_minutes)

    def sender_for(self, practice_npi: str) -> str:
        """ISA06 towards this partner for a practice."""
        return self.sender_id or practice_npi


def partner_problems(partner: TradingPartner) -> list[str]:
    """What makes a profile unusable, each as a sentence; empty when it can be used."""
    problems = [
        f"{field} must have at most 15 characters (ISA06 and ISA08)"
        for field in ("receiver_id", "sender_id")
        if len(getattr(partner, field)) > 15
    ]
    problems += [
        f"{field} must not be empty"
        for field in ("payer_id", "name", "x12_payer_id", "receiver_id", "receiver_name")
        if not getattr(partner, field)
    ]
    if partner.usage not in {"P", "T"}:
        problems.append("usage must be P (production) or T (test): ISA15")
    if not 1 <= partner.claims_per_file <= MOST_CLAIMS_A_FILE:
        problems.append(
            f"claims_per_file must be 1 to {MOST_CLAIMS_A_FILE}, what the 837 guide recommends"
        )
    if len(partner.delimiters) != len(USUAL_DELIMITERS):
        problems.append(
            "delimiters must be four characters: element, repetition, component, segment"
        )
    else:
        try:
            Delimiters(*partner.delimiters)
        except DelimiterError as error:
            problems.append(f"delimiters: {error}")
    if partner.inquiry_days < 1:
        problems.append("inquiry_days must be 1 or more")
    problems += [
        f"{field} must not be negative"
        for field in (
            "batch_window_minutes",
            "acknowledgement_hours",
            "claim_acknowledgement_days",
            "remittance_days",
            "resends",
            "eligibility_hours",
        )
        if getattr(partner, field) < 0
    ]
    return problems


def payers_by_x12_id(partners: Iterable[TradingPartner]) -> dict[str, str]:
    """Our payer ids by X12 payer id; an id that several partners share names none of them."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for partner in partners:
        if partner.x12_payer_id in found:
            shared.add(partner.x12_payer_id)
        found[partner.x12_payer_id] = partner.payer_id
    return {x12_id: payer_id for x12_id, payer_id in found.items() if x12_id not in shared}

"""A trading partner: one payer, or a clearinghouse for it, as agreed with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from services.payer_gateway.domain.payer_rule import PayerRule
from services.payer_gateway.domain.reference_data import PostalAddress
from services.payer_gateway.x12.delimiters import Delimiters

MOST_CLAIMS_A_FILE = 5_000
"""CLM segments in a transaction set (ST to SE), at most what 005010X222A1 recommends."""


USUAL_DELIMITERS = Delimiters().all

X12, PAPER = "x12", "paper"
"""How claims reach a partner: in files, or on forms that people mail."""


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
    filing_days: until how many days after the service a first claim is taken, 0 without limit;
    filing_days_after_payer: after another payer's decision, where that one decided first, 0 as
    filing_days; correction_days: of a replacement (frequency 7), after the service. transport: x12,
    or paper: claims are printed on forms, mailing_address is on them, and outbound_folder is the
    outbox where they are left; a person says what was mailed, within acknowledgement_hours.
    left_mils, top_mils: from the paper's edge to the first column and line of forms, thousandths of
    an inch. rules: the payer's own about claims.
    """

    payer_id: str
    name: str
    x12_payer_id: str
    receiver_id: str
    receiver_name: str
    connection: str
    outbound_folder: str
    inbound_folder: str = ""
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
    filing_days: int = 0
    filing_days_after_payer: int = 0
    correction_days: int = 0
    transport: str = X12
    mailing_address: PostalAddress | None = None
    left_mils: int = 250
    top_mils: int = 167
    rules: tuple[PayerRule, ...] = ()

    @property
    def batch_window(self) -> timedelta:
        """How long a claim waits for others before its file is closed."""
        return timedelta(minutes=self.batch_window_minutes)

    @property
    def is_paper(self) -> bool:
        """Whether claims are printed and mailed."""
        return self.transport == PAPER

    @property
    def numbered_as(self) -> str:
        """The receiver for whom batches are counted; forms apart from files, which show numbers."""
        return f"{self.receiver_id}-{PAPER}" if self.is_paper else self.receiver_id

    def sender_for(self, practice_npi: str) -> str:
        """ISA06 towards this partner for a practice."""
        return self.sender_id or practice_npi


def payers_by_x12_id(partners: Iterable[TradingPartner]) -> dict[str, str]:
    """Our payer ids by X12 payer id; an id that several partners share names none of them."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for partner in partners:
        if partner.x12_payer_id in found:
            shared.add(partner.x12_payer_id)
        found[partner.x12_payer_id] = partner.payer_id
    return {x12_id: payer_id for x12_id, payer_id in found.items() if x12_id not in shared}

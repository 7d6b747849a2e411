"""Reads table 1 of an 835: payment, trace, payer (1000A) and payee (1000B)."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.dates import parse_date
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.parties import (
    Address,
    Contact,
    Reference,
    read_address,
    read_contact,
)
from services.payer_gateway.x12.remittance import BankAccount, Payee, Payer, Remittance
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, free

NO_BPR = error("remittance.bpr-missing", 2, Scope.TRANSACTION, "835 BPR")
BPR_AMOUNT = error("remittance.bpr-amount", 1, Scope.TRANSACTION, "835 BPR02")
BPR_DATE = warning("remittance.bpr-date", 2, Scope.TRANSACTION, "835 BPR16")
NO_TRACE = error("remittance.trace-missing", 2, Scope.TRANSACTION, "835 TRN02, TRN03")
NO_PAYER = warning("remittance.payer-missing", 2, Scope.TRANSACTION, "835 loop 1000A")
NO_PAYEE = warning("remittance.payee-missing", 2, Scope.TRANSACTION, "835 loop 1000B")
NO_CONTACT = warning("remittance.payer-contact-missing", 2, Scope.TRANSACTION, "835 1000A PER*BL")
UNEXPECTED = warning("remittance.unexpected-segment", 2, Scope.TRANSACTION, "835 3.1")


def read_header(raw: Sequence[str], delimiters: Delimiters, findings: list[Finding]) -> Remittance:
    """The remittance of an 835 without its claims and provider adjustments.

    ``raw`` are the segments between ST and the first LX, CLP or PLB; what is wrong is added to
    ``findings``.
    """
    header = _Header(raw, delimiters, findings)
    return Remittance(
        handling=at(header.bpr, 1),
        payment_cents=header.payment_cents,
        credit_debit=at(header.bpr, 3),
        method=at(header.bpr, 4),
        payment_date=parse_date(at(header.bpr, 16)),
        trace_number=at(header.trn, 2),
        payer_id=at(header.trn, 3),
        payer=header.payer,
        payee=header.payee,
        payment_format=at(header.bpr, 5),
        payer_account=_account(header.bpr, 6),
        originator_id=at(header.bpr, 10),
        originator_supplement=at(header.bpr, 11),
        payee_account=_account(header.bpr, 12),
        trace_supplement=at(header.trn, 4),
        currency=header.currency,
        references=tuple(header.references),
        production_date=header.production_date,
    )


def _account(bpr: Segment, first: int) -> BankAccount:
    return BankAccount(at(bpr, first), at(bpr, first + 1), at(bpr, first + 2), at(bpr, first + 3))


class _Header:
    """The parts of table 1 as they are found."""

    def __init__(self, raw: Sequence[str], delimiters: Delimiters, findings: list[Finding]) -> None:
        self.findings = findings
        self.delimiters = delimiters
        self.bpr: Segment = []
        self.trn: Segment = []
        self.currency: FreeSegment = ()
        self.references: list[Reference] = []
        self.production_date: date | None = None
        self.payer = Payer("")
        self.payee = Payee("")
        segments = [each.split(delimiters.element) for each in raw]
        loops = [n for n, segment in enumerate(segments) if segment[0] == "N1"]
        bounds = [0, *loops, len(segments)]
        for position, segment in enumerate(segments[: bounds[1]], 2):
            match segment[0]:
                case "BPR":
                    self.bpr = segment
                case "TRN":
                    self.trn = segment
                case "CUR":
                    self.currency = free(segment, delimiters)
                case "REF":
                    self.references.append(Reference(at(segment, 1), at(segment, 2)))
                case "DTM" if at(segment, 1) == "405":
                    self.production_date = parse_date(at(segment, 2))
                case _:
                    self._unexpected(position)
        self.payment_cents = self._payment(segments)
        seen: set[str] = set()
        for start, stop in pairwise(bounds[1:]):
            n1 = segments[start]
            seen.add(at(n1, 1))
            self._party(n1, segments[start + 1 : stop], start + 2)
        self._required(seen)

    def _unexpected(self, position: int) -> None:
        self.findings.append(
            UNEXPECTED.found(
                "the segment does not belong here and was not read", path="header", segment=position
            )
        )

    def _payment(self, segments: Sequence[Segment]) -> int:
        if not self.bpr:
            self.findings.append(
                NO_BPR.found("the payment segment is missing: ask for the file again", path="BPR")
            )
            return 0
        position = 2 + next(n for n, segment in enumerate(segments) if segment is self.bpr)
        if parse_date(at(self.bpr, 16)) is None:
            self.findings.append(
                BPR_DATE.found(
                    "the payment date is missing or no date: match the deposit by trace number",
                    path="BPR",
                    segment=position,
                    element="BPR16",
                )
            )
        try:
            return parse_cents(at(self.bpr, 2))
        except AmountError as problem:
            self.findings.append(
                BPR_AMOUNT.found(
                    f"{problem}: ask the payer for a corrected 835",
                    path="BPR",
                    segment=position,
                    element="BPR02",
                )
            )
            return 0

    def _party(self, n1: Segment, rest: Sequence[Segment], position: int) -> None:
        n3 = next((s for s in rest if s[0] == "N3"), None)
        n4 = next((s for s in rest if s[0] == "N4"), None)
        address: Address | None = read_address(n3, n4)
        references = tuple(Reference(at(s, 1), at(s, 2)) for s in rest if s[0] == "REF")
        contacts: tuple[Contact, ...] = tuple(read_contact(s) for s in rest if s[0] == "PER")
        match at(n1, 1):
            case "PR":
                self.payer = Payer(at(n1, 2), at(n1, 3), at(n1, 4), address, references, contacts)
                if not any(contact.function == "BL" for contact in contacts):
                    self.findings.append(
                        NO_CONTACT.found(
                            "the payer names no technical contact",
                            path="1000A/PER",
                            element="PER01",
                        )
                    )
            case "PE":
                delivery = next((free(s, self.delimiters) for s in rest if s[0] == "RDM"), ())
                self.payee = Payee(at(n1, 2), at(n1, 3), at(n1, 4), address, references, delivery)
            case _:
                self._unexpected(position + 1)

    def _required(self, parties: set[str]) -> None:
        if not at(self.trn, 2) or not at(self.trn, 3):
            self.findings.append(
                NO_TRACE.found(
                    "trace number and payer id are needed to load a payment once: "
                    "ask the payer for a corrected 835",
                    path="TRN",
                    element="TRN02" if not at(self.trn, 2) else "TRN03",
                )
            )
        if "PR" not in parties:
            self.findings.append(NO_PAYER.found("the payer is not named", path="1000A/N1"))
        if "PE" not in parties:
            self.findings.append(NO_PAYEE.found("the payee is not named", path="1000B/N1"))

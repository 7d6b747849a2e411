"""Reads an 835 (005010X221A1) into a Remittance, claim by claim.

Only what makes money unreadable is an error, and of the smallest part: an amount that is not one
makes its claim unreadable, not its neighbours. Balancing is ``balance.check``'s.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.dates import parse_date
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.parties import (
    Address,
    Contact,
    Reference,
    read_address,
    read_contact,
)
from services.payer_gateway.x12.remittance import (
    BankAccount,
    Payee,
    Payer,
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
)
from services.payer_gateway.x12.remittance_claim_reader import read_claim
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, component, free
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

WRONG_SET = error("remittance.not-835", 1, Scope.TRANSACTION, "ST01, GS08 005010X221A1")
NO_BPR = error("remittance.bpr-missing", 2, Scope.TRANSACTION, "835 BPR")
BPR_AMOUNT = error("remittance.bpr-amount", 1, Scope.TRANSACTION, "835 BPR02")
BPR_DATE = warning("remittance.bpr-date", 2, Scope.TRANSACTION, "835 BPR16")
NO_TRACE = error("remittance.trace-missing", 2, Scope.TRANSACTION, "835 TRN02, TRN03")
NO_PAYER = warning("remittance.payer-missing", 2, Scope.TRANSACTION, "835 loop 1000A")
NO_PAYEE = warning("remittance.payee-missing", 2, Scope.TRANSACTION, "835 loop 1000B")
NO_CONTACT = warning("remittance.payer-contact-missing", 2, Scope.TRANSACTION, "835 1000A PER*BL")
NO_LX = warning("remittance.lx-missing", 2, Scope.TRANSACTION, "835 loop 2000 LX")
PLB_AMOUNT = error("remittance.plb-amount", 1, Scope.TRANSACTION, "835 PLB04 to PLB14")
PLB_REASON = warning("remittance.plb-reason-missing", 2, Scope.TRANSACTION, "835 PLB03-1")
UNEXPECTED = warning("remittance.unexpected-segment", 2, Scope.TRANSACTION, "835 3.1")
TOO_MANY = warning("remittance.many-claims", 2, Scope.TRANSACTION, "835 1.3.2")

CLAIMS_PER_TRANSACTION = 10_000

_DETAIL = frozenset({"LX", "TS3", "TS2", "CLP", "PLB", "SE"})


def read(transaction: Transaction) -> tuple[Remittance, list[Finding]]:
    """The remittance of an 835 transaction set, and what is wrong with it.

    Never raises. Claims whose money cannot be read are in ``unreadable`` with the positions of
    their segments. The findings of the envelope stay on the transaction.
    """
    findings: list[Finding] = []
    if transaction.set_id != "835":
        findings.append(
            WRONG_SET.found(
                "this is not an 835: give it to the reader of its transaction set",
                segment=1,
                element="ST01",
                value=transaction.set_id[:3],
            )
        )
    elif not transaction.version.startswith("005010X221"):
        findings.append(
            WRONG_SET.found("the guide is not 005010X221A1: check GS08", element="GS08")
        )
    detail = _Detail(transaction, findings)
    claims: list[RemittanceClaim] = []
    unreadable: list[UnreadableClaim] = []
    for claim in detail.claims():
        if isinstance(claim, RemittanceClaim):
            claims.append(claim)
        else:
            unreadable.append(claim)
    header = _Header(transaction, detail.first, findings)
    if len(claims) > CLAIMS_PER_TRANSACTION:
        findings.append(TOO_MANY.found("more than 10000 claims stand in one transaction set"))
    return (
        Remittance(
            handling=at(header.bpr, 1),
            payment_cents=header.payment_cents,
            credit_debit=at(header.bpr, 3),
            method=at(header.bpr, 4),
            payment_date=parse_date(at(header.bpr, 16)),
            trace_number=at(header.trn, 2),
            payer_id=at(header.trn, 3),
            payer=header.payer,
            payee=header.payee,
            claims=tuple(claims),
            provider_adjustments=tuple(detail.provider_adjustments),
            payment_format=at(header.bpr, 5),
            payer_account=_account(header.bpr, 6),
            originator_id=at(header.bpr, 10),
            originator_supplement=at(header.bpr, 11),
            payee_account=_account(header.bpr, 12),
            trace_supplement=at(header.trn, 4),
            currency=header.currency,
            references=tuple(header.references),
            production_date=header.production_date,
            summaries=tuple(detail.summaries),
            unreadable=tuple(unreadable),
            provider_adjustments_complete=detail.plb_complete,
        ),
        findings,
    )


def iter_claims(
    transaction: Transaction, findings: list[Finding]
) -> Iterator[RemittanceClaim | UnreadableClaim]:
    """The claims one by one, held by nobody else: for transaction sets of any size."""
    return _Detail(transaction, findings).claims()


def _account(bpr: Segment, first: int) -> BankAccount:
    return BankAccount(at(bpr, first), at(bpr, first + 1), at(bpr, first + 2), at(bpr, first + 3))


class _Detail:
    """Tables 2 and 3: LX groups of claims, and the provider adjustments after them."""

    def __init__(self, transaction: Transaction, findings: list[Finding]) -> None:
        self.transaction = transaction
        self.findings = findings
        self.mark = transaction.delimiters.element
        self.provider_adjustments: list[ProviderAdjustment] = []
        self.plb_complete = True
        self.summaries: list[tuple[str, FreeSegment]] = []
        raw = transaction.raw
        starts = tuple(f"{name}{self.mark}" for name in _DETAIL)
        heads = frozenset(start[:3] for start in starts)
        self.starts = [
            number
            for number, text in enumerate(raw)
            if text[:3] in heads and text.startswith(starts)
        ]
        self.first = self.starts[0] if self.starts else len(raw)

    def claims(self) -> Iterator[RemittanceClaim | UnreadableClaim]:
        raw, mark, findings = self.transaction.raw, self.mark, self.findings
        delimiters = self.transaction.delimiters
        group, index = "", 0
        for start, end in pairwise([*self.starts, len(raw)]):
            name = raw[start][:3]
            if name == "CLP":
                if not group:
                    findings.append(
                        NO_LX.found(
                            "CLP stands outside an LX group", path="2000", segment=start + 1
                        )
                    )
                    group = "1"
                yield read_claim(
                    raw[start:end],
                    findings,
                    position=start + 1,
                    index=index,
                    group_number=group,
                    delimiters=delimiters,
                )
                index += 1
                continue
            segment = raw[start].split(mark)
            if name == "PLB":
                self._provider_adjustments(segment, start + 1)
            elif name[:2] == "LX":
                group = at(segment, 1) or "1"
            elif name[:2] != "SE":
                self.summaries.append((group or "1", free(segment, delimiters)))
            for number in range(start + 1, end):
                findings.append(
                    UNEXPECTED.found(
                        "the segment does not belong here and was not read",
                        path="2000",
                        segment=number + 1,
                    )
                )

    def _provider_adjustments(self, plb: Segment, position: int) -> None:
        separator = self.transaction.delimiters.component
        for number in range(3, max(len(plb), 5), 2):
            identifier, amount = at(plb, number), at(plb, number + 1)
            if not identifier and not amount:
                continue
            element = f"PLB{number + 1:02d}"
            try:
                cents = parse_cents(amount)
            except AmountError as problem:
                self.plb_complete = False
                self.findings.append(
                    PLB_AMOUNT.found(
                        f"{problem}: ask the payer for a corrected 835",
                        path="PLB",
                        segment=position,
                        element=element,
                    )
                )
                continue
            reason = component(identifier, separator, 1)
            if not reason:
                self.findings.append(
                    PLB_REASON.found(
                        "a provider adjustment needs a reason",
                        path="PLB",
                        segment=position,
                        element=f"PLB{number:02d}-1",
                    )
                )
            self.provider_adjustments.append(
                ProviderAdjustment(
                    provider_id=at(plb, 1),
                    fiscal_year_end=parse_date(at(plb, 2)),
                    reason=reason,
                    reference=component(identifier, separator, 2),
                    amount_cents=cents,
                )
            )


class _Header:
    """Table 1: payment, trace, payer (1000A) and payee (1000B)."""

    def __init__(self, transaction: Transaction, end: int, findings: list[Finding]) -> None:
        self.findings = findings
        self.bpr: Segment = []
        self.trn: Segment = []
        self.currency: FreeSegment = ()
        self.references: list[Reference] = []
        self.production_date = None
        self.payer = Payer("")
        self.payee = Payee("")
        delimiters = transaction.delimiters
        segments = [raw.split(delimiters.element) for raw in transaction.raw[1:end]]
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
        self.payment_cents = self._payment(transaction)
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

    def _payment(self, transaction: Transaction) -> int:
        if not self.bpr:
            self.findings.append(
                NO_BPR.found("the payment segment is missing: ask for the file again", path="BPR")
            )
            return 0
        position = 1 + next(n for n, raw in enumerate(transaction.raw) if raw.startswith("BPR"))
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
                delivery = next((tuple(s) for s in rest if s[0] == "RDM"), ())
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

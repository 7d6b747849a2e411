"""Reads the header and the hierarchy of an 837: billing provider, subscriber, patient, claims.

The loops above a claim are the same in the professional and the institutional guide; what reads a
claim is given.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

from services.payer_gateway.x12.claim_loop import read_party_loop
from services.payer_gateway.x12.claim_loop_reader import Context
from services.payer_gateway.x12.dates import parse_date, parse_time
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error
from services.payer_gateway.x12.parties import Name, Party
from services.payer_gateway.x12.professional_claim import (
    BatchHeader,
    BillingProvider,
    Patient,
    PayerName,
    Submitter,
    Subscriber,
)
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, free
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

HEADER = error("claim.header", 2, Scope.TRANSACTION, "837 BHT, loops 1000A and 1000B")
HIERARCHY = error("claim.hierarchy", 2, Scope.TRANSACTION, "837 HL01 to HL04")
ORPHAN = error("claim.outside-hierarchy", 2, Scope.CLAIM, "837 3.1, loops 2000A and 2000B")
UNEXPECTED = error("claim.unexpected-level-segment", 2, Scope.TRANSACTION, "837 3.1, IK304 2")
BIRTH_DATE = error("claim.birth-date", 1, Scope.TRANSACTION, "837 DMG02")

_PARENT_LEVEL = {"20": "", "22": "20", "23": "22"}
_NOBODY = Name("")

_Claim = TypeVar("_Claim")
_ReadClaim_co = TypeVar("_ReadClaim_co", covariant=True)


class ReadClaim(Protocol[_ReadClaim_co]):
    """Reads one claim from its segments, CLM first; ``position`` is that of CLM (ST = 1)."""

    def __call__(
        self,
        segments: Sequence[Segment],
        context: Context,
        findings: list[Finding],
        *,
        position: int,
        index: int,
        delimiters: Delimiters,
    ) -> _ReadClaim_co | UnreadableClaim: ...


def read_claims(
    transaction: Transaction, read_claim: ReadClaim[_Claim], findings: list[Finding]
) -> tuple[BatchHeader, tuple[_Claim, ...], tuple[UnreadableClaim, ...]]:
    """Header, claims and unreadable claims of an 837; what is wrong is added to ``findings``."""
    segments = transaction.segments
    if segments[-1][0] == "SE":
        segments.pop()
    levels = [number for number, segment in enumerate(segments) if segment[0] == "HL"]
    bounds = [*levels, len(segments)]
    header = read_header(segments[1 : bounds[0]], transaction.delimiters.component, findings)
    hierarchy = _Hierarchy(transaction.delimiters, findings, read_claim)
    for start, end in pairwise(bounds):
        hierarchy.level(segments[start:end], start + 1)
    return header, tuple(hierarchy.claims), tuple(hierarchy.unreadable)


def read_header(
    segments: Sequence[Segment], separator: str, findings: list[Finding]
) -> BatchHeader:
    """BHT and loops 1000A and 1000B; what is missing is a finding."""
    bht: Segment = []
    submitter: Party | None = None
    receiver: Party | None = None
    for number, segment in enumerate(segments):
        if segment[0] == "BHT":
            bht = segment
        elif segment[0] == "NM1":
            end = number + 1
            while end < len(segments) and segments[end][0] == "PER":
                end += 1
            party = read_party_loop(segments[number:end], separator)
            submitter = party if party.role == "41" else submitter
            receiver = party if party.role == "40" else receiver
        elif segment[0] != "PER":
            message = "the segment does not belong here"
            findings.append(UNEXPECTED.found(message, path="header", segment=number + 2))
    for missing, path in ((bht, "BHT"), (submitter, "1000A/NM1"), (receiver, "1000B/NM1")):
        if not missing:
            findings.append(HEADER.found("a required segment is missing", path=path))
    return BatchHeader(
        batch_id=at(bht, 3),
        created=parse_date(at(bht, 4)),
        created_at=parse_time(at(bht, 5)),
        submitter=Submitter(
            submitter.name if submitter else _NOBODY,
            submitter.identifier if submitter else "",
            submitter.contacts if submitter else (),
        ),
        receiver_name=receiver.name.last if receiver else "",
        receiver_id=receiver.identifier if receiver else "",
        purpose=at(bht, 2),
        kind=at(bht, 6),
    )


class _Hierarchy(Generic[_Claim]):
    """The levels as they come: billing provider, subscriber, patient, and claims under them."""

    def __init__(
        self, delimiters: Delimiters, findings: list[Finding], read_claim: ReadClaim[_Claim]
    ) -> None:
        self.delimiters = delimiters
        self.findings = findings
        self.read_claim = read_claim
        self.claims: list[_Claim] = []
        self.unreadable: list[UnreadableClaim] = []
        self.billing: dict[str, BillingProvider] = {}
        self.subscribers: dict[str, tuple[Subscriber, PayerName, str]] = {}
        self.latest = {"20": "", "22": "", "23": ""}
        self.count = 0
        self.index = 0

    def note(self, rule: Rule, message: str, path: str, segment: int, element: str = "") -> None:
        self.findings.append(rule.found(message, path=path, segment=segment, element=element))

    def level(self, segments: Sequence[Segment], position: int) -> None:
        """One HL with everything up to the next; ``position`` is that of the HL."""
        self.count += 1
        hl = segments[0]
        number, parent, kind = at(hl, 1), at(hl, 2), at(hl, 3)
        if number != str(self.count):
            self.note(HIERARCHY, "HL01 must count the levels from 1", "HL", position, "HL01")
            number = number or f"#{self.count}"
        if kind not in _PARENT_LEVEL:
            self.note(HIERARCHY, "HL03 must be 20, 22 or 23", "HL", position, "HL03")
            return
        heads = [n for n, segment in enumerate(segments) if segment[0] == "CLM"]
        bounds = [*heads, len(segments)]
        above = self._parent(parent, _PARENT_LEVEL[kind], position)
        context = self._open(segments[: bounds[0]], kind, number, above, position)
        for start, end in pairwise(bounds):
            self._claim(segments[start:end], context, position + start)

    def _parent(self, parent: str, level: str, position: int) -> str:
        known = self.billing if level == "20" else self.subscribers
        if not level:
            if parent:
                self.note(HIERARCHY, "a billing provider has no parent", "HL", position, "HL02")
            return ""
        if parent not in known:
            message = "HL02 must name a level above; the one before is taken"
            self.note(HIERARCHY, message, "HL", position, "HL02")
            return self.latest[level]
        return parent

    def _open(
        self, head: Sequence[Segment], kind: str, number: str, above: str, position: int
    ) -> Context | None:
        loops = _Loops(head, self.delimiters.component)
        for offset in loops.unread:
            message = "the segment does not belong here"
            self.note(UNEXPECTED, message, "2000", position + offset)
        self.latest[kind] = number
        if kind == "20":
            self.billing[number] = self._billing_provider(loops)
            return None
        if kind == "22":
            subscriber, payer = self._subscriber(loops, position)
            self.subscribers[number] = (subscriber, payer, above)
            patient = None
        else:
            held = self.subscribers.get(above)
            if held is None:
                return None
            subscriber, payer, above = held
            patient = self._patient(loops, position)
        billing_provider = self.billing.get(above)
        if billing_provider is None:
            return None
        return Context(billing_provider, subscriber, payer, patient)

    def _claim(self, segments: Sequence[Segment], context: Context | None, position: int) -> None:
        index, self.index = self.index, self.index + 1
        claim_id = at(segments[0], 1)
        last = position + len(segments) - 1
        if context is None:
            self.findings.append(
                ORPHAN.found(
                    "a claim stands below a subscriber, and that below a billing provider",
                    path="2300/CLM",
                    segment=position,
                    claim=claim_id,
                    claim_index=index,
                )
            )
            self.unreadable.append(UnreadableClaim(claim_id, index, position, last))
            return
        claim = self.read_claim(
            segments,
            context,
            self.findings,
            position=position,
            index=index,
            delimiters=self.delimiters,
        )
        if isinstance(claim, UnreadableClaim):
            self.unreadable.append(claim)
        else:
            self.claims.append(claim)

    def _billing_provider(self, loops: "_Loops") -> BillingProvider:
        party = loops.party("85")
        pay_to = loops.party("87")
        tax = next((r for r in party.references if r.qualifier in {"EI", "SY"}), None)
        extra: list[FreeSegment] = [free(s, self.delimiters) for s in loops.of("CUR")]
        plan = loops.party_segments.get("PE", ())
        extra += (free(s, self.delimiters) for s in plan)
        return BillingProvider(
            name=party.name,
            npi=party.npi,
            address=party.address,
            tax_id=tax.value if tax else "",
            tax_id_qualifier=tax.qualifier if tax else "EI",
            taxonomy=next((at(s, 3) for s in loops.of("PRV")), ""),
            references=tuple(r for r in party.references if r is not tax),
            contacts=party.contacts,
            pay_to_address=pay_to.address,
            pay_to_entity=pay_to.name.entity or "2",
            extra=tuple(extra),
        )

    def _subscriber(self, loops: "_Loops", position: int) -> tuple[Subscriber, PayerName]:
        sbr = next(iter(loops.of("SBR")), [])
        party, payer = loops.party("IL"), loops.party("PR")
        dmg = next(iter(loops.of("DMG")), [])
        pat = next(iter(loops.of("PAT")), None)
        subscriber = Subscriber(
            payer_sequence=at(sbr, 1),
            name=party.name,
            member_id=party.identifier,
            filing_indicator=at(sbr, 9),
            group_number=at(sbr, 3),
            group_name=at(sbr, 4),
            insurance_type=at(sbr, 5),
            member_id_qualifier=party.identifier_qualifier,
            address=party.address,
            birth_date=parse_date(at(dmg, 2)),
            sex=at(dmg, 3),
            references=party.references,
            contacts=party.contacts,
            patient_information=free(pat, self.delimiters) if pat else (),
        )
        self._birth_date(dmg, "2010BA/DMG", position)
        return subscriber, PayerName(
            name=payer.name.last,
            identifier=payer.identifier,
            identifier_qualifier=payer.identifier_qualifier,
            address=payer.address,
            references=payer.references,
        )

    def _patient(self, loops: "_Loops", position: int) -> Patient:
        party = loops.party("QC")
        dmg = next(iter(loops.of("DMG")), [])
        pat = next(iter(loops.of("PAT")), [])
        self._birth_date(dmg, "2010CA/DMG", position)
        return Patient(
            relationship=at(pat, 1),
            name=party.name,
            address=party.address,
            birth_date=parse_date(at(dmg, 2)),
            sex=at(dmg, 3),
            references=party.references,
            contacts=party.contacts,
            patient_information=free(pat, self.delimiters) if len(pat) > 2 else (),
        )

    def _birth_date(self, dmg: Segment, path: str, position: int) -> None:
        text = at(dmg, 2)
        if text and (len(text) != 8 or parse_date(text) is None):
            self.note(BIRTH_DATE, "a birth date is written CCYYMMDD", path, position, "DMG02")


class _Loops:
    """The segments of one level before its claims, by NM1 loop and by id."""

    _KNOWN = frozenset({"HL", "PRV", "CUR", "SBR", "PAT", "NM1", "N3", "N4", "REF", "PER", "DMG"})

    def __init__(self, head: Sequence[Segment], separator: str) -> None:
        self.separator = separator
        self.unread: list[int] = []
        self.others: dict[str, list[Segment]] = {}
        self.party_segments: dict[str, list[Segment]] = {}
        current: list[Segment] | None = None
        for offset, segment in enumerate(head):
            name = segment[0]
            if name == "NM1":
                current = self.party_segments.setdefault(at(segment, 1), [])
                if current:
                    self.unread.append(offset)
                current.append(segment)
            elif name not in self._KNOWN or (current is None and name in {"N3", "N4", "REF"}):
                self.unread.append(offset)
            elif current is not None and name in {"N3", "N4", "REF", "PER"}:
                current.append(segment)
            else:
                self.others.setdefault(name, []).append(segment)

    def of(self, name: str) -> Sequence[Segment]:
        return self.others.get(name, ())

    def party(self, role: str) -> Party:
        segments = self.party_segments.get(role)
        return read_party_loop(segments, self.separator) if segments else Party(role, _NOBODY)

"""Reads the header and the hierarchy of an 837: billing provider, subscriber, patient, claims.

The loops above a claim are the same in the professional and the institutional guide; what reads a
claim is given.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from services.payer_gateway.x12.claim_loop import known_parties, read_party_loop
from services.payer_gateway.x12.claim_loop_reader import Context
from services.payer_gateway.x12.dates import parse_date, parse_time
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error
from services.payer_gateway.x12.loop_feed import LoopFeed
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.parties import Name, Party
from services.payer_gateway.x12.professional_claim import (
    BatchHeader,
    BillingProvider,
    Patient,
    PayerName,
    Submitter,
    Subscriber,
)
from services.payer_gateway.x12.segments import Segment, at, free
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

HEADER = error("claim.header", 2, Scope.TRANSACTION, "837 BHT, loops 1000A and 1000B")
HIERARCHY = error("claim.hierarchy", 2, Scope.TRANSACTION, "837 HL01 to HL04")
ORPHAN = error("claim.outside-hierarchy", 2, Scope.CLAIM, "837 3.1, loops 2000A and 2000B")
UNEXPECTED = error("claim.unexpected-level-segment", 2, Scope.TRANSACTION, "837 3.1, IK304 2")
BIRTH_DATE = error("claim.birth-date", 1, Scope.TRANSACTION, "837 DMG02")

_NOBODY = Name("")
_MOST_LEVELS = 1000

_subscriber = maker(Subscriber)
_payer_name = maker(PayerName)

_Claim = TypeVar("_Claim")
_Value = TypeVar("_Value")
_ReadClaim_co = TypeVar("_ReadClaim_co", covariant=True)


class ReadClaim(Protocol[_ReadClaim_co]):
    """Reads one claim from its raw segments, CLM first; ``position`` is that of CLM (ST = 1)."""

    def __call__(
        self,
        raw: Sequence[str],
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
    feed = ClaimFeed(transaction.delimiters, findings, read_claim)
    header = read_header([], "", [])
    claims: list[_Claim] = []
    unreadable: list[UnreadableClaim] = []
    for part in (*feed.feed(transaction.text_within()), *feed.close()):
        if isinstance(part, UnreadableClaim):
            unreadable.append(part)
        elif isinstance(part, BatchHeader):
            header = part
        else:
            claims.append(part)
    return header, tuple(claims), tuple(unreadable)


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


class _Covered(NamedTuple):
    """A subscriber level with what stands above it."""

    billing_provider: BillingProvider | None
    subscriber: Subscriber
    payer: PayerName


class _Levels(Generic[_Value]):
    """The latest levels of one kind by their number; a thousand of them are kept."""

    def __init__(self) -> None:
        self._held: dict[str, _Value] = {}
        self.latest: _Value | None = None

    def open(self, number: str, value: _Value) -> None:
        """Keeps a level."""
        if len(self._held) > _MOST_LEVELS:
            self._held.clear()
        self._held[number] = self.latest = value

    def get(self, number: str) -> _Value | None:
        """The level of that number."""
        return self._held.get(number)


class ClaimFeed(LoopFeed[BatchHeader | _Claim | UnreadableClaim]):
    """One 837 while it is read: the header, then the claims one by one.

    Levels are billing provider, subscriber and patient; a claim belongs to the one that was opened
    last.
    """

    HEADS = "HL|CLM"

    def __init__(
        self, delimiters: Delimiters, findings: list[Finding], read_claim: ReadClaim[_Claim]
    ) -> None:
        super().__init__(delimiters, findings)
        self.claims = 0
        self._read_claim = read_claim
        self._billing: _Levels[BillingProvider] = _Levels()
        self._subscribers: _Levels[_Covered] = _Levels()
        self._count = 0
        self._context: Context | None = None

    def header(self, raw: list[str]) -> Iterable[BatchHeader]:
        """BHT and loops 1000A and 1000B."""
        segments = [text.split(self.mark) for text in raw]
        return (read_header(segments, self.delimiters.component, self.findings),)

    def loop(
        self, raw: list[str], position: int
    ) -> Iterable[BatchHeader | _Claim | UnreadableClaim]:
        """A level, which gives nothing, or a claim."""
        if raw[0].startswith("HL"):
            self._level(raw, position)
            return ()
        index, self.claims = self.claims, self.claims + 1
        if self._context is None:
            claim_id = at(raw[0].split(self.mark), 1)
            self.findings.append(
                ORPHAN.found(
                    "a claim stands below a subscriber, and that below a billing provider",
                    path="2300/CLM",
                    segment=position,
                    claim=claim_id,
                    claim_index=index,
                )
            )
            return (UnreadableClaim(claim_id, index, position, position + len(raw) - 1),)
        return (
            self._read_claim(
                raw,
                self._context,
                self.findings,
                position=position,
                index=index,
                delimiters=self.delimiters,
            ),
        )

    def too_long(self, raw: list[str], position: int, last: int) -> Iterable[UnreadableClaim]:
        """A claim that cannot be read, or a level as far as it is known."""
        if raw[0].startswith("HL"):
            self._level(raw, position)
            return ()
        index, self.claims = self.claims, self.claims + 1
        return (UnreadableClaim(at(raw[0].split(self.mark), 1), index, position, last),)

    def _note(self, rule: Rule, message: str, path: str, segment: int, element: str = "") -> None:
        self.findings.append(rule.found(message, path=path, segment=segment, element=element))

    def _level(self, raw: list[str], position: int) -> None:
        """One HL with everything before its first claim; ``position`` is that of the HL."""
        self._count += 1
        self._context = None
        loops = _Loops(raw, self.delimiters)
        hl = loops.hl
        number, parent, kind = at(hl, 1), at(hl, 2), at(hl, 3)
        if number != str(self._count):
            self._note(HIERARCHY, "HL01 must count the levels from 1", "HL", position, "HL01")
            number = number or f"#{self._count}"
        for offset in loops.unread:
            message = "the segment does not belong here"
            self._note(UNEXPECTED, message, "2000", position + offset)
        if kind == "20":
            if parent:
                self._note(HIERARCHY, "a billing provider has no parent", "HL", position, "HL02")
            self._billing.open(number, _billing_provider(loops))
        elif kind == "22":
            above = self._above(self._billing, parent, position)
            covered = _Covered(above, *self._subscriber(loops, position))
            self._subscribers.open(number, covered)
            if covered.billing_provider is not None:
                self._context = Context(
                    covered.billing_provider, covered.subscriber, covered.payer, None
                )
        elif kind == "23":
            held = self._above(self._subscribers, parent, position)
            patient = self._patient(loops, position)
            if held is not None and held.billing_provider is not None:
                self._context = Context(held.billing_provider, held.subscriber, held.payer, patient)
        else:
            self._note(HIERARCHY, "HL03 must be 20, 22 or 23", "HL", position, "HL03")

    def _above(self, levels: _Levels[_Value], parent: str, position: int) -> _Value | None:
        found = levels.get(parent)
        if found is None:
            message = "HL02 must name a level above; the one before is taken"
            self._note(HIERARCHY, message, "HL", position, "HL02")
            return levels.latest
        return found

    def _subscriber(self, loops: "_Loops", position: int) -> tuple[Subscriber, PayerName]:
        sbr, dmg, pat = loops.first("SBR"), loops.first("DMG"), loops.first("PAT")
        if len(sbr) < 10:
            sbr = [*sbr, *[""] * (10 - len(sbr))]
        party = loops.person("IL")
        if dmg:
            self._birth_date(dmg, "2010BA/DMG", position)
        subscriber = _subscriber(
            payer_sequence=sbr[1],
            name=party.name,
            member_id=party.identifier,
            filing_indicator=sbr[9],
            group_number=sbr[3],
            group_name=sbr[4],
            insurance_type=sbr[5],
            member_id_qualifier=party.identifier_qualifier,
            address=party.address,
            birth_date=parse_date(at(dmg, 2)),
            sex=at(dmg, 3),
            references=party.references,
            contacts=party.contacts,
            patient_information=free(pat, self.delimiters) if pat else (),
        )
        payer = loops.party("PR")
        return subscriber, _payer_name(
            payer.name.last,
            payer.identifier,
            payer.identifier_qualifier,
            payer.address,
            payer.references,
        )

    def _patient(self, loops: "_Loops", position: int) -> Patient:
        party = loops.person("QC")
        dmg, pat = loops.first("DMG"), loops.first("PAT")
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
            self._note(BIRTH_DATE, "a birth date is written CCYYMMDD", path, position, "DMG02")


def read_billing_provider(raw: Sequence[str], delimiters: Delimiters) -> BillingProvider:
    """The billing provider of the raw segments of loop 2000A after its HL, up to the next one."""
    return _billing_provider(_Loops(["HL", *raw], delimiters))


def _billing_provider(loops: "_Loops") -> BillingProvider:
    party = loops.party("85")
    pay_to = loops.party("87")
    tax = next((r for r in party.references if r.qualifier in {"EI", "SY"}), None)
    extra = [free(s, loops.delimiters) for s in (*loops.of("CUR"), *loops.segments_of("PE"))]
    return BillingProvider(
        name=party.name,
        npi=party.npi,
        address=party.address,
        tax_id=tax.value if tax else "",
        tax_id_qualifier=tax.qualifier if tax else "EI",
        taxonomy=at(loops.first("PRV"), 3),
        references=tuple(r for r in party.references if r is not tax),
        contacts=party.contacts,
        pay_to_address=pay_to.address,
        pay_to_entity=pay_to.name.entity or "2",
        extra=tuple(extra),
    )


_OF_LEVEL = frozenset({"HL", "PRV", "CUR", "SBR", "PAT", "DMG"})
_OF_PARTY = frozenset({"N3", "N4", "REF"})


class _Loops:
    """The segments of one level before its claims, by NM1 loop and by id."""

    def __init__(self, raw: list[str], delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.unread: list[int] = []
        self._raw = raw
        self._others: dict[str, list[Segment]] = {}
        self._segments: list[Segment] = []
        self._loops: dict[str, list[int]] = {}
        mark = delimiters.element
        current: list[int] | None = None
        for offset, text in enumerate(raw):
            segment = text.split(mark)
            self._segments.append(segment)
            name = segment[0]
            if name == "NM1":
                current = self._loops.setdefault(at(segment, 1), [])
                if current:
                    self.unread.append(offset)
                current.append(offset)
            elif current is not None and (name in _OF_PARTY or name == "PER"):
                current.append(offset)
            elif name in _OF_LEVEL or name == "PER":
                self._others.setdefault(name, []).append(segment)
            else:
                self.unread.append(offset)
        self.hl = self._segments[0]

    def of(self, name: str) -> Sequence[Segment]:
        """The segments of that id outside NM1 loops."""
        return self._others.get(name, ())

    def first(self, name: str) -> Segment:
        """The first of them, empty where there is none."""
        found = self._others.get(name)
        return found[0] if found else []

    def segments_of(self, role: str) -> list[Segment]:
        """The segments of an NM1 loop."""
        return [self._segments[offset] for offset in self._loops.get(role, ())]

    def person(self, role: str) -> Party:
        """Somebody who stands in few levels."""
        segments = self.segments_of(role)
        if not segments:
            return Party(role, _NOBODY)
        return read_party_loop(segments, self.delimiters.component)

    def party(self, role: str) -> Party:
        """A provider or payer, who stands in many."""
        offsets = self._loops.get(role)
        if not offsets:
            return Party(role, _NOBODY)
        return known_parties(self.delimiters).read([self._raw[offset] for offset in offsets])

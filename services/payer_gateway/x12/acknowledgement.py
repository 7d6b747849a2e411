"""Implementation acknowledgement (999, 005010X231A1) and interchange acknowledgement (TA1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from services.payer_gateway.x12.codes import (
    ACCEPTING,
    GROUP_ACKNOWLEDGEMENTS,
    INTERCHANGE_NOTES,
    TRANSACTION_ACKNOWLEDGEMENTS,
)
from services.payer_gateway.x12.dates import format_date, format_time, parse_date, parse_time
from services.payer_gateway.x12.envelope import (
    Envelope,
    FunctionalGroup,
    Interchange,
    Transaction,
)
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error, warning
from services.payer_gateway.x12.interchange_writer import isa_segment, write_interchange
from services.payer_gateway.x12.segments import Element, FreeSegment, Segment, at, free, render

GUIDE = "005010X231A1"

WRONG_SET = error("acknowledgement.not-999", 1, Scope.TRANSACTION, "ST01, ST03 005010X231A1")
NO_AK1 = error("acknowledgement.ak1-missing", 2, Scope.TRANSACTION, "999 AK1")
NO_AK9 = error("acknowledgement.ak9-missing", 2, Scope.TRANSACTION, "999 AK9")
NO_IK5 = error("acknowledgement.ik5-missing", 2, Scope.TRANSACTION, "999 IK5")
CODE = error("acknowledgement.code", 2, Scope.TRANSACTION, "999 IK501 (717), AK901 (715)")
COUNT = warning("acknowledgement.count", 2, Scope.TRANSACTION, "999 AK902 to AK904")
UNEXPECTED = warning("acknowledgement.unexpected-segment", 2, Scope.TRANSACTION, "999 3.1")
TA1_CODE = error("acknowledgement.ta1-code", 2, Scope.INTERCHANGE, "TA104 (I17), TA105 (I18)")


@dataclass(frozen=True, slots=True)
class ElementError:
    """IK4: ``element``, ``component`` and ``repetition`` are the parts of IK401.

    ``bad_value`` (IK404) may be PHI: never log it.
    """

    element: str
    code: str
    component: str = ""
    repetition: str = ""
    reference: str = ""
    bad_value: str = ""
    contexts: tuple[FreeSegment, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentError:
    """IK3: the segment id, its position in the transaction set (ST = 1), loop and error code."""

    segment: str
    position: int
    loop: str = ""
    code: str = ""
    contexts: tuple[FreeSegment, ...] = ()
    elements: tuple[ElementError, ...] = ()


@dataclass(frozen=True, slots=True)
class TransactionAcknowledgement:
    """AK2 to IK5: ``code`` is IK501, ``errors`` IK502 to IK506."""

    set_id: str
    control_number: str
    version: str
    code: str
    errors: tuple[str, ...] = ()
    segments: tuple[SegmentError, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the transaction set went on; its claims are in nobody's hands where not."""
        return self.code in ACCEPTING


@dataclass(frozen=True, slots=True)
class FunctionalAcknowledgement:
    """AK1 to AK9: the answer to one functional group.

    ``functional_id`` is AK101, ``control_number`` AK102 (our GS06), ``code`` AK901. ``included``,
    ``received`` and ``accepted`` count transaction sets (AK902 to AK904).
    """

    functional_id: str
    control_number: str
    version: str
    code: str
    included: int
    received: int
    accepted: int
    transactions: tuple[TransactionAcknowledgement, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the whole group went on (AK901 A or E; P is partial)."""
        return self.code in ACCEPTING

    def accepts(self, control_number: str) -> bool:
        """Whether the transaction set of that ST02 went on; those not named follow the group."""
        for transaction in self.transactions:
            if transaction.control_number == control_number:
                return transaction.is_accepted
        return self.is_accepted


@dataclass(frozen=True, slots=True)
class InterchangeAcknowledgement:
    """TA1: ``control_number`` is our ISA13, ``code`` A, E or R, ``note`` TA105."""

    control_number: str
    sent: date | None
    sent_at: time | None
    code: str
    note: str

    @property
    def is_accepted(self) -> bool:
        """False where the whole interchange must be sent anew."""
        return self.code in ACCEPTING


def read_999(transaction: Transaction) -> tuple[FunctionalAcknowledgement, list[Finding]]:
    """The acknowledgement in a 999, and what is wrong with it. Never raises."""
    reader = _Reader(transaction)
    if transaction.set_id != "999":
        reader.note(WRONG_SET, "this is not a 999", 1, "ST01")
    return reader.read(), reader.findings


class _Reader:
    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.findings: list[Finding] = []
        self.transactions: list[TransactionAcknowledgement] = []
        self.ak2: Segment | None = None
        self.ik3: Segment | None = None
        self.ik4: Segment | None = None
        self.segments: list[SegmentError] = []
        self.elements: list[ElementError] = []
        self.segment_contexts: list[FreeSegment] = []
        self.element_contexts: list[FreeSegment] = []

    def note(self, rule: Rule, message: str, segment: int, element: str = "") -> None:
        self.findings.append(rule.found(message, path="999", segment=segment, element=element))

    def read(self) -> FunctionalAcknowledgement:
        ak1: Segment = []
        ak9: Segment = []
        for position, segment in enumerate(self.transaction.split(), 1):
            match segment[0]:
                case "AK1":
                    ak1 = segment
                case "AK2":
                    self._close_transaction(None, position)
                    self.ak2 = segment
                case "IK3":
                    self._close_segment()
                    self.ik3 = segment
                case "IK4":
                    self._close_element()
                    self.ik4 = segment
                case "CTX":
                    free_segment = free(segment, self.transaction.delimiters)
                    of_element = self.ik4 is not None
                    contexts = self.element_contexts if of_element else self.segment_contexts
                    contexts.append(free_segment)
                case "IK5":
                    self._close_transaction(segment, position)
                case "AK9":
                    self._close_transaction(None, position)
                    ak9 = segment
                case "ST" | "SE":
                    continue
                case _:
                    self.note(UNEXPECTED, "the segment was not read", position)
        self._close_transaction(None, 0)
        return self._group(ak1, ak9)

    def _close_element(self) -> None:
        ik4, self.ik4 = self.ik4, None
        if ik4 is None:
            return
        parts = [*at(ik4, 1).split(self.transaction.delimiters.component), "", ""]
        self.elements.append(
            ElementError(
                element=parts[0],
                component=parts[1],
                repetition=parts[2],
                reference=at(ik4, 2),
                code=at(ik4, 3),
                bad_value=at(ik4, 4),
                contexts=tuple(self.element_contexts),
            )
        )
        self.element_contexts = []

    def _close_segment(self) -> None:
        self._close_element()
        ik3, self.ik3 = self.ik3, None
        if ik3 is not None:
            position = at(ik3, 2)
            self.segments.append(
                SegmentError(
                    segment=at(ik3, 1),
                    position=int(position) if position.isascii() and position.isdigit() else 0,
                    loop=at(ik3, 3),
                    code=at(ik3, 4),
                    contexts=tuple(self.segment_contexts),
                    elements=tuple(self.elements),
                )
            )
        self.segment_contexts, self.elements = [], []

    def _close_transaction(self, ik5: Segment | None, position: int) -> None:
        self._close_segment()
        ak2, self.ak2 = self.ak2, None
        if ak2 is None:
            if ik5 is not None:
                self.note(UNEXPECTED, "IK5 stands outside AK2", position)
            self.segments = []
            return
        code = at(ik5, 1) if ik5 else ""
        if ik5 is None:
            self.note(NO_IK5, "AK2 has no IK5: ask for the file again", position)
        elif code not in TRANSACTION_ACKNOWLEDGEMENTS:
            self.note(CODE, "IK501 is not of the guide", position, "IK501")
        self.transactions.append(
            TransactionAcknowledgement(
                set_id=at(ak2, 1),
                control_number=at(ak2, 2),
                version=at(ak2, 3),
                code=code,
                errors=tuple(filter(None, ik5[2:7])) if ik5 else (),
                segments=tuple(self.segments),
            )
        )
        self.segments = []

    def _group(self, ak1: Segment, ak9: Segment) -> FunctionalAcknowledgement:
        if not ak1:
            self.note(NO_AK1, "it does not say which group it answers", 0, "AK1")
        if not ak9:
            self.note(NO_AK9, "the verdict on the group is missing", 0, "AK9")
        elif at(ak9, 1) not in GROUP_ACKNOWLEDGEMENTS:
            self.note(CODE, "AK901 is not of the guide", 0, "AK901")
        counts = []
        for number in (2, 3, 4):
            text = at(ak9, number)
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                self.note(COUNT, "the count is missing or no number", 0, f"AK90{number}")
                text = "0"
            counts.append(int(text))
        return FunctionalAcknowledgement(
            functional_id=at(ak1, 1),
            control_number=at(ak1, 2),
            version=at(ak1, 3),
            code=at(ak9, 1),
            included=counts[0],
            received=counts[1],
            accepted=counts[2],
            transactions=tuple(self.transactions),
            errors=tuple(filter(None, ak9[5:10])),
        )


def write_999(envelope: Envelope, acknowledgements: Iterable[FunctionalAcknowledgement]) -> bytes:
    """One interchange with one 999 transaction set for each group answered."""
    bodies = (list(_segments(acknowledgement)) for acknowledgement in acknowledgements)
    return write_interchange(envelope, "999", GUIDE, bodies)


def _segments(acknowledgement: FunctionalAcknowledgement) -> Iterator[tuple[Element, ...]]:
    yield (
        "AK1",
        acknowledgement.functional_id,
        acknowledgement.control_number,
        acknowledgement.version,
    )
    for transaction in acknowledgement.transactions:
        yield ("AK2", transaction.set_id, transaction.control_number, transaction.version)
        for segment in transaction.segments:
            yield ("IK3", segment.segment, str(segment.position), segment.loop, segment.code)
            yield from segment.contexts
            for element in segment.elements:
                place = (element.element, element.component, element.repetition)
                yield ("IK4", place, element.reference, element.code, element.bad_value)
                yield from element.contexts
        yield ("IK5", transaction.code, *transaction.errors)
    yield (
        "AK9",
        acknowledgement.code,
        str(acknowledgement.included),
        str(acknowledgement.received),
        str(acknowledgement.accepted),
        *acknowledgement.errors,
    )


_IK502 = {
    "envelope.se-missing": "2",
    "envelope.se-control": "3",
    "envelope.se-count": "4",
    "envelope.functional-id": "6",
    "envelope.st-repeated": "23",
}


def acknowledge(
    group: FunctionalGroup, findings: Mapping[str, Sequence[Finding]]
) -> FunctionalAcknowledgement:
    """The 999 a receiver gives to a group: a transaction set with an error is rejected.

    ``findings`` are those of each transaction set by its ST02, beside what its envelope says.
    Errors of single claims (levels 3 and up) belong to a 277CA: give only levels 1 and 2 here.
    Values are never repeated, so that no PHI stands in the answer.
    """
    transactions = []
    for transaction in group.transactions:
        found = [*transaction.findings, *findings.get(transaction.control_number, ())]
        errors = [finding for finding in found if finding.is_error]
        codes = [_IK502[f.rule] for f in errors if f.rule in _IK502]
        segments = tuple(_segment_error(f, transaction) for f in errors if f.rule not in _IK502)
        if segments:
            codes.append("5")
        transactions.append(
            TransactionAcknowledgement(
                set_id=transaction.set_id,
                control_number=transaction.control_number,
                version=transaction.version,
                code="R" if errors else "A",
                errors=tuple(dict.fromkeys(codes))[:5],
                segments=segments,
            )
        )
    accepted = sum(transaction.is_accepted for transaction in transactions)
    spoiled = any(finding.is_error for finding in group.findings)
    code = "A" if accepted == len(transactions) else "P" if accepted else "R"
    return FunctionalAcknowledgement(
        functional_id=group.functional_id,
        control_number=group.control_number,
        version=group.version,
        code="R" if spoiled else code,
        included=len(transactions),
        received=len(transactions),
        accepted=0 if spoiled else accepted,
        transactions=tuple(transactions),
    )


def _segment_error(finding: Finding, transaction: Transaction) -> SegmentError:
    position = max(finding.segment, 1)
    raw = transaction.raw[position - 1] if position <= len(transaction.raw) else ""
    segment = raw.split(transaction.delimiters.element)[0][:3]
    number = finding.element[len(segment) :][:2] if finding.element.startswith(segment) else ""
    elements = (ElementError(str(int(number)), "7"),) if number.isdigit() else ()
    return SegmentError(
        segment=segment or "ST",
        position=position,
        code="8" if elements else "2",
        elements=elements,
    )


def read_ta1(interchange: Interchange) -> tuple[list[InterchangeAcknowledgement], list[Finding]]:
    """The TA1 segments of an interchange, and what is wrong with them. Never raises."""
    findings: list[Finding] = []
    found: list[InterchangeAcknowledgement] = []
    for ta1 in interchange.acknowledgements:
        acknowledgement, of_it = read_ta1_segment(ta1)
        found.append(acknowledgement)
        findings += of_it
    return found, findings


def read_ta1_segment(ta1: Segment) -> tuple[InterchangeAcknowledgement, list[Finding]]:
    """One TA1, and what is wrong with it."""
    findings: list[Finding] = []
    code, note = at(ta1, 4), at(ta1, 5)
    if code not in {"A", "E", "R"}:
        message = "TA104 must be A, E or R"
        findings.append(TA1_CODE.found(message, path="TA1", element="TA104"))
    if note not in INTERCHANGE_NOTES:
        message = "TA105 must be a note code from 000 to 027"
        findings.append(TA1_CODE.found(message, path="TA1", element="TA105"))
    sent, sent_at = parse_date(at(ta1, 2)), parse_time(at(ta1, 3))
    return InterchangeAcknowledgement(at(ta1, 1), sent, sent_at, code, note), findings


def write_ta1(envelope: Envelope, acknowledgements: Sequence[InterchangeAcknowledgement]) -> bytes:
    """One interchange that holds nothing but TA1 segments."""
    segments: list[tuple[Element, ...]] = [
        (
            "TA1",
            acknowledgement.control_number,
            format_date(acknowledgement.sent)[2:] if acknowledgement.sent else "",
            format_time(acknowledgement.sent_at)[:4] if acknowledgement.sent_at else "",
            acknowledgement.code,
            acknowledgement.note,
        )
        for acknowledgement in acknowledgements
    ]
    segments.append(("IEA", "0", f"{envelope.control_number:09d}"))
    return (isa_segment(envelope) + render(segments, envelope.delimiters)).encode("utf-8")

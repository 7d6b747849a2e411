"""A file segment by segment, in words: what each is, where it stands, what its elements say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.payer_gateway.x12 import codes
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.envelope_reader import (
    Acknowledged,
    GroupEnd,
    GroupStart,
    InterchangeEnd,
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
    TransactionText,
    read_envelopes,
)
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.guides.catalog import guide_of, guides_of
from services.payer_gateway.x12.segment_words import ENTITIES, SEGMENT_WORDS, loop_words

_MEANINGS: Mapping[str, Mapping[str, str]] = {
    "NM101": ENTITIES,
    "N101": ENTITIES,
    "NM102": {"1": "person", "2": "organisation"},
    "CLP02": codes.CLAIM_PAYMENT_STATUSES,
    "CAS01": codes.ADJUSTMENT_GROUPS_837,
    "AK901": {"A": "accepted", "E": "accepted with errors", "P": "in part", "R": "rejected"},
    "IK501": {"A": "accepted", "E": "accepted with errors", "R": "rejected"},
    "TA104": {"A": "accepted", "E": "accepted with errors", "R": "rejected"},
    "STC03": {"WQ": "accepted", "U": "rejected"},
    "HL03": {
        "19": "provider",
        "20": "source",
        "21": "receiver",
        "22": "subscriber",
        "23": "dependant",
        "PT": "patient",
    },
    "HL04": {"0": "no", "1": "yes"},
    "ISA15": {"P": "production", "T": "test"},
    "SBR01": {"P": "first", "S": "second", "T": "third", "U": "not known"},
    "DMG03": {"F": "female", "M": "male", "U": "not known"},
    "BPR03": {"C": "credit", "D": "debit"},
    "BPR04": {
        "ACH": "transfer",
        "BOP": "by the bank's choice",
        "CHK": "check",
        "FWT": "wire",
        "NON": "no payment",
    },
}


@dataclass(frozen=True, slots=True)
class Said:
    """One element that is not empty: its designator, what it is, its value, what a code means."""

    designator: str
    words: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One segment. ``position`` counts from ST = 1, 0 in the envelopes; ``loop`` is the innermost.

    ``depth`` is how many loops it stands in. ``words`` are empty where there are none.
    """

    position: int
    segment: str
    words: str
    loop: str
    loop_words: str
    depth: int
    elements: tuple[Said, ...]


class _Place:
    """The loops that a segment stands in, the outermost first."""

    def __init__(self, set_id: str, loops: Sequence[str]) -> None:
        self.loop = loops[-1] if loops else ""
        self.words = loop_words(set_id, self.loop)
        self.depth = len(loops)


_OUTSIDE = _Place("", ())


def explain(source: bytes | Iterable[bytes]) -> Iterator[Explained | Finding]:
    """Every segment of a file in its order, and what is wrong with the envelopes."""
    marks = Delimiters()
    start: TransactionStart | None = None
    texts: list[str] = []
    for event in read_envelopes(source):
        match event:
            case InterchangeStart():
                marks = event.delimiters
                if event.segment:
                    yield _explained(0, event.segment, marks)
            case TransactionStart():
                start, texts = event, []
            case TransactionText():
                texts.append(event.text)
            case TransactionEnd() if start is not None:
                yield from _of_set(start, texts, event.raw)
            case GroupStart() | GroupEnd() | InterchangeEnd():
                if event.segment:
                    yield _explained(0, event.segment, marks)
            case Acknowledged():
                yield _explained(0, event.segment, marks)
            case Finding():
                yield event
            case _:
                pass


def _of_set(start: TransactionStart, texts: list[str], end: str) -> Iterator[Explained]:
    marks = start.delimiters
    raw = [start.raw, *(each for text in texts for each in text.split(marks.segment))]
    raw += [end] if end else []
    transaction = Transaction(
        start.set_id, start.control_number, start.version, tuple(raw), marks, start.position
    )
    guide = guide_of(start.set_id, start.version) or next(iter(guides_of(start.set_id)), None)
    structure = Structure(transaction, guide) if guide else None
    for position, segment in enumerate(transaction.split(), 1):
        loops = structure.path(position).split("/")[:-1] if structure else []
        yield _explained(position, segment, marks, _Place(start.set_id, loops))


def _explained(
    position: int, segment: Iterable[str], marks: Delimiters, place: _Place = _OUTSIDE
) -> Explained:
    name, *elements = segment
    words = SEGMENT_WORDS.get(name)
    said = []
    for number, value in enumerate(elements, 1):
        if not value.strip():
            continue
        designator = f"{name}{number:02d}"
        what = words.element(number) if words else ""
        said.append(Said(designator, what, value.strip(), _meaning(designator, value, marks)))
    return Explained(
        position,
        name,
        words.name if words else "",
        place.loop,
        place.words,
        place.depth,
        tuple(said),
    )


def _meaning(designator: str, value: str, marks: Delimiters) -> str:
    if designator in {"STC01", "STC10", "STC11"}:
        category = value.partition(marks.component)[0]
        return codes.CLAIM_STATUS_CATEGORIES.get(category, "")
    return _MEANINGS.get(designator, {}).get(value, "")

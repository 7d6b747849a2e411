"""Professional claims that are proven before they stand in a file, and known again in it.

A claim is written as text long before its file is made of such texts. What is proven of the text
holds in every file that carries it word for word: only the numbers of its levels (HL01, HL02), the
day of the file and what stands beside the claim differ from file to file, and are asked there. A
file that holds several claims of one person names the person once, above them: each is known with
what stands above it.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from itertools import islice, pairwise
from typing import NamedTuple

from services.payer_gateway.x12.checks.claim_tally import CLAIMS_OF_LEVEL
from services.payer_gateway.x12.checks.loop_prover import LoopKnowledge, ReadLoop
from services.payer_gateway.x12.checks.professional_tally import ProfessionalTally

_MOST_KNOWN = 20_000
_FORGOTTEN_AT_ONCE = 1_000
_DIGEST_BYTES = 16
_LEVELS_THAT_END = frozenset({"20", "22"})


class _Known(NamedTuple):
    """What a proof says of a claim wherever it stands."""

    number: str
    keys: Sequence[object]
    latest: date


class ProvenClaims:
    """Claims proven under one set of delimiters, each known by a digest of its segments.

    With it go those of its subscriber, and of its patient, but for their HL.
    """

    def __init__(self, knowledge: LoopKnowledge[ProfessionalTally]) -> None:
        self._knowledge = knowledge
        self._mark = mark = knowledge.marks.element
        self._between = knowledge.marks.segment
        self._openings = (f"CLM{mark}", f"HL{mark}", f"SE{mark}")
        self._known: dict[bytes, _Known] = {}

    def prove(self, subscriber: str, patient: str, claim: str) -> bool:
        """Whether nothing is wrong with a claim as text, which is noted then.

        subscriber: 2000B without its HL, with 2010BB. patient: 2000C without its HL, empty where
        the subscriber is the patient. claim: 2300 to 2440. Each segment with its terminator.
        """
        below = self._segments(subscriber)
        raws = [self._level("2", "1", "22", "1" if patient else "0"), *below]
        if patient:
            raws += (self._level("3", "2", "23", "0"), *self._segments(patient))
        raws += (*self._segments(claim), f"SE{self._mark}")
        read = self._knowledge.read(raws, 1, ProfessionalTally(1, "1"))
        if read is None or not read.claims:
            return False
        if len(self._known) >= _MOST_KNOWN:
            for oldest in list(islice(self._known, _FORGOTTEN_AT_ONCE)):
                del self._known[oldest]
        above = self._above(raws, 1, len(below) + 1 if patient else 0, read.claims[0][1] - 1)
        each = len(read.keys) // len(read.claims)
        for place, (number, first, last) in enumerate(read.claims):
            keys = tuple(read.keys[place * each : (place + 1) * each])
            digest = self._digest(above, raws[first - 1 : last])
            self._known[digest] = _Known(number, keys, read.latest)
        return True

    def find(self, raws: Sequence[str], position: int, levels: int, above: str) -> ReadLoop | None:
        """What was proven of the loop at a position; None where nothing was.

        Its levels are numbered as they must be after so many levels, below the one numbered so.
        """
        if not self._known:
            return None
        patient, starts, end = self._bounds(raws, position)
        if not 0 < len(starts) <= CLAIMS_OF_LEVEL or not self._knowledge.is_left(raws, end):
            return None
        own = str(levels + 1)
        if raws[position - 1] != self._level(own, above, "22", "1" if patient else "0"):
            return None
        if patient and raws[patient] != self._level(str(levels + 2), own, "23", "0"):
            return None
        who = self._above(raws, position, patient, starts[0])
        claims: list[tuple[str, int, int]] = []
        keys: list[object] = []
        latest = date.min
        for first, last in pairwise((*starts, end)):
            known = self._known.get(self._digest(who, raws[first:last]))
            if known is None:
                return None
            claims.append((known.number, first + 1, last))
            keys += known.keys
            latest = max(latest, known.latest)
        return ReadLoop(end, 2 if patient else 1, claims, keys, latest)

    def _bounds(self, raws: Sequence[str], position: int) -> tuple[int, Sequence[int], int]:
        """The indexes of the patient's HL, 0 where there is none, of the claims, all of them the
        patient's then, and of what comes after all; no claims where they are not so.
        """
        patient, openings = 0, self._openings
        claims: list[int] = []
        for number in range(position, len(raws)):
            raw = raws[number]
            if raw.startswith(openings):
                if raw[0] == "C":
                    claims.append(number)
                elif raw[0] == "S" or self._ends(raw):
                    return patient, claims, number
                elif patient or claims:
                    break
                else:
                    patient = number
        return patient, (), 0

    def _ends(self, level: str) -> bool:
        """Whether an HL begins what is no longer the subscriber's; one cut short does not say."""
        return not _LEVELS_THAT_END.isdisjoint(level.split(self._mark, 4)[3:4])

    def _segments(self, text: str) -> list[str]:
        return text.split(self._between)[:-1]

    def _level(self, number: str, above: str, kind: str, child: str) -> str:
        return self._mark.join(("HL", number, above, kind, child))

    def _above(self, raws: Sequence[str], first: int, patient: int, claim: int) -> str:
        """What stands above the claims, as text: the numbers of the levels are left out."""
        inner = raws[first:claim]
        if patient:
            inner = [*raws[first:patient], "", *raws[patient + 1 : claim]]
        return self._between.join(inner)

    def _digest(self, above: str, claim: Sequence[str]) -> bytes:
        text = self._between.join((above, *claim))
        return blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()

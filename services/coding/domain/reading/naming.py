"""The code that a phrase names, and how sure that is."""

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from services.coding.domain import confidence as measured
from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.phrase_match import Candidate
from services.coding.domain.diagnosis.specificity import base_of, complete
from services.coding.domain.reading import wording

EXACT = 970
INDEX = "OG I.B.1 index"
SIMILAR = "index similarity"
_EXACT_RIVALLED = 860
_EXACT_RESIDUAL = 880
_ALIKE = 820
_STRONG, _STRONG_MARGIN = 920, 60
_GOOD, _GOOD_MARGIN = 840, 60
_LEAST_SCORE = 450
_RARE = 350
_UNSPECIFIED = re.compile(
    r"\b(?:unspecified|not (?:elsewhere classified|otherwise specified))\b", re.I
)
# The letter of a type ("influenza A") is rare, and tells nothing of how rare the disease is.
_TYPES = frozenset(("lettera", "b", "c"))
_OTHER = re.compile(r"\bother\b", re.I)


class Named(Struct, frozen=True, gc=False):
    """The code that a phrase names, before completion, and how sure that is in permille.

    ``confidence`` ranks what was read, and doubt lowers it; ``given`` is what it was at first, and
    ``likely`` how often such a name was right on labelled phrases.
    """

    code: str
    confidence: int
    rule: str
    given: int = 1001
    likely: int = 1000

    @property
    def sure(self) -> int:
        """What to tell of it: as often as such names are right, and no more than doubt allows."""
        if self.confidence >= self.given:
            return self.likely
        return min(self.confidence, self.likely)


def at_most(named: Named, most: int) -> Named:
    """``named``, no surer than ``most``."""
    if named.confidence > most:
        return replace(named, confidence=most)
    return replace(named, likely=most) if named.likely > most else named


def name_of(candidates: Sequence[Candidate], source: str = "") -> Named | None:
    """The best candidate with a confidence from its score and its margin over other categories.

    ``source`` where it is known better than by whether the candidate is exact (``source_of``).
    """
    if not candidates or candidates[0].score < _LEAST_SCORE:
        return None
    best = candidates[0]
    margin = best.score - _rival(candidates)
    if best.exact:
        confidence, rule = EXACT if margin else _EXACT_RIVALLED, INDEX
    else:
        confidence, rule = _similar(best.score, margin), SIMILAR
    return Named(best.code, confidence, rule, confidence, likelihood(candidates, source))


def source_of(
    codes: DiagnosisCodes, tokens: tuple[str, ...], sides: frozenset[str], code: str, *, exact: bool
) -> str:
    """By what the words find ``code``, as the curves of confidence tell sources apart.

    An unspecified code, or one for what is other, whose titles lack a rare word that was said is
    one that the index has for want of another; it is less often the right one. A word is rare that
    few phrases have.
    """
    if not exact:
        return measured.SIMILARITY
    completed = complete(codes, code, sides).codes
    node = base_of(codes, completed[0]) if completed else None
    if node is None:
        return measured.INDEX
    if _UNSPECIFIED.search(node.title) is not None:
        wanting = measured.WIDER
    elif _OTHER.search(node.title) is not None:
        wanting = measured.RESIDUAL
    else:
        return measured.INDEX
    titled: set[str] = set()
    while node is not None:
        titled.update(wording.read(node.title).tokens)
        node = codes.node(node.parent) if node.parent else None
    # "Neuropathy" is in "polyneuropathy".
    said = " ".join(titled)
    left = [
        codes.token(each)
        for each in tokens
        if each not in titled and each not in said and each not in _TYPES
    ]
    rare = any(known is None or known.frequency < _RARE for known in left)
    return wanting if rare else measured.INDEX


def likelihood(candidates: Sequence[Candidate], source: str = "") -> int:
    """How often the best of such candidates was right on labelled phrases, in permille."""
    source = source or (measured.INDEX if candidates[0].exact else measured.SIMILARITY)
    return measured.calibrated(source, candidates[0].score, margin_of(candidates))


def margin_of(candidates: Sequence[Candidate]) -> int:
    """How far the next code is behind; behind an exact one, the next of another category."""
    best = candidates[0]
    if best.exact:
        return best.score - _rival(candidates)
    return best.score - (candidates[1].score if len(candidates) > 1 else 0)


def _rival(candidates: Sequence[Candidate]) -> int:
    """The score of the best candidate of another category; 0 without one."""
    category = candidates[0].code[:3]
    return next((each.score for each in candidates[1:] if each.code[:3] != category), 0)


def _similar(score: int, margin: int) -> int:
    if score >= _STRONG and margin >= _STRONG_MARGIN:
        return _EXACT_RESIDUAL
    if score >= _GOOD and margin >= _GOOD_MARGIN:
        return _ALIKE
    return min(score * 8 // 10, 780)

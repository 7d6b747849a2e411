"""The code that a phrase names, and how sure that is."""

from collections.abc import Sequence

from msgspec import Struct

from services.coding.domain import confidence as measured
from services.coding.domain.diagnosis.phrase_match import Candidate

EXACT = 970
INDEX = "OG I.B.1 index"
_EXACT_RIVALLED = 860
_EXACT_RESIDUAL = 880
_ALIKE = 820
_STRONG, _STRONG_MARGIN = 920, 60
_GOOD, _GOOD_MARGIN = 840, 60
_LEAST_SCORE = 450


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


def name_of(candidates: Sequence[Candidate]) -> Named | None:
    """The best candidate with a confidence from its score and its margin over other categories."""
    if not candidates or candidates[0].score < _LEAST_SCORE:
        return None
    best = candidates[0]
    margin = best.score - _rival(candidates)
    if best.exact:
        confidence, rule = EXACT if margin else _EXACT_RIVALLED, INDEX
    else:
        confidence, rule = _similar(best.score, margin), "index similarity"
    return Named(best.code, confidence, rule, confidence, likelihood(candidates))


def likelihood(candidates: Sequence[Candidate]) -> int:
    """How often the best of such candidates was right on labelled phrases, in permille."""
    source = measured.INDEX if candidates[0].exact else measured.SIMILARITY
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

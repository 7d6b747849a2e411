"""The code that a phrase names, and how sure that is."""

from collections.abc import Sequence

from msgspec import Struct

from services.coding.domain.diagnosis.phrase_match import Candidate

EXACT = 970
INDEX = "OG I.B.1 index"
_EXACT_RESIDUAL = 880
_STRONG, _STRONG_MARGIN = 920, 60
_GOOD, _GOOD_MARGIN = 840, 60
_LEAST_SCORE = 450


class Named(Struct, frozen=True, gc=False):
    """The code that a phrase names, before completion, and how sure that is in permille."""

    code: str
    confidence: int
    rule: str


def name_of(candidates: Sequence[Candidate]) -> Named | None:
    """The best candidate with a confidence from its score and its margin over other categories."""
    if not candidates or candidates[0].score < _LEAST_SCORE:
        return None
    best = candidates[0]
    rival = next((c.score for c in candidates[1:] if c.code[:3] != best.code[:3]), 0)
    margin = best.score - rival
    if best.exact:
        return Named(best.code, EXACT if margin else 860, INDEX)
    if best.score >= _STRONG and margin >= _STRONG_MARGIN:
        return Named(best.code, _EXACT_RESIDUAL, "index similarity")
    if best.score >= _GOOD and margin >= _GOOD_MARGIN:
        return Named(best.code, 820, "index similarity")
    return Named(best.code, min(best.score * 8 // 10, 780), "index similarity")

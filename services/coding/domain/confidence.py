"""How sure a code is: how often such a code was right on labelled cases, in permille.

The curves are fitted by isotonic regression on one half of the cases and checked on the other
(``make eval`` prints the reliability table and, with ``--calibrate``, fits them again).
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from services.coding.domain.calibration_table import CURVES

Curve = Sequence[tuple[int, int]]
Curves = Mapping[str, Sequence[Curve]]

MARGINS = (0, 1, 50, 150)
"""The least margin of each bucket: how far the next code is behind, in points of the score.

A path that says "other" or "not elsewhere classified" is 55 behind one that says the same without.
"""
INDEX, WIDER, RESIDUAL, SIMILARITY = "index", "wider", "residual", "similarity"
"""Sources: the words of an index path and no other; the same, and the code is an unspecified one
that says less than the words, or one for what is classified as other; or words like those of a
path.
"""
_MOST = {RESIDUAL: 930, f"nearly {RESIDUAL}": 930, SIMILARITY: 930}
"""What no curve goes beyond, by what all labelled phrases say together where the half for fitting
was luckier than the rest: of 128 rare terms that would have been final on a code for what is other
119 were right, and of 93 words that are like those of a path, but not nearly the same, 85.
"""
_NEARLY = 980


def calibrated(source: str, score: int, margin: int, curves: Curves = CURVES) -> int:
    """Permille of codes that were right with such a source, score and margin over the next code.

    For a source that no labelled case has (a code that the EHR gives), the score itself.
    """
    known = curves.get(source)
    if known is None:
        return max(0, min(score, 1000))
    most = _MOST.get(source, 1000) if score < _NEARLY else _MOST.get(f"nearly {source}", 1000)
    return min(permille(known[bucket(margin)], score), most)


def bucket(margin: int) -> int:
    """The number of the margin's bucket."""
    return max(0, bisect_right(MARGINS, margin) - 1)


def permille(curve: Curve, score: int) -> int:
    """What ``curve``, steps of (least score, permille) upwards, has for a score."""
    at = bisect_right(curve, score, key=_least_score) - 1
    return curve[max(0, at)][1]


def _least_score(step: tuple[int, int]) -> int:
    return step[0]

"""Isotonic regression in integers, and how well what it gives agrees with what happened."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.coding.domain.confidence import MARGINS, Curve, bucket, permille

_LEAST_CASES = 20
_BANDS = (0, 300, 500, 600, 700, 800, 850, 900, 950, 1001)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a code came from, and whether it was the right one."""

    source: str
    score: int
    margin: int
    right: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Codes whose confidence lay in a band: how many, how sure on average, how many were right."""

    least: int
    below: int
    cases: int
    promised_permille: int
    right_permille: int


def fitted(outcomes: Iterable[Outcome]) -> dict[str, tuple[Curve, ...]]:
    """A curve for each source and margin bucket: never falling with score, nor with margin.

    Pool adjacent violators; a step says (right + 1) / (cases + 2), so that few cases promise
    little. Where a wider margin did worse, the narrower is lowered to it.
    """
    cells: dict[str, list[list[Outcome]]] = {}
    for each in outcomes:
        cells.setdefault(each.source, [[] for _ in MARGINS])[bucket(each.margin)].append(each)
    return {source: _lowered([_curve(cell) for cell in cells[source]]) for source in sorted(cells)}


def _curve(outcomes: Sequence[Outcome]) -> Curve:
    pooled: list[tuple[int, int, int]] = []
    for least, right, cases in _bins(sorted(outcomes, key=lambda each: each.score)):
        pooled.append((least, right, cases))
        while len(pooled) > 1 and _sure(pooled[-2]) >= _sure(pooled[-1]):
            (first, a, b), (_, c, d) = pooled[-2:]
            pooled[-2:] = [(first, a + c, b + d)]
    return tuple((0 if n == 0 else step[0], _sure(step)) for n, step in enumerate(pooled))


def _bins(ordered: Sequence[Outcome]) -> list[tuple[int, int, int]]:
    """Least score, right, cases; each score whole in one bin, and no bin with few cases."""
    found: list[tuple[int, int, int]] = []
    for score, alike in groupby(ordered, key=lambda each: each.score):
        if not found or found[-1][2] >= _LEAST_CASES:
            found.append((score, 0, 0))
        verdicts = [each.right for each in alike]
        least, right, cases = found[-1]
        found[-1] = (least, right + sum(verdicts), cases + len(verdicts))
    if len(found) > 1 and found[-1][2] < _LEAST_CASES:
        (least, a, b), (_, c, d) = found[-2:]
        found[-2:] = [(least, a + c, b + d)]
    return found


def _sure(step: tuple[int, int, int]) -> int:
    _, right, cases = step
    return 1000 * (right + 1) // (cases + 2)


def _lowered(curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """Each curve at most as high as those of wider margins; one without cases is like the next."""
    lowered: list[Curve] = [next(curve for curve in reversed(curves) if curve)]
    for curve in reversed(curves[:-1]):
        wider = lowered[-1]
        if not curve:
            lowered.append(wider)
            continue
        steps = sorted({score for score, _ in (*curve, *wider)})
        values = [(score, min(permille(curve, score), permille(wider, score))) for score in steps]
        lowered.append(
            tuple(step for n, step in enumerate(values) if n == 0 or step[1] != values[n - 1][1])
        )
    return tuple(reversed(lowered))


def reliability(promised: Iterable[tuple[int, bool]]) -> tuple[Band, ...]:
    """By band of confidence (permille): what was promised, and what came true."""
    found: Mapping[int, list[tuple[int, bool]]] = {n: [] for n in range(len(_BANDS) - 1)}
    for confidence, right in promised:
        found[bisect_right(_BANDS, confidence) - 1].append((confidence, right))
    return tuple(
        Band(
            _BANDS[n],
            _BANDS[n + 1],
            len(cases),
            sum(confidence for confidence, _ in cases) // len(cases),
            1000 * sum(right for _, right in cases) // len(cases),
        )
        for n, cases in found.items()
        if cases
    )


def calibration_error(bands: Sequence[Band]) -> int:
    """The mean distance, in permille, between what was promised and what came true."""
    cases = sum(band.cases for band in bands)
    off = sum(band.cases * abs(band.promised_permille - band.right_permille) for band in bands)
    return off // cases if cases else 0


def automatic_share(claims: Sequence[tuple[int, bool]], wanted_permille: int) -> tuple[int, int]:
    """The largest share, in permille, of claims that is right often enough, the surest first.

    Returns it with the confidence from which it is reached; (0, 1001) where none is. Claims that
    are equally sure stand or fall together.
    """
    ordered = sorted(claims, key=lambda each: -each[0])
    best, at, right = (0, 1001), 0, 0
    while at < len(ordered):
        confidence = ordered[at][0]
        while at < len(ordered) and ordered[at][0] == confidence:
            right += ordered[at][1]
            at += 1
        if right * 1000 >= wanted_permille * at:
            best = (1000 * at // len(ordered), confidence)
    return best

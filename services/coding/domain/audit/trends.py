"""Who codes unlike the others: shares by month against a baseline, outliers first.

The baseline is what peers do (the other providers of the same specialty in all practices, or the
other practices, over the same months), or distributions from a file. A share says nothing about who
is right; it says where an auditor would look first: at what stands out by chance least of all, and
by more encounters than a few.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import isqrt
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Kind = Literal["diagnosis", "procedure", "visit", "query"]
FEWEST = 10
"""Observations below which nothing is said about a provider's month."""
OUTLYING = 2_000
"""Thousandths of a standard deviation from which a share stands out."""
FEWEST_APART = 5
"""Observations more or fewer than expected, below which nothing stands out: a rare code is rare."""


class Observed(Struct, frozen=True):
    """One code (or kind of query) of one encounter."""

    practice_id: str
    provider_id: str
    specialty: str
    month: str
    kind: Kind
    code: str


class Trend(Struct, frozen=True):
    """One code's share at one provider in one month.

    ``deviation`` is in thousandths of a standard deviation of a draw from the baseline, which was
    made from ``baseline_of`` observations, 0 where a file says it. An empty provider: all of the
    practice's.
    """

    practice_id: str
    provider_id: str
    month: str
    kind: Kind
    code: str
    count: int
    of: int
    share_permille: int
    baseline_permille: int
    deviation: int
    baseline: str
    baseline_of: int = 0

    @property
    def apart(self) -> int:
        """How many observations it is from what the baseline lets expect."""
        return abs(1_000 * self.count - self.of * self.baseline_permille) // 1_000

    @property
    def outlier(self) -> bool:
        """Whether it stands out: by more than chance and by more than a few."""
        return abs(self.deviation) >= OUTLYING and self.apart >= FEWEST_APART


Baseline = Mapping[str, Mapping[str, int]]
"""By kind and code: the share in permille."""
_Place = tuple[str, str, str, Kind]


def trends(observed: Iterable[Observed], baseline: Baseline | None = None) -> list[Trend]:
    """All shares: outliers first, the largest deviation before the others, equal ones by name.

    A kind for which there is neither a baseline nor a peer is left out: nothing is its own measure.
    """
    own: dict[_Place, Counter[str]] = defaultdict(Counter)
    peers: dict[tuple[str, Kind], Counter[str]] = defaultdict(Counter)
    alone: dict[tuple[str, Kind, str, str], Counter[str]] = defaultdict(Counter)
    specialty: dict[tuple[str, str], str] = {}
    for each in observed:
        own[each.practice_id, each.provider_id, each.month, each.kind][each.code] += 1
        peers[each.specialty, each.kind][each.code] += 1
        alone[each.specialty, each.kind, each.practice_id, each.provider_id][each.code] += 1
        specialty[each.practice_id, each.provider_id] = each.specialty
    found: list[Trend] = []
    for (practice, provider, month, kind), counts in own.items():
        total = counts.total()
        if total < FEWEST:
            continue
        group = specialty[practice, provider]
        others = peers[group, kind] - alone[group, kind, practice, provider]
        shares, named, among = _shares(kind, others, baseline)
        if shares is None:
            continue
        for code in sorted({*counts, *shares}):
            expected = shares.get(code, 0)
            count = counts[code]
            found.append(
                Trend(
                    practice,
                    provider,
                    month,
                    kind,
                    code,
                    count,
                    total,
                    1_000 * count // total,
                    expected,
                    deviation(count, total, expected),
                    named,
                    among,
                )
            )
    return sorted(
        found,
        key=lambda one: (
            not one.outlier,
            -abs(one.deviation),
            one.practice_id,
            one.provider_id,
            one.month,
            one.kind,
            one.code,
        ),
    )


def _shares(
    kind: Kind, others: Counter[str], baseline: Baseline | None
) -> tuple[Mapping[str, int] | None, str, int]:
    if baseline is not None:
        return baseline.get(kind), "file", 0
    total = others.total()
    if total < FEWEST:
        return None, "", total
    return {code: 1_000 * count // total for code, count in others.items()}, "peers", total


def of_practices(observed: Iterable[Observed]) -> list[Observed]:
    """The same observations, each as its practice's and of no provider: peers are practices."""
    return [replace(each, provider_id="", specialty="") for each in observed]


def deviation(count: int, total: int, expected_permille: int) -> int:
    """How far a count is from what the share lets expect, in thousandths of a deviation.

    (k - n p) / sqrt(n p (1 - p)) with the share held within one and 999 permille.
    """
    share = min(max(expected_permille, 1), 999)
    spread = isqrt(total * share * (1_000 - share))
    difference = 1_000 * (1_000 * count - total * share)
    return difference // spread if difference >= 0 else -(-difference // spread)

"""From a phrase to the ICD-10-CM codes it may name, best first.

The alphabetic index decides (guideline I.B.1: locate the term in the index, then verify it in the
tabular list). A phrase matches an index path exactly when its words are the path's words, with the
path's non-essential modifiers optional; else by a coverage F-score over word weights.
All arithmetic is in integers, so that a score is the same on every machine.
"""

from bisect import bisect_left
from dataclasses import dataclass
from heapq import nlargest

from services.coding.domain import wording
from services.coding.domain.code_sets import DiagnosisCodes, Token

_UNKNOWN_WEIGHT = 400
_POSTING_BUDGET = 24_000
_SHORTLIST = 120
_LEAST_SHARE = 35
_RESIDUAL_PENALTY = 55
_SOURCE_PENALTY = (0, 4, 2)
_LEADERS = 24
_AROUND_SHARE = 700
_CACHE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that a phrase may name; ``score`` in permille, ``path`` as the index reads."""

    code: str
    score: int
    path: str
    exact: bool


def _best_first(row: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    score, source, matched, number = row
    return -score, -source, -matched, number


class PhraseMatcher:
    """Ranks codes for phrases against one release; remembers what it has ranked."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self._ranked: dict[tuple[str, ...], tuple[Candidate, ...]] = {}
        self._tokens: dict[str, Token | None] = {}
        self._surroundings: dict[str, frozenset[int]] = {}

    def rank(self, tokens: tuple[str, ...], top: int = 5) -> tuple[Candidate, ...]:
        """Up to ``top`` candidates with different codes, best first; empty when nothing fits."""
        found = self._ranked.get(tokens)
        if found is None:
            if len(self._ranked) >= _CACHE_LIMIT:
                self._ranked.clear()
            found = self._ranked[tokens] = self._search(tokens)
        return found[:top]

    def exact(self, tokens: tuple[str, ...]) -> Candidate | None:
        """The code whose index path has just these words; cheap."""
        number = self._codes.exact(" ".join(sorted(tokens)))
        if number is None:
            return None
        phrase = self._codes.phrase(number)
        return Candidate(phrase.code, 1000, self._path(number), exact=True)

    def unaccounted(self, tokens: tuple[str, ...], candidate: Candidate) -> frozenset[str]:
        """Words of a phrase that neither the index path nor the titles around the code have."""
        if candidate.exact:
            return frozenset()
        path = set(wording.read(candidate.path).tokens)
        around = self._around(candidate.code)
        left: set[str] = set()
        for text in tokens:
            token = self._token(text)
            if text not in path and (token is None or token.number not in around):
                left.add(text)
        return frozenset(left)

    def _path(self, number: int) -> str:
        return self._codes.path(number) or "tabular list"

    def _token(self, text: str) -> Token | None:
        if text in self._tokens:
            return self._tokens[text]
        found = self._tokens[text] = self._codes.token(text)
        return found

    def _search(self, tokens: tuple[str, ...]) -> tuple[Candidate, ...]:
        known = sorted(
            (token for token in map(self._token, tokens) if token is not None),
            key=lambda token: (token.frequency, token.number),
        )
        if not known:
            return ()
        query_weight = sum(token.weight for token in known)
        query_weight += _UNKNOWN_WEIGHT * (len(tokens) - len(known))
        essential, optional, counted = self._accumulate(known)
        shortlist = self._shortlist(essential, optional)
        rest = [(token.weight, self._codes.postings(token.number)) for token in known[counted:]]
        scored: list[tuple[int, int, int, int]] = []
        for number in shortlist:
            matched = essential.get(number, 0)
            extra = optional.get(number, 0)
            for weight, postings in rest:
                at = bisect_left(postings, number << 1)
                if at < len(postings) and postings[at] >> 1 == number:
                    if postings[at] & 1:
                        extra += weight
                    else:
                        matched += weight
            phrase = self._codes.phrase(number)
            query_part = 1000 * (matched + extra) // query_weight
            phrase_part = 1000 * matched // phrase.weight if phrase.weight else 0
            if query_part + phrase_part == 0:
                continue
            score = 2 * query_part * phrase_part // (query_part + phrase_part)
            penalty = _SOURCE_PENALTY[phrase.source] if score < 1000 else 0
            if phrase.residual:
                penalty += _RESIDUAL_PENALTY
            scored.append((score - penalty, -phrase.source, matched, number))
        scored.sort(key=_best_first)
        if scored and scored[0][0] < 1000 and len(tokens) > 1:
            self._verify(scored, known, query_weight)
        return self._distinct(scored)

    def _verify(
        self, scored: list[tuple[int, int, int, int]], known: list[Token], query_weight: int
    ) -> None:
        """Rank the leaders again, with the words that the tabular list has around their codes.

        Guideline I.B.1: locate the term in the index, then verify it in the tabular list.
        """
        for place, (score, source, matched, number) in enumerate(scored[:_LEADERS]):
            around = self._around(self._codes.phrase(number).code)
            extra = sum(
                token.weight
                for token in known
                if token.number in around and not self._has(token, number)
            )
            if extra:
                gain = _AROUND_SHARE * extra // query_weight
                lifted = score + gain * max(1000 - score, 0) // 1000
                scored[place] = (min(lifted, 999), source, matched, number)
        scored.sort(key=_best_first)

    def _has(self, token: Token, number: int) -> bool:
        postings = self._codes.postings(token.number)
        at = bisect_left(postings, number << 1)
        return at < len(postings) and postings[at] >> 1 == number

    def _around(self, code: str) -> frozenset[int]:
        """Words in the titles of a code, of those above it and of those right below it."""
        found = self._surroundings.get(code)
        if found is None:
            words: set[str] = set()
            node = self._codes.node(code)
            children = () if node is None else node.children
            while node is not None:
                words.update(wording.read(node.title).tokens)
                node = self._codes.node(node.parent) if node.parent else None
            for child in map(self._codes.node, children):
                if child is not None:
                    words.update(wording.read(child.title).tokens)
            tokens = map(self._token, sorted(words))
            found = frozenset(token.number for token in tokens if token is not None)
            if len(self._surroundings) >= _CACHE_LIMIT:
                self._surroundings.clear()
            self._surroundings[code] = found
        return found

    def _shortlist(self, essential: dict[int, int], optional: dict[int, int]) -> list[int]:
        """The phrases worth scoring; one without any essential word of its own is none."""
        if not essential:
            return []
        least = max(essential.values()) * _LEAST_SHARE // 100
        weights = self._codes.weights
        extra = optional.get
        bounds = [
            (matched * 1000 // (weights[number] + 300) + matched + extra(number, 0), -number)
            for number, matched in essential.items()
            if matched >= least
        ]
        return [-number for _, number in nlargest(_SHORTLIST, bounds)]

    def _accumulate(self, known: list[Token]) -> tuple[dict[int, int], dict[int, int], int]:
        """Weights gathered per phrase from the rarest words, within a budget of postings."""
        essential: dict[int, int] = {}
        optional: dict[int, int] = {}
        spent = 0
        for counted, token in enumerate(known):
            if counted and spent + token.frequency > _POSTING_BUDGET:
                return essential, optional, counted
            spent += token.frequency
            weight = token.weight
            gathered = essential.get
            for posting in self._codes.postings(token.number):
                number = posting >> 1
                if posting & 1:
                    optional[number] = optional.get(number, 0) + weight
                else:
                    essential[number] = gathered(number, 0) + weight
        return essential, optional, len(known)

    def _distinct(self, scored: list[tuple[int, int, int, int]]) -> tuple[Candidate, ...]:
        found: dict[str, Candidate] = {}
        for score, _, _, number in scored:
            code = self._codes.phrase(number).code
            if code not in found:
                found[code] = Candidate(code, max(score, 0), self._path(number), score >= 1000)
                if len(found) == 10:
                    break
        return tuple(found.values())

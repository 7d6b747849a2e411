"""From a phrase to the ICD-10-CM codes it may name, best first.

The alphabetic index decides (guideline I.B.1: locate the term in the index, then verify it in the
tabular list). A phrase matches an index path exactly when its words are the path's words, with the
path's non-essential modifiers optional; else by a coverage F-score over word weights.
All arithmetic is in integers, so that a score is the same on every machine.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from services.coding.domain.code_sets import (
    BILATERAL,
    EXTERNAL,
    LEFT,
    RESIDUAL,
    RIGHT,
    SOURCE_DERIVED,
    UNSPECIFIED,
    DiagnosisCodes,
    DiagnosisNode,
    Token,
)
from services.coding.domain.diagnosis.phrase_words import Meaning, PhraseWords
from services.coding.domain.diagnosis.shortlist import Shortlist
from services.coding.domain.reading import wording

_UNKNOWN_WEIGHT = 400
_POSTING_BUDGET = 12_000
_RESIDUAL_PENALTY = 45
_NOT_RESIDUAL_PENALTY = 45
_UNGOVERNED_PENALTY = 150
_GOVERNED = "ZT"
_GOVERNED_PENALTY = 60
_UNSPECIFIED_PENALTY = 20
_OTHER_SIDE_PENALTY = 90
_SIDE_PENALTY = 25
_EXTERNAL_PENALTY = 40
_SOURCE_PENALTY = (0, 5, 3, 6)
_SOURCE = 3
_EXTERNAL_LAST = 16
_SIDE_FIRST = 4
_SIDES = LEFT | RIGHT | BILATERAL
_CONTRARY_PENALTY = 150
_HARDLY, _BUT_FOR = 850, 880
_DENYING = frozenset(("without", "not"))
_LIMBS = {"leg": ("lower", "limb"), "arm": ("upper", "limb")}
_WHICH_LIMB = frozenset(("upper", "lower"))
_SIDE_FLAGS = {"left": LEFT, "right": RIGHT, "bilateral": BILATERAL}
_LEADERS = 24
_AROUND_SHARE = 850
_CACHE_LIMIT = 20_000
_MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that a phrase may name; ``score`` in permille, ``path`` as the index reads."""

    code: str
    score: int
    path: str
    exact: bool


_Asked = tuple[tuple[str, ...], frozenset[str], frozenset[str], frozenset[str]]


def _wanted(sides: frozenset[str], marks: frozenset[str]) -> int:
    """What a phrase's flags are when it says of sides and of the unclassified what was asked."""
    wanted = sum(_SIDE_FLAGS[side] for side in sides)
    if "other" in marks:
        wanted |= RESIDUAL
    if "unspecified" in marks:
        wanted |= UNSPECIFIED
    return wanted


@lru_cache(maxsize=4096)
def _penalty(flags: int, wanted: int) -> int:
    """What a phrase loses for saying more of sides and of the unclassified than was asked."""
    lost = 0
    if flags & RESIDUAL != wanted & RESIDUAL:
        lost += _RESIDUAL_PENALTY if flags & RESIDUAL else _NOT_RESIDUAL_PENALTY
    if wanted & UNSPECIFIED and not flags & UNSPECIFIED:
        lost += _UNSPECIFIED_PENALTY
    if flags & _SIDES and flags & _SIDES != wanted & _SIDES:
        lost += _OTHER_SIDE_PENALTY if wanted & _SIDES else _SIDE_PENALTY
    return lost


def _best_first(row: tuple[int, int, int, int]) -> tuple[int, ...]:
    score, source, matched, number = row
    if score >= 1000 and source > -_EXTERNAL_LAST:
        # Of two in just these words, the one that needs more of them.
        return -score, 0, -matched, -source, number
    return -score, 1, -source, -matched, number


def _with_the_limb(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """ "Leg" as the lower limb and "arm" as the upper, as titles have them; else nothing."""
    if not _WHICH_LIMB.isdisjoint(tokens):
        return ()
    told = [part for each in tokens for part in _LIMBS.get(each, (each,))]
    return tuple(dict.fromkeys(told)) if len(told) > len(tokens) else ()


class PhraseMatcher:
    """Ranks codes for phrases against one release; remembers what it has ranked."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self._words = PhraseWords(codes)
        self._shortlist = Shortlist(codes)
        self._ranked: dict[_Asked, tuple[Candidate, ...]] = {}
        self._surroundings: dict[str, frozenset[int]] = {}

    def rank(
        self,
        tokens: tuple[str, ...],
        top: int = 5,
        sides: frozenset[str] = frozenset(),
        marks: frozenset[str] = frozenset(),
        denied: frozenset[str] | None = None,
    ) -> tuple[Candidate, ...]:
        """Up to ``top`` candidates with different codes, best first; empty when nothing fits.

        ``denied`` are the tokens that the phrase says are not there; where it is not told, those
        right behind a word that denies.
        """
        if denied is None:
            behind = (word for before, word in pairwise(tokens) if before in _DENYING)
            denied = frozenset(behind).difference(_DENYING)
        asked = tokens, sides, marks, denied
        found = self._ranked.get(asked)
        if found is None:
            if len(self._ranked) >= _CACHE_LIMIT:
                self._ranked.clear()
            told = self._words.told_apart(tokens)
            found = self._search(told, _wanted(sides, marks), denied)
            self._ranked[asked] = found
        return found[:top]

    def has_exact(self, tokens: tuple[str, ...]) -> bool:
        """Whether any phrase has all these words and needs no other; if not, none ranks exact."""
        tokens = self._words.told_apart(tokens)
        known = [token for token in map(self._words.token, tokens) if token is not None]
        if not known or len(known) < len(tokens):
            return False
        known.sort(key=lambda token: token.frequency)
        rarest, *others = [(token.weight, *self._codes.postings(token.number)) for token in known]
        weights, flags = self._codes.weights, self._codes.flags
        most = sum(token.weight for token in known)
        for numbers, first in ((rarest[1], rarest[0]), (rarest[2], 0)):
            least, heaviest = first or 1, most if first else most - rarest[0]
            for number in numbers:
                if not least <= weights[number] <= heaviest or flags[number] & RESIDUAL:
                    continue
                needed = first
                for weight, essential, optional in others:
                    at = bisect_left(essential, number)
                    if at < len(essential) and essential[at] == number:
                        needed += weight
                    elif not _holds(optional, number):
                        break
                else:
                    if needed == weights[number]:
                        return True
        return False

    def unaccounted(self, tokens: tuple[str, ...], candidate: Candidate) -> frozenset[str]:
        """Words of a phrase that neither the index path nor the titles around the code have."""
        if candidate.exact:
            return frozenset()
        path = set(wording.read(candidate.path).tokens)
        around = self._around(candidate.code)
        left: set[str] = set()
        for text in tokens:
            token = self._words.token(text)
            if text not in path and (token is None or token.number not in around):
                left.add(text)
        return frozenset(left)

    def _search(
        self, tokens: tuple[str, ...], wanted: int, denied: frozenset[str]
    ) -> tuple[Candidate, ...]:
        """The best candidates; of an unknown word's meanings, the one that finds the best."""
        unknown = [text for text in tokens if self._words.token(text) is None]
        meanings = self._words.meanings(unknown[0]) if len(unknown) == 1 else ()
        found = self._found(tokens, wanted, denied, meanings[:1])
        others = [self._found(tokens, wanted, denied, (meaning,)) for meaning in meanings[1:]]
        if not found or found[0].score < 1000:
            limb = _with_the_limb(tokens)
            others.extend([self._found(limb, wanted, denied, meanings[:1])] if limb else [])
        for other in others:
            if other and (not found or other[0].score > found[0].score):
                found = other
        if denied and (not found or found[0].score < _HARDLY):
            found = self._but_for(denied, tokens, wanted, meanings[:1]) or found
        return found

    def _but_for(
        self,
        denied: frozenset[str],
        tokens: tuple[str, ...],
        wanted: int,
        chosen: tuple[Meaning, ...],
    ) -> tuple[Candidate, ...]:
        """What the index has for the phrase but for what is not there; no surer than nearly."""
        left = tuple(each for each in tokens if each not in denied and each not in _DENYING)
        found = self._found(left, wanted, frozenset(), chosen) if left else ()
        if not found or found[0].score <= _BUT_FOR:
            return ()
        return tuple(replace(each, score=min(each.score, _BUT_FOR), exact=False) for each in found)

    def _found(
        self,
        tokens: tuple[str, ...],
        wanted: int,
        denied: frozenset[str],
        chosen: tuple[Meaning, ...],
    ) -> tuple[Candidate, ...]:
        known: dict[int, Token] = {}
        query_weight = 0
        for text in tokens:
            token = self._words.token(text)
            if token is not None:
                known.setdefault(token.number, token)
                query_weight += token.weight
                continue
            meanings = chosen or self._words.meanings(text)
            meant, share = meanings[0] if meanings else ((), 0)
            query_weight += sum(each.weight for each in meant) or _UNKNOWN_WEIGHT
            for each in meant:
                counted = each._replace(weight=each.weight * share // 100)
                known.setdefault(each.number, counted)
        if not known:
            return ()
        words = sorted(known.values(), key=lambda token: (token.frequency, token.number))
        looked_up = _within_budget(words)
        shortlist = self._shortlist.of(words[:looked_up])
        rest = [(token.weight, *self._codes.postings(token.number)) for token in words[looked_up:]]
        weights, flags = self._codes.weights, self._codes.flags
        scored: list[tuple[int, int, int, int]] = []
        for number, needed, allowed in shortlist:
            matched, extra = needed, allowed
            for weight, essential, optional in rest:
                at = bisect_left(essential, number)
                if at < len(essential) and essential[at] == number:
                    matched += weight
                elif _holds(optional, number):
                    extra += weight
            own_weight = weights[number]
            query_part = 1000 * (matched + extra) // query_weight
            phrase_part = 1000 * matched // own_weight if own_weight else 0
            if query_part + phrase_part == 0:
                continue
            score = 2 * query_part * phrase_part // (query_part + phrase_part)
            flag = flags[number]
            source = flag & _SOURCE
            score -= _penalty(flag & ~_SOURCE, wanted)
            tie = -source
            if flag & EXTERNAL:
                tie -= _EXTERNAL_LAST
            elif flag & _SIDES and not (flag ^ wanted) & _SIDES:
                tie += _SIDE_FIRST
            if score < 1000 or source == SOURCE_DERIVED:
                score -= _SOURCE_PENALTY[source]
                if flag & EXTERNAL:
                    score -= _EXTERNAL_PENALTY
            scored.append((score, tie, matched, number))
        scored.sort(key=_best_first)
        if scored and scored[0][0] < 1000 and len(tokens) > 1:
            self._verify(scored, words, query_weight)
        if denied:
            self._without_the_contrary(scored, tokens, denied)
        return self._distinct(scored)

    def _without_the_contrary(
        self,
        scored: list[tuple[int, int, int, int]],
        tokens: tuple[str, ...],
        denied: frozenset[str],
    ) -> None:
        """Put back the leaders that affirm what was denied, or deny what was affirmed."""
        affirmed = frozenset(tokens) - denied
        leaders = [number for _, _, _, number in scored[:_LEADERS]]
        paths = self._codes.paths(leaders)
        for place, (score, tie, matched, number) in enumerate(scored[:_LEADERS]):
            node = self._codes.node(self._codes.code_of(number))
            text = paths.get(number) or ("" if node is None else node.title)
            own = wording.read(text)
            contrary = (denied & frozenset(own.tokens)) - own.denied or own.denied & affirmed
            if contrary:
                scored[place] = (min(score, 999) - _CONTRARY_PENALTY, tie, matched, number)
        scored.sort(key=_best_first)

    def _verify(
        self, scored: list[tuple[int, int, int, int]], known: list[Token], query_weight: int
    ) -> None:
        """Rank the leaders again, with the words that the tabular list has around their codes.

        Guideline I.B.1: locate the term in the index, then verify it in the tabular list.
        """
        governing = self._words.governing
        said = frozenset(token.number for token in known)
        held = [(token, *self._codes.postings(token.number)) for token in known]
        for place, (given, tie, matched, number) in enumerate(scored[:_LEADERS]):
            code = self._codes.code_of(number)
            other = code[0] in _GOVERNED and self._is_governed(number, governing - said)
            score = given - _GOVERNED_PENALTY if other else given
            scored[place] = (score, tie, matched, number)
            missing = [
                token
                for token, essential, optional in held
                if not (_holds(essential, number) or _holds(optional, number))
            ]
            if not missing:
                continue
            around = self._around(code)
            extra = sum(token.weight for token in missing if token.number in around)
            gain = _AROUND_SHARE * extra // query_weight
            lifted = min(score + gain * max(1000 - score, 0) // 1000, 999)
            if any(t.number in governing and t.number not in around for t in missing):
                lifted -= _UNGOVERNED_PENALTY
            scored[place] = (lifted, tie, matched, number)
        scored.sort(key=_best_first)

    def _is_governed(self, number: int, governing: frozenset[int]) -> bool:
        """Whether a phrase needs one of these words: "family", "screening"."""
        return any(_holds(self._codes.postings(each).essential, number) for each in governing)

    def _around(self, code: str) -> frozenset[int]:
        """Words in the titles of a code, of those above it and of those right below it."""
        found = self._surroundings.get(code)
        if found is None:
            node = self._codes.node(code)
            near = [] if node is None else list(map(self._codes.node, node.children))
            while node is not None:
                near.append(node)
                node = self._codes.node(node.parent) if node.parent else None
            found = frozenset().union(*[self._title(each) for each in near if each is not None])
            if len(self._surroundings) >= _CACHE_LIMIT:
                self._surroundings.clear()
            self._surroundings[code] = found
        return found

    def _title(self, node: DiagnosisNode) -> Sequence[int]:
        """The numbers of the words of a title."""
        if node.words is not None:
            return node.words
        tokens = map(self._words.token, wording.read(node.title).tokens)
        return [token.number for token in tokens if token is not None]

    def _distinct(self, scored: list[tuple[int, int, int, int]]) -> tuple[Candidate, ...]:
        best: dict[str, tuple[int, int]] = {}
        for score, _, _, number in scored:
            code = self._codes.code_of(number)
            if code not in best:
                best[code] = number, score
                if len(best) == _MOST_CANDIDATES:
                    break
        paths = self._codes.paths([number for number, _ in best.values()])
        return tuple(
            Candidate(code, max(score, 0), paths.get(number) or "tabular list", score >= 1000)
            for code, (number, score) in best.items()
        )


def _within_budget(known: list[Token]) -> int:
    """How many of the words, the rarest first, are looked up in full."""
    spent = 0
    for counted, token in enumerate(known):
        spent += token.frequency
        if counted and spent > _POSTING_BUDGET:
            return counted
    return len(known)


def _holds(numbers: Sequence[int], number: int) -> bool:
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number

"""Candidates by meaning beside those by words: an optional second ranker, never sure enough alone.

Where the index does not have a phrase in just its words, what is like it in meaning is weighed in.
What the words alone do not find goes to a coder as a proposal: however alike it is, it stays below
what is coded without a person.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.phrase_candidates import NamedCode, PhraseCandidates
from services.coding.domain.diagnosis.specificity import complete
from services.coding.domain.reading import wording
from services.coding.domain.reading.meanings import meanings

# From here on the words decide alone; so they do where a rule speaks.
_BY_WORDS = 900
_BY_RULE = ("OG ", "body mass index")
_FEWEST_NAMED = 10
_CATEGORY = 3
_NEAR = 400
_NEW = 40
_LONGEST_READ = 240
_SHORT_FORM = re.compile(r"\b[A-Z][A-Za-z]?[A-Z]{1,4}\b")
_SHOUTED = 3
_NO_SHORT_FORM = frozenset(("NOS", "NEC"))
# What meaning weighs beside the words, and alone; per mille of the score by words.
_BESIDE, _ALONE = 800, 1200
_WHOLE = 1000 + _BESIDE


class Alike(Struct, frozen=True, gc=False):
    """A phrase of the index or a title that means something like what was asked.

    ``alike`` in permille: the cosine of the two vectors. ``path`` is empty of what is far down.
    """

    code: str
    alike: int
    path: str


class Likeness(Protocol):
    """What compares phrases by meaning, for one release: reads a model, which the rules do not."""

    @property
    def name(self) -> str: ...
    def near(self, text: str, most: int) -> Sequence[Alike]: ...


class AlikeCode(Struct, frozen=True):
    """A billable code that a phrase may name.

    ``score`` in permille, by words and by meaning; ``alike`` how like it is in meaning, 0 where
    that took no part; ``by_words``: whether the words alone find it as well.
    """

    code: str
    score: int
    path: str
    alike: int = 0
    by_words: bool = True


class AlikeCandidates:
    """Candidates by words, weighed with what is like the phrase in meaning."""

    def __init__(
        self, codes: DiagnosisCodes, by_words: PhraseCandidates, likeness: Likeness
    ) -> None:
        self._codes = codes
        self._by_words = by_words
        self._likeness = likeness

    @property
    def name(self) -> str:
        """What the likeness is called, for the answer."""
        return self._likeness.name

    def named(self, text: str, top: int) -> list[AlikeCode]:
        """Up to ``top`` different billable codes, best first."""
        named = self._by_words.named(text, max(top, _FEWEST_NAMED))
        if _is_for_words(text) or (named and _is_settled(named[0])):
            return [AlikeCode(each.code, each.score, each.path) for each in named[:top]]
        near = self._likeness.near(text, _NEAR)
        least = near[-1].alike if near else 0
        return weighed(named, self._completed(near, named, text), least)[:top]

    def _completed(
        self, near: Sequence[Alike], named: Sequence[NamedCode], text: str
    ) -> dict[str, Alike]:
        """The most alike, and those of the categories that the words name.

        Each code is as complete as the sides that the phrase names make it.
        """
        sides = wording.read_problem(text).sides
        categories = {each.code[:_CATEGORY] for each in named}
        found: dict[str, Alike] = {}
        for place, each in enumerate(near):
            if place < _NEW or each.code[:_CATEGORY] in categories:
                for code in complete(self._codes, each.code, sides).codes:
                    found.setdefault(code, each)
        return found


def _is_for_words(text: str) -> bool:
    """Whether the text is no phrase, or has a short form, which a model of English seldom knows."""
    if len(text) > _LONGEST_READ or meanings(text):
        return True
    short = [each for each in _SHORT_FORM.findall(text) if each not in _NO_SHORT_FORM]
    return bool(short) and (len(text.split()) < _SHOUTED or text != text.upper())


def _is_settled(best: NamedCode) -> bool:
    return best.score >= _BY_WORDS or best.path.startswith(_BY_RULE)


def weighed(named: Sequence[NamedCode], near: Mapping[str, Alike], least: int) -> list[AlikeCode]:
    """All candidates by words and meaning together, best first.

    ``near`` is in order; what is not among it counts as ``least`` alike.
    """
    found: list[AlikeCode] = []
    for each in named:
        alike = near[each.code].alike if each.code in near else 0
        score = (1000 * each.score + _BESIDE * (alike or least)) // _WHOLE
        found.append(AlikeCode(each.code, score, each.path, alike))
    by_words = {each.code for each in named}
    for code, other in list(near.items())[:_NEW]:
        if code not in by_words and other.path:
            score = _ALONE * other.alike // _WHOLE
            found.append(AlikeCode(code, score, other.path, other.alike, by_words=False))
    # Of equal ones the first: those by words before the others, each in their order.
    found.sort(key=lambda each: -each.score)
    return found

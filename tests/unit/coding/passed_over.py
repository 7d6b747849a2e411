"""Texts that a pattern finds although none of the words is said that a quick look goes by.

Walks every way through a pattern together with what of the words is heard so far, so that each of
its alternatives is tried with each other: no draw of texts could leave one out. Counted repetitions
of more than a few are taken as any number of them, and what only looks around is passed through
or by; whatever is found so is tried on the pattern itself.
"""

import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from functools import cache
from importlib import import_module
from typing import Any

_PARSER: Any = import_module("re._parser")
_POOL = " \n-,'(/:7qxzj"
_CATEGORIES = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_NOT_DIGIT": lambda each: not each.isdigit(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda each: not each.isspace(),
    "CATEGORY_WORD": str.isalnum,
    "CATEGORY_NOT_WORD": lambda each: not each.isalnum(),
}
_MOST_COPIES = 3
_JUNK = "q"
# What of the words is heard so far, and what is heard after one more character: None, a word.
Heard = str
Step = Callable[[Heard, str], Heard | None]
# Where an edge leads, and what it takes: a character of these, or what must hold there.
_Edge = tuple[int, str, str]


def whole_words(words: Collection[str], *, digits_apart: bool = False) -> Step:
    """Heard where a whole word, of letters and digits, is one of ``words``.

    ``digits_apart``: a digit ends a word as a space does.
    """
    beginnings = {word[:end] for word in words for end in range(len(word) + 1)}

    def step(heard: Heard, each: str) -> Heard | None:
        if not (each.isascii() and each.isalnum()) or (digits_apart and each.isdigit()):
            return None if heard in words else ""
        longer = heard + each.lower()
        return longer if longer in beginnings else "*"

    return step


def any_part(hints: Collection[str]) -> Step:
    """Heard where one of ``hints`` stands anywhere in the text."""
    beginnings = {hint[:end] for hint in hints for end in range(len(hint) + 1)}

    @cache
    def step(heard: Heard, each: str) -> Heard | None:
        longer = heard + each.lower()
        if any(map(longer.endswith, hints)):
            return None
        while longer not in beginnings:
            longer = longer[1:]
        return longer

    return step


def beginning(openings: Collection[str]) -> Step:
    """Heard where the text, but for a space before it, begins with one of ``openings``."""
    beginnings = {each[:end] for each in openings for end in range(len(each) + 1)}

    def step(heard: Heard, each: str) -> Heard | None:
        if not heard and each.isspace():
            return heard
        longer = heard + each.lower()
        if longer in openings:
            return None
        return longer if longer in beginnings else "*"

    return step


def found_by(pattern: re.Pattern[str], kept: re.Pattern[str]) -> Step:
    """Heard where ``pattern`` finds something; it needs no more of a text than ``kept`` does,
    which finds what may yet become a find at the text's end.
    """

    @cache
    def step(heard: Heard, each: str) -> Heard | None:
        longer = re.sub(r"\s+", " ", heard + each)
        if not each.isalnum() and pattern.search(longer) is not None:
            return None
        rest = kept.search(longer)
        return "" if rest is None else rest.group()

    return step


def either(one: Step, other: Step) -> Step:
    """Heard where one of two hears."""

    def step(heard: Heard, each: str) -> Heard | None:
        first, _, second = heard.partition("\0")
        here, there = one(first, each), other(second, each)
        return None if here is None or there is None else f"{here}\0{there}"

    return step


def unheard(pattern: re.Pattern[str], step: Step) -> Iterator[str]:
    """Texts, short ones first, in which ``pattern`` finds something and ``step`` hears nothing.

    Of those that go on alike from somewhere, the shortest: none, if there is none at all.
    """
    walk = _Walk(pattern)
    seen: set[tuple[int, Heard, bool, str]] = set()
    waiting = deque[tuple[int, Heard, str, str]]()
    for before in ("", _JUNK, " "):
        heard = step("", before) if before else ""
        if heard is not None:
            waiting.append((0, heard, before, ""))
    while waiting:
        node, heard, text, needed = waiting.popleft()
        behind_word = text[-1:].isalnum()
        state = node, heard, behind_word, needed + ("^" if not text else "")
        if state in seen:
            continue
        seen.add(state)
        if node == walk.end:
            for after in ("", _JUNK, " "):
                may_end = _may_follow(after, needed) and _ends_unheard(heard, after, step)
                if may_end and pattern.search(text + after) is not None:
                    yield text + after
                    break
            continue
        for target, kind, characters in walk.edges[node]:
            if kind == "take":
                for each in characters:
                    if _may_follow(each, needed):
                        further = step(heard, each)
                        if further is not None:
                            waiting.append((target, further, text + each, ""))
            else:
                then = _needed(kind, text, behind_word=behind_word, before=needed)
                if then is not None:
                    waiting.append((target, heard, text, then))


def _ends_unheard(heard: Heard, after: str, step: Step) -> bool:
    for each in f"{after}\n":
        further = step(heard, each)
        if further is None:
            return False
        heard = further
    return True


def _may_follow(each: str, needed: str) -> bool:
    if needed == "end":
        return not each
    return not needed or (needed == "word") == each.isalnum()


def _needed(kind: str, text: str, *, behind_word: bool, before: str) -> str | None:
    """What must follow where ``kind`` holds; None where it cannot."""
    if kind == "start":
        return None if text else before
    if kind in ("", "end"):
        then = kind or before
    else:
        then = "other" if behind_word == (kind == "boundary") else "word"
    if {before, then} == {"end", "other"}:
        return "end"
    return None if before and before != then else then


class _Walk:
    """The ways through a pattern: from node 0 to ``end``."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.edges: list[list[_Edge]] = [[]]
        self._ignores_case = bool(pattern.flags & re.IGNORECASE)
        self.end = self._sequence(_PARSER.parse(pattern.pattern, pattern.flags), 0)

    def _node(self, *from_: int) -> int:
        self.edges.append([])
        for each in from_:
            self.edges[each].append((len(self.edges) - 1, "", ""))
        return len(self.edges) - 1

    def _sequence(self, parts: Any, at: int) -> int:
        for name, argument in parts:
            at = self._part(str(name), argument, at)
        return at

    def _part(self, name: str, argument: Any, at: int) -> int:
        match name:
            case "BRANCH":
                return self._node(*[self._sequence(each, self._node(at)) for each in argument[1]])
            case "SUBPATTERN":
                return self._sequence(argument[3], at)
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self._repeat(at, *argument)
            case "ASSERT" if argument[0] > 0:
                return self._node(at, self._sequence(argument[1], self._node(at)))
            case "ASSERT" | "ASSERT_NOT" | "GROUPREF":
                return at
            case "AT":
                kinds = {"AT_BOUNDARY": "boundary", "AT_NON_BOUNDARY": "inside"}
                kind = kinds.get(str(argument), "end" if "END" in str(argument) else "start")
                return self._edge(at, kind, "")
        return self._edge(at, "take", self._characters(name, argument))

    def _edge(self, at: int, kind: str, characters: str) -> int:
        end = self._node()
        self.edges[at].append((end, kind, characters))
        return end

    def _repeat(self, at: int, least: int, most: int, part: Any) -> int:
        for _ in range(least):
            at = self._sequence(part, at)
        if most - least > _MOST_COPIES:
            again = self._node(at)
            self.edges[self._sequence(part, again)].append((again, "", ""))
            return self._node(again)
        ends = [at]
        for _ in range(most - least):
            ends.append(self._sequence(part, self._node(ends[-1])))
        return self._node(*ends)

    def _characters(self, name: str, argument: Any) -> str:
        """Those that the part takes: all that it names, some of those that it does not."""
        if name == "LITERAL":
            return self._folded(chr(argument))
        if name == "NOT_LITERAL":
            return _POOL.replace(chr(argument), "")
        if name == "ANY":
            return _POOL
        if name != "IN":
            raise ValueError(name)
        named = ""
        kinds: list[Callable[[str], bool]] = []
        negated = False
        for kind, value in argument:
            match str(kind):
                case "NEGATE":
                    negated = True
                case "LITERAL":
                    named += chr(value)
                case "RANGE":
                    named += "".join(map(chr, range(value[0], value[1] + 1)))
                case _:
                    kinds.append(_CATEGORIES[str(value)])
        if negated:
            return "".join(
                each
                for each in _POOL
                if each not in named and not any(is_one(each) for is_one in kinds)
            )
        return self._folded(
            named + "".join(each for each in _POOL if any(is_one(each) for is_one in kinds))
        )

    def _folded(self, characters: str) -> str:
        lower = characters.lower() if self._ignores_case else characters
        return "".join(dict.fromkeys(lower))

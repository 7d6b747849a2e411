"""A line that names one or several problems, as its conditions, each with how it is asserted.

"Type 2 diabetes with CKD stage 3a and hypertension" is three conditions; "chest pain, doubt MI" is
one that the patient has and one in doubt. The longest stretch that the index has word for word is
one name, and what denies or doubts inside it is part of that name ("screening for...", "migraine
without aura"). Everywhere else a word that denies, doubts, plans or looks back governs, and a word
that the code's path does not account for leaves the code to a coder: an outpatient diagnosis that
is not established is never coded (OG IV.H), and a guess is never final.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.phrase_match import Candidate, PhraseMatcher
from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import (
    Assertion,
    Trigger,
    follows_directly,
    is_cut_off,
    strongest,
    triggers,
)
from services.coding.domain.reading.course_words import (
    COURSE,
    DEGREE,
    HARMLESS,
    NAMELESS,
    SITES,
)
from services.coding.domain.reading.naming import EXACT, Named, name_of
from services.coding.domain.reading.narrowing import narrowed, told_apart

_SPLIT = re.compile(
    r"\s*[,;]\s*(?:(?:and|or)\s+)?|\s+(?:and|with|plus|nor|or)\s+|\s+w/\s*(?!o\b)|\s*[&+]\s*|"
    r"(?<=[A-Za-z]{3})\s*/\s*(?=[A-Za-z]{3})|\s+(?:-{1,2}|\u2013|\u2014)\s+|\s*:\s+|"
    r"[\s,]+(?:due to|secondary to|2/2|caused by|complicated by|in the setting of|"
    r"associated with|related to|resulting from|as well as|along with)\s+(?:an?\s+|the\s+)?",
    re.IGNORECASE,
)
_DISTRIBUTES = re.compile(r"\s*(?:,\s*)?(?:and|or|nor|/|&)\s*", re.IGNORECASE)
_SIDED = re.compile(
    r"\s*\b(?:(?:on|of|to)\s+)?(?:the\s+|his\s+|her\s+)?(left|right|both)[- ]sided?s?\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"\bor\b", re.IGNORECASE)
_INSULIN = re.compile(
    r"\s*(?:,\s*)?\(?\b(?:on|using|takes|taking|treated with|with|requiring)\s+(?:basal\s+|"
    r"long[- ]term\s+)?insulin(?:\s+(?:therapy|pump|glargine))?\)?|[\s,]*\binsulin[- ](?:requiring|"
    r"treated|using)\b",
    re.IGNORECASE,
)
_DIABETES = re.compile(r"diabet|\b(?:t[12]?|ni|i)?d?dm[12]?\b", re.IGNORECASE)
_TYPE_1 = re.compile(r"\btype\s*(?:1|i)\b|\bt1dm\b|\bdm1\b|\biddm\b", re.IGNORECASE)
_DURATION = re.compile(
    r"[\s,]*\b(?:x|for)\s*(?:the\s+)?(?:past\s+|last\s+)?\d{1,3}\s*"
    r"(?:hour|hr|day|week|wk|month|year|yr)s?\b",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"[\s,]*\b(?P<number>\d{1,3}|one|two|three|four|five|six|a)\s+"
    r"(?P<unit>day|week|wk|month|year|yr)s?\s+(?:ago|prior|back)\b",
    re.IGNORECASE,
)
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_DAYS = {"day": 1, "week": 7, "wk": 7, "month": 30, "year": 365, "yr": 365}
_FOUR_WEEKS = 28
_PAST_CANCER = re.compile(
    r"\b(?:s/p|status post|post[- ]?mastectomy|ned|no evidence of|remission|cured|resected|removed|"
    r"disease[- ]free|survivor|excised|treated in|completed|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
# Categories whose codes differ by degree: a degree that the index did not find is not dropped.
_GRADED = ("F", "J45", "N18", "K85", "E43", "E44", "D57", "G43", "L", "S06")
_ONE_WORD = 740
_CONDITIONAL = re.compile(r"(?:if|unless|until|in case|should|not)\b", re.IGNORECASE)
_RESOLVED = re.compile(r"\b(?<!not )(?:resolved|in the past)\b", re.IGNORECASE)
# What is past or implanted has codes of its own (guideline I.C.21.c.3 and c.4).
_STATUS_CODES = ("Z8", "Z9", "I25.2")
_SCREENING = ("Z11", "Z12", "Z13")
_LONGEST_RUN = 4
_MOST_PARTS = 12
_ALMOST = 780
_SURE = 820
_WITHOUTDEGREE = 880
_KEPT = 20_000
_KEPT_ALONE = 8_192
_REACH_AFTER = 60


class Condition(Struct, frozen=True, gc=False):
    """One condition of a line: its characters, what it names, how asserted.

    ``unclear``: words were left out whose meaning for it is not certain; a coder has to look.
    ``also``: a status code that the line documents with it (Z79.4).
    """

    start: int
    end: int
    assertion: Assertion
    wording: wording.Wording
    named: Named | None
    unclear: bool = False
    also: str = ""


class ProblemReader:
    """Reads lines into conditions against one release; remembers what it has read."""

    def __init__(self, matcher: PhraseMatcher, codes: DiagnosisCodes | None = None) -> None:
        self._matcher = matcher
        self._codes = codes
        self._read: dict[tuple[str, str], tuple[Condition, ...]] = {}
        self._alone: dict[str, list[Condition]] = {}

    def conditions(self, text: str, tail: str = "") -> tuple[Condition, ...]:
        """The conditions of ``text``; ``tail`` is what follows it on its line."""
        key = text, tail[:120]
        found = self._read.get(key)
        if found is None:
            if len(self._read) >= _KEPT:
                self._read.clear()
            found = self._read[key] = tuple(self._governed_by_tail(text, *key))
        return found

    def _governed_by_tail(self, text: str, _: str, tail: str) -> Iterator[Condition]:
        found = _past_cancers(text + tail, self._of_its_own(text))
        after = [
            each
            for each in triggers(tail)
            if each.reach != "before" or not tail[each.end :].strip(" .,;)")
        ]
        direct = [each for each in after if follows_directly(tail[: each.start])]
        for condition in found:
            if direct and condition.assertion == "affirmed":
                yield replace(condition, assertion=strongest({each.kind for each in direct}))
            elif any(_is_near(tail[: each.start]) for each in after):
                yield replace(condition, unclear=True)
            else:
                yield condition

    def _of_its_own(self, text: str) -> list[Condition]:
        """The conditions of ``text`` whatever follows it; remembered, not to be changed."""
        found = self._alone.get(text)
        if found is None:
            if len(self._alone) >= _KEPT_ALONE:
                self._alone.clear()
            found = self._alone[text] = self._conditions(text)
        return found

    def _conditions(self, text: str) -> list[Condition]:
        whole = self._exact(text, 0, len(text))
        if whole is not None and not _is_linked(whole) and not _ALTERNATIVE.search(text):
            return [whole]
        parts = _with_sites(text, list(_parts(text))[:_MOST_PARTS])
        whole_again = whole is None and parts == [(0, len(text))]
        found: list[Condition] = []
        open_triggers: list[tuple[Trigger, bool]] = []
        opening: set[Assertion] = set()
        at = 0
        while at < len(parts):
            start, end = parts[at]
            said = tuple(_shifted(text, start, end))
            if _qualifies(text, start, end, said):
                at += 1
                if found:
                    found[-1] = _qualified(found[-1], said)
                    continue
                opening.update(each.kind for each in said)
                if at < len(parts):
                    continue
            taken = None if whole_again else self._longest(text, parts, at)
            if taken is not None:
                condition, at = taken
                inside: tuple[Trigger, ...] = ()
            else:
                at += 1
                inside = said
                condition = self._single(text, start, end, inside)
                if found and _is_harmless(condition) and not inside:
                    continue
                known = condition.named is not None and condition.named.confidence >= _SURE
                if found and _is_about_the_one_before(text, inside, known=known):
                    found[-1] = replace(found[-1], unclear=True)
            condition = _governed(text, condition, open_triggers)
            if opening:
                kinds = opening | ({condition.assertion} - {"affirmed"})
                condition = replace(condition, assertion=strongest(kinds))
            if found and _ALTERNATIVE.search(text, found[-1].end, condition.start):
                alike = condition.assertion == found[-1].assertion == "affirmed"
                found[-1] = replace(found[-1], unclear=alike or found[-1].unclear)
                condition = replace(condition, unclear=alike or condition.unclear)
            found.append(condition)
            open_triggers.extend(
                (each, each.start <= parts[0][0]) for each in inside if each.reach != "after"
            )
            if any(each.reach == "around" for each in inside) and len(found) > 1:
                found[-2] = replace(found[-2], assertion=strongest({"uncertain"}))
        return found

    def _longest(
        self, text: str, parts: list[tuple[int, int]], at: int
    ) -> tuple[Condition, int] | None:
        """The longest run of parts that the index has word for word."""
        for stop in range(min(len(parts), at + _LONGEST_RUN), at, -1):
            named = self._exact(text, parts[at][0], parts[stop - 1][1])
            if named is None:
                continue
            either = _ALTERNATIVE.search(text, named.start, named.end) is not None
            if stop > at + 1 and (either or _is_linked(named)):
                singles = [self._exact(text, *parts[each]) for each in range(at, stop)]
                if all(singles):
                    continue
            return named, stop
        return None

    def _exact(self, text: str, start: int, end: int) -> Condition | None:
        read = wording.read_problem(_spoken(text[start:end]))
        if not set(read.tokens) - NAMELESS or not all(
            _is_said(text[each.start : each.end], read.tokens)
            for each in _shifted(text, start, end)
        ):
            return None
        if not self._matcher.has_exact(read.tokens):
            return None
        candidates = self._matcher.rank(read.tokens)
        if not candidates or not candidates[0].exact:
            return None
        asserted: Assertion = "historical" if _RESOLVED.search(text, start, end) else "affirmed"
        return Condition(start, end, asserted, read, self._named(read, candidates))

    def _named(self, read: wording.Wording, candidates: Sequence[Candidate]) -> Named | None:
        """What the words name, as far down the tabular list as they tell."""
        if self._codes is None:
            return name_of(candidates)
        named = name_of(told_apart(self._codes, read.tokens, candidates))
        if named is None:
            return None
        code = narrowed(self._codes, named.code, read.tokens, read.sides)
        return named if code == named.code else replace(named, code=code)

    def exact(self, text: str, start: int, end: int) -> Condition | None:
        """The condition that the index has word for word between ``start`` and ``end``."""
        return self._exact(text, start, end)

    def without_course(self, read: wording.Wording) -> Named | None:
        """What the words name once those of course and degree are left out; None if no more."""
        for dropped, most in ((COURSE, EXACT), (COURSE | DEGREE, _WITHOUTDEGREE)):
            bare = tuple(token for token in read.tokens if token not in dropped)
            if not set(bare) - NAMELESS or len(bare) == len(read.tokens):
                continue
            if not self._matcher.has_exact(bare):
                continue
            named = self._named(wording.Wording(bare, read.sides), self._matcher.rank(bare))
            if named is None:
                continue
            graded = most < EXACT and named.code.startswith(_GRADED)
            return replace(named, confidence=min(named.confidence, _ALMOST if graded else most))
        return None

    def _single(self, text: str, start: int, end: int, inside: tuple[Trigger, ...]) -> Condition:
        phrase = text[start:end]
        also = ""
        bare = phrase
        for each in reversed(inside):
            if each.kind != "historical":
                bare = f"{bare[: each.start - start]} {bare[each.end - start :]}"
        insulin = _INSULIN.search(bare)
        if insulin is not None and _DIABETES.search(text):
            bare = f"{bare[: insulin.start()]} {bare[insulin.end() :]}"
            also = "" if _TYPE_1.search(text) else "Z79.4"
        bare = _DURATION.sub(" ", bare)
        kinds: set[Assertion] = {each.kind for each in inside}
        if ago := _AGO.search(bare):
            without = wording.read_problem(bare[: ago.start()] + bare[ago.end() :])
            named = name_of(self._matcher.rank(without.tokens)) if without.tokens else None
            if named is not None and named.code.startswith(("I21", "I22")):
                recent = _days(ago) <= _FOUR_WEEKS
                bare = bare[: ago.start()] + bare[ago.end() :]
                if recent:
                    kinds.discard("historical")
                else:
                    bare, kinds = "old myocardial infarction", kinds - {"historical"}
        read = wording.read_problem(_spoken(bare))
        nameless = not set(read.tokens) - NAMELESS
        named = None if nameless else self.without_course(read)
        if named is None and not nameless:
            candidates = self._matcher.rank(read.tokens)
            named = self._named(read, candidates)
            if named is not None and named.confidence < EXACT:
                named = self._doubted(named, read.tokens, candidates)
        asserted = strongest(kinds)
        status = named is not None and named.code.startswith(_STATUS_CODES)
        if asserted == "historical" and status:
            asserted = "affirmed"
        elif asserted == "affirmed" and _RESOLVED.search(phrase):
            asserted = "historical"
        unclear = bool(kinds) and asserted == "affirmed" and not status
        if asserted != "affirmed" and named is not None and named.code.startswith(_SCREENING):
            unclear = True
        screening = any("screen" in text[each.start : each.end].lower() for each in inside)
        if screening and asserted == "hypothetical":
            unclear = True
        sides = wording.Wording(read.tokens, read.sides or wording.read(phrase).sides)
        return Condition(start, end, asserted, sides, named, unclear, also)

    def _doubted(
        self, named: Named, tokens: tuple[str, ...], candidates: Sequence[Candidate]
    ) -> Named:
        """A code whose path leaves words over, or which one word alone only resembles."""
        most = 1000
        if self._matcher.unaccounted(tokens, candidates[0]) - HARMLESS:
            most = _ALMOST
        if len(set(tokens) - HARMLESS) == 1 and not candidates[0].exact:
            most = _ONE_WORD
        return replace(named, confidence=most) if named.confidence > most else named


def _is_near(between: str) -> bool:
    """Whether a word after a condition may still be about it: same sentence, no comma between."""
    return len(between) <= _REACH_AFTER and not re.search(r",|\.\s", between)


def _is_said(trigger: str, tokens: tuple[str, ...]) -> bool:
    """Whether the words of a trigger are among those that were looked up; "?" and "had" are not."""
    own = wording.read(_spoken(trigger)).tokens
    return bool(own) and set(own) <= set(tokens)


def _spoken(text: str) -> str:
    """Ways of writing in full; "right side" is only "right"."""
    return _SIDED.sub(r" \1", wording.spoken(text))


def _days(ago: re.Match[str]) -> int:
    number = ago["number"].lower()
    count = int(number) if number.isdigit() else _NUMBERS[number]
    return count * _DAYS[ago["unit"].lower()]


def _is_linked(condition: Condition) -> bool:
    """Combination codes that need the codes of their parts beside them (I.C.9.a, I.C.4.a)."""
    return condition.named is not None and condition.named.code.startswith(
        ("I11", "I12", "I13", "E08.2", "E09.2", "E10.2", "E11.2", "E13.2")
    )


def _shifted(text: str, start: int, end: int) -> Iterator[Trigger]:
    for each in triggers(text[start:end]):
        yield each._replace(start=each.start + start, end=each.end + start)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between separators, cut again where a word begins that governs what follows."""
    start = 0
    bounds = [*((m.start(), m.end()) for m in _SPLIT.finditer(text)), (len(text), len(text))]
    for stop, following in bounds:
        cuts = [
            each.start
            for each in _shifted(text, start, stop)
            if each.reach != "after"
            and each.end < stop
            and each.start > start
            and text[start : each.start].strip(" (-")
            and not triggers(text[start : each.start])
        ]
        for cut in [*cuts[:1], stop]:
            first = start + len(text[start:cut]) - len(text[start:cut].lstrip())
            last = start + len(text[start:cut].rstrip())
            if last > first:
                yield first, last
            start = cut
        start = following


def _with_sites(text: str, parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A stretch that only says where ("sprain, right ankle") belongs to the one before it."""
    joined: list[tuple[int, int]] = []
    for start, end in parts:
        read = wording.read(text[start:end])
        where = SITES.issuperset(read.tokens) and (read.sides or read.tokens)
        between = text[joined[-1][1] : start] if joined else ""
        if joined and where and not _ALTERNATIVE.search(between) and not triggers(text[start:end]):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _qualifies(text: str, start: int, end: int, inside: tuple[Trigger, ...]) -> bool:
    """Whether a part only says something of the condition before it (", ruled out by CT")."""
    if not inside:
        return False
    first = inside[0]
    if first.reach == "after" and follows_directly(text[start : first.start]):
        return True
    bare = text[start:end]
    for each in reversed(inside):
        bare = f"{bare[: each.start - start]} {bare[each.end - start :]}"
    return not set(wording.read_problem(bare).tokens) - HARMLESS


def _is_about_the_one_before(text: str, inside: tuple[Trigger, ...], *, known: bool) -> bool:
    """Whether a part that is no condition of its own may change the one before it: "rapid test
    negative", "not proven", "if uric acid is high".
    """
    if not inside:
        return False
    last = inside[-1].reach == "after" and not known
    first = _CONDITIONAL.match(text, inside[0].start) is not None
    return last or (first and (not known or inside[0].kind == "hypothetical"))


def _qualified(condition: Condition, inside: tuple[Trigger, ...]) -> Condition:
    kinds: set[Assertion] = {each.kind for each in inside}
    if condition.assertion != "affirmed":
        kinds.add(condition.assertion)
    return replace(condition, assertion=strongest(kinds))


def _is_harmless(condition: Condition) -> bool:
    return not set(condition.wording.tokens) - HARMLESS


def _governed(text: str, condition: Condition, before: list[tuple[Trigger, bool]]) -> Condition:
    """Under the words of earlier parts: those that open the line reach to a terminator, others
    reach on over "and" and "or"; over a comma their reach is not certain.
    """
    kinds: set[Assertion] = set()
    unclear = condition.unclear
    for trigger, opens in before:
        between = text[trigger.end : condition.start]
        if trigger.kind != "family" and is_cut_off(between):
            continue
        joined = "," not in between and _DISTRIBUTES.search(between) is not None
        if opens or joined or trigger.kind == "family":
            kinds.add(trigger.kind)
        elif condition.assertion == "affirmed":
            unclear = True
    if condition.assertion != "affirmed":
        kinds.add(condition.assertion)
    return replace(condition, assertion=strongest(kinds), unclear=unclear)


def _past_cancers(text: str, found: list[Condition]) -> list[Condition]:
    """A malignancy that was excised, with no treatment, is history (I.C.2.m): a coder decides."""
    if _PAST_CANCER.search(text) is None:
        return found
    return [
        replace(each, assertion="historical", unclear=True)
        if each.named is not None and each.named.code.startswith("C")
        else each
        for each in found
    ]

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

from msgspec.structs import replace

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.phrase_match import Candidate, PhraseMatcher
from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import (
    Assertion,
    Trigger,
    follows_directly,
    strongest,
    triggers,
)
from services.coding.domain.reading.condition import (
    Condition,
    adds_nothing,
    governed,
    is_about_the_one_before,
    is_harmless,
    is_linked,
    is_near,
    only_tells,
    past_cancers,
    qualified,
    sided,
    tells_of_the_visit,
    told_later,
)
from services.coding.domain.reading.contact import is_said_of_contact
from services.coding.domain.reading.course_words import (
    COURSE,
    DRUGS_GO_ON,
    HARMLESS,
    NAMELESS,
    ON_A_DRUG,
    ON_TREATMENT,
    SITES,
)
from services.coding.domain.reading.joined import OF_A_WHOLE, joined
from services.coding.domain.reading.left_out import LEFT_OUT
from services.coding.domain.reading.line_parts import (
    ALTERNATIVE,
    parts_of,
    qualifies,
    shifted,
    spoken,
    with_sites,
)
from services.coding.domain.reading.meanings import meanings
from services.coding.domain.reading.named_otherwise import named_otherwise
from services.coding.domain.reading.naming import EXACT, Named, at_most, name_of, source_of
from services.coding.domain.reading.narrowing import narrowed, told_apart, words_below
from services.coding.domain.reading.past_and_family import (
    HISTORY,
    named_of_the_family,
    named_of_the_past,
)
from services.coding.domain.reading.substances import is_only_a_substance
from services.coding.domain.reading.when import (
    AGO,
    DURATION,
    FOUR_WEEKS,
    RESOLVED,
    RESOLVED_BEHIND,
    WHEN,
    days,
    undoubted,
)

_INSULIN = re.compile(
    r"\s*(?:,\s*)?\(?\b(?:on|using|takes|taking|treated with|with|requiring)\s+(?:basal\s+|"
    r"long[- ]term\s+)?insulin(?:\s+(?:therapy|pump|glargine))?\)?|[\s,]*\binsulin[- ](?:requiring|"
    r"treated|using)\b",
    re.IGNORECASE,
)
_DIABETES = re.compile(r"diabet|\b(?:t[12]?|ni|i)?d?dm[12]?\b", re.IGNORECASE)
_TYPE_1 = re.compile(r"\btype\s*(?:1|i)\b|\bt1dm\b|\bdm1\b|\biddm\b", re.IGNORECASE)
_OTHER = frozenset(("other",))
# Categories whose codes differ by degree: a degree that the index did not find is not dropped.
_GRADED = ("F", "J45", "N18", "K85", "E43", "E44", "D57", "G43", "L", "S06", "C9")
_ONE_WORD = 740
# "Recurrent lung infections" says of no infection that it is here today.
_EPISODES = ("J0", "J18", "J20", "J22", "J98", "H65", "H66", "B34", "A09")
_SOME_EPISODES = 640
# A phrase that the index has nearly as it stands is read as a whole ("embolism following ...").
_AS_A_WHOLE = 900
# What is past or implanted has codes of its own (guideline I.C.21.c.3 and c.4).
_STATUS_CODES = ("Z8", "Z9", "I25.2")
_SCREENING = ("Z11", "Z12", "Z13")
_LONGEST_RUN = 4
_MOST_PARTS = 12
_ALMOST = 780
_SURE = 820
_BY_TABLE = 945
_ON_SOMETHING = 945
_AFTER = re.compile(r"\s+(?:after|following|since)\b", re.IGNORECASE)
_KEPT = 20_000
_KEPT_ALONE = 8_192
__all__ = ["Condition", "ProblemReader"]


def _is_status(condition: Condition) -> bool:
    return condition.named is not None and condition.named.code.startswith(_STATUS_CODES)


class ProblemReader:
    """Reads lines into conditions against one release; remembers what it has read."""

    def __init__(self, matcher: PhraseMatcher, codes: DiagnosisCodes | None = None) -> None:
        self._matcher = matcher
        self.codes = codes
        self._read: dict[tuple[str, str], tuple[Condition, ...]] = {}
        self._alone: dict[str, list[Condition]] = {}
        self._exactly: dict[tuple[str, ...], bool] = {}
        self._titled: dict[str, frozenset[str]] = {}
        self._words_for_word: dict[str, tuple[wording.Wording, Named | None] | None] = {}

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
        found = past_cancers(text + tail, self._of_its_own(text))
        after = [
            each
            for each in triggers(tail)
            if each.reach != "before" or not tail[each.end :].strip(" .,;)")
        ]
        direct = [each for each in after if follows_directly(tail[: each.start])]
        resolved = RESOLVED_BEHIND.match(tail) is not None
        for condition in found:
            if resolved and condition.assertion == "affirmed" and not _is_status(condition):
                yield replace(condition, assertion="historical")
            elif direct and condition.assertion == "affirmed":
                yield replace(condition, assertion=strongest({each.kind for each in direct}))
            elif any(is_near(tail[: each.start]) for each in after):
                yield replace(condition, unclear=True)
            else:
                yield condition

    def _of_its_own(self, text: str) -> list[Condition]:
        """The conditions of ``text`` whatever follows it; remembered, not to be changed."""
        found = self._alone.get(text)
        if found is None:
            if len(self._alone) >= _KEPT_ALONE:
                self._alone.clear()
            found = self._alone[text] = self._conditions(undoubted(text))
        return found

    def _conditions(self, text: str) -> list[Condition]:
        whole = self._exact(text, 0, len(text))
        if whole is not None and not is_linked(whole) and not ALTERNATIVE.search(text):
            return [whole]
        treated = self._but_for_the_drug(text) if whole is None else None
        if treated is not None:
            return [treated]
        return self._of_parts(text, whole)

    def _of_parts(self, text: str, whole: Condition | None) -> list[Condition]:
        parts = _stretches(text)
        whole_again = whole is None and parts == [(0, len(text))]
        found: list[Condition] = []
        open_triggers: list[tuple[Trigger, bool]] = []
        opening: set[Assertion] = set()
        at = 0
        while at < len(parts):
            start, end = parts[at]
            said = tuple(shifted(text, start, end))
            if found and adds_nothing(text[start:end], found[-1]):
                at += 1
                continue
            if qualifies(text, start, end, said):
                at += 1
                if found:
                    found[-1] = qualified(found[-1], said)
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
                condition, inside = self._alone_in(text, start, end, said)
                if (found or at < len(parts)) and is_harmless(condition) and not inside:
                    continue
                if found and not inside and _only_tells(text, start, end, condition, found[-1]):
                    found[-1] = sided(found[-1], text[start:end])
                    continue
                known = condition.named is not None and condition.named.confidence >= _SURE
                if found and is_about_the_one_before(text, inside, known=known):
                    found[-1] = replace(found[-1], unclear=True)
            condition = governed(text, condition, open_triggers)
            if opening:
                kinds = opening | ({condition.assertion} - {"affirmed"})
                condition = replace(condition, assertion=strongest(kinds))
            if found and ALTERNATIVE.search(text, found[-1].end, condition.start):
                alike = condition.assertion == found[-1].assertion == "affirmed"
                found[-1] = replace(found[-1], unclear=alike or found[-1].unclear)
                condition = replace(condition, unclear=alike or condition.unclear)
            found.append(condition)
            open_triggers.extend(
                (each, each.start <= parts[0][0]) for each in inside if each.reach != "after"
            )
            if len(found) > 1:
                found[-2] = told_later(text, found[-2], condition, inside)
        return joined(text, found, self._rank)

    def _but_for_the_drug(self, text: str) -> Condition | None:
        """What the index has word for word before the drug that it is treated with."""
        drug = ON_A_DRUG.search(text)
        whole = None if drug is None else self._exact(text, 0, drug.start())
        if whole is None or whole.named is None or is_linked(whole):
            return None
        return replace(whole, named=at_most(whole.named, _ON_SOMETHING))

    def _alone_in(
        self, text: str, start: int, end: int, said: tuple[Trigger, ...]
    ) -> tuple[Condition, tuple[Trigger, ...]]:
        """The condition of one part, and the words in it that may govern others."""
        past = self._past(text, start, end)
        if past is None:
            past = named_otherwise(self, text[start:end], start, said)
        return (past, ()) if past is not None else (self._single(text, start, end, said), said)

    def _longest(
        self, text: str, parts: list[tuple[int, int]], at: int
    ) -> tuple[Condition, int] | None:
        """The longest run of parts that the index has word for word."""
        for stop in range(min(len(parts), at + _LONGEST_RUN), at, -1):
            named = self._exact(text, parts[at][0], parts[stop - 1][1])
            if named is None:
                continue
            either = ALTERNATIVE.search(text, named.start, named.end) is not None
            if stop > at + 1 and (either or is_linked(named)):
                singles = [self._exact(text, *parts[each]) for each in range(at, stop)]
                if all(singles):
                    continue
            return named, stop
        return None

    def _exact(self, text: str, start: int, end: int) -> Condition | None:
        phrase = text[start:end]
        if phrase in self._words_for_word:
            known = self._words_for_word[phrase]
        else:
            if len(self._words_for_word) >= _KEPT:
                self._words_for_word.clear()
            known = self._words_for_word[phrase] = self._word_for_word(phrase)
        if known is None:
            return None
        asserted: Assertion = "historical" if RESOLVED.search(text, start, end) else "affirmed"
        return Condition(start, end, asserted, *known)

    def _word_for_word(self, phrase: str) -> tuple[wording.Wording, Named | None] | None:
        """What the index has in just these words."""
        if meanings(phrase):
            return None
        read = wording.read_problem(spoken(phrase))
        if not set(read.tokens) - NAMELESS or not all(
            _is_said(phrase[each.start : each.end], read.tokens) for each in triggers(phrase)
        ):
            return None
        # What is classified as other is no phrase of the index for who does not say so.
        if not self._has_exact(read.tokens) and not read.marks & _OTHER:
            return None
        candidates = self._rank(read)
        if not candidates or not candidates[0].exact:
            return None
        return read, self._named(read, candidates)

    def _rank(self, read: wording.Wording) -> tuple[Candidate, ...]:
        return self._matcher.rank(read.tokens, 5, read.sides, read.marks & _OTHER, read.denied)

    def _has_exact(self, tokens: tuple[str, ...]) -> bool:
        found = self._exactly.get(tokens)
        if found is None:
            if len(self._exactly) >= _KEPT:
                self._exactly.clear()
            found = self._exactly[tokens] = self._matcher.has_exact(tokens)
        return found

    def _named(self, read: wording.Wording, candidates: Sequence[Candidate]) -> Named | None:
        """What the words name, as far down the tabular list as they tell."""
        if self.codes is None:
            return name_of(candidates)
        ranked = told_apart(self.codes, read.tokens, candidates, read.sides)
        if not ranked:
            return None
        code = narrowed(self.codes, ranked[0].code, read.tokens, read.sides)
        exact = ranked[0].exact
        source = source_of(self.codes, read.tokens, read.sides, code, exact=exact)
        named = name_of(ranked, source)
        return named if named is None or code == named.code else replace(named, code=code)

    def exact(self, text: str, start: int, end: int) -> Condition | None:
        """What the index has word for word between ``start`` and ``end``."""
        return self._exact(text, start, end)

    def without_course(self, read: wording.Wording) -> Named | None:
        """What the words name once those of course and degree are left out; None if no more."""
        for dropped, most, chapters in LEFT_OUT:
            bare = tuple(token for token in read.tokens if token not in dropped)
            if not set(bare) - NAMELESS or len(bare) == len(read.tokens):
                continue
            if not self._has_exact(bare):
                continue
            named = self._named(
                wording.Wording(bare, read.sides),
                self._matcher.rank(bare, 5, read.sides, read.marks & _OTHER),
            )
            if named is None or not named.code.startswith(chapters):
                continue
            graded = most < EXACT and named.code.startswith(_GRADED)
            graded = graded or self._tells_apart(named.code, read)
            if "recurrent" in read.tokens and named.code.startswith(_EPISODES):
                return replace(named, confidence=min(named.confidence, _SOME_EPISODES))
            return replace(named, confidence=min(named.confidence, _ALMOST if graded else most))
        return None

    def _tells_apart(self, code: str, read: wording.Wording) -> bool:
        """Whether a code beside this one has a word of course in its title that was left out."""
        if self.codes is None:
            return False
        category = code[:3]
        if category not in self._titled:
            self._titled[category] = words_below(self.codes, category)
        titled = self._titled[category]
        return any(word in titled for word in read.tokens if word in COURSE)

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
        bare = DURATION.sub(" ", bare)
        kinds: set[Assertion] = {each.kind for each in inside}
        if ago := AGO.search(bare):
            without = wording.read_problem(bare[: ago.start()] + bare[ago.end() :])
            named = name_of(self._matcher.rank(without.tokens)) if without.tokens else None
            if named is not None and named.code.startswith(("I21", "I22")):
                recent = days(ago) <= FOUR_WEEKS
                bare = bare[: ago.start()] + bare[ago.end() :]
                if recent:
                    kinds.discard("historical")
                else:
                    bare, kinds = "old myocardial infarction", kinds - {"historical"}
        read = wording.read_problem(spoken(bare))
        nameless = not set(read.tokens) - NAMELESS
        nameless = nameless or bool(meanings(bare))
        named = None if nameless else self._simplified(bare, read)
        if named is None and not nameless:
            candidates = self._rank(read)
            named = self._named(read, candidates)
            if named is not None and named.confidence < EXACT:
                named = self._doubted(named, phrase, read.tokens, candidates)
        asserted = strongest(kinds)
        if asserted == "family" and named is not None:
            relative = named_of_the_family(phrase, named.code)
            if relative and kinds == {"family"}:
                named, asserted = Named(relative, _BY_TABLE, "OG I.C.21.c.4"), "affirmed"
                kinds = set()
        status = named is not None and named.code.startswith(_STATUS_CODES)
        if asserted == "historical" and status:
            asserted = "affirmed"
        elif asserted == "affirmed" and RESOLVED.search(phrase):
            asserted = "historical"
        unclear = bool(kinds) and asserted == "affirmed" and not status
        if asserted != "affirmed" and named is not None and named.code.startswith(_SCREENING):
            unclear = True
        if asserted in ("hypothetical", "family") and is_said_of_contact(phrase):
            unclear = True
        screening = any("screen" in text[each.start : each.end].lower() for each in inside)
        if screening and asserted == "hypothetical":
            unclear = True
        sides = wording.Wording(read.tokens, read.sides or wording.read(phrase).sides)
        return Condition(start, end, asserted, sides, named, unclear, also)

    def _simplified(self, text: str, read: wording.Wording) -> Named | None:
        """What the words name without those of course, degree or treatment."""
        if self._has_exact(read.tokens):
            exactly = self._rank(read)
            if exactly and exactly[0].exact:
                return None
        named = self.without_course(read)
        if named is not None:
            return named
        head = ON_TREATMENT.sub("", text)
        if not SITES.isdisjoint(wording.read(text[len(head) :]).tokens):
            return None
        if head == text:
            head, comma, where = text.partition(",")
            if not comma or not SITES.issuperset(wording.read(where).tokens):
                return None
        whole = self._rank(read)
        if whole and whole[0].score >= _AS_A_WHOLE:
            return None
        start = len(head) - len(head.lstrip())
        found = self._exact(head, start, len(head.rstrip()))
        named = found.named if found is not None else None
        if named is None:
            return None
        tail = len(head) if _AFTER.match(text, len(head)) is not None else -1
        most = OF_A_WHOLE if tail >= 0 and self._names(text[tail:]) else _ON_SOMETHING
        return at_most(named, most)

    def _names(self, tail: str) -> bool:
        """Whether what follows "after" is a condition that the index has, and no treatment."""
        event = _AFTER.sub("", tail).strip(" .,;")
        return bool(event) and self._exact(event, 0, len(event)) is not None

    def _past(self, text: str, start: int, end: int) -> Condition | None:
        """ "History of pulmonary embolism": the code of the history, or the disease as past."""
        lead = HISTORY.match(text, start, end)
        if lead is None or lead.end() >= end:
            return None
        when = WHEN.search(text, lead.end(), end)
        stop = when.start() if when is not None and when.end() == end else end
        found = self._exact(text, lead.end(), stop)
        if found is None or found.named is None or found.named.code.startswith("Z"):
            return None
        code = named_of_the_past(found.named.code)
        if not code:
            return replace(found, start=start, end=end, assertion="historical", unclear=True)
        named = Named(code, _BY_TABLE, "OG I.C.21.c.4")
        return replace(found, start=start, end=end, assertion="affirmed", named=named)

    def index_code(self, words: str) -> str:
        """The code that the index has for just these words; "" without one."""
        read = wording.read_problem(spoken(words))
        if not self._has_exact(read.tokens):
            return ""
        named = self._named(read, self._rank(read))
        return "" if named is None else named.code

    def _doubted(
        self, named: Named, text: str, tokens: tuple[str, ...], candidates: Sequence[Candidate]
    ) -> Named | None:
        """A code whose path leaves words over, or which one word alone only resembles.

        The name of a drug or substance alone says nothing of a poisoning (I.C.19.e).
        """
        if is_only_a_substance(named.code, text):
            return None
        most = 1000
        if self._matcher.unaccounted(tokens, candidates[0]) - HARMLESS:
            most = _ALMOST
        if len(set(tokens) - HARMLESS) == 1 and not candidates[0].exact:
            most = _ONE_WORD
        return replace(named, confidence=most) if named.confidence > most else named


def _stretches(text: str) -> list[tuple[int, int]]:
    """The parts of a line that may name a condition."""
    parts = with_sites(text, list(parts_of(text))[:_MOST_PARTS])
    return [each for each in parts if not tells_of_the_visit(text[slice(*each)])]


def _only_tells(text: str, start: int, end: int, condition: Condition, before: Condition) -> bool:
    """Whether a part is no condition of its own: a measure, a treatment, one drug more."""
    if condition.named is None and DRUGS_GO_ON.search(text[:start]):
        return True
    return only_tells(text[start:end], condition, before)


def _is_said(trigger: str, tokens: tuple[str, ...]) -> bool:
    """Whether the words of a trigger are among those that were looked up; "?" and "had" are not."""
    own = wording.read_problem(spoken(trigger)).tokens
    return bool(own) and set(own) <= set(tokens)

"""Problems that whole sentences name: "She has type 2 diabetes", "Continue metformin for gout".

Only what the alphabetic index has word for word counts in prose, only where no noun goes on behind
it ("asthma inhaler", "depression screening"), and as the sentence asserts it. What a provider
explains, teaches or considers is nobody's diagnosis (ICD-10-CM Official Guidelines IV.H).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import Assertion, assertion, strongest
from services.coding.domain.reading.assessment_lines import starts_a_plan
from services.coding.domain.reading.course_words import COURSE, DEGREE, HARMLESS, SITES
from services.coding.domain.reading.past_and_family import is_still_treated
from services.coding.domain.reading.problem_wording import Condition, ProblemReader
from services.coding.domain.reading.quick_look import may_say

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'\u2019]*")
_BREAK = re.compile(r"[^\s'\u2019/-]")
_TAUGHT = re.compile(
    r"\b(?:explain\w*|discuss\w*|educat\w*|counsel\w*|advis\w*|encourag\w*|recommend\w*|"
    r"handouts?|literature|information|differential|complications? of|side effects?|"
    r"questions?|in (?:children|adults|patients)|could be caused|can (?:cause|lead)|caus(?:es|ing)|"
    r"signs|candidate|screen\w*|vaccin\w*|family|insurance|risks?)\b",
    re.IGNORECASE,
)
_TAUGHT_HINTS = (
    "explain", "discuss", "educat", "counsel", "advis", "encourag", "recommend", "handout",
    "literature", "information", "differential", "complication", "side effect", "question",
    "in children", "in adults", "in patients", "could be caused", "can lead", "caus", "signs",
    "candidate", "screen", "vaccin", "family", "insurance", "risk",
)  # fmt: skip
_ADDRESSED = re.compile(
    r"^(?:(?:with |in )?regards? (?:to|of)|regarding|as for|for|concerning|in terms of|"
    r"(?:with )?respect to|for (?:management|treatment) of)\s+",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:for|to (?:treat|manage|control|help(?: with)?))\s+"
    r"(?:(?:his|her|their|the|a|an|this|patient's|chronic|known)\s+)*$",
    re.IGNORECASE,
)
_GIVEN_FOR = re.compile(
    r"\b(?:prescrib\w+|prescriptions?|start(?:ed|ing)?|initiat\w+|continu\w+|refill\w*|treat\w*|"
    r"taking|takes|increas\w+|decreas\w+)\b(?! to (?:monitor|watch|follow))[^.;:]{3,70}?\bfor\s+"
    r"(?:(?:his|her|their|the|a|an|this|known|chronic|acute)\s+)*",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:presents?|presented|presenting|here|seen|evaluated|comes? in|came in|complain\w*|c/o|"
    r"reports?|endorses|evaluation|concerns?)\b.{0,60}$",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:was|were|been|got)\s+(?:previously\s+|recently\s+)?(?:treated|hospitali[sz]ed|admitted|"
    r"evaluated)\s+(?:for|with)\b.{0,40}$",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"[\s,(]*(?:which |that |has |have |had |is |are |was |now |since |fully |completely )*"
    r"(?:resolved|cured)\b|"
    r"[\s,(]*(?:was|were|has been|had been)\s+(?:treated|diagnosed|managed|operated)\b[^.;]{0,40}?"
    r"\b(?:has|have|had|is|now)\s+(?:since |now |fully |completely )*(?:resolved|cured)\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:neighbou?r|friend|co-?worker|roommate|classmate|boyfriend|girlfriend)s?\b[^.;,]{0,20}\b"
    r"(?:had|has|have|diagnosed|tested positive|is sick|was sick)\b[^.;]{0,40}$",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\s+(?:of|in|from|due to|secondary to)\s+(?:(?:the|his|her|a|an)\s+)?"
    r"(?P<what>[a-z][a-z-]{2,})",
    re.IGNORECASE,
)
_STOPS_TEXT = (
    "is are was were be been being am has have having had will would can could should may might "
    "must do does did done presents presented presenting present reports reported states stated "
    "denies denied complains complained notes noted endorses continue continues continued start "
    "started starting take takes taking taken using use used increase increased decrease "
    "decreased he she they it his her hers their its him them we i you your my our patient pt "
    "the a an this that these those who whom which whose for on at by as than then while when "
    "where because since until today yesterday now also currently still here there today's year "
    "years old yo male female man woman boy girl gentleman lady month months week weeks day days "
    "ago last past prior seen visit clinic stable mg daily feels feel felt doing given after "
    "before during over under into onto about between if so very more most some any every each "
    "both not no but or nor however although though except appears seems consistent "
    "regarding concerning follow followup developed develops diagnosed treated "
    "managed controlled taking worsening improving improved worsened resolved remains "
    "reviewed discussed likely possible probable suspect suspected think believe improve "
    "experienced experiencing consists complicated persists persisted recurs recurred worsens "
)
_STOPS = frozenset(_STOPS_TEXT.split())
_INNER = frozenset(
    ("of", "in", "with", "without", "to", "and", "from", "the", "a", "due", "by", "w", "secondary")
)
_BEHIND_TEXT = (
    "flare flares attack episode exacerbation symptoms stable controlled uncontrolled today "
    "well poorly x at is on with and or which that who since for status as"
)
_BEHIND = frozenset(_BEHIND_TEXT.split())
_ARTICLES = frozenset(("the", "a", "an", "both"))
_LEADS_ON = frozenset(("of", "in", "to"))
_OF_TYPE_A = frozenset(("influenza", "hepatitis", "flu", "hemophilia"))
_GENERIC_TEXT = (
    "pain injury infect infection examination swelling lesion mass disease disorder problem "
    "symptom allergic allergy exposure history status surgery complication weakness fall "
    "stress pressure lump abnormal finding condition trauma wound deficiency tear strain "
    "sprain fracture ulcer cyst ache control pregnancy depression_screen follow observation "
    "treatment procedure test discharge hemorrhage malignant neoplasm transplant drug reaction "
    "irritation inflammation loss block obstruction"
)
_GENERIC = frozenset(_GENERIC_TEXT.split())
_SYMPTOMS = ("R", "M25.5", "M54", "M79.1", "M79.6", "H92.0", "N64.4")
_NO_PROSE = ("Z", "V", "W", "X", "Y", "T14", "R52", "R69", "T78.4", "R99")
_LONGEST_NAME = 8
_MOST_LOOKED_UP = 600
_LOOK_BACK = 160
_LONGEST_KEPT = 300
# A reader may stop after so many; what is looked up later does not count then.
_MOST_TAKEN = 20
_KEPT = 4_096


class Told(NamedTuple):
    """A condition that a sentence names: ``symptom`` when the code is none of a disease."""

    condition: Condition
    symptom: bool
    presented: bool


class ProseReader:
    """Finds conditions in sentences; what it looks up in one passage is limited."""

    def __init__(self, reader: ProblemReader) -> None:
        self._reader = reader
        self._read: dict[str, tuple[tuple[Told, ...], int]] = {}

    def told(
        self, text: str, looked_up: list[int], around: tuple[int, int] | None = None
    ) -> Iterator[Told]:
        """The conditions of a sentence in order; ``looked_up`` counts look-ups, one number.

        ``around``: only what stands in one stretch of words with these characters.
        """
        if around is not None or len(text) > _LONGEST_KEPT:
            yield from self._told(text, looked_up, around)
            return
        known = self._read.get(text)
        if known is None:
            if len(self._read) >= _KEPT:
                self._read.clear()
            count = [0]
            known = self._read[text] = tuple(self._told(text, count, None)), count[0]
        told, spent = known
        if len(told) < _MOST_TAKEN and looked_up[0] + spent < _MOST_LOOKED_UP:
            looked_up[0] += spent
            yield from told
        else:
            yield from self._told(text, looked_up, None)

    def _told(
        self, text: str, looked_up: list[int], around: tuple[int, int] | None
    ) -> Iterator[Told]:
        if may_say(text, _TAUGHT_HINTS) and _TAUGHT.search(text):
            return
        planned = starts_a_plan(text)
        for start, end in _stretches(text):
            if around is not None and (around[0] >= end or around[1] <= start):
                continue
            words = [(m.start(), m.end()) for m in _WORD.finditer(text, start, end)]
            at = 0
            while at < len(words):
                found, stop = self._longest(text, words, at, looked_up)
                if found is None:
                    at += 1
                    continue
                at = stop
                if _goes_on(text, found.end, end):
                    continue
                before = text[max(0, found.start - _LOOK_BACK) : found.start]
                if planned and not _FOR.search(before):
                    continue
                named = found.named
                if named is None:
                    continue
                kinds: set[Assertion] = {found.assertion, assertion(text, found.start, found.end)}
                if _OF_OTHERS.search(before):
                    kinds.add("family")
                if _EARLIER.search(before) or _OVER.match(text, found.end):
                    kinds.add("historical")
                elif is_still_treated(named.code, text[found.end :]):
                    kinds.discard("historical")
                most = _as_sure_as(text, start, found)
                yield Told(
                    Condition(
                        found.start,
                        found.end,
                        strongest(kinds - {"affirmed"}),
                        found.wording,
                        type(named)(named.code, min(named.confidence, most), named.rule),
                    ),
                    named.code.startswith(_SYMPTOMS),
                    _FROM.search(before) is not None,
                )

    def addressed(self, text: str, looked_up: list[int]) -> Iterator[Told]:
        """What a sentence of a plan says it is about: "Regarding her diabetes, ..."."""
        opening = _ADDRESSED.match(text)
        if opening is None:
            return
        comma = text.find(",", opening.end())
        end = comma if 0 < comma - opening.end() < 80 else opening.end()
        yield from self.told(text[:end], looked_up)

    def treated_for(self, text: str, looked_up: list[int]) -> Iterator[Told]:
        """What a sentence says a drug is given for: "started sertraline for depression"."""
        if " for " not in text:
            return
        match = _GIVEN_FOR.search(text)
        if match is not None:
            yield from self.told(text, looked_up, (match.end(), match.end() + 1))

    def _longest(
        self, text: str, words: list[tuple[int, int]], at: int, looked_up: list[int]
    ) -> tuple[Condition | None, int]:
        if text[slice(*words[at])].lower() in _INNER:
            return None, at
        for stop in range(min(len(words), at + _LONGEST_NAME), at, -1):
            if looked_up[0] >= _MOST_LOOKED_UP:
                return None, at
            start, end = words[at][0], words[stop - 1][1]
            last = text[slice(*words[stop - 1])]
            if last.lower() in _INNER and last != "A":
                continue
            looked_up[0] += 1
            found = self._reader.exact(text, start, end)
            if found is None or found.named is None:
                continue
            said = set(found.wording.tokens) - HARMLESS - DEGREE
            if said and not said <= _GENERIC and not found.named.code.startswith(_NO_PROSE):
                return found, stop
        return None, at


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Runs of words between punctuation and words that no name of an illness has."""
    begin = end = -1
    before = ""
    for match in _WORD.finditer(text):
        word = match.group()
        stop = word.lower() in _STOPS and not _is_within(word, before)
        before = word.lower()
        if begin >= 0 and (stop or _BREAK.search(text, end, match.start())):
            yield begin, end
            begin = -1
        if not stop:
            begin = match.start() if begin < 0 else begin
            end = match.end()
    if begin >= 0:
        yield begin, end


def _is_within(word: str, before: str) -> bool:
    """Whether a small word is part of a name: "of the sigmoid colon", "influenza A"."""
    if word == "A":
        return before in _OF_TYPE_A
    return word.lower() in _ARTICLES and before in _LEADS_ON


def _goes_on(text: str, end: int, stretch: int) -> bool:
    """Whether a noun follows that the name only describes ("asthma inhaler")."""
    following = _WORD.search(text, end, stretch)
    if following is None or _BREAK.search(text, end, following.start()):
        return False
    word = following.group().lower()
    tokens = wording.read(word).tokens
    return word not in _BEHIND and word not in _INNER and not SITES.issuperset(tokens)


def _as_sure_as(text: str, stretch: int, found: Condition) -> int:
    """Less sure where a word that nothing accounts for stands right before the name or behind."""
    following = _CAUSE.match(text, found.end)
    if following is not None and not SITES.issuperset(wording.read(following["what"]).tokens):
        return 760
    before = list(_WORD.finditer(text, stretch, found.start))
    if not before or before[-1].group().lower() in _INNER:
        return 1000
    tokens = set(wording.read(before[-1].group()).tokens)
    return 1000 if tokens <= (COURSE | DEGREE | HARMLESS | SITES) else 700

"""Whether a mention is affirmed, denied, uncertain, someone else's, past or only imagined.

Outpatient rules: a diagnosis documented as probable, suspected, questionable, "rule out",
"compatible with", "consistent with" or a working diagnosis is not coded (ICD-10-CM Official
Guidelines IV.H); in an inpatient stay it is coded as if it existed (II.H). What was ruled out is
never coded.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Literal, NamedTuple

Assertion = Literal["affirmed", "negated", "uncertain", "family", "historical", "hypothetical"]


def _either(*phrases: str) -> str:
    return "|".join(sorted((phrase.replace(" ", r"[\s-]+") for phrase in phrases), key=len)[::-1])


_NEGATED_BEFORE = _either(
    "no", "not", "denies", "denied", "denying", "deny", "without", "negative for", "absence of",
    "free of", "never", "no evidence of", "no sign of", "no signs of", "no history of",
    "ruled out for", "rules out", "does not have", "do not see", "not have", "nor", "neither",
    "unremarkable for", "no acute", "has not had", "did not", "no known", "no further", "w/o",
    "doubt", "doubtful", "doubts", "unlikely", "less likely", "not likely", "low suspicion for",
    "low suspicion of", "low concern for", "low probability of", "against", "ruled out", "excluded",
    "excludes", "absent", "lack of", "lacks", "negative", "no concern for",
    "no suspicion of", "no suspicion for", "disproved", "disproven", "not proven",
    "not suspected", "not consistent with",
    "not concerning for", "improbable", "refuted",
)  # fmt: skip
_NEGATED_AFTER = _either(
    "was ruled out", "were ruled out", "ruled out", "is absent", "are absent", "not present",
    "is negative", "was negative", "were negative", "not seen", "unlikely", "is denied",
    "has been excluded", "was excluded", "not found", "not identified", "excluded", "absent",
    "denied", "negative", "neg", "doubtful", "doubted", "doubt", "less likely", "not likely",
    "not suspected", "improbable", "not detected", "not confirmed", "disproved", "refuted",
    "not supported", "not evident", "not likely", "no", "has been ruled out", "not the case",
    "is unlikely", "is doubtful", "is excluded", "is ruled out", "none", "n/a", "not applicable",
    "no longer present", "is no longer present", "no longer active", "no longer an issue",
    "no longer a problem",
)  # fmt: skip
_UNCERTAIN_BEFORE = _either(
    "possible", "possibly", "probable", "probably", "suspected", "suspect", "suspicious for",
    "suspicion for", "suspicion of", "likely", "rule out", "r/o", "questionable", "concern for",
    "concerning for", "consistent with", "compatible with", "working diagnosis", "versus", "vs",
    "differential includes", "differential diagnosis", "cannot exclude", "may be", "might be",
    "may have", "might have", "could be", "presumed", "presumptive", "evaluate for", "appears to",
    "suggestive of", "suggests", "indicative of", "worrisome for", "query", "c/w", "equivocal",
    "suspicion", "potential", "potentially", "conceivable", "tentative", "provisional", "maybe",
    "perhaps", "uncertain", "unclear", "unsure", "not sure", "not certain", "unconfirmed",
    "not confirmed", "cannot rule out", "could have", "suspicious", "still to be ruled out",
    "to be ruled out", "evaluation for", "work up for", "workup for", "test for", "testing for",
    "tested for", "assess for", "check for", "differential", "ddx", "impending", "threatened",
    "favor", "favored", "presumably", "looks like", "feels like", "apparent", "concern of",
    "concern about", "believed to be", "thought to be", "felt to be", "seems", "eval for",
    "believes he has", "believes she has", "believes they have", "thinks he has", "thinks she has",
    "thinks they have", "worries he has", "worries she has", "worried he has", "worried she has",
    "question of", "pending", "investigate for", "exclude", "to exclude",
)  # fmt: skip
_UNCERTAIN_AFTER = _either(
    "is suspected", "was suspected", "suspected", "is possible", "is likely", "cannot be excluded",
    "not excluded", "versus", "vs", "is in the differential", "is a concern", "possible",
    "probable", "likely", "questionable", "presumed", "presumptive", "r/o", "rule out", "uncertain",
    "to be ruled out", "still to be ruled out", "not ruled out", "not yet excluded",
    "not yet ruled out", "cannot be ruled out", "unconfirmed", "in question", "query", "equivocal",
    "considered", "is considered", "under consideration", "under evaluation", "being evaluated",
    "pending", "maybe", "perhaps", "provisional", "tentative", "not certain", "not sure",
    "differential", "ddx", "unclear", "is questionable", "is probable", "suspect",
)  # fmt: skip
_FAMILY = _either(
    "family history", "mother", "father", "sister", "brother", "siblings", "sibling", "parents",
    "parent", "grandmother", "grandfather", "aunt", "uncle", "cousin", "paternal",
    "maternal(?! care)",
    "son", "daughter", "husband", "wife", "runs in the family", "fhx", "fam hx", "family hx",
    "fam hist", "family h/o", "familial history", "mom", "dad", "mum", "nephew", "niece", "partner",
    "spouse", "relative", "relatives", "grandparent", "grandparents", "brothers", "sisters",
    "aunts", "uncles", "cousins", "grandson", "granddaughter", "parental", "fmhx", "fh of",
)  # fmt: skip
_HISTORICAL = _either(
    "history of", "h/o", "hx of", "past medical history", "previously had", "previous history",
    "status post", "s/p", "remote", "in the past", "prior history of", "childhood", "no longer",
    "by history",
    "had", "former", "formerly", "previous", "previously", "hx", "pmh", "pmhx", "prior", "past",
    "years ago", "year ago",
)  # fmt: skip
_HYPOTHETICAL = _either(
    "if", "return for", "should", "in case", "to prevent", "prevention of", "risk of", "at risk",
    "risk for", "risks of", "screen for", "screening for", "screened for", "monitor for",
    "watch for", "educated on", "signs of", "symptoms of", "return precautions", "avoid",
    "in the event", "would", "prophylaxis", "to rule out", "prevent", "prevents", "preventing",
    "prevention", "risk", "risks", "screen", "screening", "monitoring for", "surveillance for",
    "surveillance of", "avoidance of", "avoiding", "education on", "education about",
    "counseling on", "counseling for", "counselled on", "counseled on", "precautions",
    "precaution", "prone to", "predisposed to", "predisposition to", "fear of", "afraid of",
    "worried about", "worry about", "susceptible to", "vaccine", "vaccination", "immunization",
    "planned", "planning for", "plan for", "watchful for", "look out for", "alert for",
    "unless", "until",
    "warning signs", "exposure to", "exposed to", "contact with", "protect against",
    "protection against", "predisposing to", "carrier of", "advised about",
    "advised on", "rather than", "instead of", "reduce", "reduction of",
)  # fmt: skip
_TERMINATORS = re.compile(
    r"\b(?:but|however|although|though|except|apart from|aside from|other than|which|endorses|"
    r"reports|presents|complains of|notes|positive for|secondary to|because|"
    r"due to|does have|admits)\b|;|:",
    re.IGNORECASE,
)
# A word such as "suspected" governs what stands before it only where nothing that it could name
# follows: "UTI, suspected", "pneumonia ruled out by x-ray", not "cough, suspected pneumonia".
_ENDS = (
    r"(?=\s*(?:$|[.,;:)\]\u2013\u2014]|-\s|(?:by|on|per|via|after|given|with|at|today|based|following|"
    r"clinically|because|since|as|so|this|now|yet|but|in|from|and|due|again|however|until|pending|"
    r"here|currently|through)\b))"
)
# "Dizziness, likely due to dehydration": the cause is in doubt, not what it causes.
_DOUBTED_CAUSE = (
    r"(?:likely|probably|possibly|presumably|perhaps|maybe|potentially|suspected|presumed|"
    r"(?:thought|felt|believed|suspected|presumed|appears|seems)[\s-]+(?:to[\s-]+be[\s-]+)?)[\s-]*"
    r"(?:due[\s-]+to|secondary[\s-]+to|2/2|related[\s-]+to|caused[\s-]+by|because[\s-]+of|"
    r"associated[\s-]+with|resulting[\s-]+from|from|a[\s-]+result[\s-]+of)"
)
_TRIGGERS = re.compile(
    rf"(?:(?<!\w)(?:(?P<family>{_FAMILY})|(?P<uncertain_cause>{_DOUBTED_CAUSE})|(?P<negated_after>(?:{_NEGATED_AFTER}){_ENDS})"
    rf"|(?P<uncertain_after>(?:{_UNCERTAIN_AFTER}){_ENDS})|(?P<uncertain_vs>versus|vs)"
    rf"|(?P<negated_low>low[\s-]+(?:suspicion|concern|probability)(?:[\s-]+(?:for|of))?"
    rf"|no[\s-]+(?:suspicion|concern)(?:[\s-]+(?:for|of))?|no[\s-]+(?:evidence|history)[\s-]+of"
    rf"|not[\s-]+(?:suspected|likely)|(?:less|un)[\s-]*likely)"
    rf"|(?P<historical_now>no[\s-]+longer(?!\s+(?:controlled|at\s+goal|well|stable|able|responding|"
    rf"responsive|effective|tolerat\w+|improving|using|needs?|requires?|requiring|needing|works?|"
    rf"working|takes?|taking))(?:\s+(?:has|have|having))?)"
    rf"|(?P<uncertain>{_UNCERTAIN_BEFORE})"
    rf"|(?P<hypothetical>{_HYPOTHETICAL})|(?P<negated>{_NEGATED_BEFORE})"
    rf"|(?P<historical>{_HISTORICAL}))(?!\w)|(?P<uncertain_mark>\?+))",
    re.IGNORECASE,
)
_PSEUDO_NEGATIONS = re.compile(
    r"\b(?:no (?:change|increase|longer(?! (?:present|active|an issue|a problem)\b)|improvement)|"
    r"not (?:only|elsewhere|otherwise|certain|sure|improved|controlled|"
    r"well[- ]controlled|improving|resolved|at goal)|without (?:difficulty|change))\b",
    re.IGNORECASE,
)
# Names of their own, whatever word of doubt is in them.
_NAMES = re.compile(
    r"\b(?:glaucoma suspects?|uncertain behaviou?r|known or suspected|"
    r"observation (?:for|of) suspected)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z0-9]+")
_PATTERN_WORDS = (
    "versus", "vs", "low", "no", "not", "less", "un", "unlikely", "lesslikely", "maternal",
)  # fmt: skip
_RUN_TOGETHER = (
    f"{doubt}{cause}"
    for doubt in (
        "likely", "probably", "possibly", "presumably", "perhaps", "maybe", "potentially",
        "suspected", "presumed",
    )
    for cause in (
        "due", "secondary", "2", "related", "caused", "because", "associated", "resulting", "from",
        "a",
    )
)  # fmt: skip
_OPENING_WORDS = frozenset((*_PATTERN_WORDS, *_RUN_TOGETHER)).union(
    phrase.partition(r"[\s-]+")[0].partition("/")[0]
    for phrases in (
        _NEGATED_BEFORE, _NEGATED_AFTER, _UNCERTAIN_BEFORE, _UNCERTAIN_AFTER, _FAMILY,
        _HISTORICAL, _HYPOTHETICAL,
    )
    for phrase in phrases.split("|")
)  # fmt: skip
_OR = re.compile(r"\b(?:or|nor)\b", re.IGNORECASE)
_IN_A_RELATIVE = re.compile(
    r"\s*,?\s*\(?(?:in|on|of|from|with)\s+(?:(?:his|her|their|the|patient's|a|an|one)\s+)*",
    re.IGNORECASE,
)
_PATIENT_AGAIN = re.compile(
    r"(?:[;,]\s*(?:but|and|while|however,?)?|\b(?:but|while|whereas|however,?))\s*(?:the\s+)?"
    r"(?:patient|pt)\s+(?:also\s+|now\s+|currently\s+|himself\s+|herself\s+)?"
    r"(?:has|had|is|was|with|reports|denies|presents|complains|does)\b",
    re.IGNORECASE,
)
_REACH_AFTER = 60
_LINK = re.compile(
    r"[\s,:;.()\u2013\u2014-]*(?:(?:which|this|that|it|now|has|have|been|was|were|is|are|clinically|"
    r"later|since|already|essentially|still|also|subsequently|largely)\b[\s,:-]*)*",
    re.IGNORECASE,
)


class Trigger(NamedTuple):
    """A word that governs what stands near it, in characters of its sentence.

    ``reach``: ``before`` what it governs, ``after`` it, or ``around`` ("vs", "?").
    """

    kind: Assertion
    start: int
    end: int
    reach: Literal["before", "after", "around"]


ORDER: tuple[Assertion, ...] = ("family", "negated", "uncertain", "hypothetical", "historical")
"""Which assertion counts where several are found: the first."""


@lru_cache(maxsize=16_384)
def triggers(sentence: str) -> tuple[Trigger, ...]:
    """Every trigger of a sentence in order; words such as "not controlled" deny nothing."""
    return _found(sentence) if may_have_triggers(sentence) else ()


def may_have_triggers(sentence: str) -> bool:
    """Whether any word is the first of a trigger: a quick look, for most sentences have none."""
    if "?" in sentence or not sentence.isascii():
        return True
    return not _OPENING_WORDS.isdisjoint(_WORD.findall(sentence.lower()))


def _found(sentence: str) -> tuple[Trigger, ...]:
    matches = list(_matches(sentence))
    if not matches:
        return ()
    pseudo = [match.span() for match in _PSEUDO_NEGATIONS.finditer(sentence)]
    names = [match.span() for match in _NAMES.finditer(sentence)]
    return tuple(
        _trigger(match)
        for match in matches
        if not (
            (match.lastgroup or "").startswith("negated")
            and any(start <= match.start() < end for start, end in pseudo)
        )
        and not any(start <= match.start() < end for start, end in names)
    )


def _matches(sentence: str) -> Iterator[re.Match[str]]:
    """Where the pattern of triggers fits: it is tried at the words alone that open one."""
    if "?" in sentence or not sentence.isascii():
        yield from _TRIGGERS.finditer(sentence)
        return
    end = 0
    for word in _WORD.finditer(sentence.lower()):
        if word.group() in _OPENING_WORDS and word.start() >= end:
            match = _TRIGGERS.match(sentence, word.start())
            if match is not None:
                yield match
                end = match.end()


def _trigger(match: re.Match[str]) -> Trigger:
    kind, _, reach = (match.lastgroup or "").partition("_")
    asserted = next(each for each in ORDER if each == kind)
    if reach == "mark" and match.string[match.end() : match.end() + 1].isalpha():
        return Trigger(asserted, match.start(), match.end(), "before")
    if reach in ("vs", "mark"):
        return Trigger(asserted, match.start(), match.end(), "around")
    return Trigger(asserted, match.start(), match.end(), "after" if reach == "after" else "before")


def strongest(found: set[Assertion]) -> Assertion:
    """The assertion that outweighs the others; affirmed when nothing was found."""
    return next((kind for kind in ORDER if kind in found), "affirmed")


def is_cut_off(between: str) -> bool:
    """Whether a trigger's reach ends within these words ("but", "however", a semicolon)."""
    return _TERMINATORS.search(between) is not None


def _is_ended(sentence: str, trigger: Trigger, start: int) -> bool:
    """Whether a trigger's reach ends before ``start``."""
    if trigger.kind == "family":
        return is_cut_off_from_family(sentence[trigger.end : start])
    return _one_between(_ends_of_reach(sentence), trigger.end, start)


@lru_cache(maxsize=256)
def _ends_of_reach(sentence: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _TERMINATORS.finditer(sentence))


@lru_cache(maxsize=256)
def _alternatives(sentence: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _OR.finditer(sentence))


def _one_between(places: Sequence[tuple[int, int]], begin: int, end: int) -> bool:
    """Whether one of the places, which are in order, lies between two others."""
    behind = bisect_right(places, end, key=itemgetter(1))
    return behind > 0 and places[behind - 1][0] >= begin


def _is_done_with(sentence: str, trigger: Trigger, start: int, end: int) -> bool:
    """Whether "without" has ended at a comma: "asthma without exacerbation, and eczema"; it goes on
    through a list of alternatives ("without fever, chills or cough").
    """
    said = sentence[trigger.start : trigger.end].lower()
    if said not in ("without", "w/o") or sentence.find(",", trigger.end, start) < 0:
        return False
    alternatives = _alternatives(sentence)
    return not (
        _one_between(alternatives, trigger.end, start)
        or _one_between(alternatives, end, end + _REACH_AFTER)
    )


def is_cut_off_from_family(between: str) -> bool:
    """Whether what is said of a relative ends within these words: the patient is named anew."""
    return _PATIENT_AGAIN.search(between) is not None


def follows_directly(between: str) -> bool:
    """Whether nothing but a comma, a dash, a bracket or a linking word stands between."""
    return _LINK.fullmatch(between) is not None


def assertion(sentence: str, start: int, end: int) -> Assertion:
    """How the words from ``start`` to ``end`` are asserted in their sentence.

    A trigger before governs up to a terminator (but, however, except...); one after, within 60
    characters and before a comma, or right behind one comma; one inside counts, but for a denial
    in the middle ("concussion without loss of consciousness"). Denial outweighs doubt, doubt
    outweighs history.
    """
    found: set[Assertion] = set()
    for trigger in triggers(sentence):
        if trigger.kind in found:
            continue
        if trigger.start >= start and trigger.end <= end:
            middle = trigger.start > start and trigger.end < end
            if trigger.kind != "negated" or trigger.reach != "before" or not middle:
                found.add(trigger.kind)
        elif trigger.start < start:
            if trigger.reach != "after" and not (
                _is_ended(sentence, trigger, start) or _is_done_with(sentence, trigger, start, end)
            ):
                found.add(trigger.kind)
        elif trigger.kind == "family" and trigger.start >= end:
            if _IN_A_RELATIVE.fullmatch(sentence, end, trigger.start):
                found.add("family")
        elif trigger.start >= end and trigger.reach != "before":
            between = sentence[end : trigger.start]
            near = len(between) <= _REACH_AFTER and "," not in between
            if near or follows_directly(between):
                found.add(trigger.kind)
    return strongest(found)

"""What a drug did: poisoning, adverse effect or underdosing, read from a line (I.C.19.e.5).

The table of drugs and chemicals has a code for each; the nature of the harm is coded beside it:
before an adverse effect, behind a poisoning, and before an underdosing that brought it on.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from services.coding.domain.code_sets import DiagnosisCodes, Substance
from services.coding.domain.reading import wording
from services.coding.domain.reading.quick_look import may_say

Kind = Literal["poisoning", "adverse_effect", "underdosing"]

_CUE = re.compile(
    r"\b(?:over-?dos\w*|poison\w*|toxic\w*|adverse|side effects?|reaction|induced|under-?dos\w*|"
    r"non-?complian\w*|non-?adheren\w*|accidental\w*|mistaken\w*|inadvertent\w*|due to|"
    r"2/2|caused by|secondary to|from|ran out|not taking|"
    r"stopped taking|(?:patient|pt|he|she|self|intentionally) (?:intentionally )?(?:stopped|quit|"
    r"discontinued)|missed|afford|ingest\w*|related|took too)\b",
    re.IGNORECASE,
)
# One of these stands in whatever the cue fits.
HINTS = (
    "from", "due to", "2/2", "caused by", "secondary to", "related", "induced", "reaction",
    "adverse", "side effect", "toxic", "poison", "overdos", "over-dos", "underdos", "under-dos",
    "complian", "adheren",
    "ran out", "not taking", "stopped", "quit", "discontinued", "missed", "afford", "ingest",
    "accidental", "mistaken", "inadvertent", "took too",
)  # fmt: skip
_FILLER = (
    r"(?:(?:an?|the|her|his|their|prescribed|newly|new|recent|recently|started|starting|taking|use|"
    r"of|oral|iv|intravenous|long[- ]term|chronic|daily|therapy|treatment|with|home|too|much|many|"
    r"tablets?|pills?|capsules?|doses?|medications?|drug|multiple|large|amount|\w+['\u2019]s)\s+)"
    r"{0,5}"
)
_UNDERDOSING = re.compile(
    rf"\b(?:under-?dosing(?:\s+of)?|non-?(?:compliance|adherence)\s+(?:with|to)|"
    r"(?:patient|pt|he|she|self[- ]?)\s*(?:has\s+)?(?:intentionally\s+)?"
    r"(?:stopped|quit|discontinued)|"
    rf"intentionally\s+(?:stopped|quit|discontinued)|"
    rf"(?:is\s+)?not\s+taking|ran\s+out\s+of|stopped\s+taking|missed\s+(?:doses?\s+of|his|her)|"
    rf"(?:unable\s+to|cannot|could\s+not|can't|couldn't)\s+afford)\s+{_FILLER}(?P<drug>[a-z].*)",
    re.IGNORECASE,
)
_UNDERDOSED = re.compile(r"(?P<drug>[a-z][\w-]*(?:\s[\w-]+)?)\s+under-?dosing\b", re.IGNORECASE)
_POISONING = re.compile(
    rf"\b(?:over-?dos(?:e|ed|age|ing)|poison(?:ing|ed)|toxicity|toxic\s+effects?|ingest(?:ion|ed)|"
    rf"(?:accidentally|mistakenly|inadvertently|unintentionally)\s+(?:took|taken|swallowed|drank|"
    rf"ate|injected|was given)|took\s+too\s+(?:much|many))"
    rf"\s*(?:of|by|on|with|from|due\s+to|:|-)?\s+{_FILLER}(?P<drug>[a-z].*)",
    re.IGNORECASE,
)
_POISONED = re.compile(
    r"(?P<drug>[a-z][\w-]*(?:\s[\w-]+)?)\s+(?:over-?dose|poisoning|toxicity)\b", re.IGNORECASE
)
_ADVERSE = re.compile(
    rf"\b(?:adverse\s+(?:drug\s+)?(?:effects?|reactions?)|side\s+effects?|allergic\s+reaction|"
    rf"drug\s+reaction|reaction)\s+(?:of|to|from)\s+{_FILLER}(?P<drug>[a-z].*)",
    re.IGNORECASE,
)
_INDUCED = re.compile(
    r"(?P<drug>[a-z][\w]*(?:\s[\w]+)?)[\s-]+(?:induced|associated|related)\s+(?P<nature>.+)",
    re.IGNORECASE,
)
_DUE_TO = re.compile(
    rf"(?P<nature>.+?)[\s,;]+(?:due\s+to|2/2|caused\s+by|secondary\s+to|from|related\s+to|"
    rf"attributed\s+to|after\s+taking)\s+{_FILLER}(?P<drug>[a-z].*)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"[\s,;:(-]*\b(?:due to|2/2|caused by|secondary to|from|because of|because|after|as|"
    r"in (?:the )?setting of|related to|attributed to)?[\s,:(-]*(?:an?\s+|the\s+)?"
    r"(?:(?:patient|she|he|accidental|intentional|unintentional|suicidal|acute)\s+)*$",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"^[\s,;:).-]*(?:with|causing|resulting in|leading to|and|presenting with|:|-|,)"
    r"\s+(?P<nature>.+)$",
    re.IGNORECASE,
)
# What may stand behind the name of a drug; any other noun makes it something else ("iron
# deficiency", "penicillin allergy").
_MAY_FOLLOW = re.compile(
    r"^\s*(?:$|[,;:.()\u2013-]|(?:use|therapy|treatment|toxicity|taken|given|as|with|and|properly|"
    r"prescribed|in|at|on|causing|resulting|leading|overdose|poisoning|by|for|this|tablets?|pills?|"
    r"\d|accidental\w*|intentional\w*|suicid\w*|initial|subsequent|because|due)\b)",
    re.IGNORECASE,
)
_SELF_HARM = re.compile(
    r"\b(?:(?<!un)intentional\w*|suicid\w*|self[- ]?(?:harm|inflicted)|on purpose|deliberate\w*)\b",
    re.IGNORECASE,
)
_ASSAULT = re.compile(
    r"\bassault\w*\b|\bpoisoned by\s+(?:an?\s+)?(?:other|another)\b", re.IGNORECASE
)
_UNDETERMINED = re.compile(
    r"\b(?:undetermined|intent (?:cannot|could not) be determined)\b", re.IGNORECASE
)
_AS_PRESCRIBED = re.compile(
    r"\b(?:as prescribed|as directed|properly|correctly|therapeutic dos\w+|prescribed dose)\b",
    re.IGNORECASE,
)
_DID_GOOD = re.compile(
    r"\b(?:better|improv\w+|controlled|stable|resol\w+|relie\w+|well|managed|treated|benefi\w+|"
    r"remission|at goal|tolerat\w+|respon\w+)\b",
    re.IGNORECASE,
)
_TOXICITY = re.compile(r"\btoxicity\b", re.IGNORECASE)
# Names that the table has under another one.
_OTHER_NAMES = {
    "tylenol": "acetaminophen", "paracetamol": "acetaminophen", "advil": "ibuprofen",
    "motrin": "ibuprofen", "aleve": "naproxen", "benadryl": "diphenhydramine",
    "lasix": "furosemide", "hctz": "hydrochlorothiazide",
    "percocet": "oxycodone", "norco": "hydrocodone", "vicodin": "hydrocodone",
    "xanax": "alprazolam", "ativan": "lorazepam", "valium": "diazepam", "augmentin": "amoxicillin",
    "zithromax": "azithromycin", "glargine": "insulin", "lantus": "insulin",
    "lispro": "insulin", "aspart": "insulin", "humalog": "insulin", "novolog": "insulin",
    "depakote": "valproic acid", "dilantin": "phenytoin", "pcn": "penicillin",
}  # fmt: skip
# Drugs that are younger than the table's names, by the group that it counts them to.
_GROUPS = {
    "T45.51": ("apixaban", "eliquis", "rivaroxaban", "xarelto", "dabigatran", "pradaxa"),
    "T45.52": ("clopidogrel", "plavix", "ticagrelor", "brilinta", "prasugrel"),
    "T46.6X": ("atorvastatin", "lipitor", "rosuvastatin", "crestor", "pravastatin", "statin"),
    "T46.5X": ("losartan", "valsartan", "irbesartan", "olmesartan", "candesartan", "telmisartan"),
    "T46.4X": ("benazepril", "ramipril", "quinapril", "ace inhibitor"),
    "T46.1X": ("amlodipine", "norvasc"),
    "T38.3X": ("empagliflozin", "dapagliflozin", "sitagliptin", "semaglutide", "ozempic",
               "liraglutide", "dulaglutide", "glimepiride", "glipizide", "pioglitazone"),
    "T42.6X": ("gabapentin", "pregabalin", "lyrica", "levetiracetam", "keppra", "lamotrigine",
               "topiramate"),
    "T43.22": ("escitalopram", "lexapro", "sertraline", "zoloft", "citalopram", "ssri"),
    "T43.21": ("duloxetine", "cymbalta", "venlafaxine", "snri"),
    "T43.59": ("quetiapine", "seroquel", "aripiprazole", "olanzapine", "risperidone"),
    "T45.1X": ("chemotherapy", "chemotherapeutic agent", "cisplatin", "paclitaxel", "docetaxel"),
    "T50.8X": ("contrast", "iv contrast", "contrast dye", "gadolinium"),
    "T39.39": ("nsaid", "celecoxib", "meloxicam"),
    "T47.1X": ("omeprazole", "pantoprazole"),
}  # fmt: skip
_BASES = {name: base for base, names in _GROUPS.items() for name in names}
_SURE, _DOUBTFUL = 930, 700
_LONGEST_NAME = 3
_LONGEST_LINE = 300


class Harm(Struct, frozen=True):
    """``code`` without its seventh character; ``nature`` is what the drug did, in words.

    ``plain``: only a preposition links the two, so that the nature has to be a known illness.
    """

    kind: Kind
    code: str
    nature: str
    confidence: int
    plain: bool = False


def may_tell(text: str) -> bool:
    """Whether a line may speak of harm by a drug: a quick look."""
    return len(text) <= _LONGEST_LINE and may_say(text, HINTS) and _CUE.search(text) is not None


def read(text: str, codes: DiagnosisCodes) -> Harm | None:
    """The harm that a line tells of, or None."""
    if not may_tell(text):
        return None
    return next(_readings(text, codes), None)


def _readings(text: str, codes: DiagnosisCodes) -> Iterator[Harm]:
    for pattern in (_UNDERDOSING, _UNDERDOSED):
        match = pattern.search(text)
        found = None if match is None else _named(match["drug"], codes)
        if match is not None and found is not None:
            code = found[0].underdosing
            if code:
                yield Harm("underdosing", code, _before(text, match.start()), _SURE)
    for pattern in (_POISONING, _POISONED):
        match = pattern.search(text)
        found = None if match is None else _named(match["drug"], codes)
        if match is None or found is None:
            continue
        substance, length = found
        if _AS_PRESCRIBED.search(text) and substance.adverse_effect:
            nature = _then(match["drug"][length:]) or _before(text, match.start())
            yield Harm("adverse_effect", substance.adverse_effect, nature, _SURE)
        column = _intent(text)
        code = str(getattr(substance, column))
        if code:
            after = _then(match["drug"][length:] if pattern is _POISONING else text[match.end() :])
            vague = _TOXICITY.search(match.group()) is not None
            nature = after or _before(text, match.start())
            yield Harm("poisoning", code, nature, _DOUBTFUL if vague else _SURE)
    yield from _adverse(text, codes)


def _adverse(text: str, codes: DiagnosisCodes) -> Iterator[Harm]:
    match = _ADVERSE.search(text)
    found = None if match is None else _named(match["drug"], codes)
    if match is not None and found is not None and found[0].adverse_effect:
        nature = _then(match["drug"][found[1] :]) or _before(text, match.start())
        yield Harm("adverse_effect", found[0].adverse_effect, nature, _SURE)
    for pattern in (_INDUCED, _DUE_TO):
        match = pattern.search(text)
        found = None if match is None else _named(match["drug"], codes, whole=pattern is _INDUCED)
        if match is not None and found is not None and found[0].adverse_effect:
            nature = match["nature"].strip()
            if _DID_GOOD.search(nature):
                continue
            yield Harm("adverse_effect", found[0].adverse_effect, nature, _SURE, plain=True)


def _intent(text: str) -> str:
    if _UNDETERMINED.search(text):
        return "undetermined"
    if _ASSAULT.search(text):
        return "assault"
    return "self_harm" if _SELF_HARM.search(text) else "accidental"


def _before(text: str, end: int) -> str:
    """The words before the drug was named, without what links the two."""
    return _LINK.sub("", text[:end]).strip(" ,;:-")


def _then(rest: str) -> str:
    match = _THEN.match(rest)
    return "" if match is None else match["nature"].strip()


def _named(
    words: str, codes: DiagnosisCodes, *, whole: bool = False
) -> tuple[Substance, int] | None:
    """The substance whose name ``words`` begin with, and how long that is; longest name first."""
    parts = list(re.finditer(r"[A-Za-z][\w-]*", words))[:_LONGEST_NAME]
    for count in range(len(parts), 0, -1):
        start, end = parts[0].start(), parts[count - 1].end()
        if start or not (whole or _MAY_FOLLOW.match(words[end:])):
            continue
        found = _substance(words[:end].lower(), codes)
        if found is not None and not (whole and count < len(parts)):
            return found, end
    if whole and len(parts) > 1:
        last = parts[-1]
        found = _substance(last.group().lower(), codes)
        return None if found is None else (found, last.end())
    return None


def _substance(name: str, codes: DiagnosisCodes) -> Substance | None:
    singular = name[:-1] if name.endswith("s") else name
    base = _BASES.get(name) or _BASES.get(singular)
    if base is not None:
        return Substance(name, *(f"{base}{end}" for end in range(1, 7)))
    name = _OTHER_NAMES.get(name) or _OTHER_NAMES.get(singular) or name
    return codes.substance(wording.key(wording.read(name).tokens))

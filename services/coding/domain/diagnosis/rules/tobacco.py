"""Tobacco as the note tells it, beside the diseases whose notes ask for it (I.A.17, I.C.5.b).

The tabular list asks to identify dependence on tobacco, its use or a history of it with the
diseases of chapter 10, of the blocks I10-I1A and I60-I69, with heart disease, atherosclerosis and
some others. A smoker is dependent on nicotine (index: Smoker, see Dependence, drug, nicotine).
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_ASKS = (
    *("J", "I10", "I11", "I12", "I13", "I15", "I16", "I20", "I21", "I22", "I25", "I6", "I70"),
    *("C0", "C10", "C11", "C12", "C13", "C14", "C32", "C33", "C34", "C39", "D02", "G31.84"),
    *("H65", "H66", "K05", "K11", "K12", "K13", "K14", "K85.3"),
)
_SAID = ("F17", "Z72.0", "Z87.891", "O99.33")
_WORDS = frozenset(
    (
        *("smoker", "smokes", "smoking", "smoke", "smoked", "cigarette", "cigarettes", "tobacco"),
        *("ppd", "pack", "packs", "vapes", "nicotine", "snuff", "cigars", "cigar"),
    )
)
_NOW = re.compile(
    r"\b(?:current(?:ly)?|active(?:ly)?|daily|every[- ]?day|heavy|light|lifelong)\s+"
    r"(?:(?:every[- ]?day|some[- ]?day|daily|cigarette|tobacco|a)\s+)*smok(?:er|ing|es)\b|"
    r"\b(?:is|remains)\s+an?\s+(?:\w+\s+){0,2}smoker\b|\b(?:continues|continued) to smoke\b|"
    r"\bcontinu\w+ smoking\b|\bstill smok(?:es|ing)\b|\bsmoker\b(?=\s*[,.;]|\s*$)|"
    r"\bsmok(?:es|ing)\s+(?:about\s+|approximately\s+|around\s+|up to\s+)?[\d\u00bd.]+|"
    r"\bsmok(?:es|ing)\s+(?:half|one|two|a)\s+(?:a\s+)?(?:pack|cigarette)|"
    r"\b[\d.]+\s*(?:ppd\b|packs?(?:\s*/\s*|\s+(?:per|a|each)\s+)day)|"
    r"\b(?:tobacco(?: use)?|smoking(?: status)?)\s*:\s*(?:yes|current|daily)|"
    r"\b(?:chews tobacco|uses (?:smokeless|chewing) tobacco|vapes (?:daily|nicotine))\b",
    re.IGNORECASE,
)
_SMOKED = (
    r"\b(?:former|ex|previous|past|prior)[- ]+(?:(?:heavy|light|cigarette|tobacco|daily)\s+)*"
    r"(?:smok(?:er|ing)|tobacco use)\b|"
    r"\b(?:quit|stop(?:ped)?)\s+(?:smoking|tobacco)\b(?=[^.;]{0,25}"
    r"\b(?:\d|ago|years?|months?|last|since))|\bhistory of (?:tobacco|smoking|nicotine "
    r"dependence|cigarettes?)\b|\b(?:previously|formerly|used to)\s+smok(?:ed?|es|ing)\b|"
    r"\bsmoked\b"
)
# Of tobacco where the note speaks of it at all, and the sentence of nothing else.
_QUIT = (
    r"\b(?:quit|stopped)\s+(?:in\s+(?:19|20)\d\d|"
    r"(?:approximately\s+|about\s+)?\d+\s+(?:years|months)\s+ago)"
)
_NAMED = re.compile(_SMOKED, re.IGNORECASE)
_BEFORE = re.compile(rf"{_SMOKED}|{_QUIT}", re.IGNORECASE)
_OTHER_HABIT = re.compile(
    r"\b(?:alcohol\w*|etoh|drink\w*|beers?|wine|liquor|drugs?|cocaine|heroin|marijuana|cannabis|"
    r"opioids?|methamphetamine|meth|caffeine|coffee)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:advis\w+|counsel\w+|encourag\w+|wants? to|trying to|tries to|ready to|plans? to|"
    r"never|non-?smoker|denies|does not|recommend\w*|importance of|if |should|interested in)\b",
    re.IGNORECASE,
)
_KINDS = (
    (re.compile(r"\bchew|\bsnuff\b|\bsmokeless\b", re.IGNORECASE), "F17.220"),
    (re.compile(r"\bvape|\be-?cig|\bcigars?\b|\bpipe\b", re.IGNORECASE), "F17.290"),
    (re.compile(r"\bcigarettes?\b|(?<![a-z])(?:packs?|ppd)\b", re.IGNORECASE), "F17.210"),
)


@rule("tobacco-as-told", "I.A.17", *_ASKS, said=_WORDS)
def tobacco(listing: Listing, context: Context, mark: str) -> Listing:
    """Dependence of one who smokes now, history of one who did."""
    if not context.encounter.note or listing.has(*_SAID):
        return listing
    beside = listing.of(*_ASKS)[0]
    past = False
    now: list[str] = []
    for text in context.statements(_NOW):
        if _BEFORE.search(text):
            past = True
        elif context.is_the_patients(text, _NOW) and not _WISH.search(text):
            now.append(text)
    if now:
        said = " ".join(now)
        code = next((code for pattern, code in _KINDS if pattern.search(said)), "F17.200")
        return listing.added(code, mark, beside, TOLD)
    if past or any(
        context.is_the_patients(text, _BEFORE) and not _WISH.search(text) and _is_of_tobacco(text)
        for text in context.statements(_BEFORE)
    ):
        return listing.added("Z87.891", mark, beside, TOLD)
    return listing


def _is_of_tobacco(text: str) -> bool:
    """Whether a sentence that tells of a habit left tells of this one."""
    return _NAMED.search(text) is not None or _OTHER_HABIT.search(text) is None


RULES: tuple[Rule, ...] = (tobacco,)

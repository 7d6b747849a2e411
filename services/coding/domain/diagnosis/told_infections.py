"""Lines that name an infection with its organism: one code where there is one, else two.

Sepsis and pneumonia have codes by organism (A40, A41, J13-J15); any other infection is coded by
its site, with the organism (B95-B96) beside it (ICD-10-CM Official Guidelines I.C.1.b, I.C.1.d.4:
sepsis with a localized infection). COVID-19 pneumonia is U07.1 with J12.82 (I.C.1.g.1.c).
"""

import re

from msgspec import Struct

_SEPSIS = r"(?:sepsis|septic(?:a?emia)?|urosepsis)"
_JOIN = r"(?:due to|2/2|secondary to|from|with|caused by|by|of|in (?:the )?setting of|w/|and|,)"


class Organism(Struct, frozen=True):
    """An organism beside an infection, as the cause of sepsis, and as that of pneumonia.

    An empty code: the organism has none of its own there. ``resistance`` goes beside all of them.
    """

    beside: str
    sepsis: str
    pneumonia: str
    resistance: str = ""


_ORGANISMS: tuple[tuple[str, Organism], ...] = (
    (r"mrsa|(?:methicillin|oxacillin)[- ]resistant (?:staph\w*|s\.?) aureus",
     Organism("B95.62", "A41.02", "J15.212")),
    (r"mssa|(?:methicillin[- ](?:susceptible|sensitive) )?(?:staph(?:ylococcus)?|s\.?) aureus",
     Organism("B95.61", "A41.01", "J15.211")),
    (r"(?:coag(?:ulase)?[- ]neg(?:ative)? staph\w*|staph\w* epidermidis)",
     Organism("B95.7", "A41.1", "J15.29")),
    (r"staph(?:ylococc(?:us|al))?(?! aureus)", Organism("B95.8", "A41.2", "J15.20")),
    (r"(?:strep(?:tococcus)?|s\.?) pneumo(?:niae)?|pneumococc(?:us|al)",
     Organism("B95.3", "A40.3", "J13")),
    (r"group a strep\w*|strep\w* pyogenes", Organism("B95.0", "A40.0", "J15.4")),
    (r"group b strep\w*|gbs|strep\w* agalactiae", Organism("B95.1", "A40.1", "J15.3")),
    (r"strep(?:tococc(?:us|al))?(?!\w| throat| pharyng| pneumo)",
     Organism("B95.5", "A40.9", "J15.4")),
    (r"vre|vancomycin[- ]resistant enterococc\w+",
     Organism("B95.2", "A41.81", "J15.8", "Z16.21")),
    (r"enterococc(?:us|al)(?: f[ae]+c\w+)?", Organism("B95.2", "A41.81", "J15.8")),
    (r"esbl[- ](?:producing )?(?:e\.?\s?coli|escherichia coli)",
     Organism("B96.29", "A41.51", "J15.5", "Z16.12")),
    (r"e\.?\s?coli|escherichia coli", Organism("B96.20", "A41.51", "J15.5")),
    (r"klebsiella(?: pneumoniae| oxytoca)?", Organism("B96.1", "A41.59", "J15.0")),
    (r"pseudomonas(?: aeruginosa)?|pseudomonal", Organism("B96.5", "A41.52", "J15.1")),
    (r"proteus(?: mirabilis)?", Organism("B96.4", "A41.59", "J15.69")),
    (r"h(?:a?emophilus|\.)?\s?influenzae", Organism("B96.3", "A41.3", "J14")),
    (r"serratia(?: marcescens)?", Organism("B96.89", "A41.53", "J15.69")),
    (r"enterobacter(?: cloacae)?|citrobacter(?: \w+)?|"
     r"morganella", Organism("B96.89", "A41.59", "J15.69")),
    (r"acinetobacter(?: baumannii)?", Organism("B96.83", "A41.54", "J15.61")),
    (r"(?:bacteroides|b\.) fragilis|anaerob(?:ic|es?)", Organism("B96.6", "A41.4", "J15.8")),
    (r"mycoplasma(?: pneumoniae)?", Organism("B96.0", "", "J15.7")),
    (r"h(?:elicobacter|\.)?\s?pylori", Organism("B96.81", "", "")),
)  # fmt: skip
_ANY = re.compile(
    r"(?<![\w.])(?:(?:gram[- ](?:negative|positive)\s+)?)(?:"
    + "|".join(f"(?P<o{number}>{pattern})" for number, (pattern, _) in enumerate(_ORGANISMS))
    + r")(?!\w)",
    re.IGNORECASE,
)
_SEPTIC = re.compile(rf"\b{_SEPSIS}\b", re.IGNORECASE)
_SEVERE = re.compile(r"\b(?:severe|shock|acute organ|organ dysfunction)\b", re.IGNORECASE)
_PNEUMONIA = re.compile(r"\bpneumonia\b|\bpna\b", re.IGNORECASE)
_OF_VENTILATOR = re.compile(
    r"^\s*(?:ventilator[- ](?:associated|acquired)\s+(?:pneumonia|pna)|VAP)\s*$", re.IGNORECASE
)
# Infections that name no organism themselves, so that one may stand beside them.
_LOCAL = re.compile(
    r"\b(?:uti|urinary tract infection|cystitis|pyelonephritis|pyelo|prostatitis|cellulitis|"
    r"abscess|"
    r"furuncle|carbuncle|wound infection|skin infection|osteomyelitis|bacter[a]?emia|peritonitis|"
    r"endocarditis|mastitis|bursitis|empyema|epididymitis|orchitis|gastritis|duodenitis|"
    r"(?:gastric|duodenal|peptic) ulcer|bacteriuria)\b",
    re.IGNORECASE,
)
_ENDOCARDITIS = re.compile(
    r"\b(?:acute |subacute )*(?:infective |bacterial )?endocarditis\b", re.IGNORECASE
)
_EDGE = re.compile(rf"^(?:[\s,:;-]|{_JOIN}\b)+|(?:[\s,:;(-]|\b{_JOIN})+$", re.IGNORECASE)
_COVID = re.compile(
    r"\bcovid(?:-?\s?19)?\s+(?:viral\s+)?(?:pneumonia|pna|pneumonitis)\b|"
    r"\b(?:viral\s+)?(?:pneumonia|pna)\s+(?:due to|2/2|secondary to|from|with|caused by|w/)\s+"
    r"(?:covid|sars)[\w-]*(?:\s?19)?\b",
    re.IGNORECASE,
)
_IN_AIDS = re.compile(r"\b(?:hiv|aids)\b", re.IGNORECASE)
_PCP = re.compile(r"\bp[cj]p\b(?:\s+pneumonia)?", re.IGNORECASE)
_SEGMENTS = re.compile(r"\s*;\s*")
_CUE = re.compile(
    r"staph|strep|pneumococc|mrsa|mssa|s\. aureus|coli\b|klebs|pseudomon|proteus|influenzae|"
    r"serratia|"
    r"enteroc|enterob|citrob|morganella|acinetob|bacteroides|fragilis|anaerob|mycoplasma|pylori|"
    r"\bvre\b|\bgbs\b|covid|\bp[cj]p\b",
    re.IGNORECASE,
)


# One of these stands in whatever the cue fits.
HINTS = (
    "staph", "strep", "pneumococc", "mrsa", "mssa", "coli", "klebs", "pseudomon", "proteus",
    "influenzae", "serratia", "enteroc", "enterob", "citrob", "morganella", "acinetob", "fragilis",
    "anaerob", "mycoplasma", "pylori", "vre", "gbs", "covid", "pcp", "pjp", "s. aureus",
)  # fmt: skip


class ToldInfection(Struct, frozen=True):
    """Codes before and behind those of the ``phrases``, which have yet to be read."""

    before: tuple[str, ...]
    phrases: tuple[str, ...]
    behind: tuple[str, ...]


def read(text: str) -> ToldInfection | None:
    """What a line tells of infections and their organisms, or None."""
    if _CUE.search(text) is None:
        return None
    before: list[str] = []
    phrases: list[str] = []
    behind: list[str] = []
    told = False
    for segment in _SEGMENTS.split(text.strip(" .;")):
        found = _segment(segment)
        told = told or found is not None
        before.extend(found.before if found else ())
        phrases.extend(found.phrases if found else (segment,))
        behind.extend(found.behind if found else ())
    if not told:
        return None
    return ToldInfection(tuple(before), tuple(filter(None, phrases)), tuple(behind))


def _segment(text: str) -> ToldInfection | None:
    covid = _COVID.search(text)
    if covid is not None:
        rest = _left(text, covid.start(), covid.end())
        return ToldInfection(("U07.1", "J12.82"), (rest,), ())
    if _IN_AIDS.search(text) and _PCP.search(text):
        return ToldInfection((), (_PCP.sub("pneumocystosis", text),), ())
    named = _ANY.search(text)
    if named is None or named.lastgroup is None:
        return None
    organism = _ORGANISMS[int(named.lastgroup[1:])][1]
    rest = _left(text, named.start(), named.end())
    more = (organism.resistance,) if organism.resistance else ()
    septic = _SEPTIC.search(rest)
    if septic is not None:
        if not organism.sepsis or _SEVERE.search(rest):
            return None
        local = _left(rest, septic.start(), septic.end())
        local = _ENDOCARDITIS.sub("bacterial endocarditis", local)
        pneumonia = _PNEUMONIA.search(local)
        if pneumonia is not None and organism.pneumonia:
            local = _left(local, pneumonia.start(), pneumonia.end())
            return ToldInfection((organism.sepsis, organism.pneumonia), (local,), more)
        return ToldInfection((organism.sepsis,), (local,), more)
    pneumonia = _PNEUMONIA.search(rest)
    if _OF_VENTILATOR.search(rest) is not None:
        vap = ("ventilator associated pneumonia",)
        return ToldInfection((), vap, (organism.beside, *more))
    if pneumonia is not None and organism.pneumonia:
        local = _left(rest, pneumonia.start(), pneumonia.end())
        return None if local else ToldInfection((organism.pneumonia,), (), more)
    rest = _ENDOCARDITIS.sub("bacterial endocarditis", rest)
    if _LOCAL.search(rest) is None:
        return None
    return ToldInfection((), (rest,), (organism.beside, *more))


def _left(text: str, start: int, end: int) -> str:
    """What is left of a text without a stretch, and without the words that joined them."""
    head = _EDGE.sub("", text[:start]).strip()
    tail = _EDGE.sub("", text[end:]).strip()
    return " ".join(filter(None, (head, "with" if head and tail and "," in text else "", tail)))

"""Lines that name a disease with what belongs to it, each with a code, in one breath.

The tabular list asks for both: N40.1 "use additional code for associated symptoms", D63.1 "code
first underlying chronic kidney disease" (ICD-10-CM Official Guidelines I.A.13, I.A.17).
"""

import re

from msgspec import Struct

_PROSTATE = re.compile(
    r"\b(?:bph|(?:benign )?prostatic (?:hyperplasia|hypertrophy)|enlarged prostate|"
    r"prostatomegaly)\b"
    r"[\s,]*(?:with|w/|and|causing|c/b|complicated by)\s*(?P<rest>[^.;]+)",
    re.IGNORECASE,
)
_PROSTATE_SYMPTOMS = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"retention", "R33.8"),
        (r"incomplete (?:bladder )?emptying", "R39.14"),
        (r"frequency|frequent urination", "R35.0"),
        (r"nocturia", "R35.1"),
        (r"hesitancy", "R39.11"),
        (r"weak (?:urinary )?stream|slow stream|poor stream", "R39.12"),
        (r"urgency", "R39.15"),
        (r"straining", "R39.16"),
        (r"(?:bladder outlet |urinary |outlet )?obstruction|boo\b", "N13.8"),
    )
)
_ANEMIA = re.compile(
    r"^\s*an(?:a)?emia\s+(?:in|of|due to|2/2|secondary to|from|with|w/)\s+(?P<kidney>(?:ckd|"
    r"chronic "
    r"(?:kidney|renal)|esrd|end[- ]stage)[^.;]*)$",
    re.IGNORECASE,
)
_DIABETIC_KIDNEY = re.compile(
    r"^\s*(?P<type>(?:type\s*[12]|t[12]))?\s*(?:diabetic|dm2?)\s+(?P<kidney>(?:ckd|"
    r"chronic (?:kidney|"
    r"renal) disease)[^.;]*)$",
    re.IGNORECASE,
)
# Where the index has no path for both, the acute condition and the chronic one (I.B.8).
_ACUTE_ON_CHRONIC = re.compile(
    r"^\s*acute[\s-]+(?:on|and|superimposed on|upon)[\s-]+(?:an?\s+)?chronic\s+"
    r"(?P<what>(?:maxillary |frontal |ethmoidal? |sphenoidal? )?(?:rhino)?sinusitis|"
    r"bronchitis|pancreatitis|prostatitis|laryngitis|pharyngitis|tonsillitis|gastritis|thyroiditis|cystitis)[\s.]*$",
    re.IGNORECASE,
)
_COPD_WITH_BOTH = re.compile(
    r"^\s*(?P<copd>(?:copd|chronic obstructive pulmonary disease))\s*(?:,|with|w/)?\s*(?:(?:in|an|"
    r"acute)\s+)*exacerbation\s*(?:,|and|with|w/|&|due to|2/2|secondary to|from)\s*(?P<infection>"
    r"(?:acute )?bronchitis|(?:[\w-]+ ){0,3}pneumonia|lower respiratory (?:tract )?infection)"
    r"[\s.]*$",
    re.IGNORECASE,
)
_POTENCY = re.compile(
    r"^\s*(?P<diabetes>[^.;,]*(?:diabet|\bdm)[^.;,]*?)\s*,?\s*(?:with|w/|and|complicated by)\s*"
    r"(?:erectile dysfunction|impotence|(?-i:ED))[\s.]*$",
    re.IGNORECASE,
)
_POTENCY_OF = re.compile(
    r"^\s*(?:erectile dysfunction|impotence|(?-i:ED))\s+(?:due to|2/2|from|secondary to|with)\s+"
    r"(?P<diabetes>[^.;,]*(?:diabet|\bt?[12]?dm)[^.;,]*)[\s.]*$",
    re.IGNORECASE,
)
# A low count that chemotherapy brought on; the malignancy follows (I.C.2.c.2, D70.1).
_LOW_COUNT = re.compile(
    r"^\s*(?P<low>an(?:a)?emia|neutropenic fever|febrile neutropenia|"
    r"fever (?:and|with) neutropenia|neutropenia|pancytopenia|thrombocytopenia)\s+"
    r"(?:due to|2/2|d/t|secondary to|from|after|following|caused by)\s+"
    r"(?:recent\s+|his\s+|her\s+)?(?:chemo\w*|antineoplastic chemo\w*)"
    r"(?:\s+(?:for|of)\s+(?:his\s+|her\s+|the\s+)?(?P<cancer>[^.;,]+))?[\s.]*$",
    re.IGNORECASE,
)
_LOW_COUNTS = {"a": "D64.81", "n": "D70.1", "f": "D70.1", "p": "D61.810", "t": "D69.59"}
# Hypoinsulinemia that an operation left leads, then the diabetes (I.C.4.a.6.b.i).
_WITHOUT_PANCREAS = re.compile(
    r"\b(?:diabetes(?: mellitus)?|dm)\s+(?:due to|2/2|d/t|secondary to|after|following|from|s/p|"
    r"status post)\s+(?:an?\s+)?(?P<part>total\s+|complete\s+|partial\s+|distal\s+)?"
    r"pancreatectomy\b|\bpost-?\s?pancreatectomy\s+(?:diabetes|dm)\b",
    re.IGNORECASE,
)
_TUMOR = (
    r"(?:neoplas\w+|tumou?rs?|malignan\w+|[\w ]*cancer|[\w ]*carcinoma|myeloma|multiple myeloma|"
    r"lymphoma|sarcoma|[\w ]*\bca\b)"
)
_PATHOLOGIC = re.compile(
    r"\bpath(?:ologic(?:al)?)?\s+(?:compression\s+)?(?:fracture|fx)s?\s+(?:of\s+|in\s+)?(?:the\s+)?"
    r"(?P<site>[\w ]+?)\s*,?\s+(?:due to|2/2|d/t|secondary to|from|related to|in the setting of|"
    r"with|w/)\s+(?:known\s+|her\s+|his\s+)*"
    r"(?P<spread>(?:bon[ey]\s+|osseous\s+|lytic\s+|skeletal\s+)*(?:metasta\w+|"
    rf"mets)\b(?:\s+disease)?)?(?:\s*(?:from|of)?\s*(?P<tumor>{_TUMOR}))?[\s.]*$",
    re.IGNORECASE,
)
_BLEEDS_BY_DRUG = re.compile(
    r"^\s*(?:(?P<bleed>[\w ]{3,40}?)\s*,?\s+(?:due to|2/2|d/t|secondary to|from|with)\s+)?"
    r"(?:(?:supratherapeutic\s+inr\s+(?:on|from)\s+)?(?:warfarin|coumadin|apixaban|eliquis|"
    r"rivaroxaban|xarelto|dabigatran|pradaxa|enoxaparin|lovenox|heparin|anticoagula\w+)"
    r"(?:[- ](?:induced|related|associated))?\s+(?:coagulopathy|hemorrhagic disorder)|"
    r"coagulopathy\s+(?:due to|from|2/2|secondary to)\s+(?:warfarin|coumadin|apixaban|eliquis|"
    r"rivaroxaban|xarelto|dabigatran|pradaxa|enoxaparin|lovenox|heparin|anticoagula\w+))"
    r"(?:\s+(?:therapy|use))?(?:,?\s*(?:with\s+)?inr\s*(?:of\s+)?[\d.]+)?[\s.]*$",
    re.IGNORECASE,
)
# A complication of an operation, then what it is (I.B.16; tabular list at K91.89, N99.89).
_AFTER_SURGERY = re.compile(
    r"^\s*(?:acute\s+)?(?:post-?\s?op(?:erative)?|post-?\s?surgical|post-?procedural)\s+"
    r"(?P<what>(?:paralytic\s+|adynamic\s+)?ileus|(?:acute\s+)?(?:urinary\s+retention|"
    r"retention\s+of\s+urine))[\s.]*$",
    re.IGNORECASE,
)
_SURGICAL = (("ileus", ("K91.89", "K56.7")), ("retention", ("N99.89", "R33.8")))
# Which ulcer it is decides the code of the diabetes; its site and depth are a code of their own.
_DIABETIC_ULCER = re.compile(
    r"^\s*(?P<infected>infected\s+)?(?P<before>(?:left|right|bilateral|[lrLR]|chronic|neuropathic|"
    r"plantar)\s+)*(?P<type>(?:type\s*[12]|t[12])\s+)?diabetic\s+(?P<what>[^.;]*\bulcers?\b[^.;]*?)"
    r"(?:,\s*(?P<also>(?:type\s*[12]|t[12])\s*(?:dm|diabetes(?: mellitus)?)))?[\s.]*$",
    re.IGNORECASE,
)
_OF_FOOT = re.compile(
    r"\b(?:foot|feet|heels?|toes?|hallux|midfoot|forefoot|plantar|metatarsal|sole)\b", re.I
)
_OF_THE_LEG = re.compile(r"\b(?:ankle|calf|leg|shin|thigh|malleol\w+|lower extremity)\b", re.I)
_TYPE_1 = re.compile(r"\btype\s*(?:1|i)\b|\bt1|\bdm\s?-?1|\biddm\b", re.IGNORECASE)
_OXYGEN = re.compile(
    r"^(?P<rest>.+?)[\s,]+(?:on|requiring|needing|with|dependent on|using)\s+"
    r"(?:\d(?:\s?-\s?\d)?\s*l(?:pm|iters?)?\s*(?:of\s+|/min\s+)?)?"
    r"(?:home|supplemental|chronic|continuous|nocturnal|baseline)\s+(?:o2|oxygen)\b[^.;]*$",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"\bbph\b|prostat|erectile|impoten|\bed\b|an(?:a)?emia\b|\bo2\b|oxygen|\bckd|"
    r"chronic (?:kidney|renal)|on chronic|and chronic|superimposed|exacerbation|chemo|"
    r"pancreatectom|\bpath|diabetic|\bpost-? ?(?:op|surg|proc)|coagulopathy|hemorrhagic disorder",
    re.IGNORECASE,
)


# One of these stands in whatever the cue fits.
HINTS = (
    "bph", "erectile", "impoten", " ed", "prostat", "anemia", "anaemia", "o2", "oxygen", "diabetic",
    "chemo", "post-", "post ", "postop", "postsurg", "postproc", "pancreatectom", "path",
    "coagulopathy", "hemorrhagic dis", "ckd",
    "acute on", "acute and", "acute-on", "superimposed", "exacerbation",
)  # fmt: skip


class ToldPair(Struct, frozen=True):
    """Codes before and behind those of the ``phrases``, which have yet to be read."""

    codes: tuple[str, ...]
    phrases: tuple[str, ...]
    rule: str
    behind: tuple[str, ...] = ()


def read(text: str) -> ToldPair | None:
    """What a line tells of two things that are coded side by side, or None."""
    if _CUE.search(text) is None:
        return None
    prostate = _PROSTATE.search(text)
    if prostate is not None:
        rest = prostate["rest"]
        codes = [code for pattern, code in _PROSTATE_SYMPTOMS if pattern.search(rest)]
        if codes:
            return ToldPair(("N40.1", *codes), (), "OG I.A.17 associated symptoms")
    anemia = _ANEMIA.match(text)
    if anemia is not None:
        return ToldPair(("D63.1",), (anemia["kidney"],), "OG I.A.13 etiology and manifestation")
    kidney = _DIABETIC_KIDNEY.search(text)
    if kidney is not None:
        diabetes = f"{kidney['type'] or ''} diabetes mellitus".strip()
        return ToldPair((), (diabetes, kidney["kidney"]), "OG I.A.15 with")
    ulcer = _DIABETIC_ULCER.match(text)
    if ulcer is not None:
        return _of_an_ulcer(text, ulcer)
    potency = _POTENCY.match(text) or _POTENCY_OF.match(text)
    if potency is not None:
        code = "E10.69" if _TYPE_1.search(potency["diabetes"]) else "E11.69"
        return ToldPair((code, "N52.1"), (), "OG I.A.15 with")
    both = _ACUTE_ON_CHRONIC.match(text)
    if both is not None:
        phrases = (f"acute {both['what']}", f"chronic {both['what']}")
        return ToldPair((), phrases, "OG I.B.8 acute and chronic")
    worse = _COPD_WITH_BOTH.match(text)
    if worse is not None:
        phrases = (f"{worse['copd']} with acute exacerbation", worse["infection"])
        return ToldPair((), phrases, "OG I.C.10.a.1 exacerbation")
    after = _AFTER_SURGERY.match(text)
    if after is not None:
        told = next(each for said, each in _SURGICAL if said in after["what"].lower())
        return ToldPair(told, (), "OG I.B.16 complication of care")
    return _of_treatment(text) or _of_oxygen(text)


def _of_an_ulcer(text: str, found: re.Match[str]) -> ToldPair | None:
    """A diabetic ulcer of the foot or of the leg, then the ulcer by site and depth (E11.62)."""
    if _OF_FOOT.search(text):
        kind = "foot ulcer"
    elif _OF_THE_LEG.search(text):
        kind = "skin ulcer"
    else:
        return None
    diabetes = "type 1" if _TYPE_1.search(text) else "type 2"
    before = text[: found.start("what")]
    sides = " ".join(re.findall(r"\b(?:left|right|bilateral|[lrLR])\b", before))
    phrases = (f"{diabetes} diabetes mellitus with {kind}", f"{sides} {found['what']}".strip())
    return ToldPair((), phrases, "OG I.A.17 site of ulcer")


def comes_first(text: str) -> bool:
    """Whether a line tells more than that a drug did harm: what the drug was given for."""
    return _LOW_COUNT.match(text) is not None or _BLEEDS_BY_DRUG.match(text) is not None


def _of_oxygen(text: str) -> ToldPair | None:
    oxygen = _OXYGEN.match(text)
    if oxygen is not None:
        return ToldPair((), (oxygen["rest"],), "OG I.C.21.c.3 status", ("Z99.81",))
    return None


def _of_treatment(text: str) -> ToldPair | None:
    """What a drug or an operation has led to, and a bone that broke by a tumor."""
    low = _LOW_COUNT.match(text)
    if low is not None:
        code = _LOW_COUNTS[low["low"][0].lower()]
        fever = ("R50.81",) if "fe" in low["low"].lower() else ()
        cancer = (low["cancer"],) if low["cancer"] else ()
        rule = "OG I.C.2.c.2 adverse effect of chemotherapy"
        return ToldPair((code, *fever), cancer, rule, ("T45.1X5A",))
    pancreas = _WITHOUT_PANCREAS.search(text)
    if pancreas is not None:
        part = (pancreas["part"] or "").strip().lower()
        gone = "Z90.411" if part in ("partial", "distal") else "Z90.410"
        insulin = ("Z79.4",) if re.search(r"\binsulin\b", text, re.IGNORECASE) else ()
        return ToldPair(("E89.1", "E13.9"), (), "OG I.C.4.a.6.b.i", (gone, *insulin))
    broken = _PATHOLOGIC.search(text)
    if broken is not None and (broken["spread"] or broken["tumor"]):
        fracture = f"pathological fracture in neoplastic disease of {broken['site']}"
        tumor = (broken["tumor"].strip(),) if broken["tumor"] else ()
        spread = ("C79.51",) if broken["spread"] else ()
        return ToldPair((), (fracture, *tumor), "OG I.C.2.l.6 pathological fracture", spread)
    bleeding = _BLEEDS_BY_DRUG.match(text)
    if bleeding is not None:
        bled = (bleeding["bleed"],) if bleeding["bleed"] else ()
        return ToldPair((), bled, "OG I.C.19.e.5.a", ("D68.32", "T45.515A"))
    return None

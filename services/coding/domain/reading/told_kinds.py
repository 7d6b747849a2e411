"""Diseases whose kind is told in words of any order, each in the words of the index.

What a leg's arteries have led to, what an episode of bipolar disorder is like, how far a tendon is
torn. A phrase is rewritten only where every word of it is one of those looked for.
"""

import re
from collections.abc import Callable

from services.coding.domain.reading import told_places

_WORD = re.compile(r"[a-z0-9]+")
_SIDES = ("left", "right", "bilateral", "both")
_LITTLE = frozenset(
    (
        "of",
        "the",
        "in",
        "on",
        "with",
        "and",
        "to",
        "due",
        "by",
        "a",
        "an",
        "complicated",
        "s",
        *_SIDES,
    )
)

_MOOD = frozenset(
    ("bipolar", "disorder", "1", "i", "type", "current", "currently", "most", "recent", "episode",
     "manic", "mania", "depressed", "depression", "depressive", "mixed", "acute", "phase", "mild",
     "moderate", "severe", "without", "no", "psychotic", "psychosis", "feature", "features",
     "symptom", "symptoms", "now", "presenting")
)  # fmt: skip
_MOOD_KINDS = {
    "manic": "manic", "mania": "manic", "depressed": "depressed", "depression": "depressed",
    "depressive": "depressed", "mixed": "mixed",
}  # fmt: skip
_DEGREES = frozenset(("mild", "moderate", "severe"))

# With claudication alone the index has it as peripheral vascular disease; what has gone further is
# that of the native arteries of the leg.
_ARTERIES = re.compile(
    r"\bperipheral (?:arterial|artery|vascular) disease\b|"
    r"\batherosclerosis\b.*\b(?:leg|extremit\w+|limbs?|peripheral|femoral|iliac|tibial)\b"
)
_OF_LEGS = frozenset(
    ("peripheral", "arterial", "artery", "arteries", "vascular", "disease", "atherosclerosis",
     "native", "femoral", "iliac", "tibial", "severe", "chronic", "leg", "legs", "lower",
     "extremity", "extremities", "limb", "limbs", "foot", "feet", "toe", "toes", "great", "big",
     "heel", "ankle", "calf", "thigh", "midfoot", "shin", "gangrene", "gangrenous", "dry", "wet",
     "ulcer", "ulcers", "ulceration", "wound", "nonhealing", "non", "healing", "ischemic", "rest",
     "resting", "pain", "causing", "secondary", "forefoot", "tip")
)  # fmt: skip
_WHERE = (
    ({"heel", "midfoot"}, "heel and midfoot"),
    ({"ankle"}, "ankle"),
    ({"calf"}, "calf"),
    ({"thigh"}, "thigh"),
    ({"foot", "feet", "toe", "toes", "forefoot"}, "other part of foot"),
    ({"shin"}, "other part of lower leg"),
)
_NATIVE = "atherosclerosis of native arteries of"

_CUFF = frozenset(
    ("rotator", "cuff", "supraspinatus", "infraspinatus", "subscapularis", "tendon", "full",
     "thickness", "complete", "partial", "high", "grade", "massive", "incomplete", "tear", "tears",
     "torn", "rupture", "non", "nontraumatic", "atraumatic", "degenerative", "traumatic", "chronic",
     "acute", "not", "specified", "as", "or", "shoulder")
)  # fmt: skip
_TRAUMATIC = re.compile(r"(?<!non )(?<!non-)(?<!not )(?<!not specified as )\btraumatic\b|\bacute\b")


_ULCER = frozenset(
    ("ulcer", "ulcers", "ulceration", "chronic", "non", "nonpressure", "pressure", "nonhealing",
     "healing", "limited", "breakdown", "skin", "fat", "layer", "exposed", "necrosis", "muscle",
     "bone", "foot", "toe", "toes", "great", "big", "heel", "ankle", "calf", "thigh", "midfoot",
     "shin", "lower", "leg", "plantar", "unspecified", "severity", "forefoot", "neuropathic")
)  # fmt: skip
_DEPTHS = (
    ("breakdown of skin", "limited to breakdown of skin"),
    ("fat layer", "with fat layer exposed"),
    ("necrosis of muscle", "with necrosis of muscle"),
    ("muscle necrosis", "with necrosis of muscle"),
    ("necrosis of bone", "with necrosis of bone"),
    ("bone necrosis", "with necrosis of bone"),
)
_NO_PRESSURE = re.compile(r"\bnon[- ]?pressure\b")
_HERNIA = frozenset(
    ("hernia", "hernias", "herniae", "inguinal", "femoral", "incarcerated", "irreducible",
     "obstructed", "obstruction", "strangulated", "acute", "recurrent", "reducible", "unilateral",
     "groin", "without", "gangrene")
)  # fmt: skip
_CAUGHT = frozenset(("incarcerated", "irreducible", "obstructed", "obstruction", "strangulated"))


def told_kind(text: str) -> str:
    """``text`` in the words of the index where it tells the kind of one of these; else as it is."""
    lowered = text.lower()
    for cue, read in _READ:
        if cue in lowered:
            words = _WORD.findall(lowered)
            written = read(lowered, frozenset(words))
            if written:
                return " ".join((*(side for side in _SIDES if side in words), written))
    return text


def _mood(_: str, words: frozenset[str]) -> str:
    """An episode of bipolar disorder by its kind, degree and psychosis (F31.1 to F31.6)."""
    kinds = {_MOOD_KINDS[word] for word in words if word in _MOOD_KINDS}
    degrees = words & _DEGREES
    if len(kinds) != 1 or len(degrees) > 1 or not words <= _MOOD | _LITTLE:
        return ""
    kind, degree = next(iter(kinds)), next(iter(degrees), "")
    written = f"bipolar disorder current episode {kind}"
    if "psychotic" in words or "psychosis" in words:
        if words.isdisjoint(("without", "no")):
            return f"{written} severe with psychotic features"
        if degree == "severe" and kind != "manic":
            return f"{written} severe without psychotic features"
        return f"{written} without psychotic features {degree}" if kind == "manic" else ""
    if kind == "manic":
        return f"{written} without psychotic features {degree}"
    if degree == "severe":
        return f"{written} severe without psychotic features"
    return f"{written} {degree}"


def _arteries(text: str, words: frozenset[str]) -> str:
    """Rest pain, ulcer or gangrene of a leg whose arteries are diseased (I70.22 to I70.26)."""
    if _ARTERIES.search(text) is None or not words <= _OF_LEGS | _LITTLE:
        return ""
    if not words.isdisjoint(("gangrene", "gangrenous")):
        return f"{_NATIVE} extremities with gangrene leg"
    if not words.isdisjoint(("ulcer", "ulcers", "ulceration", "wound")):
        where = next((part for sites, part in _WHERE if sites & words), "unspecified site")
        return f"{_NATIVE} leg with ulceration of {where}"
    if "pain" in words and not words.isdisjoint(("rest", "resting")):
        return f"{_NATIVE} extremities with rest pain leg"
    return ""


def _cuff(text: str, words: frozenset[str]) -> str:
    """How far a tendon of the rotator cuff is torn, by no injury of today (M75.11, M75.12)."""
    if not words <= _CUFF | _LITTLE or words.isdisjoint(("tear", "tears", "torn", "rupture")):
        return ""
    if _TRAUMATIC.search(text) is not None:
        return ""
    if not words.isdisjoint(("partial", "incomplete")):
        return "incomplete rotator cuff tear"
    if not words.isdisjoint(("full", "complete", "massive")):
        return "complete rotator cuff tear"
    return ""


def _ulcer(text: str, words: frozenset[str]) -> str:
    """An ulcer of the leg that no pressure made, by its site and depth (L97)."""
    if not words <= _ULCER | _LITTLE or words.isdisjoint(("ulcer", "ulcers", "ulceration")):
        return ""
    if "pressure" in words and _NO_PRESSURE.search(text) is None:
        return ""
    where = next((part for sites, part in _WHERE if sites & words), "")
    if not where:
        return ""
    depth = next((written for said, written in _DEPTHS if said in text), "")
    return f"non-pressure chronic ulcer of {where} {depth}"


def _hernia(_: str, words: frozenset[str]) -> str:
    """A hernia of the groin that is caught obstructs (K40.0, K40.3, K41.0, K41.3)."""
    kinds = words & {"inguinal", "femoral"}
    if len(kinds) != 1 or words.isdisjoint(_CAUGHT) or not words <= _HERNIA | _LITTLE:
        return ""
    if "gangrene" in words and "without" not in words:
        return ""
    both = "" if {"bilateral", "both"} & words or {"left", "right"} <= words else "unilateral "
    again = " recurrent" if "recurrent" in words else ""
    return f"{both}{next(iter(kinds))} hernia with obstruction{again}"


_READ: tuple[tuple[str, Callable[[str, frozenset[str]], str]], ...] = (
    ("bipolar", _mood),
    ("peripheral", _arteries),
    ("atherosclerosis", _arteries),
    ("aneurysm", told_places.aneurysm),
    ("stasis", told_places.stasis_ulcer),
    ("ulcer", _ulcer),
    ("diverticulitis", told_places.diverticulitis),
    ("menisc", told_places.old_tear),
    ("stroke", told_places.stroke),
    ("cerebrovascular accident", told_places.stroke),
    ("infarct", told_places.stroke),
    ("hernia", _hernia),
    ("rotator cuff", _cuff),
    ("supraspinatus", _cuff),
)

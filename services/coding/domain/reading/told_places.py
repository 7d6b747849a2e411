"""Diseases that the tabular list divides by place and by what became of them, in any word order.

Aneurysms of the aorta by their part, strokes by artery and cause, diverticulitis by what it did not
do, ulcers of stasis by the part of the leg, old tears of a meniscus by its horn. A phrase is
rewritten only where every word of it is one of those looked for.
"""

import re

_LITTLE = frozenset(
    ("of", "the", "in", "on", "with", "and", "to", "due", "by", "a", "an", "s", "left", "right",
     "bilateral", "both", "at", "known", "stable", "small", "large", "asymptomatic", "chronic")
)  # fmt: skip
_NUMBER = re.compile(r"\d+(?:cm|mm)?|cm|mm|x")
_DENIAL = re.compile(r"\b(?:no|without|w/o|not|nor)\b")

_AORTA = frozenset(
    ("aortic", "aorta", "abdominal", "thoracic", "thoracoabdominal", "ascending", "descending",
     "arch", "infrarenal", "juxtarenal", "pararenal", "supraceliac", "paravisceral", "aneurysm",
     "aneurysms", "saccular", "fusiform", "unruptured", "nonruptured", "ruptured", "rupture",
     "without", "no", "degenerative")
)  # fmt: skip
_PARTS_OF_AORTA = (
    ("infrarenal", "infrarenal abdominal aortic aneurysm"),
    ("juxtarenal", "juxtarenal abdominal aortic aneurysm"),
    ("pararenal", "pararenal abdominal aortic aneurysm"),
    ("supraceliac", "supraceliac aneurysm of the thoracoabdominal aorta"),
    ("paravisceral", "paravisceral aneurysm of the thoracoabdominal aorta"),
    ("ascending", "aneurysm of the ascending aorta"),
    ("arch", "aneurysm of the aortic arch"),
    ("descending", "aneurysm of the descending thoracic aorta"),
    ("thoracoabdominal", "thoracoabdominal aortic aneurysm"),
    ("abdominal", "abdominal aortic aneurysm"),
    ("thoracic", "thoracic aortic aneurysm"),
)

_STROKE = frozenset(
    ("stroke", "cerebrovascular", "accident", "cerebral", "infarction", "infarct", "infarcts",
     "ischemic", "acute", "subacute", "embolic", "embolism", "embolus", "cardioembolic",
     "thromboembolic", "thrombotic", "thrombosis", "thrombus", "from", "mca", "aca", "pca",
     "middle", "anterior", "posterior", "artery", "territory", "distribution", "cerebellar", "pica",
     "vertebral", "basilar", "carotid", "internal", "ica", "sided")
)  # fmt: skip
_ARTERIES = (
    ({"mca", "middle"}, "middle cerebral artery"),
    ({"aca", "anterior"}, "anterior cerebral artery"),
    ({"pca", "posterior"}, "posterior cerebral artery"),
    ({"cerebellar", "pica"}, "cerebellar artery"),
    ({"vertebral"}, "vertebral artery"),
    ({"basilar"}, "basilar artery"),
    ({"carotid", "ica"}, "carotid artery"),
)

_DIVERTICULITIS = frozenset(
    ("diverticulitis", "acute", "sigmoid", "colon", "colonic", "large", "intestine", "bowel",
     "descending", "uncomplicated", "mild", "recurrent", "simple", "without", "no", "abscess",
     "perforation", "perf", "or", "bleeding", "hemorrhage", "complication", "complications",
     "evidence", "current", "nor")
)  # fmt: skip

_STASIS = frozenset(
    ("venous", "stasis", "ulcer", "ulcers", "ulceration", "leg", "ankle", "calf", "heel", "foot",
     "thigh", "lower", "extremity", "medial", "lateral", "malleolus", "malleolar", "varicose",
     "shin", "midfoot", "area", "above")
)  # fmt: skip
_OF_LEG = (
    ({"ankle", "malleolus", "malleolar"}, "ankle"),
    ({"heel", "midfoot"}, "heel and midfoot"),
    ({"calf"}, "calf"),
    ({"thigh"}, "thigh"),
    ({"foot"}, "other part of foot"),
    ({"shin"}, "other part of lower leg"),
)

_MENISCUS = frozenset(
    ("old", "tear", "tears", "torn", "meniscus", "meniscal", "medial", "lateral", "bucket",
     "handle", "complex", "horizontal", "posterior", "anterior", "horn", "knee", "degenerative",
     "remote", "injury", "or", "from")
)  # fmt: skip


def aneurysm(text: str, words: frozenset[str]) -> str:
    """An aneurysm of the aorta by its part; one that is not said to have ruptured has not."""
    if not _only(words, _AORTA) or words.isdisjoint(("aortic", "aorta")):
        return ""
    if not words.isdisjoint(("ruptured", "rupture")) and _DENIAL.search(text) is None:
        state = "ruptured"
    else:
        state = "without rupture"
    part = next((written for said, written in _PARTS_OF_AORTA if said in words), "")
    if not part:
        return ""
    return f"{part} {state}"


def stroke(_: str, words: frozenset[str]) -> str:
    """A stroke by its artery, where a clot is told to have come or to have formed (I63)."""
    if not _only(words, _STROKE) or words.isdisjoint(("stroke", "cerebrovascular", "cerebral")):
        return ""
    arteries = [written for said, written in _ARTERIES if not said.isdisjoint(words)]
    if len(arteries) != 1:
        return ""
    if any(word.startswith(("embol", "cardioembol", "thromboembol")) for word in words):
        return f"cerebral infarction due to embolism of {arteries[0]}"
    if any(word.startswith("thromb") for word in words):
        return f"cerebral infarction due to thrombosis of {arteries[0]}"
    return ""


def diverticulitis(text: str, words: frozenset[str]) -> str:
    """What a diverticulitis has not done is no part of its name (K57.32, K57.92)."""
    denial = _DENIAL.search(text)
    if denial is None or not _only(words, _DIVERTICULITIS):
        return ""
    said = text[: denial.start()]
    if any(each in said for each in ("absces", "perf", "bleed", "hemorrh")):
        return ""
    places = ("sigmoid", "colon", "colonic", "large", "descending")
    where = "large intestine" if not words.isdisjoint(places) else "intestine"
    return f"diverticulitis of {where}"


def stasis_ulcer(_: str, words: frozenset[str]) -> str:
    """An ulcer of stasis is that of varicose veins, by the part of the leg (index: Ulcer)."""
    if words.isdisjoint(("ulcer", "ulcers", "ulceration")) or not _only(words, _STASIS):
        return ""
    where = next((part for said, part in _OF_LEG if not said.isdisjoint(words)), "")
    return f"varicose veins of lower extremity with ulcer of {where}" if where else ""


def old_tear(_: str, words: frozenset[str]) -> str:
    """An old tear of a meniscus is a derangement, not an injury of today (I.C.13.b)."""
    if not _only(words, _MENISCUS) or words.isdisjoint(("old", "remote", "chronic")):
        return ""
    sides = words & {"medial", "lateral"}
    if len(sides) != 1 or words.isdisjoint(("tear", "tears", "torn")):
        return ""
    horn = next((f"{each} horn of" for each in ("posterior", "anterior") if each in words), "")
    return f"derangement of {horn or 'unspecified'} {next(iter(sides))} meniscus due to old tear"


def _only(words: frozenset[str], known: frozenset[str]) -> bool:
    return all(
        word in known or word in _LITTLE or _NUMBER.fullmatch(word) is not None for word in words
    )

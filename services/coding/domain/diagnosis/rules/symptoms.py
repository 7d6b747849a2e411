"""Signs and symptoms beside diagnoses, and unspecified codes beside specific ones.

Sources: I.B.4-I.B.6 and I.C.18.a-b (symptoms), I.B.2 and I.B.18 (level of detail), I.C.18.e
(coma scale).
"""

from collections import Counter

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

# Symptoms that go with a diagnosis and are not coded beside it.
_INTEGRAL: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("J0", "J1", "J20", "J21", "J22", "U07", "A37"),
        ("R05", "R07.0", "R09.8", "R50.9", "R06.0", "R06.2", "R06.82", "R68.83", "R53.81"),
    ),
    (("J0", "J10", "J11", "U07.1"), ("R51", "M79.1")),
    (("J02", "J03", "J36"), ("R13", "R59.0")),
    (("J12", "J13", "J14", "J15", "J16", "J18", "J69"), ("R09.02", "R07.1", "R07.81", "R04.2")),
    (("J30", "J31", "J32"), ("R09.8", "R05", "R06.7", "R51")),
    (("J40", "J41", "J42", "J43", "J44", "J45", "J47"), ("R05", "R06.0", "R06.2")),
    (("J96",), ("R06.0", "R09.02", "R06.82")),
    (("A08", "A09", "K52", "A04"), ("R11", "R19.7", "R10.84", "R50.9")),
    (("N30", "N39.0", "N10", "N12"), ("R30", "R35", "R39.15", "R31", "R10.2", "R10.30")),
    (("N10", "N12"), ("R50.9", "R10.9", "R11", "R10.8")),
    (("N20", "N21", "N22", "N23"), ("R10", "R31", "R11")),
    (("I10", "I11", "I12", "I13", "I16"), ("R03.0",)),
    (("I50", "I11.0", "I13.0", "I13.2"), ("R06.0", "R60", "R05")),
    (("I20", "I21", "I22", "I25.11", "I25.7"), ("R07",)),
    (("I26",), ("R07", "R06.0", "R04.2")),
    (("I30", "I31"), ("R07",)),
    (("I47", "I48", "I49"), ("R00.0", "R00.2")),
    (("I60", "I61", "I62", "I63", "G45"), ("R47.01", "R47.1", "R29.810", "R53.1")),
    (("I83.81", "I80", "I82"), ("M79.6", "R60", "M79.89")),
    (("K20", "K21"), ("R12", "R13")),
    (("K25", "K26", "K27", "K29", "K30"), ("R10.1", "R11", "R12", "R14")),
    (("K35", "K36", "K37", "K80", "K81", "K85", "K86", "K56", "K57.2", "K57.3"), ("R10", "R11")),
    (("K57.92", "K57.93", "K50", "K51"), ("R10", "R19.7", "R11")),
    (("K58",), ("R10", "R19.7", "R14", "K59.0")),
    (("K59.0",), ("R10", "R14")),
    (("K70.3", "K74"), ("R17",)),
    (("K64", "K60"), ("K62.89", "R19.8")),
    (("G43", "G44"), ("R51", "R11", "H53.14")),
    (("G40",), ("R56",)),
    (("G30", "F01", "F02", "F03"), ("R41.3", "R41.81")),
    (("F32", "F33"), ("R45.2", "R45.3", "R53.83", "R45.89")),
    (("F41", "F40"), ("R45.0", "R45.1")),
    (("H10",), ("H57.1", "H11.43")),
    (("H60", "H65", "H66", "H67"), ("H92.0",)),
    (("H81",), ("R42",)),
    (("M15", "M16", "M17", "M18", "M19", "M05", "M06", "M10", "M1A"), ("M25.5",)),
    (("M16", "M17"), ("M25.6", "M79.65", "M79.66")),
    (("M50", "M47.81"), ("M54.2",)),
    (("M51", "M48.06", "M47.816"), ("M54.5", "M54.9")),
    (("M75",), ("M25.51", "M79.62")),
    (("M54.1", "M54.3", "M54.4"), ("M79.60",)),
    (("M79.7",), ("M79.1", "R53.83", "R52")),
    (("L20", "L23", "L24", "L25", "L30", "L50", "B86", "B02", "B01"), ("R21", "L29")),
    (("L03",), ("R60", "L53.9", "M79.6")),
    (("E08", "E09", "E10", "E11", "E13"), ("R73", "R81", "R35.8", "R63.1")),
    (("E03", "E05"), ("R53.83",)),
    (("E86",), ("R63.1",)),
    (("D50", "D51", "D52", "D62", "D63", "D64"), ("R53.83", "R53.1")),
    (("G47.3",), ("R06.83", "G47.10", "R40.0")),
    (("G47.0",), ("R53.83",)),
    (("N80", "N94.6", "N70", "N73", "N83"), ("R10.2",)),
    (("N40.1",), ("N39.9",)),
    (("A40", "A41"), ("R50.9", "R00.0", "R06.82", "R65.1", "R78.81")),
    (("R65.2",), ("R65.1",)),
    (("S06",), ("R51", "R42")),
)
_ANY_INTEGRAL = tuple(dict.fromkeys(p for _, symptoms in _INTEGRAL for p in symptoms))
_ANY_CAUSE = tuple(dict.fromkeys(p for causes, _ in _INTEGRAL for p in causes))
# An injury explains the pain, the swelling and the stiffness of its own site.
_INJURY_SYMPTOMS = ("M25.4", "M25.5", "M25.6", "M79.6", "M79.89", "R22", "R52", "M54.2", "M54.5")
_SITE_ROOTS = {
    "M25.51": "S4", "M25.52": "S5", "M25.53": "S6", "M25.54": "S6", "M25.55": "S7",
    "M25.56": "S8", "M25.57": "S9", "M25.41": "S4", "M25.42": "S5", "M25.43": "S6",
    "M25.46": "S8", "M25.47": "S9", "M54.2": "S1", "M54.5": "S3", "M79.62": "S4",
    "M79.63": "S5", "M79.64": "S6", "M79.65": "S7", "M79.66": "S8", "M79.67": "S9",
}  # fmt: skip
_UNSPECIFIED = ("unspecified", "without complications", "without angina", "without esophagitis")
_EACH_OWN = ("C", "D0", "D1", "D2", "D3", "D4", "H", "L89", "L97", "L98", "M0", "M1", "M2", "M7")
_EACH_OWN_TOO = ("M8", "O", "S", "T", "V", "W", "X", "Y", "Z", "F1", "I69", "I7", "I8", "E08")
_FAMILIES = ("J45", "I48", "F33", "G43", "J44", "E78", "N18", "I50", "D50")
_OF_FAMILIES = {"J45": ("J45.90",), "I48": ("I48.91",), "G43": ("G43.9",), "D50": ("D50.9",)}


@rule("integral-symptom", "I.B.5", *_ANY_INTEGRAL, beside=_ANY_CAUSE)
def integral(listing: Listing, _: Context, _mark: str) -> Listing:
    """A symptom that is part of a confirmed diagnosis is not coded beside it."""
    gone: list[Diagnosis] = []
    for each in listing.of(*_ANY_INTEGRAL):
        others = [other.code for other in listing.diagnoses if other is not each]
        if any(
            each.code.startswith(symptoms) and any(code.startswith(causes) for code in others)
            for causes, symptoms in _INTEGRAL
        ):
            gone.append(each)
    return _without(listing, gone)


@rule("symptom-of-injury", "I.B.5", *_INJURY_SYMPTOMS, beside=("S",))
def of_injury(listing: Listing, _: Context, _mark: str) -> Listing:
    """Pain of the part that is injured goes with the injury."""
    gone = [
        each
        for each in listing.of(*_SITE_ROOTS)
        if any(
            each.code.startswith(symptom) and any(other.code[-1] != "S" for other in injuries)
            for symptom, root in _SITE_ROOTS.items()
            if (injuries := listing.of(root))
        )
    ]
    return _without(listing, gone)


def _without(listing: Listing, gone: list[Diagnosis]) -> Listing:
    return listing.dropped("integral_symptom", "", gone)


@rule("excluded-symptom", "I.B.4", "R")
def excluded_symptom(listing: Listing, context: Context, mark: str) -> Listing:
    """A symptom that the tabular list excludes beside a listed diagnosis is not coded."""
    gone = [
        each
        for each in listing.of("R")
        if any(
            other.code[0] not in "RZVWXY" and context.excludes(each.code, other.code)
            for other in listing.diagnoses
            if other is not each
        )
    ]
    return listing.dropped("integral_symptom", mark, gone)


@rule("more-specific-code", "I.B.18", *"ABDEFGHIJKLMNR")
def more_specific(listing: Listing, context: Context, mark: str) -> Listing:
    """An unspecified code gives way to a specific one of its own subcategory."""
    if len(listing.diagnoses) < 2:
        return listing
    if len({each.code[:3] for each in listing.diagnoses}) == len(listing.diagnoses):
        return listing
    categories = Counter(each.code[:3] for each in listing.diagnoses)
    gone = [
        each
        for each in listing.diagnoses
        if categories[each.code[:3]] > 1 and _is_bettered(each, listing, context)
    ]
    return listing.dropped("less_specific", mark, gone)


def _is_bettered(one: Diagnosis, listing: Listing, context: Context) -> bool:
    code = one.code
    if code.startswith(_EACH_OWN) or code.startswith(_EACH_OWN_TOO):
        return False
    if not _is_unspecified(context, code):
        return False
    node = context.node(code)
    above = node.parent if node is not None else ""
    if code.startswith(_OF_FAMILIES.get(code[:3], ("?",))):
        above = code[:3]
    return bool(above) and any(
        other.code.startswith(above)
        and other is not one
        and not _is_unspecified(context, other.code)
        for other in listing.diagnoses
    )


def _is_unspecified(context: Context, code: str) -> bool:
    title = context.title(code)
    return any(word in title for word in _UNSPECIFIED)


RULES: tuple[Rule, ...] = (more_specific, integral, of_injury, excluded_symptom)

"""The order of the diagnoses: first-listed first, causes before what they cause.

Sources: Official Guidelines II and IV.G (first-listed), I.A.13 (manifestations), I.B.8 (acute
before chronic), I.C.1.d.4 (sepsis), I.C.2.e (treatment of a neoplasm), I.C.15.a.1 (chapter 15 has
priority), I.C.16.a.2 (birth), I.C.19.e.5 (poisoning, adverse effect, underdosing), I.C.20.a.6
(external causes), I.C.21.c (status and history).
"""

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.drug_codes import (
    is_adverse_effect,
    is_poisoning,
    is_underdosing,
)
from services.coding.domain.diagnosis.rules.tabular_notes import TabularNotes
from services.coding.domain.diagnosis.specificity import base_of, title_of

_KEPT = 8_192
EXTERNAL_CAUSES = ("V", "W", "X", "Y")
# Z codes that are first-listed only (I.C.21.c.16), and follow-up.
_LEADING = (
    *("Z51.0", "Z51.1", "Z00", "Z01", "Z02", "Z04", "Z31.8", "Z33.2", "Z34", "Z39", "Z40", "Z42"),
    *("Z52", "Z76.1", "Z76.2", "Z99.12", "Z08", "Z09"),
)
_FOLLOWING = (
    *(
        "I25.2",
        "Z68",
        "Z79",
        "Z3A",
        "Z37",
        "Z16",
        "Z15",
        "Z67",
        "R29.7",
        "B95",
        "B96",
        "B97",
        "Z66",
    ),
    *("Z17", "Z18", "Z19", "Z72", "Z77", "Z78", "Z80", "Z81", "Z82", "Z83", "Z84", "Z85"),
    *("Z86", "Z87", "Z88", "Z89", "Z90", "Z91", "Z92", "Z93", "Z94", "Z95", "Z96", "Z97"),
    *("Z98", "Z99", "Z33.1", "Z53", "Z60", "Z62", "Z63", "Z64", "Z65", "Z55", "Z56", "Z57"),
    *("Z58", "Z59", "Z73", "Z74", "Z75"),
)
_SYSTEMIC_INFECTION = ("A40", "A41", "A02.1", "A22.7", "A26.7", "A32.7", "A42.7", "A54.86", "B37.7")
_LOCAL_INFECTION = (
    *("J12", "J13", "J14", "J15", "J16", "J17", "J18", "J20", "J69", "N10", "N12", "N15.1"),
    *("N30", "N39.0", "L03", "L02", "K65", "K57", "K81", "K83.0", "M00", "M86", "G00", "I33"),
)
_SEVERE_SEPSIS = ("R65.2",)
_ORGAN_DYSFUNCTION = (
    *("N17", "J96", "J80", "K72.0", "D65", "G93.41", "D69.5", "I95", "E87.2", "G92", "R57"),
)
_CAUSES_OF_TYPE_2 = (
    *("A40", "A41", "D5", "D60", "D61", "D62", "D63", "D64", "I16", "I26", "I35", "I46", "I47"),
    *("I48", "I49", "I50", "J18", "J44", "J96", "K92", "N17", "R57"),
)
_COVID_MANIFESTATIONS = ("J12.82", "J20.8", "J22", "J40", "J80", "J96", "J98.8", "R", "A08.39")
# An insulin pump that failed, what it gave, and what came of it (I.C.4.a.5).
_INSULIN_PUMP = ("T85.614", "T85.624", "T85.633", "T85.694")
_TOO_LITTLE_INSULIN = "T38.3X6"
_DIABETES = ("E08", "E09", "E10", "E11", "E13")
# Pairs whose order the guidelines give: the first leads the second.
_PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (_SYSTEMIC_INFECTION, _LOCAL_INFECTION),
    (_SYSTEMIC_INFECTION, _SEVERE_SEPSIS),
    (_LOCAL_INFECTION, _SEVERE_SEPSIS),
    (_SEVERE_SEPSIS, _ORGAN_DYSFUNCTION),
    (("U07.1",), _COVID_MANIFESTATIONS),
    (("B20",), ("B37", "B59", "C46", "B45", "A15", "A19", "B58", "F02", "G05", "B25")),
    (("I21", "I22"), ("I25.1", "I25.7", "I25.8", "I20")),
    (("O80", "O82"), ("Z37",)),
    (("T31", "T32"), ("W", "X", "Y")),
    (("T20", "T21", "T22", "T23", "T24", "T25"), ("T31", "T32")),
    (("S06",), ("R40.2",)),
    # Birth weight before weeks of gestation (I.C.16.d); what an infarction of type 2 comes from.
    (("P07.0", "P07.1"), ("P07.2", "P07.3")),
    (_CAUSES_OF_TYPE_2, ("I21.A1",)),
    (("U07.0",), ("J", "F17", "R")),
    (_INSULIN_PUMP, ("T38.3X1", "T38.3X6", *_DIABETES)),
    # Chapter 10 and blocks of chapter 9 ask for the use of tobacco as an additional code.
    (("J", "I1", "I2", "I6", "I7"), ("F17", "Z72.0", "Z77.22", "Z87.891")),
)
_BURNS = ("T20", "T21", "T22", "T23", "T24", "T25")
_DOCUMENTED = 3
_STATUS = 8


class Sequencer:
    """Orders diagnoses against one release; remembers the orders that it has found."""

    def __init__(self, codes: DiagnosisCodes, notes: TabularNotes) -> None:
        self._codes = codes
        self._notes = notes
        self._ranks: dict[str, int] = {}
        self._orders: dict[tuple[str, ...], tuple[int, ...]] = {}

    def ordered(self, diagnoses: tuple[Diagnosis, ...]) -> list[Diagnosis]:
        """In the order to report; where no rule speaks, as documented."""
        if len(diagnoses) < 2:
            return list(diagnoses)
        codes = tuple([each.code for each in diagnoses])
        found = self._orders.get(codes)
        if found is None:
            if len(self._orders) >= _KEPT:
                self._orders.clear()
            found = self._orders[codes] = self._order_of(codes)
        return [diagnoses[number] for number in found]

    def leads(self, one: str, other: str) -> bool:
        """Whether ``one`` has to stand before ``other``."""
        if any(one.startswith(first) and other.startswith(then) for first, then in _PAIRS):
            return True
        if self._notes.leads(one, other):
            return True
        return _degree(self._codes, one) > _degree(self._codes, other) > 0

    def _order_of(self, codes: tuple[str, ...]) -> tuple[int, ...]:
        left = sorted(range(len(codes)), key=lambda number: self._rank(codes[number]))
        behind = {
            number: {
                other
                for other in left
                if other != number
                and self.leads(codes[other], codes[number])
                and not self.leads(codes[number], codes[other])
            }
            for number in left
        }
        if any(code.startswith(_INSULIN_PUMP) for code in codes):
            given = {n for n in left if codes[n].startswith(_TOO_LITTLE_INSULIN)}
            for number in left:
                if codes[number].startswith(_DIABETES):
                    behind[number] |= given
        manifestations = {number for number in left if is_manifestation(self._codes, codes[number])}
        placed: list[int] = []
        while left:
            waiting = set(left)
            ready = [number for number in left if not behind[number] & waiting]
            own = [
                n
                for n in ready
                if (n not in manifestations or behind[n]) and self._rank(codes[n]) < _STATUS
            ]
            own = own or ready or left
            chosen = own[0]
            placed.append(chosen)
            left.remove(chosen)
        return tuple(placed)

    def _rank(self, code: str) -> int:
        rank = self._ranks.get(code)
        if rank is None:
            if len(self._ranks) >= _KEPT:
                self._ranks.clear()
            rank = self._ranks[code] = self._rank_of(code)
        return rank

    def _rank_of(self, code: str) -> int:
        if code.startswith(EXTERNAL_CAUSES):
            return 9
        if code.startswith(_FOLLOWING):
            return _STATUS
        if is_underdosing(code):
            return 7
        if is_adverse_effect(code):
            return 6
        if code.startswith("Z38"):
            return 0
        if code.startswith("O"):
            return 1
        if code.startswith(_LEADING) or is_poisoning(code):
            return 2
        return _DOCUMENTED


def is_manifestation(codes: DiagnosisCodes, code: str) -> bool:
    """Whether the tabular title says that the code is never first (I.A.13)."""
    title = title_of(codes, code).lower()
    return "in diseases classified elsewhere" in title or "in other diseases classified" in title


def is_below_manifestation(codes: DiagnosisCodes, code: str) -> bool:
    """Whether the title of the code, or of what it is a part of, says so."""
    if is_manifestation(codes, code):
        return True
    node = base_of(codes, code)
    while node is not None and node.parent:
        if is_manifestation(codes, node.parent):
            return True
        node = codes.node(node.parent)
    return False


def _degree(codes: DiagnosisCodes, code: str) -> int:
    """The degree of a burn or corrosion by its site code; 0 for any other code (I.C.19.d.1)."""
    if not code.startswith(_BURNS):
        return 0
    title = title_of(codes, code).lower()
    return next((n for n, word in ((3, "third"), (2, "second"), (1, "first")) if word in title), 0)

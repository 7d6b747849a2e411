"""ICD-10-CM Official Guidelines that look at all diagnoses of an encounter together.

Each rule takes the proposed diagnoses in documentation order and gives them back changed, with its
id among the rules of what it touched. Section numbers are those of the FY2026 guidelines.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis, Rejected
from services.coding.domain.diagnosis.exclusions import Exclusions
from services.coding.domain.diagnosis.specificity import title_of

MAX_DIAGNOSES = 12
_KEPT = 8_192
_EXTERNAL_CAUSE = ("V", "W", "X", "Y")

# Symptoms that go with a diagnosis and are not coded beside it (I.B.5).
_INTEGRAL: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("J0", "J1", "J20", "J21", "J22", "U07"), ("R05", "R07.0", "R09.8", "R50.9", "R06.0")),
    (("J40", "J41", "J42", "J43", "J44", "J45"), ("R05", "R06")),
    (("A08", "A09", "K52"), ("R11", "R19.7", "R10.84")),
    (("N30", "N39.0", "N10"), ("R30", "R35", "R39.15")),
    (("I10", "I11", "I12", "I13", "I16"), ("R03.0",)),
    (("I50",), ("R06.0", "R60")),
    (("I20", "I21", "I22"), ("R07",)),
    (("K21",), ("R12",)),
    (("G43", "G44"), ("R51", "R11")),
    (("H65", "H66", "H67"), ("H92.0",)),
    (("M15", "M16", "M17", "M18", "M19", "M05", "M06"), ("M25.5",)),
    (("K35", "K37", "K80", "K81", "K85"), ("R10", "R11")),
    (("E10", "E11"), ("R73",)),
    (("L20", "L23", "L24", "L25", "L30"), ("R21", "L29")),
    (("G40",), ("R56",)),
)
_ANY_INTEGRAL = tuple(prefix for _, symptoms in _INTEGRAL for prefix in symptoms)
_DIABETES = frozenset(("E10", "E11", "E13"))
_SECONDARY_ONLY = ("Z68", "Z79", "Z3A", "Z16", "Z15", "Z67", "R29.7", "B95", "B96", "B97")
_FEMALE_ONLY = (
    "O",
    "N70",
    "N71",
    "N72",
    "N73",
    "N74",
    "N75",
    "N76",
    "N77",
    "N80",
    "N81",
    "N83",
    "N84",
    "N85",
    "N86",
    "N87",
    "N88",
    "N89",
    "N91",
    "N92",
    "N93",
    "N94",
    "N95",
    "C51",
    "C52",
    "C53",
    "C54",
    "C55",
    "C56",
    "C57",
    "C58",
    "Z33",
    "Z34",
    "Z3A",
)
_MALE_ONLY = (
    "N40",
    "N41",
    "N42",
    "N43",
    "N44",
    "N45",
    "N46",
    "N47",
    "N48",
    "N49",
    "N50",
    "N51",
    "N52",
    "N53",
    "C60",
    "C61",
    "C62",
    "C63",
)


def _has(diagnoses: Iterable[Diagnosis], *prefixes: str) -> bool:
    return any(diagnosis.code.startswith(prefixes) for diagnosis in diagnoses)


def _categories(diagnoses: Iterable[Diagnosis]) -> set[str]:
    return {diagnosis.code[:3] for diagnosis in diagnoses}


def _with_rule(diagnosis: Diagnosis, code: str, rule: str) -> Diagnosis:
    return replace(diagnosis, code=code, rules=(*diagnosis.rules, rule))


def hypertension(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Hypertension with heart failure or chronic kidney disease is one code (I.C.9.a.1-3)."""
    categories = _categories(diagnoses)
    failing = "I50" in categories
    if not failing and "N18" not in categories:
        return list(diagnoses)
    kidney = [diagnosis.code for diagnosis in diagnoses if diagnosis.code.startswith("N18")]
    end_stage = any(code in ("N18.5", "N18.6") for code in kidney)
    if failing and kidney:
        code, rule = ("I13.2" if end_stage else "I13.0"), "OG I.C.9.a.3"
    elif failing:
        code, rule = "I11.0", "OG I.C.9.a.1"
    else:
        code, rule = ("I12.0" if end_stage else "I12.9"), "OG I.C.9.a.2"
    done = [_with_rule(d, code, rule) if d.code == "I10" else d for d in diagnoses]
    combined = [d for d in done if d.code == code and rule in d.rules]
    if not combined:
        return done
    first = min(
        (n for n, d in enumerate(done) if d.code == code or d.code.startswith(("I50", "N18"))),
    )
    rest = [d for d in done if d is not combined[0]]
    return [*rest[:first], combined[0], *rest[first:]]


def diabetes(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Diabetes "with" its complications is presumed linked (I.A.15, I.C.4.a)."""
    if not _categories(diagnoses) & _DIABETES:
        return list(diagnoses)
    kidney = _has(diagnoses, "N18")
    neuropathy = _has(diagnoses, "G62.9")
    ulcer = _has(diagnoses, "L97.4", "L97.5")
    suffix = "22" if kidney else "40" if neuropathy else "621" if ulcer else ""
    if not suffix or not _has(diagnoses, "E10.9", "E11.9", "E13.9"):
        return list(diagnoses)
    found: list[Diagnosis] = []
    sure = min((d.confidence for d in diagnoses if d.code == "G62.9"), default=1000)
    for diagnosis in diagnoses:
        if diagnosis.code in ("E10.9", "E11.9", "E13.9"):
            linked = _with_rule(diagnosis, f"{diagnosis.code[:4]}{suffix}", "OG I.A.15")
            if suffix == "40":
                linked = replace(linked, confidence=min(linked.confidence, sure))
            found.append(linked)
        elif not (suffix == "40" and diagnosis.code == "G62.9"):
            found.append(diagnosis)
    order = [d for d in found if "OG I.A.15" in d.rules]
    at = next(
        (n for n, d in enumerate(found) if d.code.startswith(("N18", "L97")) or d in order), 0
    )
    rest = [d for d in found if d not in order]
    return [*rest[:at], *order, *rest[at:]]


def integral_symptoms(diagnoses: Sequence[Diagnosis]) -> tuple[list[Diagnosis], list[Rejected]]:
    """A symptom that is part of a confirmed diagnosis is not coded beside it (I.B.5)."""
    dropped: list[Rejected] = []
    kept: list[Diagnosis] = []
    for diagnosis in diagnoses:
        if not diagnosis.code.startswith(_ANY_INTEGRAL):
            kept.append(diagnosis)
            continue
        others = [other for other in diagnoses if other is not diagnosis]
        if any(
            diagnosis.code.startswith(symptoms) and _has(others, *causes)
            for causes, symptoms in _INTEGRAL
        ):
            dropped.append(Rejected(diagnosis.code, "integral_symptom"))
        else:
            kept.append(diagnosis)
    return kept, dropped


def without_repeats(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Each code once (I.B.12); evidence of repeats is kept together, the surer one counts."""
    if len({diagnosis.code for diagnosis in diagnoses}) == len(diagnoses):
        return list(diagnoses)
    found: dict[str, Diagnosis] = {}
    for diagnosis in diagnoses:
        before = found.get(diagnosis.code)
        found[diagnosis.code] = (
            diagnosis
            if before is None
            else replace(
                before,
                evidence=tuple(dict.fromkeys(before.evidence + diagnosis.evidence)),
                rules=tuple(dict.fromkeys(before.rules + diagnosis.rules)),
                confidence=max(before.confidence, diagnosis.confidence),
            )
        )
    return list(found.values())


class TabularRules:
    """Rules that look codes up in one release's tabular list; they remember what they found."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self._exclusions = Exclusions(codes)
        self._ranks: dict[str, int] = {}
        self._conflicts: dict[tuple[str, ...], tuple[str, ...]] = {}

    def ordered(self, diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
        """First-listed first (IV.G): obstetric codes lead (I.C.15.a.1), manifestations (I.A.13),
        external causes (I.C.20.a) and status codes follow; else as documented.
        """
        return sorted(diagnoses, key=self._rank)[:MAX_DIAGNOSES]

    def _rank(self, diagnosis: Diagnosis) -> int:
        code = diagnosis.code
        rank = self._ranks.get(code)
        if rank is None:
            if len(self._ranks) >= _KEPT:
                self._ranks.clear()
            rank = self._ranks[code] = self._rank_of(code)
        return rank

    def _rank_of(self, code: str) -> int:
        if code.startswith(_EXTERNAL_CAUSE):
            return 4
        if code.startswith(_SECONDARY_ONLY):
            return 3
        if is_manifestation(self._codes, code):
            return 2
        return 0 if code.startswith("O") else 1

    def conflicts(self, diagnoses: Sequence[Diagnosis], sex: str) -> tuple[str, ...]:
        """Reasons for a coder to look: Excludes1 pairs (I.A.12.a), first-listed code, sex."""
        listed = (sex, *(diagnosis.code for diagnosis in diagnoses))
        found = self._conflicts.get(listed)
        if found is None:
            if len(self._conflicts) >= _KEPT:
                self._conflicts.clear()
            found = self._conflicts[listed] = tuple(self._conflicts_of(sex, listed[1:]))
        return found

    def _conflicts_of(self, sex: str, codes: Sequence[str]) -> Iterator[str]:
        for number, one in enumerate(codes):
            for other in codes[number + 1 :]:
                if self._exclusions.conflict(one, other):
                    yield f"excludes1:{one}:{other}"
            if (sex == "M" and one.startswith(_FEMALE_ONLY)) or (
                sex == "F" and one.startswith(_MALE_ONLY)
            ):
                yield f"sex_conflict:{one}"
        if codes:
            first = codes[0]
            if is_manifestation(self._codes, first):
                yield f"manifestation_first:{first}"
            elif first.startswith((*_EXTERNAL_CAUSE, *_SECONDARY_ONLY)):
                yield f"secondary_only_first:{first}"


def is_manifestation(codes: DiagnosisCodes, code: str) -> bool:
    """Whether the tabular title says that the code is never first (I.A.13)."""
    title = title_of(codes, code).lower()
    return "in diseases classified elsewhere" in title or "in other diseases classified" in title

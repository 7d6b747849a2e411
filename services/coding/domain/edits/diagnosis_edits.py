"""Diagnoses of a claim against the tabular list of their day.

ICD-10-CM Official Guidelines I.B.2 (complete codes), I.A.12.a (Excludes1), I.A.13 (manifestations
follow their cause), I.C.20.a (external causes are never first), and codes that only ever follow.
"""

from itertools import combinations

from services.coding.domain.code_sets import CodeSets
from services.coding.domain.diagnosis.exclusions import Exclusions
from services.coding.domain.diagnosis.guidelines import is_manifestation
from services.coding.domain.diagnosis.specificity import base_of, is_billable
from services.coding.domain.edits.claim import Claim

_GUIDELINES = "ICD-10-CM Official Guidelines"
_EXTERNAL_CAUSES = ("V", "W", "X", "Y")
_NEVER_FIRST = ("B95", "B96", "B97", "R29.7", "R65.2", "Z16", "Z17", "Z3A", "Z37", "Z68")
# Status and history that guideline I.C.21.c allows first where they are the reason of the visit.
_SELDOM_FIRST = (
    *("Z15", "Z18", "Z19", "Z66", "Z67", "Z72", "Z73", "Z77", "Z78", "Z79", "Z80", "Z81", "Z82"),
    *("Z83", "Z84", "Z89", "Z90.71", "Z91.0", "Z91.1", "Z92", "Z93", "Z94", "Z95", "Z97", "Z98"),
    "Z99",
)
_MOST_KEPT = 20_000


class DiagnosisEdits:
    """Checks against one release; remembers which pairs exclude each other."""

    def __init__(self, sets: CodeSets) -> None:
        self._sets = sets
        self._exclusions = Exclusions(sets.diagnoses)
        self._pairs: dict[tuple[str, str], bool] = {}
        self._release = f"ICD-10-CM {sets.diagnoses.release}" + (
            " (stands in)" if "icd10cm" in sets.stands_in else ""
        )

    def check(self, claim: Claim, gap: str = "") -> None:
        """Each code, each pair, and the first-listed one.

        ``gap``: why the release is not that of the day. Then no code is valid or not, but what it
        excludes still is a reason to look.
        """
        codes = claim.diagnoses
        if gap and codes:
            claim.say(
                "icd10cm",
                "no_data",
                (),
                "45 CFR 162.1002(c)(2)",
                "",
                f"not checked: {gap}",
                codes=codes,
                looked_up=f"diagnoses on {claim.context.date}",
            )
        elif codes:
            self._valid_all(claim)
        for one, other in combinations(dict.fromkeys(codes), 2):
            if self._conflict(one, other):
                claim.say(
                    "excludes1",
                    "deny",
                    (),
                    f"{_GUIDELINES} I.A.12.a",
                    self._release,
                    "the tabular list excludes one beside the other, unless clearly unrelated: a "
                    "coder decides",
                    codes=(one, other),
                )
        for repeated in dict.fromkeys(code for code in codes if codes.count(code) > 1):
            claim.say(
                "diagnosis-twice",
                "deny",
                (),
                f"{_GUIDELINES} I.B.12",
                self._release,
                "a diagnosis is reported once",
                codes=(repeated,),
            )
        if codes:
            self._first(claim, codes[0])

    def _valid_all(self, claim: Claim) -> None:
        wrong = len(claim.found)
        for position, code in enumerate(claim.diagnoses, start=1):
            self._valid(claim, position, code)
        if len(claim.found) == wrong:
            claim.say(
                "diagnosis-valid",
                "pass",
                (),
                f"{_GUIDELINES} I.B.2",
                self._release,
                codes=claim.diagnoses,
                looked_up=f"{'+'.join(claim.diagnoses)} on {claim.context.date}",
            )

    def _valid(self, claim: Claim, position: int, code: str) -> None:
        if is_billable(self._sets.diagnoses, code):
            return
        lines = [n for n, line in claim.numbered() if position in line.points]
        known = base_of(self._sets.diagnoses, code) is not None
        claim.say(
            "diagnosis-not-billable" if known else "diagnosis-unknown",
            "deny",
            lines,
            f"{_GUIDELINES} I.B.2",
            self._release,
            "not complete: the tabular list goes further" if known else "not in the release",
            codes=(code,),
            looked_up=f"{code} on {claim.context.date}",
        )

    def _conflict(self, one: str, other: str) -> bool:
        key = (one, other)
        found = self._pairs.get(key)
        if found is None:
            if len(self._pairs) >= _MOST_KEPT:
                self._pairs.clear()
            found = self._pairs[key] = self._exclusions.conflict(one, other)
        return found

    def _first(self, claim: Claim, code: str) -> None:
        if code.startswith(_EXTERNAL_CAUSES):
            self._never_first(
                claim, code, "external-cause-first", "I.C.20.a.6", "an external cause"
            )
        elif is_manifestation(self._sets.diagnoses, code):
            self._never_first(claim, code, "manifestation-first", "I.A.13", "a manifestation")
        elif code.startswith((*_NEVER_FIRST, *_SELDOM_FIRST)):
            unsure = code.startswith(_SELDOM_FIRST)
            self._never_first(
                claim,
                code,
                "secondary-only-first",
                "I.C.21.c",
                "a code that follows",
                unsure=unsure,
            )

    def _never_first(
        self,
        claim: Claim,
        code: str,
        rule: str,
        section: str,
        what: str,
        *,
        unsure: bool = False,
    ) -> None:
        claim.say(
            rule,
            "warn" if unsure else "deny",
            [n for n, line in claim.numbered() if line.points[:1] == (1,)],
            f"{_GUIDELINES} {section}",
            self._release,
            f"first is {what}; "
            + ("it usually follows another" if unsure else "it follows its cause"),
            codes=(code,),
        )

"""Notes composed of wordings whose codes are known: how sure coding is of free text.

``own_words.tsv`` holds problems as providers write them, with their codes. Some wordings are
inclusion terms of the tabular list, with an index that lacks them, for what is rare: none, one in
ten, one in five. A note names one to four problems, each of another chapter so that none changes
what the other is coded as, among what must not be coded: a past history, a family, what is denied,
what is to watch for. Which, and in which form, follows from a hash of the words. Half of the
wordings says from which confidence on nobody need be asked; what that gives is told of the other
half.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from schemas.encounter import EncounterDocumented
from services.coding.codesets.library import CodeSetLibrary
from services.coding.domain.code_sets import CodeSets, DiagnosisCodes
from services.coding.domain.coding_result import PatientFacts, VisitHistory
from services.coding.domain.diagnosis.specificity import complete
from services.coding.domain.engine import code_encounter
from services.coding.domain.reading import wording
from tests.eval.calibration import is_for_fitting
from tests.eval.claims import LOW, WANTED_PERMILLE, Promised, confidence_of, figures
from tests.eval.documentation import DAY, of_note
from tests.eval.isotonic import Band, automatic_share, calibration_error, reliability
from tests.eval.own_words import Fact, Wording, facts, wordings
from tests.eval.phrases import held_out_release, labelled

SIZES = (1, 2, 3, 4)
_ROUNDS = 2
USUAL = "one_in_ten_rare"
SHARES = {"everyday": 0, USUAL: 100, "one_in_five_rare": 200}
"""Permille of rare wordings among all."""
# The codes of the problems themselves, which are not what a statement adds.
_OWN_CODES = ("A", "B", "C", "D", "E", "F", "G", "H", "I1", "I4", "I5", "J", "K", "L", "M", "N18",
              "N4", "O", "S", "I25.10", "T2")  # fmt: skip
_LABELLED = re.compile(r"[A-Z][a-z]+(?: [a-z]+)?:")
_ALONE = ("R", "O", "S", "Z", "U")
# What one of these is coded as depends on the other (I.A.15, I.C.4.a, I.C.9.a).
_LINKED = (
    (("E08", "E09", "E10", "E11", "E13"), ("G", "H", "I7", "K05", "K31", "L", "M14", "N18")),
    (("I10", "I11", "I12", "I13"), ("N18", "I50")),
    (("C",), ("D", "G89", "N18")),
    (("D",), ("N18", "K", "N92")),
    (("J",), ("B",)),
)
_PLANS = (
    "stable, continue current management", "follow up in 3 months", "labs ordered",
    "doing well", "discussed treatment options", "refer to specialist", "will monitor",
)  # fmt: skip
_PAST = ("shingles", "kidney stones", "pneumonia", "a broken arm", "appendicitis", "chickenpox")
_FAMILY = ("breast cancer", "type 2 diabetes", "stroke", "heart failure", "glaucoma", "gout")
_DENIED = (
    "chest pain, fever or chills", "nausea or vomiting", "rash or itching", "headache or dizziness",
    "shortness of breath or cough", "abdominal pain or diarrhea",
)  # fmt: skip
_WATCHED = ("fever", "chest pain", "worsening pain", "bleeding", "dizziness")


class Composed(NamedTuple):
    """A note, and the codes that are right for it."""

    note: str
    codes: frozenset[str]
    problems: int


def rare_wordings(codes: DiagnosisCodes, most: int) -> list[Wording]:
    """Inclusion terms, at most so many of either half; which, by hash."""
    rows = sorted(labelled("inclusion"), key=lambda row: _number(row["text"]))
    found: list[Wording] = []
    for half in (True, False):
        mine = [row for row in rows if is_for_fitting(row["text"]) == half]
        for row in mine[: most // 2]:
            sides = wording.read_problem(row["text"]).sides
            right = frozenset(c for gold in row["gold"] for c in complete(codes, gold, sides).codes)
            found.append(Wording(row["text"], right))
    return found


def measure_facts(library: CodeSetLibrary) -> dict[str, Any]:
    """What the rules add from statements elsewhere in a note: right, wrong, missed."""
    sets = library.on(DAY)
    figures: dict[str, Any] = {"facts": 0, "right": 0, "added": 0, "added_right": 0, "missed": 0}
    wrong: list[str] = []
    for fact in facts():
        result = code_encounter(
            of_note(_stated(fact)).model_copy(update={"decision_making": LOW}),
            PatientFacts(DAY.replace(year=DAY.year - _age(fact)), "U", "commercial"),
            VisitHistory(),
            sets,
        )
        given = [each.code for each in result.diagnoses]
        more = [code for code in given if not code.startswith(_OWN_CODES)]
        figures["facts"] += 1
        figures["right"] += set(given) == fact.codes
        figures["added"] += len(more)
        figures["added_right"] += sum(code in fact.codes for code in more)
        figures["missed"] += len(fact.codes - set(given))
        if set(given) != fact.codes:
            wrong.append(f"{fact.problem}: {fact.statement}")
    return {**figures, "wrong": wrong}


def _age(fact: Fact) -> int:
    return 30 if any(code.startswith("O") for code in fact.codes) else 60


def _stated(fact: Fact) -> str:
    heading = "" if _LABELLED.match(fact.statement) else "The patient is here today. "
    return "\n".join(
        (
            "HISTORY OF PRESENT ILLNESS",
            f"{heading}{fact.statement}",
            "",
            "ASSESSMENT AND PLAN",
            f"1. {fact.problem}",
        )
    )


def composed(known: Sequence[Wording], *, setting: bool) -> Iterator[Composed]:
    """The notes of one half of the wordings: with one problem, with two, three and four."""
    mine = [each for each in known if is_for_fitting(each.words) == setting]
    for size in SIZES:
        for turn in range(1 if size == 1 else _ROUNDS):
            ordered = sorted(mine, key=lambda each: _number(f"{turn}{size}{each.words}"))
            for group in _groups(ordered, size):
                codes = frozenset[str]().union(*(each.codes for each in group))
                yield Composed(_note([each.words for each in group]), codes, size)


def measure_composed_notes(library: CodeSetLibrary) -> dict[str, Any]:
    """By share of rare wordings: claims, the limit by one half and what it gives on the other; with
    one in ten also the reliability of codes and claims, and claims by size.
    """
    sets = replace(library.on(DAY), diagnoses=held_out_release())
    found: dict[str, Any] = {}
    for name, share in SHARES.items():
        common = wordings()
        known = [*common, *rare_wordings(sets.diagnoses, len(common) * share // (1000 - share))]
        limit = _limit([_claim(each, sets)[0] for each in composed(known, setting=True)])
        notes = list(composed(known, setting=False))
        judged = [_claim(each, sets) for each in notes]
        claims = [claim for claim, _ in judged]
        found[name] = {**figures(claims), "by_the_other_half": _passing(claims, limit)}
        if name == USUAL:
            found["reliability"] = _reliability(judged)
            for size in SIZES:
                mine = [c for c, made in zip(claims, notes, strict=True) if made.problems == size]
                found[f"{name}_problems_{size}"] = figures(mine)
    return found


def _passing(claims: Sequence[Promised], limit: int) -> dict[str, int]:
    passed = [right for sure, right in claims if sure >= limit]
    return {
        "from_confidence": limit,
        "automatic_permille": 1000 * len(passed) // len(claims),
        "right_permille": 1000 * sum(passed) // len(passed) if passed else 0,
    }


def _reliability(judged: Sequence[tuple[Promised, list[Promised]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    codes = [code for _, each in judged for code in each]
    claims = [claim for claim, _ in judged if claim[0]]
    for name, cases in (("codes", codes), ("claims", claims)):
        bands = reliability(cases)
        found[name] = {
            "cases": len(cases),
            "error_permille": calibration_error(bands),
            "bands": _bands(bands),
        }
    return found


def _limit(claims: Sequence[Promised]) -> int:
    """The least confidence from which so many claims are right as are wanted."""
    return automatic_share([(sure, right and sure > 0) for sure, right in claims], WANTED_PERMILLE)[
        1
    ]


def _bands(bands: Sequence[Band]) -> list[dict[str, int]]:
    return [
        {
            "from": band.least,
            "below": band.below,
            "cases": band.cases,
            "promised_permille": band.promised_permille,
            "right_permille": band.right_permille,
        }
        for band in bands
    ]


def _claim(made: Composed, sets: CodeSets) -> tuple[Promised, list[Promised]]:
    """How sure a claim is and whether it is right; the same of each of its codes."""
    encounter: EncounterDocumented = of_note(made.note).model_copy(update={"decision_making": LOW})
    patient = PatientFacts(DAY.replace(year=DAY.year - 45), "U", "commercial")
    result = code_encounter(encounter, patient, VisitHistory(), sets)
    given = {each.code for each in result.diagnoses}
    codes = [(each.confidence, each.code in made.codes) for each in result.diagnoses]
    return (confidence_of(result), given == made.codes), codes


def _groups(ordered: Sequence[Wording], size: int) -> Iterator[list[Wording]]:
    group: list[Wording] = []
    for each in ordered:
        if size > 1 and any(code.startswith(_ALONE) for code in each.codes):
            continue
        if all(_stand_apart(each, other) for other in group):
            group.append(each)
        if len(group) == size:
            yield group
            group = []


def _stand_apart(one: Wording, other: Wording) -> bool:
    if {code[0] for code in one.codes} & {code[0] for code in other.codes}:
        return False
    for first, second in ((one.codes, other.codes), (other.codes, one.codes)):
        for causes, effects in _LINKED:
            if any(a.startswith(causes) for a in first) and any(
                b.startswith(effects) for b in second
            ):
                return False
    return True


def _note(problems: Sequence[str]) -> str:
    """A note as a clinic writes it; what stands outside the assessment is not to be coded."""
    seed = _number("|".join(problems))

    def pick(choices: Sequence[str], turn: int) -> str:
        return choices[(seed >> (4 * turn)) % len(choices)]

    named = [
        f"{number}. {words[:1].upper()}{words[1:]}"
        + (f" - {pick(_PLANS, number)}." if (seed >> number) % 2 else "")
        for number, words in enumerate(problems, start=1)
    ]
    return "\n".join(
        (
            "CHIEF COMPLAINT",
            "Office visit.",
            "",
            "HISTORY OF PRESENT ILLNESS",
            f"The patient is here today. Denies {pick(_DENIED, 1)}.",
            "",
            "PAST MEDICAL HISTORY",
            f"{pick(_PAST, 2).capitalize()}.",
            "",
            "FAMILY HISTORY",
            f"Mother with {pick(_FAMILY, 3)}.",
            "",
            "ASSESSMENT AND PLAN",
            *named,
            f"Return if {pick(_WATCHED, 4)} occurs.",
        )
    )


def _number(words: str) -> int:
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8])

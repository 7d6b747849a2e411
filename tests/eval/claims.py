"""Whole claims through the engine: how often all of a claim's diagnoses are right, by confidence.

A claim here is one office visit whose problems are labelled phrases, without any code of the EHR:
the hardest input. What waits for a query or for a coder for any reason but doubt is never
automatic. Only phrases of the half that no curve was fitted on are used, and with each phrase on
its own as well as in threes, since a claim is as sure as its least sure code.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from schemas.encounter import (
    DecisionMaking,
    EncounterDocumented,
    Problem,
    ProblemAddressed,
    Signature,
)
from services.coding.codesets.library import CodeSetLibrary
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import CodingOptions, CodingResult, VisitHistory
from services.coding.domain.diagnosis.specificity import complete
from services.coding.domain.engine import code_encounter
from services.coding.domain.reading import wording
from tests.eval.calibration import SETS, is_for_fitting
from tests.eval.documentation import DAY, OF_ANY_SEX
from tests.eval.isotonic import automatic_share, calibration_error, reliability
from tests.eval.phrases import held_out_release, labelled

WANTED_PERMILLE = 950
_DOUBT = "unsure:"
LOW = DecisionMaking(
    problems=(ProblemAddressed(kind="acute_uncomplicated"),), risk=("over_the_counter_drug",)
)

Promised = tuple[int, bool]


def of_phrases(texts: Sequence[str]) -> EncounterDocumented:
    """A visit whose problems are written as ``texts`` and nothing more."""
    return EncounterDocumented(
        practice_id="P1",
        encounter_id="E1",
        revision=1,
        patient_id="PT1",
        rendering_provider_id="DR1",
        setting="office",
        place_of_service="11",
        service_date=DAY,
        new_patient=False,
        signature=Signature(provider_id="DR1", signed_at=datetime(2026, 3, 2, 18, tzinfo=UTC)),
        decision_making=LOW,
        problems=tuple(
            Problem(item_id=f"p{number}", description=text)
            for number, text in enumerate(texts, start=1)
        ),
    )


def confidence_of(result: CodingResult) -> int:
    """Permille; 0 for what waits for a query, or for a person for another reason than doubt."""
    waits = result.queries or not all(each.startswith(_DOUBT) for each in result.reasons)
    return 0 if waits else result.confidence


def measure_claims(library: CodeSetLibrary) -> dict[str, Any]:
    """By set and phrases a claim: the automatic share at 95% claim accuracy, and as configured."""
    sets = replace(library.on(DAY), diagnoses=held_out_release())
    found: dict[str, Any] = {}
    for name in SETS:
        rows = [row for row in labelled(name) if not is_for_fitting(row["text"])]
        for size in (1, 3):
            groups = [rows[at : at + size] for at in range(0, len(rows) - size + 1, size)]
            found[f"{name}_in_{size}"] = figures([_claim(group, sets) for group in groups])
    return found


def _claim(rows: Sequence[dict[str, Any]], sets: CodeSets) -> Promised:
    result = code_encounter(
        of_phrases([row["text"] for row in rows]), OF_ANY_SEX, VisitHistory(), sets
    )
    given = {each.code for each in result.diagnoses}
    wanted = [_right(row, sets) for row in rows]
    right = all(given & each for each in wanted) and not given - frozenset().union(*wanted)
    return confidence_of(result), right


def _right(row: dict[str, Any], sets: CodeSets) -> frozenset[str]:
    sides = wording.read_problem(row["text"]).sides
    codes = sets.diagnoses
    return frozenset(code for gold in row["gold"] for code in complete(codes, gold, sides).codes)


def figures(claims: Sequence[Promised]) -> dict[str, Any]:
    """Shares and accuracies in permille; ``at_95`` is never hidden, also where it is nothing."""
    share, threshold = automatic_share(
        [(sure, right and sure > 0) for sure, right in claims], WANTED_PERMILLE
    )
    configured = CodingOptions().automatic_from
    passed = [right for sure, right in claims if sure >= configured]
    bands = reliability([each for each in claims if each[0] > 0])
    return {
        "claims": len(claims),
        "right_permille": _permille(sum(right for _, right in claims), len(claims)),
        "at_95": {"automatic_permille": share, "from_confidence": threshold},
        "as_configured": {
            "from_confidence": configured,
            "automatic_permille": _permille(len(passed), len(claims)),
            "right_permille": _permille(sum(passed), len(passed)),
        },
        "error_permille": calibration_error(bands),
    }


def _permille(part: int, whole: int) -> int:
    return 1000 * part // whole if whole else 0

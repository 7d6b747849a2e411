"""A coder's decision checked by the same rules: codes valid on the date, pointers that point."""

from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.diagnosis.guidelines import MAX_DIAGNOSES
from services.coding.domain.diagnosis.specificity import is_billable
from services.coding.domain.encounter_state import Proposal
from services.coding.domain.procedures.service_lines import MAX_LINES, pointers


class DecisionRefusedError(Exception):
    """The decision breaks a rule; ``reason`` is a stable code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Decision:
    """Codes as a coder gives them; an empty part keeps what was proposed."""

    diagnoses: tuple[Diagnosis, ...] = ()
    lines: tuple[Line, ...] = ()


def decided(decision: Decision, proposed: Proposal, sets: CodeSets, day: date) -> Proposal:
    """The final codes.

    Raises ``DecisionRefusedError`` for a diagnosis not valid on the date, an unknown HCPCS code, no
    code at all, or a pointer beyond the diagnoses.
    """
    diagnoses = decision.diagnoses or proposed.diagnoses
    lines = decision.lines or proposed.lines
    if not diagnoses or len(diagnoses) > MAX_DIAGNOSES:
        raise DecisionRefusedError("diagnoses_missing", "give one to twelve diagnoses")
    if not lines or len(lines) > MAX_LINES:
        raise DecisionRefusedError("lines_missing", "give at least one service line")
    for diagnosis in diagnoses:
        if not is_billable(sets.diagnoses, diagnosis.code):
            raise DecisionRefusedError(
                "diagnosis_not_valid", f"{diagnosis.code} is not billable on {day}"
            )
    return replace(
        proposed,
        diagnoses=diagnoses,
        lines=tuple(_pointed(line, diagnoses, sets, day) for line in lines),
    )


def _pointed(line: Line, diagnoses: tuple[Diagnosis, ...], sets: CodeSets, day: date) -> Line:
    if line.code[0].isalpha():
        known = sets.hcpcs.code(line.code)
        if known is None or not known.valid_on(day):
            raise DecisionRefusedError("procedure_not_valid", f"{line.code} is not valid on {day}")
    if any(not 1 <= pointer <= len(diagnoses) for pointer in line.pointers):
        raise DecisionRefusedError(
            "pointer_out_of_range", f"a pointer of {line.code} names no diagnosis"
        )
    if line.pointers:
        return line
    return replace(line, pointers=pointers(line, diagnoses, sets.procedures, visit=False))

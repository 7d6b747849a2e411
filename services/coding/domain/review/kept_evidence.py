"""What a person's codes keep of those that were there before: evidence, drug code, admission."""

from msgspec.structs import replace

from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.encounter_state import Proposal


def with_kept(given: Proposal, before: Proposal) -> Proposal:
    """``given`` with what ``before`` knows of the same codes; its codes are never changed.

    Evidence stays with its code; the drug's NDC and what was present on admission stay where
    nothing else was given. Releases and rules are those that the proposal was made under.
    """
    diagnoses = {each.code: each for each in before.diagnoses}
    lines: dict[str, Line] = {}
    for line in before.lines:
        lines.setdefault(line.code, line)
    return replace(
        before,
        diagnoses=tuple(_diagnosis(each, diagnoses.get(each.code)) for each in given.diagnoses),
        lines=tuple(_line(each, lines.get(each.code)) for each in given.lines),
    )


def _diagnosis(given: Diagnosis, before: Diagnosis | None) -> Diagnosis:
    if before is None:
        return given
    return replace(
        given,
        evidence=given.evidence or before.evidence,
        present_on_admission=given.present_on_admission or before.present_on_admission,
    )


def _line(given: Line, before: Line | None) -> Line:
    if before is None:
        return given
    return replace(
        given,
        evidence=given.evidence or before.evidence,
        ndc=given.ndc or before.ndc,
    )

"""What a coder may decide about an encounter, as a command."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.event import key_of
from schemas.values import DiagnosisCode, Id, Modifier, ProcedureCode, Units, Value
from services.chassis.incoming import Command
from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.review.coder_decision import Decision


class DecidedLine(Value):
    """A service line as the coder wants it; pointers count diagnoses from 1."""

    code: ProcedureCode
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units = 1
    pointers: Annotated[tuple[int, ...], Field(max_length=4)] = ()
    ndc: Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")] | None = None


def decision_of(diagnoses: Sequence[str], lines: Sequence[DecidedLine]) -> Decision:
    """The codes that a person gives, as the rules take them."""
    return Decision(
        tuple(Diagnosis(code, rules=("coder",)) for code in diagnoses),
        tuple(
            Line(each.code, each.modifiers, each.units, each.pointers, each.ndc, rules=("coder",))
            for each in lines
        ),
    )


Action = Literal["accept", "codes", "not_billable", "code_again", "refuse"]


class ResolveEncounter(Command):
    """Accept what was proposed, give the codes, close it as not billable, or code it again.

    ``refuse`` leaves it to a coding lead. Codes against which an edit stands are refused, unless
    the decision is made ``despite_edits``, which is kept with its reason.

    ``code_again`` reviews the same documentation on the code sets loaded now. With ``codes``, an
    empty list of diagnoses or lines keeps the proposed ones.
    """

    encounter_id: Id
    action: Action
    diagnoses: Annotated[tuple[DiagnosisCode, ...], Field(max_length=12)] = ()
    lines: Annotated[tuple[DecidedLine, ...], Field(max_length=50)] = ()
    despite_edits: bool = False

    @property
    def key(self) -> str:
        """The encounter's key."""
        return key_of(self.practice_id, self.encounter_id)

    def decision(self) -> Decision:
        """The codes given, as the rules take them."""
        return decision_of(self.diagnoses, self.lines)

"""The level of medical decision making: two of three columns met or exceeded.

Source: CPT E/M guidelines as CMS publishes them (MLN006764): problems addressed, data reviewed and
analysed, risk of management. Levels: 1 straightforward, 2 low, 3 moderate, 4 high.
"""

from functools import lru_cache

from msgspec import Struct

from schemas.encounter import DataReviewed, DecisionMaking, ProblemKind, RiskElement
from services.coding.domain.coding_result import Column, Element, EvidenceAt

STRAIGHTFORWARD, LOW, MODERATE, HIGH = 1, 2, 3, 4

_ALONE: dict[ProblemKind, int] = {
    "minor": STRAIGHTFORWARD,
    "stable_chronic": LOW,
    "acute_uncomplicated": LOW,
    "stable_acute": LOW,
    "acute_uncomplicated_hospital": LOW,
    "chronic_exacerbation": MODERATE,
    "undiagnosed_uncertain_prognosis": MODERATE,
    "acute_systemic_symptoms": MODERATE,
    "acute_complicated_injury": MODERATE,
    "chronic_severe_exacerbation": HIGH,
    "threat_to_life_or_function": HIGH,
}
_RISK: dict[RiskElement, int] = {
    "rest_or_bandage": STRAIGHTFORWARD,
    "over_the_counter_drug": LOW,
    "therapy": LOW,
    "minor_surgery": LOW,
    "prescription_drug_management": MODERATE,
    "minor_surgery_with_risk": MODERATE,
    "elective_major_surgery": MODERATE,
    "social_determinants_limit_treatment": MODERATE,
    "drug_therapy_with_intensive_monitoring": HIGH,
    "elective_major_surgery_with_risk": HIGH,
    "emergency_major_surgery": HIGH,
    "hospitalisation_decision": HIGH,
    "do_not_resuscitate_decision": HIGH,
    "parenteral_controlled_substance": HIGH,
}


class Columns(Struct, frozen=True, gc=False):
    """The three columns and the level that two of them meet."""

    problems: int
    data: int
    risk: int

    @property
    def level(self) -> int:
        """The middle one: the highest level that at least two columns reach."""
        one, other, third = self.problems, self.data, self.risk
        if one > other:
            one, other = other, one
        return one if third < one else min(third, other)


def problems_level(recorded: DecisionMaking) -> int:
    """Number and complexity of problems; two minor make low, two stable chronic make moderate."""
    level = STRAIGHTFORWARD
    minor = chronic = 0
    for problem in recorded.problems:
        kind = problem.kind
        alone = _ALONE[kind]
        if alone > level:  # noqa: PLR1730 - a call of max costs more than the whole problem
            level = alone
        if kind == "minor":
            minor += problem.count
        elif kind == "stable_chronic":
            chronic += problem.count
    if chronic >= 2:
        return max(level, MODERATE)
    return max(level, LOW) if minor >= 2 else level


def data_level(data: DataReviewed, interpreted_and_billed: int = 0) -> int:
    """Amount of data: each unique test, note or result counts once.

    ``interpreted_and_billed``: tests that the same physician interprets and bills; they do not
    count, neither as tests nor as the independent interpretation, which is of a test that somebody
    else reports. Moderate: one of three categories; high: two of three.
    """
    tests = max(data.tests_ordered - interpreted_and_billed, 0)
    items = data.external_notes + data.results_reviewed + tests
    documents = items + int(data.independent_historian)
    read = data.independent_interpretation and not interpreted_and_billed
    categories = int(documents >= 3) + int(read) + int(data.external_discussion)
    if categories >= 2:
        return HIGH
    if categories == 1:
        return MODERATE
    return LOW if items >= 2 or data.independent_historian else STRAIGHTFORWARD


def columns(recorded: DecisionMaking, interpreted_and_billed: int = 0) -> Columns:
    """The three columns of what the provider recorded."""
    return Columns(
        problems_level(recorded),
        data_level(recorded.data, interpreted_and_billed),
        max(map(_RISK.__getitem__, recorded.risk), default=STRAIGHTFORWARD),
    )


_RECORDED = {
    name: (EvidenceAt("structured", f"decision_making.{name}"),)
    for name in ("problems", "data", "risk")
}


@lru_cache(maxsize=1_024)
def _element(kind: str, count: int, column: str) -> Element:
    return Element(kind, count, _RECORDED[column])


def level_of_risk(element: RiskElement) -> int:
    """The level of the risk column that an element of management reaches alone."""
    return _RISK[element]


def explained(
    recorded: DecisionMaking, levels: Columns, interpreted_and_billed: int = 0
) -> tuple[Column, Column, Column]:
    """The three columns with what counted in each, as the provider recorded it.

    Tests that are interpreted and billed are taken off those ordered and are no independent
    interpretation.
    """
    own = recorded.data
    ordered = own.tests_ordered
    if interpreted_and_billed:
        ordered = max(ordered - interpreted_and_billed, 0)
    data: list[Element] = []
    if own.external_notes:
        data.append(_element("external_notes", own.external_notes, "data"))
    if own.results_reviewed:
        data.append(_element("results_reviewed", own.results_reviewed, "data"))
    if ordered:
        data.append(_element("tests_ordered", ordered, "data"))
    if own.independent_historian:
        data.append(_element("independent_historian", 1, "data"))
    if own.independent_interpretation and not interpreted_and_billed:
        data.append(_element("independent_interpretation", 1, "data"))
    if own.external_discussion:
        data.append(_element("external_discussion", 1, "data"))
    return (
        Column(
            levels.problems,
            tuple([_element(each.kind, each.count, "problems") for each in recorded.problems]),
        ),
        Column(levels.data, tuple(data)),
        Column(levels.risk, tuple([_element(each, 1, "risk") for each in recorded.risk])),
    )

"""Which encounters are looked at again: more risk more often, and the same draw for anyone."""

import pytest

from services.coding.domain.audit.sample import ENGINE, Subject, drawn, risk_permille, risks
from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.encounter_state import Proposal

PLAIN = Proposal((Diagnosis("J20.9"),), (Line("99213"),))


def subject(
    number: int = 1,
    final: Proposal = PLAIN,
    coder: str = ENGINE,
    decisions: int = 0,
    cents: int = 10_000,
) -> Subject:
    return Subject("P1", f"E{number}", 1, final, coder, decisions, cents)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (subject(), ()),
        (subject(final=Proposal(lines=(Line("99215"),))), ("visit_level_4_or_5",)),
        (subject(final=Proposal(lines=(Line("99213", ("25",)),))), ("modifier_25",)),
        (subject(final=Proposal(lines=(Line("20610", ("XS", "LT")),))), ("modifier_59",)),
        (subject(cents=50_000), ("high_dollars",)),
        (subject(final=Proposal((Diagnosis("J20.9", confidence=850),))), ("low_confidence",)),
        (subject(coder="kim", decisions=49), ("new_coder",)),
        (subject(coder="kim", decisions=50), ()),
    ],
)
def test_each_risk_is_named(case: Subject, found: tuple[str, ...]) -> None:
    assert risks(case) == found


def test_more_risk_is_drawn_more_often() -> None:
    risky = Proposal((Diagnosis("J20.9", confidence=700),), (Line("99215", ("25", "59")),))
    plain = sum(drawn(subject(number), "s", 1_000) for number in range(4_000))
    often = sum(drawn(subject(number, risky), "s", 1_000) for number in range(4_000))
    assert 120 < plain < 280
    assert 3_000 < often < 3_400


def test_the_draw_depends_on_seed_and_ids_alone() -> None:
    numbers = range(2_000)
    first = [drawn(subject(number), "march", 1_000) for number in numbers]
    again = [drawn(subject(number), "march", 1_000) for number in reversed(numbers)][::-1]
    other = [drawn(subject(number), "april", 1_000) for number in numbers]
    assert first == again
    assert first != other


def test_a_higher_rate_keeps_every_case_that_a_lower_one_drew() -> None:
    for number in range(1_000):
        if drawn(subject(number), "s", 500):
            assert drawn(subject(number), "s", 1_500)


def test_a_chance_is_never_more_than_certain() -> None:
    everything = ("visit_level_4_or_5", "modifier_25", "modifier_59", "high_dollars")
    assert risk_permille((*everything, "low_confidence", "new_coder")) == 1_000

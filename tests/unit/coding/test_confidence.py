"""Confidence is what was measured, and never promises more for less."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.codesets.library import DATA
from services.coding.domain.calibration_table import CURVES
from services.coding.domain.confidence import (
    INDEX,
    MARGINS,
    SIMILARITY,
    bucket,
    calibrated,
    permille,
)
from services.coding.domain.diagnosis.phrase_match import Candidate
from services.coding.domain.reading import wording
from services.coding.domain.reading.naming import Named, margin_of, name_of
from tests.eval.calibration import as_module
from tests.eval.isotonic import (
    Outcome,
    automatic_share,
    calibration_error,
    fitted,
    reliability,
)
from tests.unit.coding.examples import code, encounter, problems

SCORES = st.integers(-50, 1_100)
OUTCOMES = st.lists(
    st.builds(
        Outcome, st.sampled_from([INDEX, SIMILARITY]), st.integers(0, 1_000), SCORES, st.booleans()
    ),
    max_size=200,
)


def candidate(code_: str, score: int, *, exact: bool = False) -> Candidate:
    return Candidate(code_, score, "a path", exact)


@given(st.sampled_from([INDEX, SIMILARITY]), SCORES, SCORES, SCORES, SCORES)
def test_a_better_score_or_a_wider_margin_is_never_less_sure(
    source: str, score: int, higher: int, margin: int, wider: int
) -> None:
    low, high = sorted((score, higher))
    near, far = sorted((margin, wider))
    assert 0 <= calibrated(source, low, near) <= calibrated(source, high, far) <= 1000


@given(SCORES, SCORES)
def test_what_no_labelled_case_has_is_as_sure_as_its_rule_says(score: int, margin: int) -> None:
    assert calibrated("ehr", score, margin) == max(0, min(1000, score))


@given(OUTCOMES)
def test_fitted_curves_rise_with_score_and_with_margin(cases: list[Outcome]) -> None:
    for curves in fitted(cases).values():
        assert len(curves) == len(MARGINS)
        for curve in curves:
            assert curve[0][0] == 0 or curve[0][0] == min(score for score, _ in curve)
            assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(curve))
        for narrow, wide in pairwise(curves):
            assert all(
                permille(narrow, score) <= permille(wide, score) for score in range(0, 1001, 7)
            )


@given(OUTCOMES)
def test_the_order_of_the_cases_changes_nothing(cases: list[Outcome]) -> None:
    assert fitted(cases) == fitted(reversed(cases))


def test_few_cases_promise_little_even_when_all_were_right() -> None:
    few = fitted([Outcome(INDEX, 1000, 200, right=True)] * 3)[INDEX][bucket(200)]
    many = fitted([Outcome(INDEX, 1000, 200, right=True)] * 300)[INDEX][bucket(200)]
    assert permille(few, 1000) == 800
    assert permille(many, 1000) > 990


def test_a_dip_is_levelled_out_with_its_neighbours() -> None:
    cases = [
        *(Outcome(INDEX, 500, 0, right=number < 20) for number in range(40)),
        *(Outcome(INDEX, 600, 0, right=number < 10) for number in range(40)),
    ]
    ((_, sure),) = fitted(cases)[INDEX][0]
    assert sure == 1000 * 31 // 82


def test_reliability_holds_what_was_promised_against_what_came() -> None:
    bands = reliability([(960, True)] * 19 + [(960, False)] + [(100, False)] * 10)
    assert [(band.cases, band.promised_permille, band.right_permille) for band in bands] == [
        (10, 100, 0),
        (20, 960, 950),
    ]
    assert calibration_error(bands) == 40
    assert calibration_error(()) == 0


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([(900, True)] * 19 + [(900, False)] + [(100, False)] * 20, (500, 900)),
        ([(900, False), (800, True)], (0, 1001)),
        ([], (0, 1001)),
        ([(900, True), (900, False)], (0, 1001)),
        ([(500, True)] * 4, (1000, 500)),
    ],
)
def test_the_automatic_share_is_the_largest_that_is_right_often_enough(
    claims: list[tuple[int, bool]], expected: tuple[int, int]
) -> None:
    assert automatic_share(claims, 950) == expected


def test_the_module_that_the_rules_read_is_what_the_manifest_stands_by() -> None:
    kept = json.loads((DATA / "calibration.json").read_text(encoding="utf-8"))
    told = {
        source: tuple(tuple(tuple(step) for step in curve) for curve in curves)
        for source, curves in kept["curves"].items()
    }
    assert told == CURVES
    assert kept["manifest"]["margins"] == list(MARGINS)
    namespace: dict[str, object] = {}
    exec(as_module(kept["curves"]), namespace)  # noqa: S102
    assert namespace["CURVES"] == CURVES


def test_the_curves_were_fitted_for_the_word_rules_in_force() -> None:
    kept = json.loads((DATA / "calibration.json").read_text(encoding="utf-8"))
    assert kept["manifest"]["wording_version"] == wording.VERSION


def test_another_category_rivals_an_exact_name_and_any_code_one_that_is_only_alike() -> None:
    kin = [candidate("J20.9", 1000, exact=True), candidate("J20.8", 1000), candidate("J40", 700)]
    assert margin_of(kin) == 300
    alike = [candidate("J20.9", 900), candidate("J20.8", 890), candidate("J40", 700)]
    assert margin_of(alike) == 10
    assert margin_of(alike[:1]) == 900


def test_doubt_about_the_reading_lowers_what_the_curve_says_and_nothing_raises_it() -> None:
    named = name_of([candidate("J20.9", 1000, exact=True)])
    assert named is not None
    assert named.sure == calibrated(INDEX, 1000, 1000)
    doubted = Named(named.code, 700, named.rule, named.given, named.likely)
    assert doubted.sure == 700
    assert Named("J20.9", 820, "elsewhere").sure == 820


def test_the_claim_is_as_sure_as_its_least_sure_code() -> None:
    result = code(encounter(problems=problems("Acute bronchitis", "Gout")))
    proposed = [each.confidence for each in result.diagnoses]
    proposed += [each.confidence for each in result.lines]
    assert result.confidence == min(proposed)
    assert calibrated(INDEX, 1000, 1000) in proposed

"""Questions lead nowhere: not to a diagnosis, not to a code, not to money; every answer is open."""

import re

import pytest

from services.coding.domain.review.documentation_review import KINDS, query
from services.coding.domain.review.gaps import GAPS

MONEY = re.compile(
    r"\b(?:pay\w*|paid|reimburs\w*|revenue|bill\w*|charg\w*|claim\w*|money|dollar\w*|den(?:y|ied|ial)"
    r"\w*|audit\w*|insur\w*|profit\w*|cost\w*|penalt\w*|rvus?|drg|hcc|capture)\b|\$",
    re.IGNORECASE,
)
LEVELS = re.compile(
    r"\b(?:levels?|higher|lower|severity|upgrade\w*|increas\w*|maximi\w*|optimi\w*|support\w*|"
    r"justif\w*|qualif\w*|meets?|sufficient|enough|complexity|moderate|high|low|codes?|coded|"
    r"coding|cpt|icd|modifiers?|99\d{3})\b",
    re.IGNORECASE,
)
LEADING = re.compile(
    r"would you agree|do you agree|don't you|isn't it|can you confirm that|please confirm that|"
    r"we suggest|we recommend|consider documenting|should be|ought to|you may want|it appears|"
    r"it seems|likely|probably|is this due to|agree\b(?! to be seen)|correct\?|right\?|\byes\b|"
    r"\bmust\b|\bneeds? to\b",
    re.IGNORECASE,
)
DIAGNOSES = re.compile(
    r"\b(?:sepsis|malnutrition|pneumonia|diabet\w+|hypertens\w+|failure|encephalopathy|infarct\w*|"
    r"respiratory|obes\w+|anemia|chronic|acute|depress\w+|cancer|fractur\w+|infection)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("kind", KINDS)
class TestEveryQuestion:
    def test_speaks_of_no_money(self, kind: str) -> None:
        assert MONEY.search(query(kind).question) is None

    def test_names_no_level_and_no_code(self, kind: str) -> None:
        assert LEVELS.search(query(kind).question) is None

    def test_leads_to_no_answer(self, kind: str) -> None:
        assert LEADING.search(query(kind).question) is None
        assert "?" not in query(kind).question

    def test_names_no_diagnosis(self, kind: str) -> None:
        assert DIAGNOSES.search(query(kind).question) is None

    def test_leaves_other_and_unable_to_determine_open(self, kind: str) -> None:
        question = query(kind).question
        assert "Other (please describe)" in question
        assert "unable to determine" in question

    def test_says_what_was_found_and_asks_for_documentation(self, kind: str) -> None:
        question = query(kind).question
        assert re.search(r"Please (?:document|clarify|complete|add|attest|review)\b", question)
        assert question.index(".") < question.index("Please")
        assert len(question) <= 400

    def test_names_its_source(self, kind: str) -> None:
        assert re.search(r"\d+ (?:CFR|USC) \d|Manual|Official Guidelines|MLN\d", GAPS[kind].source)


@pytest.mark.parametrize(
    "leading",
    [
        "Would you agree that this is sepsis?",
        "Would you agree that severity supports a higher level?",
        "Please confirm that the patient has heart failure so that the claim is paid.",
    ],
)
def test_the_rules_find_what_they_are_for(leading: str) -> None:
    rules = (MONEY, LEVELS, LEADING, DIAGNOSES)
    assert sum(rule.search(leading) is not None for rule in rules) >= 2

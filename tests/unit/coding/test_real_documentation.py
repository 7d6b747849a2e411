"""Real notes and FHIR wordings: nothing crashes, offsets are exact, nothing denied is coded."""

import gzip
import json
import re

import pytest

from services.coding.domain.coding_result import CodingResult
from services.coding.domain.diagnosis.specificity import is_billable
from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import assertion
from tests.shared_data import needs_shared_data, shared
from tests.unit.coding.examples import code, encounter, note, problems, sets_on


def _notes() -> list[str]:
    path = shared("notes", "aci_bench_train.jsonl")
    return [json.loads(line)["note"] for line in path.read_text(encoding="utf-8").splitlines()]


def _coded(text: str) -> CodingResult:
    return code(encounter(problems=(), note=note(("Note", text))))


@needs_shared_data
def test_evidence_of_real_notes_is_exact_and_affirmed() -> None:
    found = 0
    for text in _notes():
        result = _coded(text)
        for diagnosis in result.diagnoses:
            assert is_billable(sets_on().diagnoses, diagnosis.code)
            for place in diagnosis.evidence:
                assert place.start is not None
                assert place.end is not None
                start = text.rfind("\n", 0, place.start) + 1
                end = text.find("\n", place.end)
                line = text[start : end if end >= 0 else len(text)]
                meant = assertion(line, place.start - start, place.end - start)
                assert meant in ("affirmed", "historical")
                assert wording.read(text[place.start : place.end]).tokens
                found += 1
    assert found > 100


@needs_shared_data
def test_every_real_note_is_coded_queried_or_queued_with_a_reason() -> None:
    for text in _notes():
        result = _coded(text)
        assert result.diagnoses or result.queries or result.reasons


HEADED = re.compile(r"^(?:\d{1,2}\.|\u2022) (?P<name>[A-Z][^:\n]{3,60}?)\.?$", re.MULTILINE)
LISTED = re.compile(
    r"^ASSESSMENT(?: AND PLAN)?\n+(?P<lines>(?:(?:\d{1,2}\.|[\u2022-]).*\n+)+)", re.M
)


@needs_shared_data
def test_every_problem_that_an_assessment_lists_is_coded_queried_or_left_to_a_coder() -> None:
    listed = 0
    for text in _notes():
        result = _coded(text)
        places = {place.start for each in result.diagnoses for place in each.evidence}
        told = {each.item_id for each in result.rejected}
        told.update(each.item_id for each in result.queries)
        told.update(each.partition(":")[2] for each in result.reasons)
        for block in LISTED.finditer(text):
            for problem in HEADED.finditer(text, block.start("lines"), block.end("lines")):
                if problem["name"] in ("Preventative health", "Healthcare maintenance"):
                    continue
                listed += 1
                span = range(*problem.span())
                named = {int(each.split("-")[-1]) for each in told if each and "note-0-" in each}
                assert (places | named).intersection(span), problem["name"]
    assert listed > 50


@needs_shared_data
def test_the_wordings_of_fhir_conditions_are_coded_or_named_as_not_sure() -> None:
    displays: set[str] = set()
    for path in shared("fhir", "synthea_r4").glob("*.json.gz"):
        bundle = json.loads(gzip.decompress(path.read_bytes()))
        displays.update(
            entry["resource"]["code"]["coding"][0]["display"]
            for entry in bundle["entry"]
            if entry["resource"]["resourceType"] == "Condition"
        )
    sure = 0
    for display in sorted(displays):
        result = code(encounter(problems=problems(display)))
        assert result.diagnoses or result.reasons or result.queries
        sure += bool(result.diagnoses) and result.diagnoses[0].confidence >= 800
    assert sure * 10 >= len(displays) * 6


@pytest.mark.parametrize("size", [1, 1000])
def test_odd_characters_shift_no_offset(size: int) -> None:
    text = "\u00e9\U0001f600\u2028 ASSESSMENT\n" * size + "ASSESSMENT\n\u2022 Gout \u2013 stable\n"
    result = _coded(text)
    (diagnosis,) = result.diagnoses
    (place,) = diagnosis.evidence
    assert text[place.start : place.end] == "Gout"

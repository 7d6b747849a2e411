"""What a coder is shown beside doubtful codes, and what it never changes."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from services.coding.domain.coding_result import CodingResult, Rejected, Release
from services.coding.domain.diagnosis.alike_candidates import AlikeCode
from services.coding.domain.diagnosis.alternatives import ALIKE, SEMANTIC, with_alternatives
from tests.unit.coding.examples import code, encounter, note, problems

UNHEARD_OF = "Zorbulous quandary of the frimble"


@dataclass
class Candidates:
    """Answers every phrase alike, and remembers what it was asked."""

    found: list[AlikeCode]
    asked: list[str] = field(default_factory=list)

    def named(self, text: str, top: int) -> list[AlikeCode]:
        self.asked.append(text)
        return self.found[:top]


def candidates(*codes: str, alike: int = 712) -> Candidates:
    return Candidates([AlikeCode(each, 640, "somewhere", alike, by_words=False) for each in codes])


def added(result: CodingResult) -> list[Rejected]:
    return [each for each in result.rejected if each.reason.startswith(ALIKE)]


def test_a_problem_that_is_not_understood_has_proposals_by_meaning() -> None:
    seen = encounter(problems=problems(UNHEARD_OF))
    found = with_alternatives(code(seen), seen, "FY2026", candidates("R05.9", "J20.9"))
    assert added(found) == [
        Rejected("R05.9", "alike_in_meaning:712", "p1"),
        Rejected("J20.9", "alike_in_meaning:712", "p1"),
    ]
    assert Release(SEMANTIC, "FY2026") in found.releases


def test_nothing_that_was_decided_changes() -> None:
    seen = encounter(problems=problems(UNHEARD_OF, "Acute bronchitis"))
    before = code(seen)
    after = with_alternatives(before, seen, "FY2026", candidates("R05.9", alike=1000))
    assert after.route == before.route == "coder"
    assert replace(after, rejected=before.rejected, releases=before.releases) == before


def test_what_is_coded_without_a_person_is_not_looked_at() -> None:
    seen = encounter()
    before, asked = code(seen), candidates("R05.9")
    assert before.route == "automatic"
    assert with_alternatives(before, seen, "FY2026", asked) == before
    assert asked.asked == []


def test_what_waits_for_the_provider_has_them_for_the_coder_who_may_have_to_decide() -> None:
    seen = encounter(problems=problems(UNHEARD_OF), signature=None)
    before, asked = code(seen), candidates("R05.9")
    assert before.route == "query"
    found = with_alternatives(before, seen, "FY2026", asked)
    assert added(found) == [Rejected("R05.9", "alike_in_meaning:712", "p1")]
    assert (found.route, found.queries) == ("query", before.queries)


def test_a_question_alone_leaves_nothing_in_doubt() -> None:
    seen = encounter(signature=None)
    before, asked = code(seen), candidates("R05.9")
    assert before.route == "query"
    assert with_alternatives(before, seen, "FY2026", asked) == before
    assert asked.asked == []


def test_only_the_words_in_doubt_are_asked_about() -> None:
    seen = encounter(problems=problems("Acute bronchitis", UNHEARD_OF))
    asked = candidates("R05.9")
    with_alternatives(code(seen), seen, "FY2026", asked)
    assert asked.asked == [UNHEARD_OF]


def test_a_code_that_stands_already_is_no_alternative() -> None:
    seen = encounter(problems=problems("Acute bronchitis", UNHEARD_OF))
    found = with_alternatives(code(seen), seen, "FY2026", candidates("J20.9", "R05.9"))
    assert [each.subject for each in added(found)] == ["R05.9"]


def test_at_most_three_are_shown_for_a_phrase() -> None:
    seen = encounter(problems=problems(UNHEARD_OF))
    many = candidates("R05.9", "J20.9", "I10", "E11.9", "M54.50")
    found = with_alternatives(code(seen), seen, "FY2026", many)
    assert [each.subject for each in added(found)] == ["R05.9", "J20.9", "I10"]


def test_what_only_the_words_found_is_no_proposal_by_meaning() -> None:
    seen = encounter(problems=problems(UNHEARD_OF))
    found = with_alternatives(code(seen), seen, "FY2026", candidates("R05.9", alike=0))
    assert added(found) == []


def test_a_line_of_the_assessment_is_asked_about_in_its_own_words() -> None:
    text = f"ASSESSMENT\n{UNHEARD_OF}\nGout\n"
    seen = encounter(problems=(), note=note(("Note", text)))
    before, asked = code(seen), candidates("R05.9")
    place = next(
        each.partition(":")[2]
        for each in before.reasons
        if each.startswith("assessment_not_understood")
    )
    found = with_alternatives(before, seen, "FY2026", asked)
    assert asked.asked[-1] == UNHEARD_OF
    assert added(found)[-1] == Rejected("R05.9", "alike_in_meaning:712", place)


def test_a_long_list_of_riddles_is_asked_about_in_part() -> None:
    seen = encounter(problems=problems(*(f"{UNHEARD_OF} {number}" for number in range(40))))
    asked = candidates("R05.9")
    with_alternatives(code(seen), seen, "FY2026", asked)
    assert len(asked.asked) == 12

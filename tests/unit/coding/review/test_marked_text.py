"""Evidence marked where it stands; no character of the note is lost."""

from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Line
from services.coding.domain.review.marked_text import Mark, marked, marks

TEXT = "Acute bronchitis today."


def at(code: str, start: int, end: int, section: int = 0) -> Diagnosis:
    return Diagnosis(code, (EvidenceAt("note", None, section, start, end),))


def test_evidence_is_marked_with_its_code() -> None:
    found = marks([at("J20.9", 0, 16)], 0, len(TEXT))
    assert marked(TEXT, found) == "[[Acute bronchitis]](J20.9) today."


def test_one_stretch_carries_all_codes_that_rest_on_it() -> None:
    line = Line("99213", evidence=(EvidenceAt("note", None, 0, 0, 16),))
    found = marks([at("J20.9", 0, 16), line, at("J20.9", 0, 16)], 0, len(TEXT))
    assert found == [Mark(0, 16, ("J20.9", "99213"))]


def test_other_sections_and_impossible_offsets_are_left_out() -> None:
    wrong = [at("A", 0, 5, section=1), at("B", 5, 99), at("C", 7, 7), at("D", -3, 4)]
    structured = Diagnosis("E", (EvidenceAt("structured", "p1"),))
    assert marks([*wrong, structured], 0, len(TEXT)) == []


@given(
    st.text(alphabet="abcdef ", min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6),
)
def test_no_character_is_lost(text: str, places: list[tuple[int, int]]) -> None:
    coded = [at("X", start, end) for start, end in places]
    shown = marked(text, marks(coded, 0, len(text)), "\x01", "\x02")
    assert shown.replace("\x01", "").replace("\x02(X)", "") == text
    assert shown.count("\x01") == shown.count("\x02")

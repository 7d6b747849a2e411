"""What programs leave in notes changes nothing that a person would read in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.encounter import NoteSection
from services.coding.domain.coding_result import CodingResult
from services.coding.domain.reading.plain_text import is_foreign, is_unreadable, plain
from tests.unit.coding.examples import code, encounter

BOXES = "[ ]", "[]", "[_]", "( )", "\u2610", "\u25a1"
TICKS = "[x]", "[X]", "[ x ]", "(x)", "\u2611", "\u25a0", "[\u2713]"


def noted(text: str) -> CodingResult:
    """What coding makes of an encounter that is a note alone."""
    return code(encounter(problems=(), note=(NoteSection(heading="Note", text=text),)))


def codes(text: str) -> list[str]:
    """The diagnoses of a note, in order."""
    return [each.code for each in noted(text).diagnoses]


@pytest.mark.parametrize("box", BOXES)
def test_what_nobody_ticked_is_not_said_of_the_patient(box: str) -> None:
    assert plain(f"{box} pneumonia").strip() == ""
    assert codes(f"Assessment:\n{box} pneumonia\n{TICKS[0]} acute bronchitis\n") == ["J20.9"]


@pytest.mark.parametrize("tick", TICKS)
def test_what_somebody_ticked_is_said_without_its_box(tick: str) -> None:
    assert plain(f"{tick} gout").strip() == "gout"
    assert codes(f"Assessment:\n[ ] pneumonia\n{tick} acute bronchitis\n") == ["J20.9"]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("[ ] chest pain [x] cough [ ] fever", "cough"),
        ("Diabetes: [ ] yes [x] no", "Diabetes: no"),
        ("Diabetes: [x] yes [ ] no", "Diabetes: yes"),
        ("pneumonia [ ] gout [x]", "gout"),
        ("1. Pneumonia [ ]", ""),
        ("no box at all (see below) [1]", "no box at all (see below) [1]"),
    ],
)
def test_a_box_belongs_to_the_words_beside_it(line: str, left: str) -> None:
    assert " ".join(plain(line).split()) == left


def test_the_cells_of_a_row_deny_and_resolve_what_stands_beside_them() -> None:
    table = "| Problem | Status |\n|---|---|\n| Hypertension | stable |\n| COPD | ruled out |\n"
    assert codes(f"Assessment:\n{table}| Gout | denied |\n") == ["I10"]
    assert plain("pain 3|4 of 10") == "pain 3|4 of 10"


@pytest.mark.parametrize("space", ["\u00a0", "\u2007", "\u202f", "\u3000", "\ufeff"])
def test_any_blank_parts_words_and_heads_a_section(space: str) -> None:
    text = f"Assessment:{space}1.{space}Type{space}2{space}diabetes."
    assert codes(text) == codes(text.replace(space, " ")) == ["E11.9"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_any_line_end_ends_a_line(end: str) -> None:
    assert codes(end.join(("Assessment:", "1. Hypertension", "2. Gout", ""))) == ["I10", "M10.9"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Assessment: Gout. No evidence of\npneumonia.", ["M10.9"]),
        ("Assessment: Gout. No evidence of\r\n   pneumonia or\r\n   COPD.", ["M10.9"]),
        ("Assessment: Gout. Patient denies\nasthma.", ["M10.9"]),
        ("Assessment: Gout, possible\npneumonia", ["M10.9"]),
        ("Assessment: Gout. Mother has\nbreast cancer.", ["M10.9", "Z80.3"]),
        ("Assessment: acute\nbronchitis", ["J20.9"]),
        ("Assessment:\nDiabetes: no\nhypertension: yes\ngout: flare", ["I10", "M10.9"]),
        ("Assessment:\nasthma - no\ngout", ["M10.9"]),
        ("Assessment:\ngout\nhypertension", ["M10.9", "I10"]),
        ("Assessment: gout, follow up with\nPlan: rest", ["M10.9"]),
    ],
)
def test_a_statement_goes_on_in_the_next_line_where_it_is_unfinished(
    text: str, expected: list[str]
) -> None:
    assert codes(text) == expected
    assert len(plain(text)) == len(text)


@given(st.text(max_size=400) | st.text("[] xX()|\u2610\u2611\n\tab", max_size=60))
def test_each_character_stays_in_its_place(text: str) -> None:
    found = plain(text)
    assert len(found) == len(text)
    assert [at for at, char in enumerate(found) if char.isascii() and char.isalpha()] == [
        at
        for at, char in enumerate(text)
        if found[at] != " " and found[at].isascii() and found[at].isalpha() and char.isprintable()
    ]


@given(
    st.text(
        st.characters(
            codec="ascii", min_codepoint=32, max_codepoint=126, exclude_characters="[](|"
        ),
        max_size=99,
    )
)
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert plain(text) is text


@pytest.mark.parametrize(
    "content",
    [bytes(range(256)) * 8, b"\x89PNG\r\n\x1a\n" + bytes(range(1, 200)) * 4, b"\xff\xfe\x00" * 300],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_what_is_no_text_is_asked_for_and_never_coded(content: bytes, encoding: str) -> None:
    text = content.decode(encoding, "replace")
    assert is_unreadable(text)
    assert plain(text).strip() == ""
    found = noted(text)
    assert found.diagnoses == ()
    assert found.route == "query"
    assert "unreadable_note:" in {query.subject for query in found.queries}


@pytest.mark.parametrize(
    "text", ["", "caf\u00e9 au lait spots", "T 38\u00b0 \u2264 3 \u2192 4 \U0001f600", "x\ufffdy"]
)
def test_a_few_odd_characters_make_no_note_unreadable(text: str) -> None:
    assert not is_unreadable(text)


@pytest.mark.parametrize(
    "text",
    [
        "Beurteilung: kein Diabetes. Asthma ausgeschlossen. Gicht.",
        "Evaluaci\u00f3n: Paciente con hipertensi\u00f3n y diabetes. Niega asma.",
        "Paciente con dolor de rodilla desde hace una semana, sin fiebre.",
        "Le patient est venu pour une toux, sans fi\u00e8vre, avec les enfants. Pas de pneumonie.",
    ],
)
def test_a_note_in_another_language_goes_to_a_person(text: str) -> None:
    assert is_foreign(text)
    found = noted(text)
    assert "note_not_english" in found.reasons
    assert found.route != "automatic"


@pytest.mark.parametrize(
    "text",
    [
        "Assessment: HTN, DM2. RTC 3 mo.",
        "Dr. van der Las seen in Los Angeles. Assessment: la crosse encephalitis, d/c with sin.",
        "Pt c/o cough x 3 d. No fever.",
    ],
)
def test_a_note_in_english_goes_on(text: str) -> None:
    assert not is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "This note was entered in error. Assessment: gout.",
        "Assessment: Gout. ADDENDUM: disregard the above.",
        "Erroneous entry. Assessment: gout.",
        "Assessment: gout. WRONG PATIENT.",
    ],
)
def test_a_note_that_calls_itself_an_error_is_asked_about(text: str) -> None:
    assert "entered_in_error:" in {query.subject for query in noted(text).queries}


def test_an_error_of_refraction_is_no_error_of_the_note() -> None:
    asked = noted("Assessment: refractive error, myopia of both eyes. Wrong answers on Snellen.")
    assert "entered_in_error:" not in {query.subject for query in asked.queries}

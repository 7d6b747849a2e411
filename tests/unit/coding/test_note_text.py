"""Sections and sentences keep their exact place in the note."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.reading.headings import kind_of
from services.coding.domain.reading.note_text import sections, sentences

NOTE = (
    "CHIEF COMPLAINT\n\nCough.\n\nFAMILY HISTORY:\nMother had asthma.\n\n"
    "ASSESSMENT AND PLAN\n\n1. Acute bronchitis. Rest.\n2. Hypertension: continue lisinopril.\n"
)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("ASSESSMENT AND PLAN", "assessment"),
        ("Assessment/Plan:", "assessment"),
        ("A/P", "assessment"),
        ("A&P", "assessment"),
        ("Impression", "assessment"),
        ("Family History", "family"),
        ("Past Medical History", "history"),
        ("PHYSICAL EXAM:", "exam"),
        ("Plan", "plan"),
        ("Parking", "other"),
        ("", "other"),
    ],
)
def test_headings_are_known_in_many_spellings(heading: str, kind: str) -> None:
    assert kind_of(heading) == kind


def test_headings_inside_one_text_open_sections_of_their_own() -> None:
    found = [section.kind for section in sections(["Note"], [NOTE])]
    assert found == ["complaint", "family", "assessment"]


def test_an_abbreviation_point_inside_a_number_ends_no_sentence() -> None:
    text = "Potassium 4.1 today. Repeat in 3.5 weeks."
    (section,) = sections(["Results"], [text])
    assert [s.text for s in sentences(section, text)] == [
        "Potassium 4.1 today.",
        "Repeat in 3.5 weeks.",
    ]


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
def test_every_sentence_is_exactly_the_text_at_its_offsets(texts: list[str]) -> None:
    headings = ["Assessment"] * len(texts)
    for section in sections(headings, texts):
        for sentence in sentences(section, texts[section.index]):
            assert texts[sentence.section][sentence.start : sentence.end] == sentence.text


@given(
    st.text(
        alphabet=st.sampled_from("Assessment Plan:\n\r\n\u2028.;HPI 1)•-\u00e9\t"), max_size=400
    )
)
def test_no_text_is_read_twice(text: str) -> None:
    spans = [
        (sentence.start, sentence.end)
        for section in sections([""], [text])
        for sentence in sentences(section, text)
    ]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))

"""Names as they come, made safe to store and print."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.patient_statements.domain.printable import printable
from services.patient_statements.domain.responsible_party import patient_of
from tests.unit.patient_statements.examples import patient_registered


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("a\x00b", "ab"),
        ("a\u202eb\u2066c", "abc"),
        ("  a \t\n b ", "a b"),
        ("a\ufffeb", "ab"),
        ('<b>O\'Brien & $x #y *z* \\ "q"', '<b>O\'Brien & $x #y *z* \\ "q"'),
        ("שלום محمد 李小龍", "שלום محمد 李小龍"),
        ("ne\u0301e", "ne\u0301e"),
    ],
)
def test_only_what_cannot_be_printed_is_taken_out(given_text: str, kept: str) -> None:
    assert printable(given_text) == kept


@given(st.text())
def test_nothing_is_left_that_a_database_or_a_reader_would_stumble_over(text: str) -> None:
    kept = printable(text)
    assert printable(kept) == kept
    assert "\x00" not in kept
    assert all(unicodedata.category(each) not in {"Cc", "Cs", "Zl", "Zp"} for each in kept)
    assert not any(unicodedata.bidirectional(each) in {"RLO", "LRO", "RLI", "LRI"} for each in kept)


def test_a_registered_patients_name_is_cleaned_before_it_is_kept() -> None:
    patient = patient_of(patient_registered(family_name="Fox\x00\u202e", given_name=""))
    assert patient.party.name == "Fox"

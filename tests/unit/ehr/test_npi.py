"""NPIs that are derived."""

from hypothesis import given
from hypothesis import strategies as st

from simulators.ehr.npi import check_digit, derived_npi, derived_tax_id, is_valid


def test_the_example_of_the_cms_instructions_has_its_check_digit() -> None:
    assert check_digit("123456789") == "3"
    assert is_valid("1234567893")


def test_an_npi_with_one_digit_changed_is_not_valid() -> None:
    assert not is_valid("1234567894")


def test_an_npi_of_the_wrong_length_or_first_digit_is_not_valid() -> None:
    assert not is_valid("300")
    assert not is_valid("")
    assert not is_valid("3" + "12345678" + check_digit("312345678"))


@given(st.text())
def test_every_derived_npi_is_valid_and_always_the_same(text: str) -> None:
    assert is_valid(derived_npi("provider", text))
    assert derived_npi("provider", text) == derived_npi("provider", text)


@given(st.text())
def test_every_derived_tax_id_has_nine_digits(text: str) -> None:
    assert len(derived_tax_id(text)) == 9
    assert derived_tax_id(text).isdigit()

"""A statement's words: what they must say, what they must not, and how easy they read."""

import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.patient_account import ResponsibilityShare
from services.patient_statements.domain.cycle import Notice
from services.patient_statements.domain.readability import (
    HIGHEST_GRADE_PERMILLE,
    grade_permille,
    syllables,
)
from services.patient_statements.domain.service_wording import service_wording
from services.patient_statements.domain.statement import Statement
from services.patient_statements.domain.statement_text import (
    KIND_LABELS,
    KIND_MEANINGS,
    StatementText,
    worded,
)
from services.patient_statements.domain.us_format import dollars, telephone
from tests.unit.patient_statements.examples import encounter, line
from tests.unit.patient_statements.test_statement import statement_of

ALL_KINDS = ResponsibilityShare(
    deductible_cents=1000,
    coinsurance_cents=1000,
    copay_cents=1000,
    other_cents=1000,
    self_pay_cents=1000,
)
NOTICES: tuple[Notice, ...] = ("first", "second", "final", "past_due")


def full(notice: Notice = "first", unapplied_cents: int = 1200, address: str = "") -> Statement:
    statement = statement_of(
        encounter(
            5000,
            share=ALL_KINDS,
            insurance_paid_cents=9_000,
            adjusted_cents=3_000,
            lines=(
                line(code="99213", charge_cents=15_000),
                line(2, code="85025", charge_cents=5000),
            ),
        )
    )
    return replace(
        statement, notice=notice, unapplied_cents=unapplied_cents, payment_address=address
    )


def every_string(text: StatementText) -> list[str]:
    rows = [*text.facts, text.total, text.due]
    for each in text.encounters:
        rows += [*each.about, *each.services, *each.sums, *each.shares, each.balance]
    return [
        text.title,
        text.opening,
        *text.sender,
        *text.recipient,
        *(part for row in rows for part in (row.label, row.value, row.meaning)),
        *(each.heading for each in text.encounters),
        *(sentence for part in text.help for sentence in (part.heading, *part.paragraphs)),
    ]


@pytest.mark.parametrize(
    ("notice", "unapplied", "address"), list(product(NOTICES, (0, 1200), ("", "pay.example.org")))
)
def test_a_statement_reads_at_grade_eight_or_below(
    notice: Notice, unapplied: int, address: str
) -> None:
    text = worded(full(notice, unapplied, address))
    assert grade_permille(text.sentences()) <= HIGHEST_GRADE_PERMILLE
    for sentence in text.sentences():
        assert grade_permille([sentence]) <= HIGHEST_GRADE_PERMILLE, sentence


def test_no_procedure_code_is_shown_in_place_of_words() -> None:
    strings = " ".join(every_string(worded(full())))
    assert "99213" not in strings
    assert "85025" not in strings
    assert "Office visit" in strings
    assert "Lab test" in strings


def test_every_kind_of_share_says_what_its_word_means() -> None:
    shares = worded(full()).encounters[0].shares
    assert {row.label for row in shares} == set(KIND_LABELS.values())
    assert {row.meaning for row in shares} == set(KIND_MEANINGS.values())


def test_a_statement_says_what_when_how_and_where_to_turn() -> None:
    text = worded(full())
    strings = " ".join(every_string(text))
    assert text.total.value == "$50.00"
    assert text.due.value == "March 27, 2026"
    assert "$200.00" in strings
    assert "-$90.00" in strings
    assert "-$30.00" in strings
    assert "-$30.00" in [row.value for row in text.encounters[0].sums]
    assert "(217) 555-0100" in strings
    assert [part.heading for part in text.help] == [
        "How to pay",
        "If you cannot pay it all now",
        "If something looks wrong",
        "Questions",
    ]


def test_the_steps_from_price_to_balance_add_up() -> None:
    text = worded(full()).encounters[0]
    steps = [int(row.value.replace("$", "").replace(",", "").replace(".", "")) for row in text.sums]
    assert f"${sum(steps) // 100}.{sum(steps) % 100:02d}" == text.balance.value


def test_a_self_pay_bill_names_the_day_until_which_its_estimate_can_be_disputed() -> None:
    (wrong,) = [part for part in worded(full()).help if part.heading == "If something looks wrong"]
    assert "June 30, 2026" in wrong.paragraphs[-1]
    insured = statement_of(encounter(5000))
    assert all("estimate" not in each for each in every_string(worded(insured)))


def test_a_web_address_for_paying_is_named_only_where_one_is_set() -> None:
    assert any(
        "pay.example.org" in each for each in every_string(worded(full(address="pay.example.org")))
    )
    assert not any("Online" in each for each in every_string(worded(full())))


def test_a_final_notice_says_so() -> None:
    assert worded(full("final")).title.startswith("Final notice")
    assert worded(full("second")).title.startswith("Reminder")


def test_a_harder_text_has_a_higher_grade() -> None:
    easy = grade_permille(["Call us. We can help you."])
    hard = grade_permille(
        ["Reimbursement methodologies necessitate administrative reconciliation of liabilities."]
    )
    assert easy < 2000 < HIGHEST_GRADE_PERMILLE < hard


def test_a_text_without_words_has_no_grade() -> None:
    with pytest.raises(ValueError, match="without words"):
        grade_permille(["$12.00", ""])


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("a", 1),
        ("plan", 1),
        ("price", 1),
        ("visit", 2),
        ("insurance", 3),
        ("deductible", 4),
        ("paid", 1),
        ("called", 1),
        ("needed", 2),
        ("services", 3),
        ("don't", 1),
    ],
)
def test_syllables_are_counted_as_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("99213", "Office visit"),
        ("99285", "Emergency room visit"),
        ("99396", "Yearly check-up"),
        ("36415", "Blood draw"),
        ("71046", "X-ray or other scan"),
        ("80053", "Lab test"),
        ("90471", "Giving a vaccine (shot)"),
        ("90686", "Vaccine (shot)"),
        ("90834", "Visit"),
        ("93000", "Heart test"),
        ("97110", "Therapy for movement or daily tasks"),
        ("0001U", "Lab test"),
        ("0042T", "Newer kind of test or treatment"),
        ("G0008", "Giving a vaccine (shot)"),
        ("G0439", "Yearly check-up"),
        ("J1885", "Medicine given by our staff"),
        ("E0110", "Medical equipment"),
        ("00000", "Health care service"),
        ("X9999", "Health care service"),
        ("1234F", "Health care service"),
    ],
)
def test_a_code_is_worded_by_its_family(code: str, words: str) -> None:
    assert service_wording(code) == words


@given(st.from_regex(r"\A[0-9A-Z][0-9]{3}[0-9A-Z]\Z"))
def test_every_code_has_words_and_none_of_them_is_the_code(code: str) -> None:
    words = service_wording(code)
    assert words
    assert code not in words
    assert re.fullmatch(r"[A-Za-z ,()-]+", words)


@given(st.integers(-(10**13), 10**13))
def test_dollars_hold_every_cent(cents: int) -> None:
    text = dollars(cents)
    assert re.fullmatch(r"-?\$\d{1,3}(,\d{3})*\.\d{2}", text)
    assert int(text.replace("$", "").replace(",", "").replace(".", "")) == cents


def test_a_telephone_number_is_grouped() -> None:
    assert telephone("2175550100") == "(217) 555-0100"

"""A remittance on paper, as a person enters it: all that is wrong with a form is said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.domain.paper_remittance import FormError, entered_key, read_form
from services.payer_gateway.domain.quarantine import RemittanceKey
from services.payer_gateway.domain.remittance_events import remittance_key
from services.payer_gateway.x12 import balance

FORM = """
payer = "BLUERIVER"
check = "0010023"
on = 2026-03-02
amount = "101.25"

[[provider_adjustments]]
reason = "L6"
reference = "ICN1"
amount = "-1.25"

[[claims]]
claim = "CLM1"
charge = "250.00"
paid = "100"
patient_responsibility = "30.00"
payer_control_number = "ICN1"
remarks = ["MA18"]

[[claims.lines]]
line = 1
code = "99213"
modifiers = ["25"]
charge = "150.00"
paid = "60.00"
allowed = "90.00"
adjustments = ["CO 45 60.00", "PR 3 30.00"]
remarks = ["N130"]

[[claims.lines]]
line = 2
code = "36415"
billed_as = "36416"
units = 2
charge = "100.00"
paid = "40.00"
adjustments = ["CO 45 60.00"]
"""


def problems(text: str) -> str:
    with pytest.raises(FormError) as caught:
        read_form(text)
    return str(caught.value)


def changed(old: str, new: str, count: int = 1) -> str:
    assert old in FORM
    return FORM.replace(old, new, count)


def test_a_form_is_what_an_835_of_the_check_would_say() -> None:
    payment = read_form(FORM).remittance
    assert (payment.payment_cents, payment.method, payment.handling) == (10_125, "CHK", "I")
    (claim,) = payment.claims
    assert (claim.charge_cents, claim.paid_cents) == (25_000, 10_000)
    assert claim.patient_responsibility_cents == 3_000
    assert claim.remark_codes == ("MA18",)
    first, second = claim.services
    assert (first.line_control_number, first.allowed_cents) == ("1", 9_000)
    assert [(a.group, a.reason, a.amount_cents) for a in first.adjustments] == [
        ("CO", "45", 6_000),
        ("PR", "3", 3_000),
    ]
    assert first.remark_codes == (("HE", "N130"),)
    assert second.submitted_procedure is not None
    assert second.submitted_procedure.code == "36416"
    assert balance.check(payment) == []


def test_a_notice_that_nothing_is_paid_is_no_check() -> None:
    payment = read_form(
        'payer = "B"\ncheck = "N1"\non = 2026-03-02\namount = "0"\n'
        '[[claims]]\nclaim = "C1"\ncharge = "10"\npaid = "0"\nadjustments = ["CO 50 10"]\n'
    ).remittance
    assert (payment.method, payment.handling) == ("NON", "H")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (changed('"60.00"\nallowed', '"60.01"\nallowed'), "claim CLM1: line charge less adjust"),
        (changed('paid = "100"', 'paid = "99.99"'), "claim CLM1: claim charge less all adjust"),
        (changed('charge = "250.00"', 'charge = "251.00"'), "the line charges must add up"),
        (changed('"30.00"\npayer', '"29.00"\npayer'), "patient responsibility is not what"),
        (changed('amount = "101.25"', 'amount = "100.00"'), "check 0010023: the payment must be"),
        (changed('amount = "101.25"', 'amount = "101.255"'), "amount: write dollars and cents"),
        (changed('amount = "101.25"', "amount = 101.25"), "Expected `str`, got `float`"),
        (changed('amount = "101.25"', 'amount = "1,01.25"'), "amount: write dollars and cents"),
        (changed('check = "0010023"', 'check = " "'), "check: write the number"),
        (changed("CO 45 60.00", "CR 45 60.00"), "the group is CO, OA, PI or PR"),
        (changed("CO 45 60.00", "CO 999 60.00"), "the adjustment reason is not known"),
        (changed("CO 45 60.00", "CO-45 60.00"), "write group, reason and amount"),
        (changed('"MA18"', '"XX1"'), "remarks: the remark code is not known"),
        (changed('reason = "L6"', 'reason = "ZZ"'), "provider adjustment 1: the reason is no"),
        (changed('claim = "CLM1"', 'claim = "CLM1"\nstatus = "5"'), "status: write 1, 2, 3"),
        (changed("line = 2", "line = 1"), "line of claim CLM1 stands in the form twice"),
        (changed('claim = "CLM1"', 'clam = "CLM1"'), "the form is not filled in"),
        (changed("on = 2026-03-02", "on = "), "the form is not TOML"),
        (changed("on = 2026-03-02", 'on = "tomorrow"'), "the form is not filled in"),
        ('payer = "B"\ncheck = "1"\non = 2026-03-02\namount = "0"', "claims: write what"),
        ('payer = "B"', "missing required field"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(form: str, said: str) -> None:
    assert said in problems(form)


def test_everything_that_is_wrong_is_said_at_once_and_a_long_list_is_cut() -> None:
    two = changed('code = "99213"', 'code = "99213"\nallowed = "x"').replace(
        'allowed = "90.00"\n', ""
    )
    found = problems(two.replace("CO 45 60.00", "CO nil 60.00"))
    assert len(found.split("; ")) == 3
    many = FORM + "".join(
        f'\n[[claims]]\nclaim = "C{n}"\ncharge = ""\npaid = ""' for n in range(30)
    )
    assert problems(many).endswith("and 40 more")


def test_a_reversal_and_its_correction_may_name_one_claim() -> None:
    payment = read_form(
        'payer = "B"\ncheck = "C1-FIX"\non = 2026-03-02\namount = "0"\n'
        '[[claims]]\nclaim = "C1"\nstatus = "22"\ncharge = "-10"\npaid = "-4"\n'
        'adjustments = ["CO 45 -6"]\n'
        '[[claims]]\nclaim = "C1"\ncharge = "10"\npaid = "4"\nadjustments = ["PR 1 6"]\n'
    ).remittance
    assert [claim.paid_cents for claim in payment.claims] == [-400, 400]


def test_amounts_may_have_commas_between_thousands() -> None:
    text = (
        'payer = "B"\ncheck = "1"\non = 2026-03-02\namount = "1,234,567.89"\n'
        '[[claims]]\nclaim = "C1"\ncharge = "1,234,567.89"\npaid = "1,234,567.89"\n'
    )
    assert read_form(text).remittance.payment_cents == 123_456_789


def test_zeros_before_a_number_make_no_other_check() -> None:
    key = remittance_key(read_form(FORM).remittance)
    assert entered_key(key) == entered_key(RemittanceKey("1", "10023", "2026-03-02", 10_125))
    assert entered_key(key) != entered_key(RemittanceKey("1", "10024", "2026-03-02", 10_125))
    assert entered_key(RemittanceKey("1", "000", "", 0)).trace_number == "0"


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7)),
        min_size=1,
        max_size=4,
    )
)
def test_a_form_is_taken_exactly_when_it_balances(claims: list[tuple[int, int, int]]) -> None:
    def dollars(cents: int) -> str:
        return f"{cents // 100}.{cents % 100:02d}"

    total = sum(paid for paid, _, _ in claims)
    text = f'payer = "B"\ncheck = "1"\non = 2026-03-02\namount = "{dollars(total)}"\n'
    for place, (paid, written_off, share) in enumerate(claims):
        charge = dollars(paid + written_off + share)
        text += f'[[claims]]\nclaim = "C{place}"\ncharge = "{charge}"\npaid = "{dollars(paid)}"\n'
        text += f'adjustments = ["CO 45 {dollars(written_off)}", "PR 2 {dollars(share)}"]\n'
    payment = read_form(text).remittance
    assert payment.payment_cents == total
    assert [claim.patient_responsibility_cents for claim in payment.claims] == [
        share for _, _, share in claims
    ]
    off = re.sub(r'amount = "[^"]*"', f'amount = "{dollars(total + 1)}"', text, count=1)
    assert "the payment must be" in problems(off)

"""The shipped rules say what the life cycles ask for, and a wrong file is refused by name."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.allocation import fill_in_order, split_by_weight
from services.billing.domain.coverage import PatientCoverage, PolicyCopy, snapshot
from services.billing.domain.filing_limit import add_months
from services.billing.rule_files import RuleFileError, read_rules

SHIPPED = read_rules()


@pytest.mark.parametrize(
    ("reasons", "meaning", "action", "deadline"),
    [
        (("16", "4", "5", "6", "7", "9", "10", "11", "146"), "denial", "correct", "corrected"),
        (("97", "234", "236"), "denial", "modifier_review", "corrected"),
        (("22", "119"), "denial", "other_payer", "secondary"),
        (("26", "27"), "denial", "eligibility", "initial"),
        (("29", "50", "55", "56", "96", "204", "197", "198", "15"), "denial", "appeal", "appeal"),
        (("252", "163", "164"), "denial", "attach_documents", "appeal"),
        (("31",), "denial", "resubmit", "initial"),
        (("18",), "denial", "check_original", None),
        (("23",), "informational", "decide", None),
        (("45", "253", "24"), "write_off", "decide", None),
        (("NEW1",), "unknown", "decide", None),
    ],
)
def test_a_reason_under_co_means_what_the_life_cycle_says(
    reasons: tuple[str, ...], meaning: str, action: str, deadline: str | None
) -> None:
    for reason in reasons:
        rule = SHIPPED.adjustments.find("CO", reason)
        assert (rule.meaning, rule.action, rule.deadline) == (meaning, action, deadline), reason


def test_the_patients_share_is_known_by_group_and_reason() -> None:
    shares = {"1", "2", "3", "66", "122", "96", "204", "119", "50", "197", "85"}
    for reason in shares:
        assert SHIPPED.adjustments.find("PR", reason).meaning == "patient_share", reason
    for reason in ("29", "16", "18", "27", "97", "253", "45"):
        assert SHIPPED.adjustments.find("PR", reason).meaning != "patient_share", reason


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("charge_master.toml", '[default]\n"99213" = 175.00\n', "not a number of cents"),
        ("charge_master.toml", '[default]\n"99213" = -1\n', "not a number of cents"),
        ("charge_master.toml", "[default\n", "cannot be read"),
        (
            "adjustments.toml",
            '[[rules]]\nreasons = ["1", "1"]\nmeaning = "denial"\n',
            "two equal rules",
        ),
    ],
)
def test_a_wrong_rule_file_is_refused_by_name(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(RuleFileError, match=said) as refused:
        read_rules(tmp_path)
    assert name in str(refused.value)


def test_a_practices_own_price_comes_first(tmp_path: Path) -> None:
    (tmp_path / "charge_master.toml").write_text(
        "[default]\n99213 = 17500\n[practices.P1]\n99213 = 16500\n"
    )
    charges = read_rules(tmp_path).charges
    assert charges.charge_cents("P1", "99213", 2) == 33000
    assert charges.charge_cents("P2", "99213", 1) == 17500
    assert charges.charge_cents("P1", "70551", 1) is None


def test_a_filing_year_ends_on_the_last_day_of_a_shorter_month() -> None:
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2025, 12, 31), 2) == date(2026, 2, 28)
    limits = SHIPPED.filing
    start = date(2026, 3, 2)
    assert limits.deadline("SUMMIT", "commercial", "initial", start, start) == date(2026, 5, 31)
    assert limits.deadline("ANY", "medicare", "initial", start, start) == date(2027, 3, 2)
    assert limits.deadline("ANY", "other", "appeal", start, start) == date(2026, 8, 29)


def test_medicaid_pays_last_whatever_its_rank() -> None:
    year = date(2026, 1, 1)
    policies = (
        PolicyCopy("C1", "STATE_MEDICAID", "", "medicaid", 1, year),
        PolicyCopy("C2", "BLUERIVER", "", "commercial", 2, year),
        PolicyCopy("C3", "SUMMIT", "", "commercial", 3, year, date(2026, 1, 31)),
    )
    found = snapshot(PatientCoverage(policies), date(2026, 3, 2))
    assert [payer.payer_id for payer in found.payers] == ["BLUERIVER", "STATE_MEDICAID"]
    assert found.protection == "medicaid"


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_a_split_loses_no_cent_and_strays_less_than_one(total: int, weights: list[int]) -> None:
    parts = split_by_weight(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        if whole:
            assert abs(part * whole - total * weight) < whole


@given(st.integers(-5, 10**6), st.lists(st.integers(-100, 10**5), max_size=20))
def test_filling_never_overfills(total: int, capacities: list[int]) -> None:
    parts = fill_in_order(total, capacities)
    assert sum(parts) == min(max(total, 0), sum(max(each, 0) for each in capacities))
    for part, capacity in zip(parts, capacities, strict=True):
        assert 0 <= part <= max(capacity, 0)


def test_medicare_counts_every_filing_but_an_appeal_from_the_service() -> None:
    limits = read_rules().filing
    served, decided_on = date(2026, 3, 2), date(2026, 9, 1)
    for kind in ("initial", "corrected", "secondary"):
        start = served if kind == "initial" else decided_on
        assert limits.deadline("ANY", "medicare", kind, start, served) == date(2027, 3, 2)
    assert limits.deadline("ANY", "medicare", "appeal", decided_on, served) == date(2026, 12, 30)
    assert limits.deadline("SUMMIT", "commercial", "secondary", decided_on, served) == date(
        2026, 11, 30
    )


def test_a_filing_limit_that_counts_from_nothing_known_is_refused(tmp_path: Path) -> None:
    (tmp_path / "filing_limits.toml").write_text(
        '[default]\ninitial = { days = 1, counts_from = "easter" }\n', encoding="utf-8"
    )
    with pytest.raises(RuleFileError, match="counts from event or from service_date"):
        read_rules(tmp_path)

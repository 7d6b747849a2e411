"""How a patient is insured, from Coverage resources or from what claims call the payer."""

from pathlib import Path
from typing import Any

import pytest

from simulators.ehr.fhir.payer_names import PayerNamesError, payer_names
from tests.unit.ehr.bundles import claim, concept, encounter, on, read, visit


def coverage(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Coverage",
        "id": "cov-1",
        "status": "active",
        "beneficiary": {"reference": "Patient/pat-1"},
        "payor": [{"display": "Medicare"}],
        "subscriberId": "1EG4-TE5-MK73",
        "period": {"start": "2020-01-01"},
        **changes,
    }


@pytest.mark.parametrize(
    ("display", "payers"),
    [
        ("private", [("BLUERIVER", "commercial")]),
        ("Medicare", [("MEDICARE_B", "medicare")]),
        ("medicaid", [("STATE_MEDICAID", "medicaid")]),
        ("NO_INSURANCE", []),
        ("no_insurance", []),
        ("Dual Eligible", [("MEDICARE_B", "medicare"), ("STATE_MEDICAID", "medicaid")]),
    ],
)
def test_a_name_in_a_claim_stands_in_for_a_coverage(
    tmp_path: Path, display: str, payers: list[tuple[str, str]]
) -> None:
    found = read(tmp_path, visit(claim(display)))
    policies = found.coverages[0].policies
    assert [(policy.payer_id, policy.programme) for policy in policies] == payers
    assert [policy.rank for policy in policies] == list(range(1, len(payers) + 1))


def test_a_name_that_nobody_mapped_is_never_self_pay(tmp_path: Path) -> None:
    found = read(tmp_path, visit(claim("Acme Health & Life")))
    policies = found.coverages[0].policies
    assert [policy.payer_id for policy in policies] == ["ACME_HEALTH_LIFE"]
    assert "payer_not_mapped" in [reason for _, reason in found.derived]


def test_an_unmapped_medicare_plan_is_of_the_medicare_programme(tmp_path: Path) -> None:
    found = read(tmp_path, visit(claim("Medicare of the North")))
    assert [policy.programme for policy in found.coverages[0].policies] == ["medicare"]


def test_without_any_word_about_insurance_the_patient_pays_and_it_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, visit())
    assert found.coverages[0].policies == ()
    assert "no_coverage_so_self_pay" in [reason for _, reason in found.derived]


def test_a_payer_that_changes_over_time_gives_policies_one_after_the_other(
    tmp_path: Path,
) -> None:
    later = encounter(id="enc-2", period={"start": "2025-05-10T09:00:00Z"})
    document = visit(later, claim("medicaid"), claim("private", "enc-2"))
    policies = read(tmp_path, document).coverages[0].policies
    assert [
        (policy.payer_id, policy.rank, policy.effective_from, policy.effective_to)
        for policy in policies
    ] == [
        ("STATE_MEDICAID", 1, on("1980-04-12"), on("2025-05-09")),
        ("BLUERIVER", 1, on("2025-05-10"), None),
    ]


def test_a_derived_member_id_is_always_the_same(tmp_path: Path) -> None:
    first, second = (
        read(tmp_path, visit(claim("private"))).coverages[0].policies[0].member_id for _ in "12"
    )
    assert first == second
    assert first.startswith("SYN")


def test_a_coverage_keeps_member_id_group_and_dates(tmp_path: Path) -> None:
    group = [{"type": concept("class", "group"), "value": "GRP-9"}]
    found = read(
        tmp_path, visit(coverage(**{"class": group}), claim("private")), newest=on("2026-03-02")
    )
    policy = found.coverages[0].policies[0]
    assert (policy.payer_id, policy.member_id) == ("MEDICARE_B", "1EG4-TE5-MK73")
    assert policy.group_number == "GRP-9"
    assert policy.effective_from == on("2021-12-31")


def test_coverages_rank_by_their_order(tmp_path: Path) -> None:
    second = coverage(id="cov-2", order=2, payor=[{"display": "Medigap"}], subscriberId="MG1")
    found = read(tmp_path, visit(second, coverage(order=1)))
    assert [(p.rank, p.payer_id) for p in found.coverages[0].policies] == [
        (1, "MEDICARE_B"),
        (2, "MEDIGAP_PLUS"),
    ]


def test_a_coverage_that_ended_before_the_next_began_takes_no_rank_from_it(
    tmp_path: Path,
) -> None:
    old = coverage(id="old", order=1, payor=[{"display": "private"}], period={"end": "2019-12-31"})
    found = read(tmp_path, visit(old, coverage(order=2)))
    assert [(p.rank, p.payer_id) for p in found.coverages[0].policies] == [
        (1, "BLUERIVER"),
        (1, "MEDICARE_B"),
    ]


@pytest.mark.parametrize("status", ["cancelled", "draft", "entered-in-error"])
def test_a_coverage_not_in_force_does_not_count(tmp_path: Path, status: str) -> None:
    found = read(tmp_path, visit(coverage(status=status)))
    assert found.coverages[0].policies == ()


def test_a_patient_who_pays_is_no_payer(tmp_path: Path) -> None:
    own = coverage(payor=[{"reference": "Patient/pat-1"}])
    assert read(tmp_path, visit(own)).coverages[0].policies == ()


def test_a_dependent_without_a_subscriber_is_reported(tmp_path: Path) -> None:
    dependent = coverage(relationship=concept("r", "child"))
    found = read(tmp_path, visit(dependent))
    assert ("Bundle.entry[4].resource.subscriber", "missing") in found.unreadable
    assert found.encounters == []


def test_a_dependent_has_the_policy_holder_as_subscriber(tmp_path: Path) -> None:
    holder = {
        "resourceType": "RelatedPerson",
        "id": "rel-1",
        "name": [{"family": "Parent", "given": ["Robin"]}],
        "gender": "male",
        "birthDate": "1975-01-01",
        "address": [{"line": ["9 Birch"], "city": "M", "state": "OH", "postalCode": "44870"}],
    }
    dependent = coverage(
        relationship=concept("r", "child"),
        subscriber={"reference": "RelatedPerson/rel-1"},
        payor=[{"display": "private"}],
    )
    policy = read(tmp_path, visit(holder, dependent)).coverages[0].policies[0]
    assert policy.relationship == "child"
    assert policy.subscriber is not None
    assert (policy.subscriber.family_name, policy.subscriber.sex) == ("Parent", "M")


def test_a_coverage_that_names_no_payer_is_reported(tmp_path: Path) -> None:
    found = read(tmp_path, visit(coverage(payor=[])))
    assert ("Bundle.entry[4].resource.payor", "missing") in found.unreadable


def test_own_names_of_payers_replace_ours(tmp_path: Path) -> None:
    file = tmp_path / "payers.toml"
    file.write_text(
        'self_pay = ["cash"]\n[[payers]]\npayer_id = "ACME"\npayer_name = "Acme"\n'
        'programme = "commercial"\nnames = ["Acme Health & Life"]\n'
    )
    names = payer_names(file)
    assert [payer.payer_id for payer in names.meaning("acme health life")] == ["ACME"]
    assert names.meaning("Cash") == ()


@pytest.mark.parametrize(
    "content",
    ["not toml", "payers = 3", 'self_pay = []\npayers = []\n[[together]]\nname="x"\npayers=["Y"]'],
)
def test_a_file_of_payer_names_that_cannot_be_used_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "payers.toml"
    file.write_text(content)
    with pytest.raises(PayerNamesError):
        payer_names(file)


def test_a_file_of_payer_names_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PayerNamesError):
        payer_names(tmp_path / "none.toml")

"""A payer's own rules are data: what they find, where, and in which words."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.payer_gateway.domain.partner_check import partner_problems
from services.payer_gateway.domain.payer_rule import PayerRule, check, rule_problems
from services.payer_gateway.domain.sending_check import sending_edits
from services.payer_gateway.partners import load_partners
from services.payer_gateway.x12 import Claim, Drug, Party, Reference
from services.payer_gateway.x12.parties import Name
from services.payer_gateway.x12.professional_claim_writer import claim_text
from tests.unit.payer_gateway.x12.builders import claim as sample
from tests.unit.payer_gateway.x12.builders import line

DOCTOR = Party("82", Name.person("REYES", "ANA"), "XX", "1245319599", "207Q00000X")
OTHER = Party("DN", Name.person("OKAFOR", "IFE"), "XX", "1245319599")


def rule(**asks: Any) -> PayerRule:
    return PayerRule(id="own", message="do as the companion guide says", **asks)


def claim(**changes: Any) -> Claim:
    return replace(sample(), **changes)


def places(found: Claim, *rules: PayerRule) -> list[tuple[str, str]]:
    return [(each.path, each.element) for each in check(found, rules)]


TWO_LINES = (
    line(1, 5_000, 1, code="70551"),
    replace(line(2, 5_000, 1), place_of_service="02", units=Decimal(3)),
)

BROKEN = [
    (rule(most_lines=1), {"lines": TWO_LINES}, ("2300/2400/LX", "LX01")),
    (rule(most_diagnoses=1), {}, ("2300/HI", "")),
    (rule(most_charge_cents=100), {}, ("2300/CLM", "CLM02")),
    (rule(references=("G1",)), {"references": ()}, ("2300/REF", "REF01")),
    (
        rule(no_references=("9F",)),
        {"references": (Reference("9F", "R1"),)},
        ("2300/REF", "REF01"),
    ),
    (rule(providers=("referring",)), {"parties": ()}, ("2310A/NM1", "NM101")),
    (rule(providers=("facility",)), {"parties": (OTHER,)}, ("2310C/NM1", "NM101")),
    (rule(taxonomies=("referring",)), {"parties": (OTHER,)}, ("2310A/PRV", "PRV03")),
    (rule(taxonomies=("facility",)), {"parties": ()}, ("2310C/PRV", "PRV03")),
    (
        rule(taxonomies=("rendering",)),
        {"parties": (replace(DOCTOR, taxonomy=""),)},
        ("2310B/PRV", "PRV03"),
    ),
    (rule(member_id="[0-9]{9}[A-Z]"), {}, ("2010BA/NM1", "NM109")),
    (rule(places_taken=("11",)), {"lines": TWO_LINES}, ("2300/2400[2]/SV1", "SV105")),
    (
        rule(modifiers=("95",), places=("02",)),
        {"lines": TWO_LINES},
        ("2300/2400[2]/SV1", "SV101-3"),
    ),
    (rule(most_units=2), {"lines": TWO_LINES}, ("2300/2400[2]/SV1", "SV104")),
    (
        rule(drug=True, procedures=("70000-79999",)),
        {"lines": TWO_LINES},
        ("2300/2400[1]/2410/LIN", "LIN03"),
    ),
    (
        rule(is_refused=True, procedures=("70551",)),
        {"lines": TWO_LINES},
        ("2300/2400[1]/SV1", "SV101-2"),
    ),
    (rule(is_refused=True, frequencies=("8",)), {"frequency": "8"}, ("2300/CLM", "CLM05")),
]


@pytest.mark.parametrize(("own", "changes", "place"), BROKEN)
def test_what_a_rule_asks_in_vain_is_found_at_its_place(
    own: PayerRule, changes: dict[str, Any], place: tuple[str, str]
) -> None:
    assert places(claim(**changes), own) == [place]


def test_a_missing_group_number_is_found() -> None:
    lacking = claim(subscriber=replace(sample().subscriber, group_number=""))
    assert places(lacking, rule(group_number=True)) == [("2000B/SBR", "SBR03")]


@pytest.mark.parametrize(
    ("own", "changes"),
    [
        (rule(references=("G1",)), {"references": (Reference("G1", "A1"),)}),
        (rule(references=("G1",), procedures=("70000-79999",)), {"references": ()}),
        (rule(references=("G1",), places=("21",)), {"references": ()}),
        (rule(most_lines=1, frequencies=("7",)), {"lines": TWO_LINES}),
        (rule(most_lines=2), {"lines": TWO_LINES}),
        (rule(providers=("rendering",)), {"parties": ()}),
        (rule(taxonomies=("rendering",)), {"parties": (DOCTOR,)}),
        (
            rule(drug=True),
            {"lines": (replace(line(1, 5_000, 1), drug=Drug("12345678901", Decimal(1), "UN")),)},
        ),
        (rule(is_refused=True, frequencies=("8",)), {}),
        (rule(member_id=".*"), {}),
    ],
)
def test_a_claim_that_keeps_a_rule_or_is_not_meant_by_it_is_left_alone(
    own: PayerRule, changes: dict[str, Any]
) -> None:
    assert places(claim(**changes), own) == []


@pytest.mark.parametrize(
    ("level", "words"), [(6, "rule for this service"), (7, "rule of this payer")]
)
def test_the_level_stands_in_the_finding_and_in_its_words(level: int, words: str) -> None:
    (found,) = check(claim(references=()), [rule(references=("G1",), level=level)])
    assert (found.snip_level, found.rule, found.is_error) == (level, "partner.own", True)
    assert found.message == f"level {level}, {words}: do as the companion guide says"


def test_a_rule_that_is_broken_keeps_the_claim_from_being_sent() -> None:
    good = claim(references=())
    text = claim_text(good)
    before = sending_edits(good, text)
    (reason,) = sending_edits(good, text, (rule(references=("G1",)),))[len(before) :]
    assert reason.code == "partner.own"
    assert reason.message.startswith("2300/REF REF01: level 7")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "asks for nothing"),
        ({"most_lines": -1}, "most_lines must not be negative"),
        ({"level": 5, "drug": True}, "level must be 6"),
        ({"message": " ", "drug": True}, "message must say"),
        ({"id": "Own Rule", "drug": True}, "id must be small letters"),
        ({"procedures": ("992",), "drug": True}, "procedures must be codes of five"),
        ({"procedures": ("99215-99211",), "drug": True}, "ends before it begins"),
        ({"places": ("1",), "drug": True}, "places must be"),
        ({"frequencies": ("2",), "drug": True}, "frequencies must be"),
        ({"references": ("g1",)}, "references must be"),
        ({"providers": ("surgeon",)}, "any of billing"),
        ({"modifiers": ("9",)}, "modifiers must be"),
        ({"member_id": "["}, "no regular expression"),
    ],
)
def test_a_rule_that_cannot_be_used_is_said_by_its_id(changes: dict[str, Any], said: str) -> None:
    broken = replace(rule(), **changes)
    (problem,) = [each for each in rule_problems([broken]) if said in each]
    assert problem.startswith(f"rule {broken.id}: ")
    partner = next(iter(load_partners(None).values()))
    assert problem in partner_problems(replace(partner, rules=(broken,)))


def test_two_rules_of_one_name_are_refused() -> None:
    assert list(rule_problems([rule(drug=True)] * 2)) == ["rule own: stands twice"]

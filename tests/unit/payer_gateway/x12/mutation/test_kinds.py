"""Every kind of broken file is found where it is broken, and nowhere else."""

import pytest

from services.payer_gateway.x12.checks.file_check import CheckedSet, PlacedFinding, check_file
from tests.unit.payer_gateway.x12.mutation.answer_element_kinds import ANSWER_ELEMENTS
from tests.unit.payer_gateway.x12.mutation.answer_structure_kinds import ANSWERS
from tests.unit.payer_gateway.x12.mutation.balance_kinds import BALANCES
from tests.unit.payer_gateway.x12.mutation.change import Broken
from tests.unit.payer_gateway.x12.mutation.code_kinds import CODES
from tests.unit.payer_gateway.x12.mutation.demand_kinds import DEMANDS
from tests.unit.payer_gateway.x12.mutation.external_kinds import EXTERNAL
from tests.unit.payer_gateway.x12.mutation.form_kinds import FORM
from tests.unit.payer_gateway.x12.mutation.limit_kinds import LIMITS
from tests.unit.payer_gateway.x12.mutation.missing_kinds import MISSING
from tests.unit.payer_gateway.x12.mutation.order_kinds import ORDER
from tests.unit.payer_gateway.x12.mutation.relation_kinds import RELATIONS
from tests.unit.payer_gateway.x12.mutation.required_kinds import REQUIRED
from tests.unit.payer_gateway.x12.mutation.samples import PRIVATE, SAMPLES
from tests.unit.payer_gateway.x12.mutation.situation_kinds import SITUATIONS

KINDS = (
    *(
        *ANSWER_ELEMENTS,
        *ANSWERS,
        *BALANCES,
        *CODES,
        *DEMANDS,
        *EXTERNAL,
        *FORM,
        *LIMITS,
        *MISSING,
        *ORDER,
        *RELATIONS,
        *REQUIRED,
        *SITUATIONS,
    ),
)


def checked(data: bytes) -> tuple[list[PlacedFinding], list[CheckedSet]]:
    found: list[PlacedFinding] = []
    sets: list[CheckedSet] = []
    for each in check_file(data):
        if isinstance(each, PlacedFinding):
            found.append(each)
        else:
            sets.append(each)
    return found, sets


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sound_file_has_no_finding(sample: str) -> None:
    data = ("~".join(SAMPLES[sample].strip().split("\n")) + "~").encode()
    found, sets = checked(data)
    assert found == []
    assert all(claim.is_accepted for each in sets for claim in each.report.claims)


def test_there_are_kinds_enough_and_each_is_one_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 300


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_it_is_found_at_its_place_and_its_neighbours_go_on(kind: Broken) -> None:
    data, position = kind.made(SAMPLES[kind.sample])
    found, sets = checked(data)
    told = [
        f"{f.finding.rule} {f.finding.path} {f.finding.segment} {f.finding.element}" for f in found
    ]
    expected = (kind.rule, kind.level, kind.path, position, kind.element)
    same = [
        f.finding
        for f in found
        if (
            f.finding.rule,
            f.finding.snip_level,
            f.finding.path,
            f.finding.segment,
            f.finding.element,
        )
        == expected
    ]
    assert len(same) == 1, (expected, told)
    assert same[0].is_error is not kind.is_warning
    others = [
        (f.finding.rule, f.finding.element)
        for f in found
        if f.finding is not same[0] and f.finding.is_error
    ]
    assert others == list(kind.also)
    refused = {
        claim.claim_id for each in sets for claim in each.report.claims if not claim.is_accepted
    }
    assert refused == set(kind.spoils)
    assert any(each.report.is_refused for each in sets) == kind.set_refused
    for each in found:
        assert len(each.finding.message) > 8
        text = f"{each.finding.message} {each.finding.value}"
        assert not any(word in text for word in PRIVATE)

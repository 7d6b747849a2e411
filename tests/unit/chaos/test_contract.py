"""The payer of a run under faults decides a claim the same in whichever order it comes."""

from claimstream.chaos.contract import contract_without_limits
from simulators.payer.contract import default_contract, parse_contract


def test_no_plan_has_anything_that_a_member_uses_up() -> None:
    for plan in parse_contract(contract_without_limits()).plans.values():
        assert plan.deductible_of(2026) == 0
        assert plan.out_of_pocket_limit_cents is None


def test_everything_else_is_as_the_payer_has_it() -> None:
    usual, ours = default_contract(), parse_contract(contract_without_limits())
    assert ours.plans.keys() == usual.plans.keys()
    assert ours.delays == usual.delays
    for payer_id, plan in ours.plans.items():
        assert plan.cost_share == usual.plans[payer_id].cost_share
        assert plan.percent_of_charge == usual.plans[payer_id].percent_of_charge

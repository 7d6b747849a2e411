"""The people of an account, and the state that an account has because of them and its amounts."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from services.patient_statements.domain.account import Account
from services.patient_statements.domain.account_state import Standing, Trigger, moved
from services.patient_statements.domain.coverage_programme import CoverageProgramme
from services.patient_statements.domain.encounter_balance import EncounterBalance, Protection
from services.patient_statements.domain.responsible_party import Blocks, Patient, blocks_of


@dataclass(frozen=True, slots=True)
class Household:
    """An account's patients and their coverage, both by patient id."""

    patients: Mapping[str, Patient]
    coverage: Mapping[str, CoverageProgramme]

    @property
    def blocks(self) -> Blocks:
        """What the people of the account block."""
        return blocks_of(self.patients.values())

    def protection(self, encounter: EncounterBalance) -> Protection:
        """What protects this encounter, by billing's word or by the patient's coverage."""
        coverage = self.coverage.get(encounter.patient_id)
        if encounter.protection != "none" or coverage is None:
            return encounter.protection
        return coverage.protection(encounter.service_date)


def standing_of(account: Account, household: Household) -> Standing:
    """The facts that the account's state follows from."""
    blocks = household.blocks
    due_cents, credit_cents = 0, account.unapplied_cents
    paid_towards_due = ever_owed = False
    closed_by: set[str] = set()
    people: set[str] = set()
    for each in account.encounters:
        due = each.due_cents
        due_cents += due
        credit_cents += each.credit_cents
        paid_towards_due = paid_towards_due or bool(due and each.allocated_cents)
        ever_owed = ever_owed or bool(due or each.closed_by)
        closed_by.add(each.closed_by)
        people.add(each.patient_id)
    return Standing(
        due_cents=due_cents,
        credit_cents=credit_cents,
        paid_towards_due=paid_towards_due,
        ever_owed=ever_owed,
        closed_by_payment="payment" in closed_by,
        closed_by_write_off="write_off" in closed_by,
        on_hold=account.hold is not None or blocks.hold,
        suppressed=blocks.bankruptcy or (bool(people) and people <= blocks.deceased),
    )


def settled(account: Account, trigger: Trigger, household: Household) -> Account:
    """The account in the state that ``trigger`` moves it to.

    Raises ``RuleRefusal("illegal_transition")``.
    """
    state = moved(account.state, trigger, standing_of(account, household))
    return account if state == account.state else replace(account, state=state)

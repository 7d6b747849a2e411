"""The unit of work of one batch: the rows it loaded, and what it adds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.chassis.workspace import Appended, Rows, Workspace
from services.patient_statements.domain.account import Account
from services.patient_statements.domain.coverage_programme import CoverageProgramme
from services.patient_statements.domain.encounter_balance import EncounterBalance
from services.patient_statements.domain.household import Household
from services.patient_statements.domain.payment import Payment
from services.patient_statements.domain.responsible_party import Patient, Practice
from services.patient_statements.domain.statement import Statement
from services.patient_statements.domain.statement_gate import GateDecision, GateInputs

Key = tuple[str, str]
"""A practice's id and an id of its own."""


@dataclass(frozen=True, slots=True)
class BalanceReport:
    """What billing said about one encounter, kept for ever; ``revision`` is the account's."""

    account: Key
    revision: int
    encounter: EncounterBalance
    as_of: datetime


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision of the gate with its inputs, on a statement day or when a statement is issued."""

    account: Key
    revision: int
    occasion: Literal["statement_day", "issue"]
    statement_id: str | None
    decided_at: datetime
    inputs: GateInputs
    decision: GateDecision


@dataclass(frozen=True, slots=True)
class StatementToRender:
    """A statement as decided; ``cause_id`` is the input that it was decided on."""

    statement: Statement
    cause_id: UUID
    decided_at: datetime


class StatementsWorkspace(Workspace):
    """Everything that a batch may read and change."""

    def __init__(self) -> None:
        self.practices: Rows[str, Practice] = Rows()
        self.patients: Rows[Key, Patient] = Rows()
        self.coverage: Rows[Key, CoverageProgramme] = Rows()
        self.accounts: Rows[Key, Account] = Rows()
        self.payments: Rows[Key, Payment] = Rows()
        self.reports: Appended[BalanceReport] = Appended()
        self.decisions: Appended[DecisionRecord] = Appended()
        self.statements: Appended[StatementToRender] = Appended()
        self._members: dict[Key, set[str]] = {}

    def fill_patients(self, patients: dict[Key, Patient]) -> None:
        """Add patients that the database holds."""
        self.patients.fill(patients)
        for patient in patients.values():
            self.note_member(patient)

    def note_member(self, patient: Patient) -> None:
        """Remember that a patient may belong to an account; ``household`` checks that it does."""
        self._members.setdefault((patient.practice_id, patient.account_id), set()).add(
            patient.patient_id
        )

    def household(self, account: Account) -> Household:
        """The people of an account: its members, and whoever has an encounter on it."""
        key = (account.practice_id, account.account_id)
        on_it = {each.patient_id for each in account.encounters}
        patients: dict[str, Patient] = {}
        coverage: dict[str, CoverageProgramme] = {}
        for patient_id in sorted(on_it | self._members.get(key, set())):
            patient = self.patients.get((account.practice_id, patient_id))
            if patient is None:
                continue
            if patient_id in on_it or patient.account_id == account.account_id:
                patients[patient_id] = patient
                programme = self.coverage.get((account.practice_id, patient_id))
                if programme is not None:
                    coverage[patient_id] = programme
        return Household(patients, coverage)

"""Reading what a batch needs, in a number of statements that does not depend on its size."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
from pydantic import BaseModel

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimTransmitted, RemittanceReceived
from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.patient_account import PatientPaymentReceived
from schemas.reference import CoverageRegistered
from services.billing import stored
from services.billing.columns import columns
from services.billing.decisions import EncounterDecision
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.keeping import SEPARATOR, is_open_to_coverage
from services.billing.workspace import BillingWorkspace, Key
from services.chassis.incoming import DeadlineDue, Incoming

_BY_ENCOUNTER = (
    EncounterCoded,
    EncounterStateChanged,
    ClaimTransmitted,
    ClaimAcknowledged,
    ClaimAdjudicated,
    EncounterDecision,
)

_OPEN_TO_COVERAGE = """
select e.practice_id, e.encounter_id
from billing.encounter_account e
join unnest($1::text[], $2::text[]) as k(practice_id, patient_id) using (practice_id, patient_id)
where e.open_to_coverage
"""

_ENCOUNTERS = """
select e.practice_id, e.encounter_id, e.state
from billing.encounter_account e
join unnest($1::text[], $2::text[]) as k(practice_id, encounter_id)
    using (practice_id, encounter_id)
order by e.practice_id, e.encounter_id for update of e
"""

_PATIENTS = """
select k.practice_id, k.patient_id, p.account_id, c.state
from unnest($1::text[], $2::text[]) as k(practice_id, patient_id)
left join billing.patient p using (practice_id, patient_id)
left join billing.coverage c using (practice_id, patient_id)
"""

_SERVICES = """
select e.practice_id, e.patient_id, e.service_date, e.encounter_id, e.fingerprint
from billing.encounter_account e
join unnest($1::text[], $2::text[], $3::date[]) as k(practice_id, patient_id, service_date)
    using (practice_id, patient_id, service_date)
where e.fingerprint <> ''
"""

_PATIENT_ACCOUNTS = """
select a.practice_id, a.account_id, a.state
from billing.patient_account a
join unnest($1::text[], $2::text[]) as k(practice_id, account_id) using (practice_id, account_id)
order by a.practice_id, a.account_id for update of a
"""

_REMITTANCES = """
select r.practice_id, r.remittance_id, r.state
from billing.remittance r
join unnest($1::text[], $2::text[]) as k(practice_id, remittance_id)
    using (practice_id, remittance_id)
"""


async def load(connection: asyncpg.Connection, inputs: Sequence[Incoming[Any]]) -> BillingWorkspace:
    """Every row that the batch may need; accounts are locked in the order of their keys."""
    rows = BillingWorkspace()
    wanted = _Wanted.of(inputs)
    await _load_encounters(connection, rows, wanted)
    wanted.accounts.update(
        (account.practice_id, account.account_id)
        for account in rows.before.values()
        if account.account_id and not account.patient_id
    )
    if wanted.patients:
        for row in await connection.fetch(_PATIENTS, *columns(sorted(wanted.patients), 2)):
            key = (row["practice_id"], row["patient_id"])
            if row["account_id"] is not None:
                rows.patients.fill({key: row["account_id"]})
            if row["state"] is not None:
                rows.coverages.fill({key: stored.COVERAGE.decode(row["state"])})
    if wanted.services:
        found: dict[tuple[str, str, date], dict[str, str]] = {}
        for row in await connection.fetch(_SERVICES, *columns(sorted(wanted.services), 3)):
            day = (row["practice_id"], row["patient_id"], row["service_date"])
            found.setdefault(day, {})[row["encounter_id"]] = row["fingerprint"]
        rows.services.fill(found)
    if wanted.accounts:
        for row in await connection.fetch(_PATIENT_ACCOUNTS, *columns(sorted(wanted.accounts), 2)):
            key = (row["practice_id"], row["account_id"])
            rows.patient_accounts.fill({key: stored.PATIENT_ACCOUNT.decode(row["state"])})
            rows.known_patient_accounts.add(key)
    if wanted.remittances:
        for row in await connection.fetch(_REMITTANCES, *columns(sorted(wanted.remittances), 2)):
            key = (row["practice_id"], row["remittance_id"])
            rows.remittances.fill({key: stored.REMITTANCE.decode(row["state"])})
    return rows


async def _load_encounters(
    connection: asyncpg.Connection, rows: BillingWorkspace, wanted: "_Wanted"
) -> None:
    keys = set(wanted.encounters)
    if wanted.covered:
        for row in await connection.fetch(_OPEN_TO_COVERAGE, *columns(sorted(wanted.covered), 2)):
            keys.add((row["practice_id"], row["encounter_id"]))
    if not keys:
        return
    found: dict[Key, EncounterAccount] = {}
    for row in await connection.fetch(_ENCOUNTERS, *columns(sorted(keys), 2)):
        key = (row["practice_id"], row["encounter_id"])
        account = stored.ENCOUNTER_ACCOUNT.decode(row["state"])
        found[key] = account
        if is_open_to_coverage(account):
            patient = (account.practice_id, account.patient_id)
            rows.open_to_coverage.setdefault(patient, set()).add(account.encounter_id)
    rows.encounters.fill(found)
    rows.before = found


class _Wanted:
    """The keys that a batch names."""

    def __init__(self) -> None:
        self.encounters: set[Key] = set()
        self.patients: set[Key] = set()
        self.covered: set[Key] = set()
        self.services: set[tuple[str, str, date]] = set()
        self.accounts: set[Key] = set()
        self.remittances: set[Key] = set()

    @classmethod
    def of(cls, inputs: Sequence[Incoming[Any]]) -> "_Wanted":
        wanted = cls()
        for incoming in inputs:
            wanted._add(incoming.event)
        return wanted

    def _add(self, event: BaseModel) -> None:
        if isinstance(event, _BY_ENCOUNTER):
            self.encounters.add((event.practice_id, event.encounter_id))
        if isinstance(event, EncounterCoded):
            self.patients.add((event.practice_id, event.patient_id))
            self.services.add((event.practice_id, event.patient_id, event.service_date))
        elif isinstance(event, CoverageRegistered):
            self.patients.add((event.practice_id, event.patient_id))
            self.covered.add((event.practice_id, event.patient_id))
        elif isinstance(event, PatientPaymentReceived):
            self.accounts.add((event.practice_id, event.account_id))
            for each in event.allocations:
                self.encounters.add((event.practice_id, each.encounter_id))
        elif isinstance(event, RemittanceReceived):
            self.remittances.add((event.practice_id, event.remittance_id))
        elif isinstance(event, DeadlineDue):
            self.encounters.add((event.practice_id, event.key.split(SEPARATOR, 1)[0]))

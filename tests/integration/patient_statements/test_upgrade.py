"""A database of the release before: what it holds is read and proven after the upgrade."""

from pathlib import Path

import asyncpg
import msgspec

from services.chassis.migrate import migrate
from services.patient_statements.app import MIGRATIONS
from services.patient_statements.domain.account import Account
from services.patient_statements.domain.responsible_party import Party, Patient
from services.patient_statements.store import lock_households
from services.patient_statements.verification_store import statement_findings
from services.patient_statements.workspace import StatementsWorkspace
from tests.fixtures.postgres import MakeDatabase

_ACCOUNT = Account("P1", "A1", revision=3, unapplied_cents=700)
_PATIENT = Patient("P1", "PT1", "A1", Party("Zoë Quill", ("1 Elm St",)))


async def test_accounts_and_people_are_read_after_the_upgrade_as_they_were_before(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    first = "0001_statements.sql"
    (tmp_path / first).write_text((MIGRATIONS / first).read_text())
    connection = await asyncpg.connect(await make_database())
    try:
        await migrate(connection, tmp_path)
        await connection.execute(
            "insert into account values ('P1', 'A1', 'none', 3, 0, 700, null, $1::jsonb)",
            msgspec.json.encode(_ACCOUNT).decode(),
        )
        await connection.execute(
            "insert into patient values ('P1', 'PT1', 'A1', $1::jsonb)",
            msgspec.json.encode(_PATIENT).decode(),
        )
        await migrate(connection, MIGRATIONS)
        work = StatementsWorkspace()
        await lock_households(connection, work, [("P1", "A1")])
        assert work.accounts.get(("P1", "A1")) == _ACCOUNT
        assert work.patients.get(("P1", "PT1")) == _PATIENT
        rules = {finding.rule for finding in await statement_findings(connection)}
        assert rules == {"account_unapplied"}
    finally:
        await connection.close()

"""The composition root of the coding service."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from schemas.catalogue import subscriptions
from schemas.encounter import DocumentationQueryAnswered, EncounterDocumented
from schemas.reference import CoverageRegistered, PatientRegistered, ProviderRegistered
from services.chassis.incoming import Incoming
from services.chassis.service import Service
from services.chassis.settings import read_settings
from services.coding import audit_store, handlers, store
from services.coding.codesets.library import CodeSetLibrary, configured
from services.coding.late_encounter import look_again
from services.coding.recode_encounter import RecodeEncounter, recode_encounter
from services.coding.records import CodingWorkspace
from services.coding.resolve_encounter import ResolveEncounter
from services.coding.settings import CodingSettings
from services.coding.settle_audit import SettleAudit, settle_audit

MIGRATIONS = Path(__file__).parent / "migrations"


def library(settings: CodingSettings) -> CodeSetLibrary:
    """The code sets that ship, and those imported into the folder that the settings name."""
    return configured(settings)


async def _load(
    connection: asyncpg.Connection, incoming: Sequence[Incoming[Any]]
) -> CodingWorkspace:
    workspace = await store.load(connection, incoming)
    await audit_store.load(connection, workspace, incoming)
    return workspace


async def _save(connection: asyncpg.Connection, workspace: CodingWorkspace) -> None:
    await store.save(connection, workspace)
    await audit_store.save(connection, workspace)


def service(settings: CodingSettings | None = None) -> Service[CodingWorkspace]:
    """The coding service, ready for the chassis to run: its code sets are unpacked and open."""
    settings = settings or read_settings(CodingSettings)
    sets = library(settings)
    sets.open_all()
    desk = handlers.Desk(sets, settings)
    return Service(
        name="coding",
        subscriptions=subscriptions("coding"),
        handlers={
            ProviderRegistered: handlers.provider_registered,
            PatientRegistered: handlers.patient_registered,
            CoverageRegistered: handlers.coverage_registered,
            EncounterDocumented: desk.encounter_documented,
            DocumentationQueryAnswered: desk.query_answered,
            ResolveEncounter: desk.resolve,
            RecodeEncounter: partial(recode_encounter, desk),
            SettleAudit: partial(settle_audit, desk),
        },
        deadline_handlers={
            handlers.QUERY_OVERDUE: desk.query_overdue,
            handlers.LOOK_AGAIN: partial(look_again, desk),
        },
        migrations=MIGRATIONS,
        load=_load,
        save=_save,
    )

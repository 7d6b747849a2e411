"""SQL of the coding service: everything a batch needs in five statements, written in five."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date
from typing import Any

import asyncpg
import msgspec

from schemas.encounter import DocumentationQueryAnswered, EncounterDocumented
from schemas.reference import CoverageRegistered, PatientRegistered, ProviderRegistered
from services.chassis.incoming import Command, DeadlineDue, Incoming
from services.coding import case_store
from services.coding.domain.coding_result import PastService, PastVisit
from services.coding.domain.encounter_state import EncounterState
from services.coding.domain.review.cloned_text import unpacked
from services.coding.records import (
    CodingWorkspace,
    CoverageCopy,
    EncounterRow,
    Key,
    PatientCopy,
    PolicyCopy,
    SketchRow,
)


class _Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An encounter's state as its row holds it: codes that are final as proposed stand once."""

    state: EncounterState
    final_as_proposed: bool = False


_PAGE = 500
_encode = msgspec.json.Encoder().encode
_decode_kept = msgspec.json.Decoder(_Kept).decode
_decode_policies = msgspec.json.Decoder(tuple[PolicyCopy, ...])
_decode_services = msgspec.json.Decoder(tuple[PastService, ...]).decode


def _kept(state: EncounterState) -> bytes:
    if state.final is not None and state.final == state.proposal:
        return _encode(_Kept(msgspec.structs.replace(state, final=None), final_as_proposed=True))
    return _encode(_Kept(state))


def state_of(kept: bytes) -> EncounterState:
    read = _decode_kept(kept)
    state = read.state
    if read.final_as_proposed:
        return msgspec.structs.replace(state, final=state.proposal)
    return state


def _own_id(key: str) -> str:
    return key.partition(":")[2]


def _encounter_key(event: Any) -> Key | None:
    if isinstance(event, EncounterDocumented | DocumentationQueryAnswered):
        return event.practice_id, event.encounter_id
    if isinstance(event, DeadlineDue | Command):
        return event.practice_id, _own_id(event.key)
    return None


def _split(keys: Sequence[Key]) -> tuple[list[str], list[str]]:
    return [key[0] for key in keys], [key[1] for key in keys]


async def load(
    connection: asyncpg.Connection, incoming: Sequence[Incoming[Any]]
) -> CodingWorkspace:
    """The rows that these inputs need; encounters are locked in key order."""
    workspace = CodingWorkspace()
    encounters: set[Key] = set()
    patients: set[Key] = set()
    providers: set[Key] = set()
    for item in incoming:
        event = item.event
        key = _encounter_key(event)
        if key is not None:
            encounters.add(key)
        if isinstance(event, EncounterDocumented):
            patients.add((event.practice_id, event.patient_id))
            providers.add((event.practice_id, event.rendering_provider_id))
        elif isinstance(event, PatientRegistered | CoverageRegistered):
            patients.add((event.practice_id, event.patient_id))
        elif isinstance(event, ProviderRegistered):
            providers.add((event.practice_id, event.provider_id))
    if encounters:
        rows = await connection.fetch(
            """
            select e.practice_id, e.encounter_id, e.patient_id, e.rendering_provider_id,
                   e.detail, e.documentation
            from coding.encounter e
            join unnest($1::text[], $2::text[]) as k(practice_id, encounter_id)
              using (practice_id, encounter_id)
            order by e.practice_id, e.encounter_id
            for update of e
            """,
            *_split(sorted(encounters)),
        )
        for row in rows:
            patients.add((row["practice_id"], row["patient_id"]))
            providers.add((row["practice_id"], row["rendering_provider_id"]))
        workspace.encounters.fill(
            {
                (row["practice_id"], row["encounter_id"]): EncounterRow(
                    state_of(row["detail"]), row["documentation"]
                )
                for row in rows
            }
        )
    if patients:
        held = _HELD if encounters else _SEEN
        await _load_patients(connection, workspace, sorted(patients), held)
    if providers:
        rows = await connection.fetch(
            """
            select p.practice_id, p.provider_id, p.taxonomy
            from coding.provider p
            join unnest($1::text[], $2::text[]) as k(practice_id, provider_id)
              using (practice_id, provider_id)
            """,
            *_split(sorted(providers)),
        )
        workspace.providers.fill(
            {(row["practice_id"], row["provider_id"]): row["taxonomy"] for row in rows}
        )
    return workspace


_SEEN = """
    select p.practice_id, p.patient_id, p.birth_date, p.sex
    from coding.patient p
    join unnest($1::text[], $2::text[]) as k(practice_id, patient_id)
      using (practice_id, patient_id)
"""
_HELD = f"{_SEEN} order by p.practice_id, p.patient_id for no key update of p"


async def _load_patients(
    connection: asyncpg.Connection, workspace: CodingWorkspace, keys: list[Key], held: str
) -> None:
    """What is known of patients; ``held``: how their rows are read.

    Where encounters are decided the rows are held, in key order, so that two encounters of one
    patient see each other: what was reported is read once they are.
    """
    practices, ids = _split(keys)
    rows = await connection.fetch(
        f"""
        with p as materialized ({held})
        select k.practice_id, k.patient_id, p.birth_date, p.sex, c.policies,
               n.encounter_id as noted_at, n.service_date as noted_on, n.hashes
        from unnest($1::text[], $2::text[]) as k(practice_id, patient_id)
        left join p using (practice_id, patient_id)
        left join coding.coverage c using (practice_id, patient_id)
        left join coding.note_sketch n using (practice_id, patient_id)
        """,
        practices,
        ids,
    )
    for row in rows:
        key = (row["practice_id"], row["patient_id"])
        if row["birth_date"] is not None:
            workspace.patients.fill({key: PatientCopy(row["birth_date"], row["sex"])})
        if row["policies"] is not None:
            policies = _decode_policies.decode(row["policies"])
            workspace.coverages.fill({key: CoverageCopy(policies)})
        if row["hashes"] is not None:
            noted = SketchRow(row["noted_at"], row["noted_on"], unpacked(row["hashes"]))
            workspace.sketches.fill({key: noted})
    visits: dict[Key, list[PastVisit]] = {}
    for row in await connection.fetch(
        """
        select v.practice_id, v.patient_id, v.encounter_id, v.service_date, v.taxonomy,
               v.visit_code, v.provider_id, v.services
        from coding.visit v
        join unnest($1::text[], $2::text[]) as k(practice_id, patient_id)
          using (practice_id, patient_id)
        where v.visit_code <> '' or v.services is not null
        order by v.service_date, v.encounter_id
        """,
        practices,
        ids,
    ):
        services = row["services"]
        visits.setdefault((row["practice_id"], row["patient_id"]), []).append(
            PastVisit(
                row["encounter_id"],
                row["service_date"],
                row["taxonomy"],
                row["visit_code"],
                row["provider_id"],
                () if services is None else _decode_services(services),
            )
        )
    workspace.histories.fill({key: tuple(found) for key, found in visits.items()})


async def save(connection: asyncpg.Connection, workspace: CodingWorkspace) -> None:
    """Write what the batch changed, one statement a table.

    An encounter that another transaction added since it was looked for raises
    ``asyncpg.UniqueViolationError``. Patients, coverages and providers are written over: each event
    holds the whole of one, decided from nothing that was read. So is a visit, which changes under
    the lock of its encounter alone.
    """
    if changed := workspace.patients.changed():
        await connection.execute(
            """
            insert into coding.patient (practice_id, patient_id, birth_date, sex)
            select * from unnest($1::text[], $2::text[], $3::date[], $4::text[])
            on conflict (practice_id, patient_id)
            do update set birth_date = excluded.birth_date, sex = excluded.sex
            """,
            *_split(keys := sorted(changed)),
            [changed[key].birth_date for key in keys],
            [changed[key].sex for key in keys],
        )
    if coverages := workspace.coverages.changed():
        await connection.execute(
            """
            insert into coding.coverage (practice_id, patient_id, policies)
            select * from unnest($1::text[], $2::text[], $3::jsonb[])
            on conflict (practice_id, patient_id) do update set policies = excluded.policies
            """,
            *_split(keys := sorted(coverages)),
            [msgspec.json.encode(coverages[key].policies).decode() for key in keys],
        )
    if providers := workspace.providers.changed():
        await connection.execute(
            """
            insert into coding.provider (practice_id, provider_id, taxonomy)
            select * from unnest($1::text[], $2::text[], $3::text[])
            on conflict (practice_id, provider_id) do update set taxonomy = excluded.taxonomy
            """,
            *_split(keys := sorted(providers)),
            [providers[key] for key in keys],
        )
    await case_store.save(connection, workspace)
    if encounters := workspace.encounters.changed():
        await _save_encounters(connection, encounters, workspace.encounters.is_new)
    if visits := {
        (row.practice_id, row.patient_id, row.visit.encounter_id): row
        for row in workspace.visits.all()
    }:
        ordered = [visits[place] for place in sorted(visits)]
        await connection.execute(
            """
            insert into coding.visit
                (practice_id, patient_id, encounter_id, service_date, taxonomy, visit_code,
                 provider_id, services)
            select * from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[],
                                 $6::text[], $7::text[], $8::bytea[])
            on conflict (practice_id, patient_id, encounter_id)
            do update set service_date = excluded.service_date, taxonomy = excluded.taxonomy,
                          visit_code = excluded.visit_code, provider_id = excluded.provider_id,
                          services = excluded.services
            """,
            [row.practice_id for row in ordered],
            [row.patient_id for row in ordered],
            [row.visit.encounter_id for row in ordered],
            [row.visit.service_date for row in ordered],
            [row.visit.taxonomy for row in ordered],
            [row.visit.visit_code for row in ordered],
            [row.visit.provider_id for row in ordered],
            [_encode(row.visit.services) if row.visit.services else None for row in ordered],
        )


async def _save_encounters(
    connection: asyncpg.Connection,
    changed: Mapping[Key, EncounterRow],
    is_new: Callable[[Key], bool],
) -> None:
    keys = sorted(changed)
    rows = [changed[key] for key in keys]
    await connection.execute(
        """
        with kept as materialized (
            select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[],
                                 $6::text[], $7::text[], $8::date[], $9::bytea[], $10::bytea[],
                                 $11::boolean[])
                as k (practice_id, encounter_id, state, revision, version, patient_id,
                      rendering_provider_id, service_date, detail, documentation, is_new)
        ), added as (
            insert into coding.encounter
                (practice_id, encounter_id, state, revision, version, patient_id,
                 rendering_provider_id, service_date, detail, documentation)
            select practice_id, encounter_id, state, revision, version, patient_id,
                   rendering_provider_id, service_date, detail, documentation
            from kept where is_new
        )
        update coding.encounter e
        set state = k.state, revision = k.revision, version = k.version,
            patient_id = k.patient_id, rendering_provider_id = k.rendering_provider_id,
            service_date = k.service_date, detail = k.detail, documentation = k.documentation
        from kept k
        where not k.is_new and e.practice_id = k.practice_id and e.encounter_id = k.encounter_id
        """,
        *_split(keys),
        [row.state.state for row in rows],
        [row.state.revision for row in rows],
        [row.state.version for row in rows],
        [row.state.patient_id for row in rows],
        [row.state.rendering_provider_id for row in rows],
        [row.state.service_date for row in rows],
        [_kept(row.state) for row in rows],
        [row.documentation for row in rows],
        [is_new(key) for key in keys],
    )


async def coder_queue(
    connection: asyncpg.Connection, practice_id: str | None, most: int
) -> list[tuple[str, str, EncounterState]]:
    """Encounters that wait for a coder, the oldest date of service first (it expires first)."""
    rows = await connection.fetch(
        """
        select practice_id, encounter_id, detail from coding.encounter
        where state in ('coder_queue', 'escalated') and ($1::text is null or practice_id = $1)
        order by service_date, practice_id, encounter_id limit $2
        """,
        practice_id,
        most,
    )
    return [(row["practice_id"], row["encounter_id"], state_of(row["detail"])) for row in rows]


async def open_days(
    connection: asyncpg.Connection,
    states: Sequence[str],
    practice_id: str | None,
    first: date,
    last: date,
) -> list[date]:
    """Dates of service of the encounters in these states."""
    rows = await connection.fetch(
        """
        select distinct service_date from coding.encounter
        where state = any($1::text[]) and ($2::text is null or practice_id = $2)
          and service_date between $3 and $4
        order by service_date
        """,
        list(states),
        practice_id,
        first,
        last,
    )
    return [row["service_date"] for row in rows]


async def open_on(
    connection: asyncpg.Connection,
    states: Sequence[str],
    practice_id: str | None,
    days: Sequence[date],
) -> AsyncIterator[tuple[str, str, EncounterState]]:
    """Encounters in these states by date of service, read as they are needed; in a transaction."""
    async for row in connection.cursor(
        """
        select practice_id, encounter_id, detail from coding.encounter
        where state = any($1::text[]) and ($2::text is null or practice_id = $2)
          and service_date = any($3::date[])
        order by service_date, practice_id, encounter_id
        """,
        list(states),
        practice_id,
        list(days),
        prefetch=_PAGE,
    ):
        yield row["practice_id"], row["encounter_id"], state_of(row["detail"])


async def find(
    connection: asyncpg.Connection, encounter_id: str, practice_id: str | None
) -> list[tuple[str, EncounterRow]]:
    """The encounters of this id, one a practice, or of the one practice named."""
    rows = await connection.fetch(
        """
        select practice_id, detail, documentation from coding.encounter
        where encounter_id = $1 and ($2::text is null or practice_id = $2)
        order by practice_id
        """,
        encounter_id,
        practice_id,
    )
    return [
        (
            row["practice_id"],
            EncounterRow(state_of(row["detail"]), row["documentation"]),
        )
        for row in rows
    ]


async def counts(connection: asyncpg.Connection) -> dict[str, int]:
    """How many encounters stand in each state."""
    rows = await connection.fetch("select state, count(*) n from coding.encounter group by state")
    return {row["state"]: row["n"] for row in rows}

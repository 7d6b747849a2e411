"""A release comes in: what is coded and not final is looked at again, first without effect."""

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.coding import DocumentationQueryOpened, EncounterCoded, EncounterStateChanged
from services.chassis.effects import Refused
from services.coding import recoding
from services.coding.app import library, service
from services.coding.codesets.importing import Import
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands import app
from services.coding.domain.recode_difference import totals
from services.coding.recode_encounter import RecodeEncounter
from services.coding.recoding import Person, Recoded, Wanted
from services.coding.resolve_encounter import ResolveEncounter
from services.coding.settings import CodingSettings
from tests.fixtures.postgres import DatabaseServer
from tests.integration.coding.conftest import REFERENCES, Running
from tests.unit.coding.codesets.published import pair_file
from tests.unit.coding.examples import encounter, problems

BEGINS, ENDS = date(2026, 3, 1), date(2026, 9, 30)
TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2026</version>
<introduction><introSection type="title">
<title>ICD-10-CM TABULAR LIST of DISEASES and INJURIES</title></introSection></introduction>
<chapter><name>10</name><desc>Respiratory</desc><section id="J20-J22"><desc>Lower airways</desc>
<diag><name>J20</name><desc>Acute bronchitis</desc>
 <diag><name>J20.9</name><desc>Acute bronchitis, unspecified</desc>
  <diag><name>J20.90</name><desc>Acute bronchitis, cause not known</desc></diag>
  <diag><name>J20.91</name><desc>Acute bronchitis after smoke</desc></diag></diag></diag>
<diag><name>M10</name><desc>Gout</desc>
 <diag><name>M10.9</name><desc>Gout, unspecified</desc></diag></diag>
</section></chapter></ICD10CM.tabular>"""
INDEX = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2026</version><title>ICD-10-CM INDEX TO DISEASES and INJURIES</title>
<letter><title>B</title><mainTerm><title>Bronchitis</title>
<term level="1"><title>acute</title><code>J20.90</code></term></mainTerm>
<mainTerm><title>Gout</title><code>M10.9</code></mainTerm></letter></ICD10CM.index>"""
ANA = Person("ana", "coder", "a release is loaded")


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CodeSetLibrary:
    """The code sets with an April release beside those that ship."""
    for name, text in (("tabular.xml", TABULAR), ("index.xml", INDEX)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = (tmp_path / "tabular.xml", tmp_path / "index.xml")
    folder = tmp_path / "sets"
    Import("icd10cm", paths, "FY2026B", BEGINS, ENDS).into(folder)
    monkeypatch.setenv("CLAIMSTREAM_CODING_CODE_SETS", str(folder))
    return library(CodingSettings())


def wanted(sets: CodeSetLibrary, most: int = 100) -> Wanted:
    return Wanted(recoding.release_named(sets, "FY2026B"), BEGINS, ENDS, None, most)


def untold(_done: int, _total: int) -> None:
    return None


async def rehearsed(running: Running, sets: CodeSetLibrary) -> Recoded:
    running.processor.service = service(CodingSettings())
    return await recoding.rehearse(running.processor, sets, wanted(sets), ANA, untold)


async def applied(running: Running, sets: CodeSetLibrary, most: int = 100) -> Recoded:
    running.processor.service = service(CodingSettings())
    return await recoding.apply(running.processor, sets, wanted(sets, most), ANA, untold)


@pytest.fixture
async def coded(running: Running) -> Running:
    """Encounters of every kind, coded on the release that ships."""
    await running.hear(*REFERENCES)
    await running.hear(
        encounter(),
        encounter(encounter_id="E2", problems=problems("Gout"), service_date=date(2026, 3, 9)),
        encounter(encounter_id="E3", signature=None, service_date=date(2026, 3, 16)),
        encounter(encounter_id="E4", service_date=date(2026, 2, 2)),
        encounter(encounter_id="E5", service_date=date(2026, 3, 23)),
    )
    await running.hear(
        encounter(
            encounter_id="E5",
            revision=2,
            revision_reason="cancellation",
            service_date=date(2026, 3, 23),
        )
    )
    return running


async def image(running: Running) -> list[tuple[object, ...]]:
    rows = await running.rows(
        "select practice_id, encounter_id, state, version, detail from coding.encounter order by 2"
    )
    return [tuple(row) for row in rows]


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    coded: Running, sets: CodeSetLibrary
) -> None:
    before, said = await image(coded), len(await coded.said(EncounterCoded))
    done = await rehearsed(coded, sets)
    assert await image(coded) == before
    assert len(await coded.said(EncounterCoded)) == said
    assert await coded.rows("select 1 from delivery.audit where action = 'RecodeEncounter'") == []
    (changed,) = [each for each in done.differences if each.changed and each.encounter_id == "E1"]
    assert (changed.removed, changed.added) == (("J20.9",), ("J20.90",))
    assert (changed.state_after, changed.version_before, changed.version_after) == ("coded", 1, 2)


async def test_only_encounters_that_may_change_on_dates_of_the_release_are_looked_at(
    coded: Running, sets: CodeSetLibrary
) -> None:
    done = await rehearsed(coded, sets)
    assert [each.encounter_id for each in done.differences] == ["E1", "E2", "E3"]


async def test_it_is_done_as_the_dry_run_said_and_once(
    coded: Running, sets: CodeSetLibrary
) -> None:
    would = await rehearsed(coded, sets)
    done = await applied(coded, sets)
    assert done == would
    versions = [
        (event.encounter_id, event.version, [each.code for each in event.diagnoses])
        for event in await coded.said(EncounterCoded)
        if event.encounter_id == "E1"
    ]
    assert versions == [("E1", 1, ["J20.9"]), ("E1", 2, ["J20.90"])]
    before = await image(coded)
    again = await applied(coded, sets)
    assert again == Recoded((), {}, 0)
    assert await image(coded) == before


async def test_the_same_codes_are_no_new_version_and_not_looked_at_again(
    coded: Running, sets: CodeSetLibrary
) -> None:
    moved = len(await coded.said(EncounterStateChanged))
    await applied(coded, sets)
    gout = [event for event in await coded.said(EncounterCoded) if event.encounter_id == "E2"]
    assert [event.version for event in gout] == [1]
    assert len(await coded.said(EncounterStateChanged)) == moved


async def test_an_open_query_stays_open_and_is_not_asked_twice(
    coded: Running, sets: CodeSetLibrary
) -> None:
    await applied(coded, sets)
    assert await coded.state("E3") == "query_open"
    assert len(await coded.said(DocumentationQueryOpened)) == 1


async def test_what_a_coder_decided_goes_to_the_queue_and_stands_until_then(
    running: Running, sets: CodeSetLibrary
) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(problems=problems("Acute bronchitis", "Zzz zzz")))
    assert await running.state() == "coder_queue"
    decision = ResolveEncounter(
        practice_id="P1",
        actor="kim",
        role="coder",
        reason="read the note",
        encounter_id="E1",
        action="accept",
    )
    await running.act(decision)
    assert await running.state() == "coded"
    await applied(running, sets)
    assert await running.state() == "coder_queue"
    moved = (await running.said(EncounterStateChanged))[-1]
    assert moved.reason.split()[0] == "recoded:icd10cm-FY2026B"
    assert [event.version for event in await running.said(EncounterCoded)] == [1]
    await running.act(decision)
    assert [event.version for event in await running.said(EncounterCoded)] == [1, 2]


async def test_what_a_coder_decided_stands_where_the_rules_propose_what_they_did(
    running: Running, sets: CodeSetLibrary
) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(problems=problems("Gout", "Zzz zzz")))
    await running.act(
        ResolveEncounter(
            practice_id="P1",
            actor="kim",
            role="coder",
            reason="read the note",
            encounter_id="E1",
            action="accept",
        )
    )
    await applied(running, sets)
    assert await running.state() == "coded"


async def test_at_most_so_many_are_done_and_the_next_run_goes_on(
    coded: Running, sets: CodeSetLibrary
) -> None:
    first = await applied(coded, sets, most=1)
    assert ([each.encounter_id for each in first.differences], first.left) == (["E1"], 2)
    second = await applied(coded, sets, most=1)
    assert ([each.encounter_id for each in second.differences], second.left) == (["E2"], 1)


async def test_a_release_of_an_edit_table_is_worked_through_run_by_run_and_once(
    coded: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pair_file(tmp_path / "pairs.txt", "99213 | 36000 |  | 20260101 | * | 1 | Misuse")
    folder = tmp_path / "tables"
    Import("ncci-ptp", (table,), "2026Q1", date(2026, 1, 1), date(2026, 3, 31)).into(folder)
    monkeypatch.setenv("CLAIMSTREAM_CODING_CODE_SETS", str(folder))
    sets = library(CodingSettings())
    release = recoding.release_named(sets, "ncci-ptp-2026Q1")
    looked_at = Wanted(release, *recoding.dates_of(release, ""), None, 2)
    coded.processor.service = service(CodingSettings())
    runs = [await recoding.apply(coded.processor, sets, looked_at, ANA, untold) for _ in range(3)]
    found = [[each.encounter_id for each in run.differences] for run in runs]
    assert found == [["E4", "E1"], ["E2", "E3"], []]
    assert [run.left for run in runs] == [2, 0, 0]
    assert not any(each.changed for run in runs for each in run.differences)


async def test_each_is_a_decision_under_a_role_with_a_reason(
    coded: Running, sets: CodeSetLibrary
) -> None:
    await applied(coded, sets)
    rows = await coded.rows(
        "select actor, role, reason from delivery.audit where action = 'RecodeEncounter'"
    )
    assert {tuple(row) for row in rows} == {("ana", "coder", "a release is loaded")}
    command = RecodeEncounter(
        practice_id="P1",
        actor="eve",
        role="biller",
        reason="why not",
        encounter_id="E1",
        release="icd10cm-FY2026B",
    )
    with pytest.raises(Refused) as refused:
        await coded.act(command)
    assert refused.value.reason == "role_not_allowed"


async def test_dollars_are_not_known_without_a_fee_schedule(
    coded: Running, sets: CodeSetLibrary
) -> None:
    summed = totals((await rehearsed(coded, sets)).differences)
    assert (summed.cents_before, summed.cents_after) == (0, 0)
    assert summed.unpriced == summed.encounters


async def test_a_release_that_is_not_at_hand_is_refused_with_what_is(
    sets: CodeSetLibrary,
) -> None:
    with pytest.raises(NoReleaseError, match="icd10cm-FY2026B"):
        recoding.release_named(sets, "FY2027")


async def test_the_command_tells_it_as_a_table_and_as_json(
    coded: Running, sets: CodeSetLibrary, postgres_server: DatabaseServer
) -> None:
    assert sets.manifests
    url = postgres_server.url((await coded.rows("select current_database() as name"))[0]["name"])

    async def told(*arguments: str) -> str:
        command = ["recode", "--release", "FY2026B", "--database-url", url, *arguments]
        result = await asyncio.to_thread(CliRunner().invoke, app, command)
        assert result.exit_code == 0, result.output
        return result.stdout

    table = await told("--dry-run")
    assert "icd10cm-FY2026B: 3 encounters would be coded again" in table
    assert "E1  P1  2026-03-02  coded -> coded  -J20.9 +J20.90" in table
    assert "no fee schedule is loaded" in table
    dry, real = (
        json.loads(await told("--dry-run", "--json")),
        json.loads(await told("--json", "--reason", "the April release")),
    )
    assert (dry.pop("dry_run"), real.pop("dry_run")) == (True, False)
    assert dry == real
    assert (real["encounters"], real["affected"], real["new_versions"]) == (3, 2, 1)
    assert real["dollars"]["encounters_not_priced"] == 3
    assert json.loads(await told("--json"))["encounters"] == 0


def test_the_command_line_needs_a_release() -> None:
    found = CliRunner().invoke(app, ["recode", "--database-url", "postgresql://nowhere/x"])
    assert found.exit_code == 2

"""Code sets are picked by the date of service and checked before they are believed."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from schemas.values import Coding
from services.coding.app import service
from services.coding.codesets.artefact import ArtefactError, read_manifest, unpack
from services.coding.codesets.library import DATA, CodeSetLibrary, NoReleaseError
from services.coding.codesets.procedure_set import ProcedureSet
from services.coding.domain.diagnosis.exclusions import named_ranges
from services.coding.settings import CodingSettings

HCPCS = {"hcpcs": "2024-07"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "sets"
    target.mkdir()
    for path in DATA.iterdir():
        shutil.copy(path, target / path.name)
    return target


def test_the_release_of_the_date_of_service_is_picked() -> None:
    sets = CodeSetLibrary(stand_ins=HCPCS).on(date(2026, 9, 30))
    assert sets.diagnoses.release == "FY2026"
    assert sets.stands_in == {"hcpcs"}


@pytest.mark.parametrize("day", [date(2025, 9, 30), date(2026, 10, 1)])
def test_a_date_outside_every_release_is_refused_with_the_dates_at_hand(day: date) -> None:
    with pytest.raises(NoReleaseError, match="2025-10-01 to 2026-09-30"):
        CodeSetLibrary(stand_ins=HCPCS).on(day)


def test_a_release_stands_in_only_when_it_is_named_and_says_so() -> None:
    library = CodeSetLibrary(stand_ins={**HCPCS, "icd10cm": "FY2026"})
    assert library.on(date(2027, 1, 5)).stands_in == {"icd10cm", "hcpcs"}
    assert library.on(date(2026, 1, 5)).stands_in == {"hcpcs"}


def test_hcpcs_in_its_own_quarter_does_not_stand_in() -> None:
    library = CodeSetLibrary(stand_ins={"icd10cm": "FY2026"})
    assert library.on(date(2024, 8, 1)).stands_in == {"icd10cm"}


def test_the_service_has_unpacked_its_code_sets_before_it_is_ready(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    service(CodingSettings(cache=cache))
    unpacked = {path.name.rsplit("-", 1)[0] for path in cache.iterdir()}
    assert unpacked == {path.stem for path in DATA.glob("*-*.json")}


def test_a_damaged_code_set_keeps_the_service_from_starting(folder: Path, tmp_path: Path) -> None:
    (folder / "icd10cm-FY2026.sqlite.xz").write_bytes(b"broken")
    with pytest.raises(ArtefactError, match="cannot be unpacked"):
        service(CodingSettings(code_sets=folder, cache=tmp_path / "cache"))


def test_a_stand_in_that_is_not_at_hand_is_refused_at_the_start() -> None:
    with pytest.raises(ArtefactError, match="FY2031 is to stand in"):
        CodeSetLibrary(stand_ins={"icd10cm": "FY2031"})


def test_a_folder_without_code_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="no code sets"):
        CodeSetLibrary(tmp_path)


def test_a_damaged_artefact_is_refused(folder: Path, tmp_path: Path) -> None:
    packed = folder / "hcpcs-2024-07.sqlite.xz"
    packed.write_bytes(packed.read_bytes()[:-5000])
    manifest = read_manifest(folder / "hcpcs-2024-07.json")
    with pytest.raises(ArtefactError, match="cannot be unpacked"):
        unpack(packed, manifest, tmp_path / "cache")


def test_an_artefact_that_is_not_the_one_of_its_manifest_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    path = folder / "hcpcs-2024-07.json"
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "sha256": "0" * 64}))
    with pytest.raises(ArtefactError, match="checksum"):
        unpack(folder / "hcpcs-2024-07.sqlite.xz", read_manifest(path), tmp_path / "cache")


@pytest.mark.parametrize("name", ["icd10cm-FY2026", "hcpcs-2024-07"])
def test_an_artefact_compiled_for_other_word_rules_is_refused(folder: Path, name: str) -> None:
    path = folder / f"{name}.json"
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "wording_version": 0}))
    with pytest.raises(ArtefactError, match="compile it again"):
        CodeSetLibrary(folder, stand_ins=HCPCS).on(date(2026, 1, 5))


def test_what_is_no_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x-1.json").write_text("{}")
    with pytest.raises(ArtefactError, match="not a code-set manifest"):
        CodeSetLibrary(tmp_path)


def test_what_is_no_procedure_set_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("release = 1")
    with pytest.raises(ArtefactError, match="not a procedure set"):
        ProcedureSet(path)


def test_every_manifest_names_its_sources_with_checksums() -> None:
    for manifest in CodeSetLibrary(stand_ins=HCPCS).manifests:
        assert manifest.sources
        assert all(len(source.sha256) == 64 for source in manifest.sources)


def test_procedures_are_found_by_code_crosswalk_and_name() -> None:
    procedures = ProcedureSet(DATA / "procedures.toml")
    known = procedures.entry("93000")
    assert known is not None
    assert procedures.by_system("cpt", "93000") == known
    assert procedures.by_system("snomed", "29303009") == known
    assert procedures.by_system(Coding(system="local", code="x").system, "93000") is None


def test_terminated_hcpcs_codes_are_not_valid_after_their_end() -> None:
    hcpcs = CodeSetLibrary(stand_ins=HCPCS).on(date(2026, 1, 5)).hcpcs
    ambulance = hcpcs.code("A0080")
    assert ambulance is not None
    injection = hcpcs.code("J0696")
    assert injection is not None
    assert injection.valid_on(date(2026, 1, 5))
    assert not injection.valid_on(date(1980, 1, 5))
    assert (injection.dose, injection.dose_unit) == ("250", "mg")


@pytest.mark.parametrize(
    ("note", "ranges"),
    [
        ("secondary hypertension (I15.-)", [("I15", "I15")]),
        ("hypertension due to kidney disease (I15.0, I15.1)", [("I15.0",) * 2, ("I15.1",) * 2]),
        ("complicating pregnancy (O10-O11, O13-O16)", [("O10", "O11"), ("O13", "O16")]),
        ("no code at all (acute)", []),
    ],
)
def test_the_codes_of_an_excludes_note_are_read(note: str, ranges: list[tuple[str, str]]) -> None:
    assert named_ranges(note) == ranges

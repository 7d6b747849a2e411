"""An import is done once, whole or not at all, and what is damaged is refused."""

import json
from datetime import date
from pathlib import Path

import pytest

from services.coding.codesets.artefact import ArtefactError, opened, read_manifest
from services.coding.codesets.importing import dates_of
from services.coding.codesets.library import CodeSetLibrary
from services.coding.domain.edits.tables import NoData, PairEdit
from tests.unit.coding.codesets.published import imported, pair_file, tables

ROW = "11042 | 97597 |  | 20200101 | * | 1 | Why"
OTHER = "11042 | 97598 |  | 20200101 | * | 1 | Why"


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    path, sets = pair_file(tmp_path / "p.txt", ROW), tmp_path / "sets"
    first = imported(sets, "ncci-ptp", path)
    before = {each: (sets / each).stat().st_mtime_ns for each in state(sets)}
    again = imported(sets, "ncci-ptp", path)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.manifests == first.manifests
    assert {each: (sets / each).stat().st_mtime_ns for each in state(sets)} == before


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    path = pair_file(tmp_path / "p.txt", OTHER, ROW)
    imported(tmp_path / "a", "ncci-ptp", path)
    imported(tmp_path / "b", "ncci-ptp", path)
    assert state(tmp_path / "a") == state(tmp_path / "b")


def test_other_files_under_the_same_release_are_refused_unless_they_replace_it(
    tmp_path: Path,
) -> None:
    sets = tmp_path / "sets"
    imported(sets, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    before = state(sets)
    other = pair_file(tmp_path / "q.txt", OTHER)
    with pytest.raises(ArtefactError, match="give --replace"):
        imported(sets, "ncci-ptp", other)
    assert state(sets) == before
    assert imported(sets, "ncci-ptp", other, replace=True).fresh
    assert isinstance(tables(sets).pair("11042", "97598", date(2024, 8, 1)), PairEdit)


def test_the_same_files_for_other_dates_are_another_matter(tmp_path: Path) -> None:
    path, sets = pair_file(tmp_path / "p.txt", ROW), tmp_path / "sets"
    imported(sets, "ncci-ptp", path)
    with pytest.raises(ArtefactError, match="for other dates"):
        imported(sets, "ncci-ptp", path, ends=date(2024, 12, 31))


def test_a_refused_import_leaves_nothing_behind(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    with pytest.raises(ArtefactError, match="Nothing was imported"):
        imported(sets, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW, "broken | row"))
    assert state(sets) == {}


def test_a_damaged_table_is_imported_anew(tmp_path: Path) -> None:
    path, sets = pair_file(tmp_path / "p.txt", ROW), tmp_path / "sets"
    table = sets / "ncci-ptp-2024Q3.table"
    imported(sets, "ncci-ptp", path)
    whole = table.read_bytes()
    table.unlink()
    table.write_bytes(whole[:-8])
    assert imported(sets, "ncci-ptp", path).fresh
    assert table.read_bytes() == whole


def test_what_was_compiled_for_other_rules_is_imported_anew_from_the_same_files(
    tmp_path: Path,
) -> None:
    sets, path = tmp_path / "sets", tmp_path / "h.csv"
    path.write_text("HCPC,LONG DESCRIPTION,ADD DT,TERM DT\nA4206,Syringe,19940101,\n")
    imported(sets, "hcpcs", path)
    manifest = sets / "hcpcs-2024Q3.json"
    written = manifest.read_text()
    manifest.write_text(json.dumps({**json.loads(written), "wording_version": 0}))
    stale = CodeSetLibrary(own=sets, cache=tmp_path / "cache")
    with pytest.raises(ArtefactError, match="import or compile it again"):
        stale.hcpcs_release(stale.named("hcpcs-2024Q3"))
    assert imported(sets, "hcpcs", path).fresh
    assert manifest.read_text() == written


def test_a_table_that_is_not_the_one_of_its_manifest_is_not_opened(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    imported(sets, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    table = sets / "ncci-ptp-2024Q3.table"
    content = bytearray(table.read_bytes())
    content[-1] ^= 1
    table.unlink()
    table.write_bytes(content)
    library = CodeSetLibrary(own=sets, cache=tmp_path / "cache")
    with pytest.raises(ArtefactError, match="checksum; import it again"):
        library.edits.pair("11042", "97597", date(2024, 8, 1))


def test_a_table_of_another_layout_is_not_opened(tmp_path: Path) -> None:
    imported(tmp_path, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    path = tmp_path / "ncci-ptp-2024Q3.json"
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "layout": 99}))
    with pytest.raises(ArtefactError, match="layout 99, not 1; import it again"):
        opened(tmp_path, read_manifest(path), tmp_path)


def test_several_releases_stand_side_by_side_and_the_day_picks(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    imported(sets, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    imported(
        sets,
        "ncci-ptp",
        pair_file(tmp_path / "q.txt", OTHER),
        release="2024Q4",
        begins=date(2024, 10, 1),
        ends=date(2024, 12, 31),
    )
    loaded = tables(sets)
    assert loaded.pair("11042", "97597", date(2024, 9, 30)) is not None
    assert loaded.pair("11042", "97597", date(2024, 10, 1)) is None
    assert loaded.release("ncci-ptp", date(2024, 10, 1)) == "2024Q4"
    assert loaded.release("ncci-ptp", date(2025, 1, 1)) == NoData(
        "ncci-ptp",
        ("2024Q3: 2024-07-01 to 2024-09-30", "2024Q4: 2024-10-01 to 2024-12-31"),
    )


def test_where_releases_overlap_the_one_that_begins_last_is_used(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    imported(
        sets,
        "ncci-ptp",
        pair_file(tmp_path / "p.txt", ROW),
        release="wide",
        begins=date(2020, 1, 1),
        ends=date(2030, 1, 1),
    )
    imported(sets, "ncci-ptp", pair_file(tmp_path / "q.txt", OTHER))
    loaded = tables(sets)
    assert loaded.release("ncci-ptp", date(2024, 8, 1)) == "2024Q3"
    assert loaded.release("ncci-ptp", date(2024, 10, 1)) == "wide"


@pytest.mark.parametrize(
    ("release", "dates"),
    [
        ("FY2027", (date(2026, 10, 1), date(2027, 9, 30))),
        ("2024Q1", (date(2024, 1, 1), date(2024, 3, 31))),
        ("2024-04", (date(2024, 4, 1), date(2024, 6, 30))),
        ("2024", (date(2024, 1, 1), date(2024, 12, 31))),
        ("2024-05", None),
        ("v30.2", None),
    ],
)
def test_a_release_may_say_by_its_name_when_it_is_in_force(
    release: str, dates: tuple[date, date] | None
) -> None:
    assert dates_of(release) == dates


@pytest.mark.parametrize("release", ["../2024", "a/b", "", "-x", "a b"])
def test_a_release_that_is_no_name_is_refused(tmp_path: Path, release: str) -> None:
    with pytest.raises(ArtefactError, match="letters, digits"):
        imported(tmp_path, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW), release=release)


def test_what_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    path = pair_file(tmp_path / "p.txt", ROW)
    with pytest.raises(ArtefactError, match="'icd11' is no kind"):
        imported(tmp_path, "icd11", path)
    with pytest.raises(ArtefactError, match=r"there is no file absent\.txt"):
        imported(tmp_path, "ncci-ptp", tmp_path / "absent.txt")
    with pytest.raises(ArtefactError, match="would end on 2024-01-01, before"):
        imported(tmp_path, "ncci-ptp", path, ends=date(2024, 1, 1))
    with pytest.raises(ArtefactError, match="no file"):
        imported(tmp_path, "ncci-ptp")


def test_progress_is_told_to_the_last_byte(tmp_path: Path) -> None:
    path = pair_file(tmp_path / "p.txt", ROW)
    told: list[tuple[int, int]] = []
    imported(
        tmp_path / "sets",
        "ncci-ptp",
        path,
        watch=lambda _, done, total: told.append((done, total)),
    )
    assert told[-1] == (path.stat().st_size, path.stat().st_size)

"""ICD-10-CM, HCPCS Level II and places of service, from the layouts of their publishers."""

import csv
import shutil
import sqlite3
from array import array
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from services.coding.codesets.artefact import ArtefactError, read_manifest
from services.coding.codesets.diagnosis_release import DiagnosisRelease
from services.coding.codesets.library import CodeSetLibrary
from services.coding.codesets.published_file import LayoutError
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.reading import wording
from tests.unit.coding.codesets.published import imported, workbook

TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2030</version>
<introduction><introSection type="title">
<title>ICD-10-CM TABULAR LIST of DISEASES and INJURIES</title></introSection></introduction>
<chapter><name>19</name><desc>Injury</desc><section id="S80-S89"><desc>Leg</desc>
<diag><name>S82</name><desc>Fracture of lower leg</desc>
 <includes><note>fracture of malleolus</note></includes>
 <excludes1><note>fracture of foot (S92.-)</note></excludes1>
 <sevenChrNote><note>A seventh character is to be added</note></sevenChrNote>
 <sevenChrDef><extension char="A">initial</extension><extension char="D">later</extension>
 </sevenChrDef>
 <diag><name>S82.0</name><desc>Fracture of patella</desc></diag></diag>
<diag><name>S83</name><desc>Sprain of knee</desc></diag>
</section></chapter></ICD10CM.tabular>"""
INDEX = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2030</version><title>ICD-10-CM INDEX TO DISEASES and INJURIES</title>
<letter><title>F</title><mainTerm><title>Fracture<nemod>(closed)</nemod></title>
<term level="1"><title>kneecap</title><code>S82.0-</code></term></mainTerm>
<mainTerm><title>Broken</title><term level="1"><title>kneecap</title>
<see>Fracture, kneecap</see></term></mainTerm></letter></ICD10CM.index>"""
CAUSES = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2030</version><title>ICD-10-CM EXTERNAL CAUSE of INJURIES INDEX</title>
<letter><title>F</title><mainTerm><title>Fall, falling<nemod>(accidental)</nemod> NEC</title>
<code>W19</code><term level="1"><title>due to</title><term level="2"><title>ice or snow</title>
<code>W00.9</code></term></term></mainTerm></letter></ICD10CM.index>"""
ORDER = "00001 S82 0 Fracture\n00002 S820XXA 1 Fracture, initial\n00003 S83 1 Sprain of knee\n"
IN_2030 = date(2030, 1, 1)


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fiscal_2030(folder: Path, *paths: Path) -> CodeSetLibrary:
    imported(
        folder,
        "icd10cm",
        *paths,
        release="FY2030",
        begins=date(2029, 10, 1),
        ends=date(2030, 9, 30),
    )
    return CodeSetLibrary(own=folder, stand_ins={"hcpcs": "2024-07"}, cache=folder.parent / "cache")


@pytest.fixture
def official(tmp_path: Path) -> list[Path]:
    return [
        write(tmp_path, "tabular.xml", TABULAR),
        write(tmp_path, "index.xml", INDEX),
        write(tmp_path, "causes.xml", CAUSES),
    ]


def test_a_year_of_icd_10_cm_is_read_from_the_official_xml(
    tmp_path: Path, official: list[Path]
) -> None:
    sets = fiscal_2030(tmp_path / "sets", *official)
    codes = sets.on(IN_2030).diagnoses
    assert codes.release == "FY2030"
    patella = codes.node("S82.0")
    assert patella is not None
    assert (patella.parent, patella.sevenths) == ("S82", "AD")
    assert codes.node("E11.9") is None
    assert dict(codes.notes("S82"))["excludes1"] == "fracture of foot (S92.-)"
    assert dict(codes.notes("S82"))["includes"] == "fracture of malleolus"
    assert sets.on(date(2026, 1, 1)).diagnoses.node("E11.9") is not None


def test_the_index_and_its_references_name_codes(tmp_path: Path, official: list[Path]) -> None:
    codes = fiscal_2030(tmp_path / "sets", *official).on(IN_2030).diagnoses
    for words in ("fracture kneecap", "broken kneecap"):
        tokens = [codes.token(token) for token in wording.read(words).tokens]
        assert all(token is not None for token in tokens)
        named = set.intersection(
            *(set(codes.postings(token.number).essential) for token in tokens if token is not None)
        )
        assert {codes.code_of(number) for number in named} == {"S82.0"}


def as_imported_earlier(table: Path, earlier: Path) -> None:
    """The table as it was before titles kept their words and postings their two halves."""
    earlier.write_bytes(table.read_bytes())
    with closing(sqlite3.connect(earlier)) as connection:
        mixed = [
            (number, array("I", sorted([*_marked(needed, 0), *_marked(other, 1)])).tobytes())
            for number, needed, other in connection.execute("SELECT * FROM posting")
        ]
        connection.execute("ALTER TABLE node DROP COLUMN words")
        connection.execute("DROP TABLE posting")
        connection.execute("CREATE TABLE posting(id INTEGER PRIMARY KEY, numbers BLOB)")
        connection.executemany("INSERT INTO posting VALUES (?, ?)", mixed)
        connection.commit()


def _marked(numbers: bytes, optional: int) -> list[int]:
    return [number << 1 | optional for number in array("I", numbers)]


def test_a_year_that_was_imported_earlier_ranks_as_one_of_today(
    tmp_path: Path, official: list[Path]
) -> None:
    now = fiscal_2030(tmp_path / "sets", *official).on(IN_2030).diagnoses
    as_imported_earlier(tmp_path / "sets" / "icd10cm-FY2030.table", tmp_path / "earlier")
    manifest = read_manifest(tmp_path / "sets" / "icd10cm-FY2030.json")
    earlier = DiagnosisRelease(tmp_path / "earlier", manifest)
    for text in ("closed fracture kneecap", "fracture of malleolus and leg", "knee sprain pain"):
        tokens = wording.read(text).tokens
        ranked = PhraseMatcher(now).rank(tokens)
        assert ranked
        assert PhraseMatcher(earlier).rank(tokens) == ranked


def test_external_causes_are_found_by_what_was_said(tmp_path: Path, official: list[Path]) -> None:
    codes = fiscal_2030(tmp_path / "sets", *official).on(IN_2030).diagnoses
    said = wording.read("fell on ice").tokens
    assert [cause.code for cause in codes.external_causes(said)] == ["W00.9", "W19"]
    assert not codes.external_causes(wording.read("chest pain").tokens)


def test_the_drug_table_is_read_flattened_too(tmp_path: Path, official: list[Path]) -> None:
    drugs = write(
        tmp_path,
        "drugs.csv",
        "RowID,Letter,Level,Term,SeeAlso,NonEssModif,PoisoningAccidental,"
        "PoisoningIntentionalSelfHarm,PoisoningAssault,PoisoningUndetermined,AdverseEffect,"
        "Underdosing\n"
        "1,W,0,Warfarin,,,T45.511,T45.512,T45.513,T45.514,T45.515,T45.516\n"
        "2,W,1,sodium,,,T45.511,T45.512,T45.513,T45.514,--,--\n",
    )
    codes = fiscal_2030(tmp_path / "sets", *official, drugs).on(IN_2030).diagnoses
    plain = codes.substance(wording.key(wording.read("warfarin").tokens))
    salt = codes.substance(wording.key(wording.read("warfarin sodium").tokens))
    assert plain is not None
    assert salt is not None
    assert (plain.accidental, plain.adverse_effect) == ("T45.511", "T45.515")
    assert (salt.undetermined, salt.underdosing) == ("T45.514", "")


def test_a_list_of_codes_says_better_which_take_a_seventh_character(
    tmp_path: Path, official: list[Path]
) -> None:
    codes = write(tmp_path, "order.txt", ORDER)
    node = fiscal_2030(tmp_path / "sets", *official, codes).on(IN_2030).diagnoses.node("S82.0")
    assert node is not None
    assert node.sevenths == "A"


@pytest.mark.parametrize(
    "text", ["1\nS82\nS820XXA\nS83\n", "S820XXA Fracture\nS83 Sprain\n", "S82.0XXA\nS83\n"]
)
def test_a_list_of_codes_is_known_in_each_of_its_layouts(
    tmp_path: Path, official: list[Path], text: str
) -> None:
    codes = write(tmp_path, "codes.txt", text)
    node = fiscal_2030(tmp_path / "sets", *official, codes).on(IN_2030).diagnoses.node("S82.0")
    assert node is not None
    assert node.sevenths == "A"


def test_a_list_of_codes_of_another_release_is_refused(
    tmp_path: Path, official: list[Path]
) -> None:
    codes = write(tmp_path, "codes.txt", "A000\nA001\n")
    with pytest.raises(ArtefactError, match=r"codes\.txt does not list 2 codes"):
        fiscal_2030(tmp_path / "sets", *official, codes)


def test_a_year_without_its_index_is_refused(tmp_path: Path, official: list[Path]) -> None:
    with pytest.raises(ArtefactError, match=r"the alphabetic index .* is not among the files"):
        fiscal_2030(tmp_path / "sets", official[0])


def test_two_files_of_one_part_are_refused(tmp_path: Path, official: list[Path]) -> None:
    again = tmp_path / "again.xml"
    shutil.copy(official[1], again)
    with pytest.raises(LayoutError, match=r"a second index beside index\.xml"):
        fiscal_2030(tmp_path / "sets", *official, again)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tabular.xml", TABULAR[:-60], "cut short or damaged"),
        ("other.xml", "<html><body/></html>", "not a file of ICD-10-CM"),
        ("empty.txt", "", "not a file of ICD-10-CM"),
        ("other.csv", "mac,state,locality\n10112,AL,00\n", "not a file of ICD-10-CM"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused(
    tmp_path: Path, official: list[Path], name: str, text: str, said: str
) -> None:
    bad = write(tmp_path / "bad", name, text)
    with pytest.raises(ArtefactError, match=said):
        fiscal_2030(tmp_path / "sets", bad, official[1])


def test_a_diagnosis_file_is_no_hcpcs_file(tmp_path: Path, official: list[Path]) -> None:
    with pytest.raises(LayoutError, match="Nothing was imported"):
        imported(tmp_path / "sets", "hcpcs", official[0])


def record(code: str, kind: str, title: str, added: str = "", terminated: str = "") -> str:
    line = f"{code:<5}00100{kind}{title:<80}{'Short':<28}"
    line = f"{line:<229}C"
    line = f"{line:<268}{added:<8}{added:<8}{terminated:<8}N"
    return f"{line:<320}"


FIXED = [
    record("A1", "7", "A modifier"),
    record("J0696", "3", "Injection, ceftriaxone sodium, per", "19900101"),
    record("J0696", "4", "250 mg"),
    record("Q9999", "3", "Gone", "20100101", "20240731"),
]
HEADINGS = ["HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION", "SHORT DESCRIPTION", "COV", "ADD DT"]
HEADINGS += ["ACT EFF DT", "TERM DT", "ACTION CD"]
SHEET = [
    HEADINGS,
    ["A1", "100", "7", "A modifier", "", "", "", "", "", ""],
    ["J0696", "100", "3", "Injection, ceftriaxone sodium, per 250 mg", "", "C", "19900101"],
    ["Q9999", "100", "3", "Gone", "", "C", "20100101", "20240801", "20240731", "D"],
]


def quarter(tmp_path: Path, layout: str) -> Path:
    if layout == "fixed":
        return write(tmp_path, "HCPC2024_JUL_ANWEB.txt", "\n".join(FIXED) + "\n")
    if layout == "xlsx":
        return workbook(tmp_path / "HCPC2024_JUL_ANWEB.xlsx", SHEET)
    path = tmp_path / "HCPC2024_JUL_ANWEB.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(SHEET)
    return path


@pytest.mark.parametrize("layout", ["fixed", "xlsx", "csv"])
def test_a_quarter_of_hcpcs_is_read_from_each_layout(tmp_path: Path, layout: str) -> None:
    sets = tmp_path / "sets"
    done = imported(sets, "hcpcs", quarter(tmp_path, layout))
    assert done.manifests[0].rows == 2
    library = CodeSetLibrary(own=sets, stand_ins={"icd10cm": "FY2026"}, cache=tmp_path / "cache")
    hcpcs = library.on(date(2024, 8, 1)).hcpcs
    drug, gone = hcpcs.code("J0696"), hcpcs.code("Q9999")
    assert drug is not None
    assert gone is not None
    assert (hcpcs.release, drug.dose, drug.dose_unit) == ("2024Q3", "250", "mg")
    assert [gone.valid_on(date(2024, *day)) for day in ((7, 31), (8, 1))] == [True, False]
    assert hcpcs.code("A1") is None


def test_a_record_cut_short_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "h.txt", "\n".join([FIXED[1], FIXED[3][:200]]) + "\n")
    with pytest.raises(LayoutError, match="line 2: a record cut short"):
        imported(tmp_path / "sets", "hcpcs", path)


def test_places_are_read_and_a_list_that_does_not_tell_facilities_is_refused(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path, "pos.csv", "pos_code,pos_type,pos_name\n1,Non-Facility,Pharmacy\n21,Facility,H\n"
    )
    sets = tmp_path / "sets"
    imported(sets, "pos", path)
    library = CodeSetLibrary(own=sets, cache=tmp_path / "cache")
    manifest, _ = library.manifest("pos", date(2024, 8, 1))
    release = library.hcpcs_release(manifest)
    assert (release.place("01"), release.place("21")) == (("Pharmacy", False), ("H", True))
    bare = write(tmp_path, "bare.csv", "pos_code,pos_type,pos_name\n11,,Office\n")
    with pytest.raises(LayoutError, match="line 2: no word on whether it is a facility"):
        imported(tmp_path / "other", "pos", bare)

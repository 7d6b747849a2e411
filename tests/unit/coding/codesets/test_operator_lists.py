"""The list of codes exempt from present on admission, and the crosswalk to anesthesia codes."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.coding.codesets.published_file import LayoutError
from services.coding.domain.coding_result import PatientFacts, VisitHistory
from services.coding.domain.edits.tables import AnesthesiaChoice, NoData
from services.coding.domain.engine import code_encounter
from tests.unit.coding.codesets.published import imported, tables, workbook
from tests.unit.coding.edits.examples import MemoryTables
from tests.unit.coding.examples import DAY, encounter, problems, sets_on
from tests.unit.coding.procedure_cases import COMMERCIAL, by_code, short

ON = date(2024, 8, 1)
HEADER = "Order26\tPOAexemptCode\tDescription\n"
ANESTHESIOLOGIST = "207L00000X"


def text(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("POAexemptAddCodesFY26.txt", f"{HEADER}00001\tB900\tSequelae\n", "a list of changes"),
        ("POAexemptCodesFY26.txt", f"{HEADER}00001\t900\tSequelae\n", "line 2: '900' is no ICD"),
        ("POAexemptCodesFY26.txt", HEADER, "a header and no code"),
        ("POAexemptCodesFY26.txt", "00001\tB900\tSequelae\n", "no line heads the columns code"),
    ],
)
def test_an_exempt_list_that_does_not_fit_is_refused(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    with pytest.raises(LayoutError, match=said):
        imported(tmp_path, "poa-exempt", text(tmp_path / name, content))


def test_the_exempt_list_is_picked_by_date_and_read_from_text_or_workbook(tmp_path: Path) -> None:
    plain = text(tmp_path / "POAexemptCodesFY24.txt", f"{HEADER}1\tB900\tOld\n2\tZ0000\tExam\n")
    done = imported(tmp_path, "poa-exempt", plain)
    assert [(each.code_set, each.rows) for each in done.manifests] == [("poa-exempt", 2)]
    book = workbook(
        tmp_path / "POAexemptCodesFY25.xlsx",
        [["Order25", "POAexemptCode", "Description"], ["00002", "V00.01XA", "Fall"]],
    )
    imported(
        tmp_path, "poa-exempt", book,
        release="FY2025", begins=date(2024, 10, 1), ends=date(2025, 9, 30),
    )  # fmt: skip
    loaded = tables(tmp_path)
    assert loaded.is_exempt_from_admission("B90.0", ON) is True
    assert loaded.is_exempt_from_admission("V00.01XA", ON) is False
    assert loaded.is_exempt_from_admission("V00.01XA", date(2024, 10, 1)) is True
    assert isinstance(loaded.is_exempt_from_admission("B90.0", date(2023, 1, 1)), NoData)
    assert loaded.release("poa-exempt", ON) == "2024Q3"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("procedure,anesthesia\n47562,99213\n", "line 2: '99213' is no anesthesia code"),
        ("procedure,anesthesia\n475,00790\n", "line 2: '475' is no procedure code"),
        ("procedure,anesthesia,base_units\n47562,00790,seven\n", "line 2: 'seven' are no base"),
        ("procedure,anesthesia,base_units\n47562,00790,7\n47562,00790,8\n", "line 3: a pair with"),
        ("procedure,anesthesia\n", "a header and no pair"),
        ("47562,00790\n", "no line heads the columns"),
    ],
)
def test_a_crosswalk_that_does_not_fit_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(LayoutError, match=said):
        imported(tmp_path, "anesthesia-crosswalk", text(tmp_path / "c.csv", content))


def test_a_crosswalk_answers_with_what_is_in_force(tmp_path: Path) -> None:
    content = (
        "Procedure,Anesthesia,Base units,From,To\n47562,790,7,,\n27447,01402,7,,2024-06-30\n"
        "27447,01400,4,2024-07-01,\n20610,01380,,,\n20610,01382,3,,\n"
    )
    imported(tmp_path, "anesthesia-crosswalk", text(tmp_path / "c.csv", content))
    loaded = tables(tmp_path)
    assert loaded.anesthesia_for("47562", ON) == (AnesthesiaChoice("00790", 7),)
    assert loaded.anesthesia_for("27447", ON) == (AnesthesiaChoice("01400", 4),)
    assert loaded.anesthesia_for("20610", ON) == (
        AnesthesiaChoice("01380"),
        AnesthesiaChoice("01382", 3),
    )
    assert loaded.anesthesia_for("99999", ON) == ()
    assert isinstance(loaded.anesthesia_for("47562", date(2025, 1, 1)), NoData)


def coded(
    loaded: MemoryTables, *operations: str, taxonomy: str = ANESTHESIOLOGIST
) -> tuple[list[str], tuple[str, ...]]:
    documented = encounter(
        visit_kind="procedure",
        setting="outpatient_hospital",
        place_of_service="22",
        decision_making=None,
        problems=problems("Unilateral inguinal hernia"),
        procedures=tuple(by_code(each, number) for number, each in enumerate(operations, 1)),
        anesthesia={"minutes": 95, "provided_by": "personally"},
    )
    sets = replace(sets_on(DAY), edits=loaded)
    result = code_encounter(documented, COMMERCIAL, VisitHistory(taxonomy), sets)
    return short(result), result.reasons


CROSSWALK = {
    "49505": (AnesthesiaChoice("00830", 4),),
    "47562": (AnesthesiaChoice("00790", 7),),
    "27447": (AnesthesiaChoice("01400", 4), AnesthesiaChoice("01402", 7)),
}


def test_the_one_anesthesia_code_takes_the_place_of_the_operation() -> None:
    lines, _ = coded(MemoryTables(crosswalk=CROSSWALK), "49505")
    assert lines == ["00830-AA x95"]


def test_of_several_operations_the_code_with_the_most_base_units_is_reported() -> None:
    lines, _ = coded(MemoryTables(crosswalk=CROSSWALK), "49505", "47562")
    assert lines == ["00790-AA x95"]


def test_several_codes_or_none_are_left_to_a_coder() -> None:
    lines, reasons = coded(MemoryTables(crosswalk=CROSSWALK), "27447")
    assert lines == []
    assert any(each.startswith("anesthesia_code_ambiguous:") for each in reasons)
    _, reasons = coded(MemoryTables(crosswalk=CROSSWALK), "20610")
    assert any(each.startswith("anesthesia_code_unknown:") for each in reasons)


def test_a_surgeon_and_a_practice_without_a_crosswalk_are_coded_as_before() -> None:
    by_surgeon, _ = coded(MemoryTables(crosswalk=CROSSWALK), "20610", taxonomy="208600000X")
    without, _ = coded(MemoryTables(), "20610")
    assert any(each.startswith("20610") for each in by_surgeon)
    assert any(each.startswith("20610") for each in without)


def present(loaded: MemoryTables) -> list[str]:
    stay = encounter(
        setting="inpatient",
        place_of_service="21",
        problems=problems("Type 2 diabetes", "History of colon cancer"),
    )
    sets = replace(sets_on(DAY), edits=loaded)
    result = code_encounter(stay, PatientFacts(date(1960, 1, 1), "F", ""), VisitHistory(), sets)
    return [each.present_on_admission for each in result.diagnoses]


def test_the_list_of_the_day_decides_what_is_exempt_and_else_the_categories() -> None:
    assert present(MemoryTables()) == ["Y", "exempt"]
    assert present(MemoryTables(exempt=frozenset(("E11.9",)))) == ["exempt", ""]
    assert present(MemoryTables(exempt=frozenset(), begins=date(2030, 1, 1))) == ["Y", "exempt"]

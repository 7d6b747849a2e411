"""Unit limits, add-on codes, the fee schedule and the operator's list, from their layouts."""

from datetime import date
from pathlib import Path

import pytest

from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.procedure_list import ListedProcedure
from services.coding.codesets.published_file import LayoutError
from services.coding.domain.edits.tables import AddOn, FeeIndicators, NoData, UnitLimit
from tests.shared_data import needs_shared_data, shared
from tests.unit.coding.codesets.published import NOTICE, imported, tables, workbook

ON = date(2024, 8, 1)
LIMITS = (
    f'"{NOTICE.strip()}",,,\n'
    '"HCPCS/\nCPT Code",{who} Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
)


def limit_file(path: Path, who: str, *rows: str) -> Path:
    path.write_text(LIMITS.format(who=who) + "".join(f"{row}\n" for row in rows))
    return path


def test_limits_of_each_kind_of_biller_are_kept_apart(tmp_path: Path) -> None:
    done = imported(
        tmp_path,
        "ncci-mue",
        limit_file(
            tmp_path / "p.csv", "Practitioner", "99213,2,3 Date of Service Edit: Clinical,D"
        ),
        limit_file(
            tmp_path / "h.csv", "Outpatient Hospital", "99213,5,2 Date of Service Edit: Policy,D"
        ),
    )
    assert [each.code_set for each in done.manifests] == [
        "ncci-mue-practitioner",
        "ncci-mue-facility",
    ]
    loaded = tables(tmp_path)
    assert loaded.unit_limit("99213", ON, facility=False) == UnitLimit("99213", 2, 3, "D", "2024Q3")
    assert loaded.unit_limit("99213", ON, facility=True) == UnitLimit("99213", 5, 2, "D", "2024Q3")


def test_what_the_practitioner_list_leaves_out_may_stand_in_the_suppliers(tmp_path: Path) -> None:
    imported(
        tmp_path,
        "ncci-mue",
        limit_file(tmp_path / "p.csv", "Practitioner", "99213,2,3 Date of Service Edit,D"),
        limit_file(tmp_path / "d.csv", "DME Supplier", "E0114,1,1 Line Edit,D"),
    )
    loaded = tables(tmp_path)
    found = loaded.unit_limit("E0114", ON, facility=False)
    assert isinstance(found, UnitLimit)
    assert (found.units, found.mai) == (1, 1)
    assert loaded.unit_limit("A0021", ON, facility=False) is None
    assert isinstance(loaded.unit_limit("E0114", ON, facility=True), NoData)
    assert loaded.release("ncci-mue", ON) == "2024Q3"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("99213,two,3 Date,D", "line 4: no whole units"),
        ("99213,2,4 Date,D", "line 4: no whole units"),
        ("9921,2,3 Date,D", "line 4: '9921' is no procedure code"),
        ("99213", "line 4: fewer columns"),
    ],
)
def test_a_limit_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, row: str, said: str
) -> None:
    with pytest.raises(LayoutError, match=said):
        imported(tmp_path, "ncci-mue", limit_file(tmp_path / "p.csv", "Practitioner", row))


def test_limits_of_nobody_in_particular_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("hcpcs_code,mue_units,mue_mai\n99213,2,3\n")
    with pytest.raises(LayoutError, match="does not say whose"):
        imported(tmp_path, "ncci-mue", path)


def test_a_code_with_two_limits_is_refused(tmp_path: Path) -> None:
    path = limit_file(tmp_path / "p.csv", "Practitioner", "99213,2,3 D,D", "99213,4,3 D,D")
    with pytest.raises(LayoutError, match="99213 stands twice"):
        imported(tmp_path, "ncci-mue", path)


ADD_ONS = (
    "Add-On_Code\tAOC_Del_DT(Julian)\tAOC_Edit_Type\tPrimary_Code\tPrimary_Code_Del_DT(Julian)\t"
    "AOC_Edit_Eff_DT(Julian)\tAOC_Edit_Del_DT(Julian)\tSpecial_Instruction_Notes\n"
)


def add_on_file(path: Path, *rows: str) -> Path:
    path.write_text(ADD_ONS + "".join(row.replace(" | ", "\t") + "\n" for row in rows))
    return path


def test_an_add_on_has_the_primaries_of_the_day(tmp_path: Path) -> None:
    imported(
        tmp_path,
        "ncci-addon",
        add_on_file(
            tmp_path / "a.txt",
            "22552 |  | 1 | 22551 |  | 2013091 |  | ",
            "22552 |  | 1 | 22554 | 2024213 | 2013091 |  | ",
            "22552 |  | 1 | 22558 |  | 2024215 |  | ",
            "99417 | 2024182 | 1 | 99205 |  | 2013091 |  | ",
        ),
    )
    loaded = tables(tmp_path)

    def primaries(day: date) -> set[str]:
        found = loaded.add_on("22552", day)
        assert isinstance(found, AddOn)
        return set(found.primaries)

    assert primaries(date(2024, 7, 31)) == {"22551", "22554"}
    assert primaries(date(2024, 8, 1)) == {"22551"}
    assert primaries(date(2024, 8, 2)) == {"22551", "22558"}
    assert loaded.add_on("99417", date(2024, 7, 1)) is None
    assert loaded.add_on("22551", ON) is None


def test_primaries_of_the_contractor_are_none_by_name_and_mixed_types_leave_others_open(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "primary_code,add_on_code,aoc_edit_type\nCCCCC,0054T,2\n22551,0055T,1\nCCCCC,0055T,3\n"
    )
    imported(tmp_path, "ncci-addon", path)
    loaded = tables(tmp_path)
    assert loaded.add_on("0054T", ON) == AddOn("0054T", frozenset(), 2, "2024Q3")
    assert loaded.add_on("0055T", ON) == AddOn("0055T", frozenset({"22551"}), 3, "2024Q3")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("22552 |  | 4 | 22551", "line 2: no edit type"),
        ("22552 |  | 1 | 2255", "line 2: '2255' is no procedure code"),
        ("22552 |  | 1 | 22551 |  | 2024400", "line 2: '2024400' is no date"),
    ],
)
def test_an_add_on_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, row: str, said: str
) -> None:
    with pytest.raises(LayoutError, match=said):
        imported(tmp_path, "ncci-addon", add_on_file(tmp_path / "a.txt", row))


def fee_row(code: str, modifier: str = "", status: str = "A", days: str = "000") -> str:
    cells = [code, modifier, "Words of others", status, "", "0.79", "1.10", "", "0.42", "", "0.12"]
    cells += ["2.01", "1.335", "1", days, "0", "0", "0", "2", "1", "0", "0", "0", "", "33.2875"]
    return ",".join(cells)


def fee_file(path: Path, *rows: str) -> Path:
    notice = "2024 National Physician Fee Schedule Relative Value File July Release\n"
    wrapped = ",,,STATUS,NOT USED,WORK,NON-FAC,,FACILITY,,MP\n"
    headings = "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,IND,PE RVU,IND,RVU,TOTAL,TOTAL,IND,"
    headings += "DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR\n"
    path.write_text(notice + wrapped + headings + "".join(f"{row}\n" for row in rows))
    return path


def test_the_fee_schedule_gives_indicators_and_values_in_hundredths(tmp_path: Path) -> None:
    path = fee_file(tmp_path / "f.csv", fee_row("20610"), fee_row("71046", "26", days="XXX"))
    imported(tmp_path, "pfs", path)
    loaded = tables(tmp_path)
    wanted = FeeIndicators("20610", "A", "1", "000", "2", "1", "0", 134, 201, "2024Q3", "0", "0")
    assert loaded.fee_indicators("20610", ON) == wanted
    assert loaded.fee_indicators("20610", ON, "RT") == wanted
    assert loaded.fee_indicators("71046", ON) is None
    assert isinstance(loaded.fee_indicators("71046", ON, "26"), FeeIndicators)
    assert loaded.fee_indicators("20610", ON, "TC") is None


def test_no_word_of_the_fee_schedules_descriptions_is_kept(tmp_path: Path) -> None:
    imported(tmp_path, "pfs", fee_file(tmp_path / "f.csv", fee_row("20610")))
    assert b"Words of others" not in (tmp_path / "pfs-2024Q3.table").read_bytes()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (fee_row("2061"), "'2061' is no procedure code"),
        (fee_row("20610", status="AB"), "no status of one letter"),
        (fee_row("20610", days="30"), "no global period"),
        (fee_row("20610").replace("1.335", "much"), "no relative value"),
        ("20610,,x,A", "fewer columns"),
    ],
)
def test_a_fee_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, row: str, said: str
) -> None:
    with pytest.raises(LayoutError, match=f"line 5: {said}"):
        imported(tmp_path, "pfs", fee_file(tmp_path / "f.csv", fee_row("99213"), row))


def test_amounts_alone_are_no_fee_schedule(tmp_path: Path) -> None:
    path = tmp_path / "amounts.csv"
    path.write_text("hcpcs_code,mod,rvu_non_sum,rvu_fac_sum\n20610,,1.0,1.0\n")
    with pytest.raises(LayoutError, match="amounts without indicators"):
        imported(tmp_path, "pfs", path)


def test_a_list_of_codes_keeps_codes_and_own_wording_and_passes_over_descriptions(
    tmp_path: Path,
) -> None:
    delivered = tmp_path / "LONGULT.txt"
    delivered.write_text("Notice\n\n99213\tWords of others\n0001F\tWords of others\n")
    own = tmp_path / "own.csv"
    own.write_text("code,wording,from,to\n99499,Our words,2024-08-01,2024-08-31\n")
    imported(tmp_path, "cpt", delivered, own)
    loaded = tables(tmp_path)
    assert loaded.procedure("99213", ON) == ListedProcedure("99213", "", "", "")
    assert (loaded.listed("99213", ON), loaded.listed("99214", ON)) == (True, False)
    days = [date(2024, 7, 31), date(2024, 8, 1), date(2024, 8, 31), date(2024, 9, 1)]
    assert [loaded.listed("99499", day) for day in days] == [False, True, True, False]
    assert loaded.listed("99213", date(2024, 10, 1)) == NoData(
        "cpt", ("2024Q3: 2024-07-01 to 2024-09-30",)
    )
    assert b"Words of others" not in (tmp_path / "cpt-2024Q3.table").read_bytes()


def test_a_list_without_codes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("words\nand words\n")
    with pytest.raises(LayoutError, match="no procedure code"):
        imported(tmp_path, "cpt", path)


def test_a_workbook_of_limits_reads_like_its_text(tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "p.xlsx",
        [
            [NOTICE.strip()],
            [
                "HCPCS/\nCPT Code",
                "Practitioner Services MUE Values",
                "MUE Adjudication Indicator",
                "MUE Rationale",
            ],
            ["0001U", "1", "2 Date of Service Edit: Policy", "D"],
        ],
    )
    imported(tmp_path, "ncci-mue", book)
    assert tables(tmp_path).unit_limit("0001U", ON, facility=False) == UnitLimit(
        "0001U", 1, 2, "D", "2024Q3"
    )


def test_a_damaged_table_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    imported(tmp_path, "pfs", fee_file(tmp_path / "f.csv", fee_row("20610")))
    path = tmp_path / "pfs-2024Q3.table"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:100] + b"\0" * (len(content) - 100))
    with pytest.raises(ArtefactError, match="import it again"):
        tables(tmp_path).fee_indicators("20610", ON)


@needs_shared_data
def test_the_published_lists_are_all_read(tmp_path: Path) -> None:
    folder = shared("coding", "cms_2024q3")
    counts = {
        kind: imported(tmp_path, kind, *(folder / name for name in names)).manifests[0].rows
        for kind, names in {
            "ncci-mue": ["ncci_mue_prac.csv"],
            "ncci-addon": ["ncci_aoc.csv"],
            "pfs": ["pfs_rvu_ind.csv", "pfs_rvu_amt.csv"],
            "hcpcs": ["hcpcs_lvl2.csv", "hcpcs_lvl2_descriptions.csv"],
            "pos": ["pos_codes.csv"],
        }.items()
    }
    assert counts == {
        "ncci-mue": 14677,
        "ncci-addon": 7465,
        "pfs": 18664,
        "hcpcs": 8033,
        "pos": 52,
    }
    found = tables(tmp_path).fee_indicators("71046", ON, "26")
    assert isinstance(found, FeeIndicators)
    assert (found.pc_tc, found.global_days) == ("1", "XXX")

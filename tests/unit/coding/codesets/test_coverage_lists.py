"""Coverage lists hold in their jurisdiction, on their days, and a gap is no data."""

from datetime import date
from pathlib import Path

import pytest

from services.coding.codesets.coverage_export import applies_to
from services.coding.codesets.published_file import LayoutError
from services.coding.domain.edits.tables import Coverage, NoData
from tests.unit.coding.codesets.published import imported, tables

ON = date(2024, 8, 1)
HEADER = "policy,code,jurisdiction,covered,not_covered,from,to\n"


def plain(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def policies(folder: Path, code: str, jurisdiction: str, on: date = ON) -> list[str]:
    found = tables(folder).coverage(code, on, jurisdiction)
    assert not isinstance(found, NoData)
    return [each.policy for each in found]


def test_a_list_holds_in_its_jurisdictions_and_an_unnamed_one_everywhere(tmp_path: Path) -> None:
    path = plain(
        tmp_path / "l.csv",
        "L1,80061,FL GA,E78.5;I10-I15,Z00.00,2024-07-01,",
        "L2,80061,TX,E78.5,,,",
        "N1,80061 83721,,E78.5,,,2024-08-01",
    )
    imported(tmp_path, "lcd", path)
    assert policies(tmp_path, "80061", "fl") == ["L1", "N1"]
    assert policies(tmp_path, "80061", "TX") == ["L2", "N1"]
    assert policies(tmp_path, "83721", "") == ["N1"]
    assert policies(tmp_path, "83721", "", date(2024, 8, 2)) == []
    found = tables(tmp_path).coverage("80061", ON, "GA")
    assert not isinstance(found, NoData)
    assert found[0] == Coverage(
        "L1",
        "80061",
        "FL GA",
        ("E785", "I10-I15"),
        ("Z0000",),
        date(2024, 7, 1),
        None,
        "2024Q3",
    )


def test_without_any_list_there_is_no_data(tmp_path: Path) -> None:
    assert tables(tmp_path).coverage("80061", ON, "FL") == NoData("coverage")


def test_a_gap_in_the_local_lists_is_not_covered_up_by_silent_national_ones(tmp_path: Path) -> None:
    imported(tmp_path, "lcd", plain(tmp_path / "l.csv", "L1,80061,FL,E78.5,,,"), release="2024Q2")
    imported(tmp_path, "ncd", plain(tmp_path / "n.csv", "N1,82270,,Z12.11,,,"))
    late = date(2024, 8, 1)
    imported(
        tmp_path,
        "lcd",
        plain(tmp_path / "m.csv", "L1,80061,FL,E78.5,,,"),
        release="other",
        begins=date(2024, 1, 1),
        ends=date(2024, 3, 31),
    )
    (tmp_path / "lcd-2024Q2.json").unlink()
    assert policies(tmp_path, "82270", "FL", late) == ["N1"]
    assert tables(tmp_path).coverage("80061", late, "FL") == NoData(
        "coverage", ("other: 2024-01-01 to 2024-03-31",)
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("L1,8006,FL,E78.5,,,", "'8006' is no procedure code"),
        ("L1,80061,FL,78.5,,,", "'78.5' is no diagnosis code"),
        ("L1,80061,FL,I10-I12-I15,,,", "is no diagnosis code"),
        ("L1,80061,FL,E78.5,,soon,", "'soon' is no date"),
        (",80061,FL,E78.5,,,", "no policy named"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, row: str, said: str
) -> None:
    with pytest.raises(LayoutError, match=f"line 2: .*{said}"):
        imported(tmp_path / "sets", "lcd", plain(tmp_path / "l.csv", row))


EXPORT = {
    "article": "article_id,article_version,title,article_eff_date,article_end_date\n"
    '57000,12,"Words, over\ntwo lines",2024-01-01 00:00:00,\n'
    "58000,3,Retired,2019-01-01 00:00:00,2020-01-01 00:00:00\n"
    "59000,1,Without codes,2019-01-01 00:00:00,\n",
    "article_x_hcpc_code": "article_id,article_version,hcpc_code_id,hcpc_code_group\n"
    "57000,12,80061,1\n57000,12,83721,1\n58000,3,80061,1\n57000,11,99999,1\n57000,12,XX000,1\n59000,1,82270,1\n",
    "article_x_icd10_covered": "article_id,article_version,icd10_code_id,icd10_covered_group\n"
    "57000,12,E78.5,1\n57000,12,E78.2,2\n58000,3,I10,1\n57000,12,XX000,1\n59000,1,XX000,1\n",
    "article_x_icd10_noncovered": "article_id,article_version,icd10_code_id\n57000,12,Z00.00\n",
    "article_x_contractor": "article_id,article_version,contractor_id\n57000,12,370\n58000,3,370\n",
    "contractor_jurisdiction": "contractor_id,state_id,term_date\n370,12,\n370,13,2020-01-01\n",
    "state_lookup": "state_id,state_abbrev\n12,FL\n13,GA\n",
}


def export(folder: Path, *left_out: str) -> Path:
    folder.mkdir()
    for name, content in EXPORT.items():
        if name not in left_out:
            (folder / f"{name}.csv").write_text(content)
    return folder


def test_the_coverage_databases_export_is_joined_by_version_and_state(tmp_path: Path) -> None:
    imported(tmp_path / "sets", "lcd", export(tmp_path / "export"))
    found = tables(tmp_path / "sets").coverage("83721", ON, "FL")
    assert not isinstance(found, NoData)
    assert [(each.policy, each.covered, each.not_covered) for each in found] == [
        ("A57000", ("E782", "E785"), ("Z0000",))
    ]
    assert policies(tmp_path / "sets", "83721", "GA") == []
    assert policies(tmp_path / "sets", "80061", "FL") == ["A57000"]
    assert policies(tmp_path / "sets", "99999", "FL") == []


def test_an_article_that_lists_no_diagnosis_asks_for_none(tmp_path: Path) -> None:
    imported(tmp_path / "sets", "lcd", export(tmp_path / "export"))
    assert policies(tmp_path / "sets", "82270", "FL") == []


def test_an_article_of_a_contractor_that_serves_nobody_holds_nowhere(tmp_path: Path) -> None:
    folder = export(tmp_path / "export", "contractor_jurisdiction")
    (folder / "contractor_jurisdiction.csv").write_text(
        "contractor_id,state_id,term_date\n370,12,2020-01-01\n1,13,\n"
    )
    (folder / "article_x_contractor.csv").write_text(
        "article_id,article_version,contractor_id\n57000,12,370\n58000,3,1\n"
    )
    imported(tmp_path / "sets", "lcd", folder)
    assert policies(tmp_path / "sets", "83721", "FL") == []


def test_a_group_of_diagnoses_counts_for_the_procedures_that_its_paragraph_names(
    tmp_path: Path,
) -> None:
    folder = export(tmp_path / "export")
    (folder / "article_x_icd10_covered_group.csv").write_text(
        "article_id,article_version,icd10_covered_group,paragraph\n"
        '57000,12,1,"<p>For CPT 80061, these support necessity.</p>"\n'
        '57000,12,2,"Group 2"\n'
    )
    imported(tmp_path / "sets", "lcd", folder)

    def covered(code: str) -> tuple[str, ...]:
        found = tables(tmp_path / "sets").coverage(code, ON, "FL")
        assert not isinstance(found, NoData)
        return found[0].covered

    assert covered("80061") == ("E782", "E785")
    assert covered("83721") == ("E782",)


@pytest.mark.parametrize(
    ("paragraph", "named"),
    [
        ("", ["64490", "64493", "80061"]),
        ("CPT codes 64490-64495:", ["64490", "64493"]),
        ("codes 64490 through 64491 and 80061", ["64490", "80061"]),
        ("For all codes except 80061", ["64490", "64493", "80061"]),
        ("See article 56789 in year 20240", ["64490", "64493", "80061"]),
    ],
)
def test_a_paragraph_names_procedures_or_holds_for_all(paragraph: str, named: list[str]) -> None:
    assert list(applies_to(paragraph, ["64490", "64493", "80061"])) == named


def test_an_export_without_its_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"no article_x_icd10_covered\.csv"):
        imported(tmp_path / "a", "lcd", export(tmp_path / "e", "article_x_icd10_covered"))
    with pytest.raises(LayoutError, match=r"no article\.csv"):
        imported(tmp_path / "b", "lcd", export(tmp_path / "f", "article"))

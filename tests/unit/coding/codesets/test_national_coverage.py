"""National determinations: the export's dates and levels, joined with the lists of codes."""

from datetime import date
from pathlib import Path

import pytest

from services.coding.codesets.published_file import LayoutError
from services.coding.domain.edits.necessity import listed
from services.coding.domain.edits.tables import Coverage, NoData
from tests.unit.coding.codesets.published import imported, tables

ON = date(2024, 8, 1)
HEAD = (
    "NCD_id,NCD_vrsn_num,natl_cvrg_type,cvrg_lvl_cd,NCD_mnl_sect,NCD_mnl_sect_title,"
    "NCD_efctv_dt,NCD_trmntn_dt\n"
)


def export(folder: Path, *rows: str) -> Path:
    made = folder / "ncd"
    made.mkdir()
    (made / "ncd_trkg.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows))
    return made


def lists(folder: Path, name: str, *rows: str) -> None:
    (folder / name).write_text("".join(f"{row}\n" for row in rows))


def coverage(folder: Path, code: str, on: date = ON) -> list[Coverage]:
    found = tables(folder).coverage(code, on, "")
    assert not isinstance(found, NoData)
    return list(found)


LIPIDS = "102,2,True,2,190.23,Lipid Testing,2005-01-01 00:00:00,"


def test_an_export_and_its_lists_are_policies_that_hold_everywhere(tmp_path: Path) -> None:
    folder = export(tmp_path, LIPIDS)
    lists(folder, "procedures.csv", "NCD,HCPCS Code", "190.23,80061", "190.23,82465")
    lists(
        folder,
        "diagnoses.csv",
        "Laboratory code list",
        "NCD,ICD-10-CM Code,Code Description,Coverage",
        "190.23,E78.5,x,Covered",
        "190.23,E11.9,x,Covered",
        "ALL,Z00.00,x,Non-covered",
    )
    imported(tmp_path, "ncd", folder)
    (found,) = coverage(tmp_path, "80061")
    assert found.policy == "NCD 190.23"
    assert found.covered == ("E119", "E785")
    assert found.not_covered == ("Z0000",)
    assert found.effective_from == date(2005, 1, 1)
    assert coverage(tmp_path, "82465") != []
    assert coverage(tmp_path, "85025") == []


def test_a_list_of_what_does_not_support_covers_everything_else(tmp_path: Path) -> None:
    folder = export(tmp_path, "61,1,True,2,190.15,Blood Counts,2002-11-25,")
    lists(
        folder,
        "blood.csv",
        "NCD,HCPCS,ICD-10,List",
        "190.15,85025,Z02.3,Does not support medical necessity",
    )
    imported(tmp_path, "ncd", folder)
    (found,) = coverage(tmp_path, "85025")
    assert (found.covered, found.not_covered) == ((), ("Z023",))


def test_parts_of_a_determination_are_lists_of_their_own(tmp_path: Path) -> None:
    folder = export(tmp_path, "98,2,True,2,190.20,Blood Glucose Testing,2005-01-01,")
    lists(
        folder,
        "glucose.csv",
        "NCD,HCPCS,ICD-10,Coverage",
        "190.20A,82947,E11.9,covered",
        "190.20B,82962,E10.9,covered",
    )
    imported(tmp_path, "ncd", folder)
    assert [each.policy for each in coverage(tmp_path, "82947")] == ["NCD 190.20A"]
    assert [each.covered for each in coverage(tmp_path, "82962")] == [("E109",)]


def test_what_covers_nothing_excludes_every_diagnosis(tmp_path: Path) -> None:
    folder = export(tmp_path, "43,1,True,3,50.5,Oxygen Treatment of Inner Ear,1978-08-01,")
    lists(folder, "codes.csv", "NCD,HCPCS", "50.5,A9999")
    imported(tmp_path, "ncd", folder)
    (found,) = coverage(tmp_path, "A9999")
    assert all(listed(code, found.not_covered) for code in ("A000", "H819", "U071", "Z9989"))


def test_retired_determinations_bind_nobody_however_they_are_dated(tmp_path: Path) -> None:
    folder = export(
        tmp_path,
        LIPIDS,
        "20,3,True,3,30.4,Electrosleep Therapy - RETIRED,2023-04-10,2021-01-01",
        "21,1,True,2,30.5,Something else,2023-04-10,2021-01-01",
    )
    lists(
        folder,
        "codes.csv",
        "NCD,HCPCS,ICD-10",
        "190.23,80061,E78.5",
        "30.4,A9999,E78.5",
        "30.5,A9998,E78.5",
    )
    imported(tmp_path, "ncd", folder)
    assert coverage(tmp_path, "A9999") == coverage(tmp_path, "A9998") == []


def test_a_determination_holds_from_its_day(tmp_path: Path) -> None:
    folder = export(tmp_path, "1,1,True,2,190.23,Lipid Testing,2024-08-01,2024-08-31")
    lists(folder, "codes.csv", "NCD,HCPCS,ICD-10", "190.23,80061,E78.5")
    imported(tmp_path, "ncd", folder)
    assert [len(coverage(tmp_path, "80061", date(2024, m, d))) for m, d in ((7, 31), (8, 1))] == [
        0,
        1,
    ]
    assert coverage(tmp_path, "80061", date(2024, 9, 1)) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("NCD,HCPCS,ICD-10", "190.23,8006,E78.5"), "'8006' is no procedure code"),
        (("NCD,HCPCS,ICD-10", "190.23,80061,78.5"), "'78.5' is no diagnosis code"),
        (("NCD,HCPCS,ICD-10", "lipids,80061,E78.5"), "'lipids' is no determination"),
        (("NCD,HCPCS,ICD-10", "190.23,,"), "neither procedures nor diagnoses"),
        (("section,words", "190.23,x"), "no line heads the columns ncd"),
    ],
)
def test_a_list_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, rows: tuple[str, ...], said: str
) -> None:
    folder = export(tmp_path, LIPIDS)
    lists(folder, "codes.csv", *rows)
    with pytest.raises(LayoutError, match=said):
        imported(tmp_path, "ncd", folder)


def test_an_export_without_lists_says_what_to_put_beside_it(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="put the code lists into the folder"):
        imported(tmp_path, "ncd", export(tmp_path, LIPIDS))

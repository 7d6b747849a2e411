"""Paths that the public file of the alphabetic index breaks off behind their brackets."""

from pathlib import Path

import pytest

from services.coding.codesets.alphabetic_index import IndexPhrase, read_index

HEAD = "Level,Term,See,SeeAlso,NonEssModif,Code\n"
TITLES = {
    "M10.30": "Gout due to renal impairment, unspecified site",
    "M10.37": "Gout due to renal impairment, ankle and foot",
    "M10.9": "Gout, unspecified",
    "B02.34": "Zoster scleritis",
    "I50.33": "Acute on chronic diastolic (congestive) heart failure",
    "B19.10": "Unspecified viral hepatitis B without hepatic coma",
    "B19.11": "Unspecified viral hepatitis B with hepatic coma",
    "B16.1": "Acute hepatitis B with delta-agent without hepatic coma",
    "A52.3": "Neurosyphilis, unspecified",
}


def read(tmp_path: Path, *rows: str) -> dict[str, IndexPhrase]:
    """The phrases of an index of these rows, by code."""
    path = tmp_path / "index.csv"
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return {each.code: each for each in read_index(path, TITLES)}


def test_what_is_lost_is_taken_from_the_title_of_the_code_for_it_and_all_below(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, "0,Gout,,,(acute),M10.9", "1,in,,,(due to),M10.30", "2,ankle,,,,M10.37-")
    assert set(found["M10.30"].tokens) == {"gout", "kidney", "impairment"}
    assert set(found["M10.37"].tokens) == {"gout", "kidney", "impairment", "ankle"}
    assert found["M10.9"].tokens == ("gout",)


def test_what_the_file_kept_behind_the_brackets_is_read_there(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "0,Failure,,,,",
        "1,heart,,,,",
        "2,diastolic,,,,",
        "3,acute,,,,",
        "4,and,,,(on) chronic (congestive),I50.33",
    )
    assert "chronic" in found["I50.33"].tokens
    assert "congestion" in found["I50.33"].optional


def test_with_alone_is_with_what_its_own_code_has_and_not_what_stands_below_it(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path,
        "0,Hepatitis,,,,",
        "1,B,,,,B19.10",
        "2,with,,,,B19.11",
        "3,delta,,,,B16.1",
    )
    assert "coma" in found["B19.11"].tokens
    assert "coma" not in found["B16.1"].tokens


@pytest.mark.parametrize(
    "row", ["1,remission in,,,(sustained),A52.3", "1,serological,,,(positive),A52.3"]
)
def test_what_is_whole_is_left_as_it_stands(tmp_path: Path, row: str) -> None:
    found = read(tmp_path, "0,Neurosyphilis,,,,", row)
    assert "unspecified" not in found["A52.3"].path
    assert "neurosyphili" in found["A52.3"].tokens[0]


def test_without_titles_nothing_is_added(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text(f"{HEAD}0,Scleritis,,,,\n1,in,,,(due to),B02.34\n", encoding="utf-8")
    assert [each.tokens for each in read_index(path)] == [("scleritis",)]

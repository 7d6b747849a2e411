"""A pair is found whichever way it is asked for, on the days of its edit and no others."""

import csv
import gzip
import itertools
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.pair_edits import lettered, numbered
from services.coding.codesets.published_file import LayoutError
from services.coding.domain.edits.tables import NoData, PairEdit
from tests.shared_data import needs_shared_data, shared
from tests.unit.coding.codesets.published import BEGINS, ENDS, imported, pair_file, tables, workbook

ROW = "11042 | 97597 |  | 20200101 | * | 1 | Misuse of Column Two code"
ON = date(2024, 8, 1)


def edit(folder: Path, one: str, other: str, on: date = ON) -> PairEdit | NoData | None:
    return tables(folder).pair(one, other, on)


def test_an_edit_is_found_whichever_code_is_named_first(tmp_path: Path) -> None:
    imported(tmp_path, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    wanted = PairEdit("11042", "97597", "1", "Misuse of Column Two code", "2024Q3")
    assert edit(tmp_path, "11042", "97597") == wanted
    assert edit(tmp_path, "97597", "11042") == wanted
    assert edit(tmp_path, "11042", "11043") is None


def test_a_day_outside_the_release_has_no_data_and_says_what_is_at_hand(tmp_path: Path) -> None:
    imported(tmp_path, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    no_data = NoData("ncci-ptp", ("2024Q3: 2024-07-01 to 2024-09-30",))
    assert edit(tmp_path, "11042", "97597", BEGINS - timedelta(1)) == no_data
    assert edit(tmp_path, "11042", "97597", ENDS + timedelta(1)) == no_data
    assert isinstance(edit(tmp_path, "11042", "97597", BEGINS), PairEdit)
    assert isinstance(edit(tmp_path, "11042", "97597", ENDS), PairEdit)


def test_an_edit_holds_from_its_first_day_to_its_deletion_date(tmp_path: Path) -> None:
    row = "11042 | 97597 |  | 20240715 | 20240820 | 0 | Sequential procedure"
    imported(tmp_path, "ncci-ptp", pair_file(tmp_path / "p.txt", row))
    in_force = [
        edit(tmp_path, "11042", "97597", day) is not None
        for day in (date(2024, 7, 14), date(2024, 7, 15), date(2024, 8, 20), date(2024, 8, 21))
    ]
    assert in_force == [False, True, True, False]


def test_of_two_rows_of_a_pair_the_one_that_applies_is_found(tmp_path: Path) -> None:
    path = pair_file(
        tmp_path / "p.txt",
        "13121 | 13120 |  | 20240801 | 20240801 | 9 | Retired at once",
        "13121 | 13120 | * | 19960101 | * | 0 | In force",
    )
    imported(tmp_path, "ncci-ptp", path)
    found = edit(tmp_path, "13120", "13121")
    assert isinstance(found, PairEdit)
    assert (found.indicator, found.rationale) == ("0", "In force")


def test_a_file_without_effective_dates_is_in_force_since_ever(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "column1,column2,deletion_date,modifier_indicator,rationale\n"
        "11042,97597,9999-12-31,1,Why\n11042,97598,2023-12-31,1,Why\n"
    )
    imported(tmp_path, "ncci-ptp", path)
    assert isinstance(edit(tmp_path, "11042", "97597"), PairEdit)
    assert edit(tmp_path, "11042", "97598") is None


def test_the_four_files_of_a_release_make_one_table(tmp_path: Path) -> None:
    first = pair_file(tmp_path / "f1.txt", ROW)
    second = pair_file(tmp_path / "f2.txt", ROW.replace("97597", "97598"), ROW)
    done = imported(tmp_path, "ncci-ptp", first, second)
    assert done.manifests[0].rows == 2
    assert edit(tmp_path, "11042", "97598") is not None


def test_a_workbook_and_a_file_without_header_read_alike(tmp_path: Path) -> None:
    cells = ROW.split(" | ")
    book = workbook(
        tmp_path / "p.xlsx",
        [
            ["A notice"],
            [
                "Column 1",
                "Column 2",
                "*=in existence",
                "Effective Date",
                "Deletion",
                "Modifier",
                "R",
            ],
            cells,
        ],
    )
    bare = tmp_path / "p.txt"
    bare.write_text("\t".join(cells) + "\n")
    imported(tmp_path / "a", "ncci-ptp", book)
    imported(tmp_path / "b", "ncci-ptp", bare)
    for folder in (tmp_path / "a", tmp_path / "b"):
        found = edit(folder, "11042", "97597")
        assert isinstance(found, PairEdit)
        assert found.indicator == "1"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("11042 | 9759 |  | 20200101 | * | 1 | Why", "line 7: not two procedure codes"),
        ("11042 | 97597 |  | 20200101 | * | 2 | Why", "line 7: no modifier indicator"),
        ("11042 | 97597 |  | 20201301 | * | 1 | Why", "line 7: '20201301' is no date"),
        ("11042 | 97597 |  | 20200101", "line 7: no modifier indicator"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, row: str, said: str
) -> None:
    path = pair_file(tmp_path / "p.txt", ROW, row)
    with pytest.raises(LayoutError, match=said):
        imported(tmp_path / "sets", "ncci-ptp", path)
    assert not list((tmp_path / "sets").iterdir())


def test_the_hospital_edits_are_refused(tmp_path: Path) -> None:
    path = pair_file(tmp_path / "ccioph-v303r0-f1.TXT", ROW)
    with pytest.raises(LayoutError, match="practitioner files"):
        imported(tmp_path / "sets", "ncci-ptp", path)


def test_a_header_without_edits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="a header and no edit"):
        imported(tmp_path / "sets", "ncci-ptp", pair_file(tmp_path / "p.txt"))


@pytest.mark.parametrize("code", ["", "9921", "992133", "99-13", "９９２１３", "J 123"])
def test_what_is_no_code_has_no_edit(tmp_path: Path, code: str) -> None:
    imported(tmp_path, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    assert edit(tmp_path, code, "97597") is None
    assert edit(tmp_path, "97597", code) is None


@pytest.mark.parametrize("cut", [0, 7, 40, 200, -8])
def test_a_table_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    imported(tmp_path, "ncci-ptp", pair_file(tmp_path / "p.txt", ROW))
    path = tmp_path / "ncci-ptp-2024Q3.table"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:cut])
    with pytest.raises(ArtefactError, match="import it"):
        edit(tmp_path, "11042", "97597")


@given(st.from_regex(r"[0-9A-Z]{5}", fullmatch=True))
def test_a_code_is_its_number_and_numbers_are_in_the_codes_order(code: str) -> None:
    assert lettered(numbered(code)) == code
    assert (numbered(code) < numbered("J0696")) == (code < "J0696")


CODES = st.sampled_from(["00100", "0001A", "11042", "97597", "99213", "J0696", "G0008"])
DAYS = st.dates(date(2024, 6, 20), date(2024, 10, 10))
ROWS = st.lists(
    st.tuples(CODES, CODES, DAYS, st.none() | DAYS, st.sampled_from("019")), min_size=1, max_size=12
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, on=st.dates(BEGINS, ENDS))
def test_a_look_up_equals_a_scan_of_the_file(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, date, date | None, str]],
    on: date,
) -> None:
    folder = tmp_path_factory.mktemp("pairs")
    path = pair_file(
        folder / "p.txt",
        *(
            f"{one} | {other} |  | {begins:%Y%m%d} | {f'{ends:%Y%m%d}' if ends else '*'} | {how}"
            for one, other, begins, ends, how in rows
        ),
    )
    imported(folder, "ncci-ptp", path)
    loaded = tables(folder)
    for one, other in itertools.product(["00100", "0001A", "11042", "J0696"], repeat=2):
        there = {
            how
            for column1, column2, begins, ends, how in rows
            if {column1, column2} == {one, other}
            and (column1, column2) in ((one, other), (other, one))
            and begins <= on
            and (ends is None or on <= ends)
        }
        found = loaded.pair(one, other, on)
        if not there:
            assert found is None
        else:
            assert isinstance(found, PairEdit)
            assert found.indicator in (there - {"9"} or there)


@needs_shared_data
def test_the_published_file_is_found_again_row_by_row(tmp_path: Path) -> None:
    source = shared("coding", "cms_2024q3", "ncci_ptp_prac.csv.gz")
    with gzip.open(source, "rt", encoding="utf-8", newline="") as lines:
        header = next(lines)
        sample = list(itertools.islice(lines, 0, None, 83))
    part = tmp_path / "part.csv"
    part.write_text(header + "".join(sample))
    imported(tmp_path, "ncci-ptp", part)
    loaded = tables(tmp_path)
    on = date(2024, 8, 1)
    in_force: dict[tuple[str, str], set[str]] = {}
    for one, other, deletion, indicator, _ in csv.reader(sample):
        if deletion >= on.isoformat():
            in_force.setdefault((one, other), set()).add(indicator)
    for one, other, *_ in csv.reader(sample):
        wanted = in_force.get((one, other)) or in_force.get((other, one))
        found = loaded.pair(one, other, on)
        assert not isinstance(found, NoData)
        assert (found is None) == (wanted is None)
        if found is not None and wanted is not None:
            assert found.indicator in wanted
    assert len(in_force) > 15_000

"""Published files are read as they come, and refused with their line when they do not fit."""

import gzip
import zipfile
from datetime import date
from pathlib import Path

import pytest

from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.published_file import LayoutError, code_of, date_of, headed, rows
from tests.unit.coding.codesets.published import workbook

NEEDED = {"code": ("code",), "units": ("units",)}
TEXT = "A notice\n\nCode,Units\n99213,2\n"


def read(path: Path) -> list[tuple[int, dict[str, str]]]:
    return list(headed(path, NEEDED))


def test_notices_above_the_header_are_passed_over_and_lines_keep_their_numbers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "plain.csv"
    path.write_text(TEXT)
    assert read(path) == [(4, {"code": "99213", "units": "2"})]


def test_a_file_reads_the_same_packed_or_not(tmp_path: Path) -> None:
    packed = tmp_path / "list.csv.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    archive = tmp_path / "list.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("readme.pdf", b"words")
        written.writestr("list.csv", TEXT)
    assert read(packed) == read(archive) == [(4, {"code": "99213", "units": "2"})]


def test_a_spreadsheet_reads_as_its_text(tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "list.xlsx", [["A notice"], ["Code", "", "Units"], ["0001U", "", "7"]]
    )
    assert read(book) == [(3, {"code": "0001U", "units": "7"})]


def test_a_spreadsheet_inside_an_archive_is_found(tmp_path: Path) -> None:
    book = workbook(tmp_path / "list.xlsx", [["Code", "Units"], ["0001U", "7"]])
    archive = tmp_path / "list.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.write(book, "list.xlsx")
    assert read(archive) == [(2, {"code": "0001U", "units": "7"})]


def test_a_damaged_spreadsheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("xl/workbook.xml", "<workbook/>")
        written.writestr("xl/worksheets/sheet1.xml", "<worksheet><sheetData>")
    with pytest.raises(LayoutError, match="damaged; save it as CSV"):
        read(path)


def test_windows_characters_are_read(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_bytes(b"Code,Units\n99213,\x932\x94\n")
    assert read(path)[0][1]["units"] == "\u201c2\u201d"


def test_a_byte_order_mark_is_no_part_of_the_first_heading(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_bytes(b"\xef\xbb\xbfCode,Units\n99213,2\n")
    assert read(path) == [(2, {"code": "99213", "units": "2"})]


def test_an_archive_with_two_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("a.csv", TEXT)
        written.writestr("b.csv", TEXT)
    with pytest.raises(LayoutError, match="2 tables; unpack it"):
        read(path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress((TEXT * 500).encode())[:-20])
    with pytest.raises(LayoutError, match="cut short or damaged; download it again"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"\x7fELF\0\0\0\0", b"nothing,that\nis,known\n"])
def test_what_has_no_such_columns_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(LayoutError, match="Nothing was imported"):
        read(path)


def test_a_file_that_is_not_there_is_refused_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"^cannot read absent\.csv"):
        list(rows(tmp_path / "absent.csv"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20240229", date(2024, 2, 29)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2/29/2024", date(2024, 2, 29)),
        ("02/29/2024 12:00:00 AM", date(2024, 2, 29)),
        ("2024060", date(2024, 2, 29)),
        ("2024366", date(2024, 12, 31)),
        ("*", None),
        ("", None),
        ("0", None),
    ],
)
def test_dates_are_read_as_publishers_write_them(text: str, day: date | None) -> None:
    assert date_of(Path("x"), 1, text) == day


@pytest.mark.parametrize("text", ["20240230", "2023366", "2024000", "2024-13-01", "soon", "99"])
def test_what_is_no_date_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(LayoutError, match=r"x, line 7: .* is no date"):
        date_of(Path("x"), 7, text)


@pytest.mark.parametrize("text", ["9921", "992133", "99 13", "CODE!", ""])
def test_what_is_no_procedure_code_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(LayoutError, match=r"x, line 7: .* is no procedure code"):
        code_of(Path("x"), 7, text)

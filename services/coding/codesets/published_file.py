"""Files as their publishers give them: rows with line numbers, whatever they are wrapped in.

Comma or tab, plain, gzip, zip with one table in it, or a spreadsheet (xlsx); UTF-8 or Windows-1252.
Notices above the header line, as CMS puts them, are passed over. What does not fit is refused with
its line and what to do, and nothing is imported.
"""

import csv
import gzip
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from services.coding.codesets import spreadsheet
from services.coding.codesets.artefact import ArtefactError

Watch = Callable[[Path, int, int], None]
"""Told now and then how far reading is: the file, bytes read, bytes in all."""
Row = tuple[int, list[str]]
Columns = Mapping[str, Sequence[str]]

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_SNIFFED_LINES = 200
_LOOKED_AT = 5
_HEADER_WITHIN = 80
_BETWEEN_REPORTS = 20_000
_LONGEST_CELL = 1 << 26
_TABLES = (".txt", ".csv", ".xlsx", ".xml")
_CODE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")


class LayoutError(ArtefactError):
    """A file is not in the layout expected, or is damaged; says where and what to do."""

    def __init__(self, path: Path, line: int, found: str, todo: str) -> None:
        at = f", line {line}" if line else ""
        super().__init__(f"{path.name}{at}: {found}; {todo}. Nothing was imported")


def unwatched(path: Path, done: int, total: int) -> None:
    """Reports nothing."""


def rows(path: Path, watch: Watch = unwatched) -> Iterator[Row]:
    """Every row that is not blank, with the number of its (last) line."""
    try:
        size = path.stat().st_size
        with path.open("rb") as raw:
            for count, row in enumerate(_unwrapped(path, raw)):
                if count % _BETWEEN_REPORTS == 0:
                    watch(path, raw.tell(), size)
                yield row
            watch(path, size, size)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise LayoutError(path, 0, "cut short or damaged", "download it again") from error
    except OSError as error:
        raise ArtefactError(f"cannot read {path.name}: {error.strerror}") from error


def _unwrapped(path: Path, raw: BinaryIO) -> Iterator[Row]:
    start = raw.read(4)
    raw.seek(0)
    if start == _ZIP:
        yield from _zipped(path, raw)
    elif start[:2] == _GZIP:
        with gzip.GzipFile(fileobj=raw) as lines:
            yield from _text_rows(path, lines)
    else:
        yield from _text_rows(path, raw)


def _zipped(path: Path, raw: BinaryIO) -> Iterator[Row]:
    with zipfile.ZipFile(raw) as archive:
        if spreadsheet.is_one(archive):
            yield from _sheet(path, archive)
            return
        inside = [name for name in archive.namelist() if name.lower().endswith(_TABLES)]
        if len(inside) != 1:
            raise LayoutError(
                path, 0, f"an archive with {len(inside)} tables", "unpack it and name the table"
            )
        with archive.open(inside[0]) as member:
            content = member.read()
    if content[:4] == _ZIP:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            yield from _sheet(path, book)
    else:
        yield from _text_rows(path, io.BytesIO(content))


def _sheet(path: Path, archive: zipfile.ZipFile) -> Iterator[Row]:
    try:
        for line, cells in spreadsheet.rows(archive):
            if any(cells):
                yield line, cells
    except spreadsheet.NotASpreadsheetError as error:
        raise LayoutError(path, 0, str(error), "save it as CSV and import that") from error


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        text = line[3:] if number == 0 and line.startswith(b"\xef\xbb\xbf") else line
        try:
            yield text.decode("utf-8")
        except UnicodeDecodeError:
            yield text.decode("cp1252", "replace")


def _text_rows(path: Path, lines: Iterable[bytes]) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    source = iter(lines)
    head = list(itertools.islice(source, _SNIFFED_LINES))
    if any(b"\0" in line for line in head):
        raise LayoutError(path, 0, "not a table of text", "give the file as published")
    below_notices = [line for line in head if line.strip()][-_LOOKED_AT:]
    tabs = any(b"\t" in line for line in below_notices)
    text = _decoded(itertools.chain(head, source))
    reader = csv.reader(
        text,
        delimiter="\t" if tabs else ",",
        quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
    )
    try:
        for cells in reader:
            if cells and any(cells):
                yield reader.line_num, [cell.strip(' "') for cell in cells] if tabs else cells
    except csv.Error as error:
        raise LayoutError(path, reader.line_num, str(error), "download it again") from error


def plain(heading: str) -> str:
    """A heading as small words joined by ``_``: ``Deletion Date *=no data`` is deletion_date..."""
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def positions(cells: Sequence[str], wanted: Columns) -> dict[str, int]:
    """Where each wanted column stands, by the first of its names that a heading begins with."""
    headings = [plain(cell) for cell in cells]
    found: dict[str, int] = {}
    for column, names in wanted.items():
        for name in names:
            exact = [n for n, heading in enumerate(headings) if heading == name]
            begun = [n for n, heading in enumerate(headings) if heading.startswith(f"{name}_")]
            if exact or begun:
                found[column] = (exact or begun)[0]
                break
    return found


def headed(
    path: Path, needed: Columns, optional: Columns | None = None, watch: Watch = unwatched
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows below the header line as cells by our own names; an absent optional one is empty.

    Raises ``LayoutError`` when no line near the top heads the needed columns.
    """
    wanted = {**needed, **(optional or {})}
    at: dict[str, int] | None = None
    for count, (line, cells) in enumerate(rows(path, watch)):
        if at is None:
            there = positions(cells, wanted)
            if needed.keys() <= there.keys():
                at = there
            elif count > _HEADER_WITHIN:
                break
            continue
        width = len(cells)
        yield (
            line,
            {
                name: cells[at[name]].strip() if name in at and at[name] < width else ""
                for name in wanted
            },
        )
    if at is None:
        raise no_header(path, needed)


def no_header(path: Path, needed: Iterable[str]) -> LayoutError:
    """The error for a file in which no line heads the columns needed."""
    return LayoutError(
        path, 0, f"no line heads the columns {', '.join(needed)}", "give the file as published"
    )


def code_of(path: Path, line: int, text: str) -> str:
    """A CPT(R) or HCPCS code of five characters. Raises ``LayoutError``."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise LayoutError(
            path, line, f"{text[:12]!r} is no procedure code", "give the file as published"
        )
    return code


def date_of(path: Path, line: int, text: str) -> date | None:
    """A date as publishers write it; None where they write none (empty, ``*``, 0).

    ``20240701``, ``2024-07-01``, ``07/01/2024``, and ``2024183`` (year and day of the year).
    """
    bare = text.strip().split(" ")[0]
    if bare in ("", "*", "0", "00000000", "0000000"):
        return None
    try:
        if bare.isdigit() and len(bare) == 8:
            return date(int(bare[:4]), int(bare[4:6]), int(bare[6:]))
        if bare.isdigit() and len(bare) == 7:
            day = date(int(bare[:4]), 1, 1) + timedelta(int(bare[4:]) - 1)
            if int(bare[4:]) and day.year == int(bare[:4]):
                return day
        elif "/" in bare:
            month, day_of_month, year = (int(part) for part in bare.split("/"))
            return date(year, month, day_of_month)
        else:
            return date.fromisoformat(bare)
    except (ValueError, OverflowError):
        pass
    raise LayoutError(path, line, f"{bare[:12]!r} is no date", "give the file as published")

"""Small files in the layouts of their publishers, made up for the tests."""

import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from services.coding.codesets.edit_tables import LoadedTables
from services.coding.codesets.importing import Import, Imported, own_manifests
from services.coding.codesets.published_file import Watch, unwatched

BEGINS, ENDS = date(2024, 7, 1), date(2024, 9, 30)
NOTICE = "CPT only copyright American Medical Association.  All rights reserved.\n"
PAIR_HEADER = (
    "Column1/Column2 Edits\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "\t\t\t\t*=no data\t1=allowed\t\n"
)


def pair_file(path: Path, *rows: str) -> Path:
    """A file of CMS's practitioner edits: notice, wrapped header, tab-separated rows."""
    lines = "".join(row.replace(" | ", "\t") + "\r\n" for row in rows)
    path.write_text(NOTICE + PAIR_HEADER + lines, encoding="utf-8")
    return path


def imported(
    folder: Path,
    kind: str,
    *paths: Path,
    release: str = "2024Q3",
    begins: date = BEGINS,
    ends: date = ENDS,
    replace: bool = False,
    watch: Watch = unwatched,
) -> Imported:
    """Import ``paths`` into ``folder``."""
    return Import(kind, paths, release, begins, ends).into(folder, replace=replace, watch=watch)


def tables(folder: Path) -> LoadedTables:
    """The edit tables in ``folder``, their files not checked."""
    return LoadedTables(own_manifests(folder), lambda each: folder / f"{each.name}.table")


def workbook(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """An xlsx with shared strings, numbers, and empty cells left out as Excel does."""
    shared: list[str] = []
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for at, text in enumerate(row):
            where = f"{chr(65 + at)}{number}"
            if not text:
                continue
            if text.isdigit() and not text.startswith("0"):
                cells.append(f'<c r="{where}"><v>{text}</v></c>')
            else:
                shared.append(text)
                cells.append(f'<c r="{where}" t="s"><v>{len(shared) - 1}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    strings = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<workbook {space}/>")
        archive.writestr("xl/sharedStrings.xml", f"<sst {space}>{strings}</sst>")
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f"<worksheet {space}><sheetData>{''.join(lines)}</sheetData></worksheet>",
        )
    return path

"""HCPCS Level II as CMS delivers it: the quarterly "ANWEB" file, fixed width or as a table.

Fixed width, by position: 1-5 code, 6-10 sequence, 11 record (3 and 4 a procedure's first and
further lines, 7 and 8 a modifier's), 12-91 long description, 92-119 short, 230 coverage, 269-276
added, 277-284 action in effect, 285-292 terminated (the last day of use), 293 action. As a table
(xlsx, CSV) the same fields stand under HCPC, SEQNUM, RECID, LONG DESCRIPTION, ... TERM DT.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from services.coding.codesets.hcpcs_files import HcpcsItem, descriptor, read_hcpcs
from services.coding.codesets.published_file import (
    Columns,
    LayoutError,
    Watch,
    code_of,
    date_of,
    headed,
    positions,
    rows,
)

_NEEDED = {
    "code": ("hcpc", "hcpcs", "hcpcs_code"),
    "title": ("long_description",),
    "added": ("add_dt", "add_date"),
    "terminated": ("term_dt", "term_date"),
}
_OPTIONAL = {"record": ("recid",), "coverage": ("cov", "cov_code")}
_ATTRIBUTES = {"code": ("hcpcs_code",), "added": ("date_added",), "terminated": ("date_term",)}
_DESCRIPTIONS = {"code": ("hcpcs_code",), "title": ("hcpcs_description",)}
_FIRST, _FURTHER = "3", "4"
_WIDTH = 293
_AS_PUBLISHED = "give CMS's quarterly file (HCPC...ANWEB), fixed width, xlsx or CSV"


def read_items(paths: Sequence[Path], watch: Watch) -> list[HcpcsItem]:
    """Every code once, in order. Raises ``LayoutError``."""
    attributes, descriptions = (
        next((path for path in paths if _heads(path, wanted)), None)
        for wanted in (_ATTRIBUTES, _DESCRIPTIONS)
    )
    if attributes is not None and descriptions is not None:
        return read_hcpcs(attributes, descriptions)
    items: dict[str, HcpcsItem] = {}
    for path in paths:
        found = _fixed(path) if _is_fixed(path) else headed(path, _NEEDED, _OPTIONAL, watch)
        items.update(_items(path, found))
    if not items:
        raise LayoutError(paths[0], 0, "no HCPCS Level II code", _AS_PUBLISHED)
    return [items[code] for code in sorted(items)]


def _heads(path: Path, wanted: Columns) -> bool:
    for _, cells in rows(path):
        return positions(cells, wanted).keys() == wanted.keys()
    return False


def _is_fixed(path: Path) -> bool:
    with path.open("rb") as file:
        line = file.readline(1000).rstrip(b"\r\n")
    return len(line) >= _WIDTH and line[5:10].isdigit() and line[10:11] in b"3478"


def _fixed(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="cp1252", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            if len(line.rstrip("\r\n")) < _WIDTH and line[10:11] != _FURTHER:
                raise LayoutError(path, number, "a record cut short", "download it again")
            yield (
                number,
                {
                    "code": line[:5].strip(),
                    "record": line[10:11],
                    "title": line[11:91].strip(),
                    "coverage": line[229:230].strip(),
                    "added": line[268:276].strip(),
                    "terminated": line[284:292].strip(),
                },
            )


def _items(path: Path, found: Iterator[tuple[int, dict[str, str]]]) -> dict[str, HcpcsItem]:
    firsts: dict[str, dict[str, str]] = {}
    titles: dict[str, list[str]] = {}
    for line, row in found:
        if row["record"] not in ("", _FIRST, _FURTHER) or len(row["code"]) == 2:
            continue  # a modifier
        code = code_of(path, line, row["code"])
        titles.setdefault(code, []).append(row["title"])
        if row["record"] == _FURTHER and code in firsts:
            continue
        dates = [date_of(path, line, row[name]) for name in ("added", "terminated")]
        added, terminated = ("" if day is None else day.isoformat() for day in dates)
        firsts[code] = {**row, "added": added, "terminated": terminated}
    items: dict[str, HcpcsItem] = {}
    for code, row in firsts.items():
        title = " ".join(" ".join(titles[code]).split())
        name, dose, unit = descriptor(code, title)
        items[code] = HcpcsItem(
            code, title, row["added"], row["terminated"], row["coverage"], name, dose, unit
        )
    return items

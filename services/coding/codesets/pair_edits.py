"""NCCI procedure-to-procedure edits: CMS's files, and the sorted columns made of them.

CMS layout (practitioner files ``ccipra-...``, tab or xlsx): column 1, column 2, ``*`` in existence
before 1996, effective date, deletion date (``*`` none), modifier indicator, rationale. The deletion
date is the last day of the edit. A file without effective dates is taken as in force since ever.
(NCCI Policy Manual I.E)
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from services.coding.codesets import column_file
from services.coding.codesets.artefact import ArtefactError, Manifest
from services.coding.codesets.published_file import (
    LayoutError,
    Watch,
    date_of,
    no_header,
    positions,
    rows,
)
from services.coding.domain.edits.tables import PairEdit

NEEDED = {
    "column1": ("column_1", "column1"),
    "column2": ("column_2", "column2"),
    "deletion": ("deletion_date", "deletion"),
    "indicator": ("modifier_indicator", "modifier"),
}
OPTIONAL = {
    "effective": ("effective_date", "effective"),
    "rationale": ("ptp_edit_rationale", "rationale"),
}
_UNHEADED = {
    "column1": 0,
    "column2": 1,
    "effective": 3,
    "deletion": 4,
    "indicator": 5,
    "rationale": 6,
}
_HEADER_WITHIN = 80
_EPOCH = date(1970, 1, 1)
_NEVER_ENDS = 0xFFFF
_CODE_BITS = 26
_INDICATORS = {"0": 0, "1": 1, "9": 9}
_AS_PUBLISHED = "give the file as CMS publishes it"


def numbered(code: str) -> int:
    """A code of five letters and digits as a number, -1 for what is none; the order is theirs."""
    if len(code) != 5 or not code.isalnum() or not code.isascii():
        return -1
    return int(code, 36)


def lettered(number: int) -> str:
    """The code of a number."""
    letters = ""
    for _ in range(5):
        number, digit = divmod(number, 36)
        letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + letters
    return letters


def _day(on: date | None, without: int) -> int:
    if on is None:
        return without
    return min(max((on - _EPOCH).days, 0), _NEVER_ENDS)


class _Reading:
    """Rows of one or more files, each packed into one integer so that sorting is one call."""

    def __init__(self) -> None:
        self.packed: list[int] = []
        self.rationales: dict[str, int] = {}
        self._days: dict[str, int] = {}

    def file(self, path: Path, watch: Watch) -> None:
        at: dict[str, int] | None = None
        before = len(self.packed)
        for count, (line, cells) in enumerate(rows(path, watch)):
            if at is None:
                at = positions(cells, {**NEEDED, **OPTIONAL})
                if at.keys() >= NEEDED.keys():
                    continue
                at = dict(_UNHEADED) if _is_row(cells) else None
                if count > _HEADER_WITHIN:
                    break
                if at is None:
                    continue
            if len(self.packed) == before and not cells[at["column1"]].strip():
                continue  # a header that CMS wraps over several lines
            self._row(path, line, cells, at)
        if at is None:
            raise no_header(path, NEEDED)
        if len(self.packed) == before:
            raise LayoutError(path, 0, "a header and no edit", _AS_PUBLISHED)

    def _row(self, path: Path, line: int, cells: list[str], at: dict[str, int]) -> None:
        try:
            one, other = cells[at["column1"]], cells[at["column2"]]
            indicator = _INDICATORS[cells[at["indicator"]]]
            deletion = cells[at["deletion"]]
        except (IndexError, KeyError):
            raise LayoutError(
                path, line, "no modifier indicator of 0, 1 or 9", _AS_PUBLISHED
            ) from None
        first, second = numbered(one), numbered(other)
        if first < 0 or second < 0:
            raise LayoutError(path, line, "not two procedure codes", _AS_PUBLISHED)
        effective = cells[at["effective"]] if "effective" in at else ""
        why = cells[at["rationale"]] if at.get("rationale", 99) < len(cells) else ""
        rationale = self.rationales.setdefault(why, len(self.rationales))
        begins = self._date(path, line, effective, 0)
        ends = self._date(path, line, deletion, _NEVER_ENDS)
        self.packed.append(
            (first << _CODE_BITS | second) << 52
            | begins << 36
            | ends << 20
            | indicator << 16
            | rationale
        )

    def _date(self, path: Path, line: int, text: str, without: int) -> int:
        key = f"{without} {text}"
        known = self._days.get(key)
        if known is None:
            known = self._days[key] = _day(date_of(path, line, text), without)
        return known


def _is_row(cells: list[str]) -> bool:
    return (
        len(cells) >= 6
        and numbered(cells[0]) >= 0
        and numbered(cells[1]) >= 0
        and len(cells[3]) == 8
        and cells[3].isdigit()
    )


def compile_pairs(paths: Sequence[Path], out: Path, watch: Watch) -> int:
    """Sort the edits of ``paths`` into the column file ``out``; returns how many there are.

    Raises ``LayoutError``.
    """
    reading = _Reading()
    for path in paths:
        if path.name.lower().startswith("ccioph"):
            raise LayoutError(
                path,
                0,
                "the hospital edits",
                "professional claims need the practitioner files (ccipra)",
            )
        reading.file(path, watch)
    if len(reading.rationales) > 0xFFFF:
        raise ArtefactError("more than 65 535 different rationales; the files are damaged")
    packed = sorted(set(reading.packed))
    reading.packed.clear()
    columns = {
        "key": array("Q", (row >> 52 for row in packed)),
        "begins": array("H", (row >> 36 & 0xFFFF for row in packed)),
        "ends": array("H", (row >> 20 & 0xFFFF for row in packed)),
        "indicator": array("B", (row >> 16 & 0xF for row in packed)),
        "rationale": array("H", (row & 0xFFFF for row in packed)),
    }
    column_file.write(out, columns, {"rationales": list(reading.rationales)})
    return len(packed)


class PairRelease:
    """One release of the pairs; a look-up is a bisection in the mapped keys."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        file = column_file.ColumnFile(path)
        self.release = manifest.release
        self._keys = file.column("key")
        self._begins = file.column("begins")
        self._ends = file.column("ends")
        self._indicators = file.column("indicator")
        self._rationale = file.column("rationale")
        self._rationales: list[str] = file.facts["rationales"]

    def pair(self, one: str, other: str, on: date) -> PairEdit | None:
        """The edit in force on the day, whichever code is column 1; one that applies first."""
        first, second = numbered(one), numbered(other)
        if first < 0 or second < 0:
            return None
        day = (on - _EPOCH).days
        inactive: PairEdit | None = None
        for key, column1, column2 in (
            (first << _CODE_BITS | second, one, other),
            (second << _CODE_BITS | first, other, one),
        ):
            at = bisect_left(self._keys, key)
            while at < len(self._keys) and self._keys[at] == key:
                ends = self._ends[at]
                if self._begins[at] <= day and (day <= ends or ends == _NEVER_ENDS):
                    edit = PairEdit(
                        column1.upper(),
                        column2.upper(),
                        str(self._indicators[at]),
                        self._rationales[self._rationale[at]],
                        self.release,
                    )
                    if edit.indicator != "9":
                        return edit
                    inactive = inactive or edit
                at += 1
        return inactive

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every pair in order, its periods in one value: for comparing releases."""
        at, count = 0, len(self._keys)
        while at < count:
            key, periods = self._keys[at], []
            while at < count and self._keys[at] == key:
                periods.append(
                    f"{self._indicators[at]} {_iso(self._begins[at])}..{_iso(self._ends[at])}"
                )
                at += 1
            name = f"{lettered(key >> _CODE_BITS)} {lettered(key & (1 << _CODE_BITS) - 1)}"
            yield name, {"edit": ", ".join(periods)}


def _iso(day: int) -> str:
    if day in (0, _NEVER_ENDS):
        return ""
    return (_EPOCH + timedelta(day)).isoformat()

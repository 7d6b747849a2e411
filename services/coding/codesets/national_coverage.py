"""National coverage determinations as policies: the coverage database's NCD export and code lists.

The export (``ncd_trkg.csv`` in an unpacked folder) names determinations by section of the NCD
Manual with their dates, whether they cover at all (level 3: nothing), and no codes. These stand in
lists of their own (the laboratory code lists, coding instructions): any other table in the folder
with a column for the determination and one for procedures, for diagnoses, or for both. A list says
in a column whether its diagnoses are covered; without one they are. ``ALL`` in place of a
determination is for every one of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.coding.codesets.coverage_policy import AS_PUBLISHED, Policy, is_diagnosis
from services.coding.codesets.published_file import (
    Columns,
    LayoutError,
    Watch,
    code_of,
    date_of,
    headed,
)

EXPORT = "ncd_trkg.csv"
_EXPORTED = "ncd_"
_LISTS = (".csv", ".xlsx", ".txt")
_SECTION = re.compile(r"(?:NCD\s*)?(\d{1,3}(?:\.\d{1,3}){1,3})\s*([A-Z]?)", re.IGNORECASE)
_EVERY = "ALL"
_RETIRED = re.compile(r"\bRETIRED\b", re.IGNORECASE)
_COVERS_NOTHING = "3"
_EVERYTHING = ("A00-Z99",)
_NOT_COVERED = re.compile(r"\b(?:non|not|no|does not|do not|denied|n)\b|^non", re.IGNORECASE)
_HEAD: Columns = {
    "section": ("ncd_mnl_sect",),
    "begins": ("ncd_efctv_dt",),
    "ends": ("ncd_trmntn_dt",),
}
_HEAD_OPTIONAL: Columns = {"title": ("ncd_mnl_sect_title",), "level": ("cvrg_lvl_cd",)}
_DETERMINATION = ("ncd", "ncd_number", "ncd_section", "determination")
_PROCEDURE = ("hcpcs_cpt_code", "hcpcs_code", "cpt_hcpcs_code", "hcpcs", "cpt_code", "cpt",
              "procedure_code")  # fmt: skip
_DIAGNOSIS = ("icd_10_cm_code", "icd_10_code", "icd_10_cm", "icd10_code", "icd10", "icd_10",
              "diagnosis_code")  # fmt: skip
_COVERED = ("coverage", "covered", "list", "list_type", "status")


@dataclass(slots=True)
class _Codes:
    """What the lists say of one determination."""

    procedures: set[str] = field(default_factory=set)
    covered: set[str] = field(default_factory=set)
    not_covered: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Head:
    begins: str
    ends: str
    covers_nothing: bool


def is_national(folder: Path) -> bool:
    """Whether an unpacked folder is the export of national determinations."""
    return (folder / EXPORT).exists()


def read_national(folder: Path, watch: Watch) -> Iterator[Policy]:
    """The determinations with their procedure codes. Raises ``LayoutError``."""
    heads = _heads(folder / EXPORT, watch)
    lists = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in _LISTS and not path.name.lower().startswith((_EXPORTED, "readme"))
    )
    if not lists:
        raise LayoutError(
            folder, 0, "no code list beside ncd_trkg.csv", "put the code lists into the folder"
        )
    codes: dict[str, _Codes] = defaultdict(_Codes)
    for path in lists:
        _read_list(path, codes, watch)
    for_all = codes.pop(_EVERY, _Codes())
    for named in sorted(codes, key=_order):
        head = heads.get(named) or heads.get(named.rstrip("ABCDEFGH"))
        mine = codes[named]
        if head is None or not mine.procedures:
            continue  # retired, or without a procedure that it could be looked up by
        not_covered = mine.not_covered | for_all.not_covered
        if head.covers_nothing and not mine.covered:
            not_covered = set(_EVERYTHING)
        if mine.covered or not_covered:
            yield Policy(
                f"NCD {named}",
                (),
                tuple(sorted(mine.procedures)),
                tuple(sorted(mine.covered)),
                tuple(sorted(not_covered)),
                head.begins,
                head.ends,
            )


def _order(named: str) -> tuple[list[int], str]:
    return [int(part) for part in re.findall(r"\d+", named)], named


def _heads(path: Path, watch: Watch) -> dict[str, _Head]:
    """Determinations in force by section; the last version of each.

    A retired one may name no end, or one before its last version began: its title says so.
    """
    found: dict[str, _Head] = {}
    for line, row in headed(path, _HEAD, _HEAD_OPTIONAL, watch):
        begins, ends = (date_of(path, line, row[name]) for name in ("begins", "ends"))
        section = row["section"].strip()
        if _RETIRED.search(row["title"]) or (begins and ends and ends < begins):
            found.pop(section, None)
            continue
        head = _Head(
            "" if begins is None else begins.isoformat(),
            "" if ends is None else ends.isoformat(),
            row["level"].strip() == _COVERS_NOTHING,
        )
        if section not in found or found[section].begins <= head.begins:
            found[section] = head
    return found


def _read_list(path: Path, codes: dict[str, _Codes], watch: Watch) -> None:
    needed: Columns = {"ncd": _DETERMINATION}
    optional: Columns = {"code": _PROCEDURE, "diagnosis": _DIAGNOSIS, "covered": _COVERED}
    seen = False
    for line, row in headed(path, needed, optional, watch):
        named = _named(path, line, row["ncd"])
        if not named:
            continue
        if row["code"]:
            codes[named].procedures.add(code_of(path, line, row["code"]))
            seen = True
        diagnosis = row["diagnosis"].upper().replace(" ", "")
        if not diagnosis:
            continue
        seen = True
        if not is_diagnosis(diagnosis):
            raise LayoutError(path, line, f"{diagnosis[:12]!r} is no diagnosis code", AS_PUBLISHED)
        denied = bool(row["covered"]) and _NOT_COVERED.search(row["covered"]) is not None
        kept = codes[named].not_covered if denied else codes[named].covered
        kept.add(diagnosis.replace(".", ""))
    if not seen:
        raise LayoutError(path, 0, "neither procedures nor diagnoses", AS_PUBLISHED)


def _named(path: Path, line: int, text: str) -> str:
    """The determination as section and letter; empty for a cell that repeats nothing."""
    cell = text.strip()
    if not cell:
        return ""
    if cell.upper() == _EVERY:
        return _EVERY
    match = _SECTION.match(cell)
    if match is None:
        raise LayoutError(path, line, f"{cell[:12]!r} is no determination", AS_PUBLISHED)
    return match[1] + match[2].upper()

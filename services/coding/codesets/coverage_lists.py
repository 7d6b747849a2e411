"""Medical necessity lists: local and national coverage determinations, and their compiled table.

Layouts: the CSV export of CMS's coverage database, unpacked (``article.csv`` with
``article_x_hcpc_code.csv``, ``article_x_icd10_covered.csv``, ``article_x_icd10_noncovered.csv``,
and for the states ``article_x_contractor.csv``, ``contractor_jurisdiction.csv``,
``state_lookup.csv``); or a plain CSV with the columns policy, code, jurisdiction, covered,
not_covered, from, to, in which lists are separated by blanks or semicolons and a range is
``I10-I15``. An empty jurisdiction, or ``US``, holds everywhere.

The export links the groups of procedures and diagnoses of an article by words only; all covered
diagnoses of an article count for all of its procedures.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.published_file import (
    Columns,
    LayoutError,
    Watch,
    code_of,
    date_of,
    headed,
)
from services.coding.domain.edits.tables import Coverage

TABLES = """
CREATE TABLE policy(id INTEGER PRIMARY KEY, policy TEXT, jurisdictions TEXT, covered TEXT,
  not_covered TEXT, begins TEXT, ends TEXT);
CREATE TABLE policy_code(code TEXT, policy INTEGER, PRIMARY KEY (code, policy)) WITHOUT ROWID;
"""
EVERYWHERE = "US"
_PLAIN: Columns = {"policy": ("policy",), "code": ("code",), "covered": ("covered",)}
_PLAIN_OPTIONAL: Columns = {
    "jurisdiction": ("jurisdiction",),
    "not_covered": ("not_covered",),
    "begins": ("from",),
    "ends": ("to",),
}
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?")
_LISTED = re.compile(r"[\s;,|]+")
_AS_PUBLISHED = "give the coverage database's CSV export, unpacked, or the plain layout"


class Policy(NamedTuple):
    """A determination with its codes; jurisdictions empty: everywhere. Dates are ISO or empty."""

    policy: str
    jurisdictions: tuple[str, ...]
    codes: tuple[str, ...]
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]
    begins: str
    ends: str


def diagnoses(path: Path, line: int, text: str) -> tuple[str, ...]:
    """ICD-10-CM codes and ranges without dots, in order. Raises ``LayoutError``."""
    found: dict[str, None] = {}
    for item in _LISTED.split(text.strip().upper()):
        ends = item.split("-") if item else []
        if len(ends) > 2 or not all(_DIAGNOSIS.fullmatch(end) for end in ends):
            raise LayoutError(path, line, f"{item[:20]!r} is no diagnosis code", _AS_PUBLISHED)
        if ends:
            found["-".join(end.replace(".", "") for end in ends)] = None
    return tuple(found)


def read_policies(paths: Sequence[Path], watch: Watch) -> list[Policy]:
    """Policies of an unpacked export (a folder) or of files in the plain layout.

    Raises ``LayoutError``.
    """
    found: list[Policy] = []
    for path in paths:
        found.extend(_export(path, watch) if path.is_dir() else _plain(path, watch))
    if not found:
        raise LayoutError(paths[0], 0, "no policy with codes", _AS_PUBLISHED)
    return sorted(found)


def _jurisdictions(text: str) -> tuple[str, ...]:
    named = sorted({item for item in _LISTED.split(text.strip().upper()) if item})
    return () if EVERYWHERE in named else tuple(named)


def _plain(path: Path, watch: Watch) -> Iterator[Policy]:
    for line, row in headed(path, _PLAIN, _PLAIN_OPTIONAL, watch):
        if not row["policy"]:
            raise LayoutError(path, line, "no policy named", _AS_PUBLISHED)
        begins, ends = (date_of(path, line, row[name]) for name in ("begins", "ends"))
        yield Policy(
            row["policy"],
            _jurisdictions(row["jurisdiction"]),
            tuple(code_of(path, line, code) for code in _LISTED.split(row["code"].strip())),
            diagnoses(path, line, row["covered"]),
            diagnoses(path, line, row["not_covered"]),
            "" if begins is None else begins.isoformat(),
            "" if ends is None else ends.isoformat(),
        )


def _export(folder: Path, watch: Watch) -> Iterator[Policy]:
    kind = next((name for name in ("article", "lcd") if (folder / f"{name}.csv").exists()), "")
    if not kind:
        raise LayoutError(folder, 0, "no article.csv and no lcd.csv in the folder", _AS_PUBLISHED)
    covered, not_covered = (
        ("article_x_icd10_covered", "article_x_icd10_noncovered")
        if kind == "article"
        else ("lcd_x_icd10_support", "lcd_x_icd10_dont_support")
    )
    export = _Export(folder, kind, watch)
    codes = export.linked(f"{kind}_x_hcpc_code", "hcpc_code_id")
    supports = export.linked(covered, "icd10_code_id")
    excludes = export.linked(not_covered, "icd10_code_id", required=False)
    states = export.states()
    head = folder / f"{kind}.csv"
    key: Columns = {"id": (f"{kind}_id",), "version": (f"{kind}_version",)}
    dates: Columns = {
        "number": ("display_id", "determination_number"),
        "begins": (f"{kind}_eff_date", "rev_eff_date", "orig_det_eff_date", "eff_date"),
        "ends": (f"{kind}_end_date", "rev_end_date", "ent_det_end_date", "end_date"),
    }
    for line, row in headed(head, key, dates, watch):
        policy = (row["id"], row["version"])
        if not codes[policy]:
            continue
        begins, ends = (date_of(head, line, row[name]) for name in ("begins", "ends"))
        yield Policy(
            row["number"] or f"{'A' if kind == 'article' else 'L'}{row['id']}",
            tuple(sorted(states[policy])),
            tuple(sorted({code_of(head, line, code) for code in codes[policy] if len(code) == 5})),
            diagnoses(head, line, " ".join(supports[policy])),
            diagnoses(head, line, " ".join(excludes[policy])),
            "" if begins is None else begins.isoformat(),
            "" if ends is None else ends.isoformat(),
        )


class _Export:
    def __init__(self, folder: Path, kind: str, watch: Watch) -> None:
        self.folder = folder
        self.kind = kind
        self.watch = watch

    def _rows(
        self, name: str, *columns: str, required: bool = True
    ) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
        path = self.folder / f"{name}.csv"
        if not path.exists():
            if required:
                raise LayoutError(
                    self.folder, 0, f"no {name}.csv in the folder", "unpack all of the export"
                )
            return
        keys = {"id": (f"{self.kind}_id",), "version": (f"{self.kind}_version",)}
        for _, row in headed(
            path, {**keys, **{each: (each,) for each in columns}}, None, self.watch
        ):
            yield (row["id"], row["version"]), row

    def linked(
        self, name: str, column: str, *, required: bool = True
    ) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for policy, row in self._rows(name, column, required=required):
            if row[column]:
                found[policy].append(row[column].upper())
        return found

    def states(self) -> dict[tuple[str, str], set[str]]:
        """States by policy; a policy without contractor holds everywhere."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        lookup, served = (
            self.folder / f"{name}.csv" for name in ("state_lookup", "contractor_jurisdiction")
        )
        if not lookup.exists() or not served.exists():
            return found
        names = {
            row["id"]: row["name"].upper()
            for _, row in headed(lookup, {"id": ("state_id",), "name": ("state_abbrev",)})
        }
        by_contractor: dict[str, set[str]] = defaultdict(set)
        ended: Columns = {"ended": ("term_date",)}
        for _, row in headed(
            served, {"contractor": ("contractor_id",), "state": ("state_id",)}, ended
        ):
            if not row["ended"] and row["state"] in names:
                by_contractor[row["contractor"]].add(names[row["state"]])
        for policy, row in self._rows(f"{self.kind}_x_contractor", "contractor_id", required=False):
            found[policy] |= by_contractor[row["contractor_id"]]
        return found


def write_policies(found: Iterable[Policy], out: Path) -> int:
    """Compile the policies into ``out``; returns how many code rows."""
    writer = DatabaseWriter(out, TABLES)
    count = 0
    for number, policy in enumerate(found):
        writer.rows(
            "policy",
            7,
            [
                (
                    number,
                    policy.policy,
                    " ".join(policy.jurisdictions),
                    " ".join(policy.covered),
                    " ".join(policy.not_covered),
                    policy.begins,
                    policy.ends,
                )
            ],
        )
        codes = dict.fromkeys(policy.codes)
        writer.rows("policy_code", 2, ((code, number) for code in codes))
        count += len(codes)
    writer.close()
    return count


class CoverageRelease:
    """One release of coverage lists."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        self._of_code = Kept(self._rows)

    def coverage(self, code: str, on: date, jurisdiction: str) -> list[Coverage]:
        """The lists in force on the day in the jurisdiction."""
        wanted = jurisdiction.strip().upper()
        return [
            each
            for each, jurisdictions in self._of_code(code)
            if each.effective_from <= on
            and (each.effective_to is None or on <= each.effective_to)
            and (not jurisdictions or wanted in jurisdictions)
        ]

    def _rows(self, code: str) -> list[tuple[Coverage, frozenset[str]]]:
        rows = self._connection.execute(
            "SELECT policy.policy, jurisdictions, covered, not_covered, begins, ends "
            "FROM policy_code JOIN policy ON policy.id = policy_code.policy "
            "WHERE policy_code.code = ? ORDER BY policy.id",
            (code,),
        )
        return [
            (
                Coverage(
                    policy,
                    code,
                    jurisdictions or EVERYWHERE,
                    tuple(covered.split()),
                    tuple(not_covered.split()),
                    date.fromisoformat(begins) if begins else date.min,
                    date.fromisoformat(ends) if ends else None,
                    self.release,
                ),
                frozenset(jurisdictions.split()),
            )
            for policy, jurisdictions, covered, not_covered, begins, ends in rows
        ]

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every code of every policy in order: for comparing releases."""
        for (
            code,
            policy,
            jurisdictions,
            covered,
            not_covered,
            begins,
            ends,
        ) in self._connection.execute(
            "SELECT policy_code.code, policy.policy, jurisdictions, covered, not_covered, "
            "begins, ends FROM policy_code JOIN policy ON policy.id = policy_code.policy "
            "ORDER BY policy_code.code, policy.policy, policy.begins, policy.id"
        ):
            yield (
                f"{code} {policy} {begins}".strip(),
                {
                    "jurisdictions": jurisdictions,
                    "covered": covered,
                    "not_covered": not_covered,
                    "ends": ends,
                },
            )

"""The CSV export of CMS's coverage database, unpacked into a folder, as policies.

``article.csv`` (or, for older determinations, ``lcd.csv``) is joined by number and version with the
procedure codes, the diagnoses that support them and those that do not, and by contractor with the
states. The export links the groups of procedures and diagnoses of an article by words only: a group
of diagnoses whose paragraph names procedure codes of the article counts for these, any other group
for all of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.coding.codesets.coverage_policy import AS_PUBLISHED, Policy, is_diagnosis
from services.coding.codesets.published_file import (
    Columns,
    LayoutError,
    Watch,
    date_of,
    headed,
)

Key = tuple[str, str]
Groups = dict[Key, dict[str, list[str]]]

_LISTS = {
    "article": ("article_x_icd10_covered", "article_x_icd10_noncovered", "A"),
    "lcd": ("lcd_x_icd10_support", "lcd_x_icd10_dont_support", "L"),
}
# The database says "not applicable" by codes such as XX000: these are passed over.
_PROCEDURE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_NAMED = re.compile(
    r"\b([0-9A-Z][0-9]{3}[0-9A-Z])\b(?:\s*(?:-|through|thru|to)\s*([0-9A-Z]{5})\b)?"
)
_SAYS_OTHERWISE = re.compile(r"\b(?:except|excluding|other than|not)\b", re.IGNORECASE)


def read_export(folder: Path, watch: Watch) -> Iterator[Policy]:
    """The policies that name procedure codes. Raises ``LayoutError``."""
    kind = next((name for name in _LISTS if (folder / f"{name}.csv").exists()), "")
    if not kind:
        raise LayoutError(folder, 0, "no article.csv and no lcd.csv in the folder", AS_PUBLISHED)
    covered, not_covered, letter = _LISTS[kind]
    export = _Export(folder, kind, watch)
    codes = export.codes()
    supports = export.groups(covered)
    excludes = export.groups(not_covered, required=False)
    paragraphs = {name: export.paragraphs(f"{name}_group") for name in (covered, not_covered)}
    states = export.states()
    head = folder / f"{kind}.csv"
    dates: Columns = {
        "number": ("display_id", "determination_number"),
        "begins": (f"{kind}_eff_date", "rev_eff_date", "orig_det_eff_date", "eff_date"),
        "ends": (f"{kind}_end_date", "rev_end_date", "ent_det_end_date", "end_date"),
    }
    for line, row in headed(head, export.key, dates, watch):
        key = (row["id"], row["version"])
        if key in states and not states[key]:
            continue  # of a contractor that serves no state any more
        procedures = sorted(set(codes[key]))
        begins, ends = (date_of(head, line, row[name]) for name in ("begins", "ends"))
        by_lists: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
        support = _of_codes(procedures, supports[key], paragraphs[covered][key])
        exclude = _of_codes(procedures, excludes[key], paragraphs[not_covered][key])
        for code in procedures:
            by_lists[support[code], exclude[code]].append(code)
        by_lists.pop(((), ()), None)
        for (supported, excluded), some in by_lists.items():
            yield Policy(
                row["number"] or f"{letter}{row['id']}",
                tuple(sorted(states.get(key, ()))),
                tuple(some),
                supported,
                excluded,
                "" if begins is None else begins.isoformat(),
                "" if ends is None else ends.isoformat(),
            )


def _of_codes(
    procedures: Sequence[str], groups: dict[str, list[str]], paragraphs: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    """The diagnoses of all groups that are for a procedure, by procedure."""
    named = {
        group: frozenset(applies_to(paragraphs.get(group, ""), procedures)) for group in groups
    }
    joined: dict[tuple[str, ...], tuple[str, ...]] = {}
    found: dict[str, tuple[str, ...]] = {}
    for code in procedures:
        mine = tuple(group for group in sorted(groups) if code in named[group])
        if mine not in joined:
            listed = {diagnosis for group in mine for diagnosis in groups[group]}
            joined[mine] = tuple(sorted(diagnosis.replace(".", "") for diagnosis in listed))
        found[code] = joined[mine]
    return found


def applies_to(paragraph: str, procedures: Sequence[str]) -> Sequence[str]:
    """Which of an article's ``procedures`` a group of diagnoses is for, by its paragraph.

    Those that it names; all of them when it names none, or says for which it is not.
    """
    words = re.sub(r"<[^>]*>", " ", paragraph)
    if _SAYS_OTHERWISE.search(words):
        return procedures
    spans = [(match[1], match[2] or match[1]) for match in _NAMED.finditer(words.upper())]
    named = [code for code in procedures if any(low <= code <= high for low, high in spans)]
    return named or procedures


class _Export:
    def __init__(self, folder: Path, kind: str, watch: Watch) -> None:
        self.folder = folder
        self.key: Columns = {"id": (f"{kind}_id",), "version": (f"{kind}_version",)}
        self._kind = kind
        self._watch = watch

    def _rows(
        self, name: str, needed: Columns, optional: Columns | None = None, *, required: bool = True
    ) -> Iterator[tuple[Key, dict[str, str]]]:
        path = self.folder / f"{name}.csv"
        if path.exists():
            for _, row in headed(path, {**self.key, **needed}, optional, self._watch):
                yield (row["id"], row["version"]), row
        elif required:
            raise LayoutError(
                self.folder, 0, f"no {name}.csv in the folder", "unpack all of the export"
            )

    def codes(self) -> dict[Key, list[str]]:
        """Procedure codes by policy."""
        found: dict[Key, list[str]] = defaultdict(list)
        for policy, row in self._rows(f"{self._kind}_x_hcpc_code", {"code": ("hcpc_code_id",)}):
            if _PROCEDURE.fullmatch(row["code"].upper()):
                found[policy].append(row["code"].upper())
        return found

    def groups(self, name: str, *, required: bool = True) -> Groups:
        """Diagnosis codes by policy and group."""
        found: Groups = defaultdict(lambda: defaultdict(list))
        group: Columns = {"group": (name.removeprefix(f"{self._kind}_x_") + "_group", "group")}
        code: Columns = {"code": ("icd10_code_id",)}
        for policy, row in self._rows(name, code, group, required=required):
            if is_diagnosis(row["code"].upper()):
                found[policy][row["group"]].append(row["code"].upper())
        return found

    def paragraphs(self, name: str) -> dict[Key, dict[str, str]]:
        """What a group's paragraph says, by policy and group."""
        found: dict[Key, dict[str, str]] = defaultdict(dict)
        needed: Columns = {
            "group": (name.removeprefix(f"{self._kind}_x_"), "group"),
            "paragraph": ("paragraph",),
        }
        for policy, row in self._rows(name, needed, required=False):
            found[policy][row["group"]] = row["paragraph"]
        return found

    def states(self) -> dict[Key, set[str]]:
        """States by policy; a policy without contractor holds everywhere."""
        found: dict[Key, set[str]] = defaultdict(set)
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
        needed: Columns = {"contractor": ("contractor_id",), "state": ("state_id",)}
        for _, row in headed(served, needed, {"ended": ("term_date",)}):
            if not row["ended"] and row["state"] in names:
                by_contractor[row["contractor"]].add(names[row["state"]])
        contractor: Columns = {"contractor": ("contractor_id",)}
        for policy, row in self._rows(f"{self._kind}_x_contractor", contractor, required=False):
            found[policy] |= by_contractor[row["contractor"]]
        return found

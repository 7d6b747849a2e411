"""Importing a release: its files compiled once, checked, and kept with a manifest.

The same files under the same release and dates change nothing. Other files under a release that is
at hand are refused unless it is to be replaced; a refusal changes nothing.
"""

import calendar
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.coding.codesets import (
    add_on_codes,
    admission_exemptions,
    anesthesia_crosswalk,
    coverage_lists,
    fee_schedule,
    pair_edits,
    procedure_list,
    public_files,
    unit_limits,
)
from services.coding.codesets.artefact import (
    LAYOUT,
    TABLE,
    ArtefactError,
    Manifest,
    keep,
    read_manifest,
    sha256_of,
    sources,
)
from services.coding.codesets.published_file import LayoutError, Watch, unwatched
from services.coding.domain.reading import wording

_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(01|04|07|10)")
_FISCAL_YEAR = re.compile(r"FY(\d{4})", re.IGNORECASE)
_YEAR = re.compile(r"(\d{4})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]*(?:-[A-Za-z0-9._]+)*")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A file compiled from some of the files given."""

    code_set: str
    table: Path
    rows: int
    made_of: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; ``fresh`` is False when all of it was at hand."""

    manifests: tuple[Manifest, ...]
    fresh: bool


Compile = Callable[[Sequence[Path], Path, Watch], Iterable[Compiled]]


def _pairs(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
    table = scratch / "ncci-ptp"
    yield Compiled("ncci-ptp", table, pair_edits.compile_pairs(paths, table, watch), tuple(paths))


def _unit_limits(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
    found: dict[str, Compiled] = {}
    for path in paths:
        service, limits = unit_limits.read_limits(path, watch)
        name = f"ncci-mue-{service}"
        if name in found:
            raise LayoutError(path, 0, f"a second list for the {service}", "give one of each kind")
        table = scratch / name
        found[name] = Compiled(name, table, unit_limits.write_limits(limits, table), (path,))
    return found.values()


def _add_ons(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
    found = sorted({row for path in paths for row in add_on_codes.read_add_ons(path, watch)})
    table = scratch / "ncci-addon"
    yield Compiled("ncci-addon", table, add_on_codes.write_add_ons(found, table), tuple(paths))


def _exemptions(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
    found = {code for path in paths for code in admission_exemptions.read_exemptions(path, watch)}
    table = scratch / "poa-exempt"
    count = admission_exemptions.write_exemptions(sorted(found), table)
    yield Compiled("poa-exempt", table, count, tuple(paths))


def _crosswalk(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
    found = {row for path in paths for row in anesthesia_crosswalk.read_crosswalk(path, watch)}
    table = scratch / "anesthesia-crosswalk"
    count = anesthesia_crosswalk.write_crosswalk(sorted(found), table)
    yield Compiled("anesthesia-crosswalk", table, count, tuple(paths))


def _fees(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
    table = scratch / "pfs"
    count = fee_schedule.write_fees(fee_schedule.read_fees(paths, watch), table)
    yield Compiled("pfs", table, count, tuple(paths))


def _coverage(code_set: str) -> Compile:
    def compiled(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
        table = scratch / code_set
        policies = coverage_lists.read_policies(paths, watch)
        count = coverage_lists.write_policies(policies, table)
        yield Compiled(code_set, table, count, tuple(paths))

    return compiled


def _procedures(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
    found = {row for path in paths for row in procedure_list.read_procedures(path, watch)}
    table = scratch / "cpt"
    count = procedure_list.write_procedures(sorted(found), table)
    yield Compiled("cpt", table, count, tuple(paths))


def _public(code_set: str, write: Callable[[Sequence[Path], Path, Watch], int]) -> Compile:
    def compiled(paths: Sequence[Path], scratch: Path, watch: Watch) -> Iterable[Compiled]:
        table = scratch / code_set
        yield Compiled(code_set, table, write(paths, table, watch), tuple(paths))

    return compiled


KINDS: dict[str, Compile] = {
    "icd10cm": _public("icd10cm", public_files.write_diagnoses),
    "hcpcs": _public("hcpcs", public_files.write_hcpcs),
    "pos": _public("pos", public_files.write_places),
    "cpt": _procedures,
    "ncci-ptp": _pairs,
    "ncci-mue": _unit_limits,
    "ncci-addon": _add_ons,
    "pfs": _fees,
    "lcd": _coverage("lcd"),
    "ncd": _coverage("ncd"),
    "poa-exempt": _exemptions,
    "anesthesia-crosswalk": _crosswalk,
}
_WORDED = frozenset({"icd10cm", "hcpcs"})


def dates_of(release: str) -> tuple[date, date] | None:
    """When a release is in force by its name: FY2026, 2024Q3, 2024-07 (a quarter), 2024."""
    if match := _FISCAL_YEAR.fullmatch(release):
        year = int(match[1])
        return date(year - 1, 10, 1), date(year, 9, 30)
    if match := _QUARTER.fullmatch(release):
        return _quarter(int(match[1]), int(match[2]) * 3 - 2)
    if match := _MONTH.fullmatch(release):
        return _quarter(int(match[1]), int(match[2]))
    if match := _YEAR.fullmatch(release):
        return date(int(match[1]), 1, 1), date(int(match[1]), 12, 31)
    return None


def _quarter(year: int, month: int) -> tuple[date, date]:
    last = month + 2
    return date(year, month, 1), date(year, last, calendar.monthrange(year, last)[1])


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported: files of a kind, as a release in force from one day to another."""

    kind: str
    paths: tuple[Path, ...]
    release: str
    begins: date
    ends: date

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ArtefactError(f"{self.kind!r} is no kind; kinds are {', '.join(KINDS)}")
        if not _NAME.fullmatch(self.release):
            raise ArtefactError("a release is letters, digits, points and hyphens")
        if self.ends < self.begins:
            raise ArtefactError(f"the release would end on {self.ends}, before {self.begins}")
        if not self.paths:
            raise ArtefactError("no file to import")

    def into(self, folder: Path, *, replace: bool = False, watch: Watch = unwatched) -> Imported:
        """Compile into ``folder``. Raises ``ArtefactError``; what is at hand stays as it is."""
        paths = public_files.expanded(self.kind, self.paths)
        for path in paths:
            if not path.exists():
                raise ArtefactError(f"there is no file {path.name}")
        folder.mkdir(parents=True, exist_ok=True)
        there = self._same(folder, paths)
        if there:
            return Imported(there, fresh=False)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".import-") as scratch:
            compiled = list(KINDS[self.kind](paths, Path(scratch), watch))
            manifests = tuple(self._manifest(each) for each in compiled)
            for manifest in manifests:
                self._refuse_another(folder, manifest, replace=replace)
            for each, manifest in zip(compiled, manifests, strict=True):
                keep(each.table, folder, manifest)
        return Imported(manifests, fresh=True)

    def _manifest(self, compiled: Compiled) -> Manifest:
        return Manifest(
            compiled.code_set,
            self.release,
            self.begins.isoformat(),
            self.ends.isoformat(),
            _words_of(compiled.code_set),
            sources(_files(compiled.made_of)),
            sha256_of(compiled.table),
            compiled.rows,
            LAYOUT,
        )

    def _same(self, folder: Path, paths: Sequence[Path]) -> tuple[Manifest, ...]:
        """The manifests at hand when they are of these very files, release and dates."""
        there = tuple(
            manifest
            for manifest in own_manifests(folder)
            if manifest.release == self.release
            and (manifest.code_set == self.kind or manifest.code_set.startswith(f"{self.kind}-"))
            and (manifest.effective_from, manifest.effective_to)
            == (self.begins.isoformat(), self.ends.isoformat())
            and manifest.layout == LAYOUT
            and manifest.wording_version == _words_of(manifest.code_set)
            and (folder / f"{manifest.name}{TABLE}").exists()
        )
        wanted = {source.sha256 for source in sources(_files(paths))}
        made = tuple(
            manifest
            for manifest in there
            if {source.sha256 for source in manifest.sources} <= wanted
        )
        whole = {source.sha256 for manifest in made for source in manifest.sources} == wanted
        undamaged = all(
            sha256_of(folder / f"{manifest.name}{TABLE}") == manifest.sha256 for manifest in made
        )
        return made if whole and undamaged else ()

    def _refuse_another(self, folder: Path, manifest: Manifest, *, replace: bool) -> None:
        path = folder / f"{manifest.name}.json"
        if path.exists() and not replace and _origin(read_manifest(path)) != _origin(manifest):
            raise ArtefactError(
                f"{manifest.code_set} {manifest.release} is at hand from other files or for other "
                "dates; give --replace to put these in its place. Nothing was imported"
            )


def own_manifests(folder: Path) -> tuple[Manifest, ...]:
    """The manifests in ``folder``, in order; none when there is no such folder."""
    return tuple(read_manifest(path) for path in sorted(folder.glob("*-*.json")))


def _words_of(code_set: str) -> int:
    """The version of the word rules that its keys depend on; 0 when it has no words."""
    return wording.VERSION if code_set in _WORDED else 0


def _origin(manifest: Manifest) -> tuple[object, ...]:
    """What a release is made of and when it holds: compiling it anew changes neither."""
    return manifest.sources, manifest.effective_from, manifest.effective_to


def _files(paths: Iterable[Path]) -> list[Path]:
    return [file for path in paths for file in (_tables_of(path) if path.is_dir() else [path])]


def _tables_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in (".csv", ".xlsx"))

"""All code sets at hand, several releases side by side; the date of service picks.

What ships and what the operator imported are read together. Where releases overlap, the one that
begins last is used.

A date that no release covers is refused, unless a release is named to stand in; what was coded on a
stand-in says so (``stands_in``). ICD-10-CM is released by federal fiscal year, HCPCS by quarter.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from platformdirs import user_data_path

from services.coding.codesets.artefact import (
    ArtefactError,
    Manifest,
    cache_folder,
    opened,
    read_manifest,
)
from services.coding.codesets.diagnosis_release import DiagnosisRelease
from services.coding.codesets.edit_tables import LoadedTables
from services.coding.codesets.hcpcs_release import HcpcsRelease
from services.coding.codesets.procedure_set import ProcedureSet
from services.coding.domain.code_sets import CodeSets
from services.coding.settings import CodingSettings

DATA = Path(__file__).parent / "data"
_KEPT_DAYS = 4_000
_HCPCS = ("hcpcs", "pos")
SEMANTIC = "semantic"
"""The code set in whose name the vectors of a release of ICD-10-CM are kept."""


def own_folder() -> Path:
    """Where the operator's imports are kept when no folder is set: in the user's data."""
    return user_data_path("claimstream", appauthor=False) / "codesets"


def configured(settings: CodingSettings) -> "CodeSetLibrary":
    """The code sets that ship, and those imported into the folder that the settings name.

    Raises ``ArtefactError``.
    """
    if settings.code_sets is not None and not settings.code_sets.is_dir():
        raise ArtefactError("CLAIMSTREAM_CODING_CODE_SETS names no folder")
    return CodeSetLibrary(
        own=settings.code_sets or own_folder(),
        stand_ins={"icd10cm": settings.stand_in_icd10cm, "hcpcs": settings.stand_in_hcpcs},
        procedures=settings.procedures,
        cache=settings.cache,
    )


class NoReleaseError(LookupError):
    """No release of a code set covers the date of service, and none is named to stand in."""


class CodeSetLibrary:
    """Opens releases when they are first needed, or all at once, and keeps them open."""

    def __init__(
        self,
        folder: Path = DATA,
        *,
        own: Path | None = None,
        stand_ins: Mapping[str, str] | None = None,
        procedures: Path | None = None,
        cache: Path | None = None,
    ) -> None:
        """``own``: the operator's imports, which come before a shipped release of the same name."""
        self._cache = cache or cache_folder()
        self._stand_ins = dict(stand_ins or {})
        at_hand: dict[str, tuple[Manifest, Path]] = {}
        for place in (folder, own):
            for path in sorted(place.glob("*-*.json")) if place is not None else ():
                manifest = read_manifest(path)
                at_hand[manifest.name] = (manifest, path.parent)
        self._folders = {name: place for name, (_, place) in at_hand.items()}
        self.manifests = tuple(at_hand[name][0] for name in sorted(at_hand))
        if not self.manifests:
            raise ArtefactError(f"there are no code sets in {folder}")
        known = {(manifest.code_set, manifest.release) for manifest in self.manifests}
        for code_set, release in self._stand_ins.items():
            if release and (code_set, release) not in known:
                raise ArtefactError(f"{code_set} {release} is to stand in, but is not at hand")
        own_procedures = None if own is None else own / "procedures.toml"
        if procedures is None and own_procedures is not None and own_procedures.exists():
            procedures = own_procedures
        self.procedures = ProcedureSet(procedures or folder / "procedures.toml")
        self.edits = LoadedTables(self.manifests, self.file_of)
        self._diagnoses: dict[str, DiagnosisRelease] = {}
        self._hcpcs: dict[str, HcpcsRelease] = {}
        self._by_manifests: dict[tuple[str, str, bool, bool], CodeSets] = {}
        self._by_day: dict[date, CodeSets] = {}

    def on(self, day: date) -> CodeSets:
        """The releases in force on ``day``.

        Raises ``NoReleaseError``, whose text names the dates at hand.
        """
        known = self._by_day.get(day)
        if known is not None:
            return known
        diagnoses, diagnoses_stand_in = self.manifest("icd10cm", day)
        hcpcs, hcpcs_stand_in = self.manifest("hcpcs", day)
        key = (diagnoses.release, hcpcs.release, diagnoses_stand_in, hcpcs_stand_in)
        sets = self._by_manifests.get(key)
        if sets is None:
            standing = {"icd10cm"} if diagnoses_stand_in else set()
            if hcpcs_stand_in:
                standing.add("hcpcs")
            sets = CodeSets(
                self.diagnosis_release(diagnoses),
                self.hcpcs_release(hcpcs),
                self.procedures,
                frozenset(standing),
                self.edits,
            )
            self._by_manifests[key] = sets
        if len(self._by_day) >= _KEPT_DAYS:
            self._by_day.clear()
        self._by_day[day] = sets
        return sets

    def open_all(self) -> None:
        """Unpack and open every release at hand, so that no encounter waits for it.

        Raises ``ArtefactError`` for a damaged one.
        """
        for manifest in self.manifests:
            if manifest.code_set == "icd10cm":
                self.diagnosis_release(manifest)
            elif manifest.code_set in _HCPCS:
                self.hcpcs_release(manifest)
        self.edits.open_all()

    def manifest(self, code_set: str, day: date) -> tuple[Manifest, bool]:
        """The release of ``code_set`` for the day, and whether it only stands in.

        Raises ``NoReleaseError``.
        """
        at_hand = sorted(
            (manifest for manifest in self.manifests if manifest.code_set == code_set),
            key=lambda each: (each.effective_from, each.release),
        )
        for manifest in reversed(at_hand):
            if manifest.covers(day):
                return manifest, False
        for manifest in at_hand:
            if manifest.release == self._stand_ins.get(code_set):
                return manifest, True
        dates = "; ".join(manifest.dates for manifest in at_hand)
        raise NoReleaseError(f"no release of {code_set} covers {day}; at hand: {dates or 'none'}")

    def diagnosis_release(self, manifest: Manifest) -> DiagnosisRelease:
        """The opened release that ``manifest`` describes."""
        if manifest.release not in self._diagnoses:
            self._diagnoses[manifest.release] = DiagnosisRelease(self.file_of(manifest), manifest)
        return self._diagnoses[manifest.release]

    def hcpcs_release(self, manifest: Manifest) -> HcpcsRelease:
        """The opened release that ``manifest`` describes."""
        if manifest.name not in self._hcpcs:
            self._hcpcs[manifest.name] = HcpcsRelease(self.file_of(manifest), manifest)
        return self._hcpcs[manifest.name]

    def with_places(self, day: date) -> list[Manifest]:
        """Releases that may list places of service, those in force first: they seldom change."""
        return sorted(
            (manifest for manifest in self.manifests if manifest.code_set in _HCPCS),
            key=lambda each: (each.covers(day), each.code_set == "pos", each.effective_from),
            reverse=True,
        )

    def named(self, name: str) -> Manifest:
        """The release called ``CODESET-RELEASE``. Raises ``NoReleaseError``."""
        for manifest in self.manifests:
            if manifest.name == name:
                return manifest
        at_hand = ", ".join(manifest.name for manifest in self.manifests)
        raise NoReleaseError(f"there is no {name}; at hand: {at_hand}")

    def rows(self, manifest: Manifest) -> Iterator[tuple[str, dict[str, str]]]:
        """Every code of a release in order, with what makes it another."""
        if manifest.code_set == "icd10cm":
            return self.diagnosis_release(manifest).rows()
        if manifest.code_set in _HCPCS:
            return self.hcpcs_release(manifest).rows()
        return self.edits.rows(manifest)

    def vectors(self, manifest: Manifest) -> Manifest | None:
        """What was made of a release of diagnoses for ranking by meaning, if it is at hand."""
        name = f"{SEMANTIC}-{manifest.release}"
        return next((each for each in self.manifests if each.name == name), None)

    def file_of(self, manifest: Manifest) -> Path:
        """The checked file of a release. Raises ``ArtefactError``."""
        return opened(self._folders[manifest.name], manifest, self._cache)

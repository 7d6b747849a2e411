"""Opens the second ranker for the releases at hand, once each."""

import os

from schemas.encounter import EncounterDocumented
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import CodeSetLibrary
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import CodingResult
from services.coding.domain.diagnosis.alike_candidates import AlikeCandidates
from services.coding.domain.diagnosis.alternatives import with_alternatives
from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.semantic.model_files import model_files
from services.coding.settings import CodingSettings

_THREADS = "OPENBLAS_NUM_THREADS"


def in_one_thread() -> None:
    """To be called before numpy is there.

    A phrase is too little work for several threads, and they would take the cores of others.
    """
    os.environ.setdefault(_THREADS, "1")


def meanings(library: CodeSetLibrary, settings: CodingSettings) -> "Meanings | None":
    """The second ranker, open for every release with vectors, where the settings ask for it.

    Raises ``ArtefactError`` where the extra, the model or all vectors are missing.
    """
    if not settings.semantic:
        return None
    found = Meanings(library, settings)
    found.open_all()
    return found


class Meanings:
    """Candidates by words and by meaning, for each release that has vectors."""

    def __init__(self, library: CodeSetLibrary, settings: CodingSettings) -> None:
        """Raises ``ArtefactError`` where the extra or the model is missing."""
        self._library = library
        self._files = model_files(settings.sentence_model)
        self._opened: dict[str, AlikeCandidates] = {}

    def of(self, sets: CodeSets) -> AlikeCandidates:
        """The candidates of the release of ``sets``.

        Raises ``ArtefactError`` where it has no vectors, or they are of another model or release.
        """
        release = sets.diagnoses.release
        found = self._opened.get(release)
        if found is None:
            found = self._opened[release] = self._open(release)
        return found

    def beside(
        self, result: CodingResult, encounter: EncounterDocumented, sets: CodeSets
    ) -> CodingResult:
        """The result, and what else the words that a coder has to decide may mean.

        As it is where the release has no vectors.
        """
        candidates = self._opened.get(sets.diagnoses.release)
        if candidates is None:
            return result
        return with_alternatives(result, encounter, sets.diagnoses.release, candidates)

    def open_all(self) -> None:
        """Open all vectors at hand, so that no encounter waits for it.

        Raises ``ArtefactError`` where no release has any, or one has those of other files.
        """
        releases = [each for each in self._library.manifests if each.code_set == "icd10cm"]
        for manifest in releases:
            if self._library.vectors(manifest) is not None:
                self._opened[manifest.release] = self._open(manifest.release)
        if not self._opened:
            latest = max(releases, key=lambda each: each.effective_to).release
            raise ArtefactError(
                f"no release has vectors: `claimstream codesets semantic {latest}` makes them"
            )

    def _open(self, release: str) -> AlikeCandidates:
        in_one_thread()
        from services.coding.semantic.phrase_vectors import PhraseVectors
        from services.coding.semantic.release_vectors import ReleaseLikeness, made_of
        from services.coding.semantic.sentence_model import SentenceModel

        library = self._library
        manifest = library.named(f"icd10cm-{release}")
        made = library.vectors(manifest)
        again = f"`claimstream codesets semantic {release}` makes them"
        if made is None:
            raise ArtefactError(f"there are no vectors of {manifest.name}: {again}")
        if made.sources != made_of(self._files, manifest):
            raise ArtefactError(f"the vectors of {manifest.name} are of other files: {again} anew")
        codes = library.diagnosis_release(manifest)
        likeness = ReleaseLikeness(
            codes, PhraseVectors(library.file_of(made)), SentenceModel(self._files.folder)
        )
        candidates = PhraseCandidates(codes, PhraseMatcher(codes))
        return AlikeCandidates(codes, candidates, likeness)

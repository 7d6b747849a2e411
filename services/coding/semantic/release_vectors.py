"""The vectors of one release of ICD-10-CM: made once, kept beside it, opened for looking up.

Kept as ``semantic-RELEASE.table`` with a manifest like any code set's; its sources are the model's
files and the release, each with its checksum, so that vectors of another model or of a release that
was compiled anew are refused.
"""

import tempfile
from pathlib import Path

from services.coding.codesets.artefact import (
    Manifest,
    Source,
    keep,
    sha256_of,
)
from services.coding.codesets.diagnosis_release import DiagnosisRelease
from services.coding.codesets.library import SEMANTIC
from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.alike_candidates import Alike
from services.coding.progress import Told
from services.coding.semantic.index_texts import index_texts
from services.coding.semantic.model_files import ModelFiles
from services.coding.semantic.phrase_vectors import PhraseVectors, write
from services.coding.semantic.sentence_model import SentenceModel
from services.coding.semantic.text_vectors import TextVectors

_KEPT_ANSWERS = 4_000
_ROWS_A_CODE = 3
_TOLD = 40


def made_of(files: ModelFiles, release: Manifest) -> tuple[Source, ...]:
    """What vectors are made of."""
    return (*files.sources(), Source(release.name, release.sha256))


def make(
    codes: DiagnosisRelease,
    release: Manifest,
    sentences: TextVectors,
    folder: Path,
    progress: Told | None = None,
) -> Manifest:
    """Read every phrase of a release with the model, and keep the vectors in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers, texts = zip(*index_texts(codes), strict=True)
    read = sentences.of(texts, progress)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".semantic-") as scratch:
        table = Path(scratch) / "vectors"
        write(table, read, numbers, [codes.code_of(number) for number in numbers])
        manifest = Manifest(
            SEMANTIC,
            release.release,
            release.effective_from,
            release.effective_to,
            release.wording_version,
            made_of(sentences.files, release),
            sha256_of(table),
            len(numbers),
        )
        keep(table, folder, manifest)
    return manifest


class ReleaseLikeness:
    """Implements ``Likeness``: what in one release means something like a phrase."""

    def __init__(self, codes: DiagnosisCodes, vectors: PhraseVectors, model: SentenceModel) -> None:
        self.name = f"{SEMANTIC}-{codes.release}"
        self._codes = codes
        self._vectors = vectors
        self._model = model
        self._kept: dict[tuple[str, int], tuple[Alike, ...]] = {}

    def near(self, text: str, most: int) -> tuple[Alike, ...]:
        """Up to ``most`` phrases of different codes, the most alike first."""
        key = text, most
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _KEPT_ANSWERS:
                self._kept.clear()
            found = self._kept[key] = self._near(text, most)
        return found

    def _near(self, text: str, most: int) -> tuple[Alike, ...]:
        hits = self._vectors.nearest(self._model.vectors([text])[0], _ROWS_A_CODE * most)
        first: dict[str, tuple[int, int]] = {}
        for number, alike in hits:
            first.setdefault(self._codes.code_of(number), (number, alike))
        leaders = list(first.items())[:most]
        paths = self._codes.paths([number for _, (number, _) in leaders[:_TOLD]])
        return tuple(
            Alike(code, alike, (paths.get(number) or "tabular list") if place < _TOLD else "")
            for place, (code, (number, alike)) in enumerate(leaders)
        )

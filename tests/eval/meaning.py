"""The second ranker by meaning, measured: on vectors of the index without the terms that are asked.

What a release teaches of likeness is learned again without them too. Measured only where the extra
is installed and the vectors of the release are at hand; what the model read for these is not read
again.
"""

import hashlib
import tempfile
from pathlib import Path

from services.coding.codesets.artefact import ArtefactError, cache_folder
from services.coding.codesets.diagnosis_release import DiagnosisRelease
from services.coding.codesets.library import configured
from services.coding.domain.diagnosis.alike_candidates import AlikeCandidates
from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.semantic.model_files import ModelFiles, model_files
from services.coding.semantic.opening import in_one_thread
from services.coding.settings import CodingSettings

NOT_AT_HAND = "the extra, or the vectors of the release: make semantic"


def by_meaning(codes: DiagnosisRelease, release: str) -> AlikeCandidates | None:
    """Candidates by words and meaning over ``codes``; None where that is not at hand."""
    settings = CodingSettings()
    library = configured(settings)
    try:
        files = model_files(settings.sentence_model)
        manifest = library.named(f"icd10cm-{release}")
    except (ArtefactError, LookupError):
        return None
    if library.vectors(manifest) is None:
        return None
    in_one_thread()
    from services.coding.semantic.phrase_vectors import PhraseVectors
    from services.coding.semantic.release_vectors import ReleaseLikeness
    from services.coding.semantic.sentence_model import SentenceModel

    vectors = PhraseVectors(_held_out(codes, files, settings.cache or cache_folder()))
    likeness = ReleaseLikeness(codes, vectors, SentenceModel(files.folder))
    return AlikeCandidates(codes, PhraseCandidates(codes, PhraseMatcher(codes)), likeness)


def _held_out(codes: DiagnosisRelease, files: ModelFiles, cache: Path) -> Path:
    from services.coding.semantic import phrase_vectors, projection
    from services.coding.semantic.index_texts import index_texts
    from services.coding.semantic.text_vectors import TextVectors

    numbers, texts = zip(*index_texts(codes), strict=True)
    named = [codes.code_of(number) for number in numbers]
    digest = hashlib.sha256(files.fingerprint().encode())
    for module in (phrase_vectors, projection):
        digest.update(Path(module.__file__ or "").read_bytes())
    for number, text in zip(numbers, texts, strict=True):
        digest.update(f"{number}\t{text}\n".encode())
    folder = Path(tempfile.gettempdir()) / "claimstream-eval"
    kept = folder / f"meaning-{digest.hexdigest()[:16]}.table"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / "vectors"
            phrase_vectors.write(made, TextVectors(files, cache).of(texts), numbers, named)
            made.replace(kept)
    return kept

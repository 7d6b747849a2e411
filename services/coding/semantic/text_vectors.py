"""The model's vectors of texts, remembered from one making to the next.

A release has most of its words from the one before: only what is new is read by the model again.
Kept in the cache as hashes of texts beside vectors in bytes, for one model; what cannot be read is
made anew.
"""

import tempfile
from array import array
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.coding.codesets import column_file
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.column_file import ColumnFile
from services.coding.progress import Told
from services.coding.semantic.model_files import ModelFiles
from services.coding.semantic.rounding import Bytes, matrix, rounded
from services.coding.semantic.sentence_model import SentenceModel
from services.coding.semantic.weight_file import Floats

_HASHED = 8


class TextVectors:
    """Vectors of texts by one model, from the cache or read now."""

    def __init__(self, files: ModelFiles, cache: Path) -> None:
        self.files = files
        self._path = cache / f"sentences-{files.fingerprint()}.table"

    def of(self, texts: Sequence[str], progress: Told | None = None) -> Floats:
        """One row a text, each of length one and rounded as it is kept."""
        hashes = np.array([_hash(text) for text in texts], np.uint64)
        known, kept = self._kept()
        missing = np.flatnonzero(~np.isin(hashes, known))
        if len(missing):
            fresh = SentenceModel(self.files.folder).vectors(
                [texts[at] for at in missing.tolist()], progress
            )
            known = np.concatenate([known, hashes[missing]])
            kept = rounded(fresh) if not len(kept) else np.concatenate([kept, rounded(fresh)])
            known, kept = self._keep(known, kept)
        rows = kept[np.searchsorted(known, hashes)].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def _kept(self) -> tuple[NDArray[np.uint64], Bytes]:
        nothing = np.zeros(0, np.uint64), np.zeros((0, 0), np.int8)
        if not self._path.exists():
            return nothing
        try:
            file = ColumnFile(self._path)
            known = np.frombuffer(memoryview(file.column("hashes")), np.uint64)  # type: ignore[arg-type]
            kept = matrix(file, "vectors", int(file.facts["width"]))
        except (ArtefactError, KeyError, ValueError, TypeError):
            return nothing
        return (known, kept) if len(known) == len(kept) else nothing

    def _keep(self, known: NDArray[np.uint64], kept: Bytes) -> tuple[NDArray[np.uint64], Bytes]:
        """Write all of them by their hashes, each once; the file is replaced as a whole."""
        hashes, first = np.unique(known, return_index=True)
        vectors = kept[first]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        columns = {
            "hashes": array("Q", hashes.tobytes()),
            "vectors": array("B", vectors.tobytes()),
        }
        with tempfile.TemporaryDirectory(dir=self._path.parent, prefix=".sentences-") as scratch:
            made = Path(scratch) / "vectors"
            column_file.write(made, columns, {"width": int(vectors.shape[1])})
            made.replace(self._path)
        return hashes, vectors


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=_HASHED).digest(), "little")

"""The vectors of a release's phrases: kept as bytes, in clusters, and mapped by who reads them.

A vector is scaled so that its largest part is 127 and rounded. Products of such vectors are whole
numbers that 32-bit floats hold exactly, in whatever order they are summed; only the vector of what
is asked depends on the machine, in its last digit before rounding. Rows of a cluster lie together:
what is asked is compared with the centres, then with the rows of the nearest clusters.
"""

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.coding.codesets import column_file
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.column_file import ColumnFile
from services.coding.semantic.projection import fitted, projected
from services.coding.semantic.rounding import matrix, rounded
from services.coding.semantic.weight_file import Floats

_ROWS_A_CLUSTER = 340
_SAMPLED = 40
_ROUNDS = 8
_AT_ONCE = 4_096
NEAREST_CLUSTERS = 32


def write(path: Path, read: Floats, numbers: Sequence[int], codes: Sequence[str]) -> None:
    """Write the file: a row for each of ``numbers``, which say what phrase it is.

    ``read`` are the model's vectors, ``codes`` what the phrases name.
    """
    by = fitted(read, codes)
    vectors = projected(read, by)
    centres = _centres(vectors)
    nearest = np.concatenate(
        [
            np.argmax(vectors[at : at + _AT_ONCE] @ centres.T, axis=1)
            for at in range(0, len(vectors), _AT_ONCE)
        ]
    )
    order = np.argsort(nearest, kind="stable")
    starts = np.searchsorted(nearest[order], np.arange(len(centres) + 1))
    numbered = np.asarray(numbers, np.uint32)[order]
    column_file.write(
        path,
        {
            "vectors": array("B", rounded(vectors[order]).tobytes()),
            "centres": array("B", rounded(centres).tobytes()),
            "starts": array("I", starts.astype(np.uint32).tobytes()),
            "numbers": array("I", numbered.tobytes()),
            "projection": array("I", by.tobytes()),
        },
        {"read": int(by.shape[0]), "width": int(by.shape[1])},
    )


def _centres(vectors: Floats) -> Floats:
    """Means of clusters, each of length one; from rows at even distances, so always the same."""
    count = max(1, len(vectors) // _ROWS_A_CLUSTER)
    step = max(1, len(vectors) // (count * _SAMPLED))
    sample = vectors[::step]
    centres: Floats = sample[:: max(1, len(sample) // count)][:count].copy()
    for _ in range(_ROUNDS):
        nearest = np.argmax(sample @ centres.T, axis=1)
        for cluster in range(len(centres)):
            mine = sample[nearest == cluster]
            if len(mine):
                mean = mine.mean(axis=0)
                centres[cluster] = mean / np.linalg.norm(mean)
    return centres


class PhraseVectors:
    """The rows nearest to a vector; the file is mapped, its rows are read where they are needed."""

    def __init__(self, path: Path) -> None:
        """Raises ``ArtefactError`` for a file that is not of vectors."""
        file = ColumnFile(path)
        try:
            self.width = int(file.facts["width"])
            self._rows = matrix(file, "vectors", self.width)
            centres = matrix(file, "centres", self.width).astype(np.float32)
            self._starts = [int(each) for each in file.column("starts")]
            self._numbers = file.column("numbers")
            kept = np.frombuffer(memoryview(file.column("projection")), np.float32)  # type: ignore[arg-type]
            self._by = kept.reshape(int(file.facts["read"]), self.width)
        except (KeyError, ValueError, TypeError) as error:
            raise ArtefactError(f"{path.name} holds no vectors of phrases") from error
        if len(self._numbers) != len(self._rows) or len(self._starts) != len(centres) + 1:
            raise ArtefactError(f"{path.name} is cut short")
        self._centres = centres / np.sqrt(np.maximum(_squares(centres), 1))[:, None]

    def __len__(self) -> int:
        return len(self._numbers)

    def nearest(self, read: Floats, most: int) -> list[tuple[int, int]]:
        """Phrase numbers and how alike they are, in permille, the most alike first.

        ``read`` is the model's vector of what is asked.
        """
        asked = rounded(projected(read[None, :], self._by))[0].astype(np.float32)
        own = float(_squares(asked[None, :])[0])
        if not own:
            return []
        near = np.argsort(-(self._centres @ asked), kind="stable")[:NEAREST_CLUSTERS]
        places = [(self._starts[each], self._starts[each + 1]) for each in sorted(near.tolist())]
        rows = np.concatenate([self._rows[begin:end] for begin, end in places]).astype(np.float32)
        alike = 1000 * (rows @ asked).astype(np.float64) / np.sqrt(_squares(rows) * own)
        permille = np.floor(alike).astype(np.int64)
        at = np.concatenate([np.arange(begin, end) for begin, end in places])
        leaders = np.lexsort((at, -permille))[:most].tolist()
        return [(int(self._numbers[int(at[each])]), int(permille[each])) for each in leaders]


def _squares(rows: Floats) -> NDArray[np.float64]:
    """The length of each row, squared: a whole number."""
    found: NDArray[np.float64] = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
    return found

"""A small BERT sentence model (all-MiniLM-L6-v2 and those built like it), run in plain numpy.

Word pieces in, one vector of length one a text out: embeddings, layers of attention and of
feed-forward with the norm after each, then the mean over the pieces. Texts of one length are worked
together, so that nothing is padded and a text's vector does not depend on its neighbours' lengths.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.coding.codesets.artefact import ArtefactError
from services.coding.progress import Told
from services.coding.semantic.model_files import PIECES, SHAPE, WEIGHTS
from services.coding.semantic.weight_file import Floats, mapped_weights

_LONGEST = 64
_TOGETHER = 64
_ACTIVATION = "gelu"
# Abramowitz and Stegun 7.1.26: the error function to seven digits.
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERF_T = 0.3275911


class SentenceModel:
    """The model in a folder: ``model.safetensors``, ``tokenizer.json`` and ``config.json``."""

    def __init__(self, folder: Path) -> None:
        """Raises ``ArtefactError`` where the folder holds no such model."""
        try:
            shape = json.loads((folder / SHAPE).read_text(encoding="utf-8"))
            self._heads = int(shape["num_attention_heads"])
            if shape["hidden_act"] != _ACTIVATION:
                raise ArtefactError(f"the model's activation is not {_ACTIVATION}")
            self._least = np.float32(shape["layer_norm_eps"])
            self._weights = mapped_weights(folder / WEIGHTS)
            self._layers = [_Layer(self._weights, n) for n in range(shape["num_hidden_layers"])]
            self._pieces = Tokenizer.from_file(str(folder / PIECES))
            self.width = int(self._weights["embeddings.LayerNorm.weight"].shape[0])
        except ArtefactError:
            raise
        except Exception as error:  # what is wrong with a tokenizer is told as a plain one
            raise ArtefactError(f"there is no sentence model to read in {folder}") from error
        self._pieces.no_padding()
        self._pieces.enable_truncation(_LONGEST)

    def vectors(self, texts: Sequence[str], progress: Told | None = None) -> Floats:
        """One row a text, each of length one; ``progress`` is told how many are done of all."""
        encoded: list[list[int]] = [each.ids for each in self._pieces.encode_batch(list(texts))]
        found: Floats = np.zeros((len(encoded), self.width), np.float32)
        done = 0
        for rows in _of_one_length(encoded):
            found[rows] = self._read(np.array([encoded[row] for row in rows]))
            done += len(rows)
            if progress is not None:
                progress(done, len(encoded))
        return found

    def _read(self, pieces: NDArray[np.int64]) -> Floats:
        weights = self._weights
        texts, length = pieces.shape
        summed = (
            weights["embeddings.word_embeddings.weight"][pieces]
            + weights["embeddings.position_embeddings.weight"][:length]
            + weights["embeddings.token_type_embeddings.weight"][0]
        ).reshape(texts * length, self.width)
        hidden = self._normed(
            summed,
            weights["embeddings.LayerNorm.weight"],
            weights["embeddings.LayerNorm.bias"],
        )
        for layer in self._layers:
            attended = layer.attended(hidden, texts, length, self._heads)
            hidden = self._normed(hidden + attended, *layer.norm_of_attention)
            hidden = self._normed(hidden + layer.fed_forward(hidden), *layer.norm_of_output)
        means: Floats = hidden.reshape(texts, length, self.width).mean(axis=1)
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return means

    def _normed(self, hidden: Floats, scale: Floats, shift: Floats) -> Floats:
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + self._least)
        found: Floats = centred / spread * scale + shift
        return found


class _Layer:
    """One layer; its weights stay where they are mapped."""

    def __init__(self, weights: Mapping[str, Floats], number: int) -> None:
        def named(name: str) -> tuple[Floats, Floats]:
            whole = f"encoder.layer.{number}.{name}"
            return weights[f"{whole}.weight"], weights[f"{whole}.bias"]

        self._asked = [named(f"attention.self.{part}") for part in ("query", "key", "value")]
        self._mixed = named("attention.output.dense")
        self._widened = named("intermediate.dense")
        self._narrowed = named("output.dense")
        self.norm_of_attention = named("attention.output.LayerNorm")
        self.norm_of_output = named("output.LayerNorm")

    def attended(self, hidden: Floats, texts: int, length: int, heads: int) -> Floats:
        """What each piece takes from the others of its text."""
        width = hidden.shape[1]
        query, key, value = (
            _dense(hidden, part).reshape(texts, length, heads, width // heads).transpose(0, 2, 1, 3)
            for part in self._asked
        )
        scores = query @ key.transpose(0, 1, 3, 2) * np.float32((width // heads) ** -0.5)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ value).transpose(0, 2, 1, 3).reshape(texts * length, width)
        return _dense(mixed, self._mixed)

    def fed_forward(self, hidden: Floats) -> Floats:
        """The layer's two dense steps with the activation between them."""
        return _dense(_gelu(_dense(hidden, self._widened)), self._narrowed)


def _dense(values: Floats, step: tuple[Floats, Floats]) -> Floats:
    weight, bias = step
    # The weights first: laid out by rows as they are, that is half as much work for one text.
    found: Floats = np.ascontiguousarray((weight @ values.T).T)
    found += bias
    return found


def _gelu(values: Floats) -> Floats:
    """Half of ``values`` times one plus the error function of ``values`` by the root of two."""
    size = np.abs(values) * np.float32(0.5**0.5)
    step = 1 / (1 + np.float32(_ERF_T) * size)
    summed = np.full_like(step, _ERF[0])
    for factor in _ERF[1:]:
        summed *= step
        summed += np.float32(factor)
    error = 1 - summed * step * np.exp(-size * size)
    found: Floats = np.float32(0.5) * values * (1 + np.copysign(error, values))
    return found


def _of_one_length(encoded: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Row numbers in groups whose texts have as many pieces, the shortest first."""
    by_length: dict[int, list[int]] = {}
    for row, pieces in enumerate(encoded):
        by_length.setdefault(len(pieces), []).append(row)
    for _, rows in sorted(by_length.items()):
        for at in range(0, len(rows), _TOGETHER):
            yield rows[at : at + _TOGETHER]

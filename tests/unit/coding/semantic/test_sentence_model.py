"""The sentence model: what its vectors are, and what it refuses."""

import json
from math import erf, sqrt
from pathlib import Path

import numpy as np
import pytest

from services.coding.codesets.artefact import ArtefactError
from services.coding.semantic.model_files import model_files
from services.coding.semantic.sentence_model import SentenceModel
from tests.unit.coding.semantic.small_model import WIDTH, small_model, tensors, write_weights

WORDS = "acute chronic bronchitis fracture of the left femur with cough"
TEXTS = ("acute bronchitis", "fracture of the left femur", "cough", "chronic cough with bronchitis")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_model(tmp_path / "model", WORDS)


@pytest.fixture
def model(folder: Path) -> SentenceModel:
    return SentenceModel(folder)


def by_hand(text: str, weights: dict[str, np.ndarray], known: list[str]) -> np.ndarray:
    """The same by the textbook: one text, one head and one piece at a time, in doubles."""
    w = {name: tensor.astype(np.float64) for name, tensor in weights.items()}

    def norm(rows: np.ndarray, name: str) -> np.ndarray:
        mean, spread = rows.mean(1, keepdims=True), rows.std(1, keepdims=True)
        rows = (rows - mean) / spread
        return rows * w[f"{name}.LayerNorm.weight"] + w[f"{name}.LayerNorm.bias"]

    def dense(rows: np.ndarray, name: str) -> np.ndarray:
        return rows @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    pieces = [2, *(known.index(word) for word in text.split()), 3]
    rows = w["embeddings.word_embeddings.weight"][pieces]
    rows = rows + w["embeddings.position_embeddings.weight"][: len(pieces)]
    rows = norm(rows + w["embeddings.token_type_embeddings.weight"][0], "embeddings")
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        asked, keys, values = (
            dense(rows, f"{layer}.attention.self.{part}") for part in ("query", "key", "value")
        )
        mixed = np.zeros_like(rows)
        for begin in range(0, WIDTH, 4):
            part = slice(begin, begin + 4)
            for at in range(len(pieces)):
                shares = np.exp(keys[:, part] @ asked[at, part] / sqrt(4))
                mixed[at, part] = shares / shares.sum() @ values[:, part]
        attention = f"{layer}.attention.output"
        rows = norm(rows + dense(mixed, f"{attention}.dense"), attention)
        wide = dense(rows, f"{layer}.intermediate.dense")
        active = wide * np.vectorize(lambda x: (1 + erf(x / sqrt(2))) / 2)(wide)
        rows = norm(rows + dense(active, f"{layer}.output.dense"), f"{layer}.output")
    mean = rows.mean(0)
    found: np.ndarray = mean / np.linalg.norm(mean)
    return found


def test_a_vector_is_what_the_textbook_gives(model: SentenceModel) -> None:
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS.split()]
    expected = [by_hand(text, tensors(len(known)), known) for text in TEXTS]
    assert np.allclose(model.vectors(TEXTS), expected, atol=1e-5)


def test_every_vector_has_length_one(model: SentenceModel) -> None:
    assert np.allclose(np.linalg.norm(model.vectors(TEXTS), axis=1), 1, atol=1e-6)


def test_a_text_has_the_same_vector_alone_and_among_others(model: SentenceModel) -> None:
    together = model.vectors(TEXTS)
    alone = [model.vectors([text])[0] for text in TEXTS]
    assert np.allclose(together, alone, atol=1e-6)


def test_upper_case_means_the_same(model: SentenceModel) -> None:
    assert np.array_equal(model.vectors(["ACUTE Bronchitis"]), model.vectors(["acute bronchitis"]))


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07", "zebra", "cough " * 5_000])
def test_odd_texts_have_a_vector_too(model: SentenceModel, text: str) -> None:
    (found,) = model.vectors([text])
    assert np.isfinite(found).all()


def test_no_texts_have_no_vectors(model: SentenceModel) -> None:
    assert model.vectors([]).shape == (0, WIDTH)


def test_the_count_that_is_told_rises_to_all(model: SentenceModel) -> None:
    told: list[tuple[int, int]] = []
    model.vectors(TEXTS, lambda done, total: told.append((done, total)))
    assert [total for _, total in told] == [len(TEXTS)] * len(told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == len(TEXTS)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xff\xff\xff\xff\xff\xff\xff", b"[1]"])
def test_a_damaged_file_is_refused_in_a_sentence(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ArtefactError, match=r"model|weights"):
        SentenceModel(folder)


def test_weights_that_are_cut_short_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-64])
    with pytest.raises(ArtefactError):
        SentenceModel(folder)


def test_a_layer_that_is_missing_is_refused(folder: Path) -> None:
    some = tensors(14)
    del some["encoder.layer.1.output.dense.weight"]
    write_weights(folder / "model.safetensors", some)
    with pytest.raises(ArtefactError):
        SentenceModel(folder)


def test_another_activation_is_refused(folder: Path) -> None:
    config = folder / "config.json"
    shape = json.loads(config.read_text(encoding="utf-8")) | {"hidden_act": "relu"}
    config.write_text(json.dumps(shape), encoding="utf-8")
    with pytest.raises(ArtefactError, match="gelu"):
        SentenceModel(folder)


def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"lacks model\.safetensors, tokenizer\.json"):
        model_files(tmp_path)

"""Vectors of phrases in a file: what is nearest, how alike, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.coding.codesets.artefact import ArtefactError
from services.coding.semantic.phrase_vectors import PhraseVectors, write
from services.coding.semantic.rounding import rounded

WIDTH = 24


def drawn(count: int, seed: int = 3) -> NDArray[np.float32]:
    """Vectors of length one, in a few clouds."""
    draw = np.random.default_rng(seed)
    clouds = draw.standard_normal((12, WIDTH))
    rows = clouds[draw.integers(0, 12, count)] + 0.4 * draw.standard_normal((count, WIDTH))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def kept(folder: Path, vectors: NDArray[np.float32]) -> PhraseVectors:
    path = folder / "vectors"
    write(path, vectors, [3 * row for row in range(len(vectors))], ["A00"] * len(vectors))
    return PhraseVectors(path)


def test_a_phrase_is_nearest_to_itself_and_wholly_alike(tmp_path: Path) -> None:
    vectors = drawn(2_000)
    found = kept(tmp_path, vectors)
    for row in range(0, 2_000, 97):
        assert found.nearest(vectors[row], 1) == [(3 * row, 1000)]


def test_the_nearest_are_those_that_a_look_at_all_would_find(tmp_path: Path) -> None:
    vectors = drawn(3_000)
    found = kept(tmp_path, vectors)
    for asked in drawn(20, seed=5):
        cosines = vectors @ asked
        best = np.argsort(-cosines)[:10]
        near = found.nearest(asked, 10)
        assert len({number for number, _ in near} & {3 * int(row) for row in best}) >= 9
        for number, alike in near:
            assert abs(alike - 1000 * float(cosines[number // 3])) < 8


def test_the_most_alike_come_first(tmp_path: Path) -> None:
    found = kept(tmp_path, drawn(500)).nearest(drawn(1, seed=9)[0], 50)
    assert [alike for _, alike in found] == sorted((alike for _, alike in found), reverse=True)


def test_the_same_vectors_make_the_same_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        write(path, drawn(800), range(800), ["A00"] * 800)
    assert first.read_bytes() == second.read_bytes()


def test_one_phrase_alone_is_found(tmp_path: Path) -> None:
    found = kept(tmp_path, drawn(1))
    assert len(found) == 1
    assert [number for number, _ in found.nearest(drawn(1, seed=8)[0], 5)] == [0]


def test_nothing_is_like_a_vector_of_nothing(tmp_path: Path) -> None:
    assert kept(tmp_path, drawn(10)).nearest(np.zeros(WIDTH, np.float32), 5) == []


@given(st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4))
def test_rounding_keeps_the_direction(parts: list[float]) -> None:
    vector = np.array([parts], np.float32)
    length = float(np.linalg.norm(vector))
    near = rounded(vector).astype(np.float64)
    if length > 0.01:
        cosine = float((near @ vector.T)[0, 0]) / (float(np.linalg.norm(near)) * length)
        assert cosine > 0.9999


@pytest.mark.parametrize("content", [b"", b"CSCOLUM1", b"\0" * 64])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(ArtefactError):
        PhraseVectors(path)

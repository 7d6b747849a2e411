"""A sentence model of a few words, made for a test: small, and of the real one's form."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WIDTH, HEADS, LAYERS, LONGEST = 16, 4, 2, 64
_WIDER = 32
_MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
Tensors = dict[str, NDArray[np.float32]]


def write_weights(path: Path, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """A safetensors file of 32-bit floats."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, tensor in tensors.items():
        end = at + tensor.nbytes
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(tensor.astype("<f4").tobytes() for tensor in tensors.values())
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def tensors(words: int, seed: int = 7) -> Tensors:
    """Weights drawn by seed."""
    draw = np.random.default_rng(seed)

    def drawn(*shape: int) -> NDArray[np.float32]:
        return draw.standard_normal(shape).astype(np.float32) / np.float32(WIDTH**0.5)

    found: Tensors = {
        "embeddings.word_embeddings.weight": drawn(words, WIDTH),
        "embeddings.position_embeddings.weight": drawn(LONGEST, WIDTH),
        "embeddings.token_type_embeddings.weight": drawn(2, WIDTH),
    }

    def norm(name: str) -> None:
        found[f"{name}.LayerNorm.weight"] = np.ones(WIDTH, np.float32)
        found[f"{name}.LayerNorm.bias"] = np.zeros(WIDTH, np.float32)

    def dense(name: str, out: int, into: int) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = drawn(out, into), drawn(out)

    norm("embeddings")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            dense(f"{layer}.attention.self.{part}", WIDTH, WIDTH)
        dense(f"{layer}.attention.output.dense", WIDTH, WIDTH)
        norm(f"{layer}.attention.output")
        dense(f"{layer}.intermediate.dense", _WIDER, WIDTH)
        dense(f"{layer}.output.dense", WIDTH, _WIDER)
        norm(f"{layer}.output")
    return found


def small_model(folder: Path, words: str, seed: int = 7) -> Path:
    """A model that knows ``words``, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    known = (*_MARKS, *dict.fromkeys(words.lower().split()))
    pieces = {word: number for number, word in enumerate(known)}
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    shape = {
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(shape), encoding="utf-8")
    write_weights(folder / "model.safetensors", tensors(len(known), seed))
    return folder

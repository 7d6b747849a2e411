"""A value made fast is the value its class would have made."""

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from services.payer_gateway.x12 import Adjustment, RemittanceClaim
from services.payer_gateway.x12.maker import maker


@dataclass(frozen=True, slots=True)
class Sample:
    first: int
    second: tuple[int, ...] = ()


def test_a_value_made_fast_cannot_be_changed() -> None:
    made = maker(Sample)(1)
    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]
    assert not hasattr(made, "__dict__")


def test_a_value_made_fast_equals_and_hashes_as_one_made_slowly() -> None:
    made, slow = maker(Adjustment)("CO", "45", 100), Adjustment("CO", "45", 100)
    assert type(made) is Adjustment
    assert made == slow
    assert hash(made) == hash(slow)
    assert repr(made) == repr(slow)
    assert replace(made, amount_cents=5) == replace(slow, amount_cents=5)


def test_defaults_and_keywords_are_those_of_the_class() -> None:
    made = maker(RemittanceClaim)(claim_id="C1", status="1", charge_cents=1, paid_cents=1)
    assert made == RemittanceClaim("C1", "1", 1, 1)
    with pytest.raises(TypeError):
        maker(Sample)()  # type: ignore[call-arg]

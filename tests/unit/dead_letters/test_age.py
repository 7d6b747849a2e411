"""Ages as people write them."""

from datetime import timedelta

import pytest

from claimstream.dead_letters.age import parse_age


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "2 h", "2.5h", "2y", "999999d"])
def test_what_is_no_age_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is no age, such as"):
        parse_age(text)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        (" 3d ", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_an_age_is_a_number_and_a_unit(text: str, age: timedelta) -> None:
    assert parse_age(text) == age

"""When the breaker trips: by share and by keys, never by one key."""

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.breaker import Breaker

GOOD = (False, "")


def dead(*keys: int) -> list[tuple[bool, str]]:
    return [(True, f"K{key}") for key in keys]


def a_breaker() -> Breaker:
    return Breaker(window=100, least_keys=10, percent=50)


def test_one_bad_key_never_trips_it() -> None:
    breaker = a_breaker()
    assert not any(breaker.trips(dead(1)) for _ in range(1000))


def test_many_bad_keys_trip_it() -> None:
    breaker = a_breaker()
    assert not breaker.trips(dead(*range(9)))
    assert breaker.trips(dead(9))


def test_many_bad_keys_among_more_good_inputs_do_not() -> None:
    breaker = a_breaker()
    assert not breaker.trips([GOOD] * 51 + dead(*range(49)))
    assert breaker.trips(dead(50, 51))


def test_what_lies_before_the_window_is_forgotten() -> None:
    breaker = a_breaker()
    breaker.trips([GOOD] * 1000)
    assert not breaker.trips(dead(*range(49)))
    assert breaker.trips(dead(50, 51))


def test_an_allowance_lets_so_many_inputs_pass_uncounted() -> None:
    breaker = a_breaker()
    breaker.trips(dead(*range(50)))
    breaker.reset(allowance=30)
    assert not breaker.trips(dead(*range(30)))
    assert not breaker.trips(dead(*range(9)))
    assert breaker.trips(dead(9))


def test_it_stays_open_while_most_of_what_comes_next_is_bad_of_however_few_keys() -> None:
    breaker = a_breaker()
    assert breaker.stays_open(dead(1))
    assert breaker.stays_open([GOOD, *dead(1)])
    assert not breaker.stays_open([GOOD, GOOD, *dead(1)])
    assert not breaker.stays_open([])


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdefgh")), max_size=300))
def test_fewer_keys_than_asked_for_never_trip_it(outcomes: list[tuple[bool, str]]) -> None:
    assert not Breaker(window=50, least_keys=9, percent=1).trips(outcomes)

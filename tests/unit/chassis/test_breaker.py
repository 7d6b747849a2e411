"""When the breaker trips: by share and by keys, never by one key."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.breaker import Breaker, outcomes_of
from services.chassis.dead_letters import reference_missing
from services.chassis.deadlines import deadline_delivery
from services.chassis.incoming import DeadlineDue, Incoming
from services.chassis.record import Delivery, Refusal
from tests.support import NOON

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


def test_one_bad_key_that_is_all_there_is_to_read_would_not_trip_it() -> None:
    breaker = a_breaker()
    assert not breaker.would_trip(dead(1))
    breaker.trips(dead(*range(9)))
    assert not breaker.would_trip(dead(8))
    assert breaker.figures(dead(8)) == (10, 10, 9)
    assert breaker.would_trip(dead(9)), "with those taken in before there are enough keys"


def test_a_batch_that_is_bad_enough_by_itself_would_trip_it_whatever_came_before() -> None:
    breaker = a_breaker()
    breaker.trips([GOOD] * 100)
    assert breaker.would_trip(dead(*range(10)))
    assert not breaker.would_trip(dead(*range(9)))
    assert not breaker.would_trip([GOOD] * 11 + dead(*range(10)))


def test_what_would_trip_it_is_not_counted_before_it_is_taken_in() -> None:
    breaker = a_breaker()
    breaker.would_trip(dead(*range(50)))
    assert not breaker.trips(dead(1))


def a_deadline(key: str) -> tuple[Delivery, Refusal]:
    due = DeadlineDue(kind="close", practice_id="P1", key=key, due_at=NOON, payload={})
    incoming: Incoming[DeadlineDue] = Incoming(
        event_id=uuid4(), topic="deadline:close", key=f"P1:{key}", event=due, occurred_at=NOON
    )
    return deadline_delivery(incoming), Refusal("rule_failed", "KeyError at a.py:1")


def test_all_deadlines_of_one_key_are_one_key() -> None:
    outcomes = outcomes_of(0, [a_deadline("A"), a_deadline("A"), a_deadline("B")])
    breaker = a_breaker()
    breaker.trips(outcomes)
    assert breaker.figures([]) == (3, 3, 2)


def test_a_batch_larger_than_the_window_does_not_trip_it_by_its_few_dead() -> None:
    outcomes = outcomes_of(400, [a_deadline(str(number)) for number in range(100)])
    assert len(outcomes) == 500
    assert not a_breaker().would_trip(outcomes)
    breaker = a_breaker()
    assert not breaker.trips(outcomes)
    assert breaker.figures([]) == (100, 20, 20)
    assert breaker.trips(outcomes_of(100, [a_deadline(str(number)) for number in range(100)]))


def test_that_a_reference_never_came_says_nothing_of_a_release() -> None:
    delivery, _ = a_deadline("A")
    assert outcomes_of(1, [(delivery, reference_missing("patient:P1:A"))]) == [GOOD]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdefgh")), max_size=300))
def test_fewer_keys_than_asked_for_never_trip_it(outcomes: list[tuple[bool, str]]) -> None:
    assert not Breaker(window=50, least_keys=9, percent=1).trips(outcomes)

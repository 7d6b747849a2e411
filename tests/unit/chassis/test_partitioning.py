"""Keys go where every other client of Kafka sends them."""

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.partitioning import key_hash


@given(st.binary(max_size=400))
def test_a_key_is_hashed_as_the_client_library_hashes_it(key: bytes) -> None:
    assert key_hash(key) == murmur2(key) & 0x7FFF_FFFF


def test_a_key_is_hashed_as_kafka_s_own_tests_say() -> None:
    """org.apache.kafka.common.utils.UtilsTest.testMurmur2."""
    known = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"a-little-bit-longer-string": -1486304829,
        b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
        b"abc": 479470107,
    }
    assert {key: key_hash(key) for key in known} == {
        key: value & 0x7FFF_FFFF for key, value in known.items()
    }

"""The corpus holds what it promises, and decoding alone never raises on any of it."""

import re
from collections import Counter

import pytest
from msgspec.structs import replace

from schemas.catalogue import subscriptions
from services.chassis.record import deliver, headers_from_bytes, headers_to_bytes, instant_of
from tests.poison.poison import Poison, corpus
from tests.unit.docs.documents import OPERATE, codes, read, table

LEAST_RECORDS = 150
KINDS = {
    "dates",
    "encoding",
    "headers",
    "identity",
    "size",
    "stories",
    "types",
    "versions",
}
NOT_OF_ONE_RECORD = {
    "handler_missing",
    "reference_missing",
    "rule_failed",
    "storage_refused",
    "too_large_to_publish",
    "unreadable",
}
"""Reasons that another release, the clock or our own code brings about, not what a record holds."""


def documented_reasons() -> set[str]:
    rows = table(read(OPERATE), "Reason")
    return {reason for row in rows for reason in codes(row[0])}


def test_it_is_large_and_of_every_kind() -> None:
    assert len(corpus()) >= LEAST_RECORDS
    assert {poison.kind for poison in corpus()} == KINDS


def test_each_record_has_a_name_of_its_own_and_says_what_it_is() -> None:
    names = Counter((poison.kind, poison.name) for poison in corpus())
    assert [name for name, count in names.items() if count > 1] == []
    assert [poison.name for poison in corpus() if not poison.about] == []


def test_every_reason_that_a_record_can_be_set_aside_for_is_met() -> None:
    met = {poison.expected.reason for poison in corpus() if poison.expected.outcome == "dead"}
    missing = documented_reasons() - met - NOT_OF_ONE_RECORD
    assert not missing


@pytest.mark.parametrize("poison", corpus(), ids=lambda poison: f"{poison.kind}-{poison.name}")
def test_decoding_answers_the_same_twice_and_tells_nothing_of_the_value(poison: Poison) -> None:
    for record, _ in poison.steps():
        first, second = (deliver(record, subscriptions(poison.service)) for _ in range(2))
        assert (first.identity, first.lane, first.refusal) == (
            second.identity,
            second.lane,
            second.refusal,
        )
        assert (first.incoming is None) == (first.refusal is not None)
        assert first.lane is None or first.lane.isprintable()
        assert headers_from_bytes(headers_to_bytes(record.headers)) == list(record.headers)
        if first.refusal is not None:
            assert re.fullmatch(r"[a-z_0-9]+", first.refusal.reason)
            assert "Rivera" not in first.refusal.message
            assert "Sore throat" not in first.refusal.message


def test_two_records_at_one_place_of_a_topic_made_again_are_two() -> None:
    one = next(each for each in corpus() if each.name == "empty").record()
    others = [
        replace(one, value=None),
        replace(one, key=b"another"),
        replace(one, key=None),
        replace(one, headers=[*one.headers, ("x", None)]),
        replace(one, offset=one.offset + 1),
    ]
    read_by = subscriptions("coding")
    identities = {deliver(each, read_by).identity for each in (one, *others)}
    assert len(identities) == 1 + len(others)


@pytest.mark.parametrize("milliseconds", [-(2**63), -1, 0, 2**63 - 1])
def test_any_time_that_a_producer_writes_is_an_instant(milliseconds: int) -> None:
    assert instant_of(milliseconds).tzinfo is not None

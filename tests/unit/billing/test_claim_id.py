"""Numbers of claims and work items are the hashes they always were."""

from base64 import b32encode
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.claim_id import claim_id, short_id


def in_base32(text: str, octets: int) -> str:
    digest = blake2b(text.encode(), digest_size=octets).digest()
    return b32encode(digest).decode().rstrip("=")


@given(st.text(max_size=70), st.text(max_size=70), st.integers(1, 3), st.integers(1, 10_000))
def test_a_claims_number_is_a_hash_in_base_32(
    practice_id: str, encounter_id: str, level: int, version: int
) -> None:
    text = "\x1f".join((practice_id, encounter_id, str(level), str(version)))
    assert claim_id(practice_id, encounter_id, level, version) == in_base32(text, 12)


@given(st.lists(st.text(max_size=70), max_size=9))
def test_a_work_items_id_is_a_hash_in_base_32(parts: list[str]) -> None:
    assert short_id(*parts) == in_base32("\x1f".join(parts), 10)

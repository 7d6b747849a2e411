"""Event ids: the same on every replay, ordered by the time of their cause."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.event_id import caused_event_id, record_id, root_event_id

INSTANTS = st.integers(0, 7 * 10**12).map(
    lambda milliseconds: datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
)


@given(INSTANTS, st.text(max_size=10), st.text(max_size=10))
def test_the_same_cause_gives_the_same_ids_on_every_replay(
    at: datetime, practice: str, kind: str
) -> None:
    cause = root_event_id(at, practice)
    assert cause == root_event_id(at, practice)
    assert caused_event_id(cause, kind) == caused_event_id(cause, kind)


@given(INSTANTS, st.text(max_size=10))
def test_an_id_is_a_uuid_of_version_7(at: datetime, practice: str) -> None:
    for event_id in (root_event_id(at, practice), caused_event_id(root_event_id(at), practice)):
        assert event_id.version == 7
        assert event_id.variant == "specified in RFC 4122"


@given(INSTANTS, st.integers(1, 10**9))
def test_ids_sort_by_the_time_of_their_cause(at: datetime, milliseconds: int) -> None:
    later = at + timedelta(milliseconds=milliseconds)
    assert root_event_id(at, "z") < root_event_id(later, "a")
    assert caused_event_id(root_event_id(at), "z") < caused_event_id(root_event_id(later), "a")


def test_effects_of_one_cause_are_told_apart_by_kind_and_discriminator() -> None:
    cause = UUID("01a20047-e11a-71ee-8176-89ccc7b917dd")
    ids = {
        caused_event_id(cause, kind, discriminator)
        for kind in ("claim", "balance")
        for discriminator in ("", "1", "2")
    }
    assert len(ids) == 6


def test_parts_do_not_run_into_each_other() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert root_event_id(at, "ab", "c") != root_event_id(at, "a", "bc")


def test_a_foreign_id_is_unique_within_its_source() -> None:
    assert record_id("urn:ehr-a", "17") != record_id("urn:ehr-b", "17")
    assert record_id("urn:ehr-a", "17") == record_id("urn:ehr-a", "17")
    assert record_id("urn:a", str(UUID(int=9))) == UUID(int=9)


SPELLINGS: tuple[Callable[[UUID], str], ...] = (
    str,
    lambda event_id: str(event_id).upper(),
    lambda event_id: event_id.hex,
    lambda event_id: event_id.urn,
    "{{{}}}".format,
)


@given(st.uuids(), st.sampled_from(SPELLINGS))
def test_a_uuid_is_itself_however_it_is_spelt(event_id: UUID, spelt: Callable[[UUID], str]) -> None:
    assert record_id("urn:a", spelt(event_id)) == event_id


@given(st.text("0123456789abcdefABCDEF-{}", max_size=40))
def test_what_is_no_uuid_is_known_by_its_source_too(text: str) -> None:
    try:
        expected = UUID(text)
    except ValueError:
        assert record_id("urn:a", text) != record_id("urn:b", text)
    else:
        assert record_id("urn:a", text) == record_id("urn:b", text) == expected

"""The provider that an auditor would see first stands first, against a stated baseline."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.coding.domain.audit.trends import Kind, Observed, deviation, of_practices, trends


def seen(
    provider: str, counts: dict[str, int], *, kind: Kind = "visit", specialty: str = "207Q00000X"
) -> list[Observed]:
    return [
        Observed("P1", provider, specialty, "2026-03", kind, code)
        for code, count in counts.items()
        for _ in range(count)
    ]


PEERS = [
    each for name in ("A", "B", "C") for each in seen(name, {"99213": 60, "99214": 35, "99215": 5})
]


def test_the_outlier_is_first() -> None:
    found = trends([*PEERS, *seen("X", {"99215": 60, "99214": 40})])
    assert (found[0].provider_id, found[0].code) == ("X", "99215")
    assert (found[0].share_permille, found[0].baseline) == (600, "peers")
    assert found[0].outlier
    assert found[0].deviation > 0


def test_a_rare_code_that_comes_once_does_not_stand_before_an_outlier() -> None:
    once = [*seen("Y", {"99213": 11, "99205": 1})]
    found = trends([*PEERS, *seen("X", {"99215": 20, "99214": 80}), *once])
    rare = next(one for one in found if (one.provider_id, one.code) == ("Y", "99205"))
    assert rare.deviation > 5_000
    assert not rare.outlier
    assert (found[0].provider_id, found[0].outlier) == ("X", True)
    flags = [one.outlier for one in found]
    assert flags == sorted(flags, reverse=True)


def test_the_baseline_says_of_how_many_it_was_made() -> None:
    found = trends([*PEERS, *seen("X", {"99215": 60, "99214": 40})])
    assert (found[0].baseline, found[0].baseline_of) == ("peers", 300)


def test_practices_are_compared_with_practices() -> None:
    peers = [replace(each, practice_id=f"P{each.provider_id}") for each in PEERS]
    high = seen("Z", {"99215": 80, "99214": 20}, specialty="207RC0000X")
    found = trends(of_practices([*peers, *(replace(each, practice_id="PZ") for each in high)]))
    assert (found[0].practice_id, found[0].provider_id, found[0].code) == ("PZ", "", "99215")
    assert {one.practice_id for one in found} == {"PA", "PB", "PC", "PZ"}
    assert {one.provider_id for one in found} == {""}


def test_what_a_provider_never_reports_stands_out_too() -> None:
    found = trends([*PEERS, *seen("X", {"99214": 100})])
    absent = next(one for one in found if (one.provider_id, one.code) == ("X", "99213"))
    assert (absent.count, absent.share_permille) == (0, 0)
    assert absent.deviation < 0


def test_a_provider_is_no_measure_of_itself() -> None:
    assert trends(seen("X", {"99215": 100})) == []


def test_another_specialty_is_no_peer() -> None:
    assert [
        one
        for one in trends([*PEERS, *seen("X", {"99215": 99}, specialty="207RC0000X")])
        if one.provider_id == "X"
    ] == []


def test_a_stated_baseline_takes_the_place_of_peers() -> None:
    (one,) = trends(seen("X", {"99214": 20}), {"visit": {"99214": 1_000}})
    assert (one.baseline, one.baseline_permille, one.outlier) == ("file", 1_000, False)


def test_a_kind_without_a_baseline_is_left_out() -> None:
    given_kinds = [*seen("X", {"I10": 20}, kind="diagnosis"), *seen("X", {"99214": 20})]
    assert {one.kind for one in trends(given_kinds, {"visit": {}})} == {"visit"}


def test_too_few_to_say_anything_are_left_out() -> None:
    assert all(one.provider_id != "X" for one in trends([*PEERS, *seen("X", {"99215": 9})]))


def test_the_order_of_what_was_seen_does_not_matter() -> None:
    observed = [*PEERS, *seen("X", {"99215": 60, "99214": 40})]
    assert trends(observed) == trends(observed[::-1])


@given(st.integers(1, 500), st.integers(0, 1_000))
def test_more_of_a_code_never_deviates_less(total: int, share: int) -> None:
    found = [deviation(count, total, share) for count in range(0, total + 1, max(total // 7, 1))]
    assert found == sorted(found)

"""What is remembered about a text and a pattern is what the function says, and not too much."""

import re

from services.coding.domain.reading.pattern_memo import PatternMemo, key_of


def test_patterns_of_the_same_words_and_other_flags_are_told_apart() -> None:
    loud, exact = re.compile("gout", re.IGNORECASE), re.compile("gout")
    found = PatternMemo(lambda text, pattern: pattern.search(text) is not None, 8)
    assert [found("GOUT", loud), found("GOUT", exact), found("GOUT", loud)] == [True, False, True]
    assert key_of(loud) != key_of(exact)


def test_an_answer_is_found_once_even_where_it_is_nothing() -> None:
    asked: list[str] = []

    def first(text: str, pattern: re.Pattern[str]) -> str | None:
        asked.append(text)
        match = pattern.search(text)
        return match.group() if match else None

    found = PatternMemo(first, 8)
    assert [found("no gout", re.compile("asthma")) for _ in range(3)] == [None] * 3
    assert asked == ["no gout"]


def test_a_long_text_and_more_than_are_kept_are_asked_again() -> None:
    asked: list[str] = []

    def length(text: str, _: re.Pattern[str]) -> int:
        asked.append(text)
        return len(text)

    found, pattern = PatternMemo(length, 2), re.compile("x")
    assert [found("y" * 600, pattern) for _ in range(2)] == [600, 600]
    assert len(asked) == 2
    assert [found(text, pattern) for text in ("a", "bb", "ccc", "ccc", "a")] == [1, 2, 3, 3, 1]
    assert asked[2:] == ["a", "bb", "ccc", "a"]

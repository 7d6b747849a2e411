"""How hard a text is to read: the Flesch-Kincaid grade level (Kincaid et al., 1975).

grade = 0.39 x words per sentence + 11.8 x syllables per word - 15.59, in thousandths here, so that
no fraction is needed. 8000 is what a pupil of grade 8 reads.
"""

import re
from collections.abc import Iterable

HIGHEST_GRADE_PERMILLE = 8000

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_ENDING = re.compile(r"(?:[^laeiouy]es|[^dt]ed|[^l]e)$")


def syllables(word: str) -> int:
    """How many syllables an English word has, by its groups of vowels; at least one."""
    lowered = re.sub(r"[^a-z]", "", word.lower())
    groups = len(_VOWELS.findall(lowered))
    if (
        groups > 1
        and _SILENT_ENDING.search(lowered)
        and not lowered.endswith(("ses", "ces", "ges"))
    ):
        groups -= 1
    return max(1, groups)


def grade_permille(sentences: Iterable[str]) -> int:
    """The grade level, in thousandths, of sentences; headings and table cells are not sentences.

    Raises ``ValueError`` where there is not one word.
    """
    words: list[str] = []
    ends = 0
    for text in sentences:
        found = _WORD.findall(text)
        if found:
            words.extend(found)
            ends += max(1, len(_SENTENCE_END.findall(text)))
    if not words:
        raise ValueError("a text without words has no grade")
    count = len(words)
    return 390 * count // ends + 11_800 * sum(map(syllables, words)) // count - 15_590

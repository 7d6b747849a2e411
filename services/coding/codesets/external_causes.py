"""The ICD-10-CM index to external causes: phrases that lead to codes of chapter 20 (OG I.C.20)."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from services.coding.codesets import alphabetic_index, index_file


class ExternalCause(NamedTuple):
    """A way to name an external cause: words separated by blanks, and the index path."""

    tokens: str
    optional: str
    code: str
    path: str


def read_causes(path: Path) -> list[ExternalCause]:
    """Phrases of the index (official XML, or flattened to CSV), each once and in order."""
    with index_file.as_csv(path) as index:
        found = alphabetic_index.read_index(index)
    return sorted(
        {
            ExternalCause(" ".join(each.tokens), " ".join(each.optional), each.code, each.path)
            for each in found
        }
    )


class ExternalCauseIndex:
    """Finds the causes whose essential words all stand in what was said."""

    def __init__(self, causes: Iterable[ExternalCause]) -> None:
        self._by_rarest: dict[str, list[tuple[frozenset[str], ExternalCause]]] = {}
        kept = [(frozenset(cause.tokens.split()), cause) for cause in causes]
        frequency: dict[str, int] = {}
        for words, _ in kept:
            for word in words:
                frequency[word] = frequency.get(word, 0) + 1
        for words, cause in kept:
            if words:
                rarest = min(words, key=lambda word: (frequency[word], word))
                self._by_rarest.setdefault(rarest, []).append((words, cause))

    def named(self, tokens: Sequence[str]) -> list[ExternalCause]:
        """Causes that ``tokens`` name: most of the words first, then fewest unsaid ones."""
        said = frozenset(tokens)
        found = [
            (words, cause)
            for word in sorted(said)
            for words, cause in self._by_rarest.get(word, ())
            if words <= said
        ]
        return [
            cause
            for _, cause in sorted(
                found,
                key=lambda each: (
                    -len(each[0]),
                    -len(said & frozenset(each[1].optional.split())),
                    each[1],
                ),
            )
        ]

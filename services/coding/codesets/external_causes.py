"""The ICD-10-CM index to external causes: phrases that lead to codes of chapter 20 (OG I.C.20)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from services.coding.codesets import alphabetic_index, index_file
from services.coding.domain.code_sets import ExternalCause

# How people tell what the index lists under another form of the word.
_FORMS = {
    "fell": ("fall", "falling"),
    "fallen": ("fall", "falling"),
    "falls": ("fall", "falling"),
    "slipped": ("slipping",),
    "slip": ("slipping",),
    "tripped": ("tripping",),
    "trip": ("tripping",),
    "stumbled": ("stumbling",),
    "bitten": ("bite",),
    "bite": ("bitten",),
    "stung": ("sting",),
    "hit": ("struck",),
    "burned": ("burn",),
    "burnt": ("burn",),
    "crashed": ("accident",),
    "crash": ("accident",),
    "collided": ("collision",),
    "stabbed": ("stab",),
    "shot": ("shooting",),
}


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
        """Causes that ``tokens`` name: most words first; each code once."""
        said = frozenset(form for token in tokens for form in (token, *_FORMS.get(token, ())))
        found = [
            (words, cause)
            for word in sorted(said)
            for words, cause in self._by_rarest.get(word, ())
            if words <= said
        ]
        found.sort(
            key=lambda each: (
                -len(each[0]),
                -len(said & frozenset(each[1].optional.split())),
                each[1],
            )
        )
        best: dict[str, ExternalCause] = {}
        for _, cause in found:
            best.setdefault(cause.code, cause)
        return list(best.values())

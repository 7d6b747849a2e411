"""All phrases that name a diagnosis, as compact arrays for exact and for weighted matching.

Weights are integers: 100 times the natural logarithm of how rare a token is.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.coding.codesets.alphabetic_index import IndexPhrase
from services.coding.codesets.tabular_list import Node
from services.coding.domain.code_sets import RESIDUAL
from services.coding.domain.reading import wording
from services.coding.domain.reading.word_lists import LIGHT_WORDS

SOURCE_INDEX, SOURCE_TITLE, SOURCE_INCLUSION = 0, 1, 2
_LIGHT_WEIGHT = 60


@dataclass(slots=True)
class PhraseTable:
    """Parallel arrays by phrase number; ``postings`` hold ``phrase << 1 | optional``."""

    token_ids: dict[str, int] = field(default_factory=dict)
    token_weights: list[int] = field(default_factory=list)
    frequencies: list[int] = field(default_factory=list)
    node: "array[int]" = field(default_factory=lambda: array("I"))
    flags: "array[int]" = field(default_factory=lambda: array("B"))
    weight: "array[int]" = field(default_factory=lambda: array("I"))
    postings: "dict[int, array[int]]" = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    exact: dict[str, int] = field(default_factory=dict)


def title_phrases(nodes: Mapping[str, Node]) -> Iterable[tuple[IndexPhrase, int]]:
    """Titles and inclusion terms; a title that differs only by side names its whole group."""
    for node in nodes.values():
        target = node.parent if node.side else node.code
        lowered = node.title.lower()
        residual = lowered.startswith("other ") or "classified elsewhere" in lowered
        residual = residual or "elsewhere classified" in lowered
        tokens = wording.read(node.title).tokens
        if tokens:
            yield IndexPhrase(tokens, (), target, "", residual), SOURCE_TITLE
        for text in node.inclusions:
            inside = wording.read(text.split(" (")[0]).tokens
            if inside:
                optional = tuple(t for t in wording.read(text).tokens if t not in inside)
                yield IndexPhrase(inside, optional, node.code, text, False), SOURCE_INCLUSION


def compile_phrases(
    nodes: Mapping[str, Node],
    index: Iterable[IndexPhrase],
    held_out: frozenset[str] = frozenset(),
) -> PhraseTable:
    """Number, weigh and invert the phrases; ``held_out`` keys of inclusion terms are left out."""
    numbers = {code: number for number, code in enumerate(nodes)}
    rows: dict[tuple[str, str, str], tuple[IndexPhrase, int]] = {}
    for phrase, source in [
        *((phrase, SOURCE_INDEX) for phrase in index),
        *title_phrases(nodes),
    ]:
        if source == SOURCE_INCLUSION and wording.key(phrase.tokens) in held_out:
            continue
        if phrase.code in numbers:
            identity = (wording.key(phrase.tokens), wording.key(phrase.optional), phrase.code)
            rows.setdefault(identity, (phrase, source))
    return _inverted(rows, numbers)


def _inverted(
    rows: Mapping[tuple[str, str, str], tuple[IndexPhrase, int]], numbers: Mapping[str, int]
) -> PhraseTable:
    table = PhraseTable()
    frequency: Counter[str] = Counter()
    for phrase, _ in rows.values():
        frequency.update(phrase.tokens)
        frequency.update(phrase.optional)
    for number, token in enumerate(sorted(frequency)):
        table.token_ids[token] = number
        rarity = round(100 * math.log(1 + len(rows) / frequency[token]))
        table.token_weights.append(_LIGHT_WEIGHT if token in LIGHT_WORDS else rarity)
        table.frequencies.append(frequency[token])
    postings: dict[int, array[int]] = defaultdict(lambda: array("I"))
    for number, ((exact_key, _, code), (phrase, source)) in enumerate(rows.items()):
        table.node.append(numbers[code])
        table.flags.append(source | (RESIDUAL if phrase.residual else 0))
        table.weight.append(
            sum(table.token_weights[table.token_ids[token]] for token in phrase.tokens)
        )
        table.paths.append(phrase.path)
        for token in phrase.tokens:
            postings[table.token_ids[token]].append(number << 1)
        for token in phrase.optional:
            postings[table.token_ids[token]].append(number << 1 | 1)
        best = table.exact.get(exact_key)
        if best is None or table.flags[number] < table.flags[best]:
            table.exact[exact_key] = number
    table.postings = dict(postings)
    return table

"""All phrases that name a diagnosis, as compact arrays for exact and for weighted matching.

Weights are integers: 100 times the natural logarithm of how rare a token is.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.coding.codesets.alphabetic_index import BRACKETS, IndexPhrase, worded
from services.coding.codesets.derived_phrases import derived_phrases
from services.coding.codesets.tabular_list import Node
from services.coding.domain.code_sets import (
    BILATERAL,
    EXTERNAL,
    LEFT,
    RESIDUAL,
    RIGHT,
    SOURCE_DERIVED,
    SOURCE_INCLUSION,
    SOURCE_INDEX,
    SOURCE_TITLE,
    UNSPECIFIED,
)
from services.coding.domain.diagnosis.specificity import sideless
from services.coding.domain.reading import wording
from services.coding.domain.reading.word_lists import LIGHT_WORDS

_LIGHT_WEIGHT = 60
_SIDES = {"left": LEFT, "right": RIGHT, "bilateral": BILATERAL}

_LIMBS = {
    **dict.fromkeys(("leg", "thigh", "knee", "ankle", "foot", "calf"), ("lower",)),
    **dict.fromkeys(("arm", "forearm", "elbow", "wrist", "hand"), ("upper",)),
}

Rows = dict[tuple[str, str, str, int], tuple[IndexPhrase, int]]


@dataclass(slots=True)
class PhraseTable:
    """Parallel arrays by phrase number; by word, the phrases that need it and those that may."""

    token_ids: dict[str, int] = field(default_factory=dict)
    token_weights: list[int] = field(default_factory=list)
    frequencies: list[int] = field(default_factory=list)
    node: "array[int]" = field(default_factory=lambda: array("I"))
    flags: "array[int]" = field(default_factory=lambda: array("B"))
    weight: "array[int]" = field(default_factory=lambda: array("I"))
    essential: "dict[int, array[int]]" = field(default_factory=dict)
    optional: "dict[int, array[int]]" = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


def title_phrases(nodes: Mapping[str, Node]) -> Iterable[tuple[IndexPhrase, int]]:
    """Titles and inclusion terms; a title that differs only by side names its whole group."""
    for node in nodes.values():
        title = worded(node.title, node.parent if node.side else node.code)
        if title is not None:
            sides = frozenset[str]() if node.side else title.sides
            yield replace(title, path="", sides=sides), SOURCE_TITLE
        for text in node.inclusions:
            term = worded(text, node.code)
            if term is not None:
                yield term, SOURCE_INCLUSION


def hold_out(nodes: Mapping[str, Node], held_out: frozenset[str]) -> None:
    """Take inclusion terms out: where ``held_out`` has the key of their words, of all of them or of
    those before or outside brackets.
    """
    for node in nodes.values():
        node.inclusions = [
            term
            for term in node.inclusions
            if held_out.isdisjoint(
                wording.key(wording.read(text).tokens)
                for text in (term, term.split(" (")[0], BRACKETS.sub(" ", term))
            )
        ]


def compile_phrases(nodes: Mapping[str, Node], index: Iterable[IndexPhrase]) -> PhraseTable:
    """Number, weigh and invert the phrases."""
    numbers = {code: number for number, code in enumerate(nodes)}
    rows: Rows = {}
    tabular = list(title_phrases(nodes))
    words: dict[str, frozenset[str]] = {}
    for indexed in index:
        for phrase in _refined(indexed, nodes, words):
            _add(rows, phrase, SOURCE_INDEX, numbers)
    for phrase, source in tabular:
        _add(rows, phrase, source, numbers)
    known = {key for key, _, _, _ in rows}
    for phrase in derived_phrases(tabular):
        if wording.key(phrase.tokens) not in known:
            _add(rows, phrase, SOURCE_DERIVED, numbers)
    return _inverted(rows, numbers)


def _refined(
    phrase: IndexPhrase, nodes: Mapping[str, Node], words: dict[str, frozenset[str]]
) -> Iterator[IndexPhrase]:
    """The phrase; and where its incomplete code has codes by part and side ("Cellulitis, leg,
    L03.11-"), those of the part that the phrase names, each for its side.
    """
    node = nodes.get(phrase.code)
    members = [] if node is None else [nodes[code] for code in node.children if nodes[code].side]
    parts: dict[str, list[Node]] = {}
    for member in members:
        parts.setdefault(sideless(member.title), []).append(member)
    parts = {
        title: part
        for title, part in parts.items()
        if {member.side for member in part} & {"right", "unspecified"}
    }
    if node is None or len(parts) < 2 or phrase.sides:
        yield phrase
        return
    said = {*phrase.tokens, *(more for token in phrase.tokens for more in _LIMBS.get(token, ()))}
    said -= _title_words(node, words)
    fits = sorted(
        (-len(said & _title_words(part[0], words)), len(_title_words(part[0], words)), title)
        for title, part in parts.items()
    )
    if not fits[0][0] or fits[0][:2] == fits[1][:2]:
        yield phrase
        return
    named = parts[fits[0][2]]
    neutral = next((each for each in named if each.side == "unspecified"), None)
    if neutral is not None:
        yield replace(phrase, code=neutral.code)
        return
    yield phrase
    for member in named:
        yield replace(phrase, code=member.code, sides=frozenset((member.side,)))


def _title_words(node: Node, words: dict[str, frozenset[str]]) -> frozenset[str]:
    if node.code not in words:
        words[node.code] = frozenset(wording.read(node.title).tokens)
    return words[node.code]


def _add(rows: Rows, phrase: IndexPhrase, source: int, numbers: Mapping[str, int]) -> None:
    if phrase.code in numbers and phrase.tokens:
        marks = _flags(phrase)
        identity = (
            wording.key(phrase.tokens),
            wording.key(phrase.optional),
            phrase.code,
            marks,
        )
        rows.setdefault(identity, (phrase, source))


def _flags(phrase: IndexPhrase) -> int:
    flags = sum(_SIDES[side] for side in phrase.sides)
    if "other" in phrase.marks:
        flags |= RESIDUAL
    if "unspecified" in phrase.marks:
        flags |= UNSPECIFIED
    if phrase.code[0] in "VWXY":
        flags |= EXTERNAL
    return flags


def _inverted(rows: Rows, numbers: Mapping[str, int]) -> PhraseTable:
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
    essential: dict[int, array[int]] = defaultdict(lambda: array("I"))
    optional: dict[int, array[int]] = defaultdict(lambda: array("I"))
    for number, ((_, _, code, flags), (phrase, source)) in enumerate(rows.items()):
        table.node.append(numbers[code])
        table.flags.append(source | flags)
        table.weight.append(
            sum(table.token_weights[table.token_ids[token]] for token in phrase.tokens)
        )
        table.paths.append(phrase.path)
        for token in phrase.tokens:
            essential[table.token_ids[token]].append(number)
        for token in phrase.optional:
            optional[table.token_ids[token]].append(number)
    table.essential, table.optional = dict(essential), dict(optional)
    return table

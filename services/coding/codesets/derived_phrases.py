"""Names that follow from the tabular list's own equations between a title and its terms.

Where several codes say "Incomplete transection of ..." under the title "Minor laceration of ...",
the two name one thing there, and so they do under the titles beside them that do not say it. An
equation is what a title has and its term has not, and the reverse, in the words that all its
witnesses share. It holds in the categories of its witnesses; everywhere, with enough of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.coding.codesets.alphabetic_index import IndexPhrase
from services.coding.domain.code_sets import SOURCE_INCLUSION, SOURCE_TITLE

_WITNESSES = 2
_CATEGORIES_FOR_ALL = 4
_LONGEST = 14
_MOST_PER_TITLE = 12


@dataclass(frozen=True, slots=True)
class Equation:
    """``removed`` words of a title that has ``context`` may be said with ``added`` words."""

    removed: frozenset[str]
    added: frozenset[str]
    context: frozenset[str]
    scope: frozenset[str]


def equations(tabular: Sequence[tuple[IndexPhrase, int]]) -> list[Equation]:
    """What titles and their terms equate, with at least two witnesses."""
    titles: dict[str, frozenset[str]] = {}
    for phrase, source in tabular:
        if source == SOURCE_TITLE:
            titles.setdefault(phrase.code, frozenset(phrase.tokens))
    witnesses: dict[tuple[frozenset[str], frozenset[str]], dict[str, frozenset[str]]] = defaultdict(
        dict
    )
    for phrase, source in tabular:
        title = titles.get(phrase.code)
        if source != SOURCE_INCLUSION or title is None:
            continue
        term = frozenset(phrase.tokens)
        shared = title & term
        removed, added = title - term, term - title
        if shared and (removed or added) and len(removed) + len(added) <= _LONGEST:
            witnesses[removed, added][phrase.code] = shared
    found: list[Equation] = []
    for (removed, added), codes in witnesses.items():
        if len(codes) < _WITNESSES:
            continue
        categories = frozenset(code[:3] for code in codes)
        context = frozenset.intersection(*codes.values())
        everywhere = len(categories) >= _CATEGORIES_FOR_ALL and bool(removed)
        found.append(Equation(removed, added, context, frozenset() if everywhere else categories))
    return found


def derived_phrases(tabular: Sequence[tuple[IndexPhrase, int]]) -> Iterator[IndexPhrase]:
    """Names of codes by the equations that hold for their titles."""
    by_category: dict[str, list[Equation]] = defaultdict(list)
    everywhere: list[Equation] = []
    for equation in equations(tabular):
        if not equation.scope:
            everywhere.append(equation)
        for category in equation.scope:
            by_category[category].append(equation)
    for phrase, source in tabular:
        if source == SOURCE_TITLE:
            rules = [*by_category.get(phrase.code[:3], ()), *everywhere]
            yield from _applied(phrase, rules)


def _applied(phrase: IndexPhrase, rules: Iterable[Equation]) -> Iterator[IndexPhrase]:
    title = frozenset(phrase.tokens)
    made = 0
    for rule in rules:
        if made < _MOST_PER_TITLE and rule.removed <= title and rule.context <= title:
            tokens = (title - rule.removed) | rule.added
            if tokens != title and tokens:
                made += 1
                yield IndexPhrase(
                    tuple(sorted(tokens)),
                    phrase.optional,
                    phrase.code,
                    " > ".join(("tabular list", *sorted(rule.added))),
                    phrase.sides,
                    phrase.marks,
                )

"""Problems and facts as providers write them, with their codes: tab-separated files of our own.

They were written for measuring, from what an outpatient practice sees, and not from what the rules
read. Half of the wordings, by hash, joins the phrases that confidence is fitted on and sets the
limit from which nobody is asked; the other half is what is reported.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Wording(NamedTuple):
    """A problem in a provider's words, and the codes that are right."""

    words: str
    codes: frozenset[str]


class Fact(NamedTuple):
    """A problem, a statement elsewhere in its note, and the codes of both together."""

    problem: str
    statement: str
    codes: frozenset[str]


def wordings() -> list[Wording]:
    """The problems in the order of the file."""
    return [Wording(words, frozenset(codes.split())) for words, codes in _rows("own_words.tsv")]


def facts() -> list[Fact]:
    """The facts in the order of the file; some of them add no code."""
    return [
        Fact(problem, statement, frozenset(codes.split()))
        for problem, statement, codes in _rows("own_facts.tsv")
    ]


def _rows(name: str) -> Iterator[list[str]]:
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")

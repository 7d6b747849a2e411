"""The ways to name a diagnosis that are read for their meaning, from one release.

Index paths, tabular titles and inclusion terms; what is derived from these says nothing new.
"""

from collections.abc import Iterator

from services.coding.codesets.diagnosis_release import DiagnosisRelease
from services.coding.domain.code_sets import SOURCE_DERIVED

_SOURCE = 3
_AT_ONCE = 1_000
_STEP, _COMMA = " > ", ", "


def index_texts(codes: DiagnosisRelease) -> Iterator[tuple[int, str]]:
    """The number of each phrase and its words, each way to name a code once, in order."""
    told: set[tuple[str, str]] = set()
    flags = codes.flags
    for begin in range(0, len(flags), _AT_ONCE):
        numbers = [
            number
            for number in range(begin, min(begin + _AT_ONCE, len(flags)))
            if flags[number] & _SOURCE != SOURCE_DERIVED
        ]
        paths = codes.paths(numbers)
        for number in numbers:
            code = codes.code_of(number)
            path = paths.get(number)
            if path is None:
                node = codes.node(code)
                path = "" if node is None else node.title
            text = path.replace(_STEP, _COMMA)
            if (code, text) not in told:
                told.add((code, text))
                yield number, text

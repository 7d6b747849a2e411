"""Organ and disease panels: all their tests are reported as the panel, none beside it.

NCCI Policy Manual I.N and X.C. What each panel is made of is kept as code numbers only.
"""

from collections.abc import Iterable, Sequence

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.fixes import Fix, drop
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine
from services.coding.domain.edits.verdicts import OWN

_SOURCE = "NCCI Policy Manual I.N, X.C"
_REPEATED = ("91", "59", "XE", "XS", "XP", "XU")
_WAIVED = frozenset(("QW",))
# Status N of Medicare's fee schedule: there its parts are reported.
_NOT_BY_MEDICARE = frozenset(("80050",))
_ELECTROLYTES = frozenset(("82374", "82435", "84132", "84295"))
_BASIC = _ELECTROLYTES | {"82565", "82947", "84520"}
_TOTAL_CALCIUM = _BASIC | {"82310"}
_PRENATAL = frozenset(("87340", "86762", "86592", "86850", "86900", "86901"))
PANELS: dict[str, frozenset[str]] = {
    "80047": _BASIC | {"82330"},
    "80048": _TOTAL_CALCIUM,
    "80051": _ELECTROLYTES,
    "80053": _TOTAL_CALCIUM | {"82040", "82247", "84075", "84155", "84450", "84460"},
    "80061": frozenset(("82465", "83718", "84478")),
    "80069": _TOTAL_CALCIUM | {"82040", "84100"},
    "80074": frozenset(("86705", "86709", "86803", "87340")),
    "80076": frozenset(("82040", "82247", "82248", "84075", "84155", "84450", "84460")),
}
# A blood count in these may be done in any of three ways.
_COUNTS = (
    frozenset(("85025",)),
    frozenset(("85027", "85004")),
    frozenset(("85027", "85007")),
    frozenset(("85027", "85009")),
)
WITH_COUNT: dict[str, frozenset[str]] = {
    "80050": PANELS["80053"] | {"84443"},
    "80055": _PRENATAL,
    "80081": _PRENATAL | {"87389"},
}
COMPOSITIONS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    sorted(
        (
            *PANELS.items(),
            *((code, rest | count) for code, rest in WITH_COUNT.items() for count in _COUNTS),
        ),
        key=lambda each: (-len(each[1]), each[0]),
    )
)
TESTS = frozenset(test for _, tests in COMPOSITIONS for test in tests)
CODES = frozenset(code for code, _ in COMPOSITIONS)
_ANY_COUNT = frozenset(test for count in _COUNTS for test in count)


def tests_of(code: str) -> frozenset[str]:
    """Every test that a panel holds, in whichever way it is done; empty for another code."""
    if code in WITH_COUNT:
        return WITH_COUNT[code] | _ANY_COUNT
    return PANELS.get(code, frozenset())


def check(claim: Claim) -> None:
    """Tests and panels of each day and provider, those with the same modifiers together."""
    groups: dict[tuple[object, ...], list[tuple[int, ServiceLine]]] = {}
    for number, line in claim.numbered():
        if (line.code in TESTS or line.code in CODES) and not _repeated(line):
            others = frozenset(line.modifiers) - _WAIVED
            key = (line.date, line.provider_id, line.place_of_service, others)
            groups.setdefault(key, []).append((number, line))
    for lines in groups.values():
        _group(claim, lines)


def holds(panel: str, code: str) -> bool:
    """Whether all tests of another code are among those of the panel."""
    mine = _tests((code,))
    return panel != code and bool(mine) and mine <= tests_of(panel)


def settled(codes: frozenset[str], without: frozenset[str] = frozenset()) -> bool:
    """Whether these tests and panels, each once, are reported just so."""
    wanted, rest = arranged(_tests(codes), without - codes)
    return {*wanted, *rest} == codes


def _repeated(line: ServiceLine) -> bool:
    return any(modifier in _REPEATED for modifier in line.modifiers)


def _group(claim: Claim, lines: Sequence[tuple[int, ServiceLine]]) -> None:
    if len(lines) == 1:
        return
    reported = {line.code for _, line in lines}
    done = _tests(reported)
    without = _NOT_BY_MEDICARE if claim.context.programme in MEDICARE else frozenset()
    wanted, rest = arranged(done, without - reported)
    target = {*wanted, *rest}
    if target == reported:
        return
    pending = target - reported
    settled_lines: set[int] = set()
    for code in wanted:
        if code not in reported:
            used = [
                (n, line)
                for n, line in lines
                if line.code not in target and _tests((line.code,)) & tests_of(code)
            ]
            settled_lines.update(n for n, _ in used)
            _as_panel(claim, code, used, pending, done)
    for number, line in lines:
        if line.code not in target and number not in settled_lines:
            _beside_panel(claim, number, line, wanted, pending)


def _as_panel(
    claim: Claim,
    code: str,
    used: Sequence[tuple[int, ServiceLine]],
    pending: set[str],
    done: frozenset[str],
) -> None:
    """The tests of a panel, and smaller panels, are reported as the panel and what is left."""
    first, pattern = used[0]
    left = sorted(pending & _tests(line.code for _, line in used))
    pending.difference_update((code, *left))
    claim.say(
        "panel",
        "deny",
        [n for n, _ in used],
        _SOURCE,
        OWN,
        f"all tests of panel {code} were done: it is reported in their place",
        looked_up=f"{code}: {'+'.join(sorted(tests_of(code) & done))}",
        fixes=(
            *(drop(n) for n, _ in used),
            *_more_units(used),
            *(Fix("add", first, each, 1, modifiers=pattern.modifiers) for each in (code, *left)),
        ),
    )


def _more_units(used: Sequence[tuple[int, ServiceLine]]) -> list[Fix]:
    """A test done more than once keeps its repeats, which carry 91."""
    return [
        Fix("add", n, line.code, line.units - 1, modifiers=(*line.modifiers, "91"))
        for n, line in used
        if line.units > 1 and line.code in TESTS
    ]


def _beside_panel(
    claim: Claim, number: int, line: ServiceLine, wanted: Sequence[str], pending: set[str]
) -> None:
    mine = _tests((line.code,))
    panel = next(code for code in wanted if mine & tests_of(code))
    left = sorted(pending & mine)
    pending.difference_update(left)
    claim.say(
        "panel-component",
        "deny",
        (number,),
        _SOURCE,
        OWN,
        f"part of panel {panel}; a test repeated for a reason of its own carries 91",
        codes=(line.code, panel),
        looked_up=f"{line.code} in {panel}",
        modifiers=("91",) if line.code in TESTS else (),
        fixes=(
            drop(number),
            *(Fix("add", number, test, 1, modifiers=line.modifiers) for test in left),
        ),
    )


def _tests(codes: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for code in codes:
        if code in WITH_COUNT:
            found |= WITH_COUNT[code] | _COUNTS[0]
        else:
            found |= PANELS.get(code, {code})
    return frozenset(found)


def arranged(
    done: frozenset[str], without: frozenset[str] = frozenset()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Panels that the tests make up, the largest first, and the tests that are left.

    A panel with a blood count takes all parts of one, in whichever way it was done.
    """
    left = set(done)
    found: list[str] = []
    for code, tests in COMPOSITIONS:
        if tests <= left and code not in without:
            found.append(code)
            left -= tests_of(code)
    return tuple(found), tuple(sorted(left))

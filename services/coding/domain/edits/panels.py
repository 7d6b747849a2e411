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
    if {*wanted, *rest} == reported:
        return
    _beside_panels(claim, lines, reported)
    made = [code for code in wanted if code not in reported]
    for code in made:
        used = [(n, line) for n, line in lines if _tests((line.code,)) & tests_of(code)]
        added = [test for test in rest if test not in reported]
        claim.say(
            "panel",
            "deny",
            [n for n, _ in used],
            _SOURCE,
            OWN,
            f"all tests of panel {code} were done: it is reported in their place",
            looked_up=f"{code}: {'+'.join(sorted(tests_of(code) & done))}",
            fixes=(
                *(drop(n) for n, line in used if line.code not in (*wanted, *rest)),
                *_more_units(used, rest),
                Fix("add", used[0][0], code, 1, modifiers=used[0][1].modifiers),
                *(
                    Fix("add", used[0][0], test, 1, modifiers=used[0][1].modifiers)
                    for test in added
                ),
            ),
        )


def _more_units(used: Sequence[tuple[int, ServiceLine]], rest: Iterable[str]) -> list[Fix]:
    """A test done more than once keeps its repeats, which carry 91."""
    return [
        Fix("add", n, line.code, line.units - 1, modifiers=(*line.modifiers, "91"))
        for n, line in used
        if line.units > 1 and line.code in TESTS and line.code not in rest
    ]


def _beside_panels(
    claim: Claim, lines: Sequence[tuple[int, ServiceLine]], reported: set[str]
) -> None:
    panels = sorted(reported & CODES, key=lambda code: (-len(tests_of(code)), code))
    for number, line in lines:
        mine = _tests((line.code,))
        for panel in panels:
            if panel == line.code:
                break
            if mine <= tests_of(panel) or (line.code in CODES and mine & tests_of(panel)):
                left = sorted(mine - tests_of(panel))
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
                        *(Fix("add", number, t, 1, modifiers=line.modifiers) for t in left),
                    ),
                )
                break


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
    """Panels that the tests make up, the largest first, and the tests that are left."""
    left = set(done)
    found: list[str] = []
    for code, tests in COMPOSITIONS:
        if tests <= left and code not in without:
            found.append(code)
            left -= tests
    return tuple(found), tuple(sorted(left))

"""All edits at once, over claims of all kinds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import Verdicts
from tests.unit.coding.edits.examples import MemoryTables, judge, line

CODES = (
    *("99213", "99203", "99396", "99386", "99211", "99221", "99232", "99235", "99238", "G2211"),
    *("90471", "90472", "90473", "90460", "90461", "90686", "96372", "96413", "J1885", "20610"),
    *("11102", "11103", "27447", "93000", "71046", "80053", "80048", "80076", "82465", "83718"),
    *("84478", "59400", "54150", "99241", "X"),
)
TABLES = MemoryTables(
    pairs={
        ("20610", "99213"): "1",
        ("27447", "20610"): "1",
        ("80053", "80048"): "0",
        ("90460", "90471"): "0",
        ("96413", "96372"): "1",
        ("90471", "99211"): "1",
        ("99221", "99213"): "0",
        ("11102", "93000"): "9",
    },
    limits={"20610": (2, 3), "11102": (1, 2), "90472": (8, 1), "99213": (2, 3)},
    add_ons={"11103": (1, ("11102",)), "90472": (1, ("90471", "90473")), "90461": (1, ("90460",))},
    fees={
        **{code: {} for code in CODES},
        "20610": {"global_days": "000", "bilateral": "1"},
        "11102": {"global_days": "000"},
        "27447": {"global_days": "090", "bilateral": "1"},
        "71046": {"pc_tc": "1"},
        "93000": {"pc_tc": "4"},
        "96372": {"pc_tc": "5"},
    },
    covered=(),
)
LINES = st.lists(
    st.builds(
        line,
        st.sampled_from(CODES),
        *[st.sampled_from(["LT", "RT", "25", "59", "26", "50", "91", "76"])],
        units=st.integers(1, 3),
        place_of_service=st.sampled_from(["11", "22"]),
    )
    | st.builds(line, st.sampled_from(CODES)),
    min_size=1,
    max_size=6,
)


def _judged(lines: list[ServiceLine] | tuple[ServiceLine, ...]) -> Verdicts:
    return judge(*lines, tables=TABLES, jurisdiction="J15", age=30, diagnoses=("E11.9",))


@given(LINES)
@settings(max_examples=200)
def test_every_verdict_says_what_it_is_and_of_which_lines(lines: list[ServiceLine]) -> None:
    found = _judged(lines)
    for verdict in found.found:
        assert verdict.rule
        assert verdict.source
        assert verdict.looked_up
        assert verdict.release or verdict.status == "no_data"
        assert all(1 <= number <= len(lines) for number in verdict.lines)
        assert verdict.message or verdict.status == "pass"


@given(LINES)
@settings(max_examples=200)
def test_the_same_lines_have_the_same_verdicts(lines: list[ServiceLine]) -> None:
    assert _judged(lines) == _judged(lines)


@given(LINES)
@settings(max_examples=300)
def test_what_is_reported_instead_comes_to_rest(lines: list[ServiceLine]) -> None:
    """Lines put right are right, or a person settles them; they do not go round in a circle."""
    reported = _judged(lines).report_instead
    for _ in range(4):
        again = _judged(reported).report_instead
        if again == reported:
            break
        reported = again
    found = _judged(reported)
    assert found.report_instead == reported
    assert [each for each in found.found if each.stops and each.fixes] == []

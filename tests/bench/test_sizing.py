"""The tables of the document on scaling follow from the figures that it names."""

from tests.bench.sizing import DOCUMENT, END, RATES, figures_of, rewritten, sizes


def document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def at(name: str, rate: int, text: str) -> int:
    return dict(sizes(figures_of(text)))[name][RATES.index(rate)]


def test_what_the_document_says_follows_from_its_figures() -> None:
    assert rewritten(document()) == document()


def test_a_figure_that_changes_changes_what_follows_from_it() -> None:
    billing = figures_of(document())["billing"]
    text = document().replace(f"| billing | {billing[0]} |", f"| billing | {billing[0] * 10} |")
    before = at("instances of `billing`", 10_000, document())
    assert 9 * before < at("instances of `billing`", 10_000, text) <= 10 * before
    assert rewritten(text) != text
    assert rewritten(text).partition(END)[2] == document().partition(END)[2]


def test_no_service_has_more_instances_than_its_topics_have_partitions() -> None:
    rows = dict(sizes(figures_of(document())))
    partitions = rows["partitions of a topic"]
    for name, counts in rows.items():
        if name.startswith("instances"):
            assert all(count * 2 <= most for count, most in zip(counts, partitions, strict=True))

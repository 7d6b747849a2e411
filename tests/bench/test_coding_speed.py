"""What coding alone takes stands in the report, every figure of it."""

from io import StringIO

from rich.console import Console

from tests.bench.report import Results, document, show

_FOUND = {"notes_per_second": 1_234, "long_note_p99_us": 5_678, "resident_mb": 221}


def test_every_figure_of_coding_alone_is_shown_with_its_unit() -> None:
    text = StringIO()
    show(Results(7, coding=_FOUND), Console(file=text, width=120))
    for told in ("notes per second", "1,234", "long note p99 us", "5,678", "resident mb", "221"):
        assert told in text.getvalue()


def test_coding_alone_is_in_the_document_only_where_it_was_measured() -> None:
    assert document(Results(7, coding=_FOUND))["coding"] == _FOUND
    assert "coding" not in document(Results(7))

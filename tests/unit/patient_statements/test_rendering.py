"""A statement as HTML and PDF: escaped, accessible, the same bytes each time."""

import io
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from services.patient_statements.domain.printable import printable
from services.patient_statements.domain.responsible_party import Party
from services.patient_statements.domain.statement import Statement
from services.patient_statements.domain.statement_text import worded
from services.patient_statements.rendering import pdf as pdf_module
from services.patient_statements.rendering.document import documents_of
from services.patient_statements.rendering.html import html_of
from services.patient_statements.rendering.pdf import UnprintableError, pdf_of
from tests.unit.patient_statements.test_statement_text import full

HOSTILE = "<script>alert(1)</script> #let x = 1; $x$ *b* _i_ `c` @r \\ \"q\" 'a' & ~ // /* <l>"


def named(name: str) -> Statement:
    statement = full()
    return replace(
        statement,
        addressee=Party(name, (name,)),
        practice=Party(name or "Practice", statement.practice.lines),
        encounters=tuple(
            replace(each, patient_name=name, payer_names=(name,)) for each in statement.encounters
        ),
    )


def words_of(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split()
    )


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def outline_of(html: bytes) -> _Outline:
    found = _Outline()
    found.feed(html.decode())
    found.close()
    return found


def test_a_hostile_name_is_text_in_both_documents() -> None:
    documents = documents_of(named(HOSTILE))
    page = outline_of(documents.html)
    assert page.named("script") == []
    assert any(HOSTILE in text for text in page.text)
    words = words_of(documents.pdf)
    assert "<script>alert(1)</script> #let x = 1; $x$ *b* _i_ `c` @r" in words


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=40).map(printable).filter(bool))
def test_any_name_is_shown_and_changes_no_markup(name: str) -> None:
    statement = named(name)
    page = outline_of(html_of(worded(statement)))
    plain = outline_of(html_of(worded(named("Plain Name"))))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert any(name in unescape(text) for text in page.text)
    assert pdf_of(worded(statement), statement.issued_on).startswith(b"%PDF-1.7")


@pytest.mark.parametrize("name", ["0\U0001f3fb", "Ana 1\u20e3", "Bo\U0001f3ff 100"])
def test_a_mark_that_no_font_joins_costs_no_digit_of_an_amount(name: str) -> None:
    statement = named(name)
    plain = named("Plain Name")
    amounts = re.findall(r"\$[\d,.]+", words_of(pdf_of(worded(statement), statement.issued_on)))
    wanted = re.findall(r"\$[\d,.]+", words_of(pdf_of(worded(plain), plain.issued_on)))
    assert amounts == wanted
    assert amounts


@pytest.mark.parametrize(
    "name", ["Zoë Ñandú", "Ελένη", "Жанна", "שרה לוי", "محمد", "O'Brien-Łukasz"]
)
def test_letters_that_the_bundled_fonts_have_need_no_others(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    compile_with = pdf_module._compile

    def noted(content: str, created: Any, *, system_fonts: bool) -> bytes:
        asked.append(system_fonts)
        return compile_with(content, created, system_fonts=system_fonts)

    monkeypatch.setattr(pdf_module, "_compile", noted)
    statement = named(name)
    pdf_of(worded(statement), statement.issued_on)
    assert asked == [False]


def test_a_letter_that_no_font_has_is_replaced_in_the_pdf_and_whole_in_the_html() -> None:
    documents = documents_of(named("Ann \U00012000\U0001f9ff \U00013000"))
    assert "\U00012000\U0001f9ff \U00013000" in documents.html.decode()
    assert "Ann" in words_of(documents.pdf)


def test_what_typst_refuses_for_another_reason_is_an_error_without_the_content(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_module, "_source", lambda: b"#panic(sys.inputs.content)")
    with pytest.raises(UnprintableError) as error:
        pdf_of(worded(named("Featherstone")), full().issued_on)
    assert "Featherstone" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_the_same_statement_gives_the_same_bytes_and_another_gives_others() -> None:
    once, again = documents_of(full()), documents_of(full())
    assert once == again
    other = documents_of(replace(full(), number=2, statement_id="ST-OTHER"))
    assert other.html_sha256 != once.html_sha256
    assert other.pdf_sha256 != once.pdf_sha256


def _kinds(element: Any, found: dict[str, int]) -> dict[str, int]:
    element = element.get_object()
    if isinstance(element, DictionaryObject):
        kind = element.get("/S")
        if kind is not None:
            found[str(kind)] = found.get(str(kind), 0) + 1
        children = element.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            if not isinstance(child, int):
                _kinds(child, found)
    return found


def test_the_pdf_is_tagged_titled_and_says_its_language() -> None:
    reader = PdfReader(io.BytesIO(documents_of(full()).pdf))
    catalogue: Any = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert str(catalogue["/Lang"]).lower().startswith("en")
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == worded(full()).title
    assert b"pdfuaid" in catalogue["/Metadata"].get_object().get_data()
    kinds = _kinds(catalogue["/StructTreeRoot"], {})
    assert kinds["/Table"] == 3
    assert kinds["/TH"] == 6
    assert kinds["/H1"] == 5
    assert kinds["/H2"] == 3


def test_the_pdf_is_dated_by_the_statement_and_not_by_the_printer() -> None:
    reader = PdfReader(io.BytesIO(documents_of(full()).pdf))
    assert reader.metadata is not None
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == full().issued_on


def test_both_documents_say_every_amount() -> None:
    text = worded(full())
    documents = documents_of(full())
    html, words = documents.html.decode(), words_of(documents.pdf)
    amounts = [text.total.value, text.encounters[0].balance.value]
    amounts += [row.value for each in text.encounters for row in (*each.sums, *each.shares)]
    for amount in amounts:
        assert amount in html
        assert amount.lstrip("-") in words


def test_the_page_has_a_language_headings_in_order_and_headed_tables() -> None:
    page = outline_of(documents_of(full()).html)
    assert page.named("html") == [{"lang": "en-US"}]
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.named("caption")) == len(page.named("table")) == 3
    assert page.named("th")
    assert all(attributes.get("scope") in {"col", "row"} for attributes in page.named("th"))
    assert page.named("main")


def test_the_page_fetches_nothing() -> None:
    page = outline_of(documents_of(full()).html)
    assert page.named("script", "link", "img", "iframe", "a", "object", "form") == []
    html = documents_of(full()).html.decode()
    assert "url(" not in html
    assert "@import" not in html
    policies = [each for each in page.named("meta") if each.get("http-equiv")]
    assert "default-src 'none'" in str(policies[0]["content"])


def _luminance(colour: str) -> int:
    """Relative luminance (WCAG 2.1) in thousandths, by a square in place of the 2.2 power."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return (213 * red * red + 715 * green * green + 72 * blue * blue) // (255 * 255)


def test_every_text_colour_has_enough_contrast_on_white() -> None:
    html = documents_of(full()).html.decode()
    colours = re.findall(r"(?<![-a-z])color: (#[0-9a-f]{6})", html)
    assert colours
    for colour in colours:
        assert 9 * (_luminance(colour) + 50) <= 2 * 1050, colour

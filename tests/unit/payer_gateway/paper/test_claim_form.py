"""Claims on paper: each item where the form has it, and nothing cut silently."""

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from services.payer_gateway.paper import pdf
from services.payer_gateway.paper.claim_form import claim_pages
from services.payer_gateway.paper.form import Page, printable, text_lines
from services.payer_gateway.paper.grid import COLUMNS, LINES, PLACES, SERVICE_LINES
from services.payer_gateway.paper.reading import ITEM_NAMES, items, service_lines
from services.payer_gateway.x12 import Claim, Name, Reference, read_837p, read_interchanges
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES


def _claims() -> dict[str, Claim]:
    return {
        claim.claim_id: claim
        for interchange in read_interchanges(SAMPLES["837P"].encode())
        for transaction in interchange.transactions
        for claim in read_837p(transaction)[0].claims
    }


_CLAIMS = _claims()
_OWN = _CLAIMS["C1"]


def _at(page: Page, name: str, service_line: int = 0) -> str:
    """What stands on the printed page at a field's place."""
    place = PLACES[name].below(service_line)
    row = text_lines(page.fields)[place.line - 1].ljust(COLUMNS)
    return row[place.column - 1 : place.column - 1 + place.width].strip()


def test_items_stand_where_the_form_has_them() -> None:
    (page,) = claim_pages(_OWN)
    assert _at(page, "2") == "QUIMBY, ZELDA, Q"
    assert [_at(page, f"3.{part}") for part in ("month", "day", "year")] == ["05", "17", "1980"]
    assert (_at(page, "3.female"), _at(page, "6.self"), _at(page, "1.group")) == ("X", "X", "X")
    assert [_at(page, f"21.{letter}") for letter in "AB"] == ["E119", "I10"]
    assert (_at(page, "24d"), _at(page, "24e"), _at(page, "24f")) == ("99213", "AB", "250 00")
    assert (_at(page, "24d", 1), _at(page, "24e", 1), _at(page, "24f", 1)) == (
        *("81002", "B"),
        "60 00",
    )
    assert (_at(page, "28"), _at(page, "26"), _at(page, "33a")) == ("310 00", "C1", "1234567893")


def test_a_dependant_is_the_patient_and_the_subscriber_the_insured() -> None:
    (page,) = claim_pages(_CLAIMS["C2"])
    assert (_at(page, "2"), _at(page, "4")) == ("VANDELAY, KIM", "VANDELAY, ARTHUR")
    assert _at(page, "6.child") == "X"


def test_what_an_earlier_payer_paid_is_on_the_form_with_the_payer() -> None:
    claim = _CLAIMS["C3"]
    (page,) = claim_pages(claim)
    assert _at(page, "9d") == "MEDICARE"
    assert _at(page, "11d.yes") == "X"
    paid = sum(each.paid_cents or 0 for each in claim.other_payers)
    assert _at(page, "29") == f"{paid // 100} {paid % 100:02d}"


@pytest.mark.parametrize("count", [1, 6, 7, 13, 50])
def test_six_lines_go_on_a_form_and_the_totals_on_the_last(count: int) -> None:
    claim = replace(_OWN, lines=(_OWN.lines[0],) * count)
    pages = claim_pages(claim)
    assert len(pages) == -(-count // SERVICE_LINES)
    assert sum(len(service_lines(page)) for page in pages) == count
    assert [_at(page, "28") for page in pages] == [""] * (len(pages) - 1) + ["310 00"]
    assert all(_at(page, "2") for page in pages)


def test_what_does_not_fit_is_cut_and_said() -> None:
    long = Name.person("Featherstonehaugh-Cholmondeley", "Maximiliana")
    claim = replace(_OWN, subscriber=replace(_OWN.subscriber, name=long))
    (page,) = claim_pages(claim)
    assert len(_at(page, "2")) == PLACES["2"].width
    (cut,) = page.cuts
    assert (cut.page, cut.item) == (1, "2")
    assert "28 characters" in cut.message
    assert "FEATHER" not in cut.message.upper()


def test_a_second_other_payer_is_said_to_be_missing() -> None:
    claim = _CLAIMS["C3"]
    (page,) = claim_pages(replace(claim, other_payers=claim.other_payers * 2))
    assert [cut.item for cut in page.cuts] == ["9"]


def test_a_replacement_names_the_claim_that_it_replaces() -> None:
    claim = replace(_OWN, frequency="7", references=(Reference("F8", "ICN1"),))
    (page,) = claim_pages(claim)
    assert (_at(page, "22.code"), _at(page, "22")) == ("7", "ICN1")


def test_no_two_fields_share_a_cell() -> None:
    taken: dict[tuple[int, int], str] = {}
    for name, place in PLACES.items():
        rows = range(SERVICE_LINES) if name.startswith("24") else range(1)
        for row in rows:
            at = place.below(row)
            for column in range(at.column, at.column + at.width):
                assert column <= COLUMNS
                assert at.line <= LINES
                other = taken.setdefault((at.line, column), name)
                assert other == name, (other, name)


def test_each_character_is_printed_in_its_cell_of_the_paper() -> None:
    (page,) = claim_pages(_OWN)
    printed: dict[tuple[int, int], str] = {}
    (paper,) = PdfReader(BytesIO(pdf.printed([page], pdf.Margins(500, 250)))).pages

    def see(text: str, matrix: list[float], *_: object) -> None:
        if text.strip():
            column, right = divmod(round(matrix[4] * 10) - 360, 72)
            line, below = divmod(round((792 - matrix[5]) * 10) - 180 + 30, 120)
            assert (right, below) == (0, 0)
            printed[line, column + 1] = text.strip()

    paper.extract_text(visitor_text=see)
    assert (paper.mediabox.width, paper.mediabox.height) == (612, 792)
    assert printed == {
        (line, column): char
        for line, row in enumerate(text_lines(page.fields), 1)
        for column, char in enumerate(row, 1)
        if char != " "
    }


def test_the_same_claim_makes_the_same_bytes() -> None:
    pages = claim_pages(_OWN)
    assert pdf.printed(pages) == pdf.printed(claim_pages(_OWN))
    assert pdf.preview(pages) == pdf.preview(claim_pages(_OWN))


def test_a_preview_has_every_item_in_words() -> None:
    (page,) = claim_pages(_OWN)
    text = PdfReader(BytesIO(pdf.preview([page]))).pages[0].extract_text()
    for item, name, value in items(page):
        assert name in ITEM_NAMES[item]
        assert value.split()[0] in text


def test_a_cover_list_counts_claims_forms_and_charges() -> None:
    listed = [
        pdf.Listed("C1", "First Health", 1, 31_000, 0),
        pdf.Listed("C2", "First Health", 2, 10_050, 1),
    ]
    text = PdfReader(BytesIO(pdf.cover(listed, "2026-02-01"))).pages[0].extract_text()
    assert "2 claims on 3 forms, charged $410.50" in " ".join(text.split())


@given(st.text(max_size=80))
def test_what_is_printed_is_capitals_that_a_machine_reads(text: str) -> None:
    shown = printable(text)
    assert shown.isascii()
    assert shown == shown.upper() == shown.strip()
    assert "  " not in shown


@given(st.lists(st.sampled_from(sorted(PLACES)), unique=True), st.text(min_size=1, max_size=90))
def test_no_value_leaves_its_place(names: list[str], text: str) -> None:
    page = Page(1)
    for name in names:
        page.put(name, text)
    for name in names:
        if printable(text):
            assert _at(page, name) in printable(text)
    assert all(len(row) <= COLUMNS for row in text_lines(page.fields))

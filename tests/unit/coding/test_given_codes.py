"""Codes that a person gives: one way to write a line, and nothing read into another."""

import getpass
from typing import NoReturn

import pytest

from services.chassis.terminal import ToldError
from services.coding.commands.given_codes import acting, decided_line, login, why
from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Line, Release
from services.coding.domain.encounter_state import Proposal
from services.coding.domain.review.kept_evidence import with_kept
from services.coding.resolve_encounter import DecidedLine

NOTE = (EvidenceAt("note", None, 0, 12, 16),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("99213", DecidedLine(code="99213")),
        ("99213-25", DecidedLine(code="99213", modifiers=("25",))),
        ("j0696*3@1", DecidedLine(code="J0696", units=3, pointers=(1,))),
        ("73562-LT-59@1,2", DecidedLine(code="73562", modifiers=("LT", "59"), pointers=(1, 2))),
        (
            "J0696*3@1#00409733201",
            DecidedLine(code="J0696", units=3, pointers=(1,), ndc="00409733201"),
        ),
    ],
)
def test_a_line_is_a_code_with_modifiers_units_pointers_and_drug(
    text: str, line: DecidedLine
) -> None:
    assert decided_line(text) == line


@pytest.mark.parametrize(
    "text",
    [
        "", "9921", "992133", "99213-2", "99213-25-26-27-28-29", "99213*", "99213*0", "99213*x",
        "99213*10000", "99213@", "99213@x", "99213@1,", "99213@1,2,3,4,5", "99213#1", "99213 -25",
        "99213\u0663", "99213;drop",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_not_read_as_something_near(text: str) -> None:
    with pytest.raises(ToldError):
        decided_line(text)


def test_who_gives_another_name_than_the_login_leaves_the_login_with_the_reason() -> None:
    assert acting("") == acting(login()) == login()
    assert acting(" ann ") == "ann"
    assert why("read the note", "") == why("read the note", login()) == "read the note"
    assert why("read the note", "ann") == f"read the note [login {login()}]"
    assert why(" ", "ann") == " "


def test_an_account_without_a_name_is_called_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> NoReturn:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert login().startswith("uid-")


def test_codes_that_a_person_gives_keep_what_was_known_of_them() -> None:
    before = Proposal(
        (Diagnosis("M10.9", NOTE, ("index",), 930, "Y"), Diagnosis("I10", NOTE)),
        (Line("J0696", ("JZ",), 2, (1,), "00409733201", NOTE), Line("99214", (), 1, (1,))),
        releases=(Release("icd10cm", "FY2026"),),
        rules_version="coding-3",
    )
    given = Proposal(
        (Diagnosis("M10.9", rules=("coder",)), Diagnosis("J20.9", rules=("coder",))),
        (Line("J0696", (), 3, (1,), rules=("coder",)), Line("99213", (), 1, (1,))),
    )
    kept = with_kept(given, before)
    gout, cough = kept.diagnoses
    drug, visit = kept.lines
    assert (gout.evidence, gout.present_on_admission, gout.rules) == (NOTE, "Y", ("coder",))
    assert cough.evidence == ()
    assert (drug.ndc, drug.evidence, drug.units, drug.modifiers) == ("00409733201", NOTE, 3, ())
    assert (visit.code, visit.evidence) == ("99213", ())
    assert (kept.releases, kept.rules_version) == (before.releases, "coding-3")
    assert [each.code for each in kept.diagnoses] == [each.code for each in given.diagnoses]

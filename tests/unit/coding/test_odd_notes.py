"""Notes as programs, templates and tired people leave them: nothing is guessed, nothing falls."""

from time import process_time

import pytest

from tests.unit.coding.test_plain_text import codes, noted


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Prior visit A/P: 1. Pneumonia 2. DVT\n\nToday:\nAssessment:\n1. Gout", ["M10.9"]),
        ("Last assessment and plan:\n1. Pneumonia\n\nAssessment:\n1. Gout", ["M10.9"]),
        ("Previous assessment (01/02/2024): pneumonia.\nAssessment: gout", ["M10.9"]),
        ("Assessment:\n1. Gout\nProblem list (not addressed today):\n1. Asthma", ["M10.9"]),
        ("Assessment:\n1. Pneumonia - resolved\n2. AKI: resolved\n3. Gout", ["M10.9"]),
        ("Assessment:\n1. UTI, resolved\n2. Anemia (resolved 2019)\n3. Gout", ["M10.9"]),
        ("Assessment:\nDiabetes: No\nHypertension: Yes\nCHF: Denies\nAsthma - negative", ["I10"]),
        ("Assessment:\nChest pain\nDDx:\n- MI\n- PE\n- GERD", ["R07.9"]),
        ("ASSESSMENT: NO GOUT. NO ASTHMA. HTN STABLE.", ["I10"]),
        ("Assessment: gout\nPatient instructions: call for stroke symptoms.", ["M10.9"]),
        ("Assessment: gout\nElectronically signed by John Crohn MD", ["M10.9"]),
        (
            "    Assessment:\n        * HTN\n            * continue\n        * Gout",
            ["I10", "M10.9"],
        ),
        ("Assessment: HTN\u2014stable. Gout\u2014flare", ["I10", "M10.9"]),
        ("Assessment: hTn + gOuT", ["I10", "M10.9"]),
        ("Assessment:\nAssessment:\nAssessment:\nGout\nPlan:\nPlan:\n", ["M10.9"]),
        (
            "Assessment: \U0001f494 heart failure \U0001f600, gout \U0001f44d\U0001f3fd",
            ["I50.9", "M10.9"],
        ),
        ("Assessment: ~~asthma~~ gout", ["M10.9"]),
        ("Assessment: htn. dm2. gout.", ["I10", "E11.9", "M10.9"]),
        ("Assessment: Gout . Psoriasis . HTN .", ["M10.9", "L40.9", "I10"]),
        ("assessment: htn, stable. no pneumonia. gout flare. continue meds.", ["I10", "M10.9"]),
        ("Assessment: gout. continue allopurinol. discussed stroke risk.", ["M10.9"]),
        ("Assessment: no evidence of pneumonia; has gout", ["M10.9"]),
        ("Assessment: No asthma but has gout", ["M10.9"]),
        ("Assessment:\nAsthma: N/A\nGout: flare", ["M10.9"]),
    ],
)
def test_what_the_provider_concludes_now_is_coded_and_nothing_else(
    note: str, expected: list[str]
) -> None:
    assert [code for code in codes(note) if code in expected] == expected
    assert not {"J18.9", "I82.409", "J45.909", "I21.9", "I26.99", "K21.9", "N17.9", "N39.0"} & {
        *codes(note)
    }


@pytest.mark.parametrize(
    "note",
    [
        "Assessment: pt googled symptoms and believes she has gout.",
        "Assessment: he thinks he has gout.",
        "Assessment: gout? asthma?",
        "Assessment: gout versus cellulitis",
        "Assessment: If gout recurs start colchicine.",
        "Assessment: neither gout nor asthma",
        "Assessment: ~~gout~~",
        "Assessment: [ ] gout",
        "Assessment: ***",
        "Assessment: g\u200bo\u200bu\u200bt",
        "PID|1||GOUT\rDG1|1||M10.9^Gout^I10C",
        "%PDF-1.4 1 0 obj << /Type /Catalog >> gout",
        "",
        " \t\n\r\x0b\x0c",
        "." * 5_000,
        "(" * 5_000 + "gout" + ")" * 5_000,
        "a" * 200_000,
        "Assessment: " + "1. " * 5_000,
        "\n" * 100_000,
        "Denies chest pain, shortness of breath, or fever.\n" * 5_000,
    ],
)
def test_what_is_not_concluded_is_never_sure_enough_to_go_by_itself(note: str) -> None:
    found = noted(note)
    assert found.route != "automatic"
    assert all(each.confidence < 800 for each in found.diagnoses)


def test_a_note_of_five_thousand_lines_is_coded_from_its_assessment() -> None:
    filler = "".join(f"Denies pain number {number}.\n" for number in range(5_000))
    assert codes(f"ROS:\n{filler}Assessment:\n1. Gout\n") == ["M10.9"]


def test_the_same_odd_note_gives_the_same_result() -> None:
    text = "Assessment:\r\n[x] Gout\t| odd |\u00a0\u202e\nnot elsewhere classified; Diabetes\u2028"
    assert noted(text) == noted(text)


@pytest.mark.parametrize(
    "said",
    [
        "total time 30 minutes ",
        "denies gout, ",
        "possible gout ",
        "without gout, ",
        "gout? ",
        "gout and asthma ",
        "[ ] gout [x] asthma ",
        "| gout ",
        "~",
        "1. gout\n",
    ],
)
def test_a_line_that_says_the_same_a_thousand_times_is_read_in_bounded_time(said: str) -> None:
    """Four times the text takes about four times the time, not sixteen times."""
    seconds = []
    for number in (1_000, 4_000):
        begun = process_time()
        noted("Assessment: " + said * number)
        seconds.append(process_time() - begun)
    assert seconds[1] < 9 * seconds[0] + 1

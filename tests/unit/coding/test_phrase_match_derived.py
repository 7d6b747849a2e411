"""What the tabular list equates under some titles holds under the titles beside them."""

from services.coding.codesets.alphabetic_index import IndexPhrase
from services.coding.codesets.derived_phrases import derived_phrases
from services.coding.domain.code_sets import SOURCE_INCLUSION, SOURCE_TITLE


def title(code: str, words: str) -> tuple[IndexPhrase, int]:
    return IndexPhrase(tuple(words.split()), (), code, ""), SOURCE_TITLE


def term(code: str, words: str) -> tuple[IndexPhrase, int]:
    return IndexPhrase(tuple(words.split()), (), code, words), SOURCE_INCLUSION


def derived(*tabular: tuple[IndexPhrase, int]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for phrase in derived_phrases(tabular):
        found.setdefault(phrase.code, set()).add(" ".join(sorted(phrase.tokens)))
    return found


VESSELS = (
    title("S75.01", "minor laceration femoral artery"),
    term("S75.01", "incomplete transection femoral artery"),
    title("S75.11", "minor laceration iliac vein"),
    term("S75.11", "incomplete transection iliac vein"),
    title("S75.21", "minor laceration saphenous vein"),
    title("S75.91", "abrasion saphenous vein"),
)


def test_an_equation_with_two_witnesses_holds_beside_them() -> None:
    found = derived(*VESSELS)
    assert found["S75.21"] == {"incomplete saphenous transection vein"}
    assert "S75.91" not in found


def test_one_witness_proves_nothing() -> None:
    assert "S75.21" not in derived(*VESSELS[:3], *VESSELS[4:])


def test_an_equation_stays_in_the_categories_of_its_witnesses() -> None:
    elsewhere = title("S85.01", "minor laceration popliteal artery")
    assert "S85.01" not in derived(*VESSELS, elsewhere)


def test_an_equation_of_many_categories_holds_everywhere() -> None:
    others = [
        each
        for category in ("S25", "S35", "S45")
        for each in (
            title(f"{category}.01", f"minor laceration vessel{category}"),
            term(f"{category}.01", f"incomplete transection vessel{category}"),
        )
    ]
    elsewhere = title("S85.01", "minor laceration popliteal artery")
    assert derived(*VESSELS, *others, elsewhere)["S85.01"] == {
        "artery incomplete popliteal transection"
    }


def test_an_equation_needs_the_words_that_all_its_witnesses_share() -> None:
    moods = [
        each
        for code, kind in (("F01.13", "vascular"), ("F01.23", "mixed"))
        for each in (
            title(code, f"{kind} dementia mood disturbance"),
            term(code, f"{kind} dementia mood disturbance apathy"),
        )
    ]
    found = derived(*moods, title("F01.14", "vascular dementia anxiety"))
    assert "F01.14" not in found

"""Vectors of a release are made once, looked up with, and refused when they are of other files."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from claimstream.cli import build
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import NoReleaseError, configured
from services.coding.domain.coding_result import PatientFacts, VisitHistory
from services.coding.domain.engine import code_encounter
from services.coding.recoding import release_named
from services.coding.semantic.model_files import model_files
from services.coding.semantic.opening import meanings
from services.coding.settings import CodingSettings
from tests.unit.coding.codesets.test_public_code_sets import IN_2030, INDEX, TABULAR, fiscal_2030
from tests.unit.coding.codesets.test_public_code_sets import write as written
from tests.unit.coding.examples import encounter, problems
from tests.unit.coding.semantic.small_model import small_model

RUN = CliRunner()
WORDS = "fracture of lower leg patella kneecap sprain knee closed broken malleolus"
PHRASE = "zorbulous patella"


@pytest.fixture(autouse=True)
def _small_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release of four codes, and a model that knows its words."""
    tabular, index = (
        written(tmp_path, "tabular.xml", TABULAR),
        written(tmp_path, "index.xml", INDEX),
    )
    fiscal_2030(tmp_path / "sets", tabular, index)
    model = small_model(tmp_path / "model", WORDS)
    monkeypatch.setenv("CLAIMSTREAM_CODING_CODE_SETS", str(tmp_path / "sets"))
    monkeypatch.setenv("CLAIMSTREAM_CODING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CLAIMSTREAM_CODING_SENTENCE_MODEL", str(model))


def run(*words: str) -> str:
    done = RUN.invoke(build(None), words)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*words: str) -> str:
    done = RUN.invoke(build(None), words)
    assert done.exit_code == 1, done.output
    return done.stderr


def looked_up(*more: str) -> dict[str, object]:
    text = run("coding", "lookup", PHRASE, "--on", "2030-01-01", *more)
    found: dict[str, object] = json.loads(text)
    return found


def test_vectors_are_made_once() -> None:
    first = json.loads(run("codesets", "semantic", "FY2030", "--json"))
    second = json.loads(run("codesets", "semantic", "FY2030", "--json"))
    assert first["fresh"] is True
    assert second["fresh"] is False
    assert first["release"] == second["release"]
    assert first["release"]["code_set"] == "semantic"
    assert first["release"]["rows"] >= 4


def test_they_are_listed_beside_their_release() -> None:
    run("codesets", "semantic", "FY2030")
    assert "semantic  FY2030  2029-10-01 to 2030-09-30" in run("codesets", "list")


def test_coding_again_for_a_release_never_means_its_vectors() -> None:
    run("codesets", "semantic", "FY2030")
    library = configured(CodingSettings())
    assert release_named(library, "FY2030").name == "icd10cm-FY2030"
    with pytest.raises(NoReleaseError, match="codes nothing"):
        release_named(library, "semantic-FY2030")


def test_a_lookup_says_that_meaning_took_part() -> None:
    run("codesets", "semantic", "FY2030")
    by_words, by_both = looked_up(), looked_up("--semantic")
    assert "semantic" not in by_words
    assert by_both["semantic"] == "semantic-FY2030"
    candidates = by_both["candidates"]
    assert isinstance(candidates, list)
    assert any("alike" in each for each in candidates)
    assert all(each["score"] < 940 for each in candidates if each.get("by_words") is False)


def test_many_phrases_are_answered_in_order(tmp_path: Path) -> None:
    run("codesets", "semantic", "FY2030")
    lines = tmp_path / "phrases.jsonl"
    lines.write_text('{"phrase": "zorbulous patella"}\n{"phrase": 3}\n', encoding="utf-8")
    text = run("coding", "lookup", "--semantic", "--on", "2030-01-01", "--jsonl", str(lines))
    first, second = map(json.loads, text.splitlines())
    assert first["semantic"] == "semantic-FY2030"
    assert second["error"]["reason"] == "not_a_phrase"


def test_a_lookup_without_vectors_says_how_they_are_made() -> None:
    said = refused("coding", "lookup", PHRASE, "--on", "2030-01-01", "--semantic")
    assert "claimstream codesets semantic FY2030" in said


def test_a_release_that_is_not_at_hand_is_refused() -> None:
    assert "there is no icd10cm-FY1999" in refused("codesets", "semantic", "FY1999")


def test_without_a_model_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAIMSTREAM_CODING_SENTENCE_MODEL", str(tmp_path / "nowhere"))
    assert "lacks model.safetensors" in refused("codesets", "semantic", "FY2030")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.coding.semantic.model_files.find_spec", lambda _name: None)
    with pytest.raises(ArtefactError, match="make semantic"):
        model_files(None)


def test_vectors_of_another_model_are_refused(tmp_path: Path) -> None:
    run("codesets", "semantic", "FY2030")
    small_model(tmp_path / "model", WORDS, seed=8)
    said = refused("coding", "lookup", PHRASE, "--on", "2030-01-01", "--semantic")
    assert "other files" in said
    assert json.loads(run("codesets", "semantic", "FY2030", "--json"))["fresh"] is True
    assert looked_up("--semantic")["semantic"] == "semantic-FY2030"


def test_a_damaged_file_of_vectors_is_refused(tmp_path: Path) -> None:
    run("codesets", "semantic", "FY2030")
    table = tmp_path / "sets" / "semantic-FY2030.table"
    table.chmod(0o644)
    table.write_bytes(table.read_bytes()[:-8] + b"\0" * 8)
    said = refused("coding", "lookup", PHRASE, "--on", "2030-01-01", "--semantic")
    assert "does not match its manifest's checksum" in said


def test_what_the_model_read_before_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("codesets", "semantic", "FY2030")
    table = tmp_path / "sets" / "semantic-FY2030.table"
    before = table.read_bytes()
    table.unlink()
    (tmp_path / "sets" / "semantic-FY2030.json").unlink()
    monkeypatch.setattr(
        "services.coding.semantic.text_vectors.SentenceModel.vectors", lambda *_: 1 // 0
    )
    run("codesets", "semantic", "FY2030")
    assert table.read_bytes() == before


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    run("codesets", "semantic", "FY2030")
    before = (tmp_path / "sets" / "semantic-FY2030.table").read_bytes()
    for path in (tmp_path / "sets").glob("semantic-*"):
        path.unlink()
    for path in (tmp_path / "cache").glob("sentences-*"):
        path.write_bytes(b"no vectors")
    run("codesets", "semantic", "FY2030")
    assert (tmp_path / "sets" / "semantic-FY2030.table").read_bytes() == before


def test_services_rank_by_meaning_only_where_they_are_told_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("codesets", "semantic", "FY2030")
    assert meanings(configured(CodingSettings()), CodingSettings()) is None
    monkeypatch.setenv("CLAIMSTREAM_CODING_SEMANTIC", "true")
    assert meanings(configured(CodingSettings()), CodingSettings()) is not None


def test_a_service_that_is_told_to_and_has_no_vectors_does_not_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLAIMSTREAM_CODING_SEMANTIC", "true")
    with pytest.raises(ArtefactError, match="codesets semantic FY2030"):
        meanings(configured(CodingSettings()), CodingSettings())


def test_a_coder_sees_what_doubtful_words_may_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    run("codesets", "semantic", "FY2030")
    monkeypatch.setenv("CLAIMSTREAM_CODING_SEMANTIC", "true")
    settings = CodingSettings()
    library = configured(settings)
    further = meanings(library, settings)
    assert further is not None
    seen = encounter(service_date=IN_2030, problems=problems("zorbulous quandary"))
    at_hand = library.on(IN_2030)
    adult = PatientFacts(IN_2030.replace(year=1980), "F")
    result = code_encounter(seen, adult, VisitHistory(), at_hand, settings.options())
    found = further.beside(result, seen, at_hand)
    assert {each.reason.partition(":")[0] for each in found.rejected} >= {"alike_in_meaning"}
    assert ("semantic", "FY2030") in [(each.code_set, each.release) for each in found.releases]
    assert replace(found, rejected=result.rejected, releases=result.releases) == result

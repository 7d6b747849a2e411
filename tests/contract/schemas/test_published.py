"""The published contracts: valid by an independent validator, and those of the code."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from typer.testing import CliRunner

from claimstream.commands import topics as topics_command
from schemas import publish
from schemas.catalogue import EVENTS, MODEL_OF_TOPIC, topics
from schemas.event import Event
from schemas.publish import PUBLISHED, differences, history, publication, write
from tests.builders import documents, example_json

EVERY_EVENT = pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.__name__)


def published(model: type[Event]) -> dict[str, Any]:
    text = (PUBLISHED / f"{model.TOPIC}.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def validator(model: type[Event]) -> Draft202012Validator:
    return Draft202012Validator(
        published(model), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the published contracts that a test may spoil."""
    return Path(shutil.copytree(PUBLISHED, tmp_path / "published"))


@EVERY_EVENT
def test_a_published_schema_is_a_valid_schema_of_its_dialect(model: type[Event]) -> None:
    Draft202012Validator.check_schema(published(model))


@EVERY_EVENT
def test_a_published_schema_names_topic_key_owner_readers_and_phi_class(model: type[Event]) -> None:
    topic = next(topic for topic in topics() if topic.name == model.TOPIC)
    document = published(model)
    assert document["x-topic"] == topic.name
    assert document["x-key"] == topic.key
    assert document["x-owner"] == topic.owner
    assert document["x-consumers"] == list(topic.consumers)
    assert document["x-phi-class"] == topic.phi
    assert document["$id"] == f"urn:claimstream:schema:{topic.name}"


@EVERY_EVENT
def test_the_example_of_a_published_schema_is_valid_and_readable(model: type[Event]) -> None:
    (shown,) = published(model)["examples"]
    validator(model).validate(shown)
    assert (
        model.from_json(json.dumps(shown).encode()).to_json()
        == model.model_validate_json(json.dumps(shown)).to_json()
    )


@EVERY_EVENT
def test_what_a_service_writes_is_valid_by_the_published_schema(model: type[Event]) -> None:
    validator(model).validate(example_json(model))


@EVERY_EVENT
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_the_published_schema_allows_is_read(model: type[Event], data: st.DataObject) -> None:
    document = data.draw(documents(model))
    validator(model).validate(document)
    event = model.from_json(json.dumps(document).encode())
    validator(model).validate(json.loads(event.to_json()))


def spoiled(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with one field missing, alien, or of another type, for each of its fields."""
    yield {**document, "alien": 1}
    for name in document:
        yield {key: value for key, value in document.items() if key != name}
        yield {**document, name: {"of": "another type"}}


@EVERY_EVENT
def test_schema_and_strict_reader_refuse_the_same_spoiled_events(model: type[Event]) -> None:
    check = validator(model)
    for document in spoiled(example_json(model)):
        try:
            model.model_validate_json(json.dumps(document))
            accepted = True
        except ValidationError:
            accepted = False
        assert check.is_valid(document) == accepted, document.keys()


def test_the_published_files_are_those_of_the_code() -> None:
    wanted = publication()
    assert wanted.breaks == ()
    assert differences(wanted) == []


def test_generating_twice_gives_the_same_bytes() -> None:
    assert publication().files == publication().files


def test_a_changed_file_shows_as_a_readable_difference(folder: Path) -> None:
    file = folder / "billing.claim-submitted.v1.schema.json"
    file.write_text(file.read_text().replace('"x-owner": "billing"', '"x-owner": "coding"'))
    lines = differences(publication(folder), folder)
    assert '-  "x-owner": "coding",' in lines
    assert '+  "x-owner": "billing",' in lines


def test_a_stray_file_is_taken_away_and_a_missing_one_written(folder: Path) -> None:
    (folder / "billing.gone.v1.schema.json").write_text("{}")
    (folder / "coding.asyncapi.json").unlink()
    wanted = publication(folder)
    assert differences(wanted, folder)
    assert write(wanted, folder) == ["billing.gone.v1.schema.json", "coding.asyncapi.json"]
    assert differences(publication(folder), folder) == []


def test_a_compatible_change_adds_a_version_and_keeps_the_earlier(folder: Path) -> None:
    topic = "patient.statement-issued.v1"
    before = _rewrite(folder, topic, lambda schema: schema["properties"].pop("channel"))
    wanted = publication(folder)
    assert wanted.breaks == ()
    write(wanted, folder)
    versions = history(folder, topic)
    assert list(versions) == [1, 2]
    assert versions[1] == before
    assert json.loads((folder / f"{topic}.schema.json").read_text())["x-version"] == 2


def _rewrite(folder: Path, topic: str, change: Any) -> dict[str, Any]:
    """Make the published version 1 of a contract one from which the code's has moved on."""
    file = folder / "history" / topic / "1.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text())
    change(schema)
    file.write_text(json.dumps(schema, indent=2) + "\n")
    return schema


def test_a_breaking_change_is_not_published_and_says_field_side_and_way_out(folder: Path) -> None:
    topic = "billing.claim-submitted.v1"
    _rewrite(folder, topic, lambda schema: schema["properties"]["frequency_code"]["enum"].pop())
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    wanted = publication(folder)
    (found,) = wanted.breaks
    assert str(found).startswith(f"{topic}: frequency_code: readers of version 1 break: 8 may be")
    assert "make it a new topic billing.claim-submitted.v2" in str(found)
    with pytest.raises(ValueError, match="not published"):
        write(wanted, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*.json")} == before


def test_a_contract_is_held_against_every_version_and_not_only_the_last(folder: Path) -> None:
    topic = "patient.statement-issued.v1"
    _rewrite(
        folder,
        topic,
        lambda schema: schema["properties"].update(withdrawn={"type": "string", "default": ""}),
    )
    shutil.copy(
        PUBLISHED / "history" / topic / "1.schema.json",
        folder / "history" / topic / "2.schema.json",
    )
    (found,) = publication(folder).breaks
    assert (found.version, found.cause.path, found.cause.rule) == (1, "withdrawn", "field_removed")


def test_the_commands_fail_on_a_break_and_on_files_out_of_date(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = CliRunner()
    monkeypatch.setattr(topics_command, "publication", lambda: publication(folder))
    monkeypatch.setattr(topics_command, "differences", lambda it: differences(it, folder))
    assert run.invoke(topics_command.app, ["publish", "--check"]).exit_code == 0
    assert run.invoke(topics_command.app, ["compatible"]).exit_code == 0

    (folder / "coding.asyncapi.json").write_text("{}\n")
    stale = run.invoke(topics_command.app, ["publish", "--check"])
    assert stale.exit_code == 1
    assert "+++ contracts/coding.asyncapi.json" in stale.output

    _rewrite(folder, "billing.claim-submitted.v1", lambda schema: schema["required"].pop())
    for arguments in (["compatible"], ["publish", "--check"], ["publish"]):
        broken = run.invoke(topics_command.app, arguments)
        assert broken.exit_code == 1
        assert "make it a new topic billing.claim-submitted.v2" in broken.output


def test_every_topic_of_the_catalogue_has_its_files() -> None:
    names = {topic.name for topic in topics() if not topic.name.endswith(".dlq")}
    assert names == set(MODEL_OF_TOPIC)
    for name in names:
        assert (publish.PUBLISHED / f"{name}.schema.json").is_file()
        assert history(publish.PUBLISHED, name)

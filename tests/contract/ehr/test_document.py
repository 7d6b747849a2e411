"""Every block of docs/publish-encounters.md is run, and does what the document says."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimstream.commands.ehr import UNREADABLE, app
from schemas.catalogue import MODEL_OF_TOPIC, topics
from schemas.encounter import EncounterDocumented
from schemas.envelope import decode
from services.chassis.record import LARGEST_VALUE_BYTES, Record, deliver
from simulators.ehr.events_file import ehr_topics, read_events
from simulators.ehr.finding import Finding
from simulators.ehr.npi import is_valid
from simulators.ehr.settings import EhrSettings
from tests.contract.ehr.topics import records, with_topics
from tests.support import LONG_ENOUGH_S
from tests.unit.ehr.bundles import saved, visit

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "publish-encounters.md"
_FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return [one["text"] for one in _FENCE.finditer(text()) if one["kind"] == kind]


def test_there_is_no_block_that_these_tests_do_not_run() -> None:
    kinds = {one["kind"] for one in _FENCE.finditer(text())}
    assert kinds == {"console", "jsonl", "json", "json record", "python"}


@pytest.mark.parametrize("block", blocks("console"))
def test_every_command_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bundles"
    folder.mkdir()
    saved(folder, visit(), "visit.json.gz")
    (tmp_path / "encounters.jsonl").write_text(blocks("jsonl")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for line in block.splitlines():
        program, group, *words = shlex.split(line)
        assert (program, group) == ("claimstream", "ehr")
        found = CliRunner().invoke(app, words)
        assert found.exit_code == 0, found.output
        assert "encounter-documented" in found.output


def test_a_file_that_cannot_be_read_gives_the_exit_code_that_the_document_names(
    tmp_path: Path,
) -> None:
    (tmp_path / "broken.json").write_text("{")
    found = CliRunner().invoke(app, ["publish", "--fhir", str(tmp_path), "--dry-run"])
    assert found.exit_code == UNREADABLE == 1
    assert "The exit code is 1 when something could not be read" in text().replace("\n", " ")


@pytest.mark.parametrize("block", blocks("jsonl"))
def test_every_line_of_events_is_valid(block: str) -> None:
    findings: list[Finding] = []
    lines = block.encode().splitlines()
    items = list(read_events(lines, "document", datetime.now(UTC), findings.append))
    assert findings == []
    assert len(items) == len(lines)
    for item in items:
        npi = getattr(item.event, "npi", None)
        assert npi is None or is_valid(npi)


@pytest.mark.parametrize("block", blocks("json"))
def test_every_encounter_holds_to_the_contract(block: str) -> None:
    EncounterDocumented.model_validate_json(block)


@pytest.mark.parametrize("block", blocks("json record"))
def test_the_record_written_out_is_one_that_the_services_take_in(block: str) -> None:
    told = json.loads(block)
    record = Record(
        told["topic"],
        0,
        0,
        datetime.now(UTC),
        told["key"].encode(),
        [(name, value.encode()) for name, value in told["headers"].items()],
        json.dumps(told["value"]).encode(),
    )
    delivery = deliver(record, MODEL_OF_TOPIC)
    assert delivery.refusal is None
    header_rows = re.findall(r"^\| (`(?:ce_|trace)[^|]*) \|", text(), re.MULTILINE)
    explained = set(re.findall(r"`([a-z_-]+)`", " ".join(header_rows)))
    assert set(told["headers"]) <= explained


async def test_the_python_program_publishes_what_it_shows(kafka_bootstrap: str) -> None:
    await with_topics(kafka_bootstrap)
    for program in blocks("python"):
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-W", "error", "-c", program],
            env={"PATH": os.environ["PATH"], "CLAIMSTREAM_KAFKA_BOOTSTRAP": kafka_bootstrap},
            capture_output=True,
            timeout=LONG_ENOUGH_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
    found = await records(
        kafka_bootstrap,
        "ehr.encounter-documented.v1",
        wanted=lambda record: record.key == b"ELMCLINIC:V-5003",
    )
    assert found
    event = EncounterDocumented.from_json(found[-1].value)
    assert event.encounter_id == "V-5003"
    assert decode(found[-1].headers).source == "urn:elmclinic:ehr"


def test_the_table_of_topics_is_that_of_the_catalogue() -> None:
    rows = dict(re.findall(r"^\| `(ehr\.[a-z.\-1]+)` \|[^|]*\| `([a-z_:]+)` \|$", text(), re.M))
    catalogue = {topic.name: topic.key for topic in topics() if topic.name in ehr_topics()}
    assert rows == catalogue


def test_the_required_fields_are_those_of_the_contract() -> None:
    sentence = re.search(r"Only (.*?) are required", text(), re.DOTALL)
    assert sentence is not None
    named = set(re.findall(r"`([a-z_]+)`", sentence[1]))
    fields = EncounterDocumented.model_fields
    assert named == {name for name, field in fields.items() if field.is_required()}


def test_the_largest_value_is_the_one_that_is_read() -> None:
    assert f"{LARGEST_VALUE_BYTES // 1024 // 1024} MiB" in text()


def test_the_table_of_settings_names_each_with_its_default() -> None:
    rows = re.findall(r"^\| (`CLAIMSTREAM_[^|]+) \| ([^|]+) \|", text(), re.MULTILINE)
    named = {
        name.removeprefix("CLAIMSTREAM_EHR_").lower(): default
        for names, defaults in rows
        for name, default in zip(
            re.findall(r"`([A-Z_]+)`", names), defaults.split(", "), strict=True
        )
        if name.startswith("CLAIMSTREAM_EHR_")
    }
    fields = {
        name: field.default
        for name, field in EhrSettings.model_fields.items()
        if field.validation_alias is None
    }
    assert set(named) == set(fields)
    for name, default in fields.items():
        told = named[name]
        assert told == str(default).lower() or (default is None and not told.isdigit()), name

"""Bundle files: found, unpacked and parsed, or reported with a path and a reason."""

import gzip
import json
from pathlib import Path

import pytest

from simulators.ehr.fhir.bundle_file import files_of, read_bundle
from simulators.ehr.fhir.node import FhirError
from tests.unit.ehr.bundles import Read, saved, visit


def refusal(file: Path, limit: int = 10**8) -> tuple[str, str]:
    with pytest.raises(FhirError) as refused:
        read_bundle(file, limit)
    return refused.value.path, refused.value.reason


def test_a_truncated_gzip_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "cut.json.gz"
    file.write_bytes(gzip.compress(json.dumps(visit()).encode())[:-20])
    assert refusal(file) == ("$", "truncated")


def test_a_damaged_gzip_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "damaged.json.gz"
    packed = bytearray(gzip.compress(json.dumps(visit()).encode()))
    packed[40:60] = bytes(20)
    file.write_bytes(bytes(packed))
    assert refusal(file) == ("$", "truncated")


@pytest.mark.parametrize("content", [b"", b"not json", b'{"resourceType": "Bundle"', b"\xff\xfe{}"])
def test_a_file_that_is_not_json_is_reported(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    assert refusal(file) == ("$", "not_json")


def test_json_nested_too_deeply_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_bytes(b"[" * 200_000)
    assert refusal(file) == ("$", "not_json")


@pytest.mark.parametrize("content", ["[]", "null", '{"resourceType": "Patient"}', "3"])
def test_json_that_is_no_bundle_is_reported(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)
    assert refusal(file) == ("$", "not_a_bundle")


def test_a_bundle_of_another_type_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text('{"resourceType": "Bundle", "type": "history", "entry": []}')
    assert refusal(file) == ("Bundle.type", "wrong_type")


def test_a_file_larger_than_the_limit_is_reported_without_reading_it_whole(tmp_path: Path) -> None:
    file = tmp_path / "bomb.json.gz"
    file.write_bytes(gzip.compress(b" " * 5_000_000))
    assert refusal(file, limit=1_000_000) == ("$", "too_large")


def test_a_name_that_matches_no_file_is_reported(tmp_path: Path) -> None:
    read = Read(str(tmp_path / "nothing-*.json"))
    assert read.unreadable == [("$", "no_such_file")]


def test_one_broken_file_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("broken")
    saved(tmp_path, visit(), "b.json.gz")
    read = Read(str(tmp_path))
    assert read.unreadable == [("$", "not_json")]
    assert [one.encounter_id for one in read.encounters] == ["enc-1"]


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "plain.json"
    file.write_bytes(gzip.compress(json.dumps(visit()).encode()))
    assert read_bundle(file).value["resourceType"] == "Bundle"


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "bom.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(visit()).encode())
    assert read_bundle(file).value["type"] == "collection"


def test_a_folder_is_searched_below_and_a_glob_is_followed(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    saved(tmp_path, visit(), "a.json")
    saved(below, visit(), "b.json.gz")
    (below / "notes.txt").write_text("no bundle")
    assert [file.name for file in files_of(str(tmp_path))] == ["a.json", "b.json.gz"]
    assert [file.name for file in files_of(str(tmp_path / "**" / "*.gz"))] == ["b.json.gz"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    name = saved(tmp_path, visit())
    assert len(Read(name, str(tmp_path)).encounters) == 1


def test_practices_and_clinicians_may_be_in_another_file(tmp_path: Path) -> None:
    whole = visit()
    directory = {**whole, "entry": whole["entry"][:2]}
    chart = {**whole, "entry": whole["entry"][2:]}
    saved(tmp_path, chart, "a-chart.json")
    saved(tmp_path, directory, "z-directory.json")
    read = Read(str(tmp_path))
    assert read.unreadable == []
    assert [one.rendering_provider_id for one in read.encounters] == ["prac-1"]

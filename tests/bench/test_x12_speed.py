"""The X12 bench measures each contender by itself, on the same claims, and computes as it says."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.report import Results, document, show
from tests.bench.x12_contenders import CONTENDERS, measured
from tests.bench.x12_speed import X12Error, X12Speed, measure_x12, x12_document
from tests.unit.payer_gateway.x12.large_file import BLOCK_CLAIMS, large_835, large_837p


def speed(title: str, nanoseconds: int, task: str = "835 read") -> X12Speed:
    return X12Speed(title, task, title, 3_000, 1_000_000, nanoseconds, 28_000)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {"835": tmp_path / "835", "837": tmp_path / "837"}
    made["835"].write_bytes(b"".join(large_835(1)))
    made["837"].write_bytes(b"".join(large_837p(1)))
    return made


def test_a_contender_that_fails_is_named() -> None:
    with pytest.raises(X12Error, match="no such contender"):
        measure_x12(1, 0, 1, print, ["no such contender"])


@pytest.mark.parametrize("name", [n for n in CONTENDERS if not n.endswith("pyx12-checked")])
def test_every_contender_meets_every_claim(name: str, files: dict[str, Path]) -> None:
    path = files["835" if name.startswith("835") else "837"]
    found = measured(name, path, 1)
    assert found["claims"] == BLOCK_CLAIMS
    assert found["bytes"] == path.stat().st_size
    assert found["nanoseconds"] > 0


def test_a_contender_refuses_to_be_fast_on_a_broken_file(files: dict[str, Path]) -> None:
    files["835"].write_bytes(files["835"].read_bytes().replace(b"BPR*I*", b"BPR*I*1", 1))
    for name in ("835-stream", "835-read", "835-checked", "835-oxedi"):
        with pytest.raises(RuntimeError, match="refuse"):
            measured(name, files["835"], 1)


def test_rates_are_of_a_second_of_processor_time() -> None:
    each = speed("ours", 50_000_000)
    assert each.claims_per_second == 60_000
    assert each.kilobytes_per_second == 20_000


def test_the_report_sets_each_contender_against_the_first() -> None:
    found = [speed("str.split", 25_000_000), speed("ours", 50_000_000)]
    text = StringIO()
    show(Results(7, x12=found), Console(file=text, width=120))
    row = next(line for line in text.getvalue().splitlines() if "ours" in line)
    assert [word.strip() for word in row.split("│")][2:6] == ["20.0", "60,000", "2.0", "28"]


def test_every_figure_is_in_the_document_by_task_and_contender() -> None:
    found = [speed("str.split", 25_000_000), speed("ours", 1, "837P write")]
    made = document(Results(7, x12=found))["x12"]
    assert made == x12_document(found)
    assert made["835 read"]["str.split"]["claims_per_second"] == 120_000
    assert list(made) == ["835 read", "837P write"]


def test_a_run_measures_each_in_a_process_of_its_own() -> None:
    said: list[str] = []
    (split,) = measure_x12(1, 0, 1, said.append, ["835-split"])
    assert (split.task, split.title) == ("835 read", "str.split")
    assert split.claims == 3 * BLOCK_CLAIMS
    assert said == ["835 read: str.split"]

"""Progress as lines that another process follows."""

from pathlib import Path

from claimstream.stack.progress import ProgressFile, Step, follow


def test_following_ends_with_the_final_step(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path / "p.jsonl")
    steps = [
        Step("kafka", "Downloading Kafka", "running", 3, 46),
        Step("kafka", "Kafka is up", "done"),
        Step("stack", "Up", "up"),
        Step("late", "never seen", "running"),
    ]
    for step in steps:
        file.tell(step)
    assert list(follow(tmp_path / "p.jsonl", while_true=lambda: True)) == steps[:3]


def test_following_ends_when_nobody_writes_any_more(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path / "p.jsonl")
    file.tell(Step("kafka", "Starting Kafka", "running"))
    found = list(follow(tmp_path / "p.jsonl", while_true=lambda: False))
    assert [step.text for step in found] == ["Starting Kafka"]


def test_a_half_written_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    ProgressFile(path).tell(Step("kafka", "Starting Kafka", "running"))
    with path.open("ab") as file:
        file.write(b'{"name":"kaf')
    answers = iter([True, False])
    found = list(follow(path, while_true=lambda: next(answers)))
    assert len(found) == 1


def test_a_file_that_never_appears_gives_no_steps(tmp_path: Path) -> None:
    assert list(follow(tmp_path / "none", while_true=lambda: False)) == []

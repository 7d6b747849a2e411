"""The published contracts: what lies in ``schemas/published`` and whether it is up to date.

One JSON Schema for each event, one AsyncAPI document for each service, and under ``history`` each
version's structure, numbered from 1. A change that readers or writers cannot live with is refused.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.asyncapi import asyncapi, services
from schemas.catalogue import MODEL_OF_TOPIC, Topic, topics
from schemas.compatibility import Break, breaks
from schemas.json_schema import published_schema, structure

PUBLISHED = Path(__file__).parent / "published"
HISTORY = "history"


@dataclass(frozen=True, slots=True)
class ContractBreak:
    """A contract of ``topic`` differs from its published ``version`` in a way that breaks it."""

    topic: str
    version: int
    cause: Break

    def __str__(self) -> str:
        sufferer = (
            f"readers of version {self.version} break"
            if self.cause.side == "earlier readers"
            else f"events written as version {self.version} can no longer be read"
        )
        return (
            f"{self.topic}: {self.cause.path or 'the event'}: {sufferer}: {self.cause.message}"
            f" ({self.cause.rule}); make it a new topic {next_major(self.topic)}"
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """Every file as it should be, by path below the folder, and the breaks that forbid it."""

    files: Mapping[str, str]
    breaks: tuple[ContractBreak, ...]


def next_major(topic: str) -> str:
    """``billing.claim-submitted.v1`` -> ``billing.claim-submitted.v2``."""
    name, _, major = topic.rpartition(".v")
    return f"{name}.v{int(major) + 1}"


def publication(folder: Path = PUBLISHED) -> Publication:
    """What the contracts in the code and the history in ``folder`` make of each other."""
    files: dict[str, str] = {}
    found: list[ContractBreak] = []
    for topic in topics():
        if topic.name not in MODEL_OF_TOPIC:
            continue
        published = history(folder, topic.name)
        now = structure(published_schema(topic, version=0))
        found += _breaks(topic, published, now)
        if not published or published[max(published)] != now:
            published[max(published, default=0) + 1] = now
        for version, known in published.items():
            files[f"{HISTORY}/{topic.name}/{version}.schema.json"] = _text(known)
        files[f"{topic.name}.schema.json"] = _text(published_schema(topic, max(published)))
    for service in services():
        files[f"{service}.asyncapi.json"] = _text(asyncapi(service))
    return Publication(files, tuple(found))


def history(folder: Path, topic: str) -> dict[int, dict[str, Any]]:
    """The published versions of a topic's contract by number, oldest first."""
    versions = {
        int(path.name.removesuffix(".schema.json")): path
        for path in (folder / HISTORY / topic).glob("*.schema.json")
    }
    return {
        number: json.loads(versions[number].read_text(encoding="utf-8"))
        for number in sorted(versions)
    }


def _breaks(
    topic: Topic, published: Mapping[int, Mapping[str, Any]], now: Mapping[str, Any]
) -> Iterator[ContractBreak]:
    for version, earlier in published.items():
        for cause in breaks(earlier, now):
            yield ContractBreak(topic.name, version, cause)


def differences(wanted: Publication, folder: Path = PUBLISHED) -> list[str]:
    """The lines of a unified diff from what lies in ``folder`` to what should; empty when equal."""
    lines: list[str] = []
    for path in sorted({*wanted.files, *_present(folder)}):
        lying = folder / path
        before = lying.read_text(encoding="utf-8") if lying.exists() else ""
        after = wanted.files.get(path, "")
        lines += difflib.unified_diff(
            before.splitlines(),
            after.splitlines(),
            f"published/{path}",
            f"contracts/{path}",
            lineterm="",
        )
    return lines


def write(wanted: Publication, folder: Path = PUBLISHED) -> list[str]:
    """Make ``folder`` hold exactly the publication; return the paths that changed.

    Raises ``ValueError`` when a contract breaks: nothing is written then.
    """
    if wanted.breaks:
        raise ValueError("a contract that breaks its readers or writers is not published")
    changed = []
    for path in _present(folder):
        if path not in wanted.files:
            (folder / path).unlink()
            changed.append(path)
    for path, text in wanted.files.items():
        file = folder / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(path)
    return sorted(changed)


def _present(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*.json")]


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

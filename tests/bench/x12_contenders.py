"""What reads and writes X12 in the bench: our codec, and what there is beside it.

``python -m tests.bench.x12_contenders NAME FILE ROUNDS`` measures one in a process of its own.
"""

import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import oxedi
from pyx12.params import ParamsBase
from pyx12.x12file import X12Reader
from pyx12.x12n_document import x12n_document

from services.payer_gateway.x12 import (
    Claim,
    RemittanceClaim,
    balance,
    is_refused,
    read_837p,
    read_interchanges,
    remittance_reader,
    validate,
    write_837p,
)
from services.payer_gateway.x12.checks.file_check import CheckedSet, check_file
from services.payer_gateway.x12.stream import stream
from tests.unit.payer_gateway.x12.builders import envelope, header

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do one task. ``share`` is the part of the file that a slow one gets."""

    task: str
    title: str
    make: Callable[[Path], Callable[[], int]]
    share: int = 1


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _split(path: Path) -> Callable[[], int]:
    def work() -> int:
        segments = [raw.split("*") for raw in path.read_bytes().decode().split("~")]
        return sum(segment[0] in {"CLP", "CLM"} for segment in segments)

    return work


def _stream(path: Path) -> Callable[[], int]:
    def work() -> int:
        claims = 0
        for event in stream(_pieces(path)):
            claims += isinstance(event, RemittanceClaim | Claim)
            if getattr(event, "is_refused", None):
                raise RuntimeError("the file of the bench is sound and was refused")
        return claims

    return work


def _read_835(path: Path) -> Callable[[], int]:
    def work() -> int:
        claims = 0
        for interchange in read_interchanges(_pieces(path)):
            for transaction in interchange.transactions:
                remittance, findings = remittance_reader.read(transaction)
                if is_refused([*findings, *balance.check(remittance)]):
                    raise RuntimeError("the file of the bench is sound and was refused")
                claims += len(remittance.claims)
        return claims

    return work


def _read_837p(path: Path, *, validated: bool = False) -> Callable[[], int]:
    def work() -> int:
        claims = 0
        for interchange in read_interchanges(_pieces(path)):
            for transaction in interchange.transactions:
                batch, findings = read_837p(transaction)
                if validated:
                    findings += validate.check_batch(batch.claims)
                if any(finding.is_error for finding in findings):
                    raise RuntimeError("the file of the bench is sound and was refused")
                claims += len(batch.claims)
        return claims

    return work


def _checked(path: Path) -> Callable[[], int]:
    def work() -> int:
        claims = 0
        for each in check_file(_pieces(path)):
            if isinstance(each, CheckedSet):
                claims += sum(claim.is_accepted for claim in each.report.claims)
            elif each.finding.is_error:
                raise RuntimeError("the file of the bench is sound and was refused")
        return claims

    return work


def _validated(path: Path) -> Callable[[], int]:
    return _read_837p(path, validated=True)


def _claims_in(path: Path) -> list[Claim]:
    (interchange,) = read_interchanges(_pieces(path))
    return [c for t in interchange.transactions for c in read_837p(t)[0].claims]


def _write(path: Path) -> Callable[[], int]:
    claims = _claims_in(path)

    def work() -> int:
        write_837p(envelope(), header(), claims)
        return len(claims)

    return work


def _join(path: Path) -> Callable[[], int]:
    segments = [raw.split("*") for raw in path.read_bytes().decode().split("~")]

    def work() -> int:
        "~".join(["*".join(segment) for segment in segments]).encode()
        return sum(segment[0] == "CLM" for segment in segments)

    return work


def _oxedi_parse(path: Path) -> Callable[[], int]:
    def work() -> int:
        result = oxedi.parse(path.read_bytes())
        if list(result.diagnostics):
            raise RuntimeError("oxedi refuses the file of the bench")
        return int(result.count_claims())

    return work


def _oxedi_stream(path: Path) -> Callable[[], int]:
    def work() -> int:
        return sum(
            not list(batch.diagnostics) for batch in oxedi.stream(path.read_bytes(), by="2100")
        )

    return work


def _pyx12_segments(path: Path) -> Callable[[], int]:
    def work() -> int:
        with path.open(encoding="utf-8") as file:
            return sum(s.get_seg_id() in {"CLP", "CLM"} for s in X12Reader(file))

    return work


def _pyx12_checked(path: Path) -> Callable[[], int]:
    def work() -> int:
        text = path.read_text(encoding="utf-8")
        if x12n_document(ParamsBase(), io.StringIO(text), None, None) is not True:
            raise RuntimeError("pyx12 refuses the file of the bench")
        return text.count("~CLP*") + text.count("~CLM*")

    return work


CONTENDERS: Mapping[str, Contender] = {
    "835-split": Contender("835 read", "str.split", _split),
    "835-stream": Contender("835 read", "claimstream stream, balanced", _stream),
    "835-read": Contender("835 read", "claimstream whole file, balanced", _read_835),
    "835-checked": Contender("835 read", "claimstream, levels 1 to 5", _checked),
    "835-oxedi-stream": Contender("835 read", "oxedi.stream by claim", _oxedi_stream),
    "835-oxedi": Contender("835 read", "oxedi.parse, balanced", _oxedi_parse),
    "835-pyx12": Contender("835 read", "pyx12 segments", _pyx12_segments, 5),
    "835-pyx12-checked": Contender("835 read", "pyx12 against its guide", _pyx12_checked, 50),
    "write-join": Contender("837P write", "str.join", _join),
    "write": Contender("837P write", "claimstream", _write),
    "837-split": Contender("837P read", "str.split", _split),
    "837-stream": Contender("837P read", "claimstream stream", _stream),
    "837-read": Contender("837P read", "claimstream whole file", _read_837p),
    "837-validated": Contender("837P read", "claimstream, validated", _validated),
    "837-checked": Contender("837P read", "claimstream, levels 1 to 5", _checked),
    "837-pyx12": Contender("837P read", "pyx12 segments", _pyx12_segments, 5),
    "837-pyx12-checked": Contender("837P read", "pyx12 against its guide", _pyx12_checked, 50),
}


def peak_kilobytes() -> int:
    """The most memory that this process held at any time."""
    status = Path("/proc/self/status")
    if status.exists():  # what a process was forked from counts in ru_maxrss
        words = status.read_text(encoding="ascii").split()
        return int(words[words.index("VmHWM:") + 1])
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def measured(name: str, path: Path, rounds: int) -> dict[str, Any]:
    """Claims, bytes, and nanoseconds of processor time in the fastest of the rounds."""
    work = CONTENDERS[name].make(path)
    spent, claims = [], 0
    for _ in range(rounds):
        began = time.process_time_ns()
        claims = work()
        spent.append(time.process_time_ns() - began)
    return {
        "claims": claims,
        "bytes": path.stat().st_size,
        "nanoseconds": min(spent),
        "peak_kilobytes": peak_kilobytes(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))

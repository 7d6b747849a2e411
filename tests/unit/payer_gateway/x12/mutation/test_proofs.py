"""A file whose sound loops are proven and passed over has the findings it has without that."""

from collections.abc import Iterator
from random import Random

import pytest

from services.payer_gateway.x12.checks import set_check
from services.payer_gateway.x12.checks.file_check import CheckedSet, PlacedFinding, check_file
from services.payer_gateway.x12.checks.provers import prover_of
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.guides.catalog import guide_of
from tests.fuzz.x12_segments import counted, spoiled_file
from tests.unit.payer_gateway.x12.builders import only_transaction
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES
from tests.unit.payer_gateway.x12.mutation.test_kinds import KINDS

_TIMES = 3
_SEEDS = range(80)


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    with monkeypatch.context() as patch:
        patch.setattr(set_check, "prover_of", lambda *_: None)
        yield patch


def grown(text: str) -> bytes:
    """A file of claims with each of its subscribers several times, counted and numbered anew."""
    segments = text.strip().split("\n")
    start = [n for n, segment in enumerate(segments) if segment.startswith("HL*")][1]
    end = next(n for n, segment in enumerate(segments) if segment.startswith("SE*"))
    subscribers: list[str] = []
    level, above = 1, ""
    for turn in range(_TIMES):
        for segment in segments[start:end]:
            elements = segment.split("*")
            if elements[0] == "HL":
                level += 1
                elements[1:3] = [str(level), "1" if elements[3] == "22" else above]
                above = str(level) if elements[3] == "22" else above
            elif elements[0] == "CLM":
                elements[1] += f"T{turn}"
            elif elements[:2] == ["NM1", "IL"]:
                elements[9] += str(turn)
            subscribers.append("*".join(elements))
    return ("~".join(counted(segments[:start] + subscribers + segments[end:])) + "~").encode()


def checked(data: bytes) -> list[PlacedFinding | CheckedSet]:
    return list(check_file(data))


def _of_payments() -> bytes:
    segments = SAMPLES["835"].strip().split("\n")
    start, *_, end = (n for n, each in enumerate(segments) if each.startswith(("CLP*", "PLB*")))
    more = [
        each.replace("CLP*C", f"CLP*T{turn}") for turn in range(5) for each in segments[start:end]
    ]
    return ("~".join(counted(segments[:end] + more + segments[end:])) + "~").encode()


def _files() -> Iterator[tuple[str, bytes]]:
    yield from ((kind.name, kind.made(SAMPLES[kind.sample])[0]) for kind in KINDS)
    seeds = [grown(SAMPLES["837P"]), grown(SAMPLES["837I"]), _of_payments()]
    yield from ((f"grown {number}", seed) for number, seed in enumerate(seeds))
    for number in _SEEDS:
        yield f"spoiled {number}", spoiled_file(Random(number), seeds)


def test_what_is_proven_changes_no_finding_and_no_verdict(unproven: pytest.MonkeyPatch) -> None:
    files = dict(_files())
    walked = {name: checked(data) for name, data in files.items()}
    unproven.undo()
    for name, data in files.items():
        assert checked(data) == walked[name], name


@pytest.mark.parametrize("sample", ["837P"])
def test_a_sound_file_is_proven_but_for_what_stands_above_its_loops(sample: str) -> None:
    transaction = only_transaction(grown(SAMPLES[sample]))
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    structure = Structure(transaction, guide, prover_of(guide, transaction.delimiters, None))
    assert structure.findings == []
    assert structure.claims
    assert structure.doubtful_claims == []
    heads = {raw.split("*")[0] for _, raw in structure.doubtful()}
    assert heads.isdisjoint({"CLM", "CLP", "SBR", "SV1", "SV2", "SVC"})


def test_frames_of_what_was_passed_over_are_those_of_a_walk() -> None:
    transaction = only_transaction(grown(SAMPLES["837P"]))
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    walked = Structure(transaction, guide)
    proven = Structure(transaction, guide, prover_of(guide, transaction.delimiters, None))
    for one, other in zip(walked.frames, proven.frames, strict=True):
        assert (one.path, one.position, one.counts) == (other.path, other.position, other.counts)
        assert (one.claim and one.claim.id) == (other.claim and other.claim.id)
    of_claims = [(c.id, c.index, c.first, c.last, c.frame.path) for c in walked.claims]
    assert [(c.id, c.index, c.first, c.last, c.frame.path) for c in proven.claims] == of_claims

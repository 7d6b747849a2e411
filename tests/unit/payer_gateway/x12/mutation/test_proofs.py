"""A file whose sound loops are proven and passed over has the findings it has without that."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest

from services.payer_gateway.x12.checks import loop_states, proven_claims, set_check
from services.payer_gateway.x12.checks.claim_values import CodeSets
from services.payer_gateway.x12.checks.file_check import (
    CheckedSet,
    PlacedFinding,
    check_file,
    findings_of,
)
from services.payer_gateway.x12.checks.loop_prover import LoopProver
from services.payer_gateway.x12.checks.professional_tally import ProfessionalTally
from services.payer_gateway.x12.checks.provers import is_proven, prover_of
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.guides.catalog import guide_of
from services.payer_gateway.x12.professional_claim_writer import ClaimText
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
    segments = seeds[0].decode().split("~")
    for place in (n for n, each in enumerate(segments) if each.startswith("HL*")):
        for kept in (1, 2, 3):
            short = "*".join(segments[place].split("*")[:kept])
            cut = [*segments[:place], short, *segments[place + 1 :]]
            yield f"level {place} cut to {kept}", "~".join(cut).encode()
    for number in _SEEDS:
        yield f"spoiled {number}", spoiled_file(Random(number), seeds)


def _texts(data: bytes) -> Iterator[ClaimText]:
    """Each subscriber of a file with its claims, as they were written before they came into it."""
    levels = data.decode().rpartition("SE*")[0].split("HL*")[1:]
    of_level = [(level.split("*")[2], level.partition("~")[2]) for level in levels]
    for place, (kind, text) in enumerate(of_level):
        start = text.find("CLM*")
        if kind == "22" and start < 0:
            subscriber, (_, below) = text, of_level[place + 1]
            start = below.index("CLM*")
            yield ClaimText("", subscriber, below[:start], below[start:])
        elif kind == "22":
            yield ClaimText("", text[:start], "", text[start:])


def _prove_beforehand() -> None:
    """Proves each claim of the files that are broken then, as if it had been submitted before."""
    texts = list(_texts(grown(SAMPLES["837P"])))
    assert [is_proven(text) for text in texts] == [True] * 9


def test_what_is_proven_changes_no_finding_and_no_verdict(unproven: pytest.MonkeyPatch) -> None:
    files = dict(_files())
    walked = {name: checked(data) for name, data in files.items()}
    unproven.undo()
    for name, data in files.items():
        assert checked(data) == walked[name], name
    _prove_beforehand()
    for name, data in files.items():
        if b"*005010X222A1" in data:
            assert checked(data) == walked[name], name


def test_a_claim_proven_before_is_known_in_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    _prove_beforehand()
    data = grown(SAMPLES["837P"])
    transaction = only_transaction(data)
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    prover = prover_of(guide, transaction.delimiters, None)
    assert isinstance(prover, LoopProver)
    monkeypatch.setattr(prover.knowledge, "read", None)
    structure = Structure(transaction, guide, prover)
    assert len(structure.claims) == _TIMES * 4
    assert structure.doubtful_claims == []


def test_of_claims_proven_before_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proven_claims, "_MOST_KNOWN", 4)
    monkeypatch.setattr(proven_claims, "_FORGOTTEN_AT_ONCE", 2)
    data = grown(SAMPLES["837P"])
    transaction = only_transaction(data)
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    prover = prover_of(guide, transaction.delimiters, None)
    assert isinstance(prover, LoopProver)
    proven = proven_claims.ProvenClaims(prover.knowledge)
    raws = transaction.raw
    levels = [n for n, raw in enumerate(raws, 1) if raw.startswith("HL*")]
    subscribers = [n for n in levels if raws[n - 1].split("*")[3] == "22"]

    def known() -> list[bool]:
        return [proven.find(raws, n, levels.index(n), "1") is not None for n in subscribers]

    assert known() == [False] * 9
    for text in list(_texts(data))[:5]:
        assert proven.prove(text.subscriber, text.patient, text.claim)
    assert known() == [False, False, True, True, True, False, False, False, False]


def test_claims_of_one_person_that_were_proven_apart_are_known_together() -> None:
    data = grown(SAMPLES["837P"])
    transaction = only_transaction(data)
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    prover = prover_of(guide, transaction.delimiters, date(2026, 12, 31))
    assert isinstance(prover, LoopProver)
    proven = proven_claims.ProvenClaims(prover.knowledge)
    raws = transaction.raw
    levels = [n for n, raw in enumerate(raws, 1) if raw.startswith("HL*")]
    several = [
        (text, [f"CLM*{each}" for each in text.claim.split("CLM*")[1:]])
        for text in _texts(data)
        if text.claim.count("CLM*") > 1
    ]
    text, (first, second) = several[0]
    position = next(n for n in levels if raws[n] == text.subscriber.split("~", 1)[0])
    place = levels.index(position)
    whole = prover.knowledge.read(raws, position, ProfessionalTally(place, "1"))
    assert whole is not None
    for claim in (first, second):
        assert proven.find(raws, position, place, "1") is None
        assert proven.prove(text.subscriber, text.patient, claim)
    found = proven.find(raws, position, place, "1")
    assert found is not None
    assert (found.last, found.levels) == (whole.last, whole.levels)
    assert (list(found.claims), list(found.keys)) == (whole.claims, whole.keys)
    assert found.latest == whole.latest
    assert proven.find(raws, position, place + 1, "1") is None
    assert not proven.prove(text.subscriber, text.patient, "")


def _many_lines() -> bytes:
    line = "LX*{0}~SV1*HC:81002*60*UN*1***2~DTP*472*D8*20260105~REF*6R*L{0}~"
    more = "".join(line.format(number) for number in range(3, 52))
    data = grown(SAMPLES["837P"]).decode()
    lines = data.replace("CLM*C1T1*310", f"CLM*C1T1*{310 + 49 * 60}").split("CLM*C1T1")
    lines[1] = lines[1].replace("HL*", more + "HL*", 1)
    return "CLM*C1T1".join(lines).encode()


def _many_claims() -> bytes:
    data = grown(SAMPLES["837P"]).decode()
    start = data.index("CLM*C2T1")
    claim = data[start : data.index("HL*", start)]
    more = "".join(claim.replace("C2T1", f"N{number}") for number in range(100))
    return (data[:start] + more + data[start:]).encode()


def _changed(old: str, new: str, count: int = 1) -> bytes:
    data = grown(SAMPLES["837P"]).decode()
    assert old in data
    return data.replace(old, new, count).encode()


TOGETHER = {
    "a number stands twice": (_changed("C2T1", "C2T0"), {"claim.duplicate": 1}),
    "a number stands three times": (
        _changed("C2T1", "C2T0").replace(b"C2T2", b"C2T0"),
        {"claim.duplicate": 2},
    ),
    "claims of a level share a number": (_changed("C4T1", "C3T1"), {"claim.duplicate": 1}),
    "a claim stands twice under two numbers": (
        _changed("MI*M00012", "MI*M00010"),
        {"claim.likely-duplicate": 1},
    ),
    "the billing provider's ZIP code is short": (
        _changed("N4*Springfield*IL*627010001", "N4*Springfield*IL*62701"),
        {"claim.postal-code-short": 1},
    ),
    "the billing provider's specialty is none": (
        _changed("PRV*BI*PXC*207Q00000X", "PRV*BI*PXC*207Q-0000X"),
        {"code.taxonomy": 1},
    ),
    "a service lies ahead": (
        _changed("DTP*472*D8*20260106", "DTP*472*D8*20270106"),
        {"date.future": 1},
    ),
    "a claim has too many lines": (_many_lines(), {"structure.loop-repeated": 1}),
    "a patient has too many claims": (_many_claims(), {"structure.loop-repeated": 1}),
    "a level is numbered wrongly": (_changed("HL*6*1*22", "HL*7*1*22"), {"structure.hierarchy": 1}),
    "a claim without its opening follows a sound one": (
        _changed("CLM*C2T1*100***11:B:1*Y*A*Y*Y~", ""),
        {"structure.missing-segment": 1},
    ),
}
"""What only shows beside what was passed over, with the rules that are broken then."""


@pytest.mark.parametrize("name", TOGETHER)
def test_what_shows_beside_sound_loops_is_found(name: str, unproven: pytest.MonkeyPatch) -> None:
    data, rules = TOGETHER[name]
    walked = checked(data)
    unproven.undo()
    proven = checked(data)
    assert proven == walked
    _prove_beforehand()
    assert checked(data) == walked
    found = Counter(f.finding.rule for f in proven if isinstance(f, PlacedFinding))
    assert {rule: found[rule] for rule in rules} == rules


def test_what_is_known_of_texts_has_a_bound(
    unproven: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = str.maketrans("*:^~", "|>}!")
    data = grown(SAMPLES["837P"]).decode().translate(table).encode()
    walked = checked(data)
    unproven.undo()
    monkeypatch.setattr(loop_states, "_MOST_TEXTS", 12)
    monkeypatch.setattr(loop_states, "_TEXTS_OF_EDGE", 1)
    for _ in range(3):
        assert checked(data) == walked
    transaction = only_transaction(data)
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    structure = Structure(transaction, guide, prover_of(guide, transaction.delimiters, None))
    assert structure.doubtful_claims == []


def test_segments_without_a_qualifier_are_one_kind_whatever_they_say() -> None:
    transaction = only_transaction(grown(SAMPLES["837P"]))
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    prover = prover_of(guide, transaction.delimiters, None)
    assert isinstance(prover, LoopProver)
    Structure(transaction, guide, prover)
    reached = [prover.knowledge.states.first]
    for state in reached:
        names = Counter(name for name, _ in state.edges)
        assert max(names["CLM"], names["N3"], names["N4"], names["LX"]) <= 1
        leads = [edge.state for edge in state.edges.values() if edge]
        reached += [each for each in leads if each not in reached]
    assert len(reached) > 1


def test_whoever_brings_code_sets_or_rules_has_every_claim_looked_at() -> None:
    data = grown(SAMPLES["837P"])
    asked: list[str] = []

    def is_procedure(code: str, _day: date) -> bool:
        asked.append(code)
        return code != "99212"

    found = findings_of(data, set_check.Setting(CodeSets(is_procedure=is_procedure)))
    assert {f.finding.claim for f in found} == {f"C2T{turn}" for turn in range(_TIMES)}
    assert len(asked) > len(found)


@pytest.mark.parametrize("sample", ["837P", "837I", "835"])
def test_a_sound_file_is_proven_but_for_what_stands_above_its_loops(sample: str) -> None:
    data = _of_payments() if sample == "835" else grown(SAMPLES[sample])
    transaction = only_transaction(data)
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

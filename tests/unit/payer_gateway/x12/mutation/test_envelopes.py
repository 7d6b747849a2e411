"""Every broken envelope is found, and every way to spoil a file's bytes."""

import gzip

import pytest

from services.payer_gateway.x12 import Severity
from services.payer_gateway.x12.checks.file_check import (
    CheckedSet,
    PlacedFinding,
    check_file,
    findings_of,
)
from tests.unit.payer_gateway.x12.mutation.envelope_kinds import ENVELOPES, Envelope
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES


def whole(sample: str, mark: str = "~") -> bytes:
    return (mark.join(SAMPLES[sample].strip().split("\n")) + mark).encode()


@pytest.mark.parametrize("kind", ENVELOPES, ids=lambda kind: kind.name)
def test_a_broken_envelope_is_found_where_it_is_broken(kind: Envelope) -> None:
    found = [f.finding for f in findings_of(kind.made(SAMPLES[kind.sample]))]
    same = [f for f in found if f.rule == kind.rule and kind.element in {"", f.element}]
    assert len(same) == 1, found
    names = {"ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"}
    assert same[0].path in names or same[0].rule == "envelope.stray-segment"
    assert same[0].snip_level == 1 or kind.rule.startswith("element.")
    assert (same[0].severity is Severity.WARNING) is kind.is_warning
    others = [f.rule for f in found if f.is_error and f is not same[0]]
    assert sorted(others) == sorted(kind.also)


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("nothing at all", b"", "the file is empty, no ISA"),
        ("nothing but blanks", b" \r\n\t ", "the file is empty, no ISA"),
        ("a letter", b"Dear payer,\n", "no ISA"),
        ("UTF-16", whole("837P").decode().encode("utf-16"), "UTF-16"),
        ("EBCDIC", whole("837P").decode().encode("cp037"), "EBCDIC"),
        ("a lower-case ISA", whole("837P").replace(b"ISA*", b"isa*"), "small letters"),
        ("gzip", gzip.compress(whole("837P")), "compressed"),
        ("zip", b"PK\x03\x04\x14\x00", "compressed"),
        ("PDF", b"%PDF-1.7\n", "PDF"),
        ("EDIFACT", b"UNB+UNOA:1+A+B+260101:1200+1'", "EDIFACT"),
        ("HL7", b"MSH|^~\\&|A|B\r", "HL7"),
        ("a web page", b"<html><body>not found</body></html>", "HTML"),
        ("PGP", b"-----BEGIN PGP MESSAGE-----", "encrypted"),
        ("half an ISA", whole("837P")[:60], "sixteen elements"),
        ("equal delimiters", whole("837P").replace(b"*P*:~", b"*P**~", 1), "same character"),
        ("a letter as terminator", whole("837P", "X").replace(b":X", b":X", 1), "no letter"),
    ],
)
def test_a_file_without_an_interchange_is_said_to_be_one(name: str, data: bytes, word: str) -> None:
    (placed,) = findings_of(data)
    assert placed.finding.rule == "envelope.not-x12"
    assert placed.finding.is_error
    assert word in placed.finding.message


def test_an_interchange_may_be_written_with_tabs() -> None:
    assert findings_of(whole("837P").replace(b"*", b"\t")) == []
    assert findings_of(whole("837P", "~\r\n").replace(b"*", b"\t")) == []


def test_line_ends_are_no_fault_and_a_byte_order_mark_is_only_said() -> None:
    for mark in ("~", "~\n", "~\r\n", "~ ", "\n"):
        assert findings_of(whole("837P", mark)) == []
        found = findings_of(b"\xef\xbb\xbf" + whole("837P", mark))
        assert [(f.finding.rule, f.finding.is_error) for f in found] == [
            ("envelope.byte-order-mark", False)
        ]


@pytest.mark.parametrize("cut", [40, 200, 1700, -1, -18, -30])
def test_an_interchange_that_follows_one_cut_off_is_read_whole(cut: int) -> None:
    first, second = whole("837P"), whole("837P").replace(b"*000000007", b"*000000009")
    events = list(check_file(first[:cut] + second + first))
    sets = [each for each in events if isinstance(each, CheckedSet)]
    of_second = [each for each in sets if each.interchange == "000000009"]
    assert [all(c.is_accepted for c in each.report.claims) for each in of_second] == [True]
    errors = [e for e in events if isinstance(e, PlacedFinding) and e.finding.is_error]
    assert {each.interchange for each in errors} <= {"000000007", ""}
    assert bool(errors) == (cut != -1)


@pytest.mark.parametrize(("kind", "wrong"), [("837P", "835"), ("276", "277"), ("835", "837")])
def test_a_set_under_the_id_of_another_one_is_one_fault(kind: str, wrong: str) -> None:
    data = whole(kind).replace(f"~ST*{kind[:3]}*".encode(), f"~ST*{wrong}*".encode())
    found = [(f.finding.rule, f.finding.segment, f.finding.element) for f in findings_of(data)]
    assert found == [("envelope.functional-id", 1, "ST01")]


def test_a_set_of_an_unknown_version_has_its_faults_placed() -> None:
    data = whole("837P").replace(b"005010X222A1", b"004010X098A1")
    cut = data[: data.index(b"SE*101")] + b"GE*1*11~IEA*1*000000007~"
    found = {(f.finding.rule, f.finding.path, f.finding.segment) for f in findings_of(cut)}
    assert found == {("structure.version", "ST", 1), ("envelope.se-missing", "SE", 101)}


@pytest.mark.parametrize("marks", ["*:^~", "|>}\n", "\x1d\x1f\x1e\x1c", "+,&'"])
def test_any_delimiters_will_do(marks: str) -> None:
    element, component, repetition, terminator = tuple(marks)
    text = SAMPLES["837P"].strip()
    table = str.maketrans({"*": element, ":": component, "^": repetition, "\n": terminator})
    assert findings_of((text.translate(table) + terminator).encode()) == []


def test_a_name_in_latin_1_is_said_where_it_stands() -> None:
    data = whole("837P").replace(b"Vandelay*Kim", b"Vand\xe9lay*Kim")
    found = [(f.finding.rule, f.finding.segment, f.finding.element) for f in findings_of(data)]
    assert found == [("envelope.encoding", 0, ""), ("element.character-set", 37, "NM103")]


def test_a_file_cut_after_any_segment_says_so_and_takes_only_the_last_claim() -> None:
    segments = SAMPLES["837P"].strip().split("\n")
    (sound,) = (each for each in check_file(whole("837P")) if isinstance(each, CheckedSet))
    ends = {claim.claim_id: claim.last for claim in sound.report.claims}
    for count in range(1, len(segments)):
        data = ("~".join(segments[:count]) + "~").encode()
        rules = {f.finding.rule for f in findings_of(data) if f.finding.is_error}
        assert "envelope.iea-missing" in rules, count
        (*sets,) = (each for each in check_file(data) if isinstance(each, CheckedSet))
        for each in sets:
            for claim in each.report.claims:
                if count - 2 > ends[claim.claim_id]:
                    assert claim.is_accepted, (count, claim)
        others = {rule for rule in rules if not rule.startswith("envelope.")}
        assert not others, (count, rules)


def test_a_file_cut_anywhere_says_so() -> None:
    for sample in SAMPLES:
        data = whole(sample)
        for end in range(106, len(data) - 1, 5):
            rules = {f.finding.rule for f in findings_of(data[:end]) if f.finding.is_error}
            assert "envelope.iea-missing" in rules or "envelope.iea-control" in rules, end


def test_two_faults_are_both_found() -> None:
    text = SAMPLES["837P"].replace("NM1*85*2", "NM1*85*3").replace("CLM*C2*100*", "CLM*C2*101*")
    data = ("~".join(text.strip().split("\n")) + "~").encode()
    found = [(f.finding.rule, f.finding.element) for f in findings_of(data)]
    assert found == [("element.code", "NM102"), ("claim.total", "CLM02")]


def test_a_fault_of_one_set_is_not_said_of_another() -> None:
    bad = whole("837P").replace(b"CLM*C2*100*", b"CLM*C2*x*")
    found = findings_of(bad + whole("835") + whole("277CA"))
    assert [(f.finding.rule, f.interchange, f.transaction) for f in found] == [
        ("element.number", "000000007", "0001")
    ]


def test_a_file_of_nothing_but_faults_is_read_to_its_end_in_bounded_findings() -> None:
    junk = "".join(f"QQ{n % 10}*{n}~" for n in range(20_000))
    text = whole("837P").decode().replace("HL*1**20*1~", junk + "HL*1**20*1~")
    found = [placed.finding.rule for placed in findings_of(text.encode())]
    assert len(found) <= 510
    assert "structure.more-faults" in found


@pytest.mark.parametrize(("sample", "declared"), [("837P", ">"), ("835", "|"), ("277CA", "<")])
def test_a_separator_that_isa16_declares_wrongly_is_one_fault(sample: str, declared: str) -> None:
    data = whole(sample).replace(b"*P*:~", f"*P*{declared}~".encode())
    found = findings_of(data)
    assert [(f.finding.rule, f.finding.path, f.finding.element) for f in found] == [
        ("envelope.component-separator", "ISA", "ISA16")
    ]
    assert "written with :" in found[0].finding.message
    (checked,) = (each for each in check_file(data) if isinstance(each, CheckedSet))
    assert checked.report.is_refused
    assert not any(claim.is_accepted for claim in checked.report.claims)

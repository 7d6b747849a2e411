"""What we write is accepted by two parsers that know nothing of us."""

import io
from dataclasses import replace

import oxedi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyx12.params import ParamsBase
from pyx12.x12n_document import x12n_document

from services.payer_gateway.x12 import (
    Adjustment,
    Delimiters,
    acknowledge,
    balance,
    remittance_reader,
    write_835,
    write_837p,
    write_999,
)
from tests.unit.payer_gateway.x12.builders import (
    claim,
    dependent_claim,
    envelope,
    header,
    medicare_claim,
    only_interchange,
    only_transaction,
    paid_claim,
    remittance,
    secondary_claim,
    service,
)
from tests.unit.payer_gateway.x12.test_professional_claim import everything


def pyx12_accepts(data: bytes) -> bool:
    """pyx12's own verdict by its guide maps; no acknowledgement file is asked for."""
    return x12n_document(ParamsBase(), io.StringIO(data.decode()), None, None) is True


def oxedi_findings(data: bytes) -> list[str]:
    return [str(diagnostic) for diagnostic in oxedi.parse(data).diagnostics]


def test_pyx12_refuses_what_is_not_of_the_guide() -> None:
    data = write_837p(envelope(), header(), [claim()])
    assert not pyx12_accepts(data.replace(b"NM1*85*2*", b"NM1*85*3*"))
    assert not pyx12_accepts(data.replace(b"~HI*ABK", b"~SV2*ABK"))


@pytest.mark.parametrize(
    "claims",
    [
        [claim()],
        [dependent_claim()],
        [secondary_claim()],
        [claim("C1"), dependent_claim("C2"), secondary_claim("C3"), claim("C4")],
        [claim(f"C{number}") for number in range(101)],
    ],
    ids=["own", "dependent", "secondary", "mixed", "many"],
)
def test_pyx12_accepts_our_claims(claims: list[object]) -> None:
    given_claims = [c for c in claims if isinstance(c, type(claim()))]
    assert pyx12_accepts(write_837p(envelope(), header(), given_claims))


def test_pyx12_accepts_our_replacements_and_voids() -> None:
    for frequency in ("7", "8"):
        corrected = replace(claim(), frequency=frequency, references=everything().references[:1])
        assert pyx12_accepts(write_837p(envelope(), header(), [corrected]))


def test_pyx12_accepts_a_claim_with_nearly_everything_in_it() -> None:
    full = everything()
    in_the_maps = tuple(s for s in full.extra if s[0] not in {"PWK", "CR1"})
    line = replace(full.lines[0], extra=(), procedure=replace(full.lines[0].procedure))
    assert pyx12_accepts(
        write_837p(envelope(), header(), [replace(full, extra=in_the_maps, lines=(line,))])
    )


def test_pyx12_accepts_our_acknowledgements() -> None:
    data = write_837p(envelope(), header(), [claim()])
    (group,) = only_interchange(data).groups
    assert pyx12_accepts(write_999(envelope(), [acknowledge(group, {})]))
    broken = data.replace(b"~SE*", b"~SE*9")
    (group,) = only_interchange(broken).groups
    assert pyx12_accepts(write_999(envelope(), [acknowledge(group, {})]))


def remittances() -> dict[str, bytes]:
    reversal = paid_claim(
        "C9",
        "22",
        service(-40_000, -24_000, Adjustment("CO", "45", -10_000), Adjustment("PR", "2", -6_000)),
    )
    correction = paid_claim(
        "C9",
        "1",
        service(40_000, 22_500, Adjustment("CO", "45", 15_000), Adjustment("PR", "3", 2_500)),
    )
    denied = paid_claim("C10", "1", service(5_000, 0, Adjustment("CO", "50", 5_000)))
    given_remittances = {
        "crossover": remittance(9_813, [medicare_claim()], [("L6", -37), ("WO", 1_200)]),
        "take-back": remittance(0, [reversal, correction], [("FB", -1_500)]),
        "denial": remittance(0, [denied]),
        "carried": remittance(
            48_500, [paid_claim("C11", "1", service(50_000, 50_000))], [("FB", 1_500)]
        ),
    }
    return {name: write_835(envelope(), [given]) for name, given in given_remittances.items()}


@pytest.mark.parametrize("name", ["crossover", "take-back", "denial", "carried"])
def test_oxedi_and_pyx12_and_we_accept_our_remittances(name: str) -> None:
    data = remittances()[name]
    assert oxedi_findings(data) == []
    assert pyx12_accepts(data)
    read, findings = remittance_reader.read(only_transaction(data))
    assert findings == []
    assert balance.check(read) == []


def test_oxedi_refuses_what_we_refuse() -> None:
    data = remittances()["crossover"].replace(b"BPR*I*98.13", b"BPR*I*98.14")
    assert any("SNIP 3" in finding for finding in oxedi_findings(data))
    read, _ = remittance_reader.read(only_transaction(data))
    assert any(f.snip_level == 3 for f in balance.check(read))


@settings(max_examples=40)
@given(
    lines=st.lists(
        st.tuples(st.integers(1, 10**6), st.lists(st.integers(1, 10**4), max_size=7)),
        min_size=1,
        max_size=4,
    ),
    interest=st.integers(0, 500),
)
def test_oxedi_reads_the_sums_we_wrote(lines: list[tuple[int, list[int]]], interest: int) -> None:
    services = [
        service(paid + sum(cents), paid, *(Adjustment("CO", "45", c) for c in cents))
        for paid, cents in lines
    ]
    one = paid_claim("C1", "1", *services)
    payment = one.paid_cents + interest
    plb = [("L6", -interest)] if interest else []
    data = write_835(envelope(Delimiters("|", "^", ">", "~")), [remittance(payment, [one], plb)])
    result = oxedi.parse(data)
    assert list(result.diagnostics) == []
    assert result.count_claims() == 1
    assert int(result.sum_payments() * 100) == payment

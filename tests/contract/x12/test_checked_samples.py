"""What the check says of every public sample: its errors, read in the files by hand.

The samples are examples and not all sound: most have invented identifiers (``code.npi``), some
write ``>`` within composites where their ISA declares ``:``, some count other segments.
"""

import pytest

from services.payer_gateway.x12.checks.file_check import findings_of
from tests.shared_data import SHARED, needs_shared_data, shared

pytestmark = needs_shared_data

EXPECTED: dict[str, set[str]] = {
    "imsweb/277_5010/x12_277CA_accepted.txt": {"code.npi", "element.date"},
    "imsweb/277_5010/x12_277CA_rejected.txt": {"code.npi"},
    "imsweb/277_5010/x12_277_x212.txt": {"code.npi", "envelope.iea-control"},
    "imsweb/837_5010/x12_999_accepted.txt": {"element.time", "envelope.iea-control"},
    "imsweb/837_5010/x12_999_rejected.txt": set(),
    "imsweb/837_5010/x12_bad_segment_identifier.txt": {
        "code.hcpcs",
        "code.npi",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
        "structure.unknown-segment",
    },
    "imsweb/837_5010/x12_complex.txt": {
        "code.hcpcs",
        "code.ndc",
        "code.npi",
        "code.postal-code",
        "code.state",
        "code.taxonomy",
        "element.code",
        "element.condition",
        "element.required",
        "envelope.ge-count",
        "envelope.se-count",
        "structure.hierarchy",
        "structure.missing-segment",
        "structure.segment-repeated",
    },
    "imsweb/837_5010/x12_many_claims.txt": {
        "claim.duplicate",
        "claim.line-number",
        "claim.patient",
        "claim.pointer",
        "claim.principal-diagnosis",
        "claim.total",
        "code.hcpcs",
        "code.npi",
        "date.future",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
    },
    "imsweb/837_5010/x12_missing_elements.txt": {
        "code.hcpcs",
        "code.npi",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
    },
    "imsweb/837_5010/x12_multiple_gs.txt": {
        "code.hcpcs",
        "code.npi",
        "element.code",
        "element.required",
        "envelope.iea-count",
        "envelope.se-count",
        "structure.hierarchy",
    },
    "imsweb/837_5010/x12_multiple_isa.txt": {
        "code.hcpcs",
        "code.npi",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
    },
    "imsweb/837_5010/x12_no_errors.txt": {
        "code.npi",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
    },
    "imsweb/837_5010/x12_segments_out_of_order.txt": {
        "code.hcpcs",
        "code.npi",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
        "structure.segment-order",
    },
    "imsweb/837_5010/x12_valid.txt": {
        "code.hcpcs",
        "code.npi",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
    },
    "imsweb/837_5010/x12_valid_different_separators.txt": {
        "code.hcpcs",
        "code.npi",
        "element.code",
        "element.required",
        "envelope.se-count",
        "structure.hierarchy",
    },
    "linuxforhealth/270_005010X279A1/dependent-health-benefit-check.270": set(),
    "linuxforhealth/270_005010X279A1/subscriber-health-benefit-check.270": set(),
    "linuxforhealth/271_005010X279A1/dependent-health-benefit-check.271": set(),
    "linuxforhealth/271_005010X279A1/subscriber-health-benefit-check-error.271": {
        "envelope.se-control"
    },
    "linuxforhealth/271_005010X279A1/subscriber-health-benefit-check.271": set(),
    "linuxforhealth/276_005010X212/claim-level-status-ncpdp.276": {"code.npi"},
    "linuxforhealth/276_005010X212/claim-level-status.276": {"code.npi"},
    "linuxforhealth/276_005010X212/information-receiver-level-status.276": {"code.npi"},
    "linuxforhealth/276_005010X212/provider-level-status.276": {"code.npi"},
    "linuxforhealth/277_005010X212/claim-level-status-ncpdp.277": {"code.npi"},
    "linuxforhealth/277_005010X212/claim-level-status.277": {"code.npi"},
    "linuxforhealth/277_005010X212/information-receiver-level-status.277": set(),
    "linuxforhealth/277_005010X212/provider-level-status.277": {"code.npi"},
    "linuxforhealth/835_005010X221A1/cob-contractural-adjustment.835": {
        "element.code",
        "element.required",
    },
    "linuxforhealth/835_005010X221A1/managed-care.835": {"code.npi", "element.date"},
    "linuxforhealth/835_005010X221A1/medicare-part-a.835": {"code.npi"},
    "linuxforhealth/835_005010X221A1/secondary-payment.835": {"element.code", "element.required"},
    "linuxforhealth/835_005010X221A1/tertiary-payment.835": {
        "code.revenue",
        "element.code",
        "element.required",
    },
    "linuxforhealth/837_005010X222A2/demo.ambulance.example5.837": {"code.npi", "element.required"},
    "linuxforhealth/837_005010X222A2/demo.autoaccident.837": {"code.npi"},
    "linuxforhealth/837_005010X222A2/demo.cob.2ndary.example4.837": {
        "code.npi",
        "envelope.component-separator",
    },
    "linuxforhealth/837_005010X222A2/demo.cob.example3.A.837": {
        "code.npi",
        "structure.missing-loop",
    },
    "linuxforhealth/837_005010X222A2/demo.cob.example3.B.837": {"code.npi", "code.postal-code"},
    "linuxforhealth/837_005010X222A2/demo.cob.example3.C.837": {"code.npi"},
    "linuxforhealth/837_005010X222A2/demo.cob.example4.837": {"code.npi", "element.code"},
    "linuxforhealth/837_005010X222A2/demo.drug.example10.1.837": set(),
    "linuxforhealth/837_005010X222A2/demo.drug.example10.2.837": set(),
    "linuxforhealth/837_005010X222A2/demo.drug.example10.3.837": set(),
    "linuxforhealth/837_005010X222A2/demo.example1.837": set(),
    "linuxforhealth/837_005010X222A2/demo.example11.837": {
        "code.npi",
        "envelope.component-separator",
    },
    "linuxforhealth/837_005010X222A2/demo.example12.837": {
        "code.npi",
        "envelope.component-separator",
    },
    "linuxforhealth/837_005010X222A2/demo.example2.837": {"code.npi"},
    "linuxforhealth/837_005010X222A2/demo.example6.837": {
        "code.npi",
        "envelope.component-separator",
    },
    "linuxforhealth/837_005010X222A2/demo.example7.837": {"code.npi"},
    "linuxforhealth/837_005010X222A2/demo.example8.837": {"code.npi"},
    "linuxforhealth/837_005010X222A2/demo.example9.837": {
        "code.npi",
        "element.code",
        "element.required",
        "element.too-long",
    },
    "linuxforhealth/837_005010X223A3/institutional-claim.837i": {
        "code.npi",
        "element.code",
        "element.not-used",
    },
    "linuxforhealth/837_005010X223A3/out-of-network-repriced-claim.837i": {
        "code.npi",
        "element.not-used",
        "envelope.component-separator",
    },
    "linuxforhealth/837_005010X223A3/ppo-repriced-claim.837i": {
        "code.npi",
        "element.not-used",
        "envelope.component-separator",
    },
    "linuxforhealth/837_005010X223A3/two-claims-single-provider.837i": {
        "code.npi",
        "element.not-used",
    },
    "pyx12/834_ls_le_ls_5010.999.txt": set(),
    "pyx12/834_lui_id_5010.999.txt": set(),
    "pyx12/835_mult_loops.txt": set(),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_has_the_errors_that_stand_in_it_and_no_other(name: str) -> None:
    found = findings_of(shared("x12", *name.split("/")).read_bytes())
    assert {each.finding.rule for each in found if each.finding.is_error} == EXPECTED[name]


def test_every_sample_is_among_them() -> None:
    assert SHARED is not None
    folder = SHARED / "data" / "x12"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names - {"README.md"} == set(EXPECTED)

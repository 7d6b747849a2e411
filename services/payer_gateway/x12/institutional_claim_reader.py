"""Reads an 837I transaction set (005010X223A2) into claims.

Files that call their guide X223, X223A1 or X223A3 differ in nothing that is read here.
"""

from collections.abc import Sequence
from itertools import pairwise

from services.payer_gateway.x12.claim_hierarchy_reader import read_claims, read_header
from services.payer_gateway.x12.claim_loop import NO_SERVICE, ClaimLoop, UnreadableError
from services.payer_gateway.x12.claim_loop_reader import Context, OtherPayerLoop
from services.payer_gateway.x12.claim_loop_writer import in_order, parties_in_order
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.institutional_claim import (
    InstitutionalBatch,
    InstitutionalClaim,
    InstitutionalLine,
)
from services.payer_gateway.x12.institutional_claim_head import InstitutionalHead
from services.payer_gateway.x12.institutional_claim_writer import (
    CLAIM_ORDER,
    CLAIM_PARTIES,
    LINE_ORDER,
    LINE_PARTIES,
    OTHER_PAYER_PARTIES,
)
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.professional_claim import OtherPayer
from services.payer_gateway.x12.segments import component
from services.payer_gateway.x12.service_line_reader import CommonLineLoop
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

WRONG_SET = error("claim.not-837i", 1, Scope.TRANSACTION, "ST01, ST03 005010X223A2")

_claim = maker(InstitutionalClaim)
_line = maker(InstitutionalLine)


def read_837i(transaction: Transaction) -> tuple[InstitutionalBatch, list[Finding]]:
    """The claims of an 837I transaction set, and what is wrong with its syntax and structure.

    Never raises. A claim whose money cannot be read is in ``unreadable`` with the positions of
    its segments. Values are ``institutional_validate``'s to judge; envelope findings stay on the
    transaction.
    """
    findings: list[Finding] = []
    if transaction.set_id != "837" or not transaction.version.startswith("005010X223"):
        findings.append(
            WRONG_SET.found(
                "this is not an 837 institutional claim of 005010X223A2",
                segment=1,
                element="ST03",
            )
        )
        return InstitutionalBatch(read_header([], "", findings), ()), findings
    return InstitutionalBatch(
        *read_claims(transaction, read_institutional_claim, findings)
    ), findings


def read_institutional_claim(
    raw: Sequence[str],
    context: Context,
    findings: list[Finding],
    *,
    position: int,
    index: int,
    delimiters: Delimiters,
) -> InstitutionalClaim | UnreadableClaim:
    """One claim from its raw segments, CLM first; ``position`` is that of CLM (ST = 1)."""
    loop = _ClaimLoop(raw, findings, position=position, index=index, delimiters=delimiters)
    try:
        return loop.read(context)
    except UnreadableError:
        return UnreadableClaim(loop.claim_id, index, position, position + len(raw) - 1)


class _ClaimLoop(ClaimLoop):
    """Reads a CLM loop."""

    def read(self, context: Context) -> InstitutionalClaim:
        heads = [n for n, s in enumerate(self.segments) if s[0] in {"SBR", "LX"} and n]
        bounds = [*heads, len(self.segments)]
        head = InstitutionalHead(self, bounds[0])
        other_payers: list[OtherPayer] = []
        lines: list[InstitutionalLine] = []
        for start, end in pairwise(bounds):
            if self.segments[start][0] == "LX":
                line = self._line(start, end)
                if line:
                    lines.append(line)
            else:
                other_payers.append(OtherPayerLoop(self, start, end).read(OTHER_PAYER_PARTIES))
        clm = [*self.segments[0], *[""] * 21]
        facility = clm[5]
        return _claim(
            claim_id=clm[1],
            billing_provider=context.billing_provider,
            subscriber=context.subscriber,
            payer=context.payer,
            total_charge_cents=self.cents(clm, 2, "2300/CLM", 0),
            facility_code=component(facility, self.separator, 1),
            statement_from=head.statement[0],
            statement_to=head.statement[1],
            patient_status=head.admission[2],
            diagnoses=head.diagnoses_in_order(),
            lines=tuple(lines),
            patient=context.patient,
            frequency=component(facility, self.separator, 3),
            facility_qualifier=component(facility, self.separator, 2),
            signature=clm[6],
            assignment=clm[7],
            benefits_assigned=clm[8],
            release_of_information=clm[9],
            delay_reason=clm[20],
            admission_type=head.admission[0],
            admission_source=head.admission[1],
            admission_date=head.admission_date,
            admission_time=head.admission_time,
            discharge_time=head.discharge_time,
            drg=head.drg,
            procedures=head.procedures_in_order(),
            occurrence_spans=tuple(head.occurrence_spans),
            occurrences=tuple(head.occurrences),
            value_amounts=tuple(head.value_amounts),
            conditions=tuple(head.conditions),
            treatments=tuple(head.treatments),
            dates=tuple(head.dates),
            amounts=tuple(head.amounts),
            references=tuple(head.references),
            notes=tuple(head.notes),
            parties=parties_in_order(head.parties, CLAIM_PARTIES),
            other_payers=tuple(other_payers),
            extra=tuple(in_order(head.extra, CLAIM_ORDER)),
            index=self.index,
            position=self.position,
            last_position=self.position + len(self.segments) - 1,
        )

    def _line(self, start: int, end: int) -> InstitutionalLine | None:
        sv2_at = next((n for n in range(start, end) if self.segments[n][0] == "SV2"), None)
        if sv2_at is None:
            self.note(NO_SERVICE, "a service line needs an SV2 segment", "2400/SV2", start)
            return None
        return _LineLoop(self, start, end, sv2_at).read()


class _LineLoop(CommonLineLoop):
    """Loop 2400 of an institutional claim."""

    def read(self) -> InstitutionalLine:
        self.read_around()
        loop, at_sv2 = self.loop, self.service_at
        sv2 = [*loop.segments[at_sv2], *[""] * 8]
        path = "2400/SV2"
        return _line(
            control_number=self.control_number,
            revenue_code=sv2[1],
            charge_cents=loop.cents(sv2, 3, path, at_sv2),
            units=loop.units(sv2, 5, path, at_sv2),
            procedure=read_procedure(sv2[2], loop.separator) if sv2[2] else None,
            unit=sv2[4],
            non_covered_cents=loop.cents(sv2, 7, path, at_sv2) if sv2[7] else None,
            service_from=self.service[0] if self.service else None,
            service_to=self.service[1] if self.service else None,
            dates=tuple(self.dates),
            references=tuple(self.references),
            amounts=tuple(self.amounts),
            notes=tuple(self.notes),
            drug=self.drug,
            parties=parties_in_order(self.parties, LINE_PARTIES),
            adjudications=tuple(self.adjudications),
            extra=tuple(in_order(self.extra, LINE_ORDER)),
            position=loop.position + at_sv2,
        )

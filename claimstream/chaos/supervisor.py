"""The supervisor of a stack under faults: the same stack, its processes kept by forks.

    python -m claimstream.chaos.supervisor STATE_DIR RUN

The gateway reaches the payer through the address in ``chaos/connection.json``, where faults can
come between. Servers that end are started again at once, however often.
"""

import dataclasses
import sys

from claimstream.chaos.place import Place
from claimstream.stack.plan import Plan, Program
from claimstream.stack.processes import ProcessSpec
from claimstream.stack.state import SERVICES, StateFolder
from claimstream.stack.supervisor import serve
from deploy.embedded.jars import Progress

_PAUSE_S = 0.2


class ChaosPlan(Plan):
    """A plan whose processes are started again at once."""

    def server_specs(self) -> list[ProcessSpec]:
        """The servers, for whom no number of ends is too many."""
        return [_tireless(spec) for spec in super().server_specs()]

    def companion_specs(self) -> list[ProcessSpec]:
        return [_tireless(spec) for spec in super().companion_specs()]

    def service_specs(self) -> list[ProcessSpec]:
        return [_tireless(spec) for spec in super().service_specs()]


def _tireless(spec: ProcessSpec) -> ProcessSpec:
    # Past its restarts a process is tried again after the longest pause, for ever.
    return dataclasses.replace(spec, restarts=0, longest_pause_s=_PAUSE_S)


def chaos_plan(folder: StateFolder, told: Progress) -> Plan:
    """The stack of ``folder`` with its processes kept by forks."""
    place = Place(folder)
    services = [Program(name, place.keeper(name, name)) for name in SERVICES]
    serve_payer = ("serve", "--state-dir", str(place.payer), "--contract", str(place.contract))
    payer = Program(
        "payer",
        place.keeper("payer", "payer", *serve_payer),
        http=False,
        port_file=place.payer_connection,
    )
    return ChaosPlan(folder, companions=[payer], services=services, jars_progress=told)


if __name__ == "__main__":
    serve(sys.argv[1:], chaos_plan)

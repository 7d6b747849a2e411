"""``python -m simulators.ehr``: the simulated EHR as a process of its own, until SIGTERM.

Settings come from the environment (``CLAIMSTREAM_EHR_...``, ``CLAIMSTREAM_KAFKA_BOOTSTRAP``,
``CLAIMSTREAM_CLOCK``).
"""

import asyncio
import signal
import sys

from pydantic import ValidationError

from services.chassis.clock import clock_from_environment
from services.chassis.logs import configure_logs
from simulators.ehr.process import EhrProcess
from simulators.ehr.settings import EhrSettings


async def _run(settings: EhrSettings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    log = configure_logs("ehr", "ehr-1")
    await EhrProcess(settings, clock_from_environment(), log).run(stopping)


def main() -> None:
    """Run the EHR; exit code 2 with one sentence a setting when the settings are wrong."""
    try:
        settings = EhrSettings()
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            name = "".join(str(part) for part in one["loc"])
            sys.stderr.write(f"setting {name}: {one['msg']}\n")
        sys.exit(2)
    asyncio.run(_run(settings))


if __name__ == "__main__":
    main()

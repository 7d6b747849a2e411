"""The till as a process of its own, so that it can be killed: SUFFIX NAME DATABASE_URL."""

import sys

from services.chassis.runtime import main
from tests.delivery.till import Topics, till_service

if __name__ == "__main__":
    suffix, name, url = sys.argv[1:]
    main(till_service(Topics.named(suffix), name), url)

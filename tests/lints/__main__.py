"""``python -m tests.lints``: the house rules, one line for each place that breaks one."""

import sys

from tests.lints.rules import findings


def main() -> int:
    """Print what was found; 1 when there is anything."""
    found = findings()
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"House rules: {len(found) or 'nothing'} found.\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())

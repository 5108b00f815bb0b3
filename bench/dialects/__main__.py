"""`python -m bench.dialects`: operations of the other APIs beside a bare handler and the vendor's service, as
rows of JSON.
"""

import argparse
import sys

from bench.api.comparing import Part, compare
from bench.dialects import reports
from bench.dialects.preparing import prepare
from bench.dialects.vendor import service
from bench.rows import hand_over

# The least share of the bare handler's requests, and of its p99: measured, and room for a noisy machine.
BUDGETS = {
    "create a meeting": (0.25, 0.1),
    "token of a meeting": (0.25, 0.15),
    "100 attendees": (0.2, 0.15),
    "10 archives": (0.25, 0.15),
}

ALLOWED_MB = 150.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.dialects", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="length of each measured window")
    parser.add_argument("--people", type=int, default=100_000, help="attendees of the session in reports")
    arguments = parser.parse_args()
    with service.started() as vendor:
        part = Part("dialects", prepare, BUDGETS, throughput=True, beside=vendor, memory_mb=ALLOWED_MB)
        shares = compare(part, arguments.seconds)
    return hand_over([*shares, *reports.measured(arguments.people)])


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.api`: requests for a CPU-second and p99, beside a bare handler, as rows of JSON."""

import argparse
import sys

from bench.api.comparing import Part, compare
from bench.api.preparing import prepare
from bench.rows import hand_over

# The least share of the bare handler's requests, and of its p99: measured, and room for a noisy machine.
BUDGETS = {
    "read a room": (0.3, 0.15),
    "list 20 rooms": (0.2, 0.1),
    "create a room": (0.4, 0.15),
    "join": (0.25, 0.15),
    "vote": (0.25, 0.15),
}

RATES = {"read a room": 2000.0, "join": 500.0}  # a second, on two cores


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="length of each measured window")
    arguments = parser.parse_args()
    return hand_over(compare(Part("api", prepare, BUDGETS, RATES), arguments.seconds))


if __name__ == "__main__":
    sys.exit(main())

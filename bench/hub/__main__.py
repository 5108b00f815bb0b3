"""`python -m bench.hub`: load our hub and a peer alike, print what both cost and the ratios, as JSON.

The peer is a server on centrifugal/centrifuge, the library inside Centrifugo. Both run on one core and the
generator on another, each run with a fresh server, in turns. A ratio above 1 is in our favour. Both the
generator and the peer are written in Go; without it there is nothing to measure with.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from tests.support.gotools import GoMissing, build

HERE = Path(__file__).parent
REFERENCE = HERE.parents[1] / "tests" / "support" / "centrifuge_reference"
STOP_DEADLINE_S = 30

Figures = dict[str, float]


class Scenario(msgspec.Struct, frozen=True):
    """So many connections to one channel that carries `rate` publications of `size` bytes a second."""

    name: str
    connections: int
    rate: float
    size: int = 200


SCENARIOS = [Scenario("audience", 5000, 4), Scenario("storm", 500, 250)]

# What is compared, and whether more of it is better.
FIGURES = {
    "deliveries_per_cpu_s": True,
    "connect_cpu_s_per_1k": False,
    "rss_per_connection_kb": False,
    "latency_p50_ms": False,
    "latency_p99_ms": False,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.hub", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=3, help="runs of each server and scenario; medians count"
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the measured window")
    parser.add_argument("--connections", type=int, help="instead of the scenarios' own number")
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        load = build(HERE / "load", ".", "hub-load")
    except GoMissing as why:
        print(f"the load generator is written in Go: {why}", file=sys.stderr)
        return 2
    servers = {"ours": [sys.executable, "-m", "bench.hub.server"]}
    try:
        servers["reference"] = [str(build(REFERENCE, ".", "centrifuge-reference"))]
    except GoMissing as why:
        print(f"without a peer: {why}", file=sys.stderr)
    report = {}
    for scenario in SCENARIOS:
        if arguments.connections:
            scenario = msgspec.structs.replace(scenario, connections=arguments.connections)
        report[scenario.name] = compare(scenario, servers, load, arguments.rounds, arguments.seconds)
    print(json.dumps(report, indent=2))
    return 0


def compare(
    scenario: Scenario, servers: dict[str, list[str]], load: Path, rounds: int, seconds: float
) -> dict[str, Any]:
    """Run a scenario against all servers in turns."""
    runs: dict[str, list[Figures]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, command in servers.items():
            with running(command) as (pid, address):
                runs[name].append(measure(scenario, load, pid, address, seconds))
    found = {
        name: {figure: round(median(each[figure] for each in of), 3) for figure in FIGURES}
        for name, of in runs.items()
    }
    report: dict[str, Any] = {"scenario": msgspec.to_builtins(scenario), **found}
    if "reference" in found:
        report["ratios"] = {
            figure: round(_ratio(found["ours"][figure], found["reference"][figure], more_is_better), 2)
            for figure, more_is_better in FIGURES.items()
        }
    return report


def measure(scenario: Scenario, load: Path, pid: int, address: str, seconds: float) -> Figures:
    """One run of the generator.

    Raises: SystemExit, when a delivery was lost or out of order.
    """
    options = {
        "address": address,
        "pid": pid,
        "connections": scenario.connections,
        "rate": scenario.rate,
        "size": scenario.size,
        "warm": 1,
        "seconds": seconds,
    }
    command = [str(load), *(f"-{name}={value}" for name, value in options.items())]
    done = subprocess.run(pinned(command, core=1), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{scenario.name}: {done.stderr or done.stdout}")
    figures: Figures = json.loads(done.stdout)
    return figures


@contextmanager
def running(command: list[str]) -> Iterator[tuple[int, str]]:
    """A server on the first core: its process id and address."""
    environment = os.environ | {"GOMAXPROCS": "1"}
    with subprocess.Popen(
        pinned(command, core=0), stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            yield process.pid, process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def pinned(command: list[str], core: int) -> list[str]:
    """The command on one core, where there is more than one."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core]), *command] if len(cores) > 1 else command


def _ratio(ours: float, theirs: float, more_is_better: bool) -> float:
    above, below = (ours, theirs) if more_is_better else (theirs, ours)
    return above / below if below else float("inf")


if __name__ == "__main__":
    sys.exit(main())

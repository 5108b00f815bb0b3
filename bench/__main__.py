"""`python -m bench`, `make bench`: run every part, write `bench/README.md`, and fail when a budget is missed.

Each part is a program of its own (`python -m bench.api`, `.crowd`, `.chat`, …: see `PARTS`) and prints JSON.
Figures depend on the machine; ratios are taken in one run beside a peer, and budgets are ratios. A part that
fails does not stop the others; the page and the exit status say so at the end.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from bench.report import page
from bench.rows import Row, row

ROOT = Path(__file__).parents[1]
README = Path(__file__).with_name("README.md")
DEADLINE_S = 480.0  # for one part; most take a quarter of it
WITHIN_S = 1800.0  # for all; what has not begun by then is left out, and that is a failure
ENDING_S = 30.0  # a part that was interrupted ends what it has started
HUB_PEER = "centrifuge library"

# figure of the hub's report: (words, unit, more is better, budget)
HUB = {
    "deliveries_per_cpu_s": ("deliveries for a CPU-second", "messages", True, 1.0),
    "connect_cpu_s_per_1k": ("CPU for 1,000 connects", "s", False, None),
    "rss_per_connection_kb": ("memory for a connection", "KiB", False, 3.0),
    "latency_p99_ms": ("delay of a message, p99", "ms", False, None),
}
WHOLE_VIEWER = "memory for a viewer, whole hall"
MEDIA_SUBSCRIBER = "memory for a subscriber, 100 subscribers"
VIEWER_BUDGET = 3.0

Reader = Callable[[Any], list[Row]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="only these; the page is left alone")
    parser.add_argument("--within", type=float, default=WITHIN_S, metavar="SECONDS", help="for all parts")
    arguments = parser.parse_args()
    # A shell has its background jobs ignore it, and their children would, too: parts end by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    rows: list[Row] = []
    failures: list[str] = []
    for part in arguments.parts or PARTS:
        try:
            rows += run(part, arguments.within - (time.monotonic() - began))
        except PartFailed as failed:
            failures.append(str(failed))
    rows = beside_peers(rows)
    if not arguments.parts:
        README.write_text(page(rows, failures, time.monotonic() - began))
    for each in rows:
        print(msgspec.json.encode(each).decode())
    for words in [*failures, *(f"missed: {each.what} {each.ratio}" for each in rows if each.is_missed)]:
        print(words, file=sys.stderr)
    return int(bool(failures) or any(each.is_missed for each in rows))


class PartFailed(Exception):
    """A part could not measure; the text says which and why."""


def run(part: str, left_s: float) -> list[Row]:
    """The rows of a part. Raises: PartFailed."""
    if part not in PARTS:
        raise PartFailed(f"{part}: there is no such part")
    if left_s <= 0:
        raise PartFailed(f"{part}: not begun, the time was up")
    options, read = PARTS[part]
    print(f"measuring: {part}", file=sys.stderr, flush=True)
    began = time.monotonic()
    output, status = _output([sys.executable, "-m", f"bench.{part}", *options], min(DEADLINE_S, left_s))
    took = time.monotonic() - began
    print(f"measured: {part}, {took:.0f} s", file=sys.stderr, flush=True)
    if status is None:
        raise PartFailed(f"{part}: no result in {took:.0f} s")
    try:
        return read(json.loads(output))
    except (ValueError, LookupError, AttributeError):
        raise PartFailed(f"{part}: ended with {status} and no figures") from None


def _output(command: list[str], within_s: float) -> tuple[str, int | None]:
    """What a part printed, and its exit status; None for one that was stopped, with all it started."""
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            return process.communicate(timeout=within_s)[0], process.returncode
        except BaseException as why:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=ENDING_S)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(why, subprocess.TimeoutExpired):
                raise
            return "", None


def _rows(report: Any) -> list[Row]:
    return msgspec.convert(report, list[Row])


def _hub(report: dict[str, Any]) -> list[Row]:
    rows = []
    for name, found in report.items():
        scenario, peer = found["scenario"], found.get("reference", {})
        load = f"{name} ({scenario['connections']} × {scenario['rate']:g}/s)"
        for figure, (what, unit, more_is_better, budget) in HUB.items():
            rows.append(
                row(
                    "hub", f"{what}, {load}", unit, found["ours"][figure], peer.get(figure),
                    peer_name=HUB_PEER, more_is_better=more_is_better, budget=budget,
                )
            )  # fmt: skip
    return rows


def beside_peers(rows: list[Row]) -> list[Row]:
    """A whole viewer has no peer of its own: the sum of the two peers of the same run stands for one."""
    media = next((each.peer for each in rows if each.what == MEDIA_SUBSCRIBER), None)
    hub = next((each.peer for each in rows if each.what.startswith("memory for a connection, aud")), None)
    if media is None or hub is None:
        return rows
    return [
        row(
            each.part, each.what, each.unit, each.ours, round(media + hub, 1),
            peer_name=f"LiveKit + {HUB_PEER}", more_is_better=False, budget=VIEWER_BUDGET,
        )
        if each.what == WHOLE_VIEWER
        else each
        for each in rows
    ]  # fmt: skip


# part: (its options, how its output becomes rows)
PARTS: dict[str, tuple[list[str], Reader]] = {
    "api": (["--seconds", "1.5"], _rows),
    "crowd": ([], _rows),
    "chat": ([], _rows),
    "revocation": (["--rounds", "15"], _rows),
    "dialects": (["--seconds", "1"], _rows),
    "dialects.lives": ([], _rows),
    "media": ([], _rows),
    "media.first_frames": ([], _rows),
    "egress": ([], _rows),
    "hub": (["--rounds", "1"], _hub),
    "hall": ([], _rows),
    "lists": ([], _rows),
}

if __name__ == "__main__":
    sys.exit(main())

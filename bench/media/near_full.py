"""Our server near a full core: how late packets are, and whether all of them arrive.

Eight people film, each at a time of their own, and subscribers come until the server takes the share of a
core. With one who films, whose 30 pictures a second come as bursts, the last packet of a burst would have to
wait for all before it: 70 % of 33 ms, on any server of one core.
"""

from collections.abc import Iterator, Mapping

from bench.media.generator import load
from bench.media.servers import Server
from bench.rows import Row, row

CORE_PCT = 70
LATE_MS = 10.0
FILMING = 8
AT_MOST = 400  # subscribers
ISSUE = "the issue's measure"


def near_full(compared: Mapping[str, Server], seconds: float) -> Iterator[Row]:
    """By the interpreter and in C. Raises: SystemExit, when the server cannot be given as much."""
    for name, suffix in (("ours", ""), ("in C", ", in C")):
        plan = {"publishers": FILMING, "subscribers": AT_MOST, "core_pct": CORE_PCT}
        found = load(compared[name], {**plan, "seconds": seconds, "settle_s": 2})
        at = f"near {CORE_PCT} % of a core, {FILMING} who film{suffix}"
        yield row("media", f"share of a core, {at}", "%", found["cpu_pct"])
        yield row(
            "media", f"delay of a packet, p95, {at}", "ms", found["latency_p95_ms"], LATE_MS,
            peer_name=ISSUE, more_is_better=False, budget=1,
        )  # fmt: skip
        arrived = round(100 - found["lost_pct"], 3)
        yield row("media", f"packets that arrived, {at}", "%", arrived, 100, peer_name="sent", budget=1)
        yield row("media", f"subscribers, {at}", "", found["subscribers"])
        yield row("media", f"packets a second, {at}", "packets", found["received_pps"])
        yield row("media", f"the generator's share of a core, {at}", "%", found["generator_cpu_pct"])
        yield row("media", f"time that the server waited for a core, {at}", "%", found["waited_pct"])

"""Figures from what was counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.media.load.drain import StreamCounters
from bench.media.load.wire import PT_RTX, PT_VP8

REQUIRED_PCT = 99.0  # of the packets sent to it, for every receiver
BAD_SHARE = 0.01  # of the samples

Streams = dict[tuple[int, int], tuple[int, int, int, int]]


@dataclass(frozen=True)
class Snapshot:
    """Everything that is counted, at one moment."""

    when: float  # monotonic seconds
    streams: Streams  # (client, ssrc): (payload type, packets, highest sequence number, padded)
    sent: dict[int, int]  # publisher's client: packets
    cpu: tuple[float, float]  # the server's user and system seconds
    own_cpu: float  # this program's
    waited_s: float  # of the server, ready to run while others had the cores


@dataclass(frozen=True)
class Window:
    """Between two moments; `final` adds what was under way at the end."""

    begin: Snapshot
    end: Snapshot
    final: Snapshot
    clients: int

    def is_complete(self) -> bool:
        return sum(self._received(self.final).values()) >= self._offered()

    def figures(self, receivers: Sequence[int]) -> dict[str, float]:
        seconds = self.end.when - self.begin.when
        cpu = sum(self.end.cpu) - sum(self.begin.cpu)
        received = sum(self._received(self.end).values())
        return {
            "seconds": round(seconds, 2),
            "cpu_pct": round(100 * cpu / seconds, 1),
            "packets_per_cpu_s": round(received / cpu) if cpu else 0,
            "offered_pps": round(self._offered() / seconds),
            "received_pps": round(received / seconds),
            **self._losses(),
            "delivered_min_pct": round(min(self._delivered(receivers)), 2),
            "generator_cpu_pct": round(100 * (self.end.own_cpu - self.begin.own_cpu) / seconds),
        }

    def _sent(self, client: int) -> int:
        return self.end.sent.get(client, 0) - self.begin.sent.get(client, 0)

    def _offered(self) -> int:
        """Packets that all receivers together were to get: each goes to everyone else."""
        return sum(map(self._sent, self.end.sent)) * (self.clients - 1)

    def _received(self, until: Snapshot) -> Counter[int]:
        """Media packets by client, without repeats and probes."""
        received: Counter[int] = Counter()
        for key, (payload_type, packets, _, padded) in until.streams.items():
            if payload_type != PT_RTX:
                _, packets_before, _, padded_before = self.begin.streams.get(key, (0, 0, 0, 0))
                received[key[0]] += packets - packets_before - (padded - padded_before)
        return received

    def _delivered(self, receivers: Sequence[int]) -> list[float]:
        """Percent of what was sent to it, for each receiver."""
        got, sent = self._received(self.final), sum(map(self._sent, self.end.sent))
        return [100 * got[client] / max(1, sent - self._sent(client)) for client in receivers]

    def _losses(self) -> dict[str, float]:
        expected = lost = padding = repeats = 0
        for key, (payload_type, packets, highest, padded) in self.end.streams.items():
            before = self.begin.streams.get(key, (payload_type, 0, highest, 0))
            if payload_type == PT_RTX:
                repeats += packets - before[1]
                continue
            padding += padded - before[3]
            if key in self.begin.streams:
                expected += highest - before[2]
                lost += max(0, highest - before[2] - (packets - before[1]))
        share = round(100 * lost / max(1, expected), 3)
        return {"lost_pct": share, "padding_packets": padding, "rtx_packets": repeats}


@dataclass
class Times:
    """Seconds from the start of a join."""

    dtls: list[float] = field(default_factory=list)
    first_rtp: list[float] = field(default_factory=list)
    first_video: list[float] = field(default_factory=list)

    def add(self, started_at: float, connected_at: float, streams: Sequence[StreamCounters]) -> None:
        self.dtls.append(connected_at - started_at)
        came = [stream for stream in streams if stream.first_ns]
        video = [stream for stream in came if stream.payload_type == PT_VP8]
        for times, group in ((self.first_rtp, came), (self.first_video, video)):
            if group:
                times.append(min(stream.first_ns for stream in group) / 1e9 - started_at)

    def figures(self) -> dict[str, float | None]:
        return (
            percentiles("dtls", self.dtls, 1)
            | percentiles("first_rtp", self.first_rtp, 1)
            | percentiles("first_video", self.first_video, 1)
        )


def percentiles(name: str, seconds: Sequence[float], digits: int) -> dict[str, float | None]:
    """{NAME_p50_ms, NAME_p95_ms}; None without any."""
    ordered = sorted(seconds)
    result: dict[str, float | None] = {}
    for percent in (50, 95):
        at = min(len(ordered) - 1, len(ordered) * percent // 100)
        result[f"{name}_p{percent}_ms"] = round(1000 * ordered[at], digits) if ordered else None
    return result


def problems(result: dict[str, Any]) -> list[str]:
    """What makes a run a failure, in words."""
    found = []
    if result["delivered_min_pct"] < REQUIRED_PCT:
        found.append(
            f"a receiver got {result['delivered_min_pct']} % of its packets, {REQUIRED_PCT:g} % are required"
        )
    if result["receiver_socket_drops"]:
        found.append(
            f"{result['receiver_socket_drops']} packets were dropped at the generator's own sockets: "
            "it was too slow, the loss is not the server's"
        )
    if not result["samples"]:
        found.append("no packet could be sampled: is the window too short?")
    elif result["bad_samples"] > BAD_SHARE * result["samples"]:
        found.append(
            f"{result['bad_samples']} of {result['samples']} sampled packets were not what a publisher sent"
        )
    return found

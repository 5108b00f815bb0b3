"""One measurement: the clients, their background tasks and what they count together."""

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import msgspec

from bench.media.load.client import Client
from bench.media.load.drain import Drain
from bench.media.load.dtls import DtlsIdentity
from bench.media.load.publisher import Publisher
from bench.media.load.result import Snapshot, Times, Window, percentiles
from bench.media.load.wire import TICK_S, LoadError
from bench.processes import Processes

FIRST_MEDIA_S = 10  # finished DTLS handshake to first RTP packet
PUBLISHED_S = 2  # quiet after the publishers' start, before their memory is taken
STEP = 8  # subscribers at first, when a share of a core is looked for
STEP_SHARE = 0.75  # of the way that is left, by what was seen: the share is not to be passed
STEP_SETTLE_S, STEP_LOOK_S = 1.0, 2.0
STEPS = 10  # at most
NEAR_PCT = 8.0  # below the share that was asked for: the load of the last step grows a while longer
GRACE_S = 1.0  # packets later than this after the window count as not received
TOKEN_S = 7200


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be measured."""

    url: str  # ws://…, of the signalling
    api_key: str
    api_secret: str
    pids: list[int]  # of the server
    tree: bool = False  # their descendants count too
    room: str = "load"
    publishers: int = 1
    subscribers: int = 20
    core_pct: float = 0  # let in subscribers until the server takes so much of a core; at most `subscribers`
    seconds: float = 12  # length of the window
    join_gap_s: float = 0  # between two joins
    settle_s: float = 6  # from the last join to the window
    video_pps: int = 150  # packets/s of a video track

    @property
    def deadline_s(self) -> float:
        clients = self.publishers + self.subscribers
        return 60 + clients * (1 + self.join_gap_s) + self.settle_s + self.seconds


class LoadRun:
    def __init__(self, plan: Plan) -> None:
        """Raises: LoadError, ProcessGone."""
        self.plan = plan
        self.server = Processes(plan.pids, tree=plan.tree)
        self.drain = Drain(plan.publishers + plan.subscribers)
        self.dtls_identity = DtlsIdentity()
        self.http: aiohttp.ClientSession
        self._group: asyncio.TaskGroup
        self._background: list[asyncio.Task[None]] = []
        self.clients: list[Client] = []
        self.publishers: list[Publisher] = []
        self.subscribers: list[Client] = []
        self.sending = True
        self.latencies: list[float] = []  # seconds
        self.samples = self.bad_samples = self.send_errors = 0

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a background task; when it fails, the whole run does."""
        task = self._group.create_task(coroutine)
        self._background.append(task)
        return task

    def access_token(self, identity: str) -> str:
        now = int(time.time())
        video = {"room": self.plan.room, "roomJoin": True, "canPublish": True, "canSubscribe": True}
        claims = {
            "sub": identity,
            "name": identity,
            "iss": self.plan.api_key,
            "nbf": now - 10,
            "exp": now + TOKEN_S,
            "video": video,
        }
        return jwt.encode(claims, self.plan.api_secret, algorithm="HS256")

    async def run(self) -> dict[str, Any]:
        """Do everything and return the result. Raises: LoadError, TimeoutError."""
        connector = aiohttp.TCPConnector(limit=0)
        async with asyncio.timeout(self.plan.deadline_s), aiohttp.ClientSession(connector=connector) as http:
            self.http = http
            async with asyncio.TaskGroup() as self._group:
                try:
                    self.spawn(self._drain_always())
                    self.spawn(self._report_always())
                    return await self._measure()
                finally:
                    await self._leave()

    async def _leave(self) -> None:
        self.sending = False
        for task in self._background:
            task.cancel()
        await asyncio.gather(*(client.leave() for client in self.clients))

    async def _measure(self) -> dict[str, Any]:
        rss_start = self.server.rss_kb()
        await self._publish()
        rss_published = self.server.rss_kb()
        joins = await self._join()
        await asyncio.sleep(self.plan.settle_s)
        self.latencies.clear()
        self.samples = self.bad_samples = 0
        drops_before = self._socket_drops()
        begin = self.snapshot()
        await asyncio.sleep(self.plan.seconds)
        end = self.snapshot()
        rss_end = self.server.rss_kb()
        self.sending = False
        final = await self._late_packets(begin, end)
        window = Window(begin, end, final, len(self.clients))
        receivers = self.subscribers + (self.publishers if len(self.publishers) > 1 else [])
        return {
            **window.figures([client.index for client in receivers]),
            "subscribers": len(self.subscribers),
            "waited_pct": round(100 * (end.waited_s - begin.waited_s) / (end.when - begin.when), 1),
            "receiver_socket_drops": self._socket_drops() - drops_before,
            "rss_start_mb": round(rss_start / 1024, 1),
            "rss_per_subscriber_kb": self._per_subscriber(rss_end - rss_published),
            **percentiles("latency", self.latencies, 2),
            **self._times().figures(),
            **joins,
            "samples": self.samples,
            "bad_samples": self.bad_samples,
            "send_errors": self.send_errors,
            "key_frame_requests": sum(publisher.key_frame_requests for publisher in self.publishers),
        }

    async def _publish(self) -> None:
        for number in range(self.plan.publishers):
            publisher = Publisher(self, len(self.clients), f"publisher-{number}")
            self.clients.append(publisher)
            self.publishers.append(publisher)
            await publisher.join()
        for publisher in self.publishers:
            await publisher.publish()
            await asyncio.sleep(0.1)
        await asyncio.sleep(PUBLISHED_S)

    async def _join(self) -> dict[str, float]:
        cpu_before, began = sum(self.server.cpu_seconds()), time.monotonic()
        if self.plan.core_pct:
            await self._climb()
        else:
            await self._let_in(self.plan.subscribers)
        cpu = sum(self.server.cpu_seconds()) - cpu_before
        return {
            "join_wall_s": round(time.monotonic() - began, 2),
            "join_cpu_ms_per_subscriber": self._per_subscriber(1000 * cpu),
        }

    async def _let_in(self, number: int) -> None:
        """So many subscribers, one after another, each once the one before has got its first packet."""
        for _ in range(number):
            subscriber = Client(self, len(self.clients), f"subscriber-{len(self.subscribers)}")
            self.clients.append(subscriber)
            self.subscribers.append(subscriber)
            await subscriber.join()
            await self._first_packet(subscriber)
            await asyncio.sleep(self.plan.join_gap_s)

    async def _climb(self) -> None:
        """Subscribers in steps, until the server takes the share of a core that is asked for, or nearly.

        Raises: LoadError, when the plan's subscribers are too few for it, or the server does not get as much.
        """
        more, share = STEP, 0.0
        for _ in range(STEPS):
            await self._let_in(min(more, self.plan.subscribers - len(self.subscribers)))
            share = await self._share()
            if share >= self.plan.core_pct - NEAR_PCT:
                return
            far = self.plan.core_pct / share - 1
            more = max(1, int(len(self.subscribers) * far * STEP_SHARE))
        raise LoadError(f"{len(self.subscribers)} subscribers take {share:.0f} % of a core only")

    async def _share(self) -> float:
        """Percent of a core that the server takes now."""
        await asyncio.sleep(STEP_SETTLE_S)
        cpu, began = sum(self.server.cpu_seconds()), time.monotonic()
        await asyncio.sleep(STEP_LOOK_S)
        cpu = sum(self.server.cpu_seconds()) - cpu
        return max(1.0, 100 * cpu / (time.monotonic() - began))

    async def _first_packet(self, subscriber: Client) -> None:
        end = time.monotonic() + FIRST_MEDIA_S
        while not subscriber.counters.rtp_packets:
            if time.monotonic() > end:
                raise LoadError(f"{subscriber.identity}: no media in {FIRST_MEDIA_S} s")
            await asyncio.sleep(0.003)

    async def _late_packets(self, begin: Snapshot, end: Snapshot) -> Snapshot:
        """What has come when all is there, or when the grace is over."""
        stop = time.monotonic() + GRACE_S
        while True:
            await asyncio.sleep(0.02)
            now = self.snapshot()
            if Window(begin, end, now, len(self.clients)).is_complete() or time.monotonic() > stop:
                return now

    def snapshot(self) -> Snapshot:
        self._drain_now()
        return Snapshot(
            when=time.monotonic(),
            streams={
                (client.index, stream.ssrc): (
                    stream.payload_type, stream.packets, stream.highest_seq, stream.padded
                )
                for client in self.clients
                for stream in client.counters.seen()
            },
            sent={publisher.index: publisher.sent_packets.total() for publisher in self.publishers},
            cpu=self.server.cpu_seconds(),
            own_cpu=time.process_time(),
            waited_s=self.server.waited_seconds(),
        )  # fmt: skip

    def _times(self) -> Times:
        times = Times()
        for client in self.subscribers or self.publishers:
            times.add(client.started_at, client.connected_at, client.counters.seen())
        return times

    def _drain_now(self) -> None:
        for index, when_ns, datagram in self.drain.records():
            self.clients[index].on_datagram(datagram, when_ns)

    async def _drain_always(self) -> None:
        while True:
            self._drain_now()
            await asyncio.sleep(TICK_S)

    async def _report_always(self) -> None:
        """Everybody once a second, each at another time, as people who do not know of each other."""
        due = time.monotonic()
        while True:
            for client in tuple(self.clients):
                client.send_rtcp(time.time())
                due = max(due, time.monotonic() - 1) + 1 / len(self.clients)
                await asyncio.sleep(due - time.monotonic())
            await asyncio.sleep(TICK_S)

    def _socket_drops(self) -> int:
        """Datagrams that the kernel dropped at our full receive buffers, all sockets together."""
        ports = {f"{client.udp_port:04X}" for client in self.clients}
        lines = Path("/proc/net/udp").read_text().splitlines()[1:]
        rows = [line.split() for line in lines]
        return sum(int(fields[-1]) for fields in rows if fields[1].split(":")[1] in ports)

    def _per_subscriber(self, amount: float) -> float:
        return round(amount / max(1, len(self.subscribers)), 1)

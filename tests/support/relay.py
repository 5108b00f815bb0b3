"""A relay between one browser and the server: TCP and UDP, and a switch that makes it swallow everything.

It runs in a process of its own (`python -m tests.support.relay UDP TCP…`, the server's ports), so that a
busy test cannot stall it, and takes one command a line on standard input, each answered by one line of JSON:

    swallow   from now on every byte and datagram, in both directions, is read and thrown away
    flow      carry again. A TCP connection that lost bytes meanwhile, or was opened meanwhile, is reset: its
              stream has a hole. Both sides learn of the loss only now, as after a dead network.
    frames    the RTP frames that were sent on towards the server (the header is not encrypted):
              [{"ssrc", "payload_type", "timestamp", "at"}], in order of arrival, one for each timestamp;
              `at` in seconds of the monotonic clock
    counts    datagrams and TCP bytes carried and swallowed

It ends with its standard input. One UDP socket towards the server is opened for each of the browser's, so
that the server sees distinct peers.
"""

import asyncio
import json
import socket
import struct
import sys
import time
from typing import Any

LOOPBACK = "127.0.0.1"
Address = tuple[str, int]
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close() sends RST


class Switch:
    """Whether traffic passes, and what was done with it."""

    def __init__(self) -> None:
        self.swallowing = False
        self.counts = {
            "carried_datagrams": 0,
            "swallowed_datagrams": 0,
            "carried_bytes": 0,
            "swallowed_bytes": 0,
        }

    def passes(self, kind: str, amount: int) -> bool:
        self.counts[f"{'swallowed' if self.swallowing else 'carried'}_{kind}"] += amount
        return not self.swallowing


class FrameLog:
    """The RTP timestamps seen on their way to the server (RFC 3550 §5.1; told from RTCP as RFC 5761 §4)."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], None] = {}
        self.frames: list[dict[str, float]] = []

    def note(self, datagram: bytes) -> None:
        if len(datagram) < 12 or datagram[0] >> 6 != 2 or 192 <= datagram[1] <= 223:
            return
        _, second, _, timestamp, ssrc = struct.unpack_from("!BBHII", datagram)
        if (ssrc, timestamp) not in self._seen:
            self._seen[ssrc, timestamp] = None
            frame = {
                "ssrc": ssrc,
                "payload_type": second & 0x7F,
                "timestamp": timestamp,
                "at": time.monotonic(),
            }
            self.frames.append(frame)


class Upstream(asyncio.DatagramProtocol):
    """The socket towards the server that stands for one socket of the browser."""

    def __init__(self, door: "UdpDoor", peer: Address) -> None:
        self._door, self._peer = door, peer

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._door.back(data, self._peer)

    def error_received(self, exc: Exception) -> None:
        """An ICMP refusal while the server is away; datagrams get lost, which is what they do."""


class UdpDoor(asyncio.DatagramProtocol):
    """Where the browser sends its media."""

    transport: asyncio.DatagramTransport

    def __init__(self, server: Address, switch: Switch, log: FrameLog) -> None:
        self._server, self._switch, self._log = server, switch, log
        self._upstreams: dict[Address, asyncio.Future[asyncio.DatagramTransport]] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override] # narrower
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if not self._switch.passes("datagrams", 1):
            return
        self._log.note(data)
        opened = self._upstreams.get(addr)
        if opened is None:
            opened = self._upstreams[addr] = asyncio.ensure_future(self._open(addr))
        if opened.done():
            opened.result().sendto(data)
        else:
            opened.add_done_callback(lambda done: done.result().sendto(data))

    async def _open(self, peer: Address) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Upstream(self, peer), remote_addr=self._server
        )
        return transport

    def back(self, data: bytes, peer: Address) -> None:
        if self._switch.passes("datagrams", 1):
            self.transport.sendto(data, peer)


class TcpDoor:
    """Where the browser loads its pages and opens its WebSockets."""

    def __init__(self, server: Address, switch: Switch) -> None:
        self._server, self._switch = server, switch
        self._broken: set[asyncio.StreamWriter] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until a side ends it."""
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._server)
        except OSError:
            _reset(writer)
            return
        if self._switch.swallowing:
            self._broken |= {writer, server_writer}
        both = (writer, server_writer)
        directions = [self._carry(reader, server_writer, both), self._carry(server_reader, writer, both)]
        try:
            await asyncio.gather(*directions)
        except asyncio.CancelledError:  # the relay ends
            return
        for end in both:
            self._broken.discard(end)
            end.close()

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, both: tuple[asyncio.StreamWriter, ...]
    ) -> None:
        try:
            while data := await source.read(65536):
                if self._switch.passes("bytes", len(data)):
                    sink.write(data)
                    await sink.drain()
                else:
                    self._broken.update(both)
            if not self._switch.swallowing:
                sink.write_eof()
            else:
                self._broken.update(both)
        except (OSError, RuntimeError):  # the other side is gone
            for end in both:
                _reset(end)

    def reset_broken(self) -> None:
        """Break every connection whose stream has a hole."""
        for writer in self._broken:
            _reset(writer)
        self._broken.clear()


def _reset(writer: asyncio.StreamWriter) -> None:
    peer: socket.socket | None = writer.get_extra_info("socket")
    if peer is not None and peer.fileno() >= 0:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()


async def relay(server_udp: int, *server_tcp: int) -> None:
    """Serve until standard input ends; the first line out names a port for each one of the server's."""
    loop = asyncio.get_running_loop()
    switch, log = Switch(), FrameLog()
    doors = [TcpDoor((LOOPBACK, port), switch) for port in server_tcp]
    servers = [await asyncio.start_server(door.accept, LOOPBACK, 0) for door in doors]
    udp, _ = await loop.create_datagram_endpoint(
        lambda: UdpDoor((LOOPBACK, server_udp), switch, log), local_addr=(LOOPBACK, 0)
    )
    tcp = [server.sockets[0].getsockname()[1] for server in servers]
    say({"tcp": tcp, "udp": udp.get_extra_info("sockname")[1]})

    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        match line.decode().strip():
            case "swallow":
                switch.swallowing = True
                say({})
            case "flow":
                switch.swallowing = False
                for door in doors:
                    door.reset_broken()
                say({})
            case "frames":
                say(log.frames)
            case "counts":
                say(switch.counts)


def say(words: Any) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(relay(*map(int, sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(0)

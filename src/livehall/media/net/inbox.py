"""Datagrams come in: one by one, or, where the native code is, many at a time.

In C the packets of streams that are expected are also decrypted, and their fields are found. All else
(checks, handshakes, RTCP, streams that nobody expects, what comes from elsewhere) is left as it came and
goes the way through the interpreter. A stream is expected once a packet of it has gone that way.
"""

import socket
import struct
import time
from typing import Any, NamedTuple, Protocol

import structlog

from livehall.media.dtls.srtp import unprotect_address
from livehall.media.failures import Failures
from livehall.media.net.outbox import Destination
from livehall.media.net.registry import Address, Peer, Stream

LARGEST = 2048  # bytes of a datagram; of a longer one the rest is cut off
ARRIVAL = struct.Struct("=IIIiHHHhhHhBB????")  # hall_arrival of inbox.h
_IPV4 = struct.Struct("!2xH4s")
_IPV6 = struct.Struct("!2xH4x16s")
_SCOPE = struct.Struct("=24xI")
_KINDS = {"": "HALL_OPAQUE", "vp8": "HALL_VP8", "h264": "HALL_H264"}

log = structlog.get_logger(__name__)


class Receiver(Protocol):
    """The receiving half of one UDP socket."""

    @property
    def is_waiting(self) -> bool:
        """Something may have been read that `next` has not handed over: the socket says nothing of it."""
        ...

    @property
    def is_drained(self) -> bool:
        """Nothing waited behind what was handed over last."""
        ...

    def next(self, until: float, *, opens: bool) -> tuple[bytes, Address] | None:
        """A datagram and whence it came; None: some that came were taken by their streams.

        `opens`: those of expected streams are decrypted, and taken by them until that time of the monotonic
        clock. Raises: BlockingIOError when there is none, OSError when the kernel has heard that a peer
        cannot be reached.
        """
        ...

    def expect(self, source: Address, ssrc: int, peer: Peer) -> None:
        """A packet of this stream came, and others will."""
        ...

    def forget(self, peer: Peer, ssrc: int | None = None) -> None:
        """Expect nothing more of it, or nothing of one stream."""
        ...


class Inbox:
    """By the interpreter."""

    is_waiting = is_drained = False

    def __init__(self, udp: socket.socket) -> None:
        self._receive = udp.recvfrom

    def next(self, until: float, *, opens: bool) -> tuple[bytes, Address] | None:
        datagram, source = self._receive(LARGEST)
        return datagram, source[:2]

    def expect(self, source: Address, ssrc: int, peer: Peer) -> None: ...

    def forget(self, peer: Peer, ssrc: int | None = None) -> None: ...


class _Known(NamedTuple):
    stream: Stream  # keeps the session alive that C uses
    source: Address
    peer: Peer
    raw: Any


class NativeInbox:
    """In C. All methods belong to the event loop's thread."""

    def __init__(self, module: Any, udp: socket.socket) -> None:
        self._ffi: Any = module.ffi
        self._lib: Any = module.lib
        box = self._lib.hall_inbox_open(udp.fileno(), unprotect_address())
        if box == self._ffi.NULL:
            raise MemoryError
        self._box: Any = self._ffi.gc(box, self._lib.hall_inbox_free)
        self._batch = int(self._lib.HALL_BATCH)
        arrivals = self._lib.hall_inbox_arrivals(self._box)
        self._arrivals = memoryview(self._ffi.buffer(arrivals, self._batch * ARRIVAL.size))
        self._slots = [
            self._ffi.buffer(self._lib.hall_inbox_slot(self._box, index), LARGEST)
            for index in range(self._batch)
        ]
        self._name_size: Any = self._ffi.new("uint32_t *")
        self._waiting: list[tuple[Any, ...]] = []  # arrivals that have been read, the last of them first
        self._index = 0  # of the slot that belongs to the next one
        self._was_full = False  # a whole batch was there: more may wait
        self._streams: dict[int, _Known] = {}  # by token
        self._outdated: set[int] = set()  # tokens of streams that have changed
        self._expected: set[tuple[Address, int]] = set()
        self._tokens: dict[Peer, set[int]] = {}
        self._next_token = 1
        self._failures = Failures(log)

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting) or self._was_full

    @property
    def is_drained(self) -> bool:
        return not self.is_waiting

    def next(self, until: float, *, opens: bool) -> tuple[bytes, Address] | None:
        if not self._waiting:
            self._read(opens)
        waiting, streams, clock = self._waiting, self._streams, time.monotonic
        has_taken = False
        while waiting:
            if not waiting[-1][0] and has_taken:
                break  # the time until now went to what was taken
            arrival = waiting.pop()
            packet = self._slots[self._index]
            self._index += 1
            token, size = arrival[0], arrival[1]
            if not token:
                return packet[:size], self._source(self._index - 1)
            known, has_taken = streams.get(token), True
            now = clock()
            if known is not None and size:
                try:
                    if not known.stream.take(packet, arrival, now):
                        self._outdated.add(token)  # what else was read is taken by what it was
                except Exception:  # the loop's edge: one bad datagram must not silence a room
                    self._failures.tell("datagram failed", of=known.raw.ssrc)
            if now > until:
                break
        return None

    def expect(self, source: Address, ssrc: int, peer: Peer) -> None:
        stream = peer.stream(ssrc) if (source, ssrc) not in self._expected else None
        if stream is None:
            return
        raw = self._ffi.new("hall_stream *")
        name = Destination(source)
        raw.name[0 : name.size] = name.raw
        raw.name_size = name.size
        raw.ssrc = ssrc
        raw.token = self._next_token
        if self._add(raw, stream):
            self._streams[self._next_token] = _Known(stream, source, peer, raw)
            self._expected.add((source, ssrc))
            self._tokens.setdefault(peer, set()).add(self._next_token)
            self._next_token += 1

    def forget(self, peer: Peer, ssrc: int | None = None) -> None:
        for token in tuple(self._tokens.get(peer, ())):
            if ssrc in (None, self._streams[token].raw.ssrc):
                self._drop(token)

    def _add(self, raw: Any, stream: Stream) -> bool:
        """False where there is no place: it goes the other way."""
        raw.session = stream.opener.address
        raw.kind = getattr(self._lib, _KINDS[stream.plan.codec])
        raw.payload_type = stream.plan.payload_type
        raw.number_id, raw.level_id = stream.number_id, stream.plan.level_id
        return bool(self._lib.hall_inbox_add(self._box, raw))

    def _renew(self, token: int) -> None:
        """It is not what it was, or nobody's any more."""
        known = self._streams.get(token)
        if known is None:
            return
        stream = known.peer.stream(known.raw.ssrc)
        if stream is not None and self._add(known.raw, stream):
            self._streams[token] = known._replace(stream=stream)
        else:
            self._drop(token)

    def _drop(self, token: int) -> None:
        """What has been read of it is dropped as well."""
        known = self._streams.pop(token)
        self._expected.discard((known.source, known.raw.ssrc))
        self._lib.hall_inbox_remove(self._box, known.raw)
        tokens = self._tokens[known.peer]
        tokens.discard(token)
        if not tokens:
            del self._tokens[known.peer]

    def _read(self, opens: bool) -> None:
        """Raises: BlockingIOError."""
        while self._outdated:
            self._renew(self._outdated.pop())
        count = self._lib.hall_inbox_read(self._box, opens)
        self._was_full = count == self._batch
        if not count:
            raise BlockingIOError
        self._waiting = list(ARRIVAL.iter_unpack(self._arrivals[: count * ARRIVAL.size]))
        self._waiting.reverse()
        self._index = 0

    def _source(self, index: int) -> Address:
        name = self._ffi.buffer(
            self._lib.hall_inbox_name(self._box, index, self._name_size), self._name_size[0]
        )[:]
        if len(name) == 16:
            port, ip = _IPV4.unpack_from(name)
            return socket.inet_ntop(socket.AF_INET, ip), port
        (port, ip), (scope,) = _IPV6.unpack_from(name), _SCOPE.unpack_from(name)
        link = f"%{socket.if_indextoname(scope)}" if scope else ""
        return socket.inet_ntop(socket.AF_INET6, ip) + link, port

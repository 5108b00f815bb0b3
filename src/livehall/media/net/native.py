"""The inner loop in C, where it is installed (`livehall-native`): the same as `outbox` and `inbox`, faster.

Nothing of it is in this package: without it, or with one that does not fit, everything goes the way through
the interpreter, with the same bytes on the wire. libsrtp is pylibsrtp's, handed over as a pointer, so that
both ways share its sessions. Its structures are written by this module only.
"""

import asyncio
import importlib
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import structlog

from livehall.media.congestion.sent import SentLog
from livehall.media.dtls.srtp import Sealer, protect_address, unprotect_address
from livehall.media.net.inbox import Inbox, NativeInbox
from livehall.media.net.outbox import Destination, Outbox

Choice = Literal["auto", "on", "off"]
INTERFACE = 2  # of fanout.h and inbox.h
HOW_TO_GET_NATIVE = "Install it (docs/operate/native.md), or set LIVEHALL_MEDIA_NATIVE to auto."
_MODULE = "livehall_native"
log = structlog.get_logger(__name__)


class NativeMissing(Exception):
    """The native inner loop cannot be used; the text says why."""


class Datagrams(NamedTuple):
    """Makes both halves of a UDP socket."""

    inbox: Callable[[socket.socket], Inbox | NativeInbox]
    outbox: Callable[[socket.socket, asyncio.AbstractEventLoop], "Outbox | NativeOutbox"]


BY_INTERPRETER = Datagrams(Inbox, Outbox)


def load() -> Any:
    """The module. Raises: NativeMissing."""
    try:
        module = importlib.import_module(_MODULE)
    except ImportError as fault:
        raise NativeMissing(f"livehall-native is not installed ({fault})") from None
    found = int(module.lib.HALL_INTERFACE)
    if found != INTERFACE:
        raise NativeMissing(f"livehall-native has interface {found}, and {INTERFACE} is needed")
    if 0 in (protect_address(), unprotect_address()):
        raise NativeMissing("livehall-native does not fit this pylibsrtp")
    return module


def datagrams(choice: Choice) -> Datagrams:
    """How they are read and sent: in C if that is wanted and there, else in Python.

    Raises: NativeMissing, when it is demanded and not there.
    """
    if choice == "off":
        log.info("packets are forwarded by the interpreter", reason="LIVEHALL_MEDIA_NATIVE is off")
        return BY_INTERPRETER
    try:
        module = load()
    except NativeMissing as missing:
        if choice == "on":
            raise NativeMissing(f"LIVEHALL_MEDIA_NATIVE is on, but {missing}.") from None
        log.info("packets are forwarded by the interpreter", reason=str(missing))
        return BY_INTERPRETER
    log.info("packets are forwarded by livehall-native")
    return Datagrams(partial(NativeInbox, module), partial(NativeOutbox, module))


class Lane:
    """One subscriber's copy of one stream, as C sees it. Written anew whenever something of it changes."""

    __slots__ = ("_held", "outbox", "raw")

    def __init__(self, outbox: "NativeOutbox") -> None:
        self.outbox = outbox
        self.raw: Any = outbox.ffi.new("hall_lane *")
        self._held: tuple[object, ...] = ()  # what the structure points to

    def aim(
        self,
        sealer: Sealer,
        to: Destination,
        log: SentLog | None,
        *,
        ssrc: int,
        first: int,
        sequence_shift: int,
        timestamp_shift: int,
        picture_shift: int,
        layer_index_shift: int,
    ) -> None:
        raw, peer = self.raw, self.outbox.peer(to)
        counted = self.outbox.counted(log)
        raw.session = sealer.address
        raw.peer = peer
        raw.log = counted
        raw.ssrc = ssrc
        raw.first = first
        raw.sequence_shift, raw.timestamp_shift = sequence_shift, timestamp_shift
        raw.picture_shift, raw.layer_index_shift = picture_shift, layer_index_shift
        raw.is_moved = bool(picture_shift or layer_index_shift)
        self._held = (sealer, peer, counted)


class Lanes:
    """Lanes that get the same packets by the same outbox."""

    __slots__ = ("count", "held", "raw")

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.held = tuple(lanes)
        self.count = len(lanes)
        ffi = lanes[0].outbox.ffi
        self.raw: Any = ffi.new("hall_lane *[]", [lane.raw for lane in lanes])


class NativeOutbox:
    """The sending half of one UDP socket. All methods belong to the event loop's thread."""

    def __init__(
        self, module: Any, udp: socket.socket, loop: asyncio.AbstractEventLoop, *, joins: bool = True
    ) -> None:
        self.ffi: Any = module.ffi
        self._lib: Any = module.lib
        self._loop = loop
        box = self._lib.hall_open(udp.fileno(), protect_address(), joins)
        if box == self.ffi.NULL:
            raise MemoryError
        self._box: Any = self.ffi.gc(box, self._lib.hall_free)
        self._fan_out: Any = self._lib.hall_fan_out
        self._send: Any = self._lib.hall_send
        self._is_due = False
        self._is_held = False
        self._closed = False

    @property
    def sent(self) -> int:
        return int(self._lib.hall_sent(self._box))

    @property
    def dropped(self) -> int:
        return int(self._lib.hall_dropped(self._box))

    def peer(self, to: Destination) -> Any:
        """The destination as C knows it; it lives as long as the destination."""
        if to.peer is None:
            to.peer = self.ffi.new("hall_peer *")
            to.peer.name[0 : to.size] = to.raw
            to.peer.name_size = to.size
        return to.peer

    def counted(self, log: SentLog | None) -> Any:
        """The log as C knows it; NULL when there is none."""
        if log is None:
            return self.ffi.NULL
        if log.shared is None:
            ffi, raw = self.ffi, self.ffi.new("hall_log *")
            held = [
                ffi.from_buffer(kind, part, require_writable=True)
                for kind, part in zip(("double[]", *["uint16_t[]"] * 3), log.parts, strict=True)
            ]
            raw.times, raw.sizes, raw.numbers, raw.next = held
            raw.mask = len(log.parts[0]) - 1
            log.shared = (raw, held)
        return log.shared[0]

    def send_rtp(
        self,
        packet: bytes,
        sequence: int,
        timestamp: int,
        ssrc: int,
        sealer: Sealer,
        to: Destination,
        number: int = -1,
    ) -> None:
        """Queue an RTP packet whose sequence, timestamp and SSRC are replaced by those given, and its
        transport-wide number if there is one."""
        self._send(
            self._box,
            packet,
            len(packet),
            sequence,
            timestamp,
            ssrc,
            number,
            sealer.address,
            to.peer or self.peer(to),
        )
        if not self._is_due:
            self._be_due()

    def fan_out(
        self,
        lanes: Lanes,
        packet: bytes,
        number: int,
        sequence: int,
        timestamp: int,
        octets: int,
        arrived: float,
        counters: tuple[int, bool, int, int, int],
    ) -> None:
        """Queue a packet for all lanes. `number` is the publisher's, unwrapped; `counters` are where in the
        packet VP8's picture id is, whether it is long, its value, the same of the layer index; -1: absent."""
        self._fan_out(
            self._box,
            lanes.raw,
            lanes.count,
            packet,
            len(packet),
            number,
            sequence,
            timestamp,
            octets,
            arrived,
            *counters,
        )
        if not self._is_due:
            self._be_due()

    def hold(self) -> None:
        """What is queued from now on waits for `release`, not for the loop."""
        self._is_held = True

    def release(self) -> None:
        """Hand on what waits."""
        self._is_held = False
        if self._is_due:
            self.flush()

    def flush(self) -> None:
        """Hand everything queued to the kernel."""
        self._is_due = False
        self._lib.hall_flush(self._box)

    def close(self) -> None:
        self._closed = True
        self._lib.hall_close(self._box)

    def _be_due(self) -> None:
        if not self._closed:
            self._is_due = True
            if not self._is_held:
                self._loop.call_soon(self.flush)

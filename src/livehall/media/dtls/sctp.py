"""Data channels (RFC 8831, RFC 8832) over one DTLS association.

The SCTP association itself is aiortc's. `import aiortc` would load PyAV, and with it codecs under the
GPL, which this process must never hold; so the two modules that we need are loaded on their own, under a
private package name, with the DTLS class that they merely name replaced by ours.
"""

import asyncio
import importlib
import importlib.util
import struct
import sys
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

import structlog

LARGEST_MESSAGE = 65536  # bytes, as offered in SDP (`a=max-message-size`)
_MOST_CHANNELS = 16  # of one peer; LiveKit's clients open three
_MOST_BUFFERED = 4 * 1024 * 1024  # bytes waiting for a slow reader on a reliable channel, then it is cut off
_MOST_BUFFERED_LOSSY = 128 * 1024  # bytes; beyond it a lossy channel loses
_PACKAGE = "livehall_sctp"

log = structlog.get_logger(__name__)


def _load_sctp() -> ModuleType:
    """aiortc's `rtcsctptransport`, without running `aiortc/__init__`."""
    found = importlib.util.find_spec("aiortc")
    if found is None or found.submodule_search_locations is None:
        raise ImportError("aiortc is not installed")
    package = ModuleType(_PACKAGE)
    package.__path__ = list(found.submodule_search_locations)
    sys.modules[_PACKAGE] = package
    dtls = ModuleType(f"{_PACKAGE}.rtcdtlstransport")
    dtls.RTCDtlsTransport = object  # type: ignore[attr-defined]
    sys.modules[dtls.__name__] = dtls
    importlib.import_module(f"{_PACKAGE}.rtcdatachannel")  # first: the two import each other
    return importlib.import_module(f"{_PACKAGE}.rtcsctptransport")


_sctp = _load_sctp()
_channels = sys.modules[f"{_PACKAGE}.rtcdatachannel"]


class _Carrier:
    """What the association asks of the DTLS transport below it."""

    state = "connected"

    def __init__(self, send: Callable[[bytes], None], *, is_server: bool) -> None:
        self._role = "server" if is_server else "client"
        self._send = send
        self.is_silent = False

    def _register_data_receiver(self, receiver: object) -> None:
        """The association is fed by `DataChannels.receive`."""

    def _unregister_data_receiver(self, receiver: object) -> None:
        """See `_register_data_receiver`."""

    async def _send_data(self, data: bytes) -> None:
        if not self.is_silent:
            self._send(data)


class DataChannels:
    """The labelled channels of one peer.

    `on_message(label, data)` is called for what arrives, `on_open(label)` once a channel takes messages.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        on_message: Callable[[str, bytes], None],
        *,
        is_server: bool,
        on_open: Callable[[str], None] | None = None,
    ) -> None:
        self._carrier = _Carrier(send, is_server=is_server)
        self._association: Any = _sctp.RTCSctpTransport(self._carrier)
        self._association.on("datachannel", self._opened)
        self._on_message = on_message
        self._on_open = on_open
        self._by_label: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.dropped = 0

    def start(self, remote_port: int = 5000) -> None:
        capabilities = _sctp.RTCSctpCapabilities(maxMessageSize=LARGEST_MESSAGE)
        self._run(self._association.start(capabilities, remote_port))

    def open(self, label: str, *, lossy: bool = False) -> None:
        """Open a channel from our side; lossy means unordered and never repeated."""
        parameters = _channels.RTCDataChannelParameters(
            label=label, ordered=not lossy, maxRetransmits=0 if lossy else None
        )
        self._opened(_channels.RTCDataChannel(self._association, parameters))

    def receive(self, datagram: bytes) -> None:
        if not self._closed:
            self._run(self._association._handle_data(datagram))

    def is_open(self, label: str) -> bool:
        channel = self._by_label.get(label)
        return channel is not None and channel.readyState == "open"

    def send(self, label: str, data: bytes) -> bool:
        """Queue a message; False when there is no such channel, or it is full."""
        channel = self._by_label.get(label)
        if channel is None or channel.readyState != "open" or self._closed:
            return False
        most = _MOST_BUFFERED if channel.maxRetransmits is None else _MOST_BUFFERED_LOSSY
        if channel.bufferedAmount + len(data) > most:
            self.dropped += 1
            return False
        try:
            channel.send(data)
        except ValueError:  # larger than the peer accepts
            self.dropped += 1
            return False
        return True

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._by_label.clear()
        # No ABORT: clients are told by signalling that they have left, and take an abort for a failure.
        self._carrier.is_silent = True
        try:
            await self._association.stop()
        except (AssertionError, ValueError, ConnectionError) as fault:
            log.debug("data channels closed with a fault", fault=str(fault))

    def _opened(self, channel: Any) -> None:
        if len(self._by_label) >= _MOST_CHANNELS and channel.label not in self._by_label:
            channel.close()
            return
        label = channel.label
        self._by_label[label] = channel
        channel.on("message", lambda data: self._arrived(label, data))
        if channel.readyState == "open":
            self._can_send(label)
        else:
            channel.on("open", lambda: self._can_send(label))

    def _can_send(self, label: str) -> None:
        if self._on_open is not None:
            self._on_open(label)

    def _arrived(self, label: str, data: str | bytes) -> None:
        self._on_message(label, data.encode() if isinstance(data, str) else data)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        # Tasks start in the order of their making and our carrier never waits, so order is kept.
        task = asyncio.ensure_future(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (AssertionError, ValueError, KeyError, IndexError, struct.error, ConnectionError) as fault:
            # aiortc asserts what a peer ought to do; a peer that does not loses this datagram only.
            log.debug("data channel datagram dropped", fault=repr(fault))

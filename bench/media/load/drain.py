"""The receivers' sockets and counters, in C: `drain.c`, built with `cc` when a run begins."""

import ctypes
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.media.load.wire import LoadError

SOURCE = Path(__file__).with_name("drain.c")
MAX_STREAMS = 64  # as in drain.c
SAMPLE_EVERY = 64  # one received RTP packet in so many, per stream, is handed out
OUT_BYTES = 4 << 20


class StreamCounters(ctypes.Structure):
    """stream_t of drain.c: one SSRC that a client receives."""

    _fields_ = (
        ("ssrc", ctypes.c_uint32),
        ("payload_type", ctypes.c_uint32),
        ("first_seq", ctypes.c_uint32),
        ("highest_seq", ctypes.c_uint32),
        ("packets", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("first_ns", ctypes.c_uint64),
        ("padded", ctypes.c_uint64),
    )
    ssrc: int
    payload_type: int
    highest_seq: int
    packets: int
    first_ns: int
    padded: int


class ClientCounters(ctypes.Structure):
    """client_t of drain.c: one client's socket and what came in on it."""

    _fields_ = (
        ("fd", ctypes.c_int32),
        ("stream_count", ctypes.c_uint32),
        ("rtp_packets", ctypes.c_uint64),
        ("rtcp_packets", ctypes.c_uint64),
        ("streams", StreamCounters * MAX_STREAMS),
    )
    fd: int
    stream_count: int
    rtp_packets: int
    streams: ctypes.Array[StreamCounters]

    def seen(self) -> list[StreamCounters]:
        return [self.streams[at] for at in range(self.stream_count)]


class Drain:
    """Empties all clients' sockets. Raises: LoadError, when drain.c cannot be built."""

    def __init__(self, clients: int) -> None:
        with tempfile.TemporaryDirectory(prefix="media-load-") as folder:
            self._library = ctypes.CDLL(str(_build(Path(folder))))
        if self._library.client_size() != ctypes.sizeof(ClientCounters):
            raise LoadError("drain.c and drain.py disagree on the counters' layout")
        self.counters = (ClientCounters * clients)()
        for counters in self.counters:
            counters.fd = -1
        self._out = ctypes.create_string_buffer(OUT_BYTES)

    def records(self) -> Iterator[tuple[int, int, bytes]]:
        """Empty the sockets: (client, receive time in ns since 1970, datagram) of what needs a look."""
        size = self._library.drain(self.counters, len(self.counters), self._out, OUT_BYTES, SAMPLE_EVERY)
        raw = ctypes.string_at(self._out, size)
        position = 0
        while position < size:
            client, length, when_ns = struct.unpack_from("<IIQ", raw, position)
            start = position + 16
            yield client, when_ns, raw[start : start + length]
            position = start + ((length + 7) & ~7)


def _build(folder: Path) -> Path:
    built = folder / "drain.so"
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(built), str(SOURCE)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        raise LoadError("no C compiler: `cc` is needed to build drain.c") from None
    except subprocess.CalledProcessError as error:
        raise LoadError(f"drain.c does not compile: {error.stderr[-500:]}") from None
    return built

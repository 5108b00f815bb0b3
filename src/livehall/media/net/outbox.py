"""Datagrams leave in batches.

Forwarding sends one packet to many peers. Asking the kernel once for each costs more than the
encryption, so datagrams are collected in fixed slots, encrypted in place, and handed over by one
`sendmmsg(2)`. Invariants: a slot is written only between two flushes; a flush leaves no slot used;
what the kernel does not take at once is dropped and counted, as UDP may.
"""

import asyncio
import errno
import ipaddress
import socket
import struct
from typing import Any

import cffi  # type: ignore[import-untyped]

from livehall.media.dtls.srtp import NUMBER_AT, Sealer, put_head, put_number

SLOTS = 128
SLOT_BYTES = 2048  # the largest datagram we accept (1500) with SRTP's trailer of at most 144
LARGEST_PACKET = 1600

_ffi = cffi.FFI()
_ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned int msg_namelen;
        struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen; int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags);
    """
)
_libc: Any = _ffi.dlopen(None)


class Destination:
    """A peer's address in the kernel's form, kept alive as long as somebody may send to it."""

    __slots__ = ("address", "name", "peer", "raw", "size")

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        ip = ipaddress.ip_address(address[0])
        if ip.version == 4:
            raw = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", address[1], ip.packed)
        else:
            raw = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI16sI", address[1], 0, ip.packed, 0)
        self.name = _ffi.new("char[]", raw)
        self.raw = raw
        self.size = len(raw)
        self.peer: Any = None  # the same for the native outbox, which makes it


class Outbox:
    """The sending half of one UDP socket. All methods belong to the event loop's thread."""

    def __init__(self, udp: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        self._fd = udp.fileno()
        self._loop = loop
        self._buffers = [_ffi.new("char[]", SLOT_BYTES) for _ in range(SLOTS)]
        self._views = [_ffi.buffer(buffer) for buffer in self._buffers]
        self._vectors = _ffi.new("struct iovec[]", SLOTS)
        self._messages = _ffi.new("struct mmsghdr[]", SLOTS)
        for index in range(SLOTS):
            self._vectors[index].iov_base = self._buffers[index]
            self._messages[index].msg_hdr.msg_iov = self._vectors + index
            self._messages[index].msg_hdr.msg_iovlen = 1
        self._vector = [self._vectors[index] for index in range(SLOTS)]
        self._header = [self._messages[index].msg_hdr for index in range(SLOTS)]
        self._destinations: list[Destination | None] = [None] * SLOTS  # holds the addresses until the flush
        self._length = _ffi.new("int *")
        self._used = 0
        self._is_held = False
        self._closed = False
        self.sent = 0
        self.dropped = 0

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
        index = self._used
        if index == SLOTS:
            self.flush()
            index = 0
        size = len(packet)
        if size > LARGEST_PACKET:
            self.dropped += 1
            return
        buffer, view = self._buffers[index], self._views[index]
        view[:size] = packet
        put_head(view, 2, sequence, timestamp, ssrc)
        if number >= 0:
            put_number(view, NUMBER_AT, number)
        length = self._length
        length[0] = size
        if sealer.protect(sealer.session, buffer, length):
            self.dropped += 1
            return
        self._vector[index].iov_len = length[0]
        if self._destinations[index] is not to:
            self._destinations[index] = to
            header = self._header[index]
            header.msg_name = to.name
            header.msg_namelen = to.size
        if index == 0 and not self._is_held:
            self._loop.call_soon(self.flush)
        self._used = index + 1

    def hold(self) -> None:
        """What is queued from now on waits for `release`, not for the loop."""
        self._is_held = True

    def release(self) -> None:
        """Hand on what waits."""
        self._is_held = False
        if self._used:
            self.flush()

    def flush(self) -> None:
        """Hand everything queued to the kernel."""
        waiting, self._used = self._used, 0
        if self._closed:
            return
        done = 0
        while done < waiting:
            count = _libc.sendmmsg(self._fd, self._messages + done, waiting - done, 0)
            if count > 0:
                done += count
                self.sent += count
            elif _ffi.errno == errno.EINTR:
                continue
            elif _ffi.errno in (errno.EAGAIN, errno.ENOBUFS):
                self.dropped += waiting - done
                return
            else:  # this one destination cannot be reached: its datagram is lost, the others go on
                self.dropped += 1
                done += 1

    def close(self) -> None:
        self._closed = True
        self._used = 0

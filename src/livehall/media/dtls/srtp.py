"""SRTP on libsrtp, in place.

`pylibsrtp.Session` copies each packet twice and refuses those above 1356 bytes; forwarding can afford
neither. So this module, and no other, calls the library's C functions below pylibsrtp's public classes.
"""

import struct
from typing import Any

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

LARGEST_DATAGRAM = 2048  # bytes; more than a datagram of any sane path (RFC 8834 §5)
NUMBER_AT = 17  # of a transport-wide number: the first of the one-byte extensions behind a bare header
put_number = struct.Struct("!H").pack_into
put_head = struct.Struct("!HII").pack_into  # sequence, timestamp, SSRC: bytes 2..12 of an RTP header
_LONGEST_TRAILER = 144  # bytes, of SRTP
_FUNCTION = "srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)"  # libsrtp 2
_REPLAY_WINDOW = 1024  # packets; retransmissions arrive far behind the newest

# Name: (libsrtp's number, key bytes, salt bytes); RFC 7714, RFC 5764. The best comes first.
PROFILES: dict[bytes, tuple[int, int, int]] = {
    b"SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}


def _session(key: bytes, direction: int, profile: int) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=profile)
    policy.allow_repeat_tx = True
    policy.window_size = _REPLAY_WINDOW
    return Session(policy)


class Sealer:
    """Encrypts what we send. `protect(session, buffer, length)` works in place and returns 0 when done."""

    __slots__ = ("_owner", "address", "protect", "session")

    def __init__(self, key: bytes, profile: int) -> None:
        self._owner = _session(key, Policy.SSRC_ANY_OUTBOUND, profile)
        self.session: Any = self._owner._srtp[0]
        self.protect: Any = lib.srtp_protect
        self.address = int(ffi.cast("uintptr_t", self.session))  # of the session, as long as this lives

    def protect_rtcp(self, packet: bytes) -> bytes:
        return bytes(self._owner.protect_rtcp(packet))

    def protect_rtp(self, packet: bytes) -> bytes:
        return bytes(self._owner.protect(packet))


def protect_address() -> int:
    """Where `srtp_protect` is, for code that is not Python; 0 when it is not the function we know."""
    return _address_of("srtp_protect")


def unprotect_address() -> int:
    """The same of `srtp_unprotect`."""
    return _address_of("srtp_unprotect")


def _address_of(name: str) -> int:
    function = ffi.addressof(lib, name)
    return int(ffi.cast("uintptr_t", function)) if ffi.typeof(function).cname == _FUNCTION else 0


class Opener:
    """Checks and decrypts what we receive; None means: forged, repeated, damaged or too long."""

    _buffer = ffi.new("char[]", LARGEST_DATAGRAM)
    _view = ffi.buffer(_buffer)
    _length = ffi.new("int *")

    def __init__(self, key: bytes, profile: int) -> None:
        self._owner = _session(key, Policy.SSRC_ANY_INBOUND, profile)
        self._session: Any = self._owner._srtp[0]
        self.address = int(ffi.cast("uintptr_t", self._session))  # of the session, as long as this lives

    def open_rtp(self, datagram: bytes) -> bytes | None:
        return self._open(datagram, lib.srtp_unprotect)

    def open_rtcp(self, datagram: bytes) -> bytes | None:
        return self._open(datagram, lib.srtp_unprotect_rtcp)

    def _open(self, datagram: bytes, function: Any) -> bytes | None:
        size = len(datagram)
        if size > LARGEST_DATAGRAM:
            return None
        ffi.memmove(self._buffer, datagram, size)
        self._length[0] = size
        if function(self._session, self._buffer, self._length):
            return None
        return bytes(self._view[0 : self._length[0]])


class Packets:
    """Rewrites and encrypts one packet at a time, for where nothing is sent in batches."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._buffer = ffi.new("char[]", largest + _LONGEST_TRAILER)
        self._view = ffi.buffer(self._buffer)
        self._length = ffi.new("int *")

    def seal(
        self, packet: bytes, sequence: int, timestamp: int, ssrc: int, sealer: Sealer, number: int = -1
    ) -> bytes | None:
        """None when the packet is too large or cannot be encrypted."""
        size = len(packet)
        if size > self._largest:
            return None
        view = self._view
        view[:size] = packet
        put_head(view, 2, sequence, timestamp, ssrc)
        if number >= 0:
            put_number(view, NUMBER_AT, number)
        self._length[0] = size
        if sealer.protect(sealer.session, self._buffer, self._length):
            return None
        return bytes(view[0 : self._length[0]])

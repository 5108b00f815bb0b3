"""ICE-lite (RFC 8445 §2.5, RFC 8839 `a=ice-lite`): we answer connectivity checks and never make any."""

import secrets
import struct

from aioice import stun

LARGEST_CHECK = 1280  # bytes; a binding request is about 100


class Credentials:
    """User fragment and password of one side (RFC 8839 §5.4: at least 4 and 22 characters)."""

    __slots__ = ("password", "ufrag")

    def __init__(self) -> None:
        self.ufrag = secrets.token_hex(6)
        self.password = secrets.token_hex(16)


class Check:
    """A binding request that names one of our users; nothing in it is proven yet."""

    __slots__ = ("_message", "nominates", "ufrag")

    def __init__(self, message: stun.Message, ufrag: str) -> None:
        self._message = message
        self.ufrag = ufrag
        self.nominates = "USE-CANDIDATE" in message.attributes

    def is_signed_with(self, password: str) -> bool:
        return bool(self._message.check_message_integrity(password.encode()))

    def answer(self, source: tuple[str, int], password: str) -> bytes:
        """The success response; about as long as the request, so nothing is amplified."""
        response = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=self._message.transaction_id,
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = source
        response.add_message_integrity(password.encode())
        response.add_fingerprint()
        return bytes(response)


def parse_check(datagram: bytes) -> Check | None:
    """The check in a datagram, or None for anything else."""
    if not 20 <= len(datagram) <= LARGEST_CHECK:
        return None
    try:
        message = stun.parse_message(datagram)
    except (ValueError, IndexError, struct.error):
        return None
    if message.message_method != stun.Method.BINDING or message.message_class != stun.Class.REQUEST:
        return None
    user = message.attributes.get("USERNAME")
    if not isinstance(user, str) or "MESSAGE-INTEGRITY" not in message.attributes:
        return None
    return Check(message, user.partition(":")[0])


def binding_request(remote: tuple[str, str], local_ufrag: str) -> bytes:
    """A controlling agent's check that nominates at once: what the light client sends to an ICE-lite peer."""
    ufrag, password = remote
    request = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.REQUEST,
        transaction_id=secrets.token_bytes(12),
    )
    request.attributes["USERNAME"] = f"{ufrag}:{local_ufrag}"
    request.attributes["PRIORITY"] = 1845501695
    request.attributes["ICE-CONTROLLING"] = 1
    request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(password.encode())
    request.add_fingerprint()
    return bytes(request)

"""Addresses that carry their own right: signed by HMAC-SHA-256, bound to one purpose and one thing.

A token is `<payload>.<signature>`, both in URL-safe base64 without padding, so that it may stand in a
path. Whoever holds it may do that one thing until it expires; it opens nothing else.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Literal

import msgspec

from livehall.core.recordings.faults import LinkExpired, LinkInvalid

Purpose = Literal["file", "hls", "chat"]

LONGEST = 512  # characters


class Claim(msgspec.Struct, frozen=True, array_like=True):
    purpose: Purpose
    subject: str  # an id
    expires_at: int  # Unix seconds


class Links:
    def __init__(self, key: bytes) -> None:
        """`key`: at least 32 random bytes, kept across restarts and used for nothing else."""
        if len(key) < 32:
            raise ValueError("a signing key has at least 32 bytes")
        self._key = key

    def sign(self, purpose: Purpose, subject: str, expires_at: datetime) -> str:
        payload = msgspec.json.encode(Claim(purpose, subject, int(expires_at.timestamp())))
        return f"{_text(payload)}.{_text(self._mac(payload))}"

    def read(self, token: str, purpose: Purpose, now: datetime) -> str:
        """The subject of a token that holds. Raises: LinkInvalid, LinkExpired."""
        if len(token) > LONGEST:
            raise LinkInvalid
        try:
            payload, signature = (_raw(part) for part in token.split("."))
        except ValueError as error:
            raise LinkInvalid from error
        if not hmac.compare_digest(self._mac(payload), signature):
            raise LinkInvalid
        claim = msgspec.json.decode(payload, type=Claim)
        if claim.purpose != purpose:
            raise LinkInvalid
        if datetime.fromtimestamp(claim.expires_at, UTC) <= now:
            raise LinkExpired
        return claim.subject

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    """Raises: ValueError, also for a text that is not the one that `_text` writes."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if _text(raw) != text:
        raise ValueError("not canonical")
    return raw

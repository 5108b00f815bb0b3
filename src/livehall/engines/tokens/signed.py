"""Tokens that a customer's own server signs: JWT, HS256 (RFC 7515, RFC 7519), and nothing else.

`exp` and `nbf` are heard where they are there. Written out, as the secret is found by the issuer that the
token names, which a library would read only after checking.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Sequence

import msgspec

from livehall.core.ports.tokens import BadToken, ExpiredToken

LONGEST = 8192  # characters
LEEWAY_S = 10  # between two clocks, for what is not valid yet


class CustomerTokens:
    def issuer_of(self, token: str) -> str:
        issuer = _claims(token).get("iss")
        if not isinstance(issuer, str) or "\0" in issuer:
            raise BadToken("The token names no issuer.")
        return issuer

    def claims_of(self, token: str, secrets: Sequence[str]) -> dict[str, object]:
        text, _, signature = token.rpartition(".")
        header, _, _ = text.partition(".")
        if _json(header).get("alg") != "HS256":
            raise BadToken
        given = _raw(signature)
        if not any(
            hmac.compare_digest(hmac.digest(each.encode(), text.encode(), "sha256"), given)
            for each in secrets
        ):
            raise BadToken
        claims, now = _claims(token), time.time()
        expires, begins = claims.get("exp"), claims.get("nbf")
        if expires is not None and (not isinstance(expires, (int, float)) or expires <= now):
            raise ExpiredToken
        if begins is not None and (not isinstance(begins, (int, float)) or begins > now + LEEWAY_S):
            raise BadToken
        return claims


def _claims(token: str) -> dict[str, object]:
    """Raises: BadToken."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LONGEST or not token.isascii():
        raise BadToken
    return _json(parts[1])


def _json(part: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(_raw(part), type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise BadToken from error
    except UnicodeDecodeError as error:
        raise BadToken from error


def _raw(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise BadToken from error

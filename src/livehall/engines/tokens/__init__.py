"""Our own tokens: JWT, HS256, verified once and remembered until they expire."""

import time
from collections import OrderedDict
from datetime import UTC, datetime

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from livehall.core.ports.tokens import Audience, BadToken, Claims, ExpiredToken

ISSUER = "livehall"
REMEMBERED = 50_000  # tokens; verifying takes 17 µs, remembering 0.2 µs
LONGEST = 4096  # characters


class Payload(msgspec.Struct, omit_defaults=True):
    """The claims on the wire (RFC 7519 §4.1, and ours as `live.yaml` names them)."""

    iss: str
    aud: str
    sub: str
    org: str
    role: str
    exp: int
    name: str = ""
    fam: str | None = None
    sid: str | None = None
    att: str | None = None
    vis: str | None = None


class JwtTokens:
    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError("a signing key has at least 32 bytes")
        self._key = OctKey.import_key(key)
        self._remembered: OrderedDict[str, Claims] = OrderedDict()

    def issue(self, claims: Claims) -> str:
        payload = Payload(
            iss=ISSUER, aud=claims.audience, sub=claims.account_id, org=claims.organization_id,
            role=claims.role, exp=int(claims.expires_at.timestamp()), name=claims.name,
            fam=claims.family_id, sid=claims.session_id, att=claims.attendance_id, vis=claims.visitor_key,
        )  # fmt: skip
        header = {"alg": "HS256", "typ": "JWT"}
        return jwt.encode(header, msgspec.to_builtins(payload), self._key, algorithms=["HS256"])

    def read(self, token: str, audience: Audience) -> Claims:
        claims = self._remembered.get(token)
        if claims is None:
            claims = self._verify(token)
            self._remembered[token] = claims
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        if claims.expires_at.timestamp() <= time.time():
            self._remembered.pop(token, None)
            raise ExpiredToken
        if claims.audience != audience:
            raise BadToken
        return claims

    def _verify(self, token: str) -> Claims:
        if len(token) > LONGEST:
            raise BadToken
        try:
            decoded = jwt.decode(token, self._key, algorithms=["HS256"])
            payload = msgspec.convert(decoded.claims, Payload)
            if payload.iss != ISSUER:
                raise BadToken
            return msgspec.convert(
                {
                    "audience": payload.aud,
                    "expires_at": datetime.fromtimestamp(payload.exp, UTC),
                    "account_id": payload.sub,
                    "organization_id": payload.org,
                    "role": payload.role,
                    "name": payload.name,
                    "family_id": payload.fam,
                    "session_id": payload.sid,
                    "attendance_id": payload.att,
                    "visitor_key": payload.vis,
                },
                Claims,
            )
        except (JoseError, ValueError, TypeError, OverflowError, OSError) as error:
            raise BadToken from error

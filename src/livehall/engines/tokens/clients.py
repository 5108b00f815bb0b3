"""Access tokens of OAuth clients: JWT, RS256, with the `kid` of a key that everybody may check them with."""

import asyncio
import base64
import binascii
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from livehall.core.ports.tokens import BadToken, ClientClaims, ExpiredToken

BITS = 2048  # NIST SP 800-57 part 1: enough through 2030
ALGORITHMS = ["RS256"]
ACCESS = "access"  # `token_use`
REMEMBERED = 10_000  # tokens
LONGEST = 4096  # characters


class Payload(msgspec.Struct, omit_defaults=True):
    """The claims on the wire (RFC 9068 §2.2), and three that clients of partner APIs look for."""

    sub: str
    scope: str
    iss: str
    exp: int
    iat: int
    auth_time: int
    jti: str
    client_id: str
    token_use: str = ""
    version: int = 0
    aud: str | None = None


def new_key() -> str:
    """A private key as PEM, without a password; takes some 100 ms."""
    return RSAKey.generate_key(BITS).as_pem(private=True).decode("ascii").strip()


class RsaTokens:
    """`load` gives the private keys, the present one first; it is called once, beside the loop."""

    def __init__(self, load: Callable[[], Sequence[str]], issuer: str) -> None:
        self._load, self._issuer = load, issuer
        self._loaded: KeySet | None = None
        self._loading = asyncio.Lock()
        self._remembered: OrderedDict[str, ClientClaims] = OrderedDict()

    def is_one(self, token: str) -> bool:
        head = token.partition(".")[0]
        return len(head) <= LONGEST and _is_rs256(head)

    async def issue(self, claims: ClientClaims) -> str:
        (key, *_) = (await self._keys()).keys
        issued = int(claims.issued_at.timestamp())
        payload = Payload(
            sub=claims.client_id, scope=" ".join(claims.scopes), iss=self._issuer,
            exp=int(claims.expires_at.timestamp()), iat=issued, auth_time=issued, jti=claims.token_id,
            client_id=claims.client_id, token_use=ACCESS, version=2, aud=claims.audience,
        )  # fmt: skip
        header = {"alg": "RS256", "typ": "JWT", "kid": key.kid}
        return jwt.encode(header, msgspec.to_builtins(payload), key, algorithms=ALGORITHMS)

    async def read(self, token: str) -> ClientClaims:
        claims = self._remembered.get(token)
        if claims is None:
            claims = self._verify(token, await self._keys())
            self._remembered[token] = claims
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        if claims.expires_at.timestamp() <= time.time():
            self._remembered.pop(token, None)
            raise ExpiredToken
        return claims

    async def keys(self) -> dict[str, object]:
        found = (await self._keys()).as_dict(private=False)
        return {"keys": [{**key, "use": "sig", "alg": "RS256"} for key in found["keys"]]}

    def _verify(self, token: str, keys: KeySet) -> ClientClaims:
        if len(token) > LONGEST:
            raise BadToken
        try:
            decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
            payload = msgspec.convert(decoded.claims, Payload)
            if payload.iss != self._issuer or payload.token_use != ACCESS:
                raise BadToken
            return ClientClaims(
                token_id=payload.jti,
                client_id=payload.client_id,
                scopes=tuple(payload.scope.split()),
                audience=payload.aud,
                issued_at=datetime.fromtimestamp(payload.iat, UTC),
                expires_at=datetime.fromtimestamp(payload.exp, UTC),
            )
        except (JoseError, ValueError, TypeError, OverflowError, OSError) as error:
            raise BadToken from error

    async def _keys(self) -> KeySet:
        if self._loaded is None:
            async with self._loading:
                if self._loaded is None:
                    self._loaded = await asyncio.to_thread(self._read_keys)
        return self._loaded

    def _read_keys(self) -> KeySet:
        keys = [RSAKey.import_key(pem) for pem in self._load()]
        for key in keys:
            key.ensure_kid()  # the thumbprint of RFC 7638: the same in every process
        return KeySet(list(keys))


@lru_cache(maxsize=64)  # nearly every token has one of two
def _is_rs256(head: str) -> bool:
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(header, dict) and header.get("alg") == "RS256"

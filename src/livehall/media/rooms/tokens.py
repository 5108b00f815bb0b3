"""Access tokens in LiveKit's form: JWT, HS256, signed with the secret of the API key that issued them."""

import base64
import hashlib
import time

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from livehall.media.rooms.grants import Claims, VideoGrant

REFRESHED_TTL_S = 600  # of the tokens that we hand out: as long as those that opened the connection
_WEBHOOK_TTL_S = 300  # media-observed §1
_LEEWAY_S = 10  # clocks of two machines differ
_LONGEST = 16 * 1024  # characters


class TokenRefused(Exception):
    """Not a token of ours. `text` is what LiveKit answers."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Payload(msgspec.Struct, kw_only=True):
    """Names as on the wire."""

    iss: str = ""
    sub: str = ""
    exp: float | None = None
    nbf: float | None = None
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = {}
    kind: str = ""
    video: VideoGrant = VideoGrant()


class Keys:
    """API keys and their secrets."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self._keys = {name: OctKey.import_key(secret) for name, secret in secrets.items()}

    def verify(self, token: str) -> Claims:
        """Raises: TokenRefused."""
        issuer = _issuer(token)
        key = self._keys.get(issuer)
        if key is None:
            raise TokenRefused(f"invalid API key: {issuer[:100]}")
        try:
            decoded = jwt.decode(token, key, algorithms=["HS256"])
            payload = msgspec.convert(decoded.claims, _Payload, strict=False)
        except (JoseError, ValueError, msgspec.ValidationError):
            raise TokenRefused("invalid token") from None
        now = time.time()
        if payload.exp is None or payload.exp + _LEEWAY_S < now or (payload.nbf or 0) > now + _LEEWAY_S:
            raise TokenRefused("invalid token")
        return Claims(
            api_key=issuer,
            identity=payload.sub,
            name=payload.name,
            metadata=payload.metadata,
            attributes=payload.attributes,
            kind=payload.kind,
            video=payload.video,
        )

    def issue(self, claims: Claims, *, ttl_s: int = REFRESHED_TTL_S) -> str:
        """A token that says the same, valid from now on for `ttl_s`."""
        now = int(time.time())
        payload: dict[str, object] = {
            "iss": claims.api_key,
            "sub": claims.identity,
            "iat": now,
            "nbf": now,
            "exp": now + ttl_s,
            "identity": claims.identity,
            "name": claims.name,
            "kind": claims.kind or "standard",
            "video": msgspec.to_builtins(claims.video),
        }
        if claims.metadata:
            payload["metadata"] = claims.metadata
        if claims.attributes:
            payload["attributes"] = claims.attributes
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, payload, self._keys[claims.api_key])

    def sign_webhook(self, api_key: str, body: bytes) -> str:
        """The `Authorization` of a webhook: media-observed §1."""
        now = int(time.time())
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        payload = {"iss": api_key, "nbf": now, "iat": now, "exp": now + _WEBHOOK_TTL_S, "sha256": digest}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, payload, self._keys[api_key])


def _issuer(token: str) -> str:
    """What an unverified token says of its issuer.

    Raises: TokenRefused.
    """
    parts = token.split(".")
    if len(token) > _LONGEST or len(parts) != 3:
        raise TokenRefused("invalid authorization token")
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        payload = msgspec.json.decode(body, type=dict[str, object])
    except (ValueError, msgspec.DecodeError):
        raise TokenRefused("invalid authorization token") from None
    return str(payload.get("iss", ""))

"""Tokens that open a media connection: LiveKit's claims, HS256 with the media server's secret.

They limit only the first connection (10 minutes); a running one is ended or restricted by the server API.
Administration grants never leave the server.
"""

from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.jwk import OctKey

from livehall.core.ports.media import Grant, MediaToken

LIFETIME = timedelta(minutes=10)
CLOCKS_DIFFER = timedelta(seconds=10)  # between us and a media server elsewhere


class MediaTokens:
    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, OctKey.import_key(secret)

    def issue(self, grant: Grant, now: datetime) -> MediaToken:
        """What `grant` says, until ten minutes from `now`."""
        expires_at = now + LIFETIME
        claims = {
            "iss": self._key,
            "sub": grant.identity,
            "nbf": int((now - CLOCKS_DIFFER).timestamp()),
            "exp": int(expires_at.timestamp()),
            "name": grant.name,
            "video": video_of(grant),
        }
        token = jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, self._secret)
        return MediaToken(token=token, expires_at=expires_at)


def video_of(grant: Grant) -> dict[str, object]:
    """LiveKit's `video` claim (docs.livekit.io, “Video grant”)."""
    video: dict[str, object] = {
        "roomJoin": True,
        "room": grant.room,
        "canPublish": bool(grant.publish),
        "canSubscribe": grant.subscribe,
        "canPublishData": grant.data,
        "canUpdateOwnMetadata": False,
    }
    if grant.publish:
        video["canPublishSources"] = list(grant.publish)
    if grant.hidden:
        video["hidden"] = True
    return video

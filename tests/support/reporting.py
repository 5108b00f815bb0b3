"""A media server that reports to a hall; the same shapes as a real LiveKit's (media-observed.md §1)."""

import base64
import hashlib
import json
import time

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from livehall.kernel.ids import new_id

TYPE = {"Content-Type": "application/webhook+json"}


class Reporter:
    """Signs and sends reports about one media room."""

    def __init__(self, client: httpx.AsyncClient, room: str, key: str, secret: str) -> None:
        self.client, self.room, self.key, self.secret = client, room, key, secret

    async def report(
        self, event: str, *, id: str | None = None, at_s: int | None = None, **objects: object
    ) -> httpx.Response:
        body = {
            "event": event,
            "room": {"sid": "RM_x", "name": self.room},
            **objects,
            "id": id or f"EV_{new_id()}",
            "createdAt": str(int(time.time()) if at_s is None else at_s),
        }
        return await self.send(json.dumps(body).encode())

    async def send(self, body: bytes, **claims: object) -> httpx.Response:
        token = self.sign(body, **claims)
        return await self.client.post(
            "/webhooks/livekit", content=body, headers={**TYPE, "Authorization": token}
        )

    def sign(self, body: bytes, **claims: object) -> str:
        now = int(time.time())
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        given = {"iss": self.key, "nbf": now, "iat": now, "exp": now + 300, "sha256": digest, **claims}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, given, OctKey.import_key(self.secret))

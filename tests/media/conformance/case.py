"""One room of one server, and what a case does with it."""

import asyncio
import secrets
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey
from livekit import api, rtc

from tests.media.conformance.people import DEADLINE_S, Person
from tests.media.conformance.servers import API_KEY, API_SECRET, Server
from tests.support.waiting import eventually


class Case:
    """One room of one server, with whoever the case lets in."""

    def __init__(self, server: Server, stack: AsyncExitStack) -> None:
        self.server = server
        self.room = f"room-{secrets.token_hex(4)}"
        self._stack = stack
        self._http: httpx.AsyncClient | None = None
        self._api: api.LiveKitAPI | None = None

    # Tokens

    def token(
        self,
        identity: str = "",
        *,
        room: str | None = None,
        claims: dict[str, Any] | None = None,
        key: str = API_KEY,
        secret: str = API_SECRET,
        ttl_s: int = 600,
        **grants: Any,
    ) -> str:
        """As `AccessToken` makes them, and such as it would not make. Grants by their names on the wire."""
        now = int(time.time())
        video = {"roomJoin": True, "room": self.room if room is None else room, **grants}
        payload = {"iss": key, "nbf": now - 5, "exp": now + ttl_s, "video": video, **(claims or {})}
        if identity:
            payload["sub"] = identity
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, payload, OctKey.import_key(secret))

    def admin_token(self, **grants: Any) -> str:
        rights = {"roomCreate": True, "roomList": True, "roomAdmin": True, "roomRecord": True, **grants}
        return self.token(**rights)

    # HTTP

    @property
    def http(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(base_url=self.server.url, timeout=DEADLINE_S)
            self._stack.push_async_callback(self._http.aclose)
        return self._http

    async def call(
        self,
        method: str,
        body: dict[str, Any] | bytes,
        *,
        token: str | None = None,
        service: str = "RoomService",
        content_type: str = "application/json",
    ) -> httpx.Response:
        """One call as it goes over the wire; without `token` that of an administrator of the room."""
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {token or self.admin_token()}"}
        path = f"/twirp/livekit.{service}/{method}"
        if isinstance(body, bytes):
            return await self.http.post(path, content=body, headers=headers)
        return await self.http.post(path, json=body, headers=headers)

    async def done(self, method: str, /, **body: Any) -> dict[str, Any]:
        """The answer to a call that must succeed."""
        answer = await self.call(method, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def api(self) -> Any:
        """RoomService through the official package."""
        if self._api is None:
            self._api = api.LiveKitAPI(self.server.url, API_KEY, API_SECRET)
            self._stack.push_async_callback(self._api.aclose)
        return self._api.room

    # People

    async def join(
        self,
        identity: str,
        *,
        room: str | None = None,
        claims: dict[str, Any] | None = None,
        options: Any = None,
        **grants: Any,
    ) -> Person:
        """Raises: ConnectError when the server does not let it in."""
        person = Person()
        self._stack.push_async_callback(person.leave)
        token = self.token(identity, room=room, claims=claims, **grants)
        connecting = person.room.connect(self.server.signal_url, token, options or rtc.RoomOptions())
        await asyncio.wait_for(connecting, DEADLINE_S)
        return person

    async def participant(self, identity: str) -> dict[str, Any]:
        return await self.done("GetParticipant", room=self.room, identity=identity)

    async def participants(self) -> dict[str, dict[str, Any]]:
        listed = await self.done("ListParticipants", room=self.room)
        return {each["identity"]: each for each in listed["participants"]}

    # Webhooks

    def hooks(self) -> list[dict[str, Any]]:
        return self.server.hooks.of(self.room)

    async def until_hooked(self, *names: str, within: float = DEADLINE_S) -> list[dict[str, Any]]:
        """All events of the room, as soon as these are among them."""

        async def ask() -> list[dict[str, Any]]:
            return self.hooks()

        def holds(events: list[dict[str, Any]]) -> bool:
            seen = Counter(event["event"] for event in events)
            return all(seen[name] >= times for name, times in Counter(names).items())

        return await eventually(ask, holds, within=within, what=f"webhooks {names}")

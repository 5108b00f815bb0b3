"""The primary API as a client sees it, as far as a rehearsal needs it."""

from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

SECONDS = 15.0  # one call


class Refused(Exception):
    """The server answered no, or not at all; the text says where and why."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """What a join gives: where the media is, where the live events are."""

    livekit_url: str
    token: str
    realtime_url: str = ""
    realtime_token: str = ""


class Door:
    """One person's connection to the API; use it as a context."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url, self._token = url.rstrip("/"), token
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._http is not None
        await self._http.close()

    async def register(self, name: str, room_id: str) -> None:
        """Become a viewer of this room's organization."""
        made = await self._post("/auth/viewers", {"username": name, "room_id": room_id})
        self._token = made["access_token"]

    async def create(self, title: str, viewers: int) -> tuple[str, str]:
        """Ids of a new room, unlisted, where so many watch by WebRTC, and of a session, not recorded."""
        wanted = {"title": title, "visibility": "unlisted", "max_direct_viewers": viewers}
        room = await self._post("/rooms", wanted)
        body = {"title": title, "recording_enabled": False}
        made = await self._post(f"/rooms/{room['id']}/sessions", body)
        return room["id"], made["session"]["id"]

    async def start(self, session_id: str) -> Seat:
        return _seat(await self._post(f"/sessions/{session_id}/start", {}))

    async def go_live(self, session_id: str) -> None:
        await self._post(f"/sessions/{session_id}/go-live")

    async def join(self, session_id: str, name: str) -> Seat:
        joined = await self._post(f"/sessions/{session_id}/join", {"display_name": name})
        if joined["delivery"] != "webrtc" or joined["admission"] != "admitted":
            raise Refused(
                f"join answered {joined['admission']} by {joined['delivery']}, not admitted by webrtc"
            )
        return _seat(joined)

    async def say(self, session_id: str, text: str) -> None:
        await self._post(f"/sessions/{session_id}/chat", {"message": text})

    async def leave(self, session_id: str) -> None:
        await self._post(f"/sessions/{session_id}/leave")

    async def end(self, session_id: str) -> None:
        await self._post(f"/sessions/{session_id}/end")

    async def attended(self, session_id: str) -> int:
        """People in the attendance who only watched."""
        found = number = 0
        while True:
            number += 1
            page = await self._call("GET", f"/sessions/{session_id}/attendance?limit=100&page={number}")
            found += len([row for row in page["attendance"] if row["role"] == "viewer"])
            if number >= page["pagination"]["total_pages"]:
                return found

    async def delete_room(self, room_id: str) -> None:
        await self._call("DELETE", f"/rooms/{room_id}")

    async def _post(self, path: str, body: object = None) -> Any:
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        assert self._http is not None
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            async with self._http.request(
                method, f"{self._url}/api/v1{path}", json=body, headers=headers
            ) as answer:
                raw = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Refused(f"{method} {path}: no answer ({type(error).__name__})") from error
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status} {_words(raw)}")
        return msgspec.json.decode(raw)["data"] if raw else None


def _seat(answer: dict[str, Any]) -> Seat:
    realtime = answer.get("realtime") or {}
    return Seat(
        livekit_url=answer["livekit_url"],
        token=answer["token"],
        realtime_url=realtime.get("url", ""),
        realtime_token=realtime.get("token", ""),
    )


def _words(raw: bytes) -> str:
    try:
        return str(msgspec.json.decode(raw)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return raw[:120].decode("utf-8", "replace")

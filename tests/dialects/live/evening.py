"""A live session as the API's callers make one, without waiting for real pictures."""

from typing import Any

import httpx

from livehall.core.sessions import programme
from livehall.kernel.actor import MEDIA
from tests.support.in_process import Hall


class Evening:
    """A host, a room with a live session, and a viewer who has not entered yet."""

    def __init__(self, hall: Hall, host: httpx.AsyncClient, viewer: httpx.AsyncClient, session: Any) -> None:
        self.hall, self.host, self.viewer = hall, host, viewer
        self.session = session
        self.id: str = session["id"]

    async def join(self, client: httpx.AsyncClient | None = None, **body: object) -> dict[str, Any]:
        answer = await (client or self.viewer).post(f"/sessions/{self.id}/join", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    async def end(self) -> None:
        assert (await self.host.post(f"/sessions/{self.id}/end")).status_code == 200


async def an_evening(hall: Hall, **session: object) -> Evening:
    ada = await hall.person()
    host = hall.client(hall.token(ada))
    viewer = await hall.signed_in("ben@example.org", "viewer")
    room = (await host.post("/rooms", json={"title": "Physics"})).json()["data"]
    planned = await host.post(f"/rooms/{room['id']}/sessions", json={"title": "Waves", **session})
    session_id = planned.json()["data"]["session"]["id"]
    started = await host.post(f"/sessions/{session_id}/start", json={"go_live": True})
    assert started.status_code == 200, started.text
    track = programme.ReportedTrack(
        sid=f"TR_{session_id}", participant_sid="PA_host", identity=f"u.{ada.id}", source="camera"
    )
    async with hall.app.house.desk.work(MEDIA) as work:
        await programme.track_published(work, session_id, track, work.now)
    shown = (await host.get(f"/sessions/{session_id}")).json()["data"]
    assert shown["status"] == "live"
    return Evening(hall, host, viewer, shown)


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]

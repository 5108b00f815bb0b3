"""What the pairs of calls begin with."""

import asyncio
from typing import Any

import httpx

from livehall.core.sessions import programme
from livehall.kernel.actor import MEDIA
from tests.concurrency.pairs import Outcome, Somebody, Two, outcomes

EXTERNAL = {"title": "One", "mode": "external", "external_url": "https://video.example.org/1"}
WON, MADE, GONE, TAKEN = (200, ""), (201, ""), (204, ""), (202, "")
ABSENT, CHANGED, THERE = (404, "not_found"), (409, "conflict"), (409, "already_exists")
STATE = (409, "invalid_state")


async def a_room(ada: Somebody, **fields: Any) -> str:
    return str((await ada.post("/rooms", {"title": "A room", **fields}, 201))["id"])


async def a_session(ada: Somebody, room: str | None = None, *, live: bool = True, **fields: Any) -> str:
    """The path of a session that people may enter."""
    room = room or await a_room(ada)
    made = await ada.post(f"/rooms/{room}/sessions", {**EXTERNAL, **fields}, 201)
    path = f"/sessions/{made['session']['id']}"
    if live:
        await ada.post(f"{path}/go-live", None, 200)
    return path


async def inside(two: Two, path: str, *names: str) -> list[Somebody]:
    """People in a session."""
    people = [await two.person(name) for name in names]
    for each in people:
        await each.post(f"{path}/join", {"prefer": "hls"}, 200)
    return people


async def both(*calls: Any) -> list[Outcome]:
    """What came of calls at the same moment, in order of status."""
    answers: list[httpx.Response] = list(await asyncio.gather(*calls))
    assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
    return outcomes(answers)


async def twice(who: Somebody, verb: str, path: str, *bodies: Any, **headers: str) -> list[Outcome]:
    """What came of the same call through both processes; with two bodies each has its own."""
    answers = await who.twice(verb, path, *bodies, **headers)
    assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
    return outcomes(answers)


async def on_air(two: Two, host: Somebody, path: str) -> None:
    """Start, and go live with the host's first picture."""
    await host.post(f"{path}/start", {"go_live": True}, 200)
    session_id = path.rpartition("/")[2]
    track = programme.ReportedTrack(
        sid=f"TR_{session_id}", participant_sid="PA_host", identity=f"u.{host.id}", source="camera"
    )
    async with two.here.app.house.desk.work(MEDIA) as work:
        await programme.track_published(work, session_id, track, work.now)
    assert (await host.here.get(path)).json()["data"]["status"] == "live"

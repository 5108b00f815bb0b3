"""A live session with somebody in every column of the rights table, and what they ask of the API."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from livehall.core.audience import reports
from livehall.core.messages.pace import EVERY_S, Pace
from livehall.core.questions import votes
from livehall.core.stage import ops as stage
from livehall.dialects.kit import Route
from livehall.dialects.live import routes
from livehall.dialects.live.api import api
from livehall.kernel.actor import MEDIA
from livehall.server import house
from tests.contracts.bad_input import UNKNOWN, VALID
from tests.core.sessions.rights_table import SWITCHES, WHO
from tests.dialects.live.evening import Evening, an_evening
from tests.dialects.live.rights_operations import Asked
from tests.support.in_process import Hall
from tests.support.waiting import eventually

assert routes.ROUTES
ROUTES: dict[str, Route] = {route.operation: route for route in api.routes if not route.twin_of}
SOURCES = {
    "publish.audio": {"microphone"},
    "publish.camera": {"camera"},
    "publish.screen": {"screen_share", "screen_share_audio"},
}
SPARE_FILES = 8  # of one person: as many walks as send one


def without_paces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is too fast, and nobody is missed by the media server: an answer tells of rights alone."""
    monkeypatch.setattr(Pace.__init__, "__kwdefaults__", {"burst": 1_000, "every_s": EVERY_S})
    monkeypatch.setattr(votes, "BURST", 1_000)
    monkeypatch.setattr(stage, "PACE", timedelta(0))
    monkeypatch.setattr(house, "RECONCILE_S", 3600.0)


class Cast:
    def __init__(self, evening: Evening, over: str, preset: str) -> None:
        self.evening, self.preset = evening, preset
        self.ids = {"session": evening.id, "over": over, "room": str(evening.session["room_id"])}
        self.people: dict[str, httpx.AsyncClient] = {"host": evening.host}
        self.accounts: dict[str, str] = {}
        self.files: dict[str, list[str]] = {}

    async def turn(self, flags: dict[str, bool]) -> None:
        """Switches of the preset, which the session follows."""
        await data(self.evening.host.patch(f"/presets/{self.preset}", json=flags))
        if "stage_enabled" in flags:
            await self.follow()

    async def override(self, **settings: bool | None) -> None:
        await data(self.evening.host.patch(f"/sessions/{self.evening.id}/settings", json=settings))
        await self.follow()

    async def follow(self) -> None:
        """What follows from a change is done: without a stage, for one, nobody is on it."""
        await self.evening.hall.app.house.relay.drained()

    async def seat(self) -> None:
        """Those who are on stage, unless they are there."""
        path = f"/sessions/{self.evening.id}/stage/participants"
        there = {each["user_id"] for each in (await data(self.evening.host.get(path)))["participants"]}
        for who, account_id in self.accounts.items():
            if who in WHO and WHO[who].is_on_stage and account_id not in there:
                await data(self.evening.host.post(path, json={"user_id": account_id}))

    async def ask(self, who: str, operation: str, asked: Asked, *, is_over: bool = False) -> httpx.Response:
        """Call an operation as somebody, in the session that is over or in the live one."""
        route, client = ROUTES[operation], self.people[who]
        path = self._path(route, self.ids["over" if is_over else "session"])
        if asked.content is not None:
            headers = {"Content-Type": "text/plain"}
            return await client.request(
                route.verb, path, content=asked.content, headers=headers, params=asked.query
            )
        body = None
        if route.signature.body is not None:
            given = VALID.get(operation, {}) if asked.body is None else asked.body
            body = {name: self._value(who, value) for name, value in given.items()}
        answer = await client.request(route.verb, path, json=body)
        await self._settle(who, operation, answer, body or {})
        return answer

    async def joined(self, who: str) -> dict[str, Any]:
        return await self.evening.join(self.people[who])

    def _path(self, route: Route, session: str) -> str:
        known = {"sessions": session, "rooms": self.ids["room"]}

        def put(found: re.Match[str]) -> str:
            kind = found[1]
            named = self.ids.get(f"{kind} for {route.operation}") or self.ids.get(kind, UNKNOWN)
            return f"/{kind}/{known.get(kind, named)}"

        return re.sub(r"/([\w-]+)/{\w+}", put, route.path)

    def _value(self, who: str, value: object) -> object:
        if value == "{spare_file}":
            return self.files[who][-1]
        return self.ids[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value

    async def _settle(self, who: str, operation: str, answer: httpx.Response, body: dict[str, Any]) -> None:
        """So that it can be asked as often as one likes."""
        if operation == "createPoll" and answer.is_success:
            poll = answer.json()["data"]["id"]
            await data(self.evening.host.post(f"/sessions/{self.evening.id}/polls/{poll}/close"))
        if operation == "sendChatMessage" and answer.is_success and "file_id" in body:
            self.files[who].pop()


async def data(answer: Awaitable[httpx.Response]) -> Any:
    """What a call has given that must succeed."""
    found = await answer
    assert found.is_success, found.text
    return found.json()["data"] if found.content else None


async def a_cast(hall: Hall) -> Cast:
    """Everybody in their place; every switch of the preset is on."""
    host = await hall.signed_in()
    switches = dict.fromkeys(SWITCHES, True)
    preset = (await data(host.post("/presets", json={"name": "all on", **switches})))["id"]
    evening = await an_evening(hall, mode="webcam", preset_id=preset)
    planned = await data(host.post(f"/rooms/{evening.session['room_id']}/sessions", json={"title": "Over"}))
    cast = Cast(evening, planned["session"]["id"], preset)
    await _people(hall, cast)
    for session in (cast.ids["over"], evening.id):
        await _appointed(cast, session)
    await data(host.post(f"/sessions/{cast.ids['over']}/cancel"))
    for who in (*WHO, "mia"):
        await cast.joined(who)
    await cast.seat()
    await _things(hall, cast)
    return cast


async def _people(hall: Hall, cast: Cast) -> None:
    for who in (*WHO, "mia", "leo"):
        if who == "host":
            continue
        person = await hall.person(f"{who.replace(' ', '.')}@example.org", "viewer")
        cast.people[who], cast.accounts[who] = hall.client(hall.token(person)), person.id
    cast.ids |= {name: cast.accounts[name] for name in ("mia", "leo")}


async def _appointed(cast: Cast, session: str) -> None:
    for kind, those in (("co-hosts", ("co_host",)), ("moderators", ("moderator", "moderator on stage"))):
        for who in those:
            body = {"user_id": cast.accounts[who]}
            await data(cast.evening.host.post(f"/sessions/{session}/{kind}", json=body))


async def _things(hall: Hall, cast: Cast) -> None:
    """What the operations are about: all of somebody else's than those who ask."""
    host, mia, path = cast.evening.host, cast.people["mia"], f"/sessions/{cast.evening.id}"
    words = {"question": "Tea?", "options": ["yes", "no"], "show_results": "always"}
    polls = [(await data(host.post(f"{path}/polls", json=words))) for _ in range(2)]
    draft = await data(host.post(f"{path}/polls", json={**words, "draft": True}))
    await data(host.post(f"{path}/polls/{polls[1]['id']}/close"))
    messages = [(await data(mia.post(f"{path}/chat", json={"message": "hello"})))["id"] for _ in range(2)]
    question = await data(mia.post(f"{path}/questions", json={"text": "Why?"}))
    file = await uploaded(mia, path)
    await data(mia.post(f"{path}/chat", json={"message": "", "file_id": file}))
    for who in WHO:
        cast.files[who] = [await uploaded(cast.people[who], path) for _ in range(SPARE_FILES)]
    form = {"mode": "optional"}
    await data(host.put(f"/rooms/{cast.ids['room']}/registration", json=form))
    body = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Wolf"}
    registered = await data(host.post(f"/rooms/{cast.ids['room']}/registrations", json=body))
    cast.ids |= {
        "polls": polls[0]["id"],
        "option": polls[0]["options"][0]["id"],
        "polls for closePoll": polls[1]["id"],
        "polls for updatePoll": draft["id"],
        "chat": messages[0],
        "chat for deleteChatMessage": messages[1],
        "questions": question["id"],
        "questions for dismissQuestion": UNKNOWN,
        "questions for updateQuestion": UNKNOWN,
        "questions for deleteQuestion": UNKNOWN,
        "assets": file,
        "registrations": registered["id"],
    }


async def uploaded(client: httpx.AsyncClient, path: str) -> str:
    headers = {"Content-Type": "text/plain"}
    sent = client.post(f"{path}/files", params={"name": "notes.txt"}, content=b"Words.", headers=headers)
    return str((await data(sent))["id"])


async def seen_by_somebody(cast: Cast) -> None:
    """A viewer is there, as the media server reports, and counted."""
    identity = (await cast.joined("viewer"))["identity"]
    async with cast.evening.hall.app.house.desk.work(MEDIA) as work:
        report = reports.Connection(room=cast.evening.id, sid="PA_v", identity=identity, at=work.now)
        await reports.joined(work, report)

    async def is_counted() -> bool:
        shown = await data(cast.evening.host.get(f"/sessions/{cast.evening.id}"))
        return int(shown["max_viewers"]) > 0

    await eventually(is_counted, within=30, what="the viewer to be counted")


def sources(token: str) -> set[str]:
    """What a media token lets its holder publish."""
    part = token.split(".")[1]
    video = msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))["video"]
    found = set(video.get("canPublishSources") or ())
    assert bool(video.get("canPublish")) == bool(found)
    return found

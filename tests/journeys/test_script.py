"""A whole evening by a customer's own software: HTTP, a Centrifugo client, a LiveKit client, ffmpeg.

In the order of a real one: preset, room, session, reminder; a host goes live; people watch by WebRTC and by
HLS; a hand, the stage, a poll, the chat, a question, a ban; the end, attendance, the replay. A real LiveKit
server alone has neither ingress nor recorder: there the host films by the SDK, and the rest is the same.
"""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import icalendar
import pytest

from tests.journeys.customer import PATIENCE_S, Person, person
from tests.media.ingress import encoder
from tests.support.api import Refused
from tests.support.hall import Hall, hall
from tests.support.letters import letters
from tests.support.livekit.server import livekit_server
from tests.support.needs import need
from tests.support.postgres import PostgresServer
from tests.support.processes import free_port
from tests.support.waiting import eventually

pytestmark = [pytest.mark.media]
REPLAY_PATIENCE_S = 60.0
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WEBHOOK = "http://127.0.0.1:{port}/api/v1/webhooks/livekit"
HOSTS = {"sqlite": "whip", "postgresql": "whip", "two processes": "rtmp", "livekit": "webcam"}


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.long]),
        pytest.param("two processes", marks=pytest.mark.postgres),
        pytest.param("livekit", marks=pytest.mark.livekit),
    ]
)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def running(request: pytest.FixtureRequest, way: str, tmp_path: Path) -> Iterator[Hall]:
    if way == "livekit":
        port = free_port()
        with (
            livekit_server(need("livekit"), webhook_url=WEBHOOK.format(port=port)) as server,
            hall(tmp_path, livekit=server, settings={"LIVEHALL_PORT": str(port)}) as served,
        ):
            yield served
        return
    url, settings = None, {}
    if way != "sqlite":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        url = postgres.create()
    if way == "two processes":
        settings = {"LIVEHALL_API_PROCESSES": "2"}
    with hall(tmp_path, database_url=url, settings=settings) as served:
        yield served


async def test_an_evening_by_a_customers_own_software(running: Hall, way: str) -> None:
    ada = await person(running, "ada", "host")
    names = ("bo", "cy", "eve")
    bo, cy, eve = [await person(running, name, number=number) for number, name in enumerate(names, 1)]
    evening = Evening(hall=running, mode=HOSTS[way], ada=ada, bo=bo, cy=cy, eve=eve)
    try:
        await evening.run()
    finally:
        for each in (ada, bo, cy, eve):
            await each.close()
    assert running.faults() == []


@dataclass(kw_only=True)
class Evening:
    """The acts, in their order. Ada is the host; Eve will be put out."""

    hall: Hall
    mode: str
    ada: Person
    bo: Person
    cy: Person
    eve: Person
    path: str = ""

    @property
    def has_outputs(self) -> bool:
        return self.mode != "webcam"

    @property
    def session_id(self) -> str:
        return self.path.rpartition("/")[2]

    async def run(self) -> None:
        await self.is_planned()
        async with self.on_air():
            await self.people_come()
            async with (
                self.ada.listening("session", "staff", "chat"),
                self.bo.listening("session", "chat"),
                self.cy.listening("session", "chat"),
            ):
                recording_id = await self.recording_begins()
                await self.a_hand_goes_up()
                await self.a_poll()
                await self.a_question()
                await self.a_ban()
                await asyncio.sleep(3 if recording_id else 0)  # something to be seen in the recording
                await self.ada.api.post(f"{self.path}/end")
                state = await self.bo.hears("session.state", "session:")
                assert (state["from"], state["to"]) == ("live", "ended")
        await self.who_was_there()
        if recording_id is not None:
            await self.the_replay(recording_id)
        assert (await self.ada.api.get(self.path))["status"] == "ended"

    async def is_planned(self) -> None:
        """A preset, a room with it, a follower, and a session of which they are reminded."""
        ada, kind = self.ada.api, "rtmp" if self.mode == "rtmp" else "whip"
        preset = await ada.post("/presets", {"name": "Town hall", "type": kind, "max_join_limit": 2})
        room = await ada.post("/rooms", {"title": "Town hall", "default_preset_id": preset["id"]})
        await self.bo.api.post(f"/rooms/{room['id']}/reminders", {"channels": ["email"]})
        soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
        wanted = {"title": "March", "scheduled_start_time": soon, "mode": self.mode}
        if self.has_outputs:
            del wanted["mode"]  # the preset says it
        session = (await ada.post(f"/rooms/{room['id']}/sessions", wanted))["session"]
        assert (session["mode"], session["preset"]["id"]) == (self.mode, preset["id"])
        self.path = f"/sessions/{session['id']}"
        (letter,) = await letters(self.hall.data, 1)
        assert (letter["To"], letter["Subject"]) == ("bo@example.org", "Reminder: March")
        (entry,) = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
        (event,) = icalendar.Calendar.from_ical(entry.get_content()).walk("VEVENT")
        assert event["UID"] == session["id"]

    @asynccontextmanager
    async def on_air(self) -> AsyncIterator[None]:
        """Started, and live by the picture of the host."""
        started = await self.ada.api.post(f"{self.path}/start", {"go_live": True})
        async with await self._source(started):

            async def is_on_air() -> bool:
                return bool((await self.ada.api.get(self.path))["status"] == "live")

            await eventually(is_on_air, within=PATIENCE_S, what="the host to be live", every=0.25)
            yield

    async def _source(self, started: dict[str, Any]) -> AbstractAsyncContextManager[object]:
        if self.mode == "webcam":
            await self.ada.enter(started)
            return self.ada.filming()
        push = encoder.rtmp if self.mode == "rtmp" else encoder.whip
        return push(started[f"{self.mode}_url"], started["stream_key"])

    async def people_come(self) -> None:
        """The host, two viewers by WebRTC, and one by HLS."""
        for each in (self.ada, self.bo, self.cy):
            await each.join(self.session_id)
        for each in (self.bo, self.cy):
            await each.watch()
        await self.bo.sees()
        await self.cy.sees()
        if not self.has_outputs:
            return
        await self.eve.join(self.session_id, prefer="hls")
        assert self.eve.seat["delivery"] == "hls"
        await self.ada.api.post(f"{self.path}/hls")

        async def has_segments() -> bool:
            address = (await self.eve.join(self.session_id, prefer="hls"))["hls_url"]
            return address is not None and await first_segment(address) > 0

        await eventually(has_segments, within=PATIENCE_S, what="a segment of HLS", every=0.5)

    async def recording_begins(self) -> str | None:
        """Its id; None where nothing records, which the API says."""
        start = f"{self.path}/recordings/start"
        if self.has_outputs:
            return str((await self.ada.api.post(start))["id"])
        with pytest.raises(Refused) as refused:
            await self.ada.api.post(start)
        assert (refused.value.status, refused.value.code) == (502, "media_unavailable")
        return None

    async def a_hand_goes_up(self) -> None:
        """Bo asks, Ada lets him on stage, Cy sees his picture beside the host's, Bo leaves."""
        bo = self.bo
        await bo.api.post(f"{self.path}/stage/hand", {"message": "a question"})
        raised = await self.ada.hears("hand.raised", "staff:")
        assert (raised["username"], raised["message"]) == ("bo", "a question")
        await self.ada.api.post(f"{self.path}/stage/hands/{raised['id']}/approve")
        joined = await self.cy.hears("stage.joined", "session:")
        assert joined["user_id"] == bo.account_id
        async with bo.filming():
            await self.cy.sees_publishers(2)
            await bo.api.post(f"{self.path}/stage/leave")
        assert await self.cy.hears("stage.left", "session:") == {"user_id": bo.account_id, "reason": "left"}
        await self.cy.sees_publishers(1)

    async def a_poll(self) -> None:
        """Two vote, one changes their mind, all see the result."""
        asked = {"question": "Tea?", "options": ["yes", "no"], "show_results": "always"}
        poll = await self.ada.api.post(f"{self.path}/polls", asked)
        await self.cy.hears("poll.opened", "session:")
        yes, no = [option["id"] for option in poll["options"]]
        vote = f"{self.path}/polls/{poll['id']}/vote"
        for voter, option in ((self.bo, yes), (self.cy, yes), (self.cy, no)):
            await voter.api.post(vote, {"option_id": option})
        await self.ada.api.post(f"{self.path}/polls/{poll['id']}/close")
        closed = await self.cy.hears("poll.closed", "session:")
        assert [option["votes"] for option in closed["options"]] == [1, 1]
        assert closed["total_voters"] == 2

    async def a_question(self) -> None:
        """Cy asks, Ada lets it through, Bo would know too, Ada answers."""
        await self.ada.api.patch(f"{self.path}/settings", {"question_moderation": True})
        question = await self.cy.api.post(f"{self.path}/questions", {"text": "When?"})
        path = f"{self.path}/questions/{question['id']}"
        assert (await self.ada.hears("question.asked", "staff:"))["id"] == question["id"]
        with pytest.raises(Refused):
            await self.bo.api.get(path)
        await self.ada.api.post(f"{path}/publish")
        assert (await self.bo.hears("question.published", "session:"))["id"] == question["id"]
        assert (await self.bo.api.put(f"{path}/vote"))["votes"] == 1
        await self.ada.api.post(f"{path}/answer", {"text": "In May."})
        answered = await self.bo.hears("question.answered", "session:")
        assert (answered["text"], answered["answer"]["text"]) == ("When?", "In May.")

    async def a_ban(self) -> None:
        """Eve writes what she should not: her words and she are gone, by every door."""
        eve = self.eve
        await self.bo.api.post(f"{self.path}/chat", {"message": "hello"})
        assert (await self.cy.hears("chat.message", "chat:"))["message"] == "hello"
        playlist = eve.seat.get("hls_url")
        await eve.join(self.session_id)
        await eve.watch()
        await eve.sees(1)
        await eve.api.post(f"{self.path}/chat", {"message": "spam"})
        gone = asyncio.Event()
        eve.room.on("disconnected", lambda *_: gone.set())
        await self.ada.api.post(f"{self.path}/bans", {"user_id": eve.account_id, "delete_messages": True})
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()
        with pytest.raises(Refused) as refused:
            await eve.join(self.session_id)
        assert (refused.value.status, refused.value.code) == (403, "banned")
        if playlist is not None:

            async def is_closed() -> bool:
                return await first_segment(playlist) == 0

            await eventually(is_closed, within=PATIENCE_S, what="HLS to be closed to Eve")
        await self.bo.hears("chat.deleted", "chat:")
        chat = await self.ada.api.get(f"{self.path}/chat")
        assert [each["message"] for each in chat["messages"] if not each["is_deleted"]] == ["hello"]

    async def who_was_there(self) -> None:
        """The attendance, also as a file of each kind; what was said and asked."""
        listed = (await self.ada.api.get(f"{self.path}/attendance"))["attendance"]
        assert {each["username"] for each in listed} >= {"bo", "cy", "eve"}
        assert all(each["left_at"] for each in listed), json.dumps(listed)
        names = sorted(each["username"] for each in listed)
        kind, text = await self._export("attendance", "csv")
        rows = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
        assert (kind, sorted(row["username"] for row in rows)) == ("text/csv", names)
        kind, text = await self._export("attendance", "json")
        assert (kind, sorted(row["username"] for row in json.loads(text))) == ("application/json", names)
        kind, book = await self._export("attendance", "xlsx")
        sheet = zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml")
        assert (kind, sheet.count(b"<row>")) == (XLSX, 1 + len(listed))
        _, chat = await self._export("chat", "json")
        assert [row["message"] for row in json.loads(chat)] == ["hello"]
        _, questions = await self._export("questions", "json")
        assert [(row["text"], row["votes"]) for row in json.loads(questions)] == [("When?", 1)]

    async def _export(self, what: str, kind: str) -> tuple[str, bytes]:
        """(media type, the file)"""
        answer = await self.ada.api.http.get(f"{self.path}/{what}/export", params={"format": kind})
        assert answer.status_code == 200, answer.text
        return answer.headers["content-type"].partition(";")[0], answer.content

    async def the_replay(self, recording_id: str) -> None:
        """Ada shows it to everybody, and Bo plays two seconds of it; Eve does not get it."""
        path = f"/recordings/{recording_id}"

        async def is_ready() -> bool:
            return bool((await self.ada.api.get(path))["status"] == "ready")

        await eventually(is_ready, within=REPLAY_PATIENCE_S, what="the recording", every=0.5)
        shown = await self.ada.api.patch(path, {"visibility": "public"})
        player = await self.bo.api.get(f"{path}/playback")
        assert player["duration"] == shown["duration"] >= 3
        async with httpx.AsyncClient() as client:
            part = await client.get(player["playback_url"], headers={"Range": "bytes=0-1023"})
        assert (part.status_code, len(part.content)) == (206, 1024)
        beat = f"/attendance/{player['attendance_id']}/beat"
        await self.bo.api.post(beat)
        await asyncio.sleep(1)  # no more than four seconds of media are taken for one of time
        await self.bo.api.post(beat, {"watched": [{"start": 0, "end": 2}]})
        (row,) = (await self.ada.api.get(f"{self.path}/attendance", source="replay"))["attendance"]
        assert (row["username"], row["duration"]) == ("bo", 2)
        with pytest.raises(Refused) as refused:
            await self.eve.api.get(f"{path}/playback")
        assert (refused.value.status, refused.value.code) == (403, "banned")


async def first_segment(playlist: str) -> int:
    """Bytes of the first segment behind a playlist, or of a playlist behind it; 0 while there is none."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(playlist)
        while answer.status_code == 200:
            lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
            if not lines:
                return 0
            found = await client.get(urljoin(str(answer.url), lines[0]))
            if ".m3u8" not in lines[0]:
                return len(found.content) if found.status_code == 200 else 0
            answer = found
    return 0

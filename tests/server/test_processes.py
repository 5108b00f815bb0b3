"""Several api processes on one PostgreSQL database and one port: for people they are one hall."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from livehall.engines.tokens import JwtTokens
from livehall.kernel.actor import Role
from livehall.server.database import desk_of
from livehall.server.secrets import load_secrets
from livehall.server.settings import SettingsError, load_settings
from tests.support.api import Api
from tests.support.hall import Hall, hall, holder_of
from tests.support.people import a_person, claims_of
from tests.support.postgres import PostgresServer
from tests.support.realtime import Wire
from tests.support.waiting import eventually, wait_until

TWO = {"LIVEHALL_API_PROCESSES": "2"}
PATIENCE_S = 15.0


def test_several_processes_on_sqlite_are_refused_in_words():
    with pytest.raises(SettingsError, match="SQLite allows one: set LIVEHALL_DATABASE_URL to a PostgreSQL"):
        load_settings(TWO)


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, postgres_template: str
) -> Iterator[Hall]:
    with (
        postgres_server.database(postgres_template) as url,
        hall(tmp_path_factory.mktemp("pair"), database_url=url, settings=TWO) as running,
    ):
        yield running


def leader(running: Hall) -> int:
    """The process that said last that it leads."""
    lines = running.program.log_path.read_text().splitlines()
    said = [json.loads(line) for line in lines if '"this process leads"' in line]
    return running.pids("api")[int(said[-1]["process"].removeprefix("api ")) - 1]


class Listener:
    """A connection to the hub of a known process, and what it heard."""

    def __init__(self, wire: Wire, pid: int) -> None:
        self.wire, self.pid = wire, pid
        self.heard: list[dict[str, Any]] = []
        self.code: int | None = None
        self._asked = 1000
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.wire.socket:
                for line in map(json.loads, str(text).split("\n")):
                    if "pub" in (push := line.get("push", {})):
                        self.heard.append({"channel": push["channel"], **push["pub"]})
                    elif line.get("id") in self._answers:
                        self._answers.pop(line["id"]).set_result(line)
        self.code = self.wire.socket.close_code

    async def ask(self, method: str, **request: object) -> dict[str, Any]:
        self._asked += 1
        answer = self._answers[self._asked] = asyncio.get_running_loop().create_future()
        await self.wire.say(json.dumps({"id": self._asked, method: request}))
        return dict((await asyncio.wait_for(answer, PATIENCE_S))[method])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.heard if each["data"]["type"] == kind]

    def texts(self) -> list[str]:
        return [each["data"]["data"]["message"] for each in self.of("chat.message")]

    async def hears(self, kind: str, times: int = 1) -> list[dict[str, Any]]:
        async def is_heard() -> bool:
            return len(self.of(kind)) >= times

        await eventually(is_heard, within=PATIENCE_S, what=f"{times} × {kind} at process {self.pid}")
        return self.of(kind)

    async def is_closed(self) -> int | None:
        await asyncio.wait_for(self._reading, PATIENCE_S)
        return self.code

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


class Evening:
    """A live session without pictures, its host and a viewer."""

    def __init__(self, running: Hall, stack: AsyncExitStack) -> None:
        self.hall, self._stack = running, stack

    async def begin(self) -> None:
        self.ada = await self.person("ada", "host")
        self.bo = await self.person("bo", "viewer")
        room = await self.ada.post("/rooms", {"title": "A room"})
        made = await self.ada.post(
            f"/rooms/{room['id']}/sessions",
            {"title": "One", "mode": "external", "external_url": "https://video.example.org/1"},
        )
        self.path = f"/sessions/{made['session']['id']}"
        await self.ada.post(f"{self.path}/go-live")

    async def person(self, name: str, role: Role) -> Api:
        async with desk_of(load_settings(self.hall.environ)) as desk:
            person = await a_person(desk, f"{name}@example.org", role)
        claims = claims_of(person, datetime.now(UTC) + timedelta(hours=1))
        token = JwtTokens(load_secrets(self.hall.data).token_key).issue(claims)
        return await self._stack.enter_async_context(self.hall.api(token))

    async def listen(
        self, api: Api, pid: int, *kinds: str, since: dict[str, Any] | None = None
    ) -> tuple[Listener, dict[str, Any]]:
        """Through that process; `since` recovers the last channel. With the answer to its subscription."""
        try:
            seat = await api.post(f"{self.path}/join")
        except (httpx.ReadError, httpx.RemoteProtocolError):  # kept alive with a process that has died
            seat = await api.post(f"{self.path}/join")
        access, session_id = seat["realtime"], seat["session"]["id"]
        while True:
            socket = await self._stack.enter_async_context(connect(access["url"], proxy=None))
            if holder_of(self.hall, socket.local_address) == pid:
                break
            await socket.close()
        wire = Wire(socket)
        answer = await wire.ask("connect", data={"token": access["token"]})
        assert "client" in answer, answer
        for kind in kinds:
            more = since if since is not None and kind == kinds[-1] else {}
            answer = await wire.ask("subscribe", channel=f"{kind}:{session_id}", **more)
            assert "data" in answer, answer
        listener = Listener(wire, pid)
        self._stack.push_async_callback(listener.close)
        return listener, answer

    async def through_both(self, api: Api) -> list[httpx.AsyncClient]:
        """A client whose connection is held by the one process, and one by the other."""
        found: dict[int, httpx.AsyncClient] = {}
        while len(found) < len(self.hall.pids("api")):
            client = await self._stack.enter_async_context(
                httpx.AsyncClient(base_url=api.http.base_url, headers=api.http.headers, timeout=20)
            )
            async with client.stream("GET", "/auth/me") as answer:
                local = answer.extensions["network_stream"].get_extra_info("client_addr")
                await answer.aread()
            if (pid := holder_of(self.hall, local)) is not None:
                found.setdefault(pid, client)
        return [found[pid] for pid in self.hall.pids("api")]


@asynccontextmanager
async def evening(running: Hall) -> AsyncIterator[Evening]:
    async with AsyncExitStack() as stack:
        made = Evening(running, stack)
        await made.begin()
        yield made


@pytest.mark.postgres
async def test_two_processes_are_one_hall_for_those_who_listen(pair: Hall) -> None:
    first, second = pair.pids("api")
    async with evening(pair) as one:
        here, _ = await one.listen(one.ada, first, "session", "chat", "staff")
        there, _ = await one.listen(one.bo, second, "session", "chat")
        other, _ = await one.listen(one.ada, second, "session", "staff")

        # Each message through either process reaches both, in one order, at one position.
        clients = await one.through_both(one.ada)
        for number in range(2):
            answer = await clients[number].post(f"{one.path}/chat", json={"message": f"number {number}"})
            assert answer.status_code == 201, answer.text
        await here.hears("chat.message", 2)
        await there.hears("chat.message", 2)
        places = [
            [(each["offset"], each["data"]["id"]) for each in who.of("chat.message")] for who in (here, there)
        ]
        assert places[0] == places[1]

        # What is gathered beside the journal comes to both: who watches, hands, results of polls.
        voters = await one.through_both(one.bo)
        poll = await one.ada.post(
            f"{one.path}/polls", {"question": "Tea?", "options": ["yes", "no"], "show_results": "always"}
        )
        for client, option in zip(voters, poll["options"], strict=True):
            before = len(here.of("poll.results"))
            answer = await client.post(
                f"{one.path}/polls/{poll['id']}/vote", json={"option_id": option["id"]}
            )
            assert answer.status_code == 200, answer.text
            told = await here.hears("poll.results", before + 1)
            assert told[-1]["data"]["data"]["total_voters"] == 1
            await there.hears("poll.results", before + 1)
        for who in (here, there, other):
            await who.hears("viewers.count")

        # Presence is of both.
        async def both_are_present() -> bool:
            answers = [
                await who.ask("presence_stats", channel=f"staff:{one.path.rpartition('/')[2]}")
                for who in (here, other)
            ]
            return answers == [{"num_clients": 2, "num_users": 1}] * 2

        await eventually(both_are_present, within=PATIENCE_S, what="presence gathered over both")

        # Of two calls at once, one through either process, one wins; a ban puts out whoever is banned,
        # wherever the socket is.
        body = {"user_id": (await one.bo.get("/auth/me"))["id"]}
        bans = await asyncio.gather(*(client.post(f"{one.path}/bans", json=body) for client in clients))
        assert sorted(answer.status_code for answer in bans) == [201, 409]
        assert await there.is_closed() == 4502

        # One of them leads, and each says so on a port of its own.
        async with httpx.AsyncClient() as client:
            figures = [
                (await client.get(f"http://127.0.0.1:{pair.internal_port + number}/metrics")).text
                for number in range(2)
            ]
        assert sorted("livehall_leads 1.0" in each for each in figures) == [False, True]
    assert pair.faults() == []


@pytest.mark.postgres
async def test_who_loses_a_killed_process_comes_back_to_another_without_a_gap(pair: Hall) -> None:
    led = leader(pair)
    (other,) = set(pair.pids("api")) - {led}
    async with evening(pair) as one:
        lost, joined = await one.listen(one.ada, led, "session", "chat")
        stays, _ = await one.listen(one.bo, other, "session", "chat")
        at_other = pair.pids("api").index(other)
        calm, bo = [(await one.through_both(each))[at_other] for each in (one.ada, one.bo)]

        async def say(text: str) -> None:
            answer = await calm.post(f"{one.path}/chat", json={"message": text})
            assert answer.status_code == 201, answer.text

        await say("before")
        (last,) = await lost.hears("chat.message")
        pair.kill(led)
        await say("while it is dead")
        await lost.is_closed()
        since = {"recover": True, "offset": last["offset"], "epoch": joined["epoch"]}
        back, answer = await one.listen(one.ada, other, "session", "chat", since=since)
        assert answer["recovered"]
        await stays.hears("chat.message", 2)  # the other one leads by now
        missed = [each["data"]["data"]["message"] for each in answer.get("publications", [])]
        await eventually(
            lambda: is_so(missed + back.texts() == ["while it is dead"]),
            within=PATIENCE_S,
            what="what was missed, once",
        )

        # What the dead one gathered, the other one gathers.
        question = {"question": "Tea?", "options": ["yes", "no"], "show_results": "always"}
        poll = (await calm.post(f"{one.path}/polls", json=question)).json()["data"]
        vote = {"option_id": poll["options"][0]["id"]}
        assert (await bo.post(f"{one.path}/polls/{poll['id']}/vote", json=vote)).status_code == 200
        told = await stays.hears("poll.results")
        assert told[-1]["data"]["data"]["total_voters"] == 1

        # The supervisor has brought it back; it hears what the other one tells.
        await asyncio.to_thread(
            wait_until,
            lambda: len(pair.pids("api")) == 2 and pair.is_ready(),
            within=30,
            what="two processes again",
        )
        (born,) = set(pair.pids("api")) - {other}
        new, _ = await one.listen(one.bo, born, "session", "chat")
        await say("after")
        for who in (new, back, stays):
            await eventually(
                lambda who=who: is_so(who.texts()[-1:] == ["after"]), within=PATIENCE_S, what="after"
            )
        await one.ada.post(f"{one.path}/end")
        assert (await new.hears("session.state"))[-1]["data"]["data"]["to"] == "ended"
    assert pair.faults() == []


async def is_so(condition: bool) -> bool:
    return condition


@pytest.mark.postgres
async def test_the_end_sends_everybody_away_calmly_and_in_time(pair: Hall) -> None:
    async with evening(pair) as one:
        listeners = [(await one.listen(one.ada, pid, "chat"))[0] for pid in pair.pids("api")]
        begun = time.monotonic()
        os.kill(pair.program.pid, signal.SIGTERM)
        assert [await each.is_closed() for each in listeners] == [3001, 3001]
    assert await asyncio.to_thread(pair.program.wait, 20) == 0
    assert time.monotonic() - begun < 10
    assert pair.faults() == []

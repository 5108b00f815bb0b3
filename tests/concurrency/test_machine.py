"""Whatever two processes are asked at the same moment, the invariants hold.

A machine makes a room with two sessions and a few people, and then lets two calls at a time meet, through
two apps on one PostgreSQL database. Each call may succeed or be refused with a fault that its route announces
(the apps are strict: anything else is a 500); after each pair the database is asked for every invariant.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.concurrency.invariants import SEATS, broken
from tests.concurrency.pairs import Somebody, Two, a_trembling_hand, two_halls
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.postgres]

EXTERNAL = {"mode": "external", "external_url": "https://video.example.org/1"}
Run = Callable[[Coroutine[Any, Any, Any]], Any]
VIEWERS = 3

# A name of `PLAIN` or `Calls`; who (0 the host, 1 a moderator, then viewers), whom, in which session.
Call = tuple[str, int, int, int]
PLAIN: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "go_live": ("POST", "{path}/go-live", None),
    "end": ("POST", "{path}/end", None),
    "join": ("POST", "{path}/join", {"prefer": "hls"}),
    "leave": ("POST", "{path}/leave", None),
    "hand": ("POST", "{path}/stage/hand", None),
    "lower": ("DELETE", "{path}/stage/hand", None),
    "request": ("POST", "{path}/stage/join-request", None),
    "seat": ("POST", "{path}/stage/participants", {"user_id": ""}),
    "step_down": ("POST", "{path}/stage/leave", None),
    "unseat": ("POST", "{path}/stage/participants/{id}/remove", {"reason": "enough"}),
    "open_poll": ("POST", "{path}/polls", {"question": "Tea?", "options": ["yes", "no"]}),
    "ban": ("POST", "{path}/bans", {"user_id": ""}),
    "unban": ("DELETE", "{path}/bans/{id}", None),
    "moderator": ("POST", "{path}/moderators", {"user_id": ""}),
    "no_moderator": ("DELETE", "{path}/moderators/{id}", None),
    "co_host": ("POST", "{path}/co-hosts", {"user_id": ""}),
    "write": ("POST", "{path}/chat", {"message": "hello", "client_id": "c1"}),
    "default_preset": ("POST", "/presets/{preset}/default", None),
    "chat_off": ("PATCH", "{path}/settings", {"chat_enabled": False}),
}
COMPOSED = ("beat", "approve", "grant", "vote", "close_poll")
RARE = ("end", "ban", "co_host", "default_preset", "chat_off")
OF_VIEWERS = ("join", "leave", "beat", "hand", "lower", "request", "step_down", "vote", "write")
NAMES = tuple(name for name in (*PLAIN, *COMPOSED) for _ in range(1 if name in RARE else 3))
WHO = st.integers(0, VIEWERS + 1)
STAFF = st.sampled_from((0, 0, 0, 1, 1, 2))
SESSION = st.sampled_from((0, 0, 0, 1))


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Mostly by somebody who may."""
    name = draw(st.sampled_from(NAMES))
    return name, draw(WHO if name in OF_VIEWERS else STAFF), draw(WHO), draw(SESSION)


CALL = calls()


class Calls:
    """One evening, and the calls that anybody in it may try."""

    def __init__(self, people: list[Somebody], presets: list[str]) -> None:
        self.people, self.presets = people, presets
        self.paths: list[str] = []

    async def begin(self) -> None:
        host = self.people[0]
        room = (await host.post("/rooms", {"title": "A room"}, 201))["id"]
        for number in range(2):
            made = await host.post(f"/rooms/{room}/sessions", {"title": f"Number {number}", **EXTERNAL}, 201)
            self.paths.append(f"/sessions/{made['session']['id']}")
            changed = await host.here.patch(f"{self.paths[-1]}/settings", json={"max_join_limit": SEATS})
            assert changed.status_code == 200, changed.text
        await host.post(f"{self.paths[0]}/go-live", None, 200)
        await host.post(f"{self.paths[0]}/moderators", {"user_id": self.people[1].id})
        for each in self.people:
            await each.post(f"{self.paths[0]}/join", {"prefer": "hls"}, 200)

    async def end(self) -> None:
        for path in self.paths:
            await self.people[0].post(f"{path}/end")

    async def __call__(self, call: Call, *, there: bool) -> httpx.Response | None:
        name, who, whom, session = call
        client = self.people[who].there if there else self.people[who].here
        path, other = self.paths[session], self.people[whom]
        if name in PLAIN:
            verb, where, body = PLAIN[name]
            where = where.format(path=path, id=other.id, preset=self.presets[whom % 2])
            return await client.request(verb, where, json=body and {**body, **_named(body, other)})
        return await getattr(self, name)(client, path)

    async def beat(self, client: httpx.AsyncClient, path: str) -> httpx.Response | None:
        seat = await client.post(f"{path}/join", json={"prefer": "hls"})
        attendance = seat.json()["data"]["attendance_id"] if seat.is_success else None
        return await client.post(f"/attendance/{attendance}/beat", json={}) if attendance else None

    async def approve(self, client: httpx.AsyncClient, path: str) -> httpx.Response | None:
        return await self._first(client, f"{path}/stage/hands", "hands", "approve")

    async def grant(self, client: httpx.AsyncClient, path: str) -> httpx.Response | None:
        return await self._first(client, f"{path}/stage/join-requests", "requests", "approve")

    async def vote(self, client: httpx.AsyncClient, path: str) -> httpx.Response | None:
        poll = await self._poll(client, path)
        if poll is None:
            return None
        option = poll["options"][len(client.headers["authorization"]) % 2]["id"]
        return await client.post(f"{path}/polls/{poll['id']}/vote", json={"option_id": option})

    async def close_poll(self, client: httpx.AsyncClient, path: str) -> httpx.Response | None:
        poll = await self._poll(client, path)
        return await client.post(f"{path}/polls/{poll['id']}/close") if poll else None

    async def _poll(self, client: httpx.AsyncClient, path: str) -> dict[str, Any] | None:
        listed = await client.get(f"{path}/polls", params={"status": "open"})
        return next(iter(listed.json()["data"]["polls"]), None) if listed.is_success else None

    async def _first(
        self, client: httpx.AsyncClient, path: str, key: str, verb: str
    ) -> httpx.Response | None:
        listed = await client.get(path)
        waiting = listed.json()["data"][key] if listed.is_success else ()
        return await client.post(f"{path}/{waiting[0]['id']}/{verb}") if waiting else None


def _named(body: dict[str, Any], other: Somebody) -> dict[str, Any]:
    return {"user_id": other.id} if "user_id" in body else {}


class Machine(RuleBasedStateMachine):
    """`two`, `people`, `presets` and `run` are the test's, for all its evenings."""

    two: Two
    people: list[Somebody]
    presets: list[str]
    run: Run

    @initialize()
    def an_evening(self) -> None:
        self.calls = Calls(self.people, self.presets)
        self.frozen: dict[str, Any] = {}
        type(self).run(self.calls.begin())

    @rule(first=CALL, second=CALL)
    def both(self, first: Call, second: Call) -> None:
        answers = type(self).run(self._both(first, second))
        for answer in answers:
            assert answer is None or answer.status_code < 500, f"{first} beside {second}: {answer.text}"

    @rule(call=CALL)
    def twice(self, call: Call) -> None:
        self.both(call, call)

    async def _both(self, first: Call, second: Call) -> list[httpx.Response | None]:
        return list(await asyncio.gather(self.calls(first, there=False), self.calls(second, there=True)))

    @invariant()
    def holds(self) -> None:
        found, snapshots = type(self).run(self._look())
        assert found == []
        for session, snapshot in snapshots.items():  # I17: what is over is frozen
            assert self.frozen.setdefault(session, snapshot) == snapshot

    async def _look(self) -> tuple[list[str], dict[str, Any]]:
        over = await self.two.rows("SELECT id, preset_snapshot FROM session WHERE status = 'ended'")
        return await broken(self.two), {row["id"]: row["preset_snapshot"] for row in over}

    def teardown(self) -> None:
        if hasattr(self, "calls"):
            type(self).run(self.calls.end())


def play(folder: Path, server: PostgresServer, template: str, *, evenings: int, pairs: int) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(server.database(template))
        stack.enter_context(a_trembling_hand(seed=2))
        runner = stack.enter_context(asyncio.Runner())
        halls = two_halls(folder, url)
        two = runner.run(halls.__aenter__())
        try:
            roles = ("host", *("viewer",) * (VIEWERS + 1))
            people = [
                runner.run(two.person(f"p{number}@example.org", role)) for number, role in enumerate(roles)
            ]
            presets = [
                runner.run(people[0].post("/presets", {"name": name, "type": "whip"}, 201))["id"]
                for name in ("Quiet", "Loud")
            ]
            kind = type("Evenings", (Machine,), {
                "two": two, "people": people, "presets": presets, "run": staticmethod(runner.run),
            })  # fmt: skip
            chosen = settings(
                max_examples=evenings,
                stateful_step_count=pairs,
                derandomize=True,
                phases=[
                    Phase.generate
                ],  # two calls at once do not meet the same way again: nothing to shrink
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            run_state_machine_as_test(kind, settings=chosen)
        finally:
            runner.run(halls.__aexit__(None, None, None))


def test_the_invariants_hold_whatever_two_processes_do_at_once(
    tmp_path: Path, postgres_server: PostgresServer, postgres_template: str
) -> None:
    play(tmp_path, postgres_server, postgres_template, evenings=8, pairs=20)


@pytest.mark.long
def test_the_invariants_hold_through_many_evenings(
    tmp_path: Path, postgres_server: PostgresServer, postgres_template: str
) -> None:
    play(tmp_path, postgres_server, postgres_template, evenings=150, pairs=30)

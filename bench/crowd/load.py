"""`python -m bench.crowd.load PORT < house`: thousands enter one session, hear of a poll, and vote.

Figures as JSON. A refusal, a lost connection, or somebody who does not hear of the poll fails it.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from typing import Any

import msgspec
import uvloop

from bench.crowd.calling import Caller, Round, caller
from bench.crowd.preparing import ENTERING, House, enter, listen_in
from bench.wire import Calls, Ear, room_for

CALLS_PER_S = 100.0
CALLING = 1000  # of the crowd
HEARD_S = 30.0
OPENED = b'"poll.opened"'


class Figures(msgspec.Struct, frozen=True):
    entered_s: float
    heard: int  # people, of the poll
    heard_s: float  # until the last of them did
    quiet_vote_ms: float  # p99, before the crowd was there
    beat_ms: float  # p99 of a sign of life, the crowd listening, without a poll
    vote_ms: float  # p99, the crowd listening to the poll


class Crowd:
    def __init__(self, port: int, house: House, calls: Calls, caller: Caller) -> None:
        self._port, self._house, self._calls, self._caller = port, house, calls, caller
        self._seats: dict[str, str] = {}  # token → attendance
        self._ears: list[Ear] = []
        self._heard = 0
        self._everybody_heard = asyncio.Event()

    async def figures(self) -> Figures:
        quiet, full = self._house.sessions
        some = self._house.people[:CALLING]
        await self._each(some, lambda token: enter(self._calls, token, quiet))
        quiet_vote_ms = await self._vote(quiet, await self._poll(quiet), some)
        began = time.monotonic()
        await self._each(self._house.people, lambda token: self._enter(token, full))
        entered_s = round(time.monotonic() - began, 1)
        os.nice(10)  # the crowd's devices are not on the server's machine: it and who is timed go first
        beat_ms = await self._round(
            [(token, f"/attendance/{self._seats[token]}/beat", b"{}") for token in some]
        )
        began = time.monotonic()
        poll = await self._poll(full)
        heard_s = await self._all_heard(began)
        vote_ms = await self._vote(full, poll, some)
        lost = next((ear.failure for ear in self._ears if ear.failure), "")
        if lost:
            raise SystemExit(f"somebody was put out: {lost}")
        for ear in self._ears:
            ear.close()
        return Figures(entered_s, self._heard, heard_s, quiet_vote_ms, beat_ms, vote_ms)

    async def _each(self, tokens: list[str], call: Any) -> None:
        """So many at the same time."""
        waiting = iter(tokens)

        async def one_after_another() -> None:
            for token in waiting:
                await call(token)

        async with asyncio.TaskGroup() as group:
            for _ in range(ENTERING):
                group.create_task(one_after_another())

    async def _enter(self, token: str, session_id: str) -> None:
        seat = await enter(self._calls, token, session_id)
        self._seats[token] = seat["attendance_id"]
        self._ears.append(await listen_in(self._port, seat, "session", self._hear))

    def _hear(self, payload: bytes) -> None:
        self._heard += OPENED in payload
        if self._heard == len(self._house.people):
            self._everybody_heard.set()

    async def _all_heard(self, began: float) -> float:
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARD_S):
                await self._everybody_heard.wait()
        return round(time.monotonic() - began, 2)

    async def _poll(self, session_id: str) -> dict[str, Any]:
        body = {"question": "Tea?", "options": ["yes", "no"]}
        made: dict[str, Any] = await self._calls.data(self._house.host, f"/sessions/{session_id}/polls", body)
        return made

    async def _vote(self, session_id: str, poll: dict[str, Any], voters: list[str]) -> float:
        path = f"/sessions/{session_id}/polls/{poll['id']}/vote"
        choices = [json.dumps({"option_id": each["id"]}).encode() for each in poll["options"]]
        return await self._round([(token, path, choices[n % 2]) for n, token in enumerate(voters)])

    async def _round(self, calls: list[tuple[str, str, bytes]]) -> float:
        return await self._caller.timed(Round(self._port, CALLS_PER_S, calls))


async def main(port: int, house: House) -> Figures:
    async with Calls(port, ENTERING) as calls, caller() as apart:
        return await Crowd(port, house, calls, apart).figures()


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=House)
    room_for(len(told.people) + 200)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(msgspec.json.encode(runner.run(main(int(sys.argv[1]), told))).decode())

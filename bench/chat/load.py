"""`python -m bench.chat.load PORT PID < crowds`: many write to the chats of some sessions, others listen.

Figures as JSON. Messages go round the sessions, and the writers of each in turn; a message is not begun
before it is due, and at most so many wait for their answer at a time. Nothing is made up for after a delay.
"""

import asyncio
import itertools
import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import datetime

import msgspec
import uvloop

from bench.crowd.preparing import ENTERING, enter, listen_in
from bench.processes import Processes
from bench.wire import Calls, Ear, p99, room_for

PATIENCE_S = 15.0  # for the last delivery
QUIET_S = 1.0  # without a delivery: there are no more to come
MESSAGE = b'"type":"chat.message"'
AT = re.compile(rb'"type":"chat\.message".*?"at":"([^"]+)"')


class Crowds(msgspec.Struct, frozen=True):
    """`people`: tokens of those who are in a session, by session; the first `listeners` of each listen."""

    people: dict[str, list[str]]
    listeners: int
    messages: int
    rate: float  # messages begun a second, at most


class Figures(msgspec.Struct, frozen=True):
    accepted: int
    accepted_per_s: float
    per_cpu_s: float  # of the server's, until the last delivery
    p99_ms: float
    delivered: int  # to all listeners together
    fullest: int  # messages that one listener got of any one second, by the time they were written


class Chat:
    def __init__(self, port: int, pid: int, told: Crowds, calls: Calls) -> None:
        self._port, self._told, self._calls = port, told, calls
        self._server = Processes([pid])
        self._ears: list[Ear] = []
        self._delivered = 0
        self._last = 0.0
        self._times: list[str] = []  # of the messages that one listener gets
        self._took: list[float] = []

    async def figures(self) -> Figures:
        await self._enter()
        cpu, began = sum(self._server.cpu_seconds()), time.perf_counter()
        await self._write()
        elapsed = time.perf_counter() - began
        await self._silence()
        spent = sum(self._server.cpu_seconds()) - cpu
        lost = next((ear.failure for ear in self._ears if ear.failure), "")
        if lost:
            raise SystemExit(f"a listener was put out: {lost}")
        for ear in self._ears:
            ear.close()
        accepted = len(self._took)
        return Figures(
            accepted=accepted,
            accepted_per_s=round(accepted / elapsed, 1),
            per_cpu_s=round(accepted / spent, 1) if spent else 0,
            p99_ms=p99(self._took),
            delivered=self._delivered,
            fullest=fullest(self._times),
        )

    async def _enter(self) -> None:
        waiting = iter(
            [
                (token, session_id, number < self._told.listeners)
                for session_id, tokens in self._told.people.items()
                for number, token in enumerate(tokens)
            ]
        )

        listening = itertools.count()

        async def one_after_another() -> None:
            for token, session_id, listens in waiting:
                seat = await enter(self._calls, token, session_id)
                if listens:
                    heard = self._hear_times if next(listening) == 0 else self._hear
                    self._ears.append(await listen_in(self._port, seat, "chat", heard))
                else:  # a player's sign of life: who was never seen is forgotten after a minute (C12)
                    await self._calls.post(token, f"/attendance/{seat['attendance_id']}/beat", b"{}")

        async with asyncio.TaskGroup() as group:
            for _ in range(ENTERING):
                group.create_task(one_after_another())

    async def _write(self) -> None:
        """Raises: Refusal, when a message is not accepted."""
        pending = self._messages()
        due = time.perf_counter()
        every_s = 1 / self._told.rate

        async def one_after_another() -> None:
            nonlocal due
            for token, path, body in pending:
                due = max(due + every_s, time.perf_counter())
                if (wait := due - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                began = time.perf_counter()
                await self._calls.post(token, path, body)
                self._took.append(time.perf_counter() - began)

        async with asyncio.TaskGroup() as group:
            for _ in range(ENTERING):
                group.create_task(one_after_another())

    def _messages(self) -> Iterator[tuple[str, str, bytes]]:
        crowds = list(self._told.people.items())
        for number in range(self._told.messages):
            session_id, tokens = crowds[number % len(crowds)]
            token = tokens[number // len(crowds) % len(tokens)]
            body = json.dumps({"message": f"What number {number} wants to say"}).encode()
            yield token, f"/sessions/{session_id}/chat", body

    async def _silence(self) -> None:
        """Until nothing came for a while."""
        end = time.perf_counter() + PATIENCE_S
        self._last = time.perf_counter()
        while (now := time.perf_counter()) < end and now - self._last < QUIET_S:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    def _hear(self, payload: bytes) -> None:
        self._delivered += payload.count(MESSAGE)
        self._last = time.perf_counter()

    def _hear_times(self, payload: bytes) -> None:
        self._hear(payload)
        self._times += [found.decode() for found in AT.findall(payload)]


def fullest(times: list[str]) -> int:
    """How many of them fall into the fullest second."""
    moments = sorted(datetime.fromisoformat(each).timestamp() for each in times)
    most, start = 0, 0
    for end, moment in enumerate(moments):
        while moments[start] <= moment - 0.9995:  # written to the millisecond
            start += 1
        most = max(most, end - start + 1)
    return most


async def main(port: int, pid: int, told: Crowds) -> Figures:
    async with Calls(port, ENTERING) as calls:
        return await Chat(port, pid, told, calls).figures()


if __name__ == "__main__":
    crowds = msgspec.json.decode(sys.stdin.buffer.read(), type=Crowds)
    room_for(crowds.listeners * len(crowds.people) + 200)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(main(int(sys.argv[1]), int(sys.argv[2]), crowds))
    print(msgspec.json.encode(found).decode())

"""`python -m bench.crowd.calling < rounds`: one call of each, so many a second; p99 in ms on stdout.

A process of its own, so that listening to thousands does not delay what is timed. A call is begun when it is
due, whether or not the earlier ones are answered, and is timed from when it was due.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from bench.wire import Calls, p99

CONNECTIONS = 64
WARM = 20  # calls that do not count
LENGTH_BYTES = 4  # before each round


class Round(msgspec.Struct, frozen=True):
    """`calls`: token, path, body of each."""

    port: int
    rate: float
    calls: list[tuple[str, str, bytes]]


async def made(wanted: Round) -> float:
    """Raises: Refusal, when one is refused."""
    took: list[float] = []
    async with Calls(wanted.port, CONNECTIONS) as calls:
        began = time.perf_counter() + 0.2

        async def one(number: int, call: tuple[str, str, bytes]) -> None:
            due = began + number / wanted.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await calls.post(*call)
            if number >= WARM:
                took.append(time.perf_counter() - due)

        async with asyncio.TaskGroup() as all_of_them:
            for number, call in enumerate(wanted.calls):
                all_of_them.create_task(one(number, call))
    return p99(took)


class Caller:
    """The process of its own, from its start on as important as those who start it were then."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def timed(self, wanted: Round) -> float:
        """p99 in ms. Raises: SystemExit, when a call was refused."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        told = msgspec.msgpack.encode(wanted)
        self._process.stdin.write(len(told).to_bytes(LENGTH_BYTES, "big") + told)
        found = await self._process.stdout.readline()
        if not found:
            raise SystemExit("a call of the crowd was refused")
        return float(found)


@asynccontextmanager
async def caller() -> AsyncIterator[Caller]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.crowd.calling",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        yield Caller(process)
    finally:
        process.stdin.close()
        await process.wait()


def main() -> None:
    import uvloop

    stdin = sys.stdin.buffer
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        while length := stdin.read(LENGTH_BYTES):
            told = stdin.read(int.from_bytes(length, "big"))
            print(runner.run(made(msgspec.msgpack.decode(told, type=Round))), flush=True)


if __name__ == "__main__":
    main()

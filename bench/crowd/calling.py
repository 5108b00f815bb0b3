"""`python -m bench.crowd.calling < round`: one call of each, so many a second; p99 in ms on stdout.

A process of its own, so that listening to thousands does not delay what is timed. A call is begun when it is
due, whether or not the earlier ones are answered, and is timed from when it was due.
"""

import asyncio
import sys
import time

import msgspec

from bench.wire import Calls, p99

CONNECTIONS = 64
WARM = 20  # calls that do not count


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


async def timed(wanted: Round) -> float:
    """The same, in a process of its own. Raises: SystemExit, when a call was refused."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.crowd.calling",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    found, _ = await process.communicate(msgspec.msgpack.encode(wanted))
    if process.returncode != 0:
        raise SystemExit("a call of the crowd was refused")
    return float(found)


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(made(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Round))))

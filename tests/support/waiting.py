"""Waiting for what must become true: ask again and again, until a deadline. Times in seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")


class NotInTime(AssertionError):
    """A condition did not become true before its deadline."""


def wait_until(condition: Callable[[], object], *, within: float, what: str, every: float = 0.05) -> None:
    """Block until the condition holds.

    Raises: NotInTime.
    """
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise NotInTime(f"{what}: not within {within} s")
        time.sleep(every)


async def eventually(
    ask: Callable[[], Awaitable[Answer]],
    holds: Callable[[Answer], object] = bool,
    *,
    within: float,
    what: str,
    every: float = 0.05,
) -> Answer:
    """The first answer that holds; the loop goes on meanwhile.

    Raises: NotInTime, with the last answer.
    """
    deadline = time.monotonic() + within
    while not holds(answer := await ask()):
        if time.monotonic() > deadline:
            raise NotInTime(f"{what}: not within {within} s; last: {answer!r:.600}")
        await asyncio.sleep(every)
    return answer

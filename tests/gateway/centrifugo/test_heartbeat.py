"""The wheel that visits connections: as often as said, and never many at once."""

import asyncio
from collections import Counter

from livehall.gateway.centrifugo.heartbeat import Heartbeat, Rhythm


class Visited:
    def __init__(self, visits: list[tuple[float, "Visited"]]) -> None:
        self._visits = visits

    def beat(self) -> None:
        self._visits.append((asyncio.get_running_loop().time(), self))

    def check_pong(self) -> None:
        pass


async def test_those_who_came_together_are_visited_apart_and_each_once_in_an_interval() -> None:
    visits: list[tuple[float, Visited]] = []
    heartbeat = Heartbeat(Rhythm(ping=1.0, pong=0.4))
    everybody = [Visited(visits) for _ in range(400)]
    began = asyncio.get_running_loop().time()
    for each in everybody:
        heartbeat.spread(each)
    await asyncio.sleep(1.2)
    for each in everybody:
        heartbeat.remove(each)

    first = visits[: len(everybody)]
    assert {who for _, who in first} == set(everybody)
    assert all(0.4 < at - began < 1.2 for at, _ in first)
    assert max(Counter(round((at - began) / 0.025) for at, _ in first).values()) < len(everybody) / 4


async def test_ticks_that_come_late_do_not_stretch_the_interval() -> None:
    visits: list[tuple[float, Visited]] = []
    heartbeat = Heartbeat(Rhythm(ping=0.5, pong=0.2))
    steady = Visited(visits)
    heartbeat.add(steady, 0.25)
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(1.6)
    heartbeat.remove(steady)
    assert [round((at - began) / 0.25) for at, _ in visits] == [1, 3, 5]

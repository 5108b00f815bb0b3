"""The wheel that visits connections: as often as said, and never many at once. Its clock is moved by hand."""

import asyncio
import selectors
from collections import Counter
from collections.abc import Coroutine

from livehall.gateway.centrifugo.heartbeat import Heartbeat, Rhythm


class Skipping(selectors.DefaultSelector):
    """Where a loop would wait, its clock moves on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0  # seconds

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0
        return super().select(0)


class Clockwork(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.hand = Skipping()
        super().__init__(self.hand)

    def time(self) -> float:
        return self.hand.now


def run(main: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=Clockwork) as runner:
        runner.run(main)


class Visited:
    def __init__(self, visits: list[tuple[float, "Visited"]]) -> None:
        self._visits = visits

    def beat(self) -> None:
        self._visits.append((asyncio.get_running_loop().time(), self))

    def check_pong(self) -> None:
        pass


def test_those_who_came_together_are_visited_apart_and_each_once_in_an_interval() -> None:
    visits: list[tuple[float, Visited]] = []
    everybody = [Visited(visits) for _ in range(400)]

    async def main() -> None:
        heartbeat = Heartbeat(Rhythm(ping=1.0, pong=0.4))
        for each in everybody:
            heartbeat.spread(each)
        await asyncio.sleep(1.4)
        for each in everybody:
            heartbeat.remove(each)

    run(main())
    assert len(visits) == len(everybody)
    assert {who for _, who in visits} == set(everybody)
    slots = Counter(round((at - 1000) / 0.025) for at, _ in visits)
    assert set(slots) <= set(range(20, 41))  # the second half of an interval
    assert max(slots.values()) < len(everybody) / 4


def test_ticks_that_come_late_do_not_stretch_the_interval() -> None:
    visits: list[tuple[float, Visited]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Clockwork)
        heartbeat = Heartbeat(Rhythm(ping=0.5, pong=0.2))
        steady = Visited(visits)
        heartbeat.add(steady, 0.25)
        while loop.time() < 1001.6:
            await asyncio.sleep(0.001)
            loop.hand.now += 0.055  # the loop was busy for more than two ticks
        heartbeat.remove(steady)

    run(main())
    assert [round((at - 1000) / 0.25) for at, _ in visits] == [1, 3, 5]
    # Each as late as the loop was, the last no later than the first.
    assert all(0 <= at - 1000 - due < 0.06 for (at, _), due in zip(visits, (0.25, 0.75, 1.25), strict=True))

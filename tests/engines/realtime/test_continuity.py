"""Nothing lost, nothing twice: random lives of listeners, relays that lag, hubs that start anew."""

import asyncio
import random

import pytest

from livehall.core.ports.channels import Since
from livehall.core.ports.realtime import Connected, Publication, Subscribed
from livehall.engines.realtime import Hub, Limits
from tests.engines.realtime.test_hub import CHAT, lines

EPOCH = "epoch-1"


class World:
    """A journal, a gate that reads it with delays, a relay that lags behind it, and the present hub."""

    epoch = EPOCH

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.journal: list[int] = []
        self.relayed = 0
        self.start_hub()

    def start_hub(self) -> None:
        """Another process: it remembers nothing, and its relay repeats some of the last rows."""
        limits = Limits(write_gap=self.chance.choice([0.0, 0.001]), recovery_publications=20)
        self.hub = Hub(self, lines, limits)  # type: ignore[arg-type] # no connects are asked for
        self.relayed = max(0, self.relayed - self.chance.randint(0, 5))

    def write(self) -> None:
        last = self.journal[-1] if self.journal else 0
        self.journal.append(last + self.chance.randint(1, 4))

    def relay(self, rows: int) -> None:
        for position in self.journal[self.relayed : self.relayed + rows]:
            self.hub.publish(CHAT, Publication(data=b"1", position=position))
        self.relayed = min(len(self.journal), self.relayed + rows)

    async def pause(self) -> None:
        for _ in range(self.chance.randint(0, 3)):
            await asyncio.sleep(0)

    async def subscribe(self, who: Connected, channel: str) -> Subscribed:
        await self.pause()
        top = self.journal[-1] if self.journal else 0
        await self.pause()
        return Subscribed(recoverable=True, top=top)

    async def history(self, channel: str, after: int, limit: int) -> tuple[Publication, ...] | None:
        await self.pause()
        found = tuple(Publication(data=b"1", position=each) for each in self.journal if each > after)
        await self.pause()
        return found if len(found) <= limit else None


class Client:
    """Does what Centrifugo's clients do: keeps the last offset and asks to recover from it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = "client"
        self.who = Connected()
        self.since: Since | None = None
        self.known_from = 0  # all above it has come as publications
        self.got: list[int] = []
        self.hub: Hub | None = None

    def send(self, data: bytes) -> None:
        for line in data.splitlines():
            position = int(line.split()[1])
            self.got.append(position)
            self.since = Since(position, EPOCH)

    def unsubscribed(self, channel: str, code: int, reason: str) -> None:
        raise AssertionError("nobody takes a channel away here")

    def disconnect(self, code: int, reason: str) -> None:
        raise AssertionError("nobody is put out here")

    async def come(self) -> None:
        self.hub = self.world.hub
        self.hub.attach(self, asyncio.get_running_loop().time())
        admit = await self.hub.subscribe(self, CHAT, self.since)
        await self.world.pause()
        joined = admit()
        if not joined.recovered:
            self.known_from, self.got = joined.position, []
        self.since = Since(joined.position, EPOCH)
        for publications in (joined.missed, joined.following):
            if publications:
                self.send(lines(CHAT, publications))

    def go(self) -> None:
        if self.hub is not None:
            self.hub.detach(self)
            self.hub = None


@pytest.mark.parametrize("seed", range(150))
async def test_every_listener_has_everything_once_and_in_order(seed: int) -> None:
    world = World(seed)
    clients = [Client(world) for _ in range(6)]
    coming: set[asyncio.Task[None]] = set()
    for _ in range(200):
        move = world.chance.random()
        if move < 0.35:
            world.write()
        elif move < 0.6:
            world.relay(world.chance.randint(1, 4))
        elif move < 0.75:
            client = world.chance.choice(clients)
            if client.hub is None:
                client.hub = world.hub
                coming.add(asyncio.create_task(client.come()))
        elif move < 0.85:
            await asyncio.gather(*coming)
            coming.clear()
            world.chance.choice(clients).go()
        elif move < 0.87:
            await asyncio.gather(*coming)
            coming.clear()
            for client in clients:
                client.go()
            world.start_hub()
        else:
            await world.pause()
    await asyncio.gather(*coming)
    for client in clients:
        if client.hub is None:
            await client.come()
    world.relay(len(world.journal))
    await asyncio.sleep(0.01)
    for client in clients:
        assert client.got == [each for each in world.journal if each > client.known_from]
        client.go()

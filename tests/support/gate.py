"""The core's side of the realtime port, in memory: who may come in, what a snapshot says, the journal."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping

from livehall.core.ports.realtime import Connected, Publication, Refused, Subscribed

BAD_TOKEN = Refused(4501, "bad token", disconnect=True)


class MemoryGate:
    """Answers from plain attributes, which a test sets; counts what it was asked."""

    def __init__(self, epoch: str = "epoch-1") -> None:
        self.epoch = epoch
        self.people: dict[str, Connected] = {}
        self.channels: dict[str, Subscribed] = {}
        self.journal: defaultdict[str, list[Publication]] = defaultdict(list)
        self.refusals: dict[str, Refused] = {}
        self.connection_expiry: int | None = int(time.time()) + 3600
        self.subscription_expiry: int | None = int(time.time()) + 3600
        self.open = asyncio.Event()  # subscribes wait for it
        self.open.set()
        self.asked: list[str] = []

    def person(self, token: str, user: str, *channels: str, expires_at: int | None = None) -> str:
        self.people[token] = Connected(
            user=user,
            expires_at=expires_at,
            info={"name": user.title()},
            meta={"org": "hall"},
            channels=channels,
        )
        return token

    def channel(self, name: str, **answer: object) -> str:
        self.channels[name] = Subscribed(**{"recoverable": True} | answer)  # type: ignore[arg-type]
        return name

    async def connect(self, token: str) -> Connected:
        self.asked.append("connect")
        if not token:
            return Connected()
        if token not in self.people:
            raise BAD_TOKEN
        return self.people[token]

    async def refresh(self, meta: Mapping[str, str], user: str) -> int | None:
        self.asked.append(f"refresh {meta.get('org')} {user}")
        return self.connection_expiry

    async def subscribe(self, who: Connected, channel: str) -> Subscribed:
        self.asked.append(f"subscribe {channel}")
        await self.open.wait()
        if channel in self.refusals:
            raise self.refusals[channel]
        if channel not in self.channels:
            raise Refused(103, "permission denied")
        return self.channels[channel]

    async def refresh_subscription(self, who: Connected, channel: str) -> int | None:
        self.asked.append(f"refresh {channel}")
        return self.subscription_expiry

    async def history(self, channel: str, after: int, limit: int) -> tuple[Publication, ...] | None:
        self.asked.append(f"history {channel} {after}")
        if channel not in self.journal:
            return None
        found = tuple(each for each in self.journal[channel] if each.position > after)
        return found if len(found) <= limit else None

"""Whom an API key stands for.

Key, account and revocation are read again when what is remembered of a key is older than 2 s (threat 4).
"""

import time
from collections import OrderedDict

import msgspec

from livehall.core.people import clients, clients_store, store
from livehall.core.people.rules import digest
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Unauthenticated
from livehall.kernel.work import Desk

FRESH_S = 2.0
REMEMBERED = 50_000


class Known(msgspec.Struct, frozen=True):
    actor: Actor
    read_at: float


class ApiKeys:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: OrderedDict[bytes, Known] = OrderedDict()  # by the secret's digest

    async def read(self, key: str) -> Actor:
        """Raises: Unauthenticated."""
        secret, now = digest(key), time.monotonic()
        known = self._known.get(secret)
        if known is None or now - known.read_at > FRESH_S:
            self._known.pop(secret, None)
            known = self._known[secret] = Known(await self._read(secret), now)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return known.actor

    def forget(self) -> None:
        """Read every key afresh at its next use: one was changed, rotated or revoked."""
        self._known.clear()

    async def _read(self, secret: bytes) -> Actor:
        async with self._desk.read(SYSTEM) as read:
            found = await clients_store.by_secret(read, secret)
            person = await store.person(read, found.created_by, found.organization_id) if found else None
            before = read.now - clients.NOTED
        actor = clients.actor_of(found, person) if found is not None and person is not None else None
        if found is None or actor is None:
            raise Unauthenticated("This API key is unknown, expired or revoked.")
        if found.last_used_at is None or found.last_used_at < before:
            async with self._desk.work(SYSTEM, hot=True) as work:
                await clients_store.touch(work, found.id, before)
        return actor

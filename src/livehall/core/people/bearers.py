"""Whom an access token of an OAuth client stands for, as the database knows it now.

Client, account and revocation are read again when what is remembered of them is older than 2 s.
"""

import time
from collections import OrderedDict

import msgspec

from livehall.core.people import clients, store
from livehall.core.people import clients_store as kept
from livehall.core.ports.tokens import ClientClaims, ClientTokens
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Unauthenticated
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

FRESH_S = 2.0
REMEMBERED = 10_000


class Bearer(msgspec.Struct, frozen=True):
    """A token that holds: what it says, and who comes with it."""

    claims: ClientClaims
    actor: Actor


class Known(msgspec.Struct, frozen=True):
    actor: Actor | None
    read_at: float


class Bearers:
    def __init__(self, desk: Desk, tokens: ClientTokens) -> None:
        self._desk, self._tokens = desk, tokens
        self._known: OrderedDict[Id, Known] = OrderedDict()  # by token

    def is_one(self, token: str) -> bool:
        return self._tokens.is_one(token)

    async def read(self, token: str) -> Bearer:
        """Raises: BadToken, ExpiredToken, Unauthenticated."""
        claims, now = await self._tokens.read(token), time.monotonic()
        known = self._known.get(claims.token_id)
        if known is None or now - known.read_at > FRESH_S:
            known = self._known[claims.token_id] = Known(await self._actor(claims), now)
            self._known.move_to_end(claims.token_id)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        if known.actor is None:
            raise Unauthenticated("The client of this token is revoked or expired, or the token is.")
        return Bearer(claims, known.actor)

    def forget(self) -> None:
        """Read every token afresh at its next use: a client was changed, or a token ended."""
        self._known.clear()

    async def _actor(self, claims: ClientClaims) -> Actor | None:
        async with self._desk.read(SYSTEM) as read:
            client = await kept.by_client_id(read, claims.client_id)
            if client is None or await kept.token_is_revoked(read, claims.token_id):
                return None
            person = await store.person(read, client.created_by, client.organization_id)
            before = read.now - clients.NOTED
        if person is None:
            return None
        if client.last_used_at is None or client.last_used_at < before:
            async with self._desk.work(SYSTEM, hot=True) as work:
                await kept.touch(work, client.id, before)
        return clients.actor_of(client, person)


def narrowed(actor: Actor, scopes: tuple[str, ...]) -> Actor:
    """The same client with these of its scopes alone."""
    role = actor.role if "admin" in scopes else "host"
    return msgspec.structs.replace(actor, scopes=scopes, role=role)

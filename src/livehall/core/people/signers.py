"""Whom a token stands for that a customer's own server has signed with its signing secret.

Secret, account and revocation are read again when what is remembered of a token is older than 2 s.
"""

import time
from collections import OrderedDict

import msgspec

from livehall.core.people import clients, store
from livehall.core.people import clients_store as kept
from livehall.core.people.model import ApiClient
from livehall.core.ports.sealing import Sealing
from livehall.core.ports.tokens import BadToken, ExpiredToken, SignedTokens
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.work import Desk, Read

FRESH_S = 2.0
REMEMBERED = 20_000


class Signed(msgspec.Struct, frozen=True, eq=False, weakref=True):
    """A token that holds: what it says, and the client whose secret has signed it."""

    claims: dict[str, object]
    actor: Actor
    read_at: float


class Signers:
    def __init__(self, desk: Desk, sealing: Sealing, tokens: SignedTokens) -> None:
        self._desk, self._sealing, self._tokens = desk, sealing, tokens
        self._known: OrderedDict[str, Signed] = OrderedDict()

    async def read(self, token: str) -> Signed:
        """Raises: BadToken, ExpiredToken."""
        known, now = self._known.get(token), time.monotonic()
        if known is None or now - known.read_at > FRESH_S:
            self._known.pop(token, None)
            known = self._known[token] = await self._read(token)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        expires = known.claims.get("exp")
        if isinstance(expires, (int, float)) and expires <= time.time():
            raise ExpiredToken
        return known

    async def _read(self, token: str) -> Signed:
        issuer = self._tokens.issuer_of(token)
        async with self._desk.read(SYSTEM) as read:
            client, claims = self._signer(read, await kept.by_issuer(read, issuer), token)
            person = await store.person(read, client.created_by, client.organization_id)
            before = read.now - clients.NOTED
        actor = clients.actor_of(client, person) if person is not None else None
        if actor is None:
            raise BadToken("The account that this secret acts for may do nothing here.")
        if client.last_used_at is None or client.last_used_at < before:
            async with self._desk.work(SYSTEM, hot=True) as work:
                await kept.touch(work, client.id, before)
        return Signed(claims, actor, time.monotonic())

    def _signer(self, read: Read, found: list[ApiClient], token: str) -> tuple[ApiClient, dict[str, object]]:
        """The one whose secret fits: an issuer is a name that several may have chosen. Raises: BadToken."""
        for client in found:
            secrets = clients.signing_secrets(self._sealing, client, read.now)
            try:
                return client, self._tokens.claims_of(token, secrets)
            except BadToken:
                continue
        raise BadToken

"""Who calls: an access token in the `Authorization` header, an API key in `X-Api-Key`, or nobody.

An access token is a person's, or an OAuth client's that was made for this API: then the client acts as with a
key, with those of its scopes that the token names.

A token's role is never more than the database's (threat 4): membership, activity and revocation are read
again when what is remembered of them is older than 2 s. The same holds for a key and the account that it
acts for. Neither is taken in the other's place (threat 2).
"""

import time
from collections import OrderedDict

import msgspec

from livehall.core.people import reading
from livehall.core.people.api_keys import ApiKeys
from livehall.core.people.bearers import Bearers, narrowed
from livehall.core.people.faults import AccountDisabled
from livehall.core.people.model import Person
from livehall.core.ports.tokens import BadToken, Claims, Tokens
from livehall.dialects.kit import Call
from livehall.kernel.actor import ANONYMOUS, SYSTEM, Actor
from livehall.kernel.faults import Unauthenticated
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

AUDIENCE = "live"  # of an OAuth client's token that this API takes
FRESH_S = 2.0
REMEMBERED = 50_000


class Standing(msgspec.Struct, frozen=True):
    person: Person | None  # None: gone, or the sign-in was ended
    read_at: float


class SignIn:
    def __init__(self, desk: Desk, tokens: Tokens, bearers: Bearers, keys: ApiKeys) -> None:
        self._desk, self._tokens, self._bearers, self._keys = desk, tokens, bearers, keys
        self._standings: OrderedDict[tuple[Id, Id, Id | None], Standing] = OrderedDict()

    async def __call__(self, call: Call) -> Actor:
        """Raises: Unauthenticated, BadToken, ExpiredToken, AccountDisabled."""
        if (key := call.headers.get("x-api-key")) is not None:
            return await self.client(key)
        header = call.headers.get("authorization")
        if header is None:
            return ANONYMOUS
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("Send `Authorization: Bearer` and an access token.")
        if self._bearers.is_one(token.strip()):
            return await self._bearer(token.strip())
        return await self.actor(self._tokens.read(token.strip(), "api"))

    async def _bearer(self, token: str) -> Actor:
        """The OAuth client of a token. Raises: BadToken, ExpiredToken, Unauthenticated."""
        found = await self._bearers.read(token)
        if found.claims.audience != AUDIENCE:
            raise BadToken
        scopes = tuple(each for each in found.actor.scopes if each in found.claims.scopes)
        return narrowed(found.actor, scopes)

    async def client(self, key: str) -> Actor:
        """Whom an API key stands for now. Raises: Unauthenticated."""
        return await self._keys.read(key)

    def forget_clients(self) -> None:
        """Read every client afresh at its next call: one was changed, rotated or revoked."""
        self._keys.forget()
        self._bearers.forget()

    async def actor(self, claims: Claims) -> Actor:
        """The caller that verified claims stand for, as the database knows it now."""
        person = await self._person((claims.account_id, claims.organization_id, claims.family_id))
        if person is None:
            raise Unauthenticated("This sign-in was ended.")
        if not person.is_active:
            raise AccountDisabled
        return Actor(
            kind="account",
            id=person.id,
            organization_id=person.organization_id,
            role=person.role,
            is_guest=person.is_guest,
            name=person.name,
            session_id=claims.session_id,
            visitor_key=claims.visitor_key,
            family_id=claims.family_id,
        )

    async def standing(
        self, account_id: Id, organization_id: Id, family_id: Id | None = None
    ) -> Actor | None:
        """Whom an open connection stands for, as the database knows it now; None when it may not."""
        person = await self._person((account_id, organization_id, family_id))
        if person is None or not person.is_active:
            return None
        return Actor(
            kind="account",
            id=person.id,
            organization_id=person.organization_id,
            role=person.role,
            is_guest=person.is_guest,
            name=person.name,
            family_id=family_id,
        )

    def forget(self, account_id: Id) -> None:
        """Read this account afresh at its next call: something about it was revoked."""
        for key in [key for key in self._standings if key[0] == account_id]:
            del self._standings[key]

    async def _person(self, key: tuple[Id, Id, Id | None]) -> Person | None:
        account_id, organization_id, family_id = key
        now = time.monotonic()
        standing = self._standings.get(key)
        if standing is None or now - standing.read_at > FRESH_S:
            async with self._desk.read(SYSTEM) as read:
                person = await reading.signed_in(read, account_id, organization_id, family_id)
            standing = self._standings[key] = Standing(person, now)
            self._standings.move_to_end(key)
            if len(self._standings) > REMEMBERED:
                self._standings.popitem(last=False)
        return standing.person

"""What the core asks of tokens and passwords. Adapters: `engines.tokens`, `engines.passwords`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from livehall.kernel.actor import Role
from livehall.kernel.faults import Unauthenticated
from livehall.kernel.ids import Id

Audience = Literal["api", "realtime"]


class BadToken(Unauthenticated):
    message = "The token is not one of ours, or was made for something else."


class ExpiredToken(Unauthenticated):
    message = "The token has expired."


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token of ours says. Refused wherever another audience is expected."""

    audience: Audience
    expires_at: datetime
    account_id: Id
    organization_id: Id
    role: Role
    name: str
    family_id: Id | None = None  # of the refresh token beside it: revoked together
    session_id: Id | None = None  # bound to this session
    attendance_id: Id | None = None  # realtime tokens of `join`
    visitor_key: str | None = None


class Tokens(Protocol):
    def issue(self, claims: Claims) -> str: ...

    def read(self, token: str, audience: Audience) -> Claims:
        """Raises: BadToken, ExpiredToken."""
        ...


class ClientClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token of an OAuth client says. `client_id` is the public one, `lhc_…`."""

    token_id: Id
    client_id: str
    scopes: tuple[str, ...]
    audience: str | None  # the API that it is for; None: whose scope it has
    issued_at: datetime
    expires_at: datetime


class ClientTokens(Protocol):
    """Access tokens that others can check too: signed with a private key, its public half in `keys`."""

    def is_one(self, token: str) -> bool:
        """Whether it looks like a token of this kind; nothing is checked."""
        ...

    async def issue(self, claims: ClientClaims) -> str: ...

    async def read(self, token: str) -> ClientClaims:
        """Raises: BadToken, ExpiredToken."""
        ...

    async def keys(self) -> dict[str, object]:
        """The public keys that tokens are checked with (RFC 7517 §5), the present one first."""
        ...


class Passwords(Protocol):
    async def hash(self, password: str) -> str: ...

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether they match. Without a kept hash the same time passes, and the answer is no."""
        ...


class SignedTokens(Protocol):
    """Tokens that a customer's own server signs with a secret that both know (HS256)."""

    def issuer_of(self, token: str) -> str:
        """Who is said to have signed it; nothing is checked. Raises: BadToken."""
        ...

    def claims_of(self, token: str, secrets: Sequence[str]) -> dict[str, object]:
        """What a token says that was signed with one of these and has not expired.

        Raises: BadToken, ExpiredToken.
        """
        ...

"""Use cases of OAuth clients: a token for an id and a secret, and its end (RFC 6749 §4.4, RFC 7009).

A token says which client it was made for and with which scopes; whom the client acts for, and whether it
still may, the database says at each use (`bearers`).
"""

import hmac
from datetime import timedelta

from livehall.core.people import clients_store as store
from livehall.core.people.model import ApiClient
from livehall.core.people.rules import digest
from livehall.core.ports.tokens import ClientClaims
from livehall.kernel.faults import Invalid, Unauthenticated
from livehall.kernel.ids import new_id
from livehall.kernel.work import Work

LIFETIME = timedelta(hours=1)


class BadClient(Unauthenticated):
    code = "invalid_client"
    message = "Client id and secret belong to no OAuth client in force."


class BadScope(Invalid):
    code = "invalid_scope"
    message = "The client does not have this scope."


class BadGrant(Invalid):
    code = "unsupported_grant_type"
    message = "The grant type is `client_credentials`."


async def client(work: Work, client_id: str, secret: str) -> ApiClient:
    """The OAuth client in force that has this secret. Raises: BadClient."""
    found = await store.by_client_id(work, client_id)
    given = digest(secret)
    if found is None:
        raise BadClient
    kept = [found.secret_hash]
    if found.previous_until is not None and found.previous_until > work.now:
        kept.append(found.previous_hash or b"")
    if not any(hmac.compare_digest(each, given) for each in kept):
        raise BadClient
    return found


def granted(row: ApiClient, wanted: str) -> tuple[str, ...]:
    """The scopes of a token: those wanted, or all that the client has. Raises: BadScope."""
    scopes = tuple(dict.fromkeys(wanted.split())) or tuple(row.scopes)
    if not set(scopes) <= set(row.scopes):
        raise BadScope
    return scopes


def claims(work: Work, row: ApiClient, scopes: tuple[str, ...], audience: str | None = None) -> ClientClaims:
    """What a token made now says."""
    now = work.now.replace(microsecond=0)
    return ClientClaims(
        token_id=new_id(),
        client_id=row.client_id,
        scopes=scopes,
        audience=audience,
        issued_at=now,
        expires_at=now + LIFETIME,
    )


async def revoke(work: Work, row: ApiClient, found: ClientClaims) -> None:
    """End a token of this client before its time; one of another client is left alone (RFC 7009 §2.1)."""
    if found.client_id == row.client_id:
        await store.revoke_token(work, found.token_id, found.expires_at)


async def forget(work: Work) -> None:
    """Forget the ends of tokens that are over anyhow."""
    await store.forget_tokens(work)

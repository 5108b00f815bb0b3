"""Use cases of API clients: machines of an organization, each with a key or a signing secret.

A key acts for the account that made it, as a host, or with the scope `admin` as an administrator; never with
more than that account may now (threat 4). It reads; all else needs a scope. Only people handle keys.

A key is sent with each call and kept as a hash. A signing secret is never sent: the machine signs tokens
with it that name its issuer, and since a signature is checked with the secret itself, it is kept sealed.
"""

import secrets
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.people import clients_store as store
from livehall.core.people import plans_store
from livehall.core.people.events import ApiClientChanged
from livehall.core.people.faults import ClientNotFound
from livehall.core.people.model import ApiClient, ClientKind, Person
from livehall.core.people.rules import clean_name, digest
from livehall.core.ports.sealing import Sealing
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Conflict, Forbidden, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

Scope = Literal["write", "codes", "admin"]
SCOPES: tuple[str, ...] = get_args(Scope)
PREFIXES: dict[ClientKind, str] = {  # let people and secret scanners know a key when they see one
    "api_key": "lhk_",
    "oauth": "lho_",
    "signing_secret": "lhs_",
}
LONGEST_ISSUER = 200
NOTED = timedelta(minutes=1)  # how exactly the last use is kept
LONGEST_OVERLAP = timedelta(days=30)


class CreateClient(msgspec.Struct, frozen=True, kw_only=True):
    """`library_ids`: it reaches only these; none named: all. Whether they exist was checked."""

    name: str
    kind: ClientKind = "api_key"
    scopes: tuple[Scope, ...] = ()
    library_ids: tuple[Id, ...] = ()
    expires_at: datetime | None = None
    issuer: str | None = None  # of a signing secret; None: its client id


class UpdateClient(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears."""

    name: str | UnsetType = UNSET
    scopes: tuple[Scope, ...] | UnsetType = UNSET
    library_ids: tuple[Id, ...] | UnsetType = UNSET
    expires_at: datetime | UnsetType | None = UNSET


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A client with its secret, which is not kept and cannot be shown again."""

    client: ApiClient
    secret: str


async def create(work: Work, sealing: Sealing, cmd: CreateClient) -> Made:
    """Raises: Forbidden, Invalid. Emits: ApiClientChanged."""
    organization_id = _check_may_handle(work.actor)
    assert work.actor.account_id is not None
    return await make(work, sealing, organization_id, work.actor.account_id, cmd)


async def make(work: Work, sealing: Sealing, organization_id: Id, account_id: Id, cmd: CreateClient) -> Made:
    """A key that acts for an account; who may have it made was checked.

    Raises: Invalid. Emits: ApiClientChanged.
    """
    _check_expiry(work, cmd.expires_at)
    signs = cmd.kind == "signing_secret"
    client, client_id, secret = new_id(), f"lhc_{secrets.token_hex(8)}", _new_secret(cmd.kind)
    if not signs and cmd.issuer is not None:
        raise invalid("issuer", "Only the tokens of a signing secret have an issuer.")
    if signs and cmd.library_ids:
        raise invalid("library_ids", "A signing secret reaches all libraries.")
    issuer = clean_name(cmd.issuer or client_id, "issuer", LONGEST_ISSUER) if signs else None
    if issuer is not None:
        await plans_store.hold_organization(work, organization_id)  # of two at once one takes the last place
        known = await store.count_of_issuer(work, organization_id, issuer)
        if known >= store.MOST_OF_ONE_ISSUER:
            raise invalid("issuer", "There are ten signing secrets of this issuer; revoke one first.")
    row = ApiClient(
        id=client,
        organization_id=organization_id,
        kind=cmd.kind,
        name=clean_name(cmd.name, "name", 200),
        client_id=client_id,
        secret_hash=digest(secret),
        previous_hash=None,
        previous_until=None,
        scopes=list(dict.fromkeys(cmd.scopes)),
        library_ids=list(dict.fromkeys(cmd.library_ids)),
        created_by=account_id,
        expires_at=cmd.expires_at,
        last_used_at=None,
        revoked_at=None,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        issuer=issuer,
        secret_enc=sealing.seal(secret, purpose=_purpose(client)) if signs else None,
    )
    await store.add(work, row)
    _say(work, row, "made")
    return Made(client=row, secret=secret)


async def page(work: Work, limit: int, offset: int) -> tuple[list[ApiClient], int]:
    """Those in force, the newest first, and how many there are. Raises: Forbidden."""
    return await store.page(work, _check_may_handle(work.actor), limit, offset)


async def get(work: Work, client: Id) -> ApiClient:
    """Raises: Forbidden, ClientNotFound."""
    row = _found(await store.get(work, client, _organization(work.actor)))
    _check_may_handle(work.actor)
    return row


async def update(
    work: Work, client: Id, cmd: UpdateClient, expected_revision: int | None = None
) -> ApiClient:
    """Raises: Forbidden, ClientNotFound, Conflict, Invalid. Emits: ApiClientChanged."""
    row = await _hold(work, client)
    if expected_revision is not None and row.revision != expected_revision:
        raise Conflict("It was changed meanwhile; read it again.")
    given: dict[str, object] = {}
    if cmd.name is not UNSET:
        given["name"] = clean_name(cmd.name, "name", 200)
    if cmd.scopes is not UNSET:
        given["scopes"] = list(dict.fromkeys(cmd.scopes))
    if cmd.library_ids is not UNSET:
        given["library_ids"] = list(dict.fromkeys(cmd.library_ids))
    if cmd.expires_at is not UNSET:
        _check_expiry(work, cmd.expires_at)
        given["expires_at"] = cmd.expires_at
    columns = {name: value for name, value in given.items() if getattr(row, name) != value}
    if columns:
        row = await store.change(work, row, columns)
        _say(work, row, "changed")
    return row


async def rotate(work: Work, sealing: Sealing, client: Id, overlap: timedelta = timedelta()) -> Made:
    """A new secret; the present one lives on for `overlap`, one from before that ends at once.

    Raises: Forbidden, ClientNotFound, Invalid. Emits: ApiClientChanged.
    """
    return await renew(work, sealing, await _hold(work, client), overlap)


async def renew(work: Work, sealing: Sealing, row: ApiClient, overlap: timedelta = timedelta()) -> Made:
    """The rotation itself; who may have it done was checked. Raises: Invalid. Emits: ApiClientChanged."""
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise invalid("overlap", "The old secret may live on for up to 30 days.")
    secret = _new_secret(row.kind)
    columns: dict[str, object] = {
        "secret_hash": digest(secret),
        "previous_hash": row.secret_hash if overlap else None,
        "previous_until": work.now + overlap if overlap else None,
    }
    if row.kind == "signing_secret":
        columns["secret_enc"] = sealing.seal(secret, purpose=_purpose(row.id))
        columns["previous_enc"] = row.secret_enc if overlap else None
    row = await store.change(work, row, columns)
    _say(work, row, "rotated")
    return Made(client=row, secret=secret)


async def revoke(work: Work, client: Id) -> ApiClient:
    """End a key for good. Raises: Forbidden, ClientNotFound. Emits: ApiClientChanged."""
    return await _end(work, await _hold(work, client))


async def end(work: Work, organization_id: Id, client: Id) -> ApiClient:
    """The end itself; who may have it was checked. Raises: ClientNotFound. Emits: ApiClientChanged."""
    return await _end(work, _found(await store.hold(work, client, organization_id)))


def signing_secrets(sealing: Sealing, client: ApiClient, now: datetime) -> tuple[str, ...]:
    """What its tokens may be signed with now: its secret, and the one before as long as that holds."""
    kept = [client.secret_enc]
    if client.previous_until is not None and client.previous_until > now:
        kept.append(client.previous_enc)
    return tuple(sealing.unseal(each, purpose=_purpose(client.id)) for each in kept if each is not None)


def actor_of(client: ApiClient, person: Person) -> Actor | None:
    """Whom a key stands for; None when its account may no longer do what keys do."""
    if not person.is_active or person.is_guest or person.role == "viewer":
        return None
    is_admin = "admin" in client.scopes and person.role in ("owner", "admin")
    return Actor(
        kind="client",
        id=client.id,
        organization_id=client.organization_id,
        role="admin" if is_admin else "host",
        name=client.name,
        acts_for=person.id,
        scopes=tuple(client.scopes),
        library_ids=tuple(client.library_ids) or None,
    )


async def _hold(work: Work, client: Id) -> ApiClient:
    """What is not there comes before what may not be (C1). Raises: ClientNotFound, Forbidden."""
    row = _found(await store.hold(work, client, _organization(work.actor)))
    _check_may_handle(work.actor)
    return row


async def _end(work: Work, row: ApiClient) -> ApiClient:
    row = await store.change(work, row, {"revoked_at": work.now})
    _say(work, row, "revoked")
    return row


def _organization(actor: Actor) -> Id:
    """Raises: Forbidden, for whoever is no member."""
    if actor.kind != "account" or actor.member_of is None:
        raise Forbidden("Only administrators handle API clients.")
    return actor.member_of


def _check_may_handle(actor: Actor) -> Id:
    """Raises: Forbidden."""
    if not actor.is_admin or actor.session_id is not None:
        raise Forbidden("Only administrators handle API clients.")
    return _organization(actor)


def _check_expiry(work: Work, expires_at: datetime | None) -> None:
    """Raises: Invalid."""
    if expires_at is not None and expires_at <= work.now:
        raise invalid("expires_at", "A key ends in the future.")


def _new_secret(kind: ClientKind) -> str:
    return PREFIXES[kind] + secrets.token_urlsafe(32)


def _purpose(client: Id) -> str:
    """What a sealed signing secret is bound to."""
    return f"signing secret {client}"


def _found(row: ApiClient | None) -> ApiClient:
    if row is None:
        raise ClientNotFound
    return row


def _say(work: Work, row: ApiClient, what: Literal["made", "changed", "rotated", "revoked"]) -> None:
    work.emit(ApiClientChanged(organization_id=row.organization_id, client_id=row.id, what=what))

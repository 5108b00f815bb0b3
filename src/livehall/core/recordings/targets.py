"""An organization's own place for its recordings.

A file's key says where it lies: `@<target>/…` in the target of that id, all else with us. A target that is
replaced keeps what it has. Its secret is sealed, and told to nobody.
"""

import re

import msgspec

from livehall.core.people import plans_store as organizations
from livehall.core.ports.sealing import Sealing
from livehall.core.ports.storage import Target, TargetKind, TargetStores
from livehall.core.recordings import targets_store as store
from livehall.core.recordings.events import StorageTargetChanged
from livehall.core.recordings.faults import NoCredentials, TargetNotFound
from livehall.core.recordings.model import StorageTarget
from livehall.kernel.actor import Actor
from livehall.kernel.addresses import is_web_address
from livehall.kernel.faults import Forbidden, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Desk, Work

MARK = "@"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")  # what becomes part of a store's address


class PutTarget(msgspec.Struct, frozen=True, kw_only=True):
    """`account`, `secret`, `container`: None keeps what the last target of this kind had."""

    kind: TargetKind
    container: str | None = None
    account: str | None = None
    secret: str | None = None
    endpoint: str = ""
    region: str = ""
    prefix: str = ""


async def get(work: Work, organization_id: Id) -> StorageTarget:
    """Raises: Forbidden, TargetNotFound."""
    check_may_set(work.actor, organization_id)
    found = await store.current(work, organization_id)
    if found is None:
        raise TargetNotFound
    return found


async def put(
    desk: Desk, sealing: Sealing, stores: TargetStores, actor: Actor, organization_id: Id, cmd: PutTarget
) -> StorageTarget:
    """Keep recordings there from now on; tested before it is taken.

    Raises: Forbidden, TargetNotFound, NoCredentials, Invalid, TargetRefused. Emits: StorageTargetChanged.
    """
    async with desk.read(actor) as read:
        check_may_set(actor, organization_id)
        last = await store.last_of_kind(read, organization_id, cmd.kind)
    wanted = _wanted(sealing, cmd, last)
    await stores.test(wanted)
    target_id = new_id()
    async with desk.work(actor) as work:
        await organizations.hold_organization(work, organization_id)  # of two at once the later one stays
        row = StorageTarget(
            id=target_id,
            organization_id=organization_id,
            kind=wanted.kind,
            container=wanted.container,
            endpoint=wanted.endpoint,
            region=wanted.region,
            prefix=wanted.prefix,
            account=wanted.account,
            secret_enc=sealing.seal(wanted.secret, purpose=_purpose(target_id)),
            created_by=actor.account_id,
            created_at=work.now,
            retired_at=None,
        )
        await store.retire(work, organization_id)
        await store.add(work, row)
        _say(work, organization_id, row)
    return row


async def remove(work: Work, organization_id: Id) -> None:
    """Keep recordings with us from now on; those that lie there stay.

    Raises: Forbidden, TargetNotFound. Emits: StorageTargetChanged.
    """
    await get(work, organization_id)
    await organizations.hold_organization(work, organization_id)
    await get(work, organization_id)  # of two at once the second finds none
    await store.retire(work, organization_id)
    _say(work, organization_id, None)


def check_may_set(actor: Actor, organization_id: Id) -> None:
    """Raises: TargetNotFound (of another organization), Forbidden."""
    if actor.member_of != organization_id:
        raise TargetNotFound
    if not actor.is_admin or actor.session_id is not None:
        raise Forbidden("Only administrators choose where recordings go.")


async def knows_keys(work: Work, organization_id: Id, kind: TargetKind) -> bool:
    """Whether the keys of this kind of store were given once. Raises: Forbidden, TargetNotFound."""
    check_may_set(work.actor, organization_id)
    return await store.last_of_kind(work, organization_id, kind) is not None


async def has_one(work: Work, organization_id: Id) -> bool:
    """Whether recordings go to a place of the organization's own."""
    return await store.current_id(work, organization_id) is not None


async def prefix_for(work: Work, organization_id: Id) -> str:
    """What the key of a new file begins with."""
    current = await store.current_id(work, organization_id)
    return f"{MARK}{current}/" if current else ""


async def opened_by(work: Work, sealing: Sealing, target_id: Id) -> Target | None:
    """A target, also one that is replaced, with what opens it."""
    row = await store.by_id(work, target_id)
    return _target(sealing, row) if row else None


def split(key: str) -> tuple[Id | None, str]:
    """The target in which a file lies, None for ours, and its key there."""
    if not key.startswith(MARK):
        return None, key
    target_id, _, rest = key[1:].partition("/")
    return target_id, rest


def _target(sealing: Sealing, row: StorageTarget) -> Target:
    return Target(
        kind=row.kind,
        container=row.container,
        secret=sealing.unseal(row.secret_enc, purpose=_purpose(row.id)),
        account=row.account,
        endpoint=row.endpoint,
        region=row.region,
        prefix=row.prefix,
    )


def _wanted(sealing: Sealing, cmd: PutTarget, last: StorageTarget | None) -> Target:
    """Raises: NoCredentials, Invalid."""
    known = _target(sealing, last) if last is not None else None
    secret = cmd.secret or (known.secret if known else None)
    account = cmd.account or (known.account if known else None)
    if secret is None or account is None:
        raise NoCredentials
    container = cmd.container or (known.container if known and cmd.kind == "azure" else None)
    if not container:
        raise invalid("container", "Name the bucket or the container.", rule="required")
    account_name = account if cmd.kind == "azure" else ""
    for field, text in (("container", container), ("region", cmd.region), ("account", account_name)):
        if text and not NAME.fullmatch(text):  # else the address would be another one than was looked at
            raise invalid(field, "Only letters, digits, dots, hyphens and underscores, please.")
    if cmd.endpoint and not is_web_address(cmd.endpoint):
        raise invalid("endpoint", "Give an http or https address.")
    return Target(
        kind=cmd.kind,
        container=container,
        secret=secret,
        account=account,
        endpoint=cmd.endpoint.rstrip("/"),
        region=cmd.region or ("us-east-1" if cmd.kind == "s3" else ""),
        prefix=cmd.prefix.strip("/"),
    )


def _purpose(target_id: Id) -> str:
    return f"storage target {target_id}"


def _say(work: Work, organization_id: Id, row: StorageTarget | None) -> None:
    work.emit(
        StorageTargetChanged(
            organization_id=organization_id,
            target_id=row.id if row else None,
            kind=row.kind if row else "",
            container=row.container if row else "",
        )
    )

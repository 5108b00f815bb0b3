"""SQL of people."""

from datetime import datetime

import msgspec
from sqlalchemy import Text, and_, bindparam, delete, exists, insert, not_, or_, select, update

from livehall.core.people.model import (
    Account,
    Credential,
    Organization,
    Person,
    account,
    credential,
    membership,
    organization,
)
from livehall.kernel.actor import Role
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

PERSON = select(
    account.c.id,
    membership.c.organization_id,
    membership.c.external_user_id,
    account.c.email,
    account.c.username,
    account.c.display_name,
    account.c.language,
    membership.c.role,
    membership.c.is_guest,
    and_(account.c.is_active, membership.c.is_active).label("is_active"),
    account.c.created_at,
).join_from(account, membership, membership.c.account_id == account.c.id)

LIVING = account.c.deleted_at.is_(None)
ACCOUNT_ID = bindparam("account_id", type_=Key)
ORGANIZATION_ID = bindparam("organization_id", type_=Key)

MEMBER = PERSON.where(account.c.id == ACCOUNT_ID, membership.c.organization_id == ORGANIZATION_ID, LIVING)
PERSON_BY_ID = Statement(MEMBER, Person)
PEOPLE_BY_IDS = Statement(
    PERSON.where(any_of(account.c.id, "account_ids"), membership.c.organization_id == ORGANIZATION_ID), Person
)
ACTIVE = Statement(
    select(account.c.id)
    .join_from(account, membership, membership.c.account_id == account.c.id)
    .where(any_of(account.c.id, "account_ids"), membership.c.organization_id == ORGANIZATION_ID, LIVING)
    .where(account.c.is_active, membership.c.is_active),
    str,
)
PERSON_BY_EXTERNAL = Statement(
    PERSON.where(
        membership.c.organization_id == ORGANIZATION_ID,
        membership.c.external_user_id == bindparam("external_user_id", type_=Text),
        LIVING,
    ),
    Person,
)
PEOPLE_BY_EMAIL = Statement(
    PERSON.where(account.c.email == bindparam("email", type_=Text), LIVING).order_by(
        membership.c.created_at, membership.c.organization_id
    ),
    Person,
)
ACCOUNT_BY_EMAIL = Statement(
    select(account).where(account.c.email == bindparam("email", type_=Text), LIVING), Account
)
ADD_ACCOUNT = Command(insert(account).values({c.name: bindparam(c.name, type_=c.type) for c in account.c}))
ADD_MEMBER = Command(
    insert(membership).values({c.name: bindparam(c.name, type_=c.type) for c in membership.c})
)
SET_ROLE = Command(
    update(membership)
    .where(membership.c.account_id == bindparam("who", type_=Key))
    .where(membership.c.organization_id == bindparam("where", type_=Key))
    .values(role=bindparam("role", type_=Text), is_guest=False)
)
SET_PASSWORD = Command(
    update(account)
    .where(account.c.id == bindparam("who", type_=Key))
    .values(
        password_hash=bindparam("password_hash", type_=Text),
        revision=account.c.revision + 1,
        updated_at=bindparam("updated_at", type_=Instant),
    )
)
ADD_ORGANIZATION = Command(
    insert(organization).values({c.name: bindparam(c.name, type_=c.type) for c in organization.c})
)
ORGANIZATION_BY_ID = Statement(
    select(organization).where(organization.c.id == ORGANIZATION_ID, organization.c.deleted_at.is_(None)),
    Organization,
)
ORGANIZATION_BY_SLUG = Statement(
    select(organization).where(
        organization.c.slug == bindparam("slug", type_=Text), organization.c.deleted_at.is_(None)
    ),
    Organization,
)
FIRST_ORGANIZATIONS = Statement(
    select(organization).where(organization.c.deleted_at.is_(None)).order_by(organization.c.id).limit(2),
    Organization,
)
ADD_CREDENTIAL = Command(
    insert(credential).values({c.name: bindparam(c.name, type_=c.type) for c in credential.c})
)
CREDENTIAL_BY_HASH = Statement(
    select(credential).where(credential.c.token_hash == bindparam("token_hash")).with_for_update(), Credential
)
SPEND = Command(
    update(credential)
    .where(
        credential.c.id == bindparam("which", type_=Key),
        credential.c.used_at.is_(None),
        credential.c.revoked_at.is_(None),
    )
    .values(used_at=bindparam("used_at", type_=Instant))
)
ACCOUNT_HELD = Statement(
    select(account.c.id).where(account.c.id == bindparam("account_id", type_=Key)).with_for_update(), str
)
REVOKE_FAMILY = Command(
    update(credential)
    .where(credential.c.family_id == bindparam("family", type_=Key), credential.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("revoked_at", type_=Instant))
)
REVOKE_ALL = Command(
    update(credential)
    .where(
        credential.c.account_id == bindparam("who", type_=Key),
        credential.c.revoked_at.is_(None),
        or_(credential.c.kind == "refresh", credential.c.kind == "device"),
    )
    .values(revoked_at=bindparam("revoked_at", type_=Instant))
)
SIGNED_IN = Statement(
    MEMBER.where(
        not_(
            exists().where(
                credential.c.family_id == bindparam("family_id", type_=Key),
                credential.c.revoked_at.is_not(None),
            )
        ),
    ),
    Person,
)
REVOKED_FAMILIES = Statement(
    select(credential.c.family_id)
    .where(any_of(credential.c.family_id, "family_ids"), credential.c.revoked_at.is_not(None))
    .distinct(),
    str,
)
FORGET = Command(delete(credential).where(credential.c.expires_at < bindparam("before", type_=Instant)))


async def person(work: Work, account_id: Id, organization_id: Id) -> Person | None:
    return await work.db.one(PERSON_BY_ID, account_id=account_id, organization_id=organization_id)


async def signed_in(work: Work, account_id: Id, organization_id: Id, family_id: Id | None) -> Person | None:
    """The same, unless the sign-in of this family was ended."""
    return await work.db.one(
        SIGNED_IN, account_id=account_id, organization_id=organization_id, family_id=family_id
    )


async def active(work: Work, account_ids: set[Id], organization_id: Id) -> set[Id]:
    """Those of these accounts that may act in an organization now."""
    return set(await work.db.all(ACTIVE, account_ids=sorted(account_ids), organization_id=organization_id))


async def people(work: Work, account_ids: set[Id], organization_id: Id) -> dict[Id, Person]:
    """Several at once, in one query."""
    if not account_ids:
        return {}
    found = await work.db.all(PEOPLE_BY_IDS, account_ids=sorted(account_ids), organization_id=organization_id)
    return {each.id: each for each in found}


async def person_by_external_id(work: Work, organization_id: Id, external_user_id: str) -> Person | None:
    return await work.db.one(
        PERSON_BY_EXTERNAL, organization_id=organization_id, external_user_id=external_user_id
    )


async def memberships_of(work: Work, email: str) -> list[Person]:
    """The same account as a member of each of its organizations, the oldest first."""
    return await work.db.all(PEOPLE_BY_EMAIL, email=email)


async def account_by_email(work: Work, email: str) -> Account | None:
    return await work.db.one(ACCOUNT_BY_EMAIL, email=email)


async def add_account(work: Work, row: Account) -> None:
    """Raises: Duplicate, when the address is taken."""
    await work.db.attempt(ADD_ACCOUNT, **msgspec.structs.asdict(row))


async def add_member(
    work: Work,
    account_id: Id,
    organization_id: Id,
    role: Role,
    external: str | None,
    *,
    is_guest: bool = False,
) -> None:
    """Raises: Duplicate, when it is one already or the external id is taken."""
    await work.db.attempt(
        ADD_MEMBER,
        organization_id=organization_id,
        account_id=account_id,
        role=role,
        external_user_id=external,
        is_guest=is_guest,
        is_active=True,
        created_at=work.now,
    )


async def set_role(work: Work, account_id: Id, organization_id: Id, role: Role) -> None:
    await work.db.run(SET_ROLE, who=account_id, where=organization_id, role=role)


async def set_password(work: Work, account_id: Id, password_hash: str) -> None:
    await work.db.run(SET_PASSWORD, who=account_id, password_hash=password_hash, updated_at=work.now)


async def add_organization(work: Work, row: Organization) -> None:
    """Raises: Duplicate, when the slug is taken."""
    await work.db.attempt(ADD_ORGANIZATION, **msgspec.structs.asdict(row))


async def organization_by_id(work: Work, organization_id: Id) -> Organization | None:
    return await work.db.one(ORGANIZATION_BY_ID, organization_id=organization_id)


async def organization_by_slug(work: Work, slug: str) -> Organization | None:
    return await work.db.one(ORGANIZATION_BY_SLUG, slug=slug)


async def only_organization(work: Work) -> Organization | None:
    """The one organization of a house that has just one."""
    found = await work.db.all(FIRST_ORGANIZATIONS)
    return found[0] if len(found) == 1 else None


async def add_credential(work: Work, row: Credential) -> None:
    await work.db.run(ADD_CREDENTIAL, **msgspec.structs.asdict(row))


async def credential_by_hash(work: Work, token_hash: bytes) -> Credential | None:
    return await work.db.one(CREDENTIAL_BY_HASH, token_hash=token_hash)


async def spend(work: Work, credential_id: Id) -> bool:
    """Whether this call was the one that used it."""
    return await work.db.run(SPEND, which=credential_id, used_at=work.now) == 1


async def hold_account(work: Work, account_id: Id) -> None:
    """Nobody gets a credential of this account until the work ends; who is about to is waited for."""
    await work.db.one(ACCOUNT_HELD, account_id=account_id)


async def revoke_family(work: Work, family_id: Id) -> int:
    return await work.db.run(REVOKE_FAMILY, family=family_id, revoked_at=work.now)


async def revoke_all(work: Work, account_id: Id) -> int:
    return await work.db.run(REVOKE_ALL, who=account_id, revoked_at=work.now)


async def revoked_families(work: Work, family_ids: set[Id]) -> set[Id]:
    """Those of these whose sign-in was ended."""
    if not family_ids:
        return set()
    return set(await work.db.all(REVOKED_FAMILIES, family_ids=sorted(family_ids)))


async def forget_credentials(work: Work, before: datetime) -> None:
    """Drop what expired before an instant."""
    await work.db.run(FORGET, before=before)

"""SQL of participants."""

import msgspec
from sqlalchemy import LargeBinary, Text, and_, bindparam, insert, or_, select, union_all, update

from livehall.core.participants.model import Participant, ParticipantRole, Registration, Rsvp, participant
from livehall.core.people.model import account
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

ALIVE = participant.c.deleted_at.is_(None)
ACCOUNT = bindparam("account_id", type_=Key)
STAFF = participant.c.role.in_(("co_host", "moderator"))
BY_ACCOUNT = participant.c.account_id == ACCOUNT
BY_ADDRESS = and_(  # of a member: guests choose their address themselves
    participant.c.organization_id == bindparam("organization_id", type_=Key),
    participant.c.email == select(account.c.email).where(account.c.id == ACCOUNT).scalar_subquery(),
)
"""The participant is the actor, in two ways; bound by `account_id` and a member's `organization_id`.

Each way has an index of its own, so they are asked beside each other: of an `or` both databases read every
participant of a scope, of whom there may be a hundred thousand.
"""
IN_SCOPES = any_of(participant.c.scope_id, "scope_ids")
COUNTS = or_(  # who cancelled or was denied is as one who never registered
    participant.c.role != "viewer",
    participant.c.invited_at.is_not(None),
    participant.c.registration.in_(("pending", "approved")),
)

ROLES_HERE = select(participant.c.scope_id, participant.c.role).where(
    IN_SCOPES, ALIVE, participant.c.role != "viewer"
)
ROLES_BY_ACCOUNT = ROLES_HERE.where(BY_ACCOUNT)
# Somebody who was appointed by address and came later.
ROLES_BY_ADDRESS = ROLES_HERE.where(BY_ADDRESS, participant.c.account_id.is_(None))
ROLES = Statement(union_all(ROLES_BY_ACCOUNT, ROLES_BY_ADDRESS), lambda *row: row)
EXPECTED_HERE = select(participant.c.scope_id, participant.c.registration, participant.c.rsvp).where(
    IN_SCOPES, ALIVE
)
EXPECTATIONS = Statement(
    # By address also where somebody came by the personal link as well.
    union_all(EXPECTED_HERE.where(BY_ADDRESS), EXPECTED_HERE.where(BY_ACCOUNT)),
    lambda *row: row,
)
BY_ACCESS = Statement(
    select(participant).where(
        participant.c.access_token_hash == bindparam("token_hash", type_=LargeBinary), ALIVE
    ),
    Participant,
)
BIND = Command(
    update(participant)
    .where(participant.c.id == bindparam("which", type_=Key), participant.c.account_id.is_(None))
    .values(account_id=bindparam("account", type_=Key), updated_at=bindparam("moment", type_=Instant))
)
ROLES_OF_ALL = select(
    participant.c.scope_id, account.c.id, participant.c.role, participant.c.account_id
).where(any_of(account.c.id, "account_ids"), IN_SCOPES, ALIVE, participant.c.role != "viewer")
ROLES_OF = Statement(  # by account, and by the address of somebody who was appointed before they came
    union_all(
        ROLES_OF_ALL.where(participant.c.account_id == account.c.id),
        # Without a condition on the account, by whose index SQLite would look for all that have none.
        ROLES_OF_ALL.where(participant.c.email == account.c.email),
    ),
    lambda *row: row,
)
STAFF_OF = Statement(
    select(participant)
    .where(any_of(participant.c.scope_id, "scope_ids"), STAFF, ALIVE)
    .order_by(participant.c.created_at, participant.c.id),
    Participant,
)
IN_SCOPE = select(participant).where(participant.c.scope_id == bindparam("scope_id", type_=Key), ALIVE)
OF_ACCOUNT_HELD = Statement(IN_SCOPE.where(BY_ACCOUNT).with_for_update(), Participant)
OF_ADDRESS_HELD = Statement(
    IN_SCOPE.where(participant.c.email == bindparam("email", type_=Text)).with_for_update(), Participant
)
ADD = Command(insert(participant).values({c.name: bindparam(c.name, type_=c.type) for c in participant.c}))
SET_ROLE = Statement(
    update(participant)
    .where(participant.c.id == bindparam("which", type_=Key))
    .values(role=bindparam("role", type_=Text), updated_at=bindparam("moment", type_=Instant))
    .returning(*participant.c),
    Participant,
)
UNBIND = Statement(
    update(participant)
    .where(participant.c.id == bindparam("which", type_=Key))
    .values(account_id=None, updated_at=bindparam("moment", type_=Instant))
    .returning(*participant.c),
    Participant,
)
REMOVE = Command(
    update(participant)
    .where(participant.c.id == bindparam("which", type_=Key))
    .values(deleted_at=bindparam("moment", type_=Instant), updated_at=bindparam("moment", type_=Instant))
)


async def roles(
    work: Work, scope_ids: set[Id], account_id: Id, organization_id: Id | None
) -> dict[Id, ParticipantRole]:
    """What one person is in each scope (session or room) in which they are a participant.

    `organization_id`: of which they are a member, no guest.
    """
    rows = await work.db.all(
        ROLES, scope_ids=sorted(scope_ids), account_id=account_id, organization_id=organization_id
    )
    return dict(rows)


async def roles_of(
    work: Work, scope_ids: set[Id], account_ids: set[Id]
) -> list[tuple[Id, Id, ParticipantRole, bool]]:
    """What each of many people is in each scope: (scope, account, role, whether by address alone)."""
    rows = await work.db.all(ROLES_OF, scope_ids=sorted(scope_ids), account_ids=sorted(account_ids))
    return [
        (scope_id, who, role, account_id is None)
        for scope_id, who, role, account_id in rows
        if account_id in (None, who)
    ]


async def staff(work: Work, scope_ids: set[Id]) -> list[Participant]:
    """Co-hosts and moderators, in the order of their appointment."""
    return await work.db.all(STAFF_OF, scope_ids=sorted(scope_ids))


async def expectations(
    work: Work, scope_ids: set[Id], account_id: Id, organization_id: Id | None
) -> list[tuple[Id, Registration | None, Rsvp | None]]:
    """What one person registered for and answered: (scope, registration, rsvp).

    `organization_id`: of which they are a member, no guest.
    """
    return await work.db.all(
        EXPECTATIONS, scope_ids=sorted(scope_ids), account_id=account_id, organization_id=organization_id
    )


async def by_access(work: Work, token_hash: bytes) -> Participant | None:
    """Whose personal link this is the digest of."""
    return await work.db.one(BY_ACCESS, token_hash=token_hash)


async def bind(work: Work, participant_id: Id, account_id: Id) -> None:
    """The person has come by this account; nothing happens when they have one.

    Raises: Duplicate (I6), when the account is another participant there.
    """
    await work.db.attempt(BIND, which=participant_id, account=account_id, moment=work.now)


async def find(work: Work, scope_id: Id, account_id: Id | None, email: str | None) -> list[Participant]:
    """The rows of a person in one scope, by account or address; held."""
    found: dict[Id, Participant] = {}
    if account_id is not None:
        rows = await work.db.all(OF_ACCOUNT_HELD, scope_id=scope_id, account_id=account_id)
        found |= {row.id: row for row in rows}
    if email is not None:
        rows = await work.db.all(OF_ADDRESS_HELD, scope_id=scope_id, email=email)
        found |= {row.id: row for row in rows}
    return list(found.values())


async def add(work: Work, row: Participant) -> None:
    """Raises: Duplicate (I6); the work must end."""
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def set_role(work: Work, participant_id: Id, role: ParticipantRole) -> Participant:
    changed = await work.db.one(SET_ROLE, which=participant_id, role=role, moment=work.now)
    assert changed is not None, "the row is held"
    return changed


async def unbind(work: Work, participant_id: Id) -> Participant:
    """The person is known by address alone again."""
    changed = await work.db.one(UNBIND, which=participant_id, moment=work.now)
    assert changed is not None, "the row is held"
    return changed


async def remove(work: Work, participant_id: Id) -> None:
    await work.db.run(REMOVE, which=participant_id, moment=work.now)

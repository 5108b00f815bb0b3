"""SQL of participants."""

import msgspec
from sqlalchemy import LargeBinary, Text, and_, bindparam, insert, or_, select, update

from livehall.core.participants.model import Participant, ParticipantRole, Registration, Rsvp, participant
from livehall.core.people.model import account
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

ALIVE = participant.c.deleted_at.is_(None)
ACCOUNT = bindparam("account_id", type_=Key)
STAFF = participant.c.role.in_(("co_host", "moderator"))
IS_ME = or_(
    participant.c.account_id == ACCOUNT,
    # Somebody who was appointed by address and came later. Guests choose their address themselves.
    and_(
        participant.c.organization_id == bindparam("organization_id", type_=Key),
        participant.c.account_id.is_(None),
        participant.c.email == select(account.c.email).where(account.c.id == ACCOUNT).scalar_subquery(),
    ),
)
"""The participant is the actor; bound by `account_id` and the `organization_id` of a member."""
IS_EXPECTED = or_(  # also a member who registered by address and came by the personal link as well
    participant.c.account_id == ACCOUNT,
    and_(
        participant.c.organization_id == bindparam("organization_id", type_=Key),
        participant.c.email == select(account.c.email).where(account.c.id == ACCOUNT).scalar_subquery(),
    ),
)
COUNTS = or_(  # who cancelled or was denied is as one who never registered
    participant.c.role != "viewer",
    participant.c.invited_at.is_not(None),
    participant.c.registration.in_(("pending", "approved")),
)

ROLES = Statement(
    select(participant.c.scope_id, participant.c.role).where(
        any_of(participant.c.scope_id, "scope_ids"), IS_ME, ALIVE, participant.c.role != "viewer"
    ),
    lambda *row: row,
)
EXPECTATIONS = Statement(
    select(participant.c.scope_id, participant.c.registration, participant.c.rsvp).where(
        any_of(participant.c.scope_id, "scope_ids"), IS_EXPECTED, ALIVE
    ),
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
ROLES_OF = Statement(  # by account, and by the address of somebody who was appointed before they came
    select(participant.c.scope_id, account.c.id, participant.c.role, participant.c.account_id.is_(None))
    .join(
        account,
        or_(
            participant.c.account_id == account.c.id,
            and_(participant.c.account_id.is_(None), participant.c.email == account.c.email),
        ),
    )
    .where(any_of(participant.c.scope_id, "scope_ids"), any_of(account.c.id, "account_ids"), ALIVE)
    .where(participant.c.role != "viewer"),
    lambda *row: row,
)
STAFF_OF = Statement(
    select(participant)
    .where(any_of(participant.c.scope_id, "scope_ids"), STAFF, ALIVE)
    .order_by(participant.c.created_at, participant.c.id),
    Participant,
)
IN_SCOPE = Statement(
    select(participant)
    .where(
        participant.c.scope_id == bindparam("scope_id", type_=Key),
        ALIVE,
        or_(
            participant.c.account_id == ACCOUNT,
            participant.c.email == bindparam("email", type_=Text),
        ),
    )
    .with_for_update(),
    Participant,
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
    return await work.db.all(ROLES_OF, scope_ids=sorted(scope_ids), account_ids=sorted(account_ids))


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
    return await work.db.all(IN_SCOPE, scope_id=scope_id, account_id=account_id, email=email)


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

"""SQL of participants."""

import msgspec
from sqlalchemy import Text, and_, bindparam, insert, or_, select, update

from livehall.core.participants.model import Participant, ParticipantRole, participant
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

ROLES = Statement(
    select(participant.c.scope_id, participant.c.role).where(
        any_of(participant.c.scope_id, "scope_ids"), IS_ME, ALIVE
    ),
    lambda *row: row,
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
    .where(any_of(participant.c.scope_id, "scope_ids"), any_of(account.c.id, "account_ids"), ALIVE),
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


async def remove(work: Work, participant_id: Id) -> None:
    await work.db.run(REMOVE, which=participant_id, moment=work.now)

"""SQL of moderation; bans themselves are in `sessions.bans`."""

from sqlalchemy import bindparam, func, select

from livehall.core.audience.model import attendance
from livehall.core.people.model import account, credential
from livehall.core.sessions.bans import ban
from livehall.kernel.db import Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

NAMES = Statement(
    select(
        ban.c.account_id,
        func.coalesce(
            select(attendance.c.display_name)
            .where(attendance.c.session_id == ban.c.session_id, attendance.c.account_id == ban.c.account_id)
            .order_by(attendance.c.id.desc())
            .limit(1)
            .scalar_subquery(),
            account.c.display_name,
            account.c.username,
        ),
    )
    .join(account, account.c.id == ban.c.account_id)
    .where(ban.c.session_id == bindparam("session_id", type_=Key), any_of(ban.c.account_id, "account_ids")),
    lambda *row: row,
)
DEVICES_OF = Statement(
    select(credential.c.visitor_key)
    .where(
        credential.c.account_id == bindparam("account_id", type_=Key), credential.c.visitor_key.is_not(None)
    )
    .distinct(),
    str,
)


async def names(work: Work, session_id: Id, account_ids: set[Id]) -> dict[Id, str]:
    """How banned people were called in the session, else by their account."""
    found = await work.db.all(NAMES, session_id=session_id, account_ids=sorted(account_ids))
    return dict(found)


async def devices_of(work: Work, account_id: Id) -> list[str]:
    """The devices that keep a sign-in of this account."""
    return await work.db.all(DEVICES_OF, account_id=account_id)

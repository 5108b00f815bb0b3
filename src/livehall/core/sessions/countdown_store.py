"""SQL of the countdown before a start."""

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, select

from livehall.core.sessions.model import session
from livehall.kernel.db import Instant, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Soon(msgspec.Struct, frozen=True):
    """A session that is about to begin, in the order of what is selected."""

    id: Id
    room_id: Id
    starts_at: datetime
    revision: int


SOON = Statement(
    select(session.c.id, session.c.room_id, session.c.scheduled_start_at, session.c.revision)
    .where(
        session.c.deleted_at.is_(None),
        session.c.status.in_(("scheduled", "backstage")),
        session.c.scheduled_start_at > bindparam("later_than", type_=Instant),
        session.c.scheduled_start_at <= bindparam("latest", type_=Instant),
    )
    .order_by(session.c.scheduled_start_at, session.c.id),
    Soon,
)


async def between(work: Work, later_than: datetime, latest: datetime) -> list[Soon]:
    """Those that begin after the one instant and not after the other, the earliest first."""
    return await work.db.all(SOON, later_than=later_than, latest=latest)

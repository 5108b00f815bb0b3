"""How much the plan of an organization lets it record and keep."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, func, select

from livehall.core.people import plans
from livehall.core.recordings.model import RUNNING, Recording, asset, recording
from livehall.core.recordings.targets import MARK
from livehall.core.rooms import store as rooms
from livehall.core.sessions.faults import FeatureDisabled
from livehall.core.sessions.model import Session
from livehall.kernel.db import Instant, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

OF_ORGANIZATION = recording.c.organization_id == bindparam("organization_id", type_=Key)
KEPT_BYTES = Statement(
    select(func.coalesce(func.sum(asset.c.size), 0).cast(BigInteger))
    .join(recording, recording.c.id == asset.c.recording_id)
    .where(
        OF_ORGANIZATION,
        recording.c.deleted_at.is_(None),
        asset.c.state != "failed",
        asset.c.storage_key.not_like(f"{MARK}%"),  # what lies with the customer is the customer's space
    ),
    int,
)
RUNNING_ANYWHERE = Statement(
    select(recording).where(recording.c.status.in_(RUNNING), recording.c.deleted_at.is_(None)), Recording
)
RECORDED_MS = Statement(
    select(func.coalesce(func.sum(recording.c.duration_ms), 0).cast(BigInteger)).where(
        OF_ORGANIZATION, recording.c.started_at >= bindparam("since", type_=Instant)
    ),
    int,
)


async def check_may_record(work: Work, session: Session) -> None:
    """Raises: FeatureDisabled, when the plan has no recording; QuotaExceeded."""
    if "recording" in (session.plan_limits or {}).get("withheld", ()):
        raise FeatureDisabled
    await check_is_readable(work, session)
    quotas = await plans.quotas_of(work, session.organization_id)
    if quotas.storage_bytes is not None:
        plans.check(quotas.storage_bytes, await _kept(work, session.organization_id), "bytes")
    if quotas.recording_minutes is not None:
        minutes = await _recorded_minutes(work, session.organization_id)
        plans.check(quotas.recording_minutes, minutes, "recorded minutes a month")


async def check_may_keep(work: Work, organization_id: Id, size: int = 0) -> None:
    """Whether there is room for `size` bytes more, or for any. Raises: QuotaExceeded."""
    quotas = await plans.quotas_of(work, organization_id)
    if quotas.storage_bytes is not None:
        taken = await _kept(work, organization_id) + max(size - 1, 0)
        plans.check(quotas.storage_bytes, taken, "bytes")


async def left_to_keep(work: Work, organization_id: Id) -> int | None:
    """Bytes that there still is room for; None: as many as one likes."""
    quotas = await plans.quotas_of(work, organization_id)
    if quotas.storage_bytes is None:
        return None
    return max(quotas.storage_bytes - await _kept(work, organization_id), 0)


async def over(work: Work) -> list[Recording]:
    """Recordings that run although their organization's plan has no more room by now.

    Minutes count while they pass; bytes count once a file is whole.
    """
    by_organization: dict[Id, list[Recording]] = defaultdict(list)
    for row in await work.db.all(RUNNING_ANYWHERE):
        by_organization[row.organization_id].append(row)
    found: list[Recording] = []
    for organization_id, running in by_organization.items():
        quotas = await plans.quotas_of(work, organization_id)
        minutes = sum((work.now - row.started_at).total_seconds() / 60 for row in running if row.started_at)
        is_over = False
        if quotas.recording_minutes is not None:
            minutes += await _recorded_minutes(work, organization_id)
            is_over = minutes >= quotas.recording_minutes
        if quotas.storage_bytes is not None:
            is_over = is_over or await _kept(work, organization_id) >= quotas.storage_bytes
        found += running if is_over else []
    return found


async def check_is_readable(work: Work, session: Session) -> None:
    """I14. Raises: FeatureDisabled, when pictures and sound are encrypted between the clients."""
    room = (await rooms.by_ids(work, {session.room_id})).get(session.room_id)
    if room is not None and room.e2ee:
        raise FeatureDisabled("What is encrypted end to end is neither recorded nor packaged.")


async def _kept(work: Work, organization_id: Id) -> int:
    return await work.db.one(KEPT_BYTES, organization_id=organization_id) or 0


async def _recorded_minutes(work: Work, organization_id: Id) -> float:
    """Of the calendar month, those that were deleted since included."""
    found = await work.db.one(RECORDED_MS, organization_id=organization_id, since=_month(work.now))
    return (found or 0) / 60_000


def _month(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

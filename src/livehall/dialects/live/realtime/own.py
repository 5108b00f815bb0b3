"""Realtime tokens that are bound to an account and to no session (C24), and what they open."""

from datetime import datetime

from livehall.core.ports.tokens import Claims
from livehall.core.rooms import libraries
from livehall.dialects.live.attendance.wire import REALTIME_LIFETIME
from livehall.kernel.actor import Actor
from livehall.kernel.work import Read

LIBRARIES = 50  # a connection has at most 64 subscriptions


def claims_of(actor: Actor, now: datetime) -> Claims:
    """`actor`: a person who is signed in."""
    assert actor.account_id is not None
    assert actor.organization_id is not None
    assert actor.role is not None
    return Claims(
        audience="realtime",
        expires_at=now + REALTIME_LIFETIME,
        account_id=actor.account_id,
        organization_id=actor.organization_id,
        role=actor.role,
        name=actor.name,
        family_id=actor.family_id,
        visitor_key=actor.visitor_key,
    )


async def channels_of(read: Read) -> list[str]:
    """The actor's own channel, and the dashboards that they may listen to."""
    actor = read.actor
    channels = [f"user:{actor.account_id}"]
    if actor.may_host and actor.member_of is not None:
        found = await libraries.shelves(read, actor.member_of, LIBRARIES)
        channels += [f"library:{each.id}" for each in found]
    if actor.is_admin and actor.member_of is not None:
        channels.append(f"org:{actor.member_of}")
    return channels

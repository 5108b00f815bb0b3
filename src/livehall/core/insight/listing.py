"""Use cases of lists of sessions that are filtered by what they are and by their kept figures."""

from collections.abc import Sequence

import msgspec

from livehall.core.insight import listing_store as store
from livehall.core.insight.listing_store import Condition, Operator
from livehall.core.sessions.showing import Shown, show
from livehall.kernel.work import Work

__all__ = ["Condition", "Operator", "Page", "page"]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    sessions: list[Shown]
    total: int


async def page(work: Work, conditions: Sequence[Condition], *, limit: int, offset: int) -> Page:
    """Sessions of the actor's organization that the actor may see and that meet all conditions, by start."""
    rows, total = await store.page(work, conditions, limit, offset)
    return Page(sessions=await show(work, rows), total=total)

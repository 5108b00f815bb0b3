"""Use cases of lists of sessions that are filtered by what they are and by their kept figures."""

from collections.abc import Sequence

import msgspec

from livehall.core.insight import listing_store as store
from livehall.core.insight import metrics
from livehall.core.insight.listing_store import Condition, Operator
from livehall.core.insight.metrics import Metrics
from livehall.core.sessions.showing import Shown, show
from livehall.kernel.work import Work

__all__ = ["Condition", "Operator", "Page", "page"]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`figures`: the kept ones of each session; None where the actor may not know them."""

    sessions: list[Shown]
    figures: list[Metrics | None]
    total: int


async def page(work: Work, conditions: Sequence[Condition], *, limit: int, offset: int) -> Page:
    """Sessions of the actor's organization that the actor may see and that meet all conditions, by start.

    A condition on a figure is met only by sessions that the actor may run: others have none for them.
    """
    rows, total = await store.page(work, conditions, limit, offset)
    shown = await show(work, rows)
    return Page(sessions=shown, figures=metrics.kept(shown), total=total)

"""How many there are in all of a list, for those who page by number.

Counting a hundred thousand rows takes a hundred times as long as reading a page of them. So a page that ends
the list is its own count, and a large total is remembered for half a minute: nobody can see that it is old.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from livehall.kernel.db import Statement
from livehall.kernel.work import Work

LARGE = 1000  # smaller ones are counted each time
REMEMBERED_FOR = timedelta(seconds=30)
REMEMBERED = 1000

_totals: OrderedDict[tuple[object, str], tuple[int, datetime]] = OrderedDict()


async def total_of(
    work: Work, counting: Statement[int], values: Mapping[str, object], *, shown: int, offset: int, limit: int
) -> int:
    """The number of all. `shown`: how many rows the page from `offset` has, of at most `limit`."""
    if shown < limit and (shown or not offset):
        return offset + shown
    key = (counting, repr(sorted(values.items())))
    known = _totals.get(key)
    if known is None or not timedelta() <= work.now - known[1] < REMEMBERED_FOR:
        known = (await work.db.one(counting, **values) or 0, work.now)
        _totals.pop(key, None)
        if known[0] >= LARGE:
            _totals[key] = known
            if len(_totals) > REMEMBERED:
                _totals.popitem(last=False)
    return max(known[0], offset + shown) if shown else known[0]  # an empty page lies behind the end

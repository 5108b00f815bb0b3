"""What a part of the bench hands back: rows of figures, each beside its peer's of the same run.

A ratio above 1 is in our favour, whichever way the figure counts. A budget is the least ratio allowed: what
a machine is worth cancels out, so a budget holds on any.
"""

import json
import math
from collections.abc import Iterable

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    part: str
    what: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    ratio: float | None = None
    budget: float | None = None

    @property
    def is_missed(self) -> bool:
        return self.budget is not None and (self.ratio is None or self.ratio < self.budget)


def row(
    part: str,
    what: str,
    unit: str,
    ours: float,
    peer: float | None = None,
    *,
    peer_name: str = "",
    more_is_better: bool = True,
    budget: float | None = None,
) -> Row:
    """A row with its ratio. Without a peer there is no ratio, and no budget either."""
    if peer is None:
        return Row(part=part, what=what, unit=unit, ours=ours)
    above, below = (ours, peer) if more_is_better else (peer, ours)
    return Row(
        part=part,
        what=what,
        unit=unit,
        ours=ours,
        peer=peer,
        peer_name=peer_name,
        ratio=_down(above / below) if below else None,
        budget=budget,
    )


def _down(ratio: float) -> float:
    """To two digits, never up: what is missed by little is missed."""
    return math.floor(100 * ratio + 1e-9) / 100


def hand_over(rows: Iterable[Row]) -> int:
    """Print the rows as JSON; the exit status of a part: 1 when a budget was missed."""
    listed = list(rows)
    print(json.dumps(msgspec.to_builtins(listed), indent=1))
    return int(any(each.is_missed for each in listed))

"""Which layer of each picture fits into a limit."""

from collections.abc import Sequence

import msgspec

PAUSED = -1
_HYSTERESIS = 1.15  # a better layer must fit with room to spare


class Demand(msgspec.Struct):
    """A picture that somebody wants. `rates` are bits per second of its layers, by quality, lowest first."""

    key: str
    rates: tuple[tuple[int, float], ...]
    wanted: int  # the best quality asked for
    has_precedence: bool = False  # screens come before faces
    present: int = PAUSED  # the quality it has now


def allocate(limit_bps: float, demands: Sequence[Demand]) -> dict[str, int]:
    """A quality for each demand, or `PAUSED`. Everybody gets the lowest layer first, screens before faces,
    then the next ones, as long as they fit."""
    ordered = sorted(demands, key=lambda demand: not demand.has_precedence)
    left = limit_bps
    chosen = {demand.key: PAUSED for demand in ordered}
    spent = dict.fromkeys(chosen, 0.0)
    for step in range(max((len(demand.rates) for demand in ordered), default=0)):
        for demand in ordered:
            fitting = [rate for rate in demand.rates if rate[0] <= demand.wanted] or list(demand.rates[:1])
            if step >= len(fitting) or (step and chosen[demand.key] != fitting[step - 1][0]):
                continue
            quality, rate = fitting[step]
            more = rate - spent[demand.key]
            margin = 1.0 if quality <= demand.present else _HYSTERESIS
            if more * margin <= left:
                left -= more
                chosen[demand.key] = quality
                spent[demand.key] = rate
    return chosen


def next_step_bps(demands: Sequence[Demand], chosen: dict[str, int]) -> float | None:
    """The least limit with which somebody would get more than now; None when everybody has all."""
    total = 0.0
    steps: list[float] = []
    for demand in demands:
        rates = dict(demand.rates)
        now = rates.get(chosen[demand.key], 0.0)
        total += now
        better = [rate for quality, rate in demand.rates if chosen[demand.key] < quality <= demand.wanted]
        if better:
            steps.append(better[0] - now)
    return (total + min(steps)) * _HYSTERESIS if steps else None

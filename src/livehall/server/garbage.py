"""Pauses of Python's garbage collector, kept to milliseconds in a process with thousands of connections.

A full collection visits every container there is, up to a microsecond each: with 5,000 connections it stopped
the event loop for 100 to 240 ms (docs/decisions/0014). So what a full collection has found alive is set aside
(`gc.freeze`), and the next one visits only what was made since. Reference counting frees what was set
aside as ever. Only a cycle among it has to wait for a look at everything, which is taken when so much more
has been set aside that a leak might be in it; an audience that has come and stays asks for none.
"""

import asyncio
import gc
from typing import Any

import structlog

log = structlog.get_logger(__name__)

# New containers before the young are looked at; such looks before the next generation is; and before all.
# All together some 12,000 containers, which takes 2 to 10 ms.
THRESHOLDS = (1000, 5, 1)
LOOK_S = 600.0  # seconds between two looks at how much was set aside
GROWTH = 1.5  # times as much as after the last look at everything


class Garbage:
    """The collector's ways in this process within the block, which is entered on the event loop's thread."""

    def __enter__(self) -> "Garbage":
        self._thresholds = gc.get_threshold()
        gc.set_threshold(*THRESHOLDS)
        gc.callbacks.append(_set_aside)
        self._look_at_everything()
        self._look_later()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        gc.callbacks.remove(_set_aside)
        gc.unfreeze()
        gc.set_threshold(*self._thresholds)

    def look(self) -> None:
        """A round: look at everything if much was set aside since the last time."""
        if gc.get_freeze_count() > GROWTH * self._kept:
            found = self._look_at_everything()
            log.info("looked for garbage everywhere", found=found, kept=self._kept)

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._round)

    def _round(self) -> None:
        self.look()
        self._look_later()

    def _look_at_everything(self) -> int:
        """How much of it was garbage."""
        gc.unfreeze()
        found = gc.collect()
        self._kept = gc.get_freeze_count()
        return found


def _set_aside(phase: str, info: dict[str, Any]) -> None:
    """What a full collection leaves is alive and likely to stay."""
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()

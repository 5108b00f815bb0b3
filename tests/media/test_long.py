"""What takes minutes: many people, one after another."""

import asyncio
import ctypes
import gc
from pathlib import Path

import pytest

from livehall.media.client.receiver import LightClient
from tests.media.conftest import Stage

pytestmark = [pytest.mark.media, pytest.mark.long]

AT_ONCE = 20


def resident_kb() -> int:
    """Memory of this process, without what waits to be collected or to be given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


async def come_and_go(stage: Stage, times: int) -> None:
    """So many joins and leaves, each with media connected, some at once, rooms of ten."""

    async def one(number: int) -> None:
        client = LightClient(stage.url, stage.token(f"p-{number}", f"room-{number // 10}"))
        await client.connect(30)
        await client.close()

    for first in range(0, times, AT_ONCE):
        await asyncio.gather(*(one(first + each) for each in range(AT_ONCE)))
    await asyncio.sleep(3)  # until the last rooms have ended
    assert not stage.server.rooms.all()
    stage.hooks.events.clear()
    stage.hooks.raw.clear()


async def test_a_thousand_joins_and_leaves_cost_no_memory(stage: Stage):
    await come_and_go(stage, 600)  # the least that fills all pools and caches
    before = resident_kb()
    await come_and_go(stage, 1000)
    grown = resident_kb() - before
    assert grown < 2_000, f"{grown} kB more than the {before} kB before"

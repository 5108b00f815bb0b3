"""What takes minutes: many people, one after another."""

import asyncio
import ctypes
import gc
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from livehall.media.client.receiver import LightClient
from tests.media.conftest import Stage, eventually

pytestmark = [pytest.mark.media, pytest.mark.long]

AT_ONCE = 20
SETTLED_S = 30.0  # by then everything of those who have left is gone


class _Malloc(ctypes.Structure):
    """mallinfo2(3)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


class InUse(NamedTuple):
    """Memory of this process, without what waits to be collected or to be given back."""

    malloc_kb: int  # of C: OpenSSL, libsrtp, buffers
    blocks: int  # of Python's own allocator
    resident_kb: int  # with what the allocators keep for themselves, which moves by 2 MB and more

    @classmethod
    def now(cls) -> "InUse":
        gc.collect()
        libc = ctypes.CDLL(None)
        libc.malloc_trim(0)
        libc.mallinfo2.restype = _Malloc
        malloc = libc.mallinfo2()
        lines = Path("/proc/self/status").read_text().splitlines()
        resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
        return cls((malloc.uordblks + malloc.hblkhd) // 1024, sys.getallocatedblocks(), resident)


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
    await come_and_go(stage, 1600)  # the least that fills all pools and caches
    before = InUse.now()
    await come_and_go(stage, 1000)

    def is_flat() -> bool:
        now = InUse.now()
        return (
            now.malloc_kb - before.malloc_kb < 200  # 0.2 kB of somebody who has left
            and now.blocks - before.blocks < 1_000  # one object of them
            and now.resident_kb - before.resident_kb < 4_000
        )

    with suppress(TimeoutError):
        await eventually(is_flat, SETTLED_S)
    assert is_flat(), f"{before} became {InUse.now()}"

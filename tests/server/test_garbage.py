"""The collector of garbage looks at what is new; what has come to stay is set aside."""

import asyncio
import gc
import weakref

from livehall.server.garbage import Garbage


class Node:
    def __init__(self) -> None:
        self.me: object = None


async def test_what_survives_a_full_collection_is_not_visited_again() -> None:
    thresholds = gc.get_threshold()
    with Garbage():
        kept = [[] for _ in range(50_000)]
        gc.collect()
        assert gc.get_freeze_count() > len(kept)
        assert len(gc.get_objects()) < len(kept)
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == thresholds


async def test_a_cycle_among_what_was_set_aside_goes_when_much_was() -> None:
    with Garbage() as garbage:
        node = Node()
        node.me = node
        gone = weakref.ref(node)
        gc.collect()
        del node
        garbage.look()
        assert gone() is not None, "next to nothing was set aside since the start"

        kept = [[] for _ in range(gc.get_freeze_count())]
        gc.collect()
        garbage.look()
        assert gone() is None
        assert kept
    await asyncio.sleep(0)

"""Two calls at once for an export, and two makers at once; their rounds are the test's own."""

import asyncio

import pytest
import pytest_asyncio

from tests.concurrency.pairs import Two
from tests.concurrency.scenes import CHANGED, TAKEN, a_session, twice
from tests.concurrency.table import of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

WAIT_S = 20.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still(house_of_two: Two) -> None:
    """Nothing is made by itself any more."""
    for hall in (house_of_two.here, house_of_two.there):
        await hall.app.house.loops.stop()


@of("createExport")
async def test_exports(two: Two, still: None) -> None:
    """A maker has ten under way, however many are asked for at once."""
    ada = await two.person("ada", "host")
    body = {"kind": "chat", "session_id": (await a_session(ada)).rpartition("/")[2]}
    for _ in range(9):
        await ada.post("/exports", body, 202)
    assert await twice(ada, "POST", "/exports", body) == [TAKEN, (409, "too_many_exports")]
    assert await two.told("export.wanted") == 10
    again = {"Idempotency-Key": f"again-{two.number}"}
    await two.put(f"DELETE FROM export WHERE id > '{two.mark}'")
    answers = await twice(ada, "POST", "/exports", body, **again)
    assert answers in ([TAKEN, TAKEN], [TAKEN, CHANGED])
    assert await two.count("export") == 1
    await two.put(f"DELETE FROM export WHERE id > '{two.mark}'")


async def test_of_two_makers_one_begins_a_file(two: Two, still: None) -> None:
    ada = await two.person("ada", "host")
    body = {"kind": "chat", "session_id": (await a_session(ada)).rpartition("/")[2]}
    for _ in range(10):
        await ada.post("/exports", body, 202)

    async def ready() -> int:
        await asyncio.gather(*(hall.app.house.maker.make_due() for hall in (two.here, two.there)))
        return await two.count("export", "state = 'ready'")

    await eventually(ready, lambda count: count == 10, within=WAIT_S, what="all are made", every=0.01)
    assert await two.count("export", "attempts = 1") == 10
    assert await two.told("chat.exported") == 10

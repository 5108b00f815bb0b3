"""Rounds of sending: what is sent again, whose turn it is, and what a call's answer still means."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from livehall.core.ports.webhooks import Answered
from livehall.core.webhooks import ops, rules, store
from livehall.core.webhooks.model import Endpoint
from livehall.core.webhooks.sending import Sending
from livehall.kernel.actor import SYSTEM
from tests.core.webhooks.conftest import TERMS, House
from tests.support.on_air import SEALING


class Carrier:
    """Answers `status`; `before` is what happens while it calls."""

    def __init__(self) -> None:
        self.bodies: list[int] = []
        self.status = 200
        self.before: Callable[[str], Awaitable[None]] = _nothing

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        self.bodies.append(int(body))
        status = self.status
        await self.before(url)
        return Answered(status=status, excerpt="", duration_ms=1)


async def _nothing(_: str) -> None: ...


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
async def sending(house: House, carrier: Carrier) -> Sending:
    return Sending(house.desk, carrier, SEALING, TERMS)


async def a_round(sending: Sending) -> None:
    await sending.start_due()
    await asyncio.wait_for(sending.settled(), 10)


async def told(house: House, *numbers: int) -> None:
    await house.strike(*numbers)
    await house.telling.gather()


async def pending(house: House) -> list[int]:
    return [int(each.body) for each in await house.deliveries() if each.state == "pending"]


async def as_it_is(house: House, row: Endpoint) -> Endpoint:
    async with house.desk.read(SYSTEM) as read:
        found = await store.get(read, row.id, row.organization_id)
    assert found is not None
    return found


async def test_a_replay_goes_through_what_was_settled_in_parts(house, sending, carrier, monkeypatch):
    monkeypatch.setattr("livehall.core.webhooks.ops.IN_PART", 2)
    row = await house.endpoint()
    await told(house, 1, 2, 3, 4, 5)
    await a_round(sending)
    await house.replay(row)
    await house.telling.gather()
    assert await pending(house) == []  # whoever asks for it does not wait for it

    reset: list[list[int]] = []

    async def look(_: str) -> None:
        reset.append([number for number in await pending(house) if number != carrier.bodies[-1]])

    carrier.before = look
    carrier.bodies.clear()
    await a_round(sending)
    await told(house, 6)
    for _ in range(3):
        await a_round(sending)
    assert carrier.bodies == [1, 2, 3, 4, 6, 5]  # what is newer comes behind what is there of a replay
    assert reset == [[2], [], [4, 6], [6], [], []]
    assert (await as_it_is(house, row)).replay_after is None
    await a_round(sending)
    assert len(carrier.bodies) == 6


async def test_a_second_replay_goes_on_with_the_first_and_none_survives_an_end(house, sending, carrier):
    row = await house.endpoint()
    await told(house, 1, 2, 3)
    await a_round(sending)
    carrier.bodies.clear()
    await house.replay(row)
    await house.replay(row, house.clock.now)  # of what is there, nothing
    await a_round(sending)
    assert carrier.bodies == [1, 2, 3]

    await house.replay(row)
    for is_enabled in (False, True):
        await house.change(row, is_enabled=is_enabled)
    assert (await as_it_is(house, row)).replay_until is None
    await a_round(sending)
    assert carrier.bodies == [1, 2, 3]


async def test_what_is_given_up_goes_in_parts_and_is_not_sent_by_whoever_is_switched_on_again(
    house, sending, carrier, monkeypatch
):
    monkeypatch.setattr("livehall.core.webhooks.ops.IN_PART", 2)
    row = await house.endpoint()
    await told(house, 1, 2, 3, 4, 5)
    await house.change(row, is_enabled=False)
    assert await pending(house) == [3, 4, 5]  # whoever switches it off does not wait for them
    await house.change(row, is_enabled=True)
    assert await pending(house) == [5]
    await house.replay(row)
    await told(house, 6)
    assert await pending(house) == [5, 6]
    await a_round(sending)
    assert carrier.bodies == [1, 2, 6]  # five was given up before anything was sent
    for _ in range(2):
        await a_round(sending)
    assert carrier.bodies == [1, 2, 6, 3, 4, 5]
    assert (await as_it_is(house, row)).give_up_until is None


async def test_what_a_removed_endpoint_has_open_is_given_up_in_rounds(house, sending, carrier, monkeypatch):
    monkeypatch.setattr("livehall.core.webhooks.ops.IN_PART", 2)
    row = await house.endpoint()
    await told(house, 1, 2, 3, 4, 5)
    async with house.desk.work(house.ann) as work:
        await ops.remove(work, row.id)
    await a_round(sending)
    assert [each.state for each in await house.deliveries()] == ["abandoned"] * 5
    assert carrier.bodies == []


@pytest.mark.parametrize("status", [200, 500])
async def test_what_is_asked_for_anew_while_it_is_on_its_way_goes_again(house, sending, carrier, status):
    await house.endpoint()
    await told(house, 1)
    carrier.status = status

    async def retry(_: str) -> None:
        carrier.before, carrier.status = _nothing, 200
        (row,) = await house.deliveries()
        async with house.desk.work(house.ann) as work:
            shown = await ops.retry(work, row.id)
        assert (shown.state, shown.attempts) == ("pending", 0)

    carrier.before = retry
    await a_round(sending)
    await a_round(sending)
    (row,) = await house.deliveries()
    assert (row.state, row.attempts, row.response_status, len(carrier.bodies)) == ("succeeded", 1, 200, 2)


async def test_a_new_address_has_not_failed_yet(house, sending, carrier):
    row = await house.endpoint()
    carrier.status = 500
    await told(house, 1)
    await a_round(sending)
    assert (await as_it_is(house, row)).failing_since is not None
    await house.change(row, description="The same")
    assert (await as_it_is(house, row)).failing_since is not None
    await house.change(row, url="https://example.org/others")
    assert (await as_it_is(house, row)).failing_since is None
    house.clock.forward(seconds=TERMS.patience.total_seconds())
    await a_round(sending)
    assert (await as_it_is(house, row)).is_enabled


async def test_who_answers_slowly_gives_its_place_up_after_a_while(house, sending, carrier, monkeypatch):
    await house.endpoint()
    await told(house, 1, 2, 3, 4)
    with monkeypatch.context() as slow:
        slow.setattr("livehall.core.webhooks.sending.TURN_S", 0)  # each call takes longer
        for _ in range(2):
            await a_round(sending)
        assert carrier.bodies == [1, 2]
    await a_round(sending)
    assert carrier.bodies == [1, 2, 3, 4]


async def test_two_organizations_do_not_hold_up_a_third(house, sending, carrier):
    """As many endpoints as each may have, and none of them answers."""
    others = [await house.beside(name) for name in ("bo", "cy")]
    for each in others:
        for _ in range(rules.MOST_ENDPOINTS):
            await each.endpoint(url="https://silent.example/hooks")
        await told(each, 0)
    await house.endpoint()
    await told(house, 1)
    called, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(url: str) -> None:
        if "silent" in url:
            await may_answer.wait()
        else:
            called.set()

    carrier.before = answer
    await sending.start_due()
    try:
        await asyncio.wait_for(called.wait(), 10)
        assert carrier.bodies.count(0) <= 2 * 8
    finally:
        may_answer.set()
        await asyncio.wait_for(sending.settled(), 20)
    assert carrier.bodies.count(0) == 2 * rules.MOST_ENDPOINTS

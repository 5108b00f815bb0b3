"""The hub by itself: order, recovery, and the races between a subscribe and what is published meanwhile."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from livehall.core.ports.channels import Joined, Since
from livehall.core.ports.realtime import Connected, Publication, Refused
from livehall.engines.realtime import Hub, Limits
from tests.support.gate import MemoryGate
from tests.support.realtime import until

CHAT = "chat:1"


def lines(channel: str, publications: Sequence[Publication]) -> bytes:
    """An encoding that a test can read: one line per publication."""
    return b"".join(b"%b %d %b\n" % (channel.encode(), each.position, each.data) for each in publications)


class Ear:
    """A listener that writes down what it hears."""

    def __init__(self, user: str = "") -> None:
        self.client = f"client-of-{user}"
        self.who = Connected(user=user)
        self.heard = b""
        self.writes = 0
        self.lost: list[tuple[str, int]] = []
        self.ended: tuple[int, str] | None = None
        self.when_ended: Callable[[], None] = lambda: None

    def send(self, data: bytes) -> None:
        self.heard += data
        self.writes += 1

    def unsubscribed(self, channel: str, code: int, reason: str) -> None:
        self.lost.append((channel, code))

    def disconnect(self, code: int, reason: str) -> None:
        self.ended = (code, reason)
        self.when_ended()

    @property
    def positions(self) -> list[int]:
        return [int(line.split()[1]) for line in self.heard.splitlines()]


class House:
    """A hub with its gate, and the few moves of a door."""

    def __init__(self, **limits: float) -> None:
        self.gate = MemoryGate()
        self.gate.channel(CHAT)
        self.hub = Hub(self.gate, lines, Limits(**{"write_gap": 0.02} | limits))  # type: ignore[arg-type]

    def arrive(self, user: str = "") -> Ear:
        ear = Ear(user)
        self.hub.attach(ear, asyncio.get_running_loop().time())
        ear.when_ended = lambda: self.hub.detach(ear)
        return ear

    async def subscribe(self, ear: Ear, channel: str = CHAT, since: Since | None = None) -> Joined:
        joined = (await self.hub.subscribe(ear, channel, since))()
        if joined.missed:
            ear.send(lines(channel, joined.missed))
        if joined.following:
            ear.send(lines(channel, joined.following))
        return joined

    def say(self, *positions: int, channel: str = CHAT) -> None:
        for position in positions:
            self.hub.publish(channel, Publication(data=b"%d" % position, position=position))


@pytest.fixture
async def house() -> House:
    return House()


async def heard(ear: Ear, *positions: int) -> None:
    """Wait until the ear has heard exactly these."""
    await until(lambda: len(ear.positions) >= len(positions))
    assert ear.positions == list(positions)


async def settled(house: House) -> None:
    """Wait until nothing is on its way any more: a last word is heard."""
    witness = house.arrive()
    await house.subscribe(witness)
    house.hub.publish(CHAT, Publication(data=b'"end"'))
    await until(lambda: b'"end"' in witness.heard)


async def test_publications_arrive_in_order(house: House) -> None:
    ear = house.arrive()
    await house.subscribe(ear)
    house.say(3, 7, 8, 21)
    await heard(ear, 3, 7, 8, 21)


async def test_a_repeat_is_dropped(house: House) -> None:
    ear = house.arrive()
    await house.subscribe(ear)
    house.say(3, 7, 3, 7, 8)
    await heard(ear, 3, 7, 8)


async def test_the_parts_of_one_row_all_arrive_and_are_recovered_and_their_repeat_is_dropped(
    house: House,
) -> None:
    ear = house.arrive()
    joined = await house.subscribe(ear)
    for _ in range(2):
        for position, part in ((3, 0), (4, 0), (4, 1), (4, 2)):
            house.hub.publish(CHAT, Publication(data=b"%d" % part, position=position, part=part))
    house.say(9)
    await heard(ear, 3, 4, 4, 4, 9)
    assert [line.split()[2] for line in ear.heard.splitlines()[1:4]] == [b"0", b"1", b"2"]
    later = house.arrive()
    await house.subscribe(later, since=Since(3, joined.epoch))
    assert later.positions == [4, 4, 4, 9]


async def test_what_is_not_kept_is_sent_every_time(house: House) -> None:
    ear = house.arrive()
    await house.subscribe(ear)
    house.say(5, 0, 0)
    await heard(ear, 5, 0, 0)


async def test_publications_of_one_moment_share_a_write(house: House) -> None:
    ear = house.arrive()
    await house.subscribe(ear)
    house.say(*range(1, 51))
    await heard(ear, *range(1, 51))
    assert ear.writes == 1


async def test_a_channel_is_written_to_once_per_gap_and_the_first_at_once() -> None:
    house = House(write_gap=0.2)
    loop = asyncio.get_running_loop()
    ear = house.arrive()
    await house.subscribe(ear)
    began = loop.time()
    house.say(1)
    await heard(ear, 1)
    first = loop.time() - began
    house.say(2)
    await asyncio.sleep(0)
    house.say(3)
    await heard(ear, 1, 2, 3)
    assert first < 0.1
    assert loop.time() - began >= 0.2
    assert ear.writes == 2


async def test_a_large_audience_does_not_hold_up_the_loop(house: House) -> None:
    ears = [house.arrive() for _ in range(2000)]
    for ear in ears:
        await house.subscribe(ear)
    house.say(1)
    turns = 0
    while ears[0].writes == 0 or ears[-1].writes == 0 or any(ear.writes == 0 for ear in ears):
        await asyncio.sleep(0)
        turns += 1
    assert turns > 4
    assert all(ear.positions == [1] for ear in ears)


async def test_one_who_joins_during_a_long_write_hears_everything_once(house: House) -> None:
    ears = [house.arrive() for _ in range(1000)]
    for ear in ears:
        await house.subscribe(ear)
    house.say(1)
    await asyncio.sleep(0)
    assert sum(ear.writes for ear in ears) < len(ears)
    late = house.arrive()
    await house.subscribe(late, since=Since(0, "epoch-1"))
    house.say(2)
    await heard(late, 1, 2)
    await settled(house)
    assert late.positions[:2] == [1, 2]
    assert all(ear.positions[:2] == [1, 2] for ear in ears)


async def test_what_is_published_while_the_gate_is_asked_follows_the_answer(house: House) -> None:
    ear = house.arrive()
    house.gate.open.clear()
    subscribing = asyncio.create_task(house.subscribe(ear))
    await asyncio.sleep(0)
    house.say(4, 9)
    house.gate.open.set()
    joined = await subscribing
    assert [each.position for each in joined.following] == [4, 9]
    house.say(12)
    await heard(ear, 4, 9, 12)


async def test_what_the_snapshot_includes_is_not_sent_again(house: House) -> None:
    ear = house.arrive()
    house.gate.channel(CHAT, top=9)
    house.gate.open.clear()
    subscribing = asyncio.create_task(house.subscribe(ear))
    await asyncio.sleep(0)
    house.say(4, 9, 10)
    house.gate.open.set()
    joined = await subscribing
    assert joined.position == 9
    await settled(house)
    assert ear.positions == [10, 0]


async def test_a_snapshot_ahead_of_the_relay_is_not_followed_by_what_it_holds(house: House) -> None:
    early, late = house.arrive(), house.arrive()
    await house.subscribe(early)
    house.gate.channel(CHAT, top=6)
    await house.subscribe(late)
    house.say(5, 6, 7)
    await heard(late, 7)
    await heard(early, 5, 6, 7)


async def test_one_who_joins_while_something_waits_gets_it_once(house: House) -> None:
    early, late = house.arrive(), house.arrive()
    await house.subscribe(early)
    house.say(1)
    await heard(early, 1)
    house.say(2)  # waits for the gap
    house.gate.channel(CHAT, top=2)
    await house.subscribe(late)
    house.say(3)
    await heard(early, 1, 2, 3)
    await heard(late, 3)


async def test_one_who_returns_gets_from_memory_what_was_missed(house: House) -> None:
    house.gate.channel(CHAT, top=1)
    witness, ear = house.arrive(), house.arrive()
    await house.subscribe(witness)
    house.say(5, 9, 14)
    joined = await house.subscribe(ear, since=Since(5, "epoch-1"))
    assert joined.recovered
    assert joined.position == 5
    assert ear.positions == [9, 14]
    assert not any(asked.startswith("history") for asked in house.gate.asked)


async def test_one_who_returns_to_another_process_gets_it_from_the_journal(house: House) -> None:
    house.gate.channel(CHAT, top=14)
    house.gate.journal[CHAT] = [Publication(data=b"%d" % each, position=each) for each in (5, 9, 14)]
    ear = house.arrive()
    joined = await house.subscribe(ear, since=Since(5, "epoch-1"))
    house.say(14, 15)  # the relay repeats the last one
    assert joined.recovered
    await heard(ear, 9, 14, 15)
    assert f"history {CHAT} 5" in house.gate.asked


async def test_many_who_return_at_once_need_one_look_into_the_journal(house: House) -> None:
    house.gate.journal[CHAT] = [Publication(data=b"1", position=each) for each in (5, 9, 14)]
    ears = [house.arrive() for _ in range(50)]
    await asyncio.gather(*(house.subscribe(ear, since=Since(5, "epoch-1")) for ear in ears))
    assert all(ear.positions == [9, 14] for ear in ears)
    assert sum(asked.startswith("history") for asked in house.gate.asked) == 1


async def test_what_comes_while_the_journal_is_read_is_neither_lost_nor_repeated(house: House) -> None:
    house.gate.journal[CHAT] = [Publication(data=b"1", position=each) for each in (5, 9)]
    ear = house.arrive()
    admit = await house.hub.subscribe(ear, CHAT, Since(5, "epoch-1"))
    house.say(9, 11)
    joined = admit()
    assert [each.position for each in joined.missed] == [9]
    assert [each.position for each in joined.following] == [11]


async def test_one_who_missed_too_much_begins_again(house: House) -> None:
    house.gate.channel(CHAT, top=90, data=b'{"revision":90}')
    ear = house.arrive()
    joined = await house.subscribe(ear, since=Since(5, "epoch-1"))
    assert joined.was_recovering
    assert not joined.recovered
    assert joined.position == 90
    assert joined.data == b'{"revision":90}'


async def test_too_many_bytes_are_not_recovered() -> None:
    house = House(recovery_bytes=100)
    house.gate.channel(CHAT, top=2)
    house.gate.journal[CHAT] = [Publication(data=b"x" * 101, position=2)]
    assert not (await house.subscribe(house.arrive(), since=Since(1, "epoch-1"))).recovered


async def test_positions_of_another_epoch_are_not_recovered(house: House) -> None:
    house.gate.channel(CHAT, top=1)
    await house.subscribe(house.arrive())
    house.say(2)
    joined = await house.subscribe(house.arrive(), since=Since(1, "epoch-0"))
    assert joined.was_recovering
    assert not joined.recovered


async def test_one_who_insists_on_recovery_is_refused_without_it(house: House) -> None:
    ear = house.arrive()
    with pytest.raises(Refused) as refused:
        await house.hub.subscribe(ear, CHAT, Since(1, "epoch-0"), must_recover=True)
    assert refused.value.code == 112
    assert not house.hub.is_listening(ear, CHAT)


async def test_a_cache_recovers_with_its_last_word(house: House) -> None:
    caption = house.gate.channel("caption:1")
    await house.subscribe(house.arrive(), caption)
    house.say(3, 8, 9, channel=caption)
    joined = await house.subscribe(house.arrive(), caption, Since(2, "epoch-1"))
    assert joined.recovered
    assert [each.position for each in joined.missed] == [9]


async def test_a_cache_says_nothing_to_one_who_has_its_last_word(house: House) -> None:
    caption = house.gate.channel("caption:1")
    await house.subscribe(house.arrive(), caption)
    house.say(9, channel=caption)
    joined = await house.subscribe(house.arrive(), caption, Since(9, "epoch-1"))
    assert joined.recovered
    assert joined.missed == ()


async def test_a_user_loses_a_channel_after_what_was_said_before(house: House) -> None:
    ada, bob = house.arrive("ada"), house.arrive("bob")
    await house.subscribe(ada)
    await house.subscribe(bob)
    house.say(1)
    await heard(ada, 1)
    house.say(2)
    house.hub.unsubscribe(CHAT, "ada", code=2000, reason="banned")
    house.say(3)
    await heard(bob, 1, 2, 3)
    assert ada.positions == [1, 2]
    assert ada.lost == [(CHAT, 2000)]
    assert bob.lost == []


async def test_a_channel_can_be_taken_from_all(house: House) -> None:
    ears = [house.arrive("ada"), house.arrive("bob"), house.arrive()]
    for ear in ears:
        await house.subscribe(ear)
    house.hub.unsubscribe(CHAT, code=2500)
    assert all(ear.lost == [(CHAT, 2500)] for ear in ears)


async def test_a_subscribe_under_way_does_not_survive_the_revocation(house: House) -> None:
    ear = house.arrive("ada")
    house.gate.open.clear()
    subscribing = asyncio.create_task(house.subscribe(ear))
    await asyncio.sleep(0)
    house.hub.unsubscribe(CHAT, "ada")
    house.gate.open.set()
    with pytest.raises(Refused) as refused:
        await subscribing
    assert refused.value.code == 103
    assert house.hub.channels == 0


async def test_a_user_is_put_out_with_all_connections_after_the_last_word(house: House) -> None:
    channel = house.gate.channel("user:ada")
    first, second, bob = house.arrive("ada"), house.arrive("ada"), house.arrive("bob")
    await house.subscribe(first, channel)
    house.say(1, channel=channel)
    house.hub.disconnect("ada", code=4502, reason="banned")
    assert first.positions == [1]
    assert first.ended == second.ended == (4502, "banned")
    assert bob.ended is None


async def test_one_who_was_put_out_while_connecting_does_not_get_in(house: House) -> None:
    asked_at = asyncio.get_running_loop().time()
    house.hub.disconnect("ada", code=4502, reason="banned")
    with pytest.raises(Refused) as refused:
        house.hub.attach(Ear("ada"), asked_at)
    assert refused.value.disconnect


async def test_one_who_comes_back_later_is_for_the_gate_to_judge(house: House) -> None:
    house.hub.disconnect("ada", code=4502, reason="banned")
    await asyncio.sleep(0.001)
    house.arrive("ada")
    assert house.hub.connections == 1


async def test_a_user_has_a_bounded_number_of_connections() -> None:
    house = House(connections_per_user=2)
    house.arrive("ada")
    house.arrive("ada")
    with pytest.raises(Refused) as refused:
        house.arrive("ada")
    assert refused.value.code == 3504


async def test_a_connection_has_a_bounded_number_of_subscriptions() -> None:
    house = House(subscriptions=2)
    ear = house.arrive()
    for name in ("chat:1", "chat:2"):
        await house.subscribe(ear, house.gate.channel(name))
    with pytest.raises(Refused) as refused:
        await house.subscribe(ear, house.gate.channel("chat:3"))
    assert refused.value.code == 106


async def test_a_refused_subscribe_leaves_nothing_behind(house: House) -> None:
    ear = house.arrive()
    for number in range(100):
        with pytest.raises(Refused):
            await house.subscribe(ear, f"session:{number}")
    assert house.hub.channels == 0


async def test_an_idle_channel_is_forgotten_when_nothing_is_kept(house: House) -> None:
    ear = house.arrive()
    await house.subscribe(ear)
    house.hub.leave(ear, CHAT)
    assert house.hub.channels == 0


async def test_a_channel_left_by_all_still_recovers(house: House) -> None:
    house.gate.channel(CHAT, top=1)
    ear = house.arrive()
    await house.subscribe(ear)
    house.say(5)
    house.hub.detach(ear)
    house.say(6)
    joined = await house.subscribe(house.arrive(), since=Since(5, "epoch-1"))
    assert [each.position for each in joined.missed] == [6]


async def test_a_slow_gate_does_not_gather_without_bound() -> None:
    house = House(joining_publications=10)
    ear = house.arrive()
    house.gate.open.clear()
    subscribing = asyncio.create_task(house.subscribe(ear))
    await asyncio.sleep(0)
    house.say(*range(1, 12))
    house.gate.open.set()
    with pytest.raises(Refused) as refused:
        await subscribing
    assert refused.value.code == 100  # temporary: the client asks again


async def test_a_publication_over_the_limit_is_not_sent() -> None:
    house = House(publication_bytes=100)
    ear = house.arrive()
    await house.subscribe(ear)
    house.hub.publish(CHAT, Publication(data=b'"%b"' % (b"x" * 100), position=1))
    house.say(2)
    await heard(ear, 2)


async def test_shutdown_sends_what_waits_then_says_farewell(house: House) -> None:
    ear = house.arrive()
    await house.subscribe(ear)
    house.say(1)
    house.hub.shutdown()
    assert ear.positions == [1]
    assert ear.ended == (3001, "shutdown")
    with pytest.raises(Refused):
        house.arrive()

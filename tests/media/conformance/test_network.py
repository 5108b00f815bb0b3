"""The ways that media takes when the straight one is closed."""

import asyncio

import pytest
from livekit.protocol import rtc

from livehall.media.client.publisher import LightPublisher, play
from livehall.media.client.receiver import LightClient
from tests.media.between import rewritten, without_udp
from tests.media.conformance.case import Case
from tests.media.conformance.people import DEADLINE_S, Person
from tests.media.scripted import Script, scripted_way

pytestmark = pytest.mark.media


async def test_candidates_of_udp_come_before_those_of_tcp(case: Case):
    client = LightClient(case.server.signal_url, case.token("bob"))
    try:
        await client.connect(DEADLINE_S)
        await client.until(lambda: any(said.trickle.final for said in client.signals))
    finally:
        await client.vanish()
    trickled = [said.trickle for said in client.signals if said.WhichOneof("message") == "trickle"]
    lines = [one.candidateInit.split('"')[3].split() for one in trickled]

    assert [fields[2] for fields in lines] == ["udp", "tcp"]
    assert int(lines[0][3]) > int(lines[1][3])
    assert lines[1][6:10] == ["typ", "host", "tcptype", "passive"]
    assert [one.final for one in trickled] == [False, True]


async def test_who_tries_out_a_network_without_udp_is_sent_to_tcp_when_it_comes_again(case: Case):
    url = case.server.signal_url
    first = LightClient(url, case.token("bob"))
    again = LightClient(url, case.token("bob"), protocol="tcp")
    try:
        await first.connect(DEADLINE_S)
        assert " udp " in first.candidate
        await first.signal(simulate=rtc.SimulateScenario(switch_candidate_protocol=rtc.TCP))
        await asyncio.sleep(0.5)  # nothing is said back
        await again.connect(DEADLINE_S)
        await again.until(lambda: any(said.trickle.final for said in again.signals))
    finally:
        await first.vanish()
        await again.vanish()
    trickled = [said.trickle for said in again.signals if said.WhichOneof("message") == "trickle"]
    assert [one.candidateInit.split('"')[3].split()[2] for one in trickled] == ["tcp"]


async def test_sound_picture_and_data_go_over_tcp(case: Case):
    url = case.server.signal_url
    alice = LightPublisher(url, case.token("alice"), protocol="tcp")
    bob = LightClient(url, case.token("bob"), protocol="tcp", sample_every=1)
    try:
        await alice.connect(DEADLINE_S)
        await bob.connect(DEADLINE_S)
        (video,) = await alice.publish_video()
        await bob.until(lambda: bool(bob.tracks_by_mid))
        await play(video, seconds=2)
        await bob.until(lambda: (stream := bob.stream("video")) is not None and stream.packets > 20)
        while not bob.messages:
            alice.send_data(b"by tcp")
            await play(video, seconds=0.1)
    finally:
        await alice.vanish()
        await bob.vanish()

    assert " tcp " in bob.candidate
    assert bob.bad_samples == 0
    assert bob.messages[0][1].user.payload == b"by tcp"


async def test_the_sdk_decodes_where_udp_is_blocked(case: Case):
    alice, bob = Person(), Person()
    async with rewritten(case.server.signal_url, without_udp, from_client=without_udp) as url:
        try:
            await alice.room.connect(url, case.token("alice"))
            await bob.room.connect(url, case.token("bob"))
            await alice.film()
            await alice.speak()
            await bob.until(lambda: sum(map(len, bob.pictures.values())) > 10, DEADLINE_S)
            await bob.until(lambda: sum(bob.sounds.values()) > 20, DEADLINE_S)
        finally:
            await alice.leave()
            await bob.leave()


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_pictures_go_on_where_listed_packets_are_lost_doubled_and_late(case: Case, direction: str):
    """One packet in twenty is lost, one in fifty doubled, one in thirty late by up to five."""
    script = Script(
        lost=set(range(60, 20_000, 20)),
        doubled=set(range(75, 20_000, 50)),
        late={number: 1 + number % 5 for number in range(85, 20_000, 30)},
    )
    alice, bob = Person(), Person()
    url = case.server.signal_url
    async with scripted_way(url, **{direction: script}) as (way, near_url):
        try:
            await alice.room.connect(near_url if direction == "up" else url, case.token("alice"))
            await bob.room.connect(near_url if direction == "down" else url, case.token("bob"))
            published = await alice.film(size=(640, 360), is_busy=True)
            await alice.speak()
            await bob.until(lambda: len(bob.pictures.get(published.sid, [])) > 60, 30)
            await bob.until(lambda: sum(bob.sounds.values()) > 100, 30)
        finally:
            await alice.leave()
            await bob.leave()
    carried = way.up if direction == "up" else way.down
    assert carried.lost > 10

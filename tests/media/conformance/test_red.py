"""Opus with redundancy, as publishers and subscribers agree on it."""

import asyncio

import pytest
from livekit import rtc

from livehall.media.client.offer import OPUS, RED
from livehall.media.client.publisher import LightPublisher
from livehall.media.client.receiver import LightClient
from livehall.media.rtp import red
from tests.media.conformance.case import Case
from tests.media.conformance.people import DEADLINE_S
from tests.support.waiting import eventually

pytestmark = pytest.mark.media

FRAME = 960  # ticks


def sound(number: int) -> bytes:
    return b"\xf8" + bytes((number,)) * 20


def audio_section(client: LightClient, mid: str) -> list[str]:
    sections = client._answer.split("m=")[1:]
    return next(section for section in sections if f"a=mid:{mid}\r\n" in section).splitlines()


async def published(case: Case) -> dict:
    async def ask() -> list[dict]:
        return (await case.participant("alice")).get("tracks", [])

    return (await eventually(ask, bool, within=DEADLINE_S, what="a track"))[0]


@pytest.mark.parametrize("takes_red", [True, False], ids=["redundancy", "plain"])
async def test_a_publisher_sends_redundancy_where_it_offers_and_does_not_disable_it(
    case: Case, takes_red: bool
):
    alice = LightPublisher(case.server.signal_url, case.token("alice"), red=True)
    alice._red = takes_red  # what it announces; the receiving sections offer redundancy all the same
    try:
        await alice.connect(DEADLINE_S)
        stream = await alice.publish_audio()
        for number in range(20):
            stream.send(sound(number), number * FRAME, level=10)
            await asyncio.sleep(0.02)
        track = await published(case)
        answer = audio_section(alice, stream.section.mid)
    finally:
        await alice.vanish()
    assert track["mime_type"] == ("audio/red" if takes_red else "audio/opus")
    assert answer[0].split()[3:] == ([str(RED), str(OPUS)] if takes_red else [str(OPUS)])
    assert (f"a=fmtp:{RED} {OPUS}/{OPUS}" in answer) == takes_red


async def test_subscribers_get_redundancy_or_opus_mended_by_it(case: Case):
    url = case.server.signal_url
    alice = LightPublisher(url, case.token("alice"), red=True)
    mender = LightClient(url, case.token("mender"), sample_every=1, red=True)
    plain = LightClient(url, case.token("plain"), sample_every=1)
    heard: dict[str, list[tuple[int, int, bytes]]] = {"mender": [], "plain": []}

    def listen(client: LightClient, name: str) -> None:
        client.on_rtp = lambda packet, header: heard[name].append(
            (header.payload_type, header.sequence, packet[header.payload_start : header.payload_end])
        )

    try:
        for client in (alice, mender, plain):
            await client.connect(DEADLINE_S)
        listen(mender, "mender")
        listen(plain, "plain")
        stream = await alice.publish_audio()
        base = stream.sequence + 1
        await mender.until(lambda: bool(mender.tracks_by_mid))
        await plain.until(lambda: bool(plain.tracks_by_mid))
        for number in range(2, 60):
            if number in (30, 40, 41):
                stream.skip()
                continue
            earlier = [(back * FRAME, sound(number - back)) for back in (2, 1)]
            payload = red.build(earlier, sound(number), OPUS)
            stream.send(payload, number * FRAME, level=10, payload_type=RED, marker=False)
            await asyncio.sleep(0.02)
        await plain.until(lambda: heard["plain"][-1:] != [] and heard["plain"][-1][2] == sound(59))
        answer = audio_section(mender, next(iter(mender.tracks_by_mid)))
    finally:
        for client in (alice, mender, plain):
            await client.vanish()
    assert answer[0].split()[3:] == [str(OPUS), str(RED)]
    assert {kind for kind, _, _ in heard["mender"]} == {RED}
    assert {kind for kind, _, _ in heard["plain"]} == {OPUS}
    by_number = {sequence - base + 2 & 0xFFFF: payload for _, sequence, payload in heard["plain"]}
    assert all(by_number[number] == sound(number) for number in range(25, 60))
    missing = {sequence - base + 2 & 0xFFFF for _, sequence, _ in heard["mender"]}
    assert not missing & {30, 40, 41}


async def test_an_older_client_with_two_connections_hears_redundant_sound(case: Case):
    alice = await case.join("alice")
    bob = await case.join("bob", options=rtc.RoomOptions(single_peer_connection=False))
    await alice.speak(red=True)
    await bob.until(lambda: sum(bob.sounds.values()) > 30)
    assert (await published(case))["mime_type"] == "audio/red"

"""livekit-client in Chromium: who is there, what they send each other, and how connections end and go on."""

import asyncio
import secrets

import pytest
from livekit import rtc

from tests.media.conformance.case import Case
from tests.media.conformance.people import Person
from tests.media.conformance.scripts import Pages, Script
from tests.support.tabs import ScriptFailed

pytestmark = [pytest.mark.media, pytest.mark.browser]


async def meet(case: Case, pages: Pages) -> tuple[Script, Person]:
    """One of each SDK, who can reach each other."""
    alice, bob = await pages.join("alice"), await case.join("bob")
    await alice.until("it.remote('bob')")
    async with asyncio.timeout(15):
        while not bob.told("data_received") or not await alice.told("dataReceived"):
            await alice.do("me.publishData(bytes('hello'), { reliable: true })")
            await bob.me.publish_data(b"hello")
            await asyncio.sleep(0.05)
    return alice, bob


# Data


@pytest.mark.parametrize("reliable", ["true", "false"], ids=["reliable", "lossy"])
async def test_packets_go_both_ways_between_the_sdks(case: Case, pages: Pages, reliable: str):
    alice, bob = await meet(case, pages)
    await alice.do(f"me.publishData(bytes('there'), {{ reliable: {reliable}, topic: 't' }})")
    await bob.until(lambda: [packet for (packet,) in bob.told("data_received") if packet.topic == "t"])
    packet = bob.told("data_received")[-1][0]
    assert (packet.data, packet.participant.identity) == (b"there", "alice")
    await bob.me.publish_data(b"back", reliable=reliable == "true", topic="t")
    kind = 0 if reliable == "true" else 1
    await alice.until_told("dataReceived", "back", "bob", kind, "t")


async def test_calls_go_both_ways_between_the_sdks(case: Case, pages: Pages):
    alice, bob = await meet(case, pages)

    async def answer(call: rtc.RpcInvocationData) -> str:
        return f"{call.caller_identity}: {call.payload}"

    bob.me.register_rpc_method("ask", answer)
    await alice.do("me.registerRpcMethod('ask', async (call) => `${call.callerIdentity}: ${call.payload}`)")
    question = "me.performRpc({ destinationIdentity: 'bob', method: 'ask', payload: 'how?' })"
    assert await alice.do(question) == "alice: how?"
    assert await bob.me.perform_rpc(destination_identity="alice", method="ask", payload="so") == "bob: so"
    unknown = "me.performRpc({ destinationIdentity: 'bob', method: 'none', payload: '' })"
    assert (
        await alice.do(f"{unknown}.catch((fault) => fault.code)") == rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD
    )


async def test_texts_go_both_ways_between_the_sdks(case: Case, pages: Pages):
    alice, bob = await meet(case, pages)
    got: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def read(reader: rtc.TextStreamReader) -> None:
        got.set_result(await reader.read_all())

    bob.room.register_text_stream_handler("chat", lambda reader, _: asyncio.ensure_future(read(reader)))
    keep = "async (reader, who) => { it.kept.text = [await reader.readAll(), who.identity] }"
    await alice.do(f"room.registerTextStreamHandler('chat', {keep})")
    await alice.do("me.sendText('Grüße, 世界! '.repeat(4000), { topic: 'chat' })")
    assert await asyncio.wait_for(got, 15) == "Grüße, 世界! " * 4000
    await bob.me.send_text("Zurück! " * 4000, topic="chat")
    assert await alice.until("it.kept.text") == ["Zurück! " * 4000, "bob"]


async def test_bytes_go_both_ways_between_the_sdks(case: Case, pages: Pages):
    alice, bob = await meet(case, pages)
    got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def read(reader: rtc.ByteStreamReader) -> None:
        got.set_result(b"".join([chunk async for chunk in reader]))

    bob.room.register_byte_stream_handler("files", lambda reader, _: asyncio.ensure_future(read(reader)))
    size = "(await reader.readAll()).reduce((sum, part) => sum + part.length, 0)"
    keep = f"async (reader) => {{ it.kept.file = {size} }}"
    await alice.do(f"room.registerByteStreamHandler('files', {keep})")
    await alice.do(
        "me.sendFile(new File([new Uint8Array(100000).fill(7)], 'a.bin'), { topic: 'files' }).then(() => 1)"
    )
    assert await asyncio.wait_for(got, 15) == bytes([7]) * 100_000
    writer = await bob.me.stream_bytes("b.bin", total_size=100_000, topic="files")
    await writer.write(secrets.token_bytes(100_000))
    await writer.aclose()
    assert await alice.until("it.kept.file") == 100_000


# Who is there


async def test_name_metadata_and_attributes_are_told(case: Case, pages: Pages):
    alice = await pages.join("alice", grants={"canUpdateOwnMetadata": True})
    bob = await pages.join("bob", claims={"name": "Bob", "metadata": "m", "attributes": {"a": "1"}})
    await alice.until("it.remote('bob')")
    assert await alice.do("[it.remote('bob').name, it.remote('bob').metadata]") == ["Bob", "m"]
    assert await alice.do("it.remote('bob').attributes") == {"a": "1"}
    await alice.do("me.setName('Alice').then(() => me.setMetadata('new'))")
    await alice.do("me.setAttributes({ mood: 'good' })")
    await bob.until_told("participantNameChanged", "Alice", "alice")
    await bob.until_told("participantMetadataChanged", "new", "alice")
    await bob.until_told("participantAttributesChanged", {"mood": "good"}, "alice")
    assert "not have permission" in await bob.do("me.setMetadata('x').catch((fault) => fault.message)")
    await case.done("UpdateRoomMetadata", room=case.room, metadata="topic")
    await bob.until_told("roomMetadataChanged", "topic")


async def test_who_comes_and_goes_is_told(case: Case, pages: Pages):
    alice, bob = await meet(case, pages)
    await alice.until_told("participantConnected", "bob")
    await bob.leave()
    await alice.until_told("participantDisconnected", "bob")


# Ends


async def test_a_second_one_of_the_same_identity_takes_the_place(pages: Pages):
    first = await pages.join("alice")
    bob = await pages.join("bob")
    second = await pages.join("alice", tab=1)
    await first.until_told("disconnected", "DUPLICATE_IDENTITY")
    sid = await second.do("me.sid")
    await bob.until(f"it.remote('alice').sid === '{sid}'")


@pytest.mark.parametrize(
    ("method", "reason"), [("RemoveParticipant", "PARTICIPANT_REMOVED"), ("DeleteRoom", "ROOM_DELETED")]
)
async def test_the_reason_of_an_end_is_told(case: Case, pages: Pages, method: str, reason: str):
    alice = await pages.join("alice")
    await case.done(method, room=case.room, **({"identity": "alice"} if method[0] == "R" else {}))
    await alice.until_told("disconnected", reason)


async def test_who_leaves_is_told_so(case: Case, pages: Pages):
    alice = await pages.join("alice")
    await alice.do("room.disconnect()")
    assert await alice.told("disconnected") == [["CLIENT_INITIATED"]]
    (left,) = [e for e in await case.until_hooked("participant_left") if e["event"] == "participant_left"]
    assert left["participant"]["disconnectReason"] == "CLIENT_INITIATED"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1}, "invalid token"),
        ({"video": {"room": "r"}}, "permissions denied"),
        ({"iss": "nobody"}, "invalid API key: nobody"),
    ],
    ids=["late", "no right to join", "unknown key"],
)
async def test_who_is_not_let_in_is_told_why(pages: Pages, claims: dict[str, object], reason: str):
    with pytest.raises(ScriptFailed, match=reason):
        await pages.join("alice", claims=claims)


# Reconnects


async def reconnect(pages: Pages, scenario: str, **room: object) -> None:
    """Media and data of one who loses the connection go on, both ways."""
    alice, bob = await pages.join("alice", room=room), await pages.join("bob", room=room)
    for person in (alice, bob):
        await person.do("it.draw(320, 180, { simulcast: false }).then(() => 1)")
    await alice.until_decodes("bob")
    await bob.until_decodes("alice")
    sid = await bob.do("me.sid")
    await bob.do(f"room.simulateScenario('{scenario}')")
    await bob.until_told("reconnected")
    assert (await bob.do("me.sid") == sid) == ("signal" in scenario)
    await bob.until_decodes("alice")
    await alice.until_decodes("bob")
    # The first packets may find a channel that is not open yet.
    send = "me.publishData(bytes('after'), { reliable: true })"
    await bob.do(f"(it.kept.sending = setInterval(() => {send}, 100)) && 1")
    await alice.until("it.told('dataReceived').some((told) => told[0] === 'after' && told[1] === 'bob')")
    await bob.do("clearInterval(it.kept.sending)")


@pytest.mark.parametrize(
    "scenario", ["signal-reconnect", "disconnect-signal-on-resume", "full-reconnect", "node-failure"]
)
async def test_media_and_data_go_on_after_a_reconnect(pages: Pages, scenario: str):
    await reconnect(pages, scenario)


@pytest.mark.parametrize("scenario", ["signal-reconnect", "full-reconnect"])
async def test_two_connections_go_on_after_a_reconnect(pages: Pages, scenario: str):
    await reconnect(pages, scenario, singlePeerConnection=False)


@pytest.mark.parametrize(
    ("scenario", "reason"), [("node-failure", "SERVER_SHUTDOWN"), ("migration", "MIGRATION")]
)
async def test_why_somebody_was_lost_is_told_to_webhooks(
    case: Case, pages: Pages, scenario: str, reason: str
):
    alice = await pages.join("alice")
    await alice.do(f"room.simulateScenario('{scenario}')")
    events = await case.until_hooked("participant_joined", "participant_left", "participant_joined")
    (left,) = [event for event in events if event["event"] == "participant_left"]
    assert left["participant"]["disconnectReason"] == reason


async def test_a_server_that_sends_somebody_away_is_left(pages: Pages):
    alice = await pages.join("alice")
    await alice.do("room.simulateScenario('server-leave')")
    await alice.until_told("disconnected", "SERVER_SHUTDOWN")

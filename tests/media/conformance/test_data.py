"""What people send each other beside media: packets, streams, calls; and data from a server."""

import asyncio
import base64
import secrets

import pytest
from livekit import rtc

from tests.media.conformance.case import Case
from tests.media.conformance.people import Person

pytestmark = pytest.mark.media


async def pair(case: Case, **options: object) -> tuple[Person, Person]:
    """Two who can reach each other: the first packets may find a channel that is not open yet."""
    alice, bob = await case.join("alice", **options), await case.join("bob", **options)
    await reach(alice, bob)
    await reach(bob, alice)
    return alice, bob


async def reach(sender: Person, receiver: Person) -> None:
    async with asyncio.timeout(15):
        while not any(packet.topic == "hello" for (packet,) in receiver.told("data_received")):
            await sender.me.publish_data(b"", topic="hello")
            await asyncio.sleep(0.05)


def packets(person: Person, topic: str = "t") -> list[rtc.DataPacket]:
    return [packet for (packet,) in person.told("data_received") if packet.topic == topic]


@pytest.mark.parametrize("reliable", [True, False])
async def test_a_packet_arrives_with_its_sender_and_topic(case: Case, reliable: bool):
    alice, bob = await pair(case)
    await alice.me.publish_data(b"\x00\xffhi", reliable=reliable, topic="t")
    await bob.until(lambda: packets(bob))
    (packet,) = packets(bob)
    assert (packet.data, packet.participant.identity) == (b"\x00\xffhi", "alice")
    kind = rtc.DataPacketKind.KIND_RELIABLE if reliable else rtc.DataPacketKind.KIND_LOSSY
    assert packet.kind == kind


async def test_reliable_packets_keep_their_order(case: Case):
    alice, bob = await pair(case)
    sent = [str(number).encode() for number in range(200)]
    for data in sent:
        await alice.me.publish_data(data, topic="t")
    await bob.until(lambda: len(packets(bob)) == len(sent))
    assert [packet.data for packet in packets(bob)] == sent


async def test_a_sender_does_not_hear_itself(case: Case):
    alice, bob = await pair(case)
    await alice.me.publish_data(b"1", topic="t")
    await bob.until(lambda: packets(bob))
    assert not packets(alice)


async def test_a_packet_goes_to_those_it_names(case: Case):
    alice, bob = await pair(case)
    carol = await case.join("carol")
    await reach(alice, carol)
    await alice.me.publish_data(b"private", destination_identities=["carol"], topic="t")
    await alice.me.publish_data(b"public", topic="t")
    await bob.until(lambda: packets(bob))
    await carol.until(lambda: len(packets(carol)) == 2)
    assert [packet.data for packet in packets(bob)] == [b"public"]


async def test_15_kilobytes_fit_in_a_packet(case: Case):
    alice, bob = await pair(case)
    data = secrets.token_bytes(15_000)
    await alice.me.publish_data(data, topic="t")
    await bob.until(lambda: packets(bob))
    assert packets(bob)[0].data == data


async def test_who_may_not_send_data_is_not_heard(case: Case):
    _, bob = await pair(case)
    mute = await case.join("mute", canPublishData=False)
    carol = await case.join("carol")
    for _ in range(5):
        await mute.me.publish_data(b"unheard", topic="t")
    await reach(carol, bob)
    assert not packets(bob)


async def test_the_right_to_send_data_is_taken_away(case: Case):
    alice, bob = await pair(case)
    permission = {"can_publish": True, "can_subscribe": True, "can_publish_data": False}
    await case.done("UpdateParticipant", room=case.room, identity="alice", permission=permission)
    await alice.until(lambda: not alice.me.permissions.can_publish_data)
    await alice.me.publish_data(b"unheard", topic="t")
    carol = await case.join("carol")
    await reach(carol, bob)
    assert not packets(bob)


async def test_a_hidden_one_hears_data(case: Case):
    alice, _ = await pair(case)
    ghost = await case.join("ghost", hidden=True)
    async with asyncio.timeout(15):
        while not packets(ghost):
            await alice.me.publish_data(b"1", topic="t")
            await asyncio.sleep(0.05)


async def test_two_connections_carry_data_too(case: Case):
    alice, bob = await pair(case, options=rtc.RoomOptions(single_peer_connection=False))
    await alice.me.publish_data(b"1", topic="t")
    await bob.until(lambda: packets(bob))


# From a server


@pytest.mark.parametrize("kind", ["RELIABLE", "LOSSY"])
async def test_data_of_a_server_has_no_sender(case: Case, kind: str):
    _, bob = await pair(case)
    data = base64.b64encode(b"news").decode()
    await case.done("SendData", room=case.room, data=data, kind=kind, topic="t")
    await bob.until(lambda: packets(bob))
    (packet,) = packets(bob)
    assert (packet.data, packet.participant) == (b"news", None)


@pytest.mark.parametrize("by", ["identities", "sids"])
async def test_data_of_a_server_goes_to_those_it_names(case: Case, by: str):
    alice, bob = await pair(case)
    whom = {"destination_identities": ["bob"]} if by == "identities" else {"destination_sids": [bob.me.sid]}
    await case.done("SendData", room=case.room, data="AAAA", kind="RELIABLE", topic="t", **whom)
    await case.done("SendData", room=case.room, data="BBBB", kind="RELIABLE", topic="t")
    await alice.until(lambda: packets(alice))
    await bob.until(lambda: len(packets(bob)) == 2)
    assert len(packets(alice)) == 1


# Streams


async def test_text_is_streamed(case: Case):
    alice, bob = await pair(case)
    got: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()

    async def read(reader: rtc.TextStreamReader, identity: str) -> None:
        got.set_result((await reader.read_all(), identity))

    bob.room.register_text_stream_handler("chat", lambda *them: asyncio.ensure_future(read(*them)))
    text = "Grüße, 世界! " * 4000  # several chunks
    await alice.me.send_text(text, topic="chat")
    assert await asyncio.wait_for(got, 15) == (text, "alice")


async def test_attributes_of_a_text_arrive(case: Case):
    alice, bob = await pair(case)
    got: asyncio.Future[rtc.TextStreamInfo] = asyncio.get_running_loop().create_future()
    bob.room.register_text_stream_handler("chat", lambda reader, _: got.set_result(reader.info))
    await alice.me.send_text("hi", topic="chat", attributes={"a": "1"})
    info = await asyncio.wait_for(got, 15)
    assert (info.attributes, info.topic) == ({"a": "1"}, "chat")


async def test_bytes_are_streamed(case: Case):
    alice, bob = await pair(case)
    got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def read(reader: rtc.ByteStreamReader, _: str) -> None:
        got.set_result(b"".join([chunk async for chunk in reader]))

    bob.room.register_byte_stream_handler("files", lambda *them: asyncio.ensure_future(read(*them)))
    data = secrets.token_bytes(200_000)
    writer = await alice.me.stream_bytes("file.bin", total_size=len(data), topic="files")
    await writer.write(data)
    await writer.aclose()
    assert await asyncio.wait_for(got, 15) == data


async def test_a_stream_goes_to_whom_it_names(case: Case):
    alice, bob = await pair(case)
    carol = await case.join("carol")
    await reach(alice, carol)
    heard: list[str] = []
    got = asyncio.Event()
    bob.room.register_text_stream_handler("chat", lambda *_: heard.append("bob"))
    carol.room.register_text_stream_handler("chat", lambda *_: got.set())
    await alice.me.send_text("private", topic="chat", destination_identities=["carol"])
    await asyncio.wait_for(got.wait(), 15)
    await alice.me.publish_data(b"after", topic="t")
    await bob.until(lambda: packets(bob))
    assert not heard


# Calls


async def test_a_call_is_answered(case: Case):
    alice, bob = await pair(case)

    async def answer(call: rtc.RpcInvocationData) -> str:
        return f"{call.caller_identity}: {call.payload}"

    bob.me.register_rpc_method("ask", answer)
    said = await alice.me.perform_rpc(destination_identity="bob", method="ask", payload="how?")
    assert said == "alice: how?"


async def test_a_call_with_much_to_say_is_answered(case: Case):
    alice, bob = await pair(case)

    async def answer(call: rtc.RpcInvocationData) -> str:
        return call.payload[::-1]

    bob.me.register_rpc_method("ask", answer)
    payload = "ab" * 7_000
    said = await alice.me.perform_rpc(destination_identity="bob", method="ask", payload=payload)
    assert said == payload[::-1]


async def test_a_method_that_nobody_has_is_told(case: Case):
    alice, _ = await pair(case)
    with pytest.raises(rtc.RpcError) as refused:
        await alice.me.perform_rpc(destination_identity="bob", method="unknown", payload="")
    assert refused.value.code == rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD


async def test_a_fault_of_the_callee_is_told(case: Case):
    alice, bob = await pair(case)

    async def fail(_: rtc.RpcInvocationData) -> str:
        raise rtc.RpcError(1234, "no", "because")

    bob.me.register_rpc_method("ask", fail)
    with pytest.raises(rtc.RpcError) as refused:
        await alice.me.perform_rpc(destination_identity="bob", method="ask", payload="")
    assert (refused.value.code, refused.value.message, refused.value.data) == (1234, "no", "because")


async def test_a_call_of_a_server_is_answered(case: Case):
    _, bob = await pair(case)

    async def answer(call: rtc.RpcInvocationData) -> str:
        return f"heard {call.payload}"

    bob.me.register_rpc_method("ask", answer)
    body = {"room": case.room, "destination_identity": "bob", "method": "ask", "payload": "you"}
    assert await case.done("PerformRpc", **body) == {"payload": "heard you"}


@pytest.mark.parametrize(
    ("payload", "method", "status", "code", "text"),
    [
        ("", "unknown", 400, "invalid_argument", "RpcError 1400: Method not supported at destination"),
        ("x" * 20_000, "ask", 400, "invalid_argument", "RpcError 1402: Request payload too large"),
        ("fail", "ask", 500, "internal", "RpcError 1234: no: because"),
        ("slow", "ask", 408, "canceled", "RpcError 1502: Response timeout"),
    ],
    ids=["unknown", "too large", "fault", "timeout"],
)
async def test_what_went_wrong_is_told_to_a_server(
    case: Case, payload: str, method: str, status: int, code: str, text: str
):
    _, bob = await pair(case)

    async def answer(call: rtc.RpcInvocationData) -> str:
        if call.payload == "slow":
            await asyncio.sleep(2)
        raise rtc.RpcError(1234, "no", "because")

    bob.me.register_rpc_method("ask", answer)
    body = {"destination_identity": "bob", "method": method, "payload": payload}
    failed = await case.call("PerformRpc", {"room": case.room, "response_timeout_ms": 1000, **body})
    assert (failed.status_code, failed.json()["code"]) == (status, code)
    assert failed.json()["msg"].endswith(text)

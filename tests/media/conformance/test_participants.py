"""Coming, going, being told of each other, and what a server does to those who are there."""

import asyncio

import pytest
from livekit import api, rtc

from tests.media.conformance.case import Case
from tests.media.conformance.people import Person
from tests.support.waiting import eventually

pytestmark = pytest.mark.media

Reason = rtc.DisconnectReason


async def until_gone(case: Case, identity: str) -> None:
    await eventually(
        case.participants, lambda present: identity not in present, within=15, what=f"{identity} is gone"
    )


async def reason_of(person: Person) -> int:
    return (await person.until_told("disconnected"))[0]


async def test_who_joins_is_a_participant(case: Case):
    await case.join("alice", claims={"name": "Alice", "metadata": "m"})
    alice = await case.participant("alice")

    assert alice["sid"].startswith("PA_")
    assert (alice["name"], alice["metadata"], alice["state"]) == ("Alice", "m", "ACTIVE")
    assert alice["is_publisher"] is False


async def test_the_room_is_made_by_who_joins(case: Case):
    alice = await case.join("alice")
    listed = await case.done("ListRooms", names=[case.room])
    assert listed["rooms"][0]["sid"] == await alice.room.sid


async def test_who_joins_later_is_told_of_by_event(case: Case):
    alice = await case.join("alice")
    await case.join("bob", claims={"name": "Bob", "metadata": "m", "attributes": {"a": "1"}})
    bob = await alice.until_sees("bob")
    assert (bob.name, bob.metadata, dict(bob.attributes)) == ("Bob", "m", {"a": "1"})


async def test_who_was_there_before_is_known_at_once(case: Case):
    await case.join("alice", claims={"name": "Alice"})
    bob = await case.join("bob")
    assert bob.room.remote_participants["alice"].name == "Alice"


async def test_who_leaves_is_told_of(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await alice.until_sees("bob")
    await bob.leave()
    gone = (await alice.until_told("participant_disconnected"))[0]
    assert (gone.identity, gone.disconnect_reason) == ("bob", Reason.CLIENT_INITIATED)


async def test_who_leaves_is_no_participant(case: Case):
    alice = await case.join("alice")
    await alice.leave()
    await until_gone(case, "alice")


async def test_the_room_counts_its_participants(case: Case):
    await case.join("alice")
    await case.join("bob")

    async def count() -> int:
        return (await case.done("ListRooms", names=[case.room]))["rooms"][0]["num_participants"]

    await eventually(count, lambda number: number == 2, within=15, what="two are counted")


@pytest.mark.parametrize("kind", ["standard", "ingress", "egress", "sip", "agent"])
async def test_the_kind_is_that_of_the_token(case: Case, kind: str):
    alice = await case.join("alice", claims={"kind": kind})
    expected = {"standard": 0, "ingress": 1, "egress": 2, "sip": 3, "agent": 4}[kind]
    assert alice.me.kind == expected


async def test_the_same_identity_replaces_the_one_before(case: Case):
    first = await case.join("alice")
    second = await case.join("alice")

    assert await reason_of(first) == Reason.DUPLICATE_IDENTITY
    assert second.me.sid != first.me.sid
    assert (await case.participant("alice"))["sid"] == second.me.sid


async def test_others_see_the_replacement(case: Case):
    watcher = await case.join("watcher")
    await case.join("alice")
    before = (await watcher.until_sees("alice")).sid
    second = await case.join("alice")
    await watcher.until(
        lambda: (
            "alice" in watcher.room.remote_participants
            and watcher.room.remote_participants["alice"].sid == second.me.sid
        )
    )
    assert before != second.me.sid


# Hidden


async def test_a_hidden_one_is_not_told_of(case: Case):
    alice = await case.join("alice")
    await case.join("ghost", hidden=True)
    await case.join("carol")
    await alice.until_sees("carol")
    assert set(alice.room.remote_participants) == {"carol"}


async def test_a_hidden_one_sees_the_others(case: Case):
    await case.join("alice")
    ghost = await case.join("ghost", hidden=True)
    assert set(ghost.room.remote_participants) == {"alice"}


async def test_a_hidden_one_is_listed_for_servers(case: Case):
    await case.join("ghost", hidden=True)
    ghost = await case.participant("ghost")
    assert ghost["permission"]["hidden"] is True
    assert "ghost" in await case.participants()


# Sent away


async def test_a_removed_one_is_told_so(case: Case):
    alice = await case.join("alice")
    await case.done("RemoveParticipant", room=case.room, identity="alice")
    assert await reason_of(alice) == Reason.PARTICIPANT_REMOVED
    await until_gone(case, "alice")


async def test_others_hear_why_somebody_was_removed(case: Case):
    alice = await case.join("alice")
    await case.join("bob")
    await alice.until_sees("bob")
    await case.done("RemoveParticipant", room=case.room, identity="bob")
    gone = (await alice.until_told("participant_disconnected"))[0]
    assert gone.disconnect_reason == Reason.PARTICIPANT_REMOVED


async def test_a_deleted_room_sends_everybody_away(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await case.done("DeleteRoom", room=case.room)
    assert await reason_of(alice) == await reason_of(bob) == Reason.ROOM_DELETED


# Changed by a server


async def test_metadata_set_by_a_server_is_told_to_all(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await case.done("UpdateParticipant", room=case.room, identity="alice", metadata="new")
    await bob.until(
        lambda: any(details[0].identity == "alice" for details in bob.told("participant_metadata_changed"))
    )
    await alice.until(lambda: alice.me.metadata == "new")
    assert bob.room.remote_participants["alice"].metadata == "new"


async def test_a_name_set_by_a_server_is_told_to_all(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await case.done("UpdateParticipant", room=case.room, identity="alice", name="Alice")
    await bob.until(lambda: bob.room.remote_participants["alice"].name == "Alice")
    await alice.until(lambda: alice.me.name == "Alice")


async def test_attributes_set_by_a_server_are_told_to_all(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await case.done("UpdateParticipant", room=case.room, identity="alice", attributes={"hand": "up"})
    changed, who = await bob.until_told("participant_attributes_changed")
    assert (dict(changed), who.identity) == ({"hand": "up"}, "alice")
    await alice.until(lambda: alice.me.attributes == {"hand": "up"})


async def test_an_empty_attribute_is_taken_away(case: Case):
    await case.join("alice", claims={"attributes": {"a": "1", "b": "2"}})
    changed = await case.done("UpdateParticipant", room=case.room, identity="alice", attributes={"a": ""})
    assert changed["attributes"] == {"b": "2"}


async def test_what_is_not_named_is_not_changed(case: Case):
    await case.join("alice", claims={"name": "Alice", "metadata": "m", "attributes": {"a": "1"}})
    changed = await case.done("UpdateParticipant", room=case.room, identity="alice", attributes={"b": "2"})
    assert (changed["name"], changed["metadata"]) == ("Alice", "m")
    assert changed["attributes"] == {"a": "1", "b": "2"}


async def test_attributes_that_are_too_large_are_refused(case: Case):
    await case.join("alice")
    body = {"room": case.room, "identity": "alice", "attributes": {"a": "x" * 70_000}}
    answer = await case.call("UpdateParticipant", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")


@pytest.mark.only("ours", reason="by default the real server takes metadata of any size")
async def test_metadata_that_is_too_large_is_refused(case: Case):
    await case.join("alice")
    body = {"room": case.room, "identity": "alice", "metadata": "x" * 70_000}
    answer = await case.call("UpdateParticipant", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")


async def test_the_version_rises_with_every_change(case: Case):
    await case.join("alice")
    before = (await case.participant("alice"))["version"]
    await case.done("UpdateParticipant", room=case.room, identity="alice", metadata="new")
    assert (await case.participant("alice"))["version"] > before


async def test_metadata_of_the_room_is_told_to_all(case: Case):
    alice = await case.join("alice")
    await case.done("UpdateRoomMetadata", room=case.room, metadata="new")
    await alice.until(lambda: alice.room.metadata == "new")
    assert alice.told("room_metadata_changed")


# Changed by itself


async def test_own_metadata_is_changed_with_the_right(case: Case):
    alice = await case.join("alice", canUpdateOwnMetadata=True)
    bob = await case.join("bob")
    await alice.me.set_metadata("mine")
    await bob.until(lambda: bob.room.remote_participants["alice"].metadata == "mine")


async def test_own_name_is_changed_with_the_right(case: Case):
    alice = await case.join("alice", canUpdateOwnMetadata=True)
    bob = await case.join("bob")
    await alice.me.set_name("Me")
    await bob.until(lambda: bob.room.remote_participants["alice"].name == "Me")


async def test_own_attributes_are_changed_with_the_right(case: Case):
    alice = await case.join("alice", canUpdateOwnMetadata=True)
    bob = await case.join("bob")
    await alice.me.set_attributes({"mood": "good"})
    await bob.until(lambda: bob.room.remote_participants["alice"].attributes == {"mood": "good"})


@pytest.mark.parametrize("change", ["metadata", "name", "attributes"])
async def test_nothing_of_oneself_is_changed_without_the_right(case: Case, change: str):
    alice = await case.join("alice", claims={"name": "Alice"})
    if change == "metadata":
        await alice.me.set_metadata("mine")
    elif change == "name":
        await alice.me.set_name("Me")
    else:
        await alice.me.set_attributes({"mood": "good"})
    now = await case.participant("alice")
    assert (now["metadata"], now["name"], now["attributes"]) == ("", "Alice", {})


async def test_own_attributes_that_are_too_large_are_refused(case: Case):
    alice = await case.join("alice", canUpdateOwnMetadata=True)
    await alice.me.set_attributes({"a": "x" * 70_000})
    assert (await case.participant("alice"))["attributes"] == {}


# Permissions


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ({}, (True, True, True)),
        ({"canPublish": False}, (True, False, False)),
        ({"canPublish": False, "canPublishData": True}, (True, False, True)),
        ({"canSubscribe": False}, (False, True, True)),
        ({"canPublishData": False}, (True, True, False)),
    ],
    ids=["all", "no publishing", "only data", "no subscribing", "no data"],
)
async def test_rights_follow_from_the_grants(case: Case, grants: dict[str, bool], expected: tuple[bool, ...]):
    alice = await case.join("alice", **grants)
    given = alice.me.permissions
    assert (given.can_subscribe, given.can_publish, given.can_publish_data) == expected
    listed = (await case.participant("alice"))["permission"]
    assert (listed["can_subscribe"], listed["can_publish"], listed["can_publish_data"]) == expected


async def test_sources_that_may_be_published_are_listed(case: Case):
    await case.join("alice", canPublishSources=["camera", "screen_share"])
    permission = (await case.participant("alice"))["permission"]
    assert sorted(permission["can_publish_sources"]) == ["CAMERA", "SCREEN_SHARE"]


async def test_new_permissions_are_told(case: Case):
    alice = await case.join("alice", canPublish=False)
    permission = {"can_publish": True, "can_subscribe": True, "can_publish_data": True}
    changed = await case.done("UpdateParticipant", room=case.room, identity="alice", permission=permission)
    assert changed["permission"]["can_publish"] is True
    await alice.until(lambda: alice.me.permissions.can_publish)


async def test_a_fresh_token_comes_with_new_permissions(case: Case):
    alice = await case.join("alice", canPublish=False)
    told = len(alice.told("token_refreshed"))
    permission = {"can_publish": True, "can_subscribe": True}
    await case.done("UpdateParticipant", room=case.room, identity="alice", permission=permission)
    await alice.until(lambda: len(alice.told("token_refreshed")) > told)


# Coming back


@pytest.mark.parametrize("how", ["SIMULATE_SIGNAL_RECONNECT", "SIMULATE_FULL_RECONNECT"])
async def test_a_lost_connection_comes_back(case: Case, how: str):
    alice, bob = await case.join("alice"), await case.join("bob")
    await alice.until_sees("bob")
    await bob.room.simulate_scenario(getattr(rtc.SimulateScenarioKind, how))
    await bob.until_told("reconnected")
    await eventually(
        case.participants, lambda p: "bob" in p and p["bob"]["state"] == "ACTIVE", within=15, what="bob"
    )
    await bob.until(lambda: "alice" in bob.room.remote_participants)


async def test_a_quick_reconnect_keeps_the_participant(case: Case):
    alice = await case.join("alice")
    before = alice.me.sid
    await alice.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT)
    await alice.until_told("reconnected")
    assert (await case.participant("alice"))["sid"] == before


# Limits


async def test_a_full_room_lets_nobody_in(case: Case):
    await case.done("CreateRoom", name=case.room, max_participants=1)
    await case.join("alice")
    with pytest.raises((rtc.ConnectError, TimeoutError)):
        await case.join("bob")
    assert set(await case.participants()) == {"alice"}


async def test_a_full_room_lets_the_same_identity_in(case: Case):
    await case.done("CreateRoom", name=case.room, max_participants=1)
    first = await case.join("alice")
    await case.join("alice")
    assert await reason_of(first) == Reason.DUPLICATE_IDENTITY


async def test_a_room_nobody_joins_ends(case: Case):
    await case.done("CreateRoom", name=case.room, empty_timeout=1)
    await case.until_hooked("room_finished")
    assert (await case.done("ListRooms", names=[case.room]))["rooms"] == []


async def test_a_room_everybody_has_left_ends(case: Case):
    await case.done("CreateRoom", name=case.room, departure_timeout=1)
    alice = await case.join("alice")
    await alice.leave()
    await case.until_hooked("room_finished")


async def test_a_room_with_somebody_in_it_goes_on(case: Case):
    await case.done("CreateRoom", name=case.room, empty_timeout=1, departure_timeout=1)
    await case.join("alice")
    bob = await case.join("bob")
    await bob.leave()
    await until_gone(case, "bob")
    await asyncio.sleep(3)  # longer than both limits: what must not happen has no event
    assert set(await case.participants()) == {"alice"}


async def test_the_official_api_package_calls_all_this(case: Case):
    await case.join("alice")
    listed = await case.api.list_participants(api.ListParticipantsRequest(room=case.room))
    assert [each.identity for each in listed.participants] == ["alice"]
    with pytest.raises(api.TwirpError) as unknown:
        await case.api.get_participant(api.RoomParticipantIdentity(room=case.room, identity="bob"))
    assert unknown.value.code == "not_found"

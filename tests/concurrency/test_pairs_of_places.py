"""Two calls at once about libraries, rooms, sessions to come, presets, groups, targets and space."""

from datetime import UTC, datetime

import pytest

from tests.concurrency.pairs import Two
from tests.concurrency.scenes import (
    ABSENT,
    CHANGED,
    EXTERNAL,
    GONE,
    MADE,
    STATE,
    TAKEN,
    THERE,
    WON,
    a_room,
    a_session,
    both,
    on_air,
    twice,
)
from tests.concurrency.table import of
from tests.support.azure import ACCOUNT, KEY, azure_container

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]


@of("createLibrary", "updateLibrary", "deleteLibrary", "createRoom", "updateRoom", "createPreset")
async def test_libraries(two: Two) -> None:
    ada = await two.person("ada", "admin")

    # One slug is one library's.
    slug = f"films-{two.number}"
    assert await twice(ada, "POST", "/libraries", {"name": "Films", "slug": slug}) == [MADE, THERE]
    libraries = [
        (await ada.post("/libraries", {"name": f"{name} {two.number}"}, 201))["id"] for name in "abcd"
    ]
    first, second, third, fourth = (f"/libraries/{each}" for each in libraries)
    wanted = {"slug": f"one-{two.number}"}
    answers = await both(ada.here.patch(first, json=wanted), ada.there.patch(second, json=wanted))
    assert answers == [WON, THERE]
    etag = (await ada.here.get(first)).headers["etag"]
    names = ({"name": "North"}, {"name": "South"})
    assert await twice(ada, "PATCH", first, *names, **{"If-Match": etag}) == [WON, CHANGED]
    assert await two.told("library.updated") == 2

    # What is removed takes nothing in any more.
    assert await twice(ada, "DELETE", first) == [GONE, ABSENT]
    for path, body in (
        ("/rooms", {"title": "A room", "library_id": libraries[1]}),
        (f"{third}/presets", {"name": "A preset", "type": "whip"}),
    ):
        doomed = second if path == "/rooms" else third
        answers = await both(ada.here.delete(doomed), ada.there.post(path, json=body))
        assert answers in (
            [MADE, (409, "in_use")],
            [GONE, ABSENT],
            [GONE, (422, "validation_failed")],
        )
    room = await a_room(ada)
    answers = await both(
        ada.here.delete(fourth), ada.there.patch(f"/rooms/{room}", json={"library_id": libraries[3]})
    )
    assert answers in ([WON, (409, "in_use")], [GONE, (422, "validation_failed")])


@of("updateRoom", "deleteRoom", "createSession", "setRegistrationForm")
async def test_rooms(two: Two) -> None:
    ada = await two.person("ada", "host")
    room = f"/rooms/{await a_room(ada)}"
    etag = (await ada.here.get(room)).headers["etag"]
    titles = ({"title": "North"}, {"title": "South"})
    assert await twice(ada, "PATCH", room, *titles, **{"If-Match": etag}) == [WON, CHANGED]
    assert await twice(ada, "PATCH", room, {"title": "Hall"}) == [WON, WON]
    assert await two.told("room.updated") == 2  # the same again is no change

    etag = (await ada.here.get(f"{room}/registration")).headers["etag"]
    forms = ({"mode": "required"}, {"mode": "optional"})
    assert await twice(ada, "PUT", f"{room}/registration", *forms, **{"If-Match": etag}) == [WON, CHANGED]

    # A room that is gone gets no session.
    answers = await both(ada.here.delete(room), ada.there.post(f"{room}/sessions", json=EXTERNAL))
    assert answers in ([GONE, ABSENT], [MADE, GONE])
    made = (await two.rows(f"SELECT id FROM session WHERE id > '{two.mark}'")) or [{"id": room[7:]}]
    assert (await ada.here.get(f"/sessions/{made[0]['id']}")).status_code == 404


@of(
    "updateSession", "rescheduleSession", "updateSessionSettings", "cancelSession", "duplicateSession",
    "deleteSession", "goLive", "startSession", "startWebcam", "endSession", "setHostVideo", "setHostAudio",
    "updateSessionLayout",
)  # fmt: skip
async def test_sessions(two: Two) -> None:
    ada = await two.person("ada", "host")
    room = await a_room(ada)
    path = await a_session(ada, room, live=False)
    etag = (await ada.here.get(path)).headers["etag"]
    titles = ({"title": "North"}, {"title": "South"})
    assert await twice(ada, "PATCH", path, *titles, **{"If-Match": etag}) == [WON, CHANGED]
    times = [{"scheduled_start_time": f"2031-01-0{day}T10:00:00.000Z"} for day in (1, 2)]
    assert await twice(ada, "PATCH", f"{path}/reschedule", *times) == [WON, WON]
    assert await two.told("session.rescheduled") == 2
    etag = (await ada.here.get(path)).headers["etag"]
    assert await twice(ada, "PATCH", f"{path}/reschedule", *times, **{"If-Match": etag}) == [WON, CHANGED]
    assert await two.told("session.rescheduled") == 3
    assert await twice(ada, "PATCH", f"{path}/settings", {"chat_enabled": False}) == [WON, WON]
    assert await two.told("session.settings") == 1
    etag = (await ada.here.get(path)).headers["etag"]
    settings = ({"chat_enabled": True}, {"waiting_room": True})
    assert await twice(ada, "PATCH", f"{path}/settings", *settings, **{"If-Match": etag}) == [WON, CHANGED]
    assert await two.told("session.settings") == 2
    assert await twice(ada, "POST", f"{path}/duplicate") == [MADE, MADE]

    # Called off, or on air; never both.
    assert await twice(ada, "POST", f"{path}/cancel") == [WON, WON]
    assert await two.told("session.cancelled") == 1
    path = await a_session(ada, room, live=False)
    answers = await both(ada.here.post(f"{path}/cancel"), ada.there.post(f"{path}/go-live"))
    assert answers == [WON, STATE]
    await ada.post(f"{path}/end")
    path = await a_session(ada, room, live=False)
    answers = await both(ada.here.delete(path), ada.there.post(f"{path}/go-live"))
    assert answers in ([GONE, ABSENT], [WON, STATE])
    await ada.post(f"{path}/end")

    made = await ada.post(f"/rooms/{room}/sessions", {"title": "Two", "mode": "webcam"}, 201)
    path = f"/sessions/{made['session']['id']}"
    etag = (await ada.here.get(path)).headers["etag"]
    layouts = ({"layout": "grid"}, {"layout": "speaker"})
    assert await twice(ada, "PATCH", f"{path}/layout", *layouts, **{"If-Match": etag}) == [WON, CHANGED]
    assert await two.told("stage.layout") == 1
    before = await two.told("session.started")
    answers = await both(ada.here.post(f"{path}/start-webcam"), ada.there.post(f"{path}/start"))
    assert answers == [WON, WON]
    assert await two.told("session.started") == before + 1
    for switch in ("host-video", "host-audio"):
        assert await twice(ada, "POST", f"{path}/{switch}", {"enabled": False}) == [GONE, GONE]
    answers = await both(ada.here.post(f"{path}/end"), ada.there.post(f"{path}/start"))
    assert answers in ([WON, WON], [WON, STATE])
    assert (await ada.here.get(path)).json()["data"]["status"] == "ended"


@of("createPreset", "updatePreset", "setDefaultPreset", "deletePreset", "createSession")
async def test_presets(two: Two) -> None:
    ada = await two.person("ada", "host")
    assert await twice(ada, "POST", "/presets", {"name": "Quiet", "type": "whip"}) == [MADE, CHANGED]
    loud, mild = [(await ada.post("/presets", {"name": name, "type": "whip"}, 201))["id"] for name in "lm"]
    wanted = {"name": "Mild"}
    answers = await both(
        ada.here.patch(f"/presets/{loud}", json=wanted), ada.there.patch(f"/presets/{mild}", json=wanted)
    )
    assert answers == [WON, CHANGED]
    assert await twice(ada, "POST", f"/presets/{mild}/default") == [WON, WON]

    # A preset that is gone rules no new session.
    room = await a_room(ada)
    answers = await both(
        ada.here.delete(f"/presets/{loud}"),
        ada.there.post(f"/rooms/{room}/sessions", json={**EXTERNAL, "preset_id": loud}),
    )
    assert answers in ([GONE, (422, "validation_failed")], [MADE, GONE], [MADE, (409, "in_use")])
    assert await twice(ada, "DELETE", f"/presets/{mild}") == [GONE, ABSENT]


@of(
    "createGroup", "updateGroup", "deleteGroup", "addGroupMember", "addGroupMemberByAddress",
    "removeGroupMember", "linkSessionGroup", "unlinkSessionGroup", "linkSessionGroups",
    "unlinkSessionGroups", "linkLibraryGroup", "unlinkLibraryGroup",
)  # fmt: skip
async def test_groups(two: Two) -> None:
    ada, bo = await two.person("ada", "admin"), await two.person("bo", "viewer")
    assert await twice(ada, "POST", "/groups", {"name": f"Team {two.number}"}) == [MADE, THERE]
    group, other = [(await ada.post("/groups", {"name": f"{x} {two.number}"}, 201))["id"] for x in "ab"]
    wanted = {"name": f"All {two.number}"}
    answers = await both(
        ada.here.patch(f"/groups/{group}", json=wanted), ada.there.patch(f"/groups/{other}", json=wanted)
    )
    assert answers == [WON, THERE]

    members = f"/groups/{group}/members"
    answers = await both(
        ada.here.put(f"{members}/{bo.id}"), ada.there.post(members, json={"email": bo.email})
    )
    assert answers == [WON, WON]
    assert await two.count("group_member", key="account_id") == await two.told("group.member") == 1
    assert await twice(ada, "DELETE", f"{members}/{bo.id}") == [GONE, ABSENT]

    session = await a_session(ada)
    both_ids = {"group_ids": [group, other]}
    answers = await both(
        ada.here.put(f"{session}/groups/{group}"),
        ada.there.post(f"{session}/groups/bulk-add", json={"group_ids": [other, group]}),
    )
    assert answers == [GONE, GONE]
    assert await two.count("group_link") == 2
    assert await twice(ada, "DELETE", f"{session}/groups/{group}") == [GONE, ABSENT]
    assert await twice(ada, "POST", f"{session}/groups/bulk-remove", both_ids) == [GONE, GONE]
    assert await two.told("groups.unlinked") == 2

    library = (await ada.here.get("/libraries")).json()["data"]["libraries"][0]["id"]
    linked = f"/libraries/{library}/groups"
    assert await twice(ada, "POST", linked, {"group_id": group}) == [MADE, MADE]
    assert await twice(ada, "DELETE", f"{linked}/{group}") == [GONE, ABSENT]

    # What is removed opens nothing any more.
    answers = await both(ada.here.delete(f"/groups/{group}"), ada.there.put(f"{session}/groups/{group}"))
    assert answers in ([GONE, GONE], [GONE, ABSENT])
    answers = await both(
        ada.here.delete(f"/groups/{other}"), ada.there.put(f"/groups/{other}/members/{bo.id}")
    )
    assert answers in ([WON, GONE], [GONE, ABSENT])
    assert await twice(ada, "DELETE", f"/groups/{group}") == [ABSENT, ABSENT]


@of(
    "createStreamingTarget", "updateStreamingTarget", "deleteStreamingTarget", "startOutput", "stopOutput"
)  # fmt: skip
async def test_streaming_targets(two: Two) -> None:
    ada = await two.person("ada", "host")
    room = await a_room(ada)
    targets = f"/rooms/{room}/streaming-targets"
    nobody = {"endpoint": "rtmp://127.0.0.1:9/live", "stream_key": "k", "is_enabled": False}
    assert await twice(ada, "POST", targets, {**nobody, "name": "Tube"}) == [MADE, MADE]
    target = (await ada.here.get(targets)).json()["data"]["targets"][0]["id"]
    etag = (await ada.here.get(f"{targets}/{target}")).headers["etag"]
    names = ({"name": "North"}, {"name": "South"})
    assert await twice(ada, "PATCH", f"{targets}/{target}", *names, **{"If-Match": etag}) == [WON, CHANGED]

    made = await ada.post(f"/rooms/{room}/sessions", {"title": "Two", "mode": "webcam"}, 201)
    path = f"/sessions/{made['session']['id']}"
    await on_air(two, ada, path)
    output = f"{path}/outputs/{target}"
    assert await twice(ada, "POST", f"{output}/start") == [TAKEN, STATE]
    assert await twice(ada, "DELETE", f"{targets}/{target}") == [STATE, STATE]
    answers = await twice(ada, "POST", f"{output}/stop")
    assert answers in ([TAKEN, TAKEN], [TAKEN, STATE])
    await ada.post(f"{path}/end", None, 200)
    await two.drained()
    spare = (await ada.post(targets, {**nobody, "name": "Spare"}, 201))["id"]
    assert await twice(ada, "DELETE", f"{targets}/{spare}") == [GONE, ABSENT]


@of("setStorageTarget", "removeStorageTarget", "cleanStorage")
async def test_space(two: Two) -> None:
    ada = await two.person("ada", "admin", "Space")
    me = (await ada.here.get("/auth/me")).json()["data"]
    path = f"/organizations/{me['organization_id']}/storage-target"
    with azure_container() as azure:
        wanted = {"kind": "azure", "account": ACCOUNT, "secret": KEY, "container": "films"}
        wanted |= {"endpoint": azure.endpoint}
        assert await twice(ada, "PUT", path, {**wanted, "prefix": "a"}, {**wanted, "prefix": "b"}) == [
            WON,
            WON,
        ]
        assert await two.count("storage_target", "retired_at IS NULL") == 1
    assert await twice(ada, "DELETE", path) == [GONE, ABSENT]
    assert await two.told("storage.target") == 3

    assert await twice(ada, "POST", "/admin/storage/cleanup") == [TAKEN, TAKEN]
    assert await two.told("storage.cleanup") == 1


@of(
    "createWebhookEndpoint", "updateWebhookEndpoint", "deleteWebhookEndpoint", "rotateWebhookSecret",
    "testWebhookEndpoint", "replayWebhookEndpoint", "retryWebhookDelivery",
)  # fmt: skip
async def test_webhook_endpoints(two: Two) -> None:
    ada = await two.person("ada", "admin", "Hooks")
    made = [await ada.post("/webhook-endpoints", {"url": f"https://127.0.0.1:9/{n}"}, 201) for n in range(19)]
    wanted = {"url": "https://127.0.0.1:9/x"}
    assert await twice(ada, "POST", "/webhook-endpoints", wanted) == [MADE, (409, "too_many_webhooks")]
    path = f"/webhook-endpoints/{made[0]['endpoint']['id']}"
    etag = (await ada.here.get(path)).headers["etag"]
    names = ({"description": "North"}, {"description": "South"})
    assert await twice(ada, "PATCH", path, *names, **{"If-Match": etag}) == [WON, CHANGED]
    assert await twice(ada, "POST", f"{path}/rotate-secret") == [WON, WON]
    assert await twice(ada, "POST", f"{path}/test") == [TAKEN, TAKEN]
    (sent, _) = await two.rows(f"SELECT id FROM webhook_delivery WHERE id > '{two.mark}'")
    assert await twice(ada, "POST", f"/webhook-deliveries/{sent['id']}/retry") == [TAKEN, TAKEN]
    since = {"since": datetime.now(UTC).isoformat()}
    assert await twice(ada, "POST", f"{path}/replay", since) == [TAKEN, TAKEN]

    # What is removed is told nothing more.
    answers = await both(ada.here.delete(path), ada.there.post(f"{path}/test"))
    assert answers in ([TAKEN, GONE], [GONE, ABSENT])
    removed = f"endpoint_id = '{made[0]['endpoint']['id']}' AND state = 'pending'"
    assert await two.count("webhook_delivery", removed) == 0
    assert await twice(ada, "DELETE", path) == [ABSENT, ABSENT]

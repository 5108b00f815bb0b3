"""Replay: state before + what was published = state read afresh, for every channel and every event.

A listener hears the hub's own frames and folds them by the contract (`following`); what comes of it is
compared whole with the snapshot that one gets who subscribes now, and with the lists of the API.
"""

import re
from datetime import UTC, datetime, timedelta

from livehall.core.audience import reports
from livehall.core.ports.media import Output
from livehall.core.recordings import reports as outputs
from livehall.core.recordings import store as recording_store
from livehall.core.sessions import ops as session_ops
from livehall.core.sessions import programme
from livehall.core.sessions import store as session_store
from livehall.dialects.live.realtime import catalogue
from livehall.kernel.actor import MEDIA
from tests.dialects.live.evening import Evening, an_evening
from tests.dialects.live.following import FOLDS
from tests.dialects.live.reading import (
    Audience,
    data,
    differences,
    of_admission,
    of_ban,
    of_chat,
    of_library,
    of_organization,
    of_room,
    of_session,
    of_staff,
    of_stage,
    of_user,
    told_of,
)
from tests.dialects.live.test_attendance import connected
from tests.dialects.live.test_invitees import letters
from tests.dialects.live.test_recordings import a_ready_recording
from tests.support.in_process import Hall

NO_STATE = {
    ("chat", "chat.reaction"): "nobody's applause is kept; its gathering is in test_chat_care",
    ("org", "notice"): "words for people, kept nowhere; said in test_dashboards and core/webhooks",
    ("room", "session.countdown"): "the session has its start, and clients a clock; in test_signals",
    ("session", "session.countdown"): "the same",
    ("session", "session.rescheduled"): "what has begun is not moved, and the channel opens when it begins",
    ("user", "job.state"): "to who began it, that it began; `org:` tells how it goes on",
    ("user", "notice"): "words for people, kept nowhere; said in test_reminders",
}
"""Events that carry no state, and why."""

# Rooms and the library

IN_A_LIBRARY = {(kind, name) for kind in ("room", "library") for name in catalogue.EVENTS[kind]} - set(
    NO_STATE
)


def later(**after: int) -> str:
    return (datetime.now(UTC) + timedelta(**after)).isoformat()


async def test_replay_a_room_and_its_library_tell_what_is_in_them(hall, tmp_path):
    evening = await an_evening(hall)  # a room, and what was in it before anybody followed
    host, room_id = evening.host, evening.session["room_id"]
    await evening.end()
    library_id = evening.session["room"]["library_id"]
    audience = Audience(hall)
    viewer = await audience.ear(evening.viewer.headers["Authorization"].removeprefix("Bearer "))
    own = await audience.ear(data(await host.post("/realtime/token"))["token"])
    await audience.follow(viewer, f"room:{room_id}", of_room(viewer, evening.viewer, room_id))
    await audience.follow(own, f"library:{library_id}", of_library(own, host, library_id))

    await host.patch(f"/rooms/{room_id}", json={"title": "Optics", "description": "Light"})
    for title in ("Gone", "Stays"):
        room = data(await host.post("/rooms", json={"title": title}))
        await host.patch(f"/rooms/{room['id']}", json={"title": f"{title}!"})
        if title == "Gone":
            data(await host.post(f"/rooms/{room['id']}/sessions", json={"title": "With it"}))
            data(await host.delete(f"/rooms/{room['id']}"))
    planned = {"title": "Lenses", "scheduled_start_time": later(hours=2)}
    path = f"/rooms/{room_id}/sessions"
    gone = data(await host.post(path, json={"title": "No"}))["session"]["id"]
    session = data(await host.post(path, json=planned))["session"]
    data(await host.delete(f"/sessions/{gone}"))
    data(await host.patch(f"/sessions/{session['id']}", json={"title": "Mirrors", "description": "Flat"}))
    moved = {"scheduled_start_time": later(hours=3), "scheduled_end_time": later(hours=4)}
    data(await host.patch(f"/sessions/{session['id']}/reschedule", json=moved))
    cy = await hall.signed_in("cy@example.org", "viewer")
    people = f"/sessions/{session['id']}/people"
    asked = data(await host.post(people, json={"email": "cy@example.org"}))["id"]
    for rsvp in ("tentative", "accepted"):
        data(await cy.patch(f"{people}/{asked}", json={"rsvp": rsvp}))
    data(await host.post(people, json={"email": "zoe@elsewhere.test", "notify": True}))
    await hall.app.house.relay.drained()
    token = re.search(r"/registered#(\S+)", letters(hall)["zoe@elsewhere.test"][0][1])[1]
    data(await hall.client().delete("/registrations/self", params={"token": token}))
    data(await host.put(f"/rooms/{room_id}/registration", json={"mode": "optional", "fields": []}))
    data(await host.post(people, json={"email": "mia@example.org"}))  # who registers says that she comes
    for name in ("Mia", "Kim"):
        person = {"email": f"{name}@example.org", "first_name": name, "last_name": "Wolf"}
        data(await hall.client().post(f"/sessions/{session['id']}/registrations", json=person))
    await audience.check()
    assert sorted(audience.pairs[1].follower.state["answers"].values()) == [
        "accepted",
        "accepted",
        "declined",
    ]

    started = Evening(hall, host, evening.viewer, session)
    data(await host.post(f"/sessions/{session['id']}/start", json={"go_live": True}))
    await camera(hall, session["id"])
    seat = await started.join()
    await connected(started, seat["identity"], "PA_ben")
    async with hall.app.house.desk.work(MEDIA) as work:
        await session_ops.hls_changed(work, session["id"], "https://hall.test/hls/x.m3u8")
    await audience.count()
    await audience.check()
    shown = data(await host.get(f"/sessions/{session['id']}"))
    assert (shown["status"], shown["viewer_count"]) == ("live", 1)

    for title, visibility in (("Kept", "public"), ("Not kept", "private")):
        recording = await a_ready_recording(started, tmp_path)
        data(await host.patch(f"/recordings/{recording.id}", json={"title": title, "visibility": visibility}))
    data(await host.delete(f"/recordings/{recording.id}"))
    for due in ({}, {"publish_at": later(days=1)}, {"publish_at": later(days=2)}):
        recording = await a_ready_recording(started, tmp_path)
        data(await host.post(f"/recordings/{recording.id}/publish", json=due))
    data(await host.post(f"/recordings/{recording.id}/unpublish"))
    await started.end()
    await audience.check()
    assert IN_A_LIBRARY - audience.folded == set()


async def camera(hall: Hall, session_id: str) -> None:
    async with hall.app.house.desk.work(MEDIA) as work:
        session = await session_store.get(work, session_id)
        room = (await session_store.hold(work, session))[1]
        track = programme.ReportedTrack(
            sid=f"TR_{session_id}", participant_sid="PA_host", identity=f"u.{room.host_id}", source="camera"
        )
        await programme.track_published(work, session_id, track, work.now)


# One session

IN_A_SESSION = {
    (kind, name)
    for kind in ("session", "stage", "chat", "staff", "user")
    for name in catalogue.EVENTS[kind]
} - {
    ("staff", "viewers.count"), ("staff", "poll.opened"), ("staff", "poll.results"), ("staff", "poll.closed"),
    ("staff", "question.votes"), *NO_STATE,
}  # fmt: skip
"""All but what is for the staff where the audience may not know it."""


async def test_replay_the_channels_of_a_session_tell_its_evening(hall, tmp_path):
    evening = await an_evening(hall)
    path, host, ben = f"/sessions/{evening.id}", evening.host, evening.viewer
    names = ("eve", "zoe", "kim", "moe", "ann", "leo", "pia")
    eve, zoe, kim, moe, ann, leo, pia = [
        await hall.signed_in(f"{name}@example.org", "viewer") for name in names
    ]
    ids = {who: data(await who.get("/auth/me"))["id"] for who in (ben, eve, zoe, kim, moe)}
    audience = Audience(hall)
    seats = {who: await evening.join(who) for who in (host, ben, eve, zoe, leo, pia)}
    staff, viewer, his, hers = [
        await audience.ear(seats[who]["realtime"]["token"]) for who in (host, pia, ben, zoe)
    ]
    await audience.follow(viewer, f"session:{evening.id}", of_session(viewer, pia, evening.id))
    await audience.follow(viewer, f"chat:{evening.id}", of_chat(viewer, evening.id))
    await audience.follow(his, f"user:{ids[ben]}", of_user(ben, evening.id))
    await audience.follow(hers, f"user:{ids[zoe]}", of_ban(zoe, evening.id))
    await audience.follow(staff, f"stage:{evening.id}", of_stage(staff, evening.id))
    await audience.follow(staff, f"staff:{evening.id}", of_staff(staff, host, evening.id))

    for who, sid in ((ben, "PA_ben"), (eve, "PA_eve"), (leo, "PA_leo")):
        await connected(evening, seats[who]["identity"], sid)
    await left(evening, seats[leo]["identity"], "PA_leo")
    await stage(evening, path, ben, eve, zoe, ids)
    await audience.count()
    await audience.check()

    await chat(path, host, ben)
    await polls(path, host, ben)
    await audience.count()
    await questions(path, host, ben, eve)
    await audience.count()
    await audience.check()

    data(await host.patch(path, json={"title": "Waves and tides", "description": "Of the sea"}))
    data(await host.post(f"{path}/co-hosts", json={"user_id": ids[eve], "notify": False}))
    data(await host.post(f"{path}/moderators", json={"user_id": ids[ben], "notify": False}))
    data(await host.delete(f"{path}/moderators/{ids[ben]}"))
    async with hall.app.house.desk.work(MEDIA) as work:
        await programme.track_unpublished(work, evening.id, f"TR_{evening.id}", work.now)
    await camera(hall, evening.id)
    await records(evening, path, tmp_path)
    await at_the_door(audience, evening, path, kim, moe, ann, ids)
    for banned in (eve, zoe):
        data(await host.post(f"{path}/bans", json={"user_id": ids[banned], "reason": "rude"}))
    data(await host.delete(f"{path}/bans/{ids[zoe]}"))
    await audience.count()
    await audience.check()

    await evening.end()
    followed = await audience.pairs[0].follower.follow()
    fresh = {evening.id: data(await pia.get(path))}
    fresh[evening.id].pop("max_viewers")  # is counted a last time when the channel has gone
    followed["sessions"][evening.id].pop("max_viewers")
    found = differences(*(told_of("session", "sessions", each) for each in (followed["sessions"], fresh)))
    assert not found, "\n".join(found)
    assert IN_A_SESSION - audience.folded == set()


async def left(evening: Evening, identity: str, sid: str) -> None:
    async with evening.hall.app.house.desk.work(MEDIA) as work:
        await reports.left(work, reports.Connection(room=evening.id, sid=sid, identity=identity, at=work.now))


async def stage(evening: Evening, path: str, ben, eve, zoe, ids: dict) -> None:
    host = evening.host
    data(await eve.post(f"{path}/stage/hand", json={"message": "first"}))
    data(await zoe.post(f"{path}/stage/hand"))
    data(await eve.delete(f"{path}/stage/hand"))
    hand = data(await ben.post(f"{path}/stage/hand"))
    data(await host.post(f"{path}/stage/hands/{hand['id']}/approve"))
    one = f"{path}/stage/participants/{ids[ben]}"
    data(await host.patch(one, json={"can_screen_share": False}))
    data(await host.post(f"{one}/remove", json={}))
    asked = data(await ben.post(f"{path}/stage/join-request"))
    data(await host.post(f"{path}/stage/join-requests/{asked['id']}/reject", json={"reason": "later"}))
    data(await eve.post(f"{path}/stage/join-request"))
    data(await host.post(f"{path}/stage/participants", json={"user_id": ids[ben]}))
    data(await host.patch(f"{path}/layout", json={"layout": "grid", "pinned": ids[ben]}))


async def chat(path: str, host, ben) -> None:
    async def says(who, text: str) -> str:
        return data(await who.post(f"{path}/chat", json={"message": text}))["id"]

    await says(ben, "before")
    data(await host.post(f"{path}/chat/clear"))
    gone, kept = await says(host, "gone"), await says(host, "kept")
    await says(ben, "answer")
    data(await host.put(f"{path}/chat/{kept}/pin", json={}))
    data(await host.delete(f"{path}/chat/{gone}"))


async def polls(path: str, host, ben) -> None:
    body = {"question": "Tea?", "options": ["yes", "no"], "show_results": "always"}
    poll, over = [data(await host.post(f"{path}/polls", json=body)) for _ in range(2)]
    for one in (poll, over):
        data(await ben.post(f"{path}/polls/{one['id']}/vote", json={"option_id": one["options"][0]["id"]}))
    data(await host.post(f"{path}/polls/{over['id']}/close"))


async def questions(path: str, host, ben, eve) -> None:
    async def asks(who, text: str) -> str:
        return f"{path}/questions/{data(await who.post(f'{path}/questions', json={'text': text}))['id']}"

    wanted, spam, taken_back = await asks(ben, "Why?"), await asks(ben, "Buy!"), await asks(eve, "Oh")
    data(await host.post(f"{spam}/dismiss"))
    data(await eve.delete(taken_back))
    data(await host.put(f"{wanted}/pin"))
    data(await host.post(f"{wanted}/answer", json={"text": "Because."}))
    data(await eve.put(f"{wanted}/vote"))
    data(await host.patch(f"{path}/settings", json={"question_moderation": True, "max_join_limit": 7}))
    data(await host.post(f"{await asks(eve, 'When?')}/publish"))
    await asks(eve, "Waits")


async def records(evening: Evening, path: str, tmp_path) -> None:
    host, room = evening.host, evening.session["room_id"]
    kept, gone = [await a_ready_recording(evening, tmp_path) for _ in range(2)]
    data(await host.patch(f"/recordings/{kept.id}", json={"title": "Kept", "visibility": "members"}))
    data(await host.post(f"/recordings/{kept.id}/publish", json={"publish_at": later(hours=2)}))
    data(await host.delete(f"/recordings/{gone.id}"))
    data(await host.post(f"{path}/recordings/start"))
    wanted = {"name": "X", "endpoint": "rtmp://127.0.0.1:9/app", "stream_key": "k" * 9, "is_enabled": False}
    target = data(await host.post(f"/rooms/{room}/streaming-targets", json=wanted))["id"]
    data(await host.post(f"{path}/outputs/{target}/start"))
    async with evening.hall.app.house.desk.work(MEDIA) as work:  # as reported; until then nobody is told
        for row in await recording_store.newest_of(work, evening.id):
            report = Output(id=row.media_id, room=evening.id, kind=row.kind, state="active")
            await outputs.output(work, report, "http://hall.test")


async def at_the_door(audience: Audience, evening: Evening, path: str, kim, moe, ann, ids: dict) -> None:
    host = evening.host
    data(await host.patch(f"{path}/settings", json={"waiting_room": True}))
    knocked = {who: (await evening.join(who))["attendance_id"] for who in (kim, moe, ann)}
    for who in (kim, moe):
        ear = await audience.ear(who.headers["Authorization"].removeprefix("Bearer "))
        await audience.follow(ear, f"user:{ids[who]}", of_admission(who, evening.id))
    data(await host.post(f"{path}/waiting/{knocked[kim]}/admit"))
    data(await host.post(f"{path}/waiting/{knocked[moe]}/deny"))
    data(await ann.post(f"{path}/leave"))


# What is kept from the audience, and background work

BEHIND_THE_SCENES = {
    ("staff", "viewers.count"), ("staff", "poll.opened"), ("staff", "poll.results"), ("staff", "poll.closed"),
    ("staff", "question.votes"), ("org", "job.state"),
}  # fmt: skip


async def test_replay_the_staff_is_told_what_the_audience_may_not_know(hall):
    olga = await hall.person("olga@example.org", "owner")
    owner = hall.client(hall.token(olga))
    switches = {"viewer_count_visible": False, "audience_poll_view": False}
    evening = await an_evening(hall)
    preset = data(await evening.host.post("/presets", json={"name": "Quiet", **switches}))
    await evening.end()
    room = evening.session["room_id"]
    body = {"title": "Behind", "preset_id": preset["id"]}
    session = data(await evening.host.post(f"/rooms/{room}/sessions", json=body))["session"]
    path = f"/sessions/{session['id']}"
    data(await evening.host.post(f"{path}/start", json={"go_live": True}))
    await camera(hall, session["id"])
    quiet = Evening(hall, evening.host, evening.viewer, session)
    audience = Audience(hall)
    host_seat, seat = await quiet.join(quiet.host), await quiet.join()
    ear = await audience.ear(host_seat["realtime"]["token"])
    await audience.follow(
        ear, f"staff:{session['id']}", of_staff(ear, quiet.host, session["id"], is_hidden=True)
    )
    own = await audience.ear(data(await owner.post("/realtime/token"))["token"])
    org = f"org:{olga.organization_id}"
    await audience.follow(own, org, of_organization(own, org))

    await connected(quiet, seat["identity"], "PA_ben")
    await polls(path, quiet.host, quiet.host)
    question = data(await quiet.viewer.post(f"{path}/questions", json={"text": "Why?"}))["id"]
    data(await owner.post("/admin/storage/cleanup", json={}))
    await audience.count()
    await audience.check()
    assert (await audience.pairs[1].follower.follow())["jobs"] != {}

    one, vote = f"/presets/{preset['id']}", f"{path}/questions/{question}/vote"
    while ("staff", "question.votes") not in audience.folded:  # until it is gathered when nobody may see it
        data(await quiet.host.delete(vote))
        data(await quiet.host.put(vote))
        data(await evening.host.patch(one, json={"question_enabled": False}))
        await audience.count()
        data(await evening.host.patch(one, json={"question_enabled": True}))
        await audience.pairs[0].follower.follow()
    await hall.app.house.cleaner.clean_running()
    await audience.check()
    assert (await audience.pairs[1].follower.follow())["jobs"] == {}
    followed = await audience.pairs[0].follower.follow()
    read = data(await quiet.host.get(f"{path}/questions/{question}"))
    assert followed["questions"][question]["votes"] == read["votes"] == 1
    assert BEHIND_THE_SCENES - audience.folded == set()


def test_every_event_of_the_catalogue_is_replayed_or_carries_no_state():
    told = {(kind, name) for kind, events in catalogue.EVENTS.items() for name in events}
    replayed = IN_A_LIBRARY | IN_A_SESSION | BEHIND_THE_SCENES
    assert replayed | set(NO_STATE) == told
    assert replayed & set(NO_STATE) == set()
    assert replayed - set(FOLDS) == set()

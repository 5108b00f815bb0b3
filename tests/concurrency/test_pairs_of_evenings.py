"""Two calls at once in a session that is on: coming and going, the stage, chat, questions, polls, outputs."""

from pathlib import Path

import pytest

from tests.concurrency.pairs import Two
from tests.concurrency.scenes import (
    ABSENT,
    GONE,
    MADE,
    STATE,
    TAKEN,
    THERE,
    WON,
    a_room,
    a_session,
    both,
    inside,
    on_air,
    twice,
)
from tests.concurrency.table import of
from tests.support.films import a_film

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]


@of("joinSession", "leaveSession", "attendanceBeat", "joinRoom", "createMediaToken", "endSession")
async def test_coming_and_going(two: Two) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada)
    bo, cy = await two.person("bo"), await two.person("cy")
    assert await twice(bo, "POST", f"{path}/join", {"prefer": "hls"}) == [WON, WON]
    assert await twice(bo, "POST", f"{path}/leave") == [GONE, GONE]
    assert await two.count("attendance", "state IN ('present', 'expected')") == 0
    seat = await bo.post(f"{path}/join", {"prefer": "hls"}, 200)
    beat = f"/attendance/{seat['attendance_id']}/beat"
    assert await twice(bo, "POST", beat, {}) == [WON, WON]
    answers = await both(bo.here.post(f"{path}/leave"), bo.there.post(beat, json={}))
    assert answers in ([WON, GONE], [GONE, ABSENT], [GONE, STATE])
    assert await two.count("attendance", "state IN ('present', 'expected')") == 0

    # A room without a session gets one, whoever comes first.
    meeting = await a_room(ada, kind="meeting", visibility="unlisted")
    answers = await both(
        ada.here.post(f"/rooms/{meeting}/join", json={}), cy.there.post(f"/rooms/{meeting}/join", json={})
    )
    assert answers == [WON, WON]
    assert await two.count("session", f"room_id = '{meeting}'") == 1
    session = (await two.rows(f"SELECT id FROM session WHERE room_id = '{meeting}'"))[0]["id"]
    tokens = await ada.twice("POST", f"/sessions/{session}/token", {"role": "publisher", "name": "Gil"})
    assert [answer.status_code for answer in tokens] == [200, 200]
    assert await twice(ada, "POST", f"/sessions/{session}/end") == [WON, WON]


@of("admitWaiting", "denyWaiting", "admitAllWaiting", "joinSession", "updateSessionSettings")
async def test_the_waiting_room(two: Two) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada, await a_room(ada, waiting_room=True))
    await inside(two, path, "bo", "cy", "di")
    waits = [
        f"{path}/waiting/{row['id']}"
        for row in await two.rows(f"SELECT id FROM attendance WHERE id > '{two.mark}' ORDER BY id")
    ]

    # Let in or sent away; never both.
    answers = await both(ada.here.post(f"{waits[0]}/admit"), ada.there.post(f"{waits[0]}/deny"))
    assert answers in ([WON, STATE], [WON, WON])  # who was sent away may be let in afterwards
    states = await two.count("attendance", "state = 'denied'")
    assert states == 0 if STATE in answers else states in (0, 1)
    assert await twice(ada, "POST", f"{waits[1]}/deny") == [WON, WON]
    assert await two.told("waiting.denied") <= 2
    assert await twice(ada, "POST", f"{path}/waiting/admit-all") == [WON, WON]
    admitted = await two.told("waiting.admitted")
    assert admitted == await two.count("attendance", "state <> 'denied' AND state <> 'waiting'")
    assert await two.count("attendance", "state = 'waiting'") == 0

    # Whoever comes while the door is taken away is inside or is let in.
    ed = await two.person("ed")
    answers = await both(
        ada.here.patch(f"{path}/settings", json={"waiting_room": False}), ed.there.post(f"{path}/join")
    )
    assert answers == [WON, WON]
    await two.drained()


@of(
    "raiseHand", "lowerHand", "approveHand", "rejectHand", "createJoinRequest", "approveJoinRequest",
    "rejectJoinRequest", "addToStage", "updateStagePermissions", "removeFromStage", "leaveStage",
)  # fmt: skip
async def test_the_stage(two: Two) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada)
    bo, cy, di = await inside(two, path, "bo", "cy", "di")
    hand, request = f"{path}/stage/hand", f"{path}/stage/join-request"

    # Up and down at once: at most one hand is up.
    answers = await both(bo.here.post(hand), bo.there.delete(hand))
    assert answers == [MADE, GONE]
    assert await two.count("stage_request", "status = 'pending'") <= 1
    await bo.post(hand, None, 201)
    (raised,) = await two.rows(f"SELECT id FROM stage_request WHERE status = 'pending' AND id > '{two.mark}'")
    at = f"{path}/stage/hands/{raised['id']}"
    assert await both(ada.here.post(f"{at}/approve"), ada.there.post(f"{at}/reject")) in (
        [WON, STATE],
        [WON, ABSENT],
    )
    resolved = await two.told("hand.resolved")
    assert resolved == 1
    assert await twice(cy, "POST", request) == [MADE, MADE]
    (asked,) = await two.rows(
        f"SELECT id FROM stage_request WHERE status = 'pending' AND kind = 'join' AND id > '{two.mark}'"
    )
    at = f"{path}/stage/join-requests/{asked['id']}"
    answers = await both(ada.here.post(f"{at}/reject"), ada.there.post(f"{at}/approve"))
    assert answers in ([WON, STATE], [WON, ABSENT])
    assert await two.told("join_request.resolved") == 1

    # I5: one seat a person.
    answers = await twice(ada, "POST", f"{path}/stage/participants", {"user_id": di.id})
    assert answers == [MADE, THERE]
    one = f"{path}/stage/participants/{di.id}"
    rights = ({"can_publish_audio": False}, {"can_publish_video": False})
    assert await twice(ada, "PATCH", one, *rights) == [WON, WON]
    (seat,) = await two.rows(f"SELECT may_audio, may_video FROM stage_member WHERE account_id = '{di.id}'")
    assert (seat["may_audio"], seat["may_video"]) == (False, False)  # neither is written over
    left = await two.told("stage.left")
    answers = await both(ada.here.post(f"{one}/remove"), di.there.post(f"{path}/stage/leave"))
    assert GONE in answers
    assert await two.told("stage.left") == left + 1
    assert await two.count("stage_member", f"account_id = '{di.id}' AND left_at IS NULL") == 0


@of("banParticipant", "unbanParticipant", "addModerator", "raiseHand", "addToStage")
async def test_bans(two: Two) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada)
    bo, cy = await inside(two, path, "bo", "cy")
    body = {"user_id": bo.id}
    answers = await both(
        ada.here.post(f"{path}/bans", json=body),
        ada.there.post(f"{path}/stage/participants", json=body),
        bo.there.post(f"{path}/stage/hand"),
    )
    assert MADE in answers
    assert await two.count("stage_member", f"account_id = '{bo.id}' AND left_at IS NULL") == 0
    assert await two.count("stage_request", f"account_id = '{bo.id}' AND status = 'pending'") == 0
    assert await twice(ada, "DELETE", f"{path}/bans/{bo.id}") == [GONE, ABSENT]
    answers = await both(
        ada.here.post(f"{path}/bans", json={"user_id": cy.id}),
        ada.there.post(f"{path}/moderators", json={"user_id": cy.id}),
    )
    assert MADE in answers


@of("sendChatMessage", "deleteChatMessage", "pinChatMessage", "clearChat", "uploadChatFile")
async def test_chat(two: Two) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada)
    (bo,) = await inside(two, path, "bo")
    first, second = [(await bo.post(f"{path}/chat", {"message": word}, 201))["id"] for word in ("a", "b")]

    # One is pinned, or none; never one that is gone.
    answers = await both(
        ada.here.put(f"{path}/chat/{first}/pin", json={"pinned": True}),
        ada.there.put(f"{path}/chat/{second}/pin", json={"pinned": True}),
    )
    assert answers == [GONE, GONE]
    answers = await both(
        ada.here.put(f"{path}/chat/{first}/pin", json={"pinned": True}),  # it is
        bo.there.delete(f"{path}/chat/{first}"),
    )
    assert answers in ([GONE, GONE], [GONE, ABSENT])
    order = f"SELECT type FROM journal WHERE data ->> 'message_id' = '{first}' ORDER BY seq"
    assert [row["type"] for row in await two.rows(order)][-1] == "chat.deleted"
    assert await twice(ada, "PUT", f"{path}/chat/{second}/pin", {"pinned": False}) == [GONE, GONE]
    assert await two.told("chat.pinned") == 3
    answers = await both(
        ada.here.post(f"{path}/chat/clear"),
        ada.there.post(f"{path}/chat/clear"),
        bo.there.delete(f"{path}/chat/{second}"),
    )
    assert set(answers) <= {GONE, ABSENT}
    assert await two.count("message", "deleted_at IS NULL") == 0

    png = b"\x89PNG\r\n\x1a\n" + bytes(64)
    kind = {"Content-Type": "image/png"}
    answers = await both(
        *(hall.post(f"{path}/files?name=a.png", content=png, headers=kind) for hall in (ada.here, ada.there))
    )
    assert answers == [MADE, MADE]
    (file, _) = await two.rows(f"SELECT id FROM chat_file WHERE id > '{two.mark}'")
    answers = await twice(ada, "POST", f"{path}/chat", {"message": "see", "file_id": file["id"]})
    assert MADE in answers
    assert await two.count("message", "deleted_at IS NULL") == answers.count(MADE)


@of("uploadRecording")
async def test_films(two: Two, tmp_path: Path) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada)
    film = a_film(tmp_path / "film.mp4").read_bytes()
    address = f"/recordings?session_id={path.rpartition('/')[2]}"
    answers = await both(*(hall.post(address, content=film) for hall in (ada.here, ada.there)))
    assert answers == [MADE, MADE]
    found = await two.rows(f"SELECT title FROM recording WHERE id > '{two.mark}' ORDER BY title")
    assert len({row["title"] for row in found}) == 2, "each has a name of its own"


@of(
    "askQuestion", "updateQuestion", "deleteQuestion", "publishQuestion", "dismissQuestion",
    "answerQuestion", "pinQuestion", "voteQuestion", "unvoteQuestion",
)  # fmt: skip
async def test_questions(two: Two) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada)
    await ada.ask("PATCH", f"{path}/settings", {"question_moderation": True}, 200)
    bo, cy = await inside(two, path, "bo", "cy")
    assert await twice(bo, "POST", f"{path}/questions", {"text": "Why?"}) == [MADE, MADE]
    ids = [row["id"] for row in await two.rows(f"SELECT id FROM message WHERE id > '{two.mark}' ORDER BY id")]
    one, other = (f"{path}/questions/{each}" for each in ids)

    # Corrected before it is public, or not at all.
    answers = await both(bo.here.patch(one, json={"text": "How?"}), ada.there.post(f"{one}/publish"))
    assert answers in ([WON, WON], [WON, STATE])
    assert await two.told("question.published") == 1
    answers = await both(ada.here.post(f"{other}/publish"), ada.there.post(f"{other}/dismiss"))
    assert answers in ([WON, WON], [WON, STATE])

    # I7: one vote a person, and what is counted is what was cast.
    assert await twice(cy, "PUT", f"{one}/vote") == [WON, WON]
    assert await two.count("message_vote", key="message_id") == 1
    assert await both(cy.here.delete(f"{one}/vote"), cy.there.put(f"{one}/vote")) == [WON, WON]
    assert await twice(cy, "DELETE", f"{one}/vote") == [WON, WON]
    assert await two.count("message_vote", key="message_id") == 0
    assert await twice(ada, "PUT", f"{one}/pin", {"pinned": True}) == [WON, WON]
    assert await twice(ada, "POST", f"{one}/answer", {"text": "So."}, {"text": "And so."}) == [WON, WON]
    assert await two.count("message", f"parent_id = '{ids[0]}'") == 2
    answers = await both(bo.here.delete(one), ada.there.post(f"{one}/answer", json={"text": "No."}))
    assert answers in ([WON, GONE], [GONE, ABSENT], [WON, STATE])


@of("createPoll", "updatePoll", "closePoll", "votePoll")
async def test_polls(two: Two) -> None:
    ada = await two.person("ada", "host")
    path = await a_session(ada)
    (bo,) = await inside(two, path, "bo")
    tea = {"question": "Tea?", "options": ["yes", "no"]}
    assert await twice(ada, "POST", f"{path}/polls", tea) == [MADE, MADE]
    draft = await ada.post(f"{path}/polls", {**tea, "draft": True}, 201)
    poll = f"{path}/polls/{draft['id']}"
    answers = await both(
        ada.here.patch(poll, json={"status": "open"}), ada.there.patch(poll, json={"question": "Cake?"})
    )
    assert answers in ([WON, WON], [WON, STATE])
    yes, no = [
        option["id"] for option in (await ada.here.get(f"{path}/polls")).json()["data"]["polls"][0]["options"]
    ]
    shown = (await ada.here.get(f"{path}/polls")).json()["data"]["polls"]
    this = next(each for each in shown if each["id"] == draft["id"])
    choice = {"option_id": this["options"][0]["id"]}
    assert yes != no
    answers = await both(ada.here.post(f"{poll}/close"), bo.there.post(f"{poll}/vote", json=choice))
    assert answers in ([WON, WON], [WON, (409, "poll_closed")])
    assert await twice(bo, "POST", f"{poll}/vote", choice) == [(409, "poll_closed")] * 2


@of(
    "startRecording", "stopRecording", "ensureHls", "updateRecording", "deleteRecording", "retryRecording",
    "publishRecording", "unpublishRecording", "goLive", "endSession",
)  # fmt: skip
async def test_outputs(two: Two) -> None:
    ada, ann = await two.person("ada", "host"), await two.person("ann", "admin")
    room = await a_room(ada)
    made = await ada.post(f"/rooms/{room}/sessions", {"title": "Two", "mode": "webcam"}, 201)
    path = f"/sessions/{made['session']['id']}"
    await on_air(two, ada, path)
    assert await twice(ada, "POST", f"{path}/go-live") == [WON, WON]
    assert await twice(ada, "POST", f"{path}/recordings/start") == [MADE, (409, "already_recording")]
    assert await twice(ada, "POST", f"{path}/hls") == [WON, WON]
    answers = await both(ada.here.post(f"{path}/recordings/stop"), ada.there.post(f"{path}/end"))
    assert answers == [WON, WON]
    await two.drained()
    (row,) = await two.rows(f"SELECT id FROM recording WHERE id > '{two.mark}'")
    recording = f"/recordings/{row['id']}"
    assert await two.count("recording", "status IN ('starting', 'recording')") == 0
    assert await twice(ada, "PATCH", recording, {"title": "North"}, {"title": "South"}) == [WON, WON]
    await two.put(f"UPDATE recording SET status = 'ready' WHERE id = '{row['id']}'")
    assert await twice(ada, "POST", f"{recording}/publish", {}) == [WON, WON]
    assert await twice(ada, "POST", f"{recording}/unpublish") == [WON, WON]
    answers = await both(
        ada.here.post(f"{recording}/publish", json={}), ada.there.post(f"{recording}/unpublish")
    )
    assert answers == [WON, WON]
    await two.put(f"UPDATE recording SET status = 'failed' WHERE id = '{row['id']}'")
    answers = await twice(ann, "POST", f"/admin{recording}/retry")
    assert answers in [[each, each] for each in (TAKEN, (410, "link_expired"), STATE)]
    answers = await twice(ada, "DELETE", recording)
    assert answers in ([GONE, ABSENT], [STATE, STATE])

"""A client that draws what its channels tell, written from `contracts/realtime.md` §3 and from nothing else.

It hears the hub's own frames, after a subscription of its own. A state is plain values: tables by id, as the
API's answers show them, so that one that was followed can be compared with one that is read.
"""

import asyncio
import copy
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from livehall.kernel.ids import new_id

State = dict[str, Any]
Told = dict[str, Any]
Fold = Callable[[State, Told], None]

FOLDS: dict[tuple[str, str], Fold] = {}
"""Kind of channel and type → what a listener makes of it."""

SHORT, LONG = 126, 127  # RFC 6455 §5.2: where the length follows in two or in eight bytes


class Ear:
    """One connection to the hub, and what came over it."""

    def __init__(self, hall: Any, who: Any) -> None:
        self.hall, self.who, self.client = hall, who, new_id()
        self.hub = hall.app.house.hub
        self.told: dict[str, list[Told]] = defaultdict(list)  # channel → what was not folded yet
        self.hub.attach(self, asyncio.get_running_loop().time())

    def send(self, data: bytes) -> None:
        while data:
            size, start = data[1] & 0x7F, 2
            if size in (SHORT, LONG):
                start = 4 if size == SHORT else 10
                size = int.from_bytes(data[2:start])
            for line in data[start : start + size].split(b"\n"):
                push = json.loads(line)["push"]
                self.told[push["channel"]].append(push["pub"]["data"])
            data = data[start + size :]

    def unsubscribed(self, channel: str, code: int, reason: str) -> None:
        """The end of a session takes its channels away."""

    def disconnect(self, code: int, reason: str) -> None:
        self.hub.detach(self)

    async def listen(self, channel: str) -> Any:
        """Subscribe; the snapshot of the answer."""
        joined = (await self.hub.subscribe(self, channel))()
        self.told[channel].extend(json.loads(each.data) for each in joined.following)
        return json.loads(joined.data).get("snapshot")

    async def afresh(self, channel: str) -> Any:
        """The snapshot that somebody gets who subscribes now."""
        return json.loads((await self.hall.app.house.gate.subscribe(self.who, channel)).data).get("snapshot")

    async def settled(self) -> None:
        """Everything that was committed is told, and has been written."""
        await self.hall.app.house.relay.drained()
        for channel in self.hub._channels.values():
            channel.drain()
        await asyncio.sleep(0)


class Follower:
    """One channel: the state that it began with, and what came of it."""

    def __init__(self, ear: Ear, channel: str, before: State) -> None:
        self.ear, self.channel, self.kind = ear, channel, channel.partition(":")[0]
        self.state = copy.deepcopy(before)
        self.heard: list[str] = []  # types, in order

    async def follow(self) -> State:
        """The state after all that was told until now."""
        await self.ear.settled()
        told, self.ear.told[self.channel] = self.ear.told[self.channel], []
        for each in told:
            self.heard.append(each["type"])
            session = self.state.get("sessions", {}).get(each.get("session_id"))
            if session is not None and "revision" in each:
                session["revision"] = each["revision"]
            fold = FOLDS.get((self.kind, each["type"]))
            if fold is not None:
                fold(self.state, each)
        return self.state

    @property
    def folded(self) -> set[tuple[str, str]]:
        """What was heard and made a difference that is compared."""
        return {(self.kind, name) for name in self.heard} & set(FOLDS)


def tells(*types: str, on: tuple[str, ...]) -> Callable[[Fold], Fold]:
    def register(fold: Fold) -> Fold:
        for kind in on:
            for name in types:
                assert (kind, name) not in FOLDS
                FOLDS[kind, name] = fold
        return fold

    return register


SESSION, ROOM, LIBRARY, STAFF, STAGE, CHAT, USER, ORG = (
    "session", "room", "library", "staff", "stage", "chat", "user", "org",
)  # fmt: skip


# Rooms and sessions


@tells("room.created", "room.updated", on=(LIBRARY,))
@tells("room.updated", on=(ROOM,))
def a_room(state: State, told: Told) -> None:
    state["rooms"].setdefault(told["data"]["id"], {}).update(told["data"])


@tells("room.deleted", on=(LIBRARY,))
def no_room(state: State, told: Told) -> None:
    gone = told["data"]["id"]
    state["rooms"].pop(gone)
    for name in ("sessions", "recordings"):
        state[name] = {key: each for key, each in state[name].items() if each["room_id"] != gone}


@tells("room.live", on=(ROOM, LIBRARY))
def on_air(state: State, told: Told) -> None:
    data = told["data"]
    session = state["sessions"][data["session_id"]]
    state["rooms"][session["room_id"]]["active_session_id"] = session["id"] if data["live"] else None
    session.update(hls_url=data["hls_url"], viewer_count=data["viewer_count"])
    if data["live"]:
        state["live"][session["id"]] = {"title": data["title"], "room_id": session["room_id"]}
    else:
        state["live"].pop(session["id"])


@tells("session.created", on=(ROOM, LIBRARY))
def a_session(state: State, told: Told) -> None:
    state["sessions"][told["data"]["id"]] = told["data"]


@tells("session.deleted", on=(ROOM, LIBRARY))
def no_session(state: State, told: Told) -> None:
    state["sessions"].pop(told["data"]["id"])


@tells("session.updated", "session.rescheduled", on=(SESSION, ROOM, LIBRARY))
def a_changed_session(state: State, told: Told) -> None:
    changed = {name: value for name, value in told["data"].items() if name != "previous_start_time"}
    state["sessions"][told["session_id"]].update(changed)
    if "title" in changed and told["session_id"] in state["live"]:
        state["live"][told["session_id"]]["title"] = changed["title"]


@tells("session.state", on=(SESSION, ROOM, LIBRARY))
def another_state(state: State, told: Told) -> None:
    session, data = state["sessions"][told["session_id"]], told["data"]
    assert session["status"] == data["from"]
    session.update(status=data["to"], started_at=data["started_at"], ended_at=data["ended_at"])
    if data["to"] == "ended":  # nobody watches, and nothing is sent
        session.update(viewer_count=0, hls_url=None, stream_state="idle")


@tells("session.settings", on=(SESSION,))
def settings(state: State, told: Told) -> None:
    data = dict(told["data"])
    given = data.pop("permissions")["viewer"]  # who follows is one
    state["permissions"] = sorted(name for name, is_given in given.items() if is_given)
    state["sessions"][told["session_id"]].update(data)
    state["stage"]["limit"] = data["effective_max_join_limit"]


@tells("stream.state", on=(SESSION, STAFF))
def stream(state: State, told: Told) -> None:
    state["sessions"][told["session_id"]]["stream_state"] = told["data"]["stream_state"]


@tells("stream.health", on=(STAFF,))
def health(state: State, told: Told) -> None:
    state["health"] = {name: value for name, value in told["data"].items() if name != "checked_at"}


@tells("host.media", on=(SESSION,))
def host_media(state: State, told: Told) -> None:
    state["host_media"] = told["data"]


@tells("viewers.count", on=(SESSION, ROOM, STAFF))
def viewers(state: State, told: Told) -> None:
    session, data = state["sessions"][told["session_id"]], told["data"]
    session.update(viewer_count=data["count"], max_viewers=data["peak"])


# Audience


@tells("attendance.joined", on=(STAFF,))
def somebody_came(state: State, told: Told) -> None:
    state["present"][told["data"]["identity"]] = told["data"]


@tells("attendance.left", on=(STAFF,))
def somebody_left(state: State, told: Told) -> None:
    state["present"].pop(told["data"]["identity"])


@tells("waiting.entered", on=(STAFF,))
def at_the_door(state: State, told: Told) -> None:
    state["waiting"][told["data"]["attendance_id"]] = told["data"]


@tells("waiting.left", "waiting.admitted", "waiting.denied", on=(STAFF,))
def not_at_the_door(state: State, told: Told) -> None:
    state["waiting"].pop(told["data"]["attendance_id"])


@tells("waiting.admitted", on=(USER,))
def come_in(state: State, told: Told) -> None:
    state["admission"] = "admitted"


@tells("waiting.denied", on=(USER,))
def stay_out(state: State, told: Told) -> None:
    state["admission"] = "denied"


@tells("participant.role", on=(SESSION, STAFF, USER))
def role(state: State, told: Told) -> None:
    data = told["data"]
    state["roles"].pop(data["user_id"], None)
    if data["role"] != "viewer":
        state["roles"][data["user_id"]] = data["role"]


@tells("participant.banned", on=(STAFF,))
def banned(state: State, told: Told) -> None:
    state["banned"][told["data"]["user_id"]] = told["data"]


@tells("participant.unbanned", on=(STAFF,))
def not_banned(state: State, told: Told) -> None:
    state["banned"].pop(told["data"]["user_id"])


@tells("participant.banned", on=(USER,))
def you_are_banned(state: State, told: Told) -> None:
    state["ban"] = {"banned": True, "expires_at": told["data"]["expires_at"]}


@tells("participant.unbanned", on=(USER,))
def you_are_not_banned(state: State, told: Told) -> None:
    state["ban"] = {"banned": False, "expires_at": None}


@tells("participant.registered", on=(LIBRARY,))
def registered(state: State, told: Told) -> None:
    state["registered"][told["data"]["id"]] = told["data"]


@tells("participant.rsvp", on=(LIBRARY,))
def answered(state: State, told: Told) -> None:
    state["answers"][told["data"]["participant_id"]] = told["data"]["rsvp"]


# Stage


@tells("hand.raised", "hand.lowered", on=(SESSION,))
def hands_up(state: State, told: Told) -> None:
    state["hands"] = told["data"]


@tells("hand.raised", "hand.lowered", "hand.resolved", on=(STAFF,))
def a_hand(state: State, told: Told) -> None:
    _queue(state["hands"], told["data"])
    for place, each in enumerate(sorted(state["hands"].values(), key=lambda one: one["raised_at"]), start=1):
        each["position"] = place


@tells("join_request.created", "join_request.resolved", on=(STAFF,))
def a_request(state: State, told: Told) -> None:
    _queue(state["join_requests"], told["data"])


@tells("hand.resolved", on=(USER,))
def your_hand(state: State, told: Told) -> None:
    state["hand"] = told["data"]


@tells("join_request.resolved", on=(USER,))
def your_request(state: State, told: Told) -> None:
    state["join_request"] = {name: value for name, value in told["data"].items() if name != "user"}


@tells("stage.invited", on=(USER,))
def you_are_asked_up(state: State, told: Told) -> None:
    state["rights"] = told["data"]["rights"]


@tells("stage.permissions", on=(USER,))
def your_rights(state: State, told: Told) -> None:
    data = told["data"]
    state["rights"] = {
        "audio": data["can_publish_audio"],
        "video": data["can_publish_video"],
        "screen": data["can_screen_share"],
    }


@tells("stage.left", on=(USER,))
def you_are_taken_down(state: State, told: Told) -> None:
    state["rights"] = None


@tells("stage.joined", "stage.permissions", on=(STAGE, STAFF))
@tells("stage.joined", on=(SESSION,))
def on_stage(state: State, told: Told) -> None:
    state["stage"]["people"][told["data"]["user_id"]] = told["data"]


@tells("stage.left", on=(SESSION, STAGE, STAFF))
def off_stage(state: State, told: Told) -> None:
    state["stage"]["people"].pop(told["data"]["user_id"])


@tells("stage.layout", on=(SESSION,))
def layout_for_all(state: State, told: Told) -> None:
    state["sessions"][told["session_id"]]["layout"] = told["data"]["layout"]
    state["stage"]["pinned"] = told["data"]["pinned"]


@tells("stage.layout", on=(STAGE,))
def layout(state: State, told: Told) -> None:
    state["stage"].update(told["data"])


def _queue(queue: State, row: Told) -> None:
    queue.pop(row["id"], None)
    if row["status"] == "pending":
        queue[row["id"]] = row


# Talk


@tells("chat.message", on=(CHAT,))
def message(state: State, told: Told) -> None:
    state["messages"][told["data"]["id"]] = told["data"]


@tells("chat.deleted", on=(CHAT,))
def no_message(state: State, told: Told) -> None:
    for gone in told["data"]["ids"]:
        _is_gone(state["messages"][gone], told["data"]["by"])


@tells("chat.pinned", on=(CHAT,))
def pinned(state: State, told: Told) -> None:
    state["messages"][told["data"]["id"]]["pinned_at"] = told["data"]["pinned_at"]


@tells("chat.cleared", on=(CHAT,))
def cleared(state: State, told: Told) -> None:
    for each in state["messages"].values():
        if each["created_at"] <= told["data"]["before"]:
            _is_gone(each, told["actor"]["id"])


def _is_gone(message: State, by: str | None) -> None:
    """It keeps its place."""
    message.update(message="", is_deleted=True, deleted_by=by, pinned_at=None)


@tells("poll.opened", "poll.closed", on=(SESSION, STAFF))
def a_poll(state: State, told: Told) -> None:
    state["polls"][told["data"]["id"]] = told["data"]


@tells("poll.results", on=(SESSION, STAFF))
def results(state: State, told: Told) -> None:
    poll = state["polls"][told["data"]["poll_id"]]
    poll["total_voters"] = told["data"]["total_voters"]
    counts = {each["id"]: each for each in told["data"]["options"]}
    poll["options"] = [{**option, **counts[option["id"]]} for option in poll["options"]]


@tells("question.asked", "question.published", "question.updated", "question.answered", on=(SESSION, STAFF))
@tells("question.dismissed", on=(STAFF,))
def a_question(state: State, told: Told) -> None:
    data = dict(told["data"])
    answers = state["questions"].get(data["id"], {}).get("answers", [])
    new = data.pop("answer", None)
    state["questions"][data["id"]] = {**data, "answers": [*answers, *([new] if new else [])]}


@tells("question.dismissed", on=(SESSION,))
@tells("question.deleted", on=(SESSION, STAFF))
def no_question(state: State, told: Told) -> None:
    state["questions"].pop(told["data"]["id"])


@tells("question.dismissed", on=(USER,))
def your_question(state: State, told: Told) -> None:
    state["mine"][told["data"]["id"]] = told["data"]["state"]


@tells("question.votes", on=(SESSION, STAFF))
def votes(state: State, told: Told) -> None:
    for question_id, count in told["data"].items():
        state["questions"][question_id]["votes"] = count


# Recording and outputs


@tells("recording.state", on=(SESSION,))
def sign(state: State, told: Told) -> None:
    state["recording"] = told["data"]


@tells("recording.state", on=(STAFF, LIBRARY))
def a_recording(state: State, told: Told) -> None:
    state["recordings"][told["data"]["id"]] = told["data"]


@tells("recording.updated", on=(STAFF, LIBRARY))
def a_changed_recording(state: State, told: Told) -> None:
    state["recordings"][told["data"]["id"]].update(told["data"])


@tells("recording.deleted", on=(STAFF, LIBRARY))
def no_recording(state: State, told: Told) -> None:
    state["recordings"].pop(told["data"]["id"])


@tells("replay.published", on=(ROOM, LIBRARY))
def replay(state: State, told: Told) -> None:
    data = told["data"]
    state["replays"][data["recording_id"]] = {
        "session_id": data["session_id"], "duration": data["duration"],
    }  # fmt: skip


@tells("egress.state", on=(STAFF,))
def output(state: State, told: Told) -> None:
    data = told["data"]
    state["outputs"][f"{data['kind']} {data['target_id']}"] = (data["status"], data["error"] or None)


@tells("job.state", on=(ORG,))
def job(state: State, told: Told) -> None:
    data = told["data"]
    state["jobs"].pop(data["job_id"], None)
    if data["state"] == "running":
        state["jobs"][data["job_id"]] = {name: data[name] for name in ("job_id", "kind", "state")}

"""What events of the stage publish (`realtime.md` §3). Nothing here reads more than the journal row."""

from typing import Any

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import timed
from livehall.kernel.journal import Entry


@publishes("hand.raised", "hand.lowered")
def hand(entry: Entry) -> list[Message]:
    """`HandRaiseResponse`, to the staff; the audience gets a gathered count (`Signals`)."""
    return [(_staff(entry), entry.type, _hand(entry))]


@publishes("hand.resolved")
def hand_resolved(entry: Entry) -> list[Message]:
    return [(channel, entry.type, _hand(entry)) for channel in (_user(entry), _staff(entry))]


@publishes("join_request.created")
def join_request_created(entry: Entry) -> list[Message]:
    """`JoinRequestResponse`."""
    return [(_staff(entry), entry.type, _join_request(entry))]


@publishes("join_request.resolved")
def join_request_resolved(entry: Entry) -> list[Message]:
    return [(channel, entry.type, _join_request(entry)) for channel in (_user(entry), _staff(entry))]


@publishes("stage.invited")
def stage_invited(entry: Entry) -> list[Message]:
    payload = {
        "session_id": entry.session_id,
        "by": entry.data["by"],
        "rights": {name: entry.data[f"may_{name}"] for name in ("audio", "video", "screen")},
    }
    return [(_user(entry), entry.type, payload)]


@publishes("stage.joined")
def stage_joined(entry: Entry) -> list[Message]:
    """`StageParticipantResponse`."""
    payload = _participant(entry)
    return [(channel, entry.type, payload) for channel in (_session(entry), _stage(entry), _staff(entry))]


@publishes("stage.permissions")
def stage_permissions(entry: Entry) -> list[Message]:
    payload = _participant(entry)
    return [(channel, entry.type, payload) for channel in (_user(entry), _stage(entry), _staff(entry))]


@publishes("stage.left")
def stage_left(entry: Entry) -> list[Message]:
    """To the person too, with the staff's words, when it was not their own wish."""
    payload = {"user_id": entry.data["account_id"], "reason": entry.data["reason"]}
    messages: list[Message] = [
        (channel, entry.type, payload) for channel in (_session(entry), _stage(entry), _staff(entry))
    ]
    if entry.data["reason"] != "left":
        told = {**payload, "session_id": entry.session_id, "message": entry.data["message"]}
        messages.append((_user(entry), entry.type, told))
    return messages


def _hand(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return timed(
        {
            "id": data["request_id"],
            "session_id": entry.session_id,
            "user_id": data["account_id"],
            "username": data["name"],
            "status": data["status"],
            "message": data["message"],
            "position": data["position"],
            "raised_at": data["asked_at"],
            "resolved_at": data["resolved_at"],
            "resolved_by": data["resolved_by"],
        }
    )


def _join_request(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return timed(
        {
            "id": data["request_id"],
            "session_id": entry.session_id,
            "user_id": data["account_id"],
            "user": _user_response(data["user"]) if data["user"] else None,
            "status": data["status"],
            "reason": data["reason"],
            "created_at": data["asked_at"],
            "resolved_at": data["resolved_at"],
            "resolved_by": data["resolved_by"],
        }
    )


def _user_response(user: dict[str, Any]) -> dict[str, Any]:
    """`UserResponse` as everybody may know it."""
    return timed(
        {
            "id": user["id"],
            "external_user_id": None,
            "organization_id": user["organization_id"],
            "email": None,
            "username": user["username"],
            "display_name": user["display_name"],
            "avatar_url": None,
            "language": user["language"],
            "role": "admin" if user["role"] == "owner" else user["role"],
            "is_active": user["is_active"],
            "created_at": user["created_at"],
        }
    )


def _participant(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return timed(
        {
            "user_id": data["account_id"],
            "username": data["name"],
            "role": data["role"],
            "identity": data["identity"],
            "can_publish_audio": data["may_audio"],
            "can_publish_video": data["may_video"],
            "can_screen_share": data["may_screen"],
            "is_publishing": data["is_publishing"],
            "via": data["via"],
            "joined_at": data["joined_at"],
        }
    )


def _user(entry: Entry) -> str:
    return f"user:{entry.data['account_id']}"


def _session(entry: Entry) -> str:
    return f"session:{entry.session_id}"


def _stage(entry: Entry) -> str:
    return f"stage:{entry.session_id}"


def _staff(entry: Entry) -> str:
    return f"staff:{entry.session_id}"

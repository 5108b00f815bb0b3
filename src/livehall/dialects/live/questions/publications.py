"""What events of questions publish (`realtime.md` §3).

The audience is told no name of who asks anonymously; the staff, and who asked, are. Where something vanishes
for the audience, it is told the id alone.
"""

from typing import Any

from livehall.dialects.live.realtime.publishing import Message, Unsigned, publishes
from livehall.dialects.live.rooms.publications import timed
from livehall.kernel.journal import Entry


@publishes("question.asked", "question.published", "question.updated", "question.answered")
def question_told(entry: Entry) -> list[Message]:
    """The question; with the answer that was given now."""
    told: list[Message] = [(_staff(entry), entry.type, _payload(entry, knows_name=True))]
    if entry.data["is_public"]:
        is_anonymous = entry.data["question"]["is_anonymous"]
        payload = _payload(entry, knows_name=not is_anonymous)
        hides = is_anonymous and entry.type == "question.asked"  # by whom is who asks
        told.append((_session(entry), entry.type, Unsigned(payload) if hides else payload))
    return told


@publishes("question.dismissed")
def question_dismissed(entry: Entry) -> list[Message]:
    payload = _payload(entry, knows_name=True)
    told: list[Message] = [(_staff(entry), entry.type, payload)]
    if account_id := entry.data["question"]["account_id"]:
        told.append((f"user:{account_id}", entry.type, payload))
    if entry.data["is_public"]:
        told.append((_session(entry), entry.type, {"id": entry.data["question_id"]}))
    return told


@publishes("question.deleted")
def question_deleted(entry: Entry) -> list[Message]:
    payload = {"id": entry.data["question_id"]}
    told: list[Message] = [(_staff(entry), entry.type, payload)]
    if entry.data["is_public"]:
        told.append((_session(entry), entry.type, Unsigned(payload)))
    return told


def _payload(entry: Entry, *, knows_name: bool) -> dict[str, Any]:
    question = entry.data["question"]
    payload = timed(
        {
            "id": question["id"],
            "session_id": question["session_id"],
            "user_id": question["account_id"] if knows_name else None,
            "username": question["display_name"] if knows_name else None,
            "role": question["role"] if knows_name else None,
            "text": question["body"],
            "state": question["state"],
            "is_anonymous": question["is_anonymous"],
            "votes": question["vote_count"],
            "pinned_at": question["pinned_at"],
            "created_at": question["created_at"],
        }
    )
    if "answer" in entry.data:
        payload["answer"] = _answer(entry.data["answer"])
    return payload


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    return timed(
        {
            "id": answer["id"],
            "user_id": answer["account_id"],
            "username": answer["display_name"],
            "role": answer["role"],
            "text": answer["body"],
            "on_air_at": answer["on_air_at"],
            "created_at": answer["created_at"],
        }
    )


def _session(entry: Entry) -> str:
    return f"session:{entry.session_id}"


def _staff(entry: Entry) -> str:
    return f"staff:{entry.session_id}"

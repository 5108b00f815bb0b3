"""How this API tells what happened: the envelope and the payloads of its realtime channels (`realtime.md`).

A webhook says what the staff are told in realtime, whatever the room is; rooms that are in nobody's list are
told here as well, since whoever administers the organization may see them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from livehall.core.ports.webhooks import Message, Occasion
from livehall.dialects.live.realtime import payloads
from livehall.dialects.live.realtime.catalogue import EVENTS
from livehall.dialects.live.realtime.publishing import MAPPINGS, Envelope, encode, envelope
from livehall.dialects.live.registrations.publications import answer, registrant
from livehall.dialects.live.rooms.publications import shortened
from livehall.dialects.live.sessions.publications import renamed
from livehall.dialects.live.webhooks.samples import example
from livehall.kernel.clock import rfc3339
from livehall.kernel.journal import Entry
from livehall.kernel.work import Work

ORDER = ("staff", "library", "room", "session")  # whose words are taken, where several are told
TYPES: Mapping[str, str] = {
    "room.created": "A room was made.",
    "room.updated": "A room was changed.",
    "room.deleted": "A room was removed, and all its sessions.",
    "session.created": "A session was planned.",
    "session.updated": "Something of a session was changed; the payload has what is new.",
    "session.rescheduled": "A session was moved.",
    "session.started": "Backstage of a session is open.",
    "session.live": "A session went live.",
    "session.ended": "A session is over.",
    "session.cancelled": "A session will not take place.",
    "session.deleted": "A session was removed.",
    "attendance.joined": "Somebody came.",
    "attendance.left": "Somebody left.",
    "participant.registered": "Somebody registered.",
    "participant.rsvp": "Somebody who was asked says whether they come.",
    "participant.banned": "Somebody was banned.",
    "participant.unbanned": "A ban was lifted.",
    "stage.joined": "Somebody came on stage.",
    "stage.left": "Somebody left the stage.",
    "poll.opened": "A poll was opened.",
    "poll.closed": "A poll was closed.",
    "question.asked": "A question was asked.",
    "question.published": "A question was published.",
    "question.answered": "A question was answered.",
    "question.dismissed": "A question was dismissed.",
    "recording.state": "A recording began, is ready, or has failed.",
    "recording.updated": "Title, visibility or time of publication of a recording was changed.",
    "recording.deleted": "A recording was removed.",
    "replay.published": "A recording was released as the replay.",
}
STATES = ("session.started", "session.live", "session.ended", "session.cancelled")
SOURCES = frozenset(TYPES) - {"replay.published"}  # which is told of a recording's change


def _room(entry: Entry) -> dict[str, Any]:
    return shortened(entry.data["room"])


def _gone(entry: Entry) -> dict[str, Any]:
    return {"id": entry.room_id}


def _changed(entry: Entry) -> dict[str, Any]:
    return renamed(shortened(entry.data["changed"]))


OWN: Mapping[str, Callable[[Entry], dict[str, Any]]] = {  # also of what stands in nobody's list
    "room.created": _room,
    "room.updated": _room,
    "room.deleted": _gone,
    "session.updated": _changed,
    "participant.registered": registrant,
    "participant.rsvp": answer,
}


class LiveWriter:
    """`core.ports.webhooks.Writer` in the words of the Live API."""

    @property
    def types(self) -> Mapping[str, str]:
        return TYPES

    @property
    def sources(self) -> Collection[str]:
        return SOURCES

    async def write(self, work: Work, entry: Entry) -> Sequence[Message]:
        return [
            Message(
                type=kind,
                body=encode(envelope(entry, kind, data)),
                key=entry.id if kind == entry.type else f"{entry.id}_{kind.replace('.', '_')}",
            )
            for kind, data in _told(entry).items()
        ]

    def sample(self, type: str, occasion: Occasion) -> bytes:
        return encode(
            Envelope(
                v=1,
                type=type,
                id=occasion.id,
                at=rfc3339(occasion.at),
                data=example(payload_of(type)),
            )
        )


def payload_of(type: str) -> Any:
    """What is in an event of this type."""
    if type in STATES:
        return payloads.SessionState
    return next(EVENTS[kind][type] for kind in ORDER if type in EVENTS[kind])


def _told(entry: Entry) -> dict[str, Any]:
    """Payloads by type, each once."""
    if entry.type in OWN:
        return {entry.type: OWN[entry.type](entry)}
    ranked = sorted(
        (ORDER.index(where), at, kind, data)
        for at, (channel, kind, data) in enumerate(MAPPINGS[entry.type](entry))
        if (where := channel.partition(":")[0]) in ORDER
    )
    told: dict[str, Any] = {}
    for _, _, kind, data in ranked:
        name = entry.type if kind == "session.state" else kind
        if name in TYPES:
            told.setdefault(name, data)
    return told

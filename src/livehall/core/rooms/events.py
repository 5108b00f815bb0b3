"""Facts about rooms. They carry what a stranger may know, so that a publication needs nothing else."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from livehall.core.rooms.model import Entry, Room, RoomKind, Visibility
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class RoomFacts(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    host_id: Id
    library_id: Id
    title: str
    description: str | None
    analytics: dict[str, Any]
    active_session_id: Id | None  # while live
    visibility: Visibility
    default_preset_id: Id | None = None
    waiting_room: bool
    has_password: bool
    kind: RoomKind
    e2ee: bool
    entry: Entry | None
    max_direct_viewers: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, room: Room) -> "RoomFacts":
        return cls(
            id=room.id,
            host_id=room.host_id,
            library_id=room.library_id,
            title=room.title,
            description=room.description,
            analytics=room.analytics,
            active_session_id=room.active_session_id if room.is_live else None,
            visibility=room.visibility,
            default_preset_id=room.default_preset_id,
            waiting_room=room.waiting_room,
            has_password=room.has_password,
            kind=room.kind,
            e2ee=room.e2ee,
            entry=room.entry,
            max_direct_viewers=room.max_direct_viewers,
            created_at=room.created_at,
            updated_at=room.updated_at,
        )


class RoomCreated(Event, frozen=True, kw_only=True, tag="room.created"):
    subject: ClassVar[str] = "room"
    noted: ClassVar[bool] = True
    room_id: Id
    room: RoomFacts


class RoomUpdated(Event, frozen=True, kw_only=True, tag="room.updated"):
    """`left_shelf_id`: the library whose hosts do not find it there any more, moved or hidden."""

    subject: ClassVar[str] = "room"
    noted: ClassVar[bool] = True
    room_id: Id
    room: RoomFacts
    left_shelf_id: Id | None = None


class RoomDeleted(Event, frozen=True, kw_only=True, tag="room.deleted"):
    subject: ClassVar[str] = "room"
    audit: ClassVar[bool] = True
    room_id: Id
    library_id: Id
    left_shelf_id: Id | None = None  # as in `RoomUpdated`


class LibraryCreated(Event, frozen=True, kw_only=True, tag="library.created"):
    subject: ClassVar[str] = "library"
    audit: ClassVar[bool] = True
    library_id: Id
    name: str


class LibraryUpdated(Event, frozen=True, kw_only=True, tag="library.updated"):
    subject: ClassVar[str] = "library"
    audit: ClassVar[bool] = True
    library_id: Id
    name: str


class LibraryDeleted(Event, frozen=True, kw_only=True, tag="library.deleted"):
    subject: ClassVar[str] = "library"
    audit: ClassVar[bool] = True
    library_id: Id
    moved_to: Id | None  # where its rooms went

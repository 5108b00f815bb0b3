"""What rooms look like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.rooms import ops
from livehall.core.rooms.fields import (
    MAX_DIRECT_VIEWERS,
    RoomDescription,
    RoomPassword,
    RoomTitle,
    WaitingRoom,
)
from livehall.core.rooms.model import Entry, RoomKind, Visibility
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import UserResponse, Uuid

Search = Annotated[str, Meta(max_length=200, description="Words in title or description.")]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000, description="Page, from 1.")]
PageSize = Annotated[int, Meta(ge=1, le=100, description="Items per page.")]
Sort = Annotated[
    Literal["created_at", "-created_at", "title", "-title"], Meta(description="Order; default `-created_at`.")
]


Kind = Annotated[
    RoomKind,
    Meta(description="Whether the stage publishes (`broadcast`) or everybody who is let in (`meeting`)."),
]
EndToEnd = Annotated[
    bool, Meta(description="Encrypted between the clients; nothing of it is recorded or packaged.")
]


WhoEnters = Annotated[
    Entry,
    Meta(description="Who may enter, where fewer than may see the room; null: whoever sees it."),
]


DirectViewers = Annotated[
    int,
    Meta(
        ge=0,
        le=100_000,
        description="Viewers who get the picture by WebRTC, at most; further ones get it by HLS, some seconds"
        " later. Staff and people on stage do not count.",
    ),
]


class PageQuery(msgspec.Struct, kw_only=True):
    """What page-numbered lists without filters take."""

    page: PageNumber = 1
    limit: PageSize = 20

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


class Pagination(msgspec.Struct, kw_only=True):
    """Page bookkeeping shared by all page-numbered lists."""

    page: int
    limit: int
    total: int
    total_pages: int

    @classmethod
    def of(cls, page: int, limit: int, total: int) -> Self:
        return cls(page=page, limit=limit, total=total, total_pages=-(-total // limit))


class GoogleTagManager(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    container_id: Annotated[str, Meta(pattern="^GTM-[A-Z0-9]{4,12}$")]
    enabled: bool


class RoomAnalytics(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Third-party measurement on the public pages of the room. Loaded only after the visitor's consent."""

    google_tag_manager: GoogleTagManager | UnsetType = UNSET


class CreateRoomRequest(Request, kw_only=True):
    title: RoomTitle
    description: RoomDescription | None = None
    analytics: RoomAnalytics = RoomAnalytics()
    library_id: Uuid | UnsetType = UNSET
    default_preset_id: Uuid | None = None
    visibility: Visibility = "public"
    waiting_room: WaitingRoom = False
    password: RoomPassword | None = None
    kind: Kind = "broadcast"
    e2ee: EndToEnd = False
    entry: WhoEnters | None = None
    host_id: Annotated[Uuid, Meta(description="Of a member; only administrators name another.")] | None = None
    max_direct_viewers: DirectViewers = MAX_DIRECT_VIEWERS

    def command(self) -> ops.CreateRoom:
        return ops.CreateRoom(
            kind=self.kind,
            e2ee=self.e2ee,
            entry=self.entry,
            host_id=self.host_id and self.host_id.lower(),
            max_direct_viewers=self.max_direct_viewers,
            title=self.title,
            description=self.description,
            visibility=self.visibility,
            password=self.password,
            waiting_room=self.waiting_room,
            analytics=msgspec.to_builtins(self.analytics),
            library_id=None if self.library_id is UNSET else self.library_id.lower(),
            default_preset_id=self.default_preset_id and self.default_preset_id.lower(),
        )


class UpdateRoomRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears."""

    title: RoomTitle | UnsetType = UNSET
    description: RoomDescription | UnsetType | None = UNSET
    analytics: RoomAnalytics | UnsetType = UNSET
    library_id: Uuid | UnsetType = UNSET
    default_preset_id: Uuid | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    waiting_room: WaitingRoom | UnsetType = UNSET
    password: RoomPassword | UnsetType | None = UNSET
    entry: WhoEnters | UnsetType | None = UNSET
    max_direct_viewers: DirectViewers | UnsetType = UNSET

    def command(self) -> ops.UpdateRoom:
        return ops.UpdateRoom(
            title=self.title,
            description=self.description,
            visibility=self.visibility,
            password=self.password,
            waiting_room=self.waiting_room,
            analytics=UNSET if self.analytics is UNSET else msgspec.to_builtins(self.analytics),
            library_id=UNSET if self.library_id is UNSET else self.library_id.lower(),
            default_preset_id=self.default_preset_id and self.default_preset_id.lower(),
            entry=self.entry,
            max_direct_viewers=self.max_direct_viewers,
        )


class ListMineQuery(msgspec.Struct, kw_only=True):
    search: Search = ""
    sort: Sort = "-created_at"
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> ops.Query:
        return ops.Query(
            mine=True,
            search=self.search,
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class ListRoomsQuery(msgspec.Struct, kw_only=True):
    search: Search = ""
    sort: Sort = "-created_at"
    library_id: Annotated[Uuid, Meta(description="Only this library.")] | None = None
    live: Annotated[bool, Meta(description="Only rooms with a live session.")] | None = None
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> ops.Query:
        return ops.Query(
            search=self.search,
            sort=self.sort,
            library_id=self.library_id.lower() if self.library_id else None,
            live=self.live or None,  # `false` asks for no filter: all rooms
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class RoomResponse(msgspec.Struct, kw_only=True):
    """A lasting place with one owner in which sessions are held one after another."""

    id: Uuid
    host_id: Uuid
    host: UserResponse | UnsetType = UNSET
    library_id: Uuid
    title: str
    description: str | None
    analytics: RoomAnalytics
    active_session_id: Uuid | None
    default_preset_id: Uuid | None = None
    visibility: Visibility
    waiting_room: bool
    has_password: bool
    kind: Kind
    e2ee: EndToEnd
    entry: WhoEnters | None = None
    max_direct_viewers: DirectViewers
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: ops.Shown) -> Self:
        room = shown.room
        return cls(
            id=room.id,
            host_id=room.host_id,
            host=UserResponse.of(shown.host) if shown.host else UNSET,
            library_id=room.library_id,
            title=room.title,
            description=room.description,
            analytics=msgspec.convert(room.analytics, RoomAnalytics),
            active_session_id=shown.active_session_id,
            default_preset_id=room.default_preset_id,
            visibility=room.visibility,
            waiting_room=room.waiting_room,
            has_password=room.has_password,
            kind=room.kind,
            e2ee=room.e2ee,
            entry=room.entry,
            max_direct_viewers=room.max_direct_viewers,
            created_at=moment(room.created_at),
            updated_at=moment(room.updated_at),
        )


class RoomListResponse(msgspec.Struct, kw_only=True):
    rooms: list[RoomResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: ops.Page, page: int, limit: int) -> Self:
        return cls(
            rooms=[RoomResponse.of(each) for each in found.rooms],
            pagination=Pagination.of(page, limit, found.total),
        )

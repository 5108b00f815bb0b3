"""What exports look like on the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.exports import ops
from livehall.core.exports.fields import Format, Kind, Reason, State
from livehall.core.exports.model import Export
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageQuery, Pagination


class CreateExportRequest(Request, kw_only=True):
    """Of one session; of a whole room for registrations; of the organization, without either, for `audit`."""

    kind: Annotated[Kind, Meta(description="What is in the file.")]
    format: Annotated[Format, Meta(description="Default `csv`.")] = "csv"
    session_id: Uuid | None = None
    room_id: Annotated[Uuid | None, Meta(description="For registrations alone.")] = None

    def command(self) -> ops.Want:
        return ops.Want(kind=self.kind, format=self.format, session_id=self.session_id, room_id=self.room_id)


class ExportResponse(msgspec.Struct, kw_only=True):
    """A file that is being made, lies ready, or could not be made."""

    id: Uuid
    kind: Kind
    format: Format
    room_id: Annotated[Uuid | None, Meta(description="Null: of the organization.")]
    session_id: Annotated[Uuid | None, Meta(description="Null: all of the room, or of the organization.")]
    state: State
    reason: Annotated[
        Reason | None,
        Meta(
            description="Of a failure: the source is gone, its maker may not read it any more, the file "
            "store did not answer for long, or it failed again and again."
        ),
    ]
    size: Annotated[Annotated[int, Meta(ge=0)] | None, Meta(description="Bytes, when it is ready.")]
    created_at: Moment
    ended_at: Annotated[Moment | None, Meta(description="When it was ready, or given up.")]
    expires_at: Annotated[Moment, Meta(description="When the file and this export are removed.")]

    @classmethod
    def of(cls, row: Export) -> Self:
        return cls(
            id=row.id,
            kind=row.kind,
            format=row.format,
            room_id=row.room_id,
            session_id=row.session_id,
            state=row.state,
            reason=row.reason,
            size=row.size,
            created_at=moment(row.created_at),
            ended_at=moment(row.ended_at),
            expires_at=moment(row.expires_at),
        )


class ExportListResponse(msgspec.Struct, kw_only=True):
    exports: list[ExportResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: ops.Page, query: PageQuery) -> Self:
        return cls(
            exports=[ExportResponse.of(each) for each in found.exports],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )

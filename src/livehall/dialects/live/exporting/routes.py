"""Operations of exports that are made in the background."""

import msgspec
from starlette.responses import Response

from livehall.core.exports import ops
from livehall.core.exports.faults import ExportFailed, ExportNotFound, ExportNotReady, TooManyExports
from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions.faults import SessionNotFound
from livehall.dialects.kit import Call, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.chat.addresses import FRESH
from livehall.dialects.live.exporting import wire
from livehall.dialects.live.recordings.files import deliver
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.dialects.live.tables import MEDIA_TYPES
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

TAG = "Exports"


class File(msgspec.Struct, frozen=True):
    name: str
    content_type: str
    storage_key: str


@api.route(
    "POST", "/exports", operation="createExport", tag=TAG, access="host", status=202, repeatable=True,
    raises=[SessionNotFound, RoomNotFound, Forbidden, TooManyExports],
)  # fmt: skip
async def create_export(work: Work, body: wire.CreateExportRequest) -> wire.ExportResponse:
    """Have a file made of what a session, room or organization holds, in the background.

    For whoever runs the session; registrations for the room's host and administrators, as in their lists;
    `audit`, the audit log, for administrators of the whole organization. Addresses are for the host and
    administrators only. Its maker is told by `job.state`. The file can be fetched when the state is `ready`,
    until `expires_at`, by who asked for it alone. At most ten of one maker are made at a time, and a maker
    has at most a hundred. The export is written to the audit log.
    """
    return wire.ExportResponse.of(await ops.want(work, body.command()))


@api.route("GET", "/exports", operation="listExports", tag=TAG, access="host", raises=[Forbidden])
async def list_exports(work: Read, query: PageQuery) -> wire.ExportListResponse:
    """List one's own exports, the newest first."""
    found = await ops.page(work, query.limit, query.offset)
    return wire.ExportListResponse.of(found, query)


@api.route(
    "GET", "/exports/{id}", operation="getExport", tag=TAG, access="host", raises=[ExportNotFound, Forbidden]
)
async def get_export(work: Read, id: Id) -> wire.ExportResponse:
    """How far one of one's own exports is."""
    return wire.ExportResponse.of(await ops.get(work, id))


@api.route(
    "GET", "/exports/{id}/file", operation="getExportFile", tag=TAG, access="host", ranged=True,
    raises=[
        ExportNotFound, SessionNotFound, RoomNotFound, Forbidden, ExportNotReady, ExportFailed,
        StorageUnavailable,
    ],
    media="application/octet-stream",
    extra_answers={
        206: "Part of the file.", 302: "Go to the object storage.", 304: "Not changed.",
        416: "Range outside the file.",
    },
)  # fmt: skip
async def get_export_file(call: Call, desk: Desk, actor: Actor, storage: Storage, id: Id) -> Response:
    """Fetch the file, for who may still read what it was made of.

    Range requests are honoured.
    """
    async with desk.read(actor) as read:
        row = await ops.to_fetch(read, id)
    file = File(row.name, MEDIA_TYPES[row.format], row.storage_key)
    answer = await deliver(storage, file, call.headers, "attachment", desk.clock() + FRESH)
    if answer is None:
        raise ExportNotFound
    return answer

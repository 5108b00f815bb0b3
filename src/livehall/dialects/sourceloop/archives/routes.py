"""Operations of archives, and of where they go."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import msgspec
from starlette.responses import StreamingResponse

from livehall.core.ports.sealing import Sealing
from livehall.core.ports.storage import TargetKind, TargetRefused, TargetStores
from livehall.core.recordings import archives, ops, targets
from livehall.core.recordings.archives import Archive
from livehall.core.recordings.faults import NoCredentials, RecordingNotFound, StillRunning
from livehall.core.recordings.links import Links
from livehall.dialects.kit import Addresses, Answer, Call, Read
from livehall.dialects.kit.addresses import file_address
from livehall.dialects.kit.body import JSON
from livehall.dialects.sourceloop.api import sourceloop
from livehall.dialects.sourceloop.archives import wire
from livehall.dialects.sourceloop.errors import ArchiveGone, BadRequest, bad_requests
from livehall.dialects.sourceloop.texts import TEXT, done
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Desk, Work

TAG = "archive"
KINDS: dict[str, tuple[str, TargetKind]] = {"AWSS3": ("bucket", "s3"), "AZURE": ("accountName", "azure")}
ArchiveId = Annotated[str, "the id of a recording; anything else is unknown"]
Json = dict[str, Any]
Batch = tuple[list[wire.ArchiveBody], Id]
"""Archives, and the id of the last of them."""


@sourceloop.route(
    "GET", "/archives", operation="listArchives", tag=TAG, access="host", scope="GetMeetingArchives",
    extra_answers={400: "Of a provider that cannot list; this one can."}, answer=wire.ArchiveList,
)  # fmt: skip
async def list_archives(
    call: Call, desk: Desk, actor: Actor, links: Links, addresses: Addresses
) -> Answer | StreamingResponse:
    """List recordings.

    Of the meetings that the caller's secret reaches, the newest first. A long list is streamed.
    """
    origin = addresses.origin(call.origin)

    async def batch(before: Id = archives.NEWEST) -> Batch:
        async with desk.read(actor) as read:
            found = await archives.archives(read, before, archives.BATCH)
            items = [wire.ArchiveBody.of(each, _url(each, read, links, origin)) for each in found]
        return items, found[-1].id if found else before

    first = await batch()
    if len(first[0]) < archives.BATCH:
        return Answer(wire.ArchiveList(count=len(first[0]), items=first[0]))
    return StreamingResponse(_streamed(first, batch), media_type=JSON)


@sourceloop.route(
    "GET", "/archives/{archiveId}", operation="getArchive", tag=TAG, access="host",
    scope="GetMeetingArchives", raises=[RecordingNotFound, ArchiveGone],
)  # fmt: skip
async def get_archive(
    call: Call,
    work: Read,
    links: Links,
    addresses: Addresses,
    archiveId: ArchiveId,
) -> wire.ArchiveBody:
    """Fetch one recording."""
    found = await _known(work, archiveId)
    return wire.ArchiveBody.of(found, _url(found, work, links, addresses.origin(call.origin)))


@sourceloop.route(
    "DELETE", "/archives/{archiveId}", operation="deleteArchive", tag=TAG, access="host",
    scope="DeleteMeetingArchive", status=204, raises=[RecordingNotFound, ArchiveGone, StillRunning],
    statuses={StillRunning: 417}, media=TEXT,
    extra_answers={200: "Deleted, for callers that ask for text."},
)  # fmt: skip
async def delete_archive(call: Call, work: Work, archiveId: ArchiveId) -> Answer:
    """Delete one recording.

    Refused while it is being made.
    """
    found = await _known(work, archiveId)
    await ops.delete(work, found.id)
    return done(call, "Deleted.")


@sourceloop.route(
    "PUT", "/archives/storage-target", operation="setStorageTarget", tag=TAG, access="host",
    scope="SetMeetingUploadTarget", status=204, takes=wire.StorageTarget, media=TEXT,
    raises=[BadRequest, NoCredentials, TargetRefused],
    statuses={NoCredentials: 500, TargetRefused: 500},
    extra_answers={200: "Set, for callers that ask for text."},
)  # fmt: skip
async def set_storage_target(
    call: Call, desk: Desk, sealing: Sealing, stores: TargetStores, actor: Actor, body: Json | None
) -> Answer:
    """Choose where recordings are uploaded.

    With the keys that an administrator of the hall has given for this kind of store; it is tried before it is
    taken.
    """
    given = body or {}
    name = given.get("name")
    if not isinstance(name, str) or name not in KINDS:
        raise BadRequest("unknown storage kind")
    member, kind = KINDS[name]
    assert actor.organization_id is not None, "a token is of an organization"
    async with desk.read(actor) as read:
        if not await targets.knows_keys(read, actor.organization_id, kind):
            raise NoCredentials
    if wire.text(given, member) is None:
        raise BadRequest(f"{member} missing")
    try:
        with bad_requests():
            await targets.put(desk, sealing, stores, actor, actor.organization_id, wire.target_of(given))
    except BadRequest as fault:
        if isinstance(fault.__cause__, TargetRefused):
            raise fault.__cause__ from fault
        raise
    return done(call, "Set.")


async def _streamed(first: Batch, batch: Callable[[Id], Awaitable[Batch]]) -> AsyncIterator[bytes]:
    """The list in pieces, each read when it is sent; how many there were stands at the end."""
    items, last = first
    yield b'{"items":[' + _joined(items)
    count = len(items)
    while len(items) == archives.BATCH:
        items, last = await batch(last)
        if items:
            yield b"," + _joined(items)
        count += len(items)
    yield b'],"count":%d}' % count


def _joined(found: list[wire.ArchiveBody]) -> bytes:
    return msgspec.json.encode(found)[1:-1]


async def _known(work: Work, archive_id: str) -> Archive:
    """Raises: RecordingNotFound; ArchiveGone, for one that a meeting still names (L41)."""
    recording_id: Id | None = parse_id(archive_id)
    if recording_id is None:
        raise RecordingNotFound
    found = await archives.archive(work, recording_id)
    if found.is_gone:
        raise ArchiveGone
    return found


def _url(archive: Archive, work: Work, links: Links, origin: str) -> str | None:
    if archive.status != "ready":
        return None
    token = ops.file_token(work, links, archive.id, work.now + ops.DOWNLOAD_LIFETIME)
    return file_address(origin, archive.id, token)

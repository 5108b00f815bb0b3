"""Operations of recordings, and HLS."""

from starlette.responses import Response

from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.films import FilmsUnavailable
from livehall.core.ports.media import MediaUnavailable
from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.core.recordings import listing, ops, publishing, replays
from livehall.core.recordings.bringing import Films
from livehall.core.recordings.faults import (
    AlreadyPublic,
    AlreadyRecording,
    FilmTooLarge,
    FilmTooSlow,
    LinkExpired,
    LinkInvalid,
    NoRoomForFilm,
    NotFinished,
    NothingToPublish,
    NotReady,
    RecordingNotFound,
    StillRunning,
    TooManyFilms,
)
from livehall.core.recordings.links import Links
from livehall.core.recordings.steps import Recorder
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Answer, Call, IfMatch, Read
from livehall.dialects.kit.addresses import file_address
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.attendance.wire import BEAT_S
from livehall.dialects.live.recordings import files, wire
from livehall.dialects.live.recordings.addresses import hls_for_staff, replay_page
from livehall.dialects.live.rooms.wire import PageQuery, Pagination
from livehall.kernel.actor import ANONYMOUS, Actor
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

TAG = "Recordings"
NO_STORE = {"Cache-Control": "no-store"}


@api.route("GET", "/recordings", operation="listMyRecordings", tag=TAG, access="host", raises=[Forbidden])
async def list_my_recordings(
    call: Call, work: Read, links: Links, addresses: Addresses, query: wire.RecordingsQuery
) -> wire.RecordingListResponse:
    """Recordings of the caller's rooms; for administrators, of the organization."""
    found = await ops.page(work, query.query())
    shown = [_of(each, work, links, addresses, call) for each in found.recordings]
    return wire.RecordingListResponse(
        recordings=shown, pagination=Pagination.of(query.page, query.limit, found.total)
    )


@api.route(
    "POST", "/recordings", operation="uploadRecording", tag=TAG, access="host", status=201,
    raises=[SessionNotFound, Banned, Forbidden, InvalidState, QuotaExceeded, FilmTooLarge, NoRoomForFilm,
            FilmTooSlow, TooManyFilms, FilmsUnavailable],
    takes=bytes, takes_media="application/octet-stream", answer=wire.RecordingResponse,
)  # fmt: skip
async def upload_recording(
    call: Call, actor: Actor, films: Films, query: wire.UploadRecordingQuery
) -> wire.RecordingResponse:
    """Hand in a finished film as a recording of a session.

    The body is the film: an MP4 with H.264, AV1 or VP9, and AAC, MP3, Opus or FLAC, of at most 24 hours and
    of a size that the operator sets (10 GB, if they do not). It is looked at before the answer. It is
    `processing` until it lies in the storage, then `ready`. For the room's host and administrators.
    """
    declared = call.headers.get("content-length", "")
    size = int(declared) if declared.isascii() and declared.isdigit() else None
    return wire.RecordingResponse.of(
        await films.bring(actor, query.command(), size, call.http.stream()), None
    )


@api.route(
    "GET", "/sessions/{id}/recordings", operation="listSessionRecordings", tag=TAG, access="viewer",
    raises=[SessionNotFound, Banned],
)  # fmt: skip
async def list_session_recordings(
    call: Call, work: Read, links: Links, addresses: Addresses, id: Id, query: PageQuery
) -> wire.RecordingListResponse:
    """Recordings of one session.

    Others than its staff see those that they may watch.
    """
    found = await ops.of_session(work, id, offset=query.offset, limit=query.limit)
    shown = [_of(each, work, links, addresses, call) for each in found.recordings]
    return wire.RecordingListResponse(
        recordings=shown, pagination=Pagination.of(query.page, query.limit, found.total)
    )


@api.route(
    "GET", "/sessions/{id}/recordings/active", operation="getActiveRecording", tag=TAG, access="moderator",
    raises=[SessionNotFound, Forbidden], answer=wire.RecordingResponse | None,
)  # fmt: skip
async def get_active_recording(call: Call, work: Read, links: Links, addresses: Addresses, id: Id) -> Answer:
    """The recording in progress.

    `data` is null when none is running.
    """
    found = await ops.active(work, id)
    return Answer(_of(found, work, links, addresses, call) if found else None)


@api.route(
    "POST", "/sessions/{id}/recordings/start", operation="startRecording", tag=TAG, access="co-host",
    status=201, repeatable=True,
    raises=[
        QuotaExceeded, SessionNotFound, Forbidden, FeatureDisabled, InvalidState, AlreadyRecording,
        MediaUnavailable,
    ],
)  # fmt: skip
async def start_recording(actor: Actor, recorder: Recorder, id: Id) -> wire.RecordingResponse:
    """Begin recording.

    In `backstage` or `live`. Everybody present sees the recording sign.
    """
    return wire.RecordingResponse.of(await recorder.start(actor, id), None)


@api.route(
    "POST", "/sessions/{id}/recordings/stop", operation="stopRecording", tag=TAG, access="co-host",
    raises=[SessionNotFound, RecordingNotFound, Forbidden, FeatureDisabled, MediaUnavailable],
)  # fmt: skip
async def stop_recording(
    call: Call, actor: Actor, desk: Desk, recorder: Recorder, links: Links, addresses: Addresses, id: Id
) -> wire.RecordingResponse:
    """Stop recording.

    Answers with the recording in `processing`, or the last one when none is running.
    """
    shown = await recorder.stop(actor, id)
    async with desk.read(actor) as read:
        return _of(shown, read, links, addresses, call)


@api.route(
    "GET", "/recordings/{id}", operation="getRecording", tag=TAG, access="viewer",
    raises=[RecordingNotFound, Banned], answer=wire.RecordingResponse,
)  # fmt: skip
async def get_recording(call: Call, work: Read, links: Links, addresses: Addresses, id: Id) -> Answer:
    """Show one recording.

    Viewers reach `public` and `members` ones; private ones only staff of the session.
    """
    shown = await ops.get(work, id)
    return Answer(_of(shown, work, links, addresses, call), revision=shown.recording.revision)


@api.route(
    "PATCH", "/recordings/{id}", operation="updateRecording", tag=TAG, access="host",
    raises=[RecordingNotFound, Forbidden, Conflict], answer=wire.RecordingResponse,
)  # fmt: skip
async def update_recording(
    call: Call, work: Work, links: Links, addresses: Addresses, id: Id, body: wire.UpdateRecordingRequest,
    revision: IfMatch,
) -> Answer:  # fmt: skip
    """Name a recording, or say who may see it.

    `publish_at: null` ends a time to come and leaves alone who may watch it now.
    """
    shown = await ops.update(work, id, body.command(revision))
    return Answer(_of(shown, work, links, addresses, call), revision=shown.recording.revision)


@api.route(
    "DELETE", "/recordings/{id}", operation="deleteRecording", tag=TAG, access="host", status=204,
    raises=[RecordingNotFound, Forbidden, StillRunning],
)  # fmt: skip
async def delete_recording(work: Work, id: Id) -> None:
    """Remove a recording.

    Soft; the file goes with the next cleanup after the grace period. Refused while recording.
    """
    await ops.delete(work, id)


@api.route(
    "POST", "/recordings/{id}/publish", operation="publishRecording", tag=TAG, access="host",
    raises=[RecordingNotFound, Banned, Forbidden, Conflict, NotFinished, NothingToPublish, AlreadyPublic],
    answer=wire.RecordingResponse,
)  # fmt: skip
async def publish_recording(
    call: Call, work: Work, links: Links, addresses: Addresses, id: Id,
    body: wire.PublishRecordingRequest | None, revision: IfMatch,
) -> Answer:  # fmt: skip
    """Make a recording the replay of its session, now or later.

    Without a body: now, and only one that is `ready`. A `publish_at` is kept, also for one that is not ready
    yet: if it is not by then, it is published as soon as it is. Another takes its place; publishing now,
    withdrawing, deleting and a failure end it.
    """
    shown = await publishing.publish(work, id, body.publish_at if body else None, revision)
    return Answer(_of(shown, work, links, addresses, call), revision=shown.recording.revision)


@api.route(
    "POST", "/recordings/{id}/unpublish", operation="unpublishRecording", tag=TAG, access="host",
    raises=[RecordingNotFound, Banned, Forbidden, Conflict], answer=wire.RecordingResponse,
)  # fmt: skip
async def unpublish_recording(
    call: Call, work: Work, links: Links, addresses: Addresses, id: Id, revision: IfMatch
) -> Answer:
    """Withdraw a recording.

    It is `private` again at once, and a `publish_at` is forgotten.
    """
    shown = await publishing.withdraw(work, id, revision)
    return Answer(_of(shown, work, links, addresses, call), revision=shown.recording.revision)


@api.route("GET", "/replays", operation="listReplays", tag=TAG, access="public")
async def list_replays(
    call: Call, work: Read, links: Links, addresses: Addresses, query: wire.ReplaysQuery
) -> wire.ReplayListResponse:
    """Browse the replays that the caller may watch, of the rooms anybody may find.

    Public recordings of rooms with visibility `public`; a signed-in caller also gets the recordings and the
    rooms for `members` of their organization. A password or registration of the room is not asked for: they
    stand before its sessions.
    """
    found = await listing.page(work, query.query())
    origin, until = addresses.origin(call.origin), work.now + ops.PLAYBACK_LIFETIME
    return wire.ReplayListResponse(
        replays=[
            wire.ReplayResponse.of(
                each,
                replay_page(origin, each.room.id, each.shown.recording.id),
                file_address(
                    origin,
                    each.shown.recording.id,
                    ops.thumbnail_token(work, links, each.shown.recording.id, until),
                ),
            )
            for each in found.replays
        ],
        pagination=Pagination.of(query.page, query.limit, found.total),
    )


@api.route(
    "GET", "/recordings/{id}/download", operation="getRecordingDownload", tag=TAG, access="viewer",
    machines=True,
    raises=[RecordingNotFound, Forbidden, NotReady],
)  # fmt: skip
async def get_recording_download(
    call: Call, work: Read, links: Links, addresses: Addresses, id: Id
) -> wire.RecordingDownloadResponse:
    """Make an expiring download address.

    For the host and administrators; for viewers when the recording is public.
    """
    download = await ops.download(work, links, id)
    url = file_address(addresses.origin(call.origin), id, download.token, attachment=True)
    return wire.RecordingDownloadResponse.of(download, url)


@api.route(
    "GET", "/recordings/{id}/playback", operation="getRecordingPlayback", tag=TAG, access="viewer",
    raises=[RecordingNotFound, Banned, NotReady], answer=wire.PlaybackResponse,
)  # fmt: skip
async def get_recording_playback(
    call: Call, work: Work, links: Links, addresses: Addresses, id: Id
) -> Answer:
    """Address of the file, and an attendance id for the beat.

    Nothing is counted before the first beat. The same attendance while it is open.
    """
    playback = await replays.playback(work, links, id)
    url = file_address(addresses.origin(call.origin), id, playback.token)
    return Answer(wire.PlaybackResponse.of(playback, url, BEAT_S), headers=NO_STORE)


@api.route(
    "GET", "/recordings/{id}/file", operation="serveRecordingFile", tag=TAG, access="none", ranged=True,
    raises=[LinkInvalid, LinkExpired, RecordingNotFound, Banned, StorageUnavailable], media="video/mp4",
    extra_answers={
        206: "Part of the file.", 302: "Go to the object storage.", 304: "Not changed.",
        416: "Range outside the file.",
    },
)  # fmt: skip
async def serve_recording_file(
    call: Call, desk: Desk, links: Links, storage: Storage, id: Id, query: wire.FileQuery
) -> Response:
    """Deliver the file.

    The token names recording, purpose and expiry and is signed. Range requests are honoured. A deployment
    with object storage answers with a redirect to it, signed for a quarter of an hour.
    """
    async with desk.read(ANONYMOUS) as read:
        asset = await ops.file(read, links, id, query.token)
    until = desk.clock() + ops.ELSEWHERE
    answer = await files.deliver(storage, asset, call.headers, query.disposition, until)
    if answer is None:
        raise LinkExpired
    return answer


@api.route(
    "POST", "/sessions/{id}/hls", operation="ensureHls", tag="Sessions", access="co-host",
    raises=[SessionNotFound, Forbidden, FeatureDisabled, InvalidState, MediaUnavailable],
)  # fmt: skip
async def ensure_hls(
    call: Call, actor: Actor, desk: Desk, recorder: Recorder, links: Links, addresses: Addresses, id: Id
) -> wire.HlsStatusResponse:
    """Make sure the HLS output exists.

    Starts it when none is starting or active, else reports the present one; safe to repeat.
    """
    found = await recorder.ensure_hls(actor, id)
    url = hls_for_staff(addresses.origin(call.origin), links, id, actor.account_id, desk.clock())
    return wire.HlsStatusResponse.of(found, url if found.session.hls_url else None)


def _of(
    shown: ops.Shown, work: Work, links: Links, addresses: Addresses, call: Call
) -> wire.RecordingResponse:
    """With addresses of its file and its picture, for a few hours."""
    origin, until = addresses.origin(call.origin), work.now + ops.PLAYBACK_LIFETIME
    urls = (
        file_address(origin, shown.recording.id, sign(work, links, shown.recording.id, until))
        for sign in (ops.file_token, ops.thumbnail_token)
    )
    return wire.RecordingResponse.of(shown, *urls)

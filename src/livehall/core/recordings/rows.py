"""Making rows of recordings and outputs, and telling of them."""

from collections.abc import Mapping

from livehall.core.ports.films import Film
from livehall.core.recordings import rules, store, targets
from livehall.core.recordings.events import (
    OutputChanged,
    OutputWanted,
    RecordingChanged,
    RecordingUpdated,
)
from livehall.core.recordings.model import (
    RUNNING,
    Asset,
    Egress,
    EgressKind,
    Recording,
    RecordingStatus,
)
from livehall.core.recordings.states import recording_may
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


async def add_recording(work: Work, session: Session) -> Recording:
    """Raises: Duplicate, when one of the session is running (I4); the unit goes on."""
    row = Recording(
        id=new_id(),
        organization_id=session.organization_id,
        session_id=session.id,
        room_id=session.room_id,
        title=await title_in(work, session),
        description=None,
        status="starting",
        visibility="public" if session.publish_recordings else "private",
        started_at=None,
        ended_at=None,
        duration_ms=0,
        error_code=None,
        attempts=0,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
    )
    await store.add_recording(work, row)
    return row


async def add_film(
    work: Work, session: Session, recording_id: Id, film: Film, title: str | None, description: str | None
) -> Recording:
    """A film that was handed in: it is there, and is not in the storage yet."""
    row = Recording(
        id=recording_id,
        organization_id=session.organization_id,
        session_id=session.id,
        room_id=session.room_id,
        title=title or await title_in(work, session),
        description=description,
        status="processing",
        visibility="public" if session.publish_recordings else "private",
        started_at=None,
        ended_at=None,
        duration_ms=film.duration_ms,
        error_code=None,
        attempts=0,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
        source="upload",
        width=film.width,
        height=film.height,
    )
    await store.add_recording(work, row)
    return row


async def title_in(work: Work, session: Session) -> str:
    """That of the session, with a number from the second recording on."""
    earlier = await store.count(work, session.id)
    return session.title if not earlier else f"{session.title} ({earlier + 1})"


async def add_egress(
    work: Work,
    session: Session,
    kind: EgressKind,
    recording_id: Id | None = None,
    attempt: int = 1,
    *,
    target_id: Id | None = None,
) -> Egress:
    """The intent of an output.

    Raises: Duplicate, when HLS, or a stream to this target, is there (I4). Emits: OutputWanted.
    """
    egress_id = new_id()
    paths = {"file": f"{session.id}/{egress_id}.mp4", "hls": f"hls/{session.id}/{egress_id}/index.m3u8"}
    row = Egress(
        id=egress_id,
        organization_id=session.organization_id,
        session_id=session.id,
        kind=kind,
        media_id=None,
        recording_id=recording_id,
        status="starting",
        path=paths.get(kind, ""),
        attempt=attempt,
        error="",
        started_at=None,
        ended_at=None,
        created_at=work.now,
        streaming_target_id=target_id,
    )
    await store.add_egress(work, row)
    work.emit(
        OutputWanted(
            organization_id=session.organization_id,
            egress_id=row.id,
            session_id=session.id,
            room_id=session.room_id,
        )
    )
    return row


def tell_output(work: Work, row: Egress, room_id: Id) -> None:
    """Say how an output that is no recording does now. Emits: OutputChanged."""
    work.emit(
        OutputChanged(
            organization_id=row.organization_id,
            egress_id=row.id,
            session_id=row.session_id,
            room_id=room_id,
            kind=row.kind,
            target_id=row.streaming_target_id,
            status=row.status,
            error=row.error,
        )
    )


def tell_updated(work: Work, row: Recording, *, is_published: bool) -> None:
    """Say what a recording is called and who may see it. Emits: RecordingUpdated."""
    work.emit(
        RecordingUpdated(
            organization_id=row.organization_id,
            recording_id=row.id,
            session_id=row.session_id,
            room_id=row.room_id,
            title=row.title,
            visibility=row.visibility,
            publish_at=row.publish_at,
            published_at=row.published_at,
            is_published=is_published and row.status == "ready",
            duration_s=row.duration_s,
        )
    )


async def update(work: Work, row: Recording, columns: Mapping[str, object]) -> Recording:
    """Change what has another value, and tell; the very row where nothing has. Emits: RecordingUpdated."""
    changed = rules.changes(row, columns)
    if not changed:
        return row
    after = await store.change(work, row, **changed)
    tell_updated(work, after, is_published=changed.get("visibility") == "public")
    return after


async def file_of(work: Work, recording: Recording, size: int) -> Asset:
    """The file of a recording, before it is in the storage that its organization has chosen."""
    place = await targets.prefix_for(work, recording.organization_id)
    asset_id = new_id()
    return Asset(
        id=asset_id,
        organization_id=recording.organization_id,
        session_id=recording.session_id,
        recording_id=recording.id,
        kind="recording",
        name=f"{recording.title}.mp4",
        content_type="video/mp4",
        size=size,
        storage_key=f"{place}recordings/{recording.id}/{asset_id}.mp4",
        state="pending",
        created_at=work.now,
    )


async def move(
    work: Work, row: Recording, status: RecordingStatus, *, size: int = 0, **values: object
) -> Recording:
    """Take a recording to another state; one that may not follow changes nothing.

    One that fails is not published any more, so that a retry months later surprises nobody. `size`: bytes of
    its file, as far as it is known. Emits: RecordingChanged.
    """
    if not recording_may(row.status, status):
        return row
    if status == "ready" and row.visibility != "private":
        values["published_at"] = work.now
    if status == "failed":
        values["publish_at"] = None
    changed = await store.change(work, row, status=status, **values)
    await tell_state(work, changed, size)
    return changed


async def tell_state(work: Work, changed: Recording, size: int) -> None:
    """Say how a recording is now. `size`: bytes of its file. Emits: RecordingChanged."""
    work.emit(
        RecordingChanged(
            organization_id=changed.organization_id,
            recording_id=changed.id,
            session_id=changed.session_id,
            room_id=changed.room_id,
            revision=await sessions.bump(work, changed.session_id),
            active=changed.status in RUNNING,
            title=changed.title,
            description=changed.description,
            status=changed.status,
            visibility=changed.visibility,
            started_at=changed.started_at,
            ended_at=changed.ended_at,
            duration_s=changed.duration_s,
            file_size=size,
            error_code=changed.error_code,
            attempts=changed.attempts,
            publish_at=changed.publish_at,
            published_at=changed.published_at,
            created_at=changed.created_at,
            updated_at=changed.updated_at,
        )
    )

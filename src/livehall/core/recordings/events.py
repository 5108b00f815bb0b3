"""Facts about recordings and other outputs of a session."""

from datetime import datetime
from typing import ClassVar, Literal

from livehall.core.recordings.model import EgressKind, EgressStatus, RecordingStatus, Visibility
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class OutputWanted(Event, frozen=True, kw_only=True, tag="output.wanted"):
    """The media server is to begin an output. Told to nobody: the reaction finishes what a crash cut off."""

    subject: ClassVar[str] = "egress"
    egress_id: Id
    session_id: Id
    room_id: Id


class OutputReported(Event, frozen=True, kw_only=True, tag="output.ended"):
    """An output is over. A file waits in the media server's folder when `recording_id` is set."""

    subject: ClassVar[str] = "egress"
    egress_id: Id
    session_id: Id
    room_id: Id
    recording_id: Id | None


class RecordingChanged(Event, frozen=True, kw_only=True, tag="recording.state"):
    """A recording is in another state; with all that a list shows of it."""

    subject: ClassVar[str] = "recording"
    noted: ClassVar[bool] = True
    recording_id: Id
    session_id: Id
    room_id: Id
    revision: int  # of the session
    active: bool  # whether the recording sign is on
    title: str
    description: str | None
    status: RecordingStatus
    visibility: Visibility
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: int
    file_size: int
    error_code: str | None
    attempts: int
    publish_at: datetime | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime


class RecordingUploaded(Event, frozen=True, kw_only=True, tag="recording.uploaded"):
    """Somebody handed in a film as a recording; it waits beside the media server's files. Told to nobody."""

    subject: ClassVar[str] = "recording"
    audit: ClassVar[bool] = True
    recording_id: Id
    session_id: Id
    room_id: Id
    size: int  # bytes


class RecordingUpdated(Event, frozen=True, kw_only=True, tag="recording.updated"):
    """Somebody named a recording otherwise, or let others see it, or the time came at which they should."""

    subject: ClassVar[str] = "recording"
    audit: ClassVar[bool] = True
    noted: ClassVar[bool] = True
    recording_id: Id
    session_id: Id
    room_id: Id
    title: str
    visibility: Visibility
    publish_at: datetime | None
    published_at: datetime | None
    is_published: bool  # just became its session's replay
    duration_s: int


class RecordingDeleted(Event, frozen=True, kw_only=True, tag="recording.deleted"):
    """Somebody removed a recording. Its file goes with a cleanup."""

    subject: ClassVar[str] = "recording"
    audit: ClassVar[bool] = True
    noted: ClassVar[bool] = True
    recording_id: Id
    session_id: Id
    room_id: Id
    library_id: Id


class RecordingQueued(Event, frozen=True, kw_only=True, tag="recording.queued"):
    """A file that could not be kept is to be tried again; `egress_id`: None for a film that was handed in.

    Told to nobody.
    """

    subject: ClassVar[str] = "recording"
    audit: ClassVar[bool] = True
    recording_id: Id
    session_id: Id
    room_id: Id
    egress_id: Id | None


class StorageCleaned(Event, frozen=True, kw_only=True, tag="storage.cleanup"):
    """Somebody had the files of deleted recordings removed for good. For the audit log."""

    subject: ClassVar[str] = "cleanup"
    audit: ClassVar[bool] = True
    cleanup_id: Id
    before: datetime  # what was deleted earlier than this


class StorageTargetChanged(Event, frozen=True, kw_only=True, tag="storage.target"):
    """An organization keeps its recordings elsewhere from now on. For the audit log."""

    subject: ClassVar[str] = "target"
    audit: ClassVar[bool] = True
    target_id: Id | None  # None: back in ours
    kind: str
    container: str


class OutputChanged(Event, frozen=True, kw_only=True, tag="egress.state"):
    """For the staff: how an output that is no recording does."""

    subject: ClassVar[str] = "egress"
    egress_id: Id
    session_id: Id
    room_id: Id
    kind: EgressKind
    target_id: Id | None = None  # of a stream
    status: EgressStatus
    error: str


class StreamingTargetChanged(Event, frozen=True, kw_only=True, tag="streaming.target"):
    """A platform was added to a room, changed, or removed. For the audit log."""

    subject: ClassVar[str] = "target"
    audit: ClassVar[bool] = True
    target_id: Id
    room_id: Id
    what: Literal["added", "changed", "removed"]


class CleanupMoved(Event, frozen=True, kw_only=True, tag="job.state"):
    """For administrators: a cleanup began, or is done."""

    subject: ClassVar[str] = "cleanup"
    cleanup_id: Id
    state: Literal["running", "succeeded"]

"""What is inside a publication, where that is no schema of an answer (`realtime.md` §3).

Those about people are in `people_payloads`.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from livehall.core.messages.model import QuestionState
from livehall.core.polls.model import ShowResults
from livehall.core.polls.model import Status as PollStatus
from livehall.core.ports.media import Layout
from livehall.core.recordings.model import RecordingStatus
from livehall.core.recordings.model import Visibility as RecordingVisibility
from livehall.core.rooms.model import Entry, RoomKind, Visibility
from livehall.core.sessions.model import EndReason, Format, Mode, Provider, Status, StreamState
from livehall.dialects.kit import Moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.polls.wire import PollOptionResponse
from livehall.dialects.live.questions.wire import QuestionAnswerResponse
from livehall.dialects.live.realtime.people_payloads import Role
from livehall.dialects.live.rooms.wire import RoomAnalytics

Count = Annotated[int, Meta(ge=0)]


class Removed(msgspec.Struct, kw_only=True):
    """It is gone."""

    id: Uuid


class RoomFacts(msgspec.Struct, kw_only=True):
    """A room as anybody may know it. A long description is cut."""

    id: Uuid
    host_id: Uuid
    library_id: Uuid
    title: str
    description: str | None
    analytics: RoomAnalytics
    active_session_id: Annotated[Uuid, Meta(description="While live.")] | None
    default_preset_id: Uuid | None
    visibility: Visibility
    waiting_room: bool
    has_password: bool
    kind: RoomKind
    e2ee: bool
    entry: Entry | None
    max_direct_viewers: Count
    created_at: Moment
    updated_at: Moment


class RoomLive(msgspec.Struct, kw_only=True):
    """The room went on or off air."""

    session_id: Uuid
    title: str
    live: bool
    viewer_count: Count
    hls_url: str | None


class SessionFacts(msgspec.Struct, kw_only=True):
    """A session that was planned. A long description is cut."""

    id: Uuid
    room_id: Uuid
    title: str
    description: str | None
    status: Status
    mode: Mode
    external_url: str | None
    provider: Provider | None
    format: Format | None
    replay_url: str | None
    layout: Layout
    started_at: Moment | None
    ended_at: Moment | None
    duration: Count
    scheduled_start_time: Moment | None
    scheduled_end_time: Moment | None
    timezone: str | None
    viewer_count: Count
    max_viewers: Count
    recording_enabled: bool
    hls_url: str | None
    chat_enabled_override: bool | None
    stage_enabled_override: bool | None
    max_join_limit_override: Count | None
    effective_chat_enabled: bool
    effective_stage_enabled: bool
    effective_max_join_limit: Count
    question_moderation_override: bool | None
    effective_question_moderation: bool
    stream_state: StreamState
    revision: Count
    created_at: Moment
    updated_at: Moment


class SessionChanged(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The fields that changed, and only they."""

    hls_url: str | msgspec.UnsetType | None = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET
    mode: Mode | msgspec.UnsetType = msgspec.UNSET
    external_url: str | msgspec.UnsetType | None = msgspec.UNSET
    provider: Provider | msgspec.UnsetType | None = msgspec.UNSET
    format: Format | msgspec.UnsetType | None = msgspec.UNSET
    timezone: str | msgspec.UnsetType | None = msgspec.UNSET
    scheduled_end_time: Moment | msgspec.UnsetType | None = msgspec.UNSET
    replay_url: str | msgspec.UnsetType | None = msgspec.UNSET


class SessionState(msgspec.Struct, kw_only=True, rename={"was": "from"}):
    """The machine of the session went on."""

    was: Status
    to: Status
    started_at: Moment | None
    ended_at: Moment | None
    end_reason: EndReason | None


class SessionRescheduled(msgspec.Struct, kw_only=True):
    scheduled_start_time: Moment
    scheduled_end_time: Moment | None
    timezone: str | None
    previous_start_time: Moment | None


class SessionSettings(msgspec.Struct, kw_only=True):
    """What holds now; `permissions`: role → right → whether it is given."""

    effective_chat_enabled: bool
    effective_stage_enabled: bool
    effective_max_join_limit: Count
    effective_question_moderation: bool = False
    permissions: dict[str, dict[str, bool]]


class SessionCountdown(msgspec.Struct, kw_only=True):
    """It begins soon: told 60, 10 and 1 minutes before."""

    starts_at: Moment
    server_time: Annotated[int, Meta(ge=0, description="Now, in Unix seconds, as in the snapshot.")]


class StreamStateChanged(msgspec.Struct, kw_only=True):
    stream_state: StreamState
    since: Moment


class HostMedia(msgspec.Struct, kw_only=True):
    """What the host sends."""

    video: bool
    audio: bool
    screen: bool


class ViewersCount(msgspec.Struct, kw_only=True):
    """Counted from rows; at most every 3 s, when it changed."""

    count: Count
    peak: Count


class HandsPending(msgspec.Struct, kw_only=True):
    """To the audience: how many hands are up."""

    pending: Count


class StageRights(msgspec.Struct, kw_only=True):
    """What the holder of a seat may publish."""

    audio: bool
    video: bool
    screen: bool


class StageInvited(msgspec.Struct, kw_only=True):
    """Fetch a stage token."""

    session_id: Uuid
    by: Uuid | None
    rights: StageRights


class StageLeft(msgspec.Struct, kw_only=True):
    user_id: Uuid
    reason: Literal["left", "removed", "banned", "ended", "disconnected"]


class StageLayout(msgspec.Struct, kw_only=True):
    """How the pictures become one, and the person on stage who comes first there."""

    layout: Layout
    pinned: Uuid | None


class StageTaken(StageLeft, kw_only=True):
    """To the person, when it was not their own wish."""

    session_id: Uuid
    message: str | None


class ChatDeleted(msgspec.Struct, kw_only=True):
    ids: list[Uuid]
    by: Uuid | None


class ChatPinned(msgspec.Struct, kw_only=True):
    """A message to be kept in view, until `pinned_at` is null."""

    id: Uuid
    pinned_at: Moment | None


class ChatCleared(msgspec.Struct, kw_only=True):
    """Everything written until then is gone."""

    before: Moment


ChatReaction = Annotated[
    dict[str, Count], Meta(title="ChatReaction", description="Emoji → how many, within the last second.")
]


class Poll(msgspec.Struct, kw_only=True):
    """`PollResponse` as everybody may know it: nobody's votes, counts only where all may see them."""

    id: Uuid
    session_id: Uuid
    created_by: Uuid
    question: str
    options: list[PollOptionResponse]
    status: PollStatus
    allow_multiple: bool
    anonymous: bool
    show_results: ShowResults
    total_voters: Count
    closes_at: Moment | None
    closed_at: Moment | None
    created_at: Moment
    updated_at: Moment


class OptionCount(msgspec.Struct, kw_only=True):
    id: Uuid
    votes: Count
    percentage: float


class PollResults(msgspec.Struct, kw_only=True):
    """At most every 2 s."""

    poll_id: Uuid
    total_voters: Count
    options: list[OptionCount]


class Question(msgspec.Struct, kw_only=True):
    """`QuestionResponse` as everybody may know it: nobody's vote, no name of who asks anonymously."""

    id: Uuid
    session_id: Uuid
    user_id: Annotated[Uuid, Meta(description="Null on `session:` for who asks anonymously.")] | None
    username: str | None
    role: Role | None
    text: str
    state: QuestionState
    is_anonymous: bool
    votes: Count
    pinned_at: Moment | None
    created_at: Moment


class QuestionAnswered(Question, kw_only=True):
    """With the answer that was given now; earlier ones stay."""

    answer: QuestionAnswerResponse


QuestionVotes = Annotated[
    dict[Uuid, Count],
    Meta(title="QuestionVotes", description="Question → votes; at most every 2 s, those that changed."),
]


class RecordingActive(msgspec.Struct, kw_only=True):
    """To the audience: whether it is being recorded."""

    active: bool


class RecordingFacts(msgspec.Struct, kw_only=True):
    """`RecordingResponse` without addresses. A long description is cut."""

    id: Uuid
    session_id: Uuid
    room_id: Uuid
    title: str
    description: str | None
    status: RecordingStatus
    visibility: RecordingVisibility
    started_at: Moment | None
    ended_at: Moment | None
    duration: Count
    file_size: Count
    format: Literal["mp4"]
    playback_url: None
    error_code: str | None
    attempts: Count
    publish_at: Moment | None
    published_at: Moment | None
    created_at: Moment
    updated_at: Moment


class RecordingChanged(msgspec.Struct, kw_only=True):
    id: Uuid
    title: str
    visibility: RecordingVisibility
    publish_at: Moment | None
    published_at: Moment | None


class ReplayPublished(msgspec.Struct, kw_only=True):
    recording_id: Uuid
    session_id: Uuid
    playback_url: str | None
    duration: float


class EgressState(msgspec.Struct, kw_only=True):
    kind: str
    target_id: Uuid | None
    status: str
    error: str | None


class JobState(msgspec.Struct, kw_only=True):
    """Something that runs in the background went on. `progress`: from 0 to 1."""

    job_id: Uuid
    kind: Literal["cleanup", "export"]
    state: Literal["running", "succeeded", "failed"]
    progress: Annotated[float, Meta(ge=0, le=1)]
    asset_id: Uuid | None


class Notice(msgspec.Struct, kw_only=True):
    kind: str
    subject: Uuid
    text: str

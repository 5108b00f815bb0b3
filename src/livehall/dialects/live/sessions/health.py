"""How steadily the programme of a session arrives, on the wire."""

from datetime import datetime, timedelta
from typing import Literal, Self

import msgspec

from livehall.core.ports.media import Ingest
from livehall.core.recordings.model import RecordingStatus
from livehall.core.recordings.ops import Outputs
from livehall.core.sessions.model import Session, StreamState
from livehall.dialects.kit import Moment, moment
from livehall.dialects.live.auth.wire import Uuid

STEADY = timedelta(seconds=30)  # the stretch that a verdict is about


class StreamHealthResponse(msgspec.Struct, kw_only=True):
    """How steadily the programme arrives; figures that are not measured are null."""

    session_id: Uuid
    stream_state: StreamState
    ingest_type: Literal["webrtc", "rtmp", "whip", "external"]
    connected_since: Moment | None
    last_interruption_at: Moment | None
    interruptions: int
    video_bitrate: int | None = None
    audio_bitrate: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    packet_loss: float | None = None
    hls_status: Literal["none", "starting", "active", "failed"]
    recording_status: RecordingStatus | None = None
    grade: Literal["good", "fair", "poor", "unknown"]
    checked_at: Moment

    @classmethod
    def of(cls, session: Session, outputs: Outputs, now: datetime, comes: Ingest | None = None) -> Self:
        """`comes`: what the media server tells of the session's encoder."""
        is_active = session.stream_state == "active"
        measured = comes if comes is not None and comes.state == "active" else None
        return cls(
            session_id=session.id,
            stream_state=session.stream_state,
            ingest_type="webrtc" if session.mode == "webcam" else session.mode,
            connected_since=moment(session.stream_since) if is_active else None,
            last_interruption_at=moment(session.interrupted_at),
            interruptions=session.interruptions,
            video_bitrate=measured.video_bps if measured else None,
            audio_bitrate=measured.audio_bps if measured else None,
            width=measured.width if measured else None,
            height=measured.height if measured else None,
            frame_rate=measured.frame_rate if measured else None,
            hls_status=outputs.hls,
            recording_status=outputs.recording,
            grade=_grade(session, now),
            checked_at=moment(now),
        )


def _grade(session: Session, now: datetime) -> Literal["good", "fair", "poor", "unknown"]:
    """Steady for 30 seconds, just (back) there, gone, or never there."""
    if session.stream_state == "interrupted":
        return "poor"
    if session.stream_state != "active" or session.stream_since is None:
        return "unknown"
    return "good" if now - session.stream_since >= STEADY else "fair"

"""What the core asks of a media server. One adapter: `engines.media`, by the LiveKit server API.

Deadlines and retries are the adapter's; every call raises `MediaUnavailable` when the server refuses
or does not answer within 5 s. Every call may be repeated with the same arguments and does no harm.
"""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from livehall.kernel.faults import Invalid, Unauthenticated, Unavailable

Source = Literal["camera", "microphone", "screen_share", "screen_share_audio"]
OutputKind = Literal["file", "hls", "rtmp"]
IngestKind = Literal["rtmp", "whip"]
IngestState = Literal["idle", "connecting", "active", "failed"]
Layout = Literal["single", "speaker", "grid", "side_by_side", "picture_in_picture"]
OutputState = Literal["starting", "active", "ending", "complete", "failed", "aborted"]


class MediaUnavailable(Unavailable):
    code = "media_unavailable"
    message = "The media server refused or did not answer; nothing was changed."


class OutputUnsupported(MediaUnavailable):
    """The media server answers, but has no part that could record or package."""

    message = "This media server has no recorder; recordings and HLS need its egress service."


class StreamRefused(MediaUnavailable):
    """Nobody is asked to push there."""

    message = "The streaming target is at an address of a private network; ask who runs this server."


class IngestUnsupported(MediaUnavailable):
    """The media server answers, but has no part that encoders could push to."""

    message = "This media server takes no encoders; RTMP and WHIP need its ingress service."


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one connection to a media room may do."""

    room: str
    identity: str
    name: str = ""
    publish: tuple[Source, ...] = ()
    subscribe: bool = True
    data: bool = False
    hidden: bool = False


class MediaToken(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    expires_at: datetime


class Track(msgspec.Struct, frozen=True, kw_only=True):
    sid: str
    source: str
    muted: bool


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """One connection that the media server has in a room right now."""

    sid: str
    identity: str
    kind: str  # standard, ingress, egress, sip, agent
    joined_at: datetime
    tracks: tuple[Track, ...] = ()
    publish: tuple[str, ...] = ()  # the sources that it may publish
    name: str = ""


class OutputFile(msgspec.Struct, frozen=True, kw_only=True):
    path: str  # as the media server names it
    duration_s: float
    size: int  # bytes
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """One recording or package as the media server reports it."""

    id: str
    room: str
    kind: OutputKind
    state: OutputState
    error: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    files: tuple[OutputFile, ...] = ()
    playlist: str = ""


class Ingest(msgspec.Struct, frozen=True, kw_only=True):
    """Where one encoder pushes to. Figures are None as long as they are not known."""

    id: str
    room: str
    kind: IngestKind
    url: str
    key: str  # the secret; empty in reports
    state: IngestState
    error: str = ""  # why it failed, for the host
    video_bps: int | None = None
    audio_bps: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None


class MediaRooms(Protocol):
    """Rooms and who is in them."""

    def token(self, grant: Grant, now: datetime, until: datetime | None = None) -> MediaToken:
        """A token that opens the first connection until then, 10 minutes from `now` where nothing is said.

        No call is made.
        """
        ...

    async def open(self, room: str) -> None: ...

    async def close(self, room: str) -> None: ...

    async def remove(self, room: str, identity: str) -> None: ...

    async def permit(self, grant: Grant) -> None:
        """Give an open connection exactly these rights."""
        ...

    async def present(self, room: str) -> tuple[Presence, ...] | None:
        """Who is connected; None when the server does not know the room."""
        ...


class MediaOutputs(Protocol):
    """Recordings and packages of a room."""

    async def record(self, room: str, path: str, layout: Layout = "single", pinned: str = "") -> Output:
        """Record the programme of a room to `path`, relative to the server's output folder.

        `single`: one picture at a time, as it was sent where that may be; the others put several together.
        `pinned`: `u.<account>` of whoever comes first, by all their connections; where they show nothing, or
        the server knows no pins, all is as without.
        Raises: OutputUnsupported, MediaUnavailable.
        """
        ...

    async def package(self, room: str, path: str, layout: Layout = "single", pinned: str = "") -> Output:
        """Package the programme as HLS, segments of 2 s, playlist at `path`."""
        ...

    async def stream(self, room: str, url: str, layout: Layout = "single", pinned: str = "") -> Output:
        """Push the programme to an RTMP address, whose end is a secret.

        Raises: StreamRefused, OutputUnsupported, MediaUnavailable.
        """
        ...

    async def arrange(self, output_id: str, layout: Layout, pinned: str = "") -> None:
        """Put the pictures of an output otherwise. One that is over stays as it is; so does one that began
        as `single`, but for who is pinned.

        Raises: MediaUnavailable.
        """
        ...

    async def stop(self, output_id: str) -> None: ...

    async def outputs(self, room: str) -> tuple[Output, ...]:
        """Those of a room that are not over, and those that ended within the hour."""
        ...


class MediaIngress(Protocol):
    """Encoders that push into rooms. A room has one of each kind at most."""

    async def open(self, room: str, kind: IngestKind, *, accepts: bool = True) -> Ingest:
        """Make it, or take up the one that is there; with `accepts` False, encoders are refused until then.

        Raises: IngestUnsupported, MediaUnavailable.
        """
        ...

    async def close(self, room: str) -> None:
        """Put the room's encoders out, and forget their keys. Harmless where there are none."""
        ...

    async def find(self, room: str) -> Ingest | None: ...

    async def rooms(self) -> frozenset[str]:
        """The rooms for which we have made one; none where the server takes no encoders."""
        ...


class ReportForged(Unauthenticated):
    code = "invalid_signature"
    message = "The signature of the report is wrong."


class ReportUnreadable(Invalid):
    message = "This is not a report of a media server."


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a media server says of itself; it may come late, twice, out of order, or never."""

    id: str
    event: str  # participant_joined, track_published, egress_ended, …
    at_s: int  # Unix seconds, cut off
    room: str = ""
    presence: Presence | None = None  # the participant it is about
    name: str = ""  # of the participant
    reason: str = ""  # of leaving, such as CLIENT_INITIATED or CONNECTION_TIMEOUT
    track: Track | None = None
    output: Output | None = None
    ingest: Ingest | None = None


class MediaReports(Protocol):
    def read(self, body: bytes, authorization: str) -> Report:
        """Check who sent it before anything of it is read.

        Raises: ReportForged, ReportUnreadable.
        """
        ...

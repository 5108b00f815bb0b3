"""Use cases of recordings that the database alone decides. Those that need the media server: `steps`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.audience.scene import Scene, scene, scene_of
from livehall.core.recordings import rows, rules, store
from livehall.core.recordings.events import RecordingDeleted
from livehall.core.recordings.faults import LinkExpired, NotReady, RecordingNotFound, StillRunning
from livehall.core.recordings.links import Links
from livehall.core.recordings.model import Asset, Egress, Recording, RecordingStatus, Visibility
from livehall.core.recordings.states import recording_may
from livehall.core.rooms import store as rooms
from livehall.core.rooms.rules import clean_title
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.publishing import at_publishing
from livehall.core.sessions.standings import somebody
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

DOWNLOAD_LIFETIME = timedelta(hours=1)
PLAYBACK_LIFETIME = timedelta(hours=6)  # longer than one sitting: players fetch ranges all the way

PICTURE = "/thumbnail"  # after the id in what a token opens

MOST_OF_SESSION = 1000
ELSEWHERE = timedelta(minutes=15)  # an address at an object store, which asks us nothing

Sort = Literal["created_at", "-created_at", "duration", "-duration", "file_size", "-file_size"]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A recording as the actor may see it."""

    recording: Recording
    library_id: Id | None
    asset: Asset | None  # its file, ready or not

    @property
    def is_playable(self) -> bool:
        return self.recording.status == "ready" and self.asset is not None and self.asset.state == "ready"

    @property
    def has_picture(self) -> bool:
        return self.is_playable and self.asset is not None and self.asset.has_thumbnail


class Query(msgspec.Struct, frozen=True, kw_only=True):
    statuses: tuple[str, ...] = ()
    room_id: Id | None = None
    search: str | None = None
    sort: Sort = "-created_at"
    offset: int = 0
    limit: int = 20


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """How the outputs of a session do; `recording` is None where there never was one."""

    hls: Literal["none", "starting", "active", "failed"]
    recording: RecordingStatus | None


class UpdateRecording(msgspec.Struct, frozen=True, kw_only=True):
    title: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    publish_at: UnsetType | None = UNSET  # None: no time is to come any more
    expected_revision: int | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    recordings: list[Shown]
    total: int


class Download(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    expires_at: datetime
    asset: Asset


async def get(work: Work, recording_id: Id) -> Shown:
    """A recording of a session that the actor may see; private ones for its staff only.

    Raises: RecordingNotFound.
    """
    return (await visible(work, recording_id))[0]


async def update(work: Work, recording_id: Id, cmd: UpdateRecording) -> Shown:
    """Name a recording, or say who may see it; public makes it the replay of its session.

    A time to publish it may be ended; whoever may see it already still may.

    Raises: RecordingNotFound, Forbidden, Invalid, Conflict. Emits: RecordingUpdated.
    """
    shown, at = await visible(work, recording_id)
    if not at.standing.is_owner:
        raise Forbidden
    before = await held(work, recording_id)
    if cmd.expected_revision not in (None, before.revision):
        raise Conflict("The recording has changed meanwhile.")
    wanted: dict[str, object] = {}
    if cmd.title is not UNSET:
        wanted["title"] = clean_title(cmd.title)
    if cmd.description is not UNSET:
        wanted["description"] = cmd.description
    if cmd.visibility is not UNSET and cmd.visibility != before.visibility:
        wanted |= rules.shown_to(before, cmd.visibility, work.now)
    if cmd.publish_at is not UNSET:
        wanted["publish_at"] = None
    after = await rows.update(work, before, wanted)
    if after is before:
        return msgspec.structs.replace(shown, recording=before)
    return await show(work, at, after)


async def held(work: Work, recording_id: Id) -> Recording:
    """For a change by one who may; of two at once the second sees the first. Raises: RecordingNotFound."""
    row = await store.hold(work, recording_id)
    if row is None:
        raise RecordingNotFound
    return row


@at_publishing
async def publish_with_session(work: Work, session: Session, is_public: bool) -> None:
    """All recordings of a session become public, or private again; those made later begin so.

    Emits: RecordingUpdated, for each that changed.
    """
    visibility: Visibility = "public" if is_public else "private"
    wanted = store.Wanted(
        organization_id=session.organization_id,
        session_id=session.id,
        statuses=(),
        visibilities=(),
        sort="created_at",
    )
    found, _ = await store.page(work, wanted, limit=MOST_OF_SESSION, offset=0)
    for each in found:
        row = await store.hold(work, each.id)
        if row is None:
            continue
        if changed := rules.changes(row, rules.shown_to(row, visibility, work.now)):
            after = await store.change(work, row, **changed)
            rows.tell_updated(work, after, is_published=is_public)


async def delete(work: Work, recording_id: Id) -> None:
    """Take a recording away from everybody, at once; its file goes with a later cleanup.

    Raises: RecordingNotFound, Forbidden, StillRunning. Emits: RecordingDeleted.
    """
    _, at = await visible(work, recording_id)
    if not at.standing.is_owner:
        raise Forbidden
    row = await held(work, recording_id)
    if not recording_may(row.status, "deleted"):
        raise StillRunning
    await store.change(work, row, status="deleted", deleted_at=work.now, publish_at=None, published_at=None)
    work.emit(
        RecordingDeleted(
            organization_id=row.organization_id,
            recording_id=row.id,
            session_id=row.session_id,
            room_id=row.room_id,
            library_id=at.room.library_id,
        )
    )


async def active(work: Work, session_id: Id) -> Shown | None:
    """The one in progress, for the staff. Raises: SessionNotFound, Forbidden."""
    at = await scene(work, session_id)
    if not at.standing.is_staff:
        raise Forbidden
    found = await store.running(work, session_id)
    return await show(work, at, found) if found else None


async def is_running(work: Work, session_id: Id) -> bool:
    """Whether a session is recorded now, which everybody there may know."""
    return await store.running(work, session_id) is not None


async def package(work: Work, session_id: Id) -> str | None:
    """Where a session's HLS package lies in the media server's folder, while it grows; who asks may watch."""
    opened = await store.open_in(work, session_id)
    return next((row.path for row in opened if row.kind == "hls" and row.status == "active"), None)


async def page(work: Work, query: Query) -> Page:
    """Recordings of the actor's rooms; for an administrator, of the organization.

    Raises: Forbidden, for one who hosts nothing.
    """
    actor = work.actor
    if actor.organization_id is None or actor.role == "viewer" or actor.session_id is not None:
        raise Forbidden
    wanted = store.Wanted(
        organization_id=actor.organization_id,
        host_id=None if actor.is_admin else actor.account_id,
        room_id=query.room_id,
        statuses=query.statuses,
        search=query.search or None,
        sort=query.sort,
    )
    return await _page(work, wanted, query.offset, query.limit)


async def of_session(work: Work, session_id: Id, *, offset: int, limit: int) -> Page:
    """The recordings of a session; for others than its staff, those that may be watched.

    Raises: SessionNotFound, Banned.
    """
    at = await scene(work, session_id)
    at.check_not_banned()
    is_staff = at.standing.is_staff
    wanted = store.Wanted(
        organization_id=at.session.organization_id,
        session_id=session_id,
        statuses=() if is_staff else ("ready",),
        visibilities=() if is_staff else _visibilities(work.actor, at),
        sort="created_at",
    )
    return await _page(work, wanted, offset, limit)


async def download(work: Work, links: Links, recording_id: Id) -> Download:
    """An address that gives the file for an hour. The host and administrators always, others public ones.

    Raises: RecordingNotFound, Forbidden, NotReady.
    """
    shown, at = await visible(work, recording_id)
    if not at.standing.is_owner and shown.recording.visibility != "public":
        raise Forbidden("Only the host and administrators may download this recording.")
    if not shown.is_playable or shown.asset is None:
        raise NotReady
    expires_at = work.now + DOWNLOAD_LIFETIME
    return Download(
        token=file_token(work, links, recording_id, expires_at), expires_at=expires_at, asset=shown.asset
    )


def file_token(work: Work, links: Links, recording_id: Id, expires_at: datetime) -> str:
    """Opens the file of one recording, as long as its holder may watch it (C16)."""
    return _token(work, links, recording_id, expires_at)


def thumbnail_token(work: Work, links: Links, recording_id: Id, expires_at: datetime) -> str:
    """Opens the picture of one recording, and not its file."""
    return _token(work, links, f"{recording_id}{PICTURE}", expires_at)


def _token(work: Work, links: Links, opens: str, expires_at: datetime) -> str:
    actor = work.actor
    return links.sign("file", f"{opens}:{actor.account_id or ''}:{actor.visitor_key or ''}", expires_at)


async def file(work: Work, links: Links, recording_id: Id, token: str) -> Asset:
    """The file, or picture, that a signed address opens, as long as who was given it may watch the recording.

    Raises: LinkInvalid, LinkExpired (also: the file is gone), RecordingNotFound, Banned (C16).
    """
    named, _, holder = links.read(token, "file", work.now).partition(":")
    is_picture = named == f"{recording_id}{PICTURE}"
    if named != recording_id and not is_picture:
        raise RecordingNotFound
    recording = await store.get(work, recording_id)
    if recording is None:
        raise LinkExpired
    shown, _ = await visible(work, recording_id, await _holder(work, recording, holder))
    if not shown.is_playable or shown.asset is None:
        raise LinkExpired
    if is_picture and not shown.asset.has_thumbnail:
        raise LinkExpired
    return shown.asset.thumbnail if is_picture else shown.asset


async def _holder(work: Work, recording: Recording, named: str) -> Actor:
    """Whom a file's token names, as they are now: signed was who, not what they may."""
    account_id, _, device = named.partition(":")
    if not account_id:
        return Actor(kind="anonymous", visitor_key=device or None)
    try:
        session = await sessions.get(work, recording.session_id)
    except SessionNotFound as error:
        raise RecordingNotFound from error
    return await somebody(work, session, account_id, device or None)


async def show(work: Work, at: Scene, recording: Recording) -> Shown:
    """One that was found already, in its session."""
    asset = await store.asset_of(work, recording.id)
    return Shown(recording=recording, library_id=at.room.library_id, asset=asset)


async def visible(work: Work, recording_id: Id, actor: Actor | None = None) -> tuple[Shown, Scene]:
    """A recording that the actor (the work's own, unless another is given) may see, and where.

    Raises: RecordingNotFound, Banned.
    """
    actor = actor or work.actor
    recording = await store.get(work, recording_id)
    if recording is None:
        raise RecordingNotFound
    try:
        at = await scene_of(work, await sessions.visible(work, recording.session_id, actor), actor)
    except SessionNotFound as error:
        raise RecordingNotFound from error
    at.check_not_banned()
    may_watch = recording.status == "ready" and recording.visibility in _visibilities(actor, at)
    if not at.standing.is_staff and not may_watch:
        raise RecordingNotFound
    return await show(work, at, recording), at


def _visibilities(actor: Actor, at: Scene) -> tuple[str, ...]:
    """Which recordings somebody of the audience reaches."""
    is_member = actor.member_of == at.session.organization_id
    return ("public", "members") if is_member else ("public",)


async def _page(work: Work, wanted: store.Wanted, offset: int, limit: int) -> Page:
    found, total = await store.page(work, wanted, offset=offset, limit=limit)
    files = await store.assets_of(work, [each.id for each in found])
    places = await rooms.by_ids(work, {each.room_id for each in found})
    return Page(
        recordings=[
            Shown(
                recording=each,
                library_id=places[each.room_id].library_id if each.room_id in places else None,
                asset=files.get(each.id),
            )
            for each in found
        ],
        total=total,
    )


async def outputs(work: Work, of: Sequence[Session]) -> list[Outputs]:
    """What becomes of each session's programme, for whoever may watch over it, in the order given."""
    ids = [session.id for session in of]
    packages, last = await store.newest_packages(work, ids), await store.last_of(work, ids)
    return [_outputs(session, packages.get(session.id), last.get(session.id)) for session in of]


def _outputs(session: Session, package: Egress | None, last: Recording | None) -> Outputs:
    hls: Literal["none", "starting", "active", "failed"] = "none"
    if package is not None and session.is_open and package.status in ("starting", "active", "failed"):
        hls = package.status
    return Outputs(hls=hls, recording=last.status if last else None)

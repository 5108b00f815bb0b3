"""Streaming targets of rooms: other platforms that get the broadcast by RTMP.

A target that is switched on begins with the broadcast. Its key is sealed; people see the last characters.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.audience.scene import scene
from livehall.core.ports.sealing import Sealing
from livehall.core.recordings import store
from livehall.core.recordings import streaming_store as targets
from livehall.core.recordings.events import StreamingTargetChanged
from livehall.core.recordings.faults import TargetInUse
from livehall.core.recordings.model import Egress, StreamingTarget
from livehall.core.rooms import rules as room_rules
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import Room
from livehall.kernel.addresses import is_plain, is_rtmp_address, is_web_address
from livehall.kernel.faults import Forbidden, check_revision, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

MOST = 8  # of one room
SHOWN = 4  # characters of a key that people see


class CreateTarget(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: a word of the client's own, such as `youtube`. `endpoint`: rtmp or rtmps, without the key."""

    name: str
    endpoint: str
    stream_key: str
    kind: str = "custom"
    public_url: str | None = None
    is_enabled: bool = True


class UpdateTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears."""

    name: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    stream_key: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    public_url: str | UnsetType | None = UNSET
    is_enabled: bool | UnsetType = UNSET
    expected_revision: int | None = None


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """An output of a session, and the target that it goes to, if it is a stream."""

    egress: Egress
    target: StreamingTarget | None


async def all_of(work: Work, room_id: Id) -> list[StreamingTarget]:
    """Raises: RoomNotFound, Forbidden."""
    return await targets.all_of(work, (await _room(work, room_id)).id)


async def get(work: Work, room_id: Id, target_id: Id) -> StreamingTarget:
    """Raises: RoomNotFound, Forbidden, StreamingTargetNotFound."""
    return await targets.get(work, (await _room(work, room_id)).id, target_id)


async def create(work: Work, sealing: Sealing, room_id: Id, cmd: CreateTarget) -> StreamingTarget:
    """Raises: RoomNotFound, Forbidden, Invalid. Emits: StreamingTargetChanged."""
    room = await _room(work, room_id)
    _check(name=cmd.name, endpoint=cmd.endpoint, stream_key=cmd.stream_key, public_url=cmd.public_url)
    await rooms.hold(work, room.id)  # of two that come at once, the later one counts the earlier one's
    if len(await targets.all_of(work, room.id)) >= MOST:
        raise invalid("name", f"A room has at most {MOST} streaming targets.")
    target_id = new_id()
    row = StreamingTarget(
        id=target_id,
        organization_id=room.organization_id,
        room_id=room.id,
        name=cmd.name.strip(),
        kind=cmd.kind,
        endpoint=cmd.endpoint.rstrip("/"),
        stream_key_enc=sealing.seal(cmd.stream_key, purpose=_purpose(target_id)),
        key_end=_end(cmd.stream_key),
        public_url=cmd.public_url,
        is_enabled=cmd.is_enabled,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
    )
    await targets.add(work, row)
    work.emit(_changed(row, "added"))
    return row


async def update(
    work: Work, sealing: Sealing, room_id: Id, target_id: Id, cmd: UpdateTarget
) -> StreamingTarget:
    """A stream that runs keeps what it began with.

    Raises: RoomNotFound, Forbidden, StreamingTargetNotFound, Conflict, Invalid.
    Emits: StreamingTargetChanged.
    """
    row = await get(work, room_id, target_id)
    check_revision(row.revision, cmd.expected_revision)
    given = {
        name: value
        for name, value in msgspec.structs.asdict(cmd).items()
        if value is not UNSET and name != "expected_revision"
    }
    _check(**{name: value for name, value in given.items() if name not in ("kind", "is_enabled")})
    if "endpoint" in given:
        given["endpoint"] = str(given["endpoint"]).rstrip("/")
    if (key := given.pop("stream_key", None)) is not None:
        given["stream_key_enc"] = sealing.seal(key, purpose=_purpose(row.id))
        given["key_end"] = _end(key)
    if not given:
        return row
    row = await targets.change(work, row, given)
    work.emit(_changed(row, "changed"))
    return row


async def remove(work: Work, room_id: Id, target_id: Id) -> None:
    """Raises: RoomNotFound, Forbidden, StreamingTargetNotFound, TargetInUse.

    Emits: StreamingTargetChanged.
    """
    row = await get(work, room_id, target_id)
    if await store.streams_to(work, row.id):
        raise TargetInUse
    work.emit(_changed(await targets.change(work, row, {"deleted_at": work.now}), "removed"))


async def outputs(work: Work, session_id: Id) -> list[Running]:
    """What is made of a session, for its staff: the newest of each kind and target.

    Raises: SessionNotFound, Forbidden.
    """
    at = await scene(work, session_id)
    at.check_not_banned()
    if not at.standing.is_staff:
        raise Forbidden
    known = {target.id: target for target in await targets.all_of(work, at.session.room_id)}
    found = await store.newest_of(work, session_id)
    return [
        Running(egress=row, target=known.get(row.streaming_target_id) if row.streaming_target_id else None)
        for row in found
        if row.kind != "rtmp" or row.streaming_target_id in known
    ]


def address(sealing: Sealing, row: StreamingTarget) -> str:
    """The whole address, whose end is the secret."""
    return f"{row.endpoint}/{sealing.unseal(row.stream_key_enc, purpose=_purpose(row.id))}"


async def _room(work: Work, room_id: Id) -> Room:
    """Raises: RoomNotFound, Forbidden."""
    room = await rooms.own(work, room_id)
    room_rules.check_may_edit(work.actor, room)
    return room


def _check(
    *,
    name: str | None = None,
    endpoint: str | None = None,
    stream_key: str | None = None,
    public_url: str | None = None,
) -> None:
    """Raises: Invalid."""
    if name is not None and not name.strip():
        raise invalid("name", "A streaming target has a name.")
    if endpoint is not None and not is_rtmp_address(endpoint):
        raise invalid("endpoint", "Give an address such as rtmps://host/app, without the stream key.")
    if stream_key is not None and not is_plain(stream_key):
        raise invalid("stream_key", "A stream key has no spaces and no characters beyond ASCII.")
    if public_url is not None and not is_web_address(public_url):
        raise invalid("public_url", "Give the address of a web page.")


def _end(key: str) -> str:
    return key[-SHOWN:] if len(key) >= 4 * SHOWN else ""


def _purpose(target_id: Id) -> str:
    """What a sealed key is bound to."""
    return f"streaming target {target_id}"


def _changed(row: StreamingTarget, what: Literal["added", "changed", "removed"]) -> StreamingTargetChanged:
    return StreamingTargetChanged(
        organization_id=row.organization_id, target_id=row.id, room_id=row.room_id, what=what
    )

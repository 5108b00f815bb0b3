"""`MediaRooms` by LiveKit's RoomService."""

from datetime import UTC, datetime

from livekit.protocol import models
from livekit.protocol import room as proto

from livehall.core.ports.media import Grant, MediaToken, Presence, Track
from livehall.engines.media.calls import Calls
from livehall.engines.media.tokens import MediaTokens

EMPTY_S = 300  # seconds an empty room stays: the server's 20 s would close it while a host reconnects

SOURCES = {
    "camera": models.CAMERA,
    "microphone": models.MICROPHONE,
    "screen_share": models.SCREEN_SHARE,
    "screen_share_audio": models.SCREEN_SHARE_AUDIO,
}
SOURCE_NAMES = {number: name for name, number in SOURCES.items()}


class LiveKitRooms:
    def __init__(self, calls: Calls, tokens: MediaTokens) -> None:
        self._calls, self._tokens = calls, tokens

    def token(self, grant: Grant, now: datetime, until: datetime | None = None) -> MediaToken:
        return self._tokens.issue(grant, now, until)

    async def open(self, room: str) -> None:
        request = proto.CreateRoomRequest(name=room, empty_timeout=EMPTY_S, departure_timeout=EMPTY_S)
        await self._calls.call(lambda api: api.room.create_room(request))

    async def close(self, room: str) -> None:
        request = proto.DeleteRoomRequest(room=room)
        await self._calls.call(lambda api: api.room.delete_room(request), harmless=("not_found",))

    async def remove(self, room: str, identity: str) -> None:
        request = proto.RoomParticipantIdentity(room=room, identity=identity)
        await self._calls.call(lambda api: api.room.remove_participant(request), harmless=("not_found",))

    async def permit(self, grant: Grant) -> None:
        request = proto.UpdateParticipantRequest(
            room=grant.room,
            identity=grant.identity,
            permission=models.ParticipantPermission(
                can_subscribe=grant.subscribe,
                can_publish=bool(grant.publish),
                can_publish_data=grant.data,
                can_publish_sources=[SOURCES[source] for source in grant.publish],
                hidden=grant.hidden,
            ),
        )
        await self._calls.call(lambda api: api.room.update_participant(request), harmless=("not_found",))

    async def present(self, room: str) -> tuple[Presence, ...] | None:
        request = proto.ListParticipantsRequest(room=room)
        listed = await self._calls.call(
            lambda api: api.room.list_participants(request), harmless=("not_found",)
        )
        if listed is not None and listed.participants:
            return tuple(
                presence_of(each)
                for each in listed.participants
                if each.state == models.ParticipantInfo.ACTIVE
            )
        # A LiveKit server says the same of an empty room and of one that it does not know.
        return () if await self._exists(room) else None

    async def _exists(self, room: str) -> bool:
        request = proto.ListRoomsRequest(names=[room])
        listed = await self._calls.call(lambda api: api.room.list_rooms(request))
        return listed is not None and len(listed.rooms) > 0


def presence_of(info: models.ParticipantInfo) -> Presence:
    """A participant as the server lists it."""
    milliseconds = info.joined_at_ms or info.joined_at * 1000
    return Presence(
        sid=info.sid,
        identity=info.identity,
        kind=models.ParticipantInfo.Kind.Name(info.kind).lower(),
        joined_at=datetime.fromtimestamp(milliseconds / 1000, UTC),
        tracks=tuple(track_of(track) for track in info.tracks),
        publish=sources_of(info.permission),
        name=info.name,
    )


def sources_of(permission: models.ParticipantPermission) -> tuple[str, ...]:
    """What a connection may publish; a server says all by naming none."""
    if not permission.can_publish:
        return ()
    return tuple(SOURCE_NAMES[source] for source in permission.can_publish_sources) or tuple(SOURCES)


def track_of(info: models.TrackInfo) -> Track:
    """A track as the server lists it."""
    return Track(sid=info.sid, source=SOURCE_NAMES.get(info.source, "unknown"), muted=info.muted)

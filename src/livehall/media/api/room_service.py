"""LiveKit's RoomService: rooms and participants, as a server sees them."""

from google.protobuf.message import Message
from livekit.protocol import models, room, rtc

from livehall.media.api.twirp import Method, TwirpError, denied
from livehall.media.rooms.calls import (
    DEFAULT_TIMEOUT_S,
    REQUEST_TOO_LARGE,
    RESPONSE_TIMEOUT,
    UNSUPPORTED_METHOD,
    CallFailed,
)
from livehall.media.rooms.connection import LOSSY, RELIABLE
from livehall.media.rooms.grants import Claims
from livehall.media.rooms.participant import LARGEST_DATA, Participant
from livehall.media.rooms.room import Room
from livehall.media.rooms.rooms import RoomElsewhere, Rooms
from livehall.media.signal.requests import LARGEST_METADATA, change

_CALL_FAULTS = {
    UNSUPPORTED_METHOD: "invalid_argument",
    REQUEST_TOO_LARGE: "invalid_argument",
    RESPONSE_TIMEOUT: "canceled",
}
_LONGEST_CALL_S = 60.0
_LONGEST_NAME = 256  # characters, as LiveKit's own limit


class RoomService:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def methods(self) -> dict[str, Method]:
        return {
            "CreateRoom": Method(room.CreateRoomRequest, self.create_room),
            "ListRooms": Method(room.ListRoomsRequest, self.list_rooms),
            "DeleteRoom": Method(room.DeleteRoomRequest, self.delete_room),
            "ListParticipants": Method(room.ListParticipantsRequest, self.list_participants),
            "GetParticipant": Method(room.RoomParticipantIdentity, self.get_participant),
            "RemoveParticipant": Method(room.RoomParticipantIdentity, self.remove_participant),
            "MutePublishedTrack": Method(room.MuteRoomTrackRequest, self.mute_published_track),
            "UpdateParticipant": Method(room.UpdateParticipantRequest, self.update_participant),
            "UpdateSubscriptions": Method(room.UpdateSubscriptionsRequest, self.update_subscriptions),
            "SendData": Method(room.SendDataRequest, self.send_data),
            "UpdateRoomMetadata": Method(room.UpdateRoomMetadataRequest, self.update_room_metadata),
            "ForwardParticipant": Method(room.ForwardParticipantRequest, self.forward_participant),
            "MoveParticipant": Method(room.MoveParticipantRequest, self.move_participant),
            "PerformRpc": Method(room.PerformRpcRequest, self.perform_rpc),
        }

    # Rooms

    async def create_room(self, claims: Claims, request: room.CreateRoomRequest) -> Message:
        _demand(claims.video.room_create)
        if not request.name:
            raise TwirpError("invalid_argument", "room name is required")
        if len(request.name) > _LONGEST_NAME:
            raise TwirpError(
                "invalid_argument", f"room name length exceeds limits: max length {_LONGEST_NAME}"
            )
        if len(request.metadata) > LARGEST_METADATA:
            raise TwirpError("invalid_argument", "metadata is too long")
        try:
            made = self._rooms.create(
                request.name,
                empty_timeout_s=request.empty_timeout,
                departure_timeout_s=request.departure_timeout,
                max_participants=request.max_participants,
                metadata=request.metadata,
            )
        except RoomElsewhere as elsewhere:
            raise TwirpError("failed_precondition", elsewhere.text) from None
        return made.info()

    async def list_rooms(self, claims: Claims, request: room.ListRoomsRequest) -> Message:
        _demand(claims.video.room_list)
        names = set(request.names)
        return room.ListRoomsResponse(
            rooms=[known.info() for known in self._rooms.all() if not names or known.name in names]
        )

    async def delete_room(self, claims: Claims, request: room.DeleteRoomRequest) -> Message:
        _demand(claims.video.room_create)
        if not await self._rooms.delete(request.room):
            raise TwirpError("not_found", "requested room does not exist")
        return room.DeleteRoomResponse()

    async def update_room_metadata(self, claims: Claims, request: room.UpdateRoomMetadataRequest) -> Message:
        known = self._room(claims, request.room)
        if len(request.metadata) > LARGEST_METADATA:
            raise TwirpError("invalid_argument", "metadata is too long")
        known.metadata = request.metadata
        known.tell_of_room()
        return known.info()

    # Participants

    async def list_participants(self, claims: Claims, request: room.ListParticipantsRequest) -> Message:
        _administers(claims, request.room)
        known = self._rooms.find(request.room)
        present = known.participants.values() if known is not None else ()
        return room.ListParticipantsResponse(participants=[participant.info() for participant in present])

    async def get_participant(self, claims: Claims, request: room.RoomParticipantIdentity) -> Message:
        return self._participant(claims, request.room, request.identity).info()

    async def remove_participant(self, claims: Claims, request: room.RoomParticipantIdentity) -> Message:
        participant = self._participant(claims, request.room, request.identity)
        participant.send_leave(models.PARTICIPANT_REMOVED)
        await participant.room.remove(participant, models.PARTICIPANT_REMOVED)
        return room.RemoveParticipantResponse()

    async def mute_published_track(self, claims: Claims, request: room.MuteRoomTrackRequest) -> Message:
        participant = self._participant(claims, request.room, request.identity)
        publication = participant.publications.get(request.track_sid)
        if publication is None:
            raise TwirpError("not_found", "track is not found")
        # The publisher first: livekit-client corrects a state it was told of and does not have yet.
        mute = rtc.MuteTrackRequest(sid=request.track_sid, muted=request.muted)
        participant.send(rtc.SignalResponse(mute=mute))
        participant.mute(publication, muted=request.muted)
        return room.MuteRoomTrackResponse(track=publication.info)

    async def update_participant(self, claims: Claims, request: room.UpdateParticipantRequest) -> Message:
        participant = self._participant(claims, request.room, request.identity)
        size = len(request.metadata) + sum(len(k) + len(v) for k, v in request.attributes.items())
        if size > LARGEST_METADATA:
            raise TwirpError("invalid_argument", "metadata or attributes are too large")
        if request.metadata or request.name or request.attributes:
            change(
                participant,
                metadata=request.metadata,
                name=request.name,
                attributes=dict(request.attributes),
            )
        if request.HasField("permission"):
            participant.grants = participant.grants.permitted(request.permission)
            participant.room.permissions_changed(participant)
        return participant.info()

    async def update_subscriptions(self, claims: Claims, request: room.UpdateSubscriptionsRequest) -> Message:
        participant = self._participant(claims, request.room, request.identity)
        groups = request.participant_tracks
        for sid in [*request.track_sids, *(sid for group in groups for sid in group.track_sids)]:
            if request.subscribe:
                participant.room.subscribe(participant, sid)
            else:
                participant.room.unsubscribe(participant, sid)
        return room.UpdateSubscriptionsResponse()

    async def send_data(self, claims: Claims, request: room.SendDataRequest) -> Message:
        known = self._room(claims, request.room)
        if len(request.data) > LARGEST_DATA:
            raise TwirpError("invalid_argument", "data is too large")
        packet = models.DataPacket(
            kind=request.kind,
            destination_identities=request.destination_identities,
            user=models.UserPacket(
                payload=request.data,
                destination_sids=request.destination_sids,
                destination_identities=request.destination_identities,
            ),
        )
        if request.HasField("topic"):
            packet.user.topic = request.topic
        label = LOSSY if request.kind == models.DataPacket.LOSSY else RELIABLE
        known.pass_data(None, label, packet)
        return room.SendDataResponse()

    async def perform_rpc(self, claims: Claims, request: room.PerformRpcRequest) -> Message:
        callee = self._participant(claims, request.room, request.destination_identity)
        timeout_s = min(request.response_timeout_ms / 1000, _LONGEST_CALL_S) or DEFAULT_TIMEOUT_S
        try:
            said = await callee.room.calls.perform(callee, request.method, request.payload, timeout_s)
        except CallFailed as fault:
            raise TwirpError(_CALL_FAULTS.get(fault.code, "internal"), str(fault)) from None
        return room.PerformRpcResponse(payload=said)

    # What only a cluster has

    async def forward_participant(self, claims: Claims, request: room.ForwardParticipantRequest) -> Message:
        return self._refuse_destination(claims, request.room, request.destination_room)

    async def move_participant(self, claims: Claims, request: room.MoveParticipantRequest) -> Message:
        return self._refuse_destination(claims, request.room, request.destination_room)

    def _refuse_destination(self, claims: Claims, name: str, destination: str) -> Message:
        """Raises: TwirpError, always: for want of the grants, else because there is no such thing here."""
        _administers(claims, name)
        _demand(bool(destination) and claims.video.destination_room == destination)
        raise TwirpError("unimplemented", "participants cannot be sent to another room")

    # Within

    def _room(self, claims: Claims, name: str) -> Room:
        """The room that the caller administers.

        Raises: TwirpError.
        """
        _administers(claims, name)
        known = self._rooms.find(name)
        if known is None:
            raise TwirpError("not_found", "requested room does not exist")
        return known

    def _participant(self, claims: Claims, name: str, identity: str) -> Participant:
        _administers(claims, name)
        known = self._rooms.find(name)
        participant = known.participants.get(identity) if known is not None else None
        if participant is None:
            raise TwirpError("not_found", "participant does not exist")
        return participant


def _administers(claims: Claims, name: str) -> None:
    _demand(claims.video.room_admin and bool(name) and claims.video.room == name)


def _demand(is_granted: bool) -> None:
    if not is_granted:
        raise denied()

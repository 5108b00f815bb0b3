"""One signalling socket from its opening to its end: join or resume, then requests until it closes."""

import json
import secrets
import time

import structlog
from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc
from starlette.websockets import WebSocket, WebSocketDisconnect

from livehall.media.rooms.participant import Participant
from livehall.media.rooms.rooms import RoomRefused, Rooms
from livehall.media.sdp import write
from livehall.media.sdp.choose import ENABLED
from livehall.media.sdp.parse import SdpInvalid
from livehall.media.signal import requests
from livehall.media.signal.admission import Admission
from livehall.media.signal.socket import SignalSocket

PING_INTERVAL_S, PING_TIMEOUT_S = 5, 15
TOKEN_EVERY_S = 240.0  # tokens live 600 s; a client that is away for long still holds one that is valid
MOST_REQUESTS_PER_S = 200
PROTOCOL = 17  # of LiveKit's signalling that we speak
COMPATIBLE = "1.13.5"  # the LiveKit server that we stand in for: SDKs look here for what they may use
_NODE = "ND_" + secrets.token_hex(6)
log = structlog.get_logger(__name__)


class Session:
    def __init__(self, websocket: WebSocket, admission: Admission, rooms: Rooms, version: str) -> None:
        self._websocket = websocket
        self._admission = admission
        self._rooms = rooms
        self._version = version
        self._out = SignalSocket(websocket)
        self._second = 0
        self._requests = 0

    async def run(self) -> None:
        """Until the socket is closed by either side."""
        participant = await self._enter()
        if participant is None:
            await self._out.closed()
            return
        try:
            await self._read(participant)
        except WebSocketDisconnect:
            self._out.abandon()
        except (RuntimeError, requests.Left):  # closed by us, or left properly
            pass
        except SdpInvalid as fault:
            log.info("session description refused", participant=participant.sid, fault=str(fault))
            participant.send_leave(models.STATE_MISMATCH, rtc.LeaveRequest.RECONNECT)
            await participant.room.remove(participant, models.STATE_MISMATCH)
        finally:
            await self._lost(participant)

    async def _lost(self, participant: Participant) -> None:
        """The socket is gone. Who is connected may come back; who never was has left."""
        if participant.signals is self._out:
            participant.signals = None
            if not participant.is_active and not participant.is_gone:
                await participant.room.remove(participant, models.SIGNAL_CLOSE)
        await self._out.closed()

    async def _enter(self) -> Participant | None:
        wish = self._admission.wish
        if wish.reconnect:
            return self._resume(wish)
        try:
            participant = await self._rooms.join(
                self._admission.claims,
                wish.client_info,
                auto_subscribe=wish.connection_settings.auto_subscribe,
                has_two_connections=self._admission.has_two_connections,
            )
        except RoomRefused:
            self._say_leave(models.JOIN_FAILURE, rtc.LeaveRequest.DISCONNECT)
            return None
        participant.signals = self._out
        self._join(participant, wish)
        return participant

    def _join(self, participant: Participant, wish: rtc.JoinRequest) -> None:
        room = participant.room
        participant.send(rtc.SignalResponse(join=self._join_response(participant)))
        participant.send_token()
        room.admit(participant)
        for request in wish.add_track_requests:
            requests.add_track(participant, request)
        self._negotiate(participant, wish)

    def _negotiate(self, participant: Participant, wish: rtc.JoinRequest) -> None:
        try:
            if wish.HasField("publisher_offer"):
                requests.answer_offer(participant, wish.publisher_offer)
                self._send_candidates(participant, rtc.PUBLISHER)
        except SdpInvalid as fault:
            log.info("session description refused", participant=participant.sid, fault=str(fault))
            self._say_leave(models.JOIN_FAILURE, rtc.LeaveRequest.DISCONNECT)
            return
        if participant.subscriber is not None:
            participant.subscriber.start()
            self._send_candidates(participant, rtc.SUBSCRIBER)

    def _resume(self, wish: rtc.JoinRequest) -> Participant | None:
        """Take up a participant whose signalling was lost; LiveKit's clients call this a quick reconnect."""
        claims = self._admission.claims
        room = self._rooms.find(claims.video.room)
        participant = room.participants.get(claims.identity) if room is not None else None
        if room is None or participant is None or participant.sid != wish.participant_sid:
            self._say_leave(models.STATE_MISMATCH, rtc.LeaveRequest.RECONNECT)
            return None
        if participant.signals is not None:
            participant.signals.close()
        participant.signals = self._out
        reconnect = rtc.ReconnectResponse(
            server_info=self._server_info(), ice_servers=self._ice_servers(participant)
        )
        participant.send(rtc.SignalResponse(reconnect=reconnect))
        participant.send_token()
        everybody = [participant.info(), *room.visible_to(participant), *room.recently_left()]
        participant.send(rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=everybody)))
        if wish.HasField("sync_state"):
            requests.synchronize(participant, wish.sync_state)
        if wish.HasField("publisher_offer"):
            requests.answer_offer(participant, wish.publisher_offer)
        participant.publisher.resume()
        if participant.subscriber is not None:
            participant.subscriber.resume()
        return participant

    async def _read(self, participant: Participant) -> None:
        token_due = time.monotonic() + TOKEN_EVERY_S
        while True:
            data = await self._receive()
            if not self._is_within_rate():
                log.info("too many signalling requests", participant=participant.sid)
                return
            try:
                request = rtc.SignalRequest.FromString(data)
            except DecodeError:
                continue
            await requests.handle(participant, request)
            if participant.signals is not self._out:
                return  # another socket has taken over
            # Clients ping every 5 s, so this is looked at often enough.
            if time.monotonic() >= token_due:
                token_due = time.monotonic() + TOKEN_EVERY_S
                participant.send_token()

    async def _receive(self) -> bytes:
        """The next message, also one that came just before the socket broke: often it is a goodbye.
        (`receive_bytes` gives no more once a message of ours could not be sent.)

        Raises: WebSocketDisconnect, RuntimeError.
        """
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        return message.get("bytes") or b""

    def _is_within_rate(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._requests = second, 0
        self._requests += 1
        return self._requests <= MOST_REQUESTS_PER_S

    # Messages

    def _server_info(self) -> models.ServerInfo:
        return models.ServerInfo(
            version=COMPATIBLE,
            protocol=PROTOCOL,
            node_id=_NODE,
            agent_protocol=1,
            debug_info=f"Livehall {self._version}",
        )

    def _ice_servers(self, participant: Participant) -> list[rtc.ICEServer]:
        return self._rooms.turn.offered_to(f"{participant.room.sid}.{participant.sid}")

    def _join_response(self, participant: Participant) -> rtc.JoinResponse:
        return rtc.JoinResponse(
            room=participant.room.info(),
            participant=participant.info(),
            other_participants=participant.room.visible_to(participant),
            server_version=COMPATIBLE,
            ice_servers=self._ice_servers(participant),
            server_info=self._server_info(),
            subscriber_primary=participant.subscriber is not None,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            sif_trailer=secrets.token_bytes(16),
            enabled_publish_codecs=[models.Codec(mime=mime) for mime in ENABLED],
            fast_publish=participant.grants.may_publish,
        )

    def _send_candidates(self, participant: Participant, target: int) -> None:
        """Our addresses again, as clients of the protocol expect it; all are in the description."""
        connection = participant.publisher if target == rtc.PUBLISHER else participant.receiving
        local = connection.local()
        last = len(local.candidates) - 1
        for index, where in enumerate(local.candidates):
            candidate = {
                "candidate": f"{write.candidate_line(index, where)} ufrag {local.ufrag}",
                "sdpMid": "0",
                "sdpMLineIndex": 0,
                "usernameFragment": None,
            }
            trickle = rtc.TrickleRequest(
                candidateInit=json.dumps(candidate),
                target=target,  # type: ignore[arg-type]
                final=index == last,
            )
            participant.send(rtc.SignalResponse(trickle=trickle))

    def _say_leave(self, reason: int, action: int) -> None:
        leave = rtc.LeaveRequest(
            reason=reason,  # type: ignore[arg-type]
            action=action,  # type: ignore[arg-type]
            can_reconnect=action != rtc.LeaveRequest.DISCONNECT,
        )
        self._out.send(rtc.SignalResponse(leave=leave).SerializeToString())

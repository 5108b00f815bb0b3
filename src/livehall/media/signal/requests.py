"""What a client asks on its signalling socket, one function for each kind of request."""

import time
from collections.abc import Awaitable, Callable

import structlog
from livekit.protocol import models, rtc

from livehall.media.rooms.participant import Participant
from livehall.media.sdp.parse import SdpInvalid

LARGEST_METADATA = 64 * 1024  # bytes of metadata, and of all attributes
MOST_BY_TCP = 1000  # identities of one room that are remembered
log = structlog.get_logger(__name__)


class Left(Exception):
    """The client has said goodbye."""


async def handle(participant: Participant, request: rtc.SignalRequest) -> None:
    """Do what is asked. Unknown kinds are passed over, as newer clients have more of them.

    Raises: Left, SdpInvalid.
    """
    kind = request.WhichOneof("message")
    action = _ACTIONS.get(kind or "")
    if action is not None:
        await action(participant, request)


def answer_offer(participant: Participant, offer: rtc.SessionDescription) -> None:
    """Raises: SdpInvalid."""
    sdp, carried = participant.publisher.answer(offer.sdp)
    answer = rtc.SessionDescription(type="answer", sdp=sdp, id=offer.id, mid_to_track_id=carried)
    participant.send(rtc.SignalResponse(answer=answer))


def add_track(participant: Participant, request: rtc.AddTrackRequest) -> None:
    publication = participant.announce(request)
    if publication is None:
        refusal = rtc.RequestResponse(
            reason=rtc.RequestResponse.NOT_ALLOWED, message="not allowed to publish", add_track=request
        )
        participant.send(rtc.SignalResponse(request_response=refusal))
        return
    published = rtc.TrackPublishedResponse(cid=request.cid, track=publication.info)
    participant.send(rtc.SignalResponse(track_published=published))
    participant.publisher.bind()


def synchronize(participant: Participant, state: rtc.SyncState) -> None:
    """After a resume the client says what it had: what it did not want stays unwanted."""
    participant.refused_tracks |= (
        set() if state.subscription.subscribe else set(state.subscription.track_sids)
    )
    for sid in state.track_sids_disabled:
        participant.receiving.set_quality(sid, quality=2, is_paused=True)


async def _offer(participant: Participant, request: rtc.SignalRequest) -> None:
    answer_offer(participant, request.offer)


async def _answer(participant: Participant, request: rtc.SignalRequest) -> None:
    if participant.subscriber is not None:
        participant.subscriber.answered(request.answer.sdp)


async def _add_track(participant: Participant, request: rtc.SignalRequest) -> None:
    add_track(participant, request.add_track)


async def _mute(participant: Participant, request: rtc.SignalRequest) -> None:
    publication = participant.publications.get(request.mute.sid)
    if publication is not None:
        participant.mute(publication, muted=request.mute.muted)


async def _subscription(participant: Participant, request: rtc.SignalRequest) -> None:
    wish = request.subscription
    sids = [*wish.track_sids, *(sid for group in wish.participant_tracks for sid in group.track_sids)]
    for sid in sids:
        if wish.subscribe:
            participant.room.subscribe(participant, sid)
        else:
            participant.room.unsubscribe(participant, sid)


async def _track_setting(participant: Participant, request: rtc.SignalRequest) -> None:
    setting = request.track_setting
    for sid in setting.track_sids:
        wanted = participant.receiving.wanted.get(sid)
        if wanted is None:
            continue
        quality = min(int(setting.quality), models.HIGH)
        if setting.width and setting.height:  # then the client leaves the choice of quality to us
            quality = wanted.track.quality_for(setting.width, setting.height)
        participant.receiving.set_quality(
            sid, quality=quality, is_paused=setting.disabled, frames_per_s=setting.fps
        )


async def _subscription_permission(participant: Participant, request: rtc.SignalRequest) -> None:
    participant.policy = request.subscription_permission
    participant.room.policy_changed(participant)


async def _sync_state(participant: Participant, request: rtc.SignalRequest) -> None:
    synchronize(participant, request.sync_state)


async def _ping(participant: Participant, request: rtc.SignalRequest) -> None:
    participant.send(rtc.SignalResponse(pong=_now_ms()))


async def _ping_req(participant: Participant, request: rtc.SignalRequest) -> None:
    pong = rtc.Pong(last_ping_timestamp=request.ping_req.timestamp, timestamp=_now_ms())
    participant.send(rtc.SignalResponse(pong_resp=pong))


# What a client may have happen to itself, and what is told of it afterwards.
_ENDS: dict[str, int] = {
    "node_failure": models.SERVER_SHUTDOWN,
    "server_leave": models.SERVER_SHUTDOWN,
    "migration": models.MIGRATION,
}


async def _simulate(participant: Participant, request: rtc.SignalRequest) -> None:
    """A client tries out how it comes again: without UDP, or because its server is gone. What else may be
    simulated clients do by themselves."""
    scenario = request.simulate.WhichOneof("scenario") or ""
    if scenario == "switch_candidate_protocol":
        if request.simulate.switch_candidate_protocol == rtc.UDP:
            participant.room.by_tcp.discard(participant.identity)
        elif len(participant.room.by_tcp) < MOST_BY_TCP:
            participant.room.by_tcp.add(participant.identity)
    elif scenario in _ENDS:
        if scenario == "server_leave":  # the others are not told: their socket just ends
            participant.send_leave(_ENDS[scenario])
        await participant.room.remove(participant, _ENDS[scenario])
        raise Left


async def _leave(participant: Participant, request: rtc.SignalRequest) -> None:
    reason = request.leave.reason or models.CLIENT_INITIATED
    participant.send_leave(reason)
    await participant.room.remove(participant, reason)
    raise Left


async def _update_metadata(participant: Participant, request: rtc.SignalRequest) -> None:
    wish = request.update_metadata
    response = rtc.RequestResponse(request_id=wish.request_id, update_metadata=wish)
    size = len(wish.metadata) + sum(len(k) + len(v) for k, v in wish.attributes.items())
    if not participant.grants.can_update_own_metadata:
        response.reason = rtc.RequestResponse.NOT_ALLOWED
        response.message = "does not have permission to update own metadata"
    elif size > LARGEST_METADATA:
        response.reason = rtc.RequestResponse.LIMIT_EXCEEDED
        response.message = "metadata or attributes are too large"
    else:
        change(participant, metadata=wish.metadata, name=wish.name, attributes=dict(wish.attributes))
    participant.send(rtc.SignalResponse(request_response=response))


def change(participant: Participant, *, metadata: str, name: str, attributes: dict[str, str]) -> None:
    """Empty means unchanged; an attribute with an empty value is taken away. Everybody is told."""
    participant.metadata = metadata or participant.metadata
    participant.name = name or participant.name
    for key, value in attributes.items():
        if value:
            participant.attributes[key] = value
        else:
            participant.attributes.pop(key, None)
    participant.touch()
    participant.room.tell_of(participant)


async def _update_video_track(participant: Participant, request: rtc.SignalRequest) -> None:
    publication = participant.publications.get(request.update_video_track.track_sid)
    if publication is not None:
        publication.info.width = request.update_video_track.width
        publication.info.height = request.update_video_track.height
        publication.touch()
        participant.room.tell_of(participant)


async def _update_audio_track(participant: Participant, request: rtc.SignalRequest) -> None:
    publication = participant.publications.get(request.update_audio_track.track_sid)
    if publication is not None:
        publication.info.audio_features[:] = request.update_audio_track.features
        publication.touch()
        participant.room.tell_of(participant)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


_ACTIONS: dict[str, Callable[[Participant, rtc.SignalRequest], Awaitable[None]]] = {
    "offer": _offer,
    "answer": _answer,
    "add_track": _add_track,
    "mute": _mute,
    "subscription": _subscription,
    "track_setting": _track_setting,
    "subscription_permission": _subscription_permission,
    "sync_state": _sync_state,
    "ping": _ping,
    "ping_req": _ping_req,
    "simulate": _simulate,
    "leave": _leave,
    "update_metadata": _update_metadata,
    "update_video_track": _update_video_track,
    "update_audio_track": _update_audio_track,
}

__all__ = ["Left", "SdpInvalid", "add_track", "answer_offer", "change", "handle", "synchronize"]

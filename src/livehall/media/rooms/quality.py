"""What is told about quality: to everybody how good a connection is, to publishers which layers are read."""

from typing import TYPE_CHECKING

from livekit.protocol import models, rtc

if TYPE_CHECKING:
    from livehall.media.rooms.participant import Participant
    from livehall.media.rooms.room import Room

_GOOD, _POOR = 0.02, 0.08  # shares of packets lost from which a connection is no longer excellent, or good
_SCORES = {models.EXCELLENT: 4.5, models.GOOD: 3.5, models.POOR: 2.0}
_LOWER_AFTER_S = 5.0  # a layer is given up only when nobody has read it for so long


def quality_of(participant: "Participant") -> int:
    down = [w.subscription.fraction_lost for w in participant.receiving.wanted.values() if w.subscription]
    worst = max([participant.fraction_lost_up, *down])
    downlink = participant.receiving.downlink
    if downlink.is_pausing:
        return models.POOR
    if downlink.is_limiting:
        worst = max(worst, _GOOD)
    if worst < _GOOD:
        return models.EXCELLENT
    return models.GOOD if worst < _POOR else models.POOR


def tell_connection_quality(room: "Room") -> None:
    """Everybody hears of itself; of those who publish, the others hear too. Only news is told."""
    for participant in room.participants.values():
        if not participant.is_active:
            continue
        quality = quality_of(participant)
        if quality == participant.quality_told:
            continue
        participant.quality_told = quality
        info = rtc.ConnectionQualityInfo(
            participant_sid=participant.sid,
            quality=quality,  # type: ignore[arg-type]
            score=_SCORES[quality],  # type: ignore[index]
        )
        message = rtc.SignalResponse(connection_quality=rtc.ConnectionQualityUpdate(updates=[info]))
        participant.send(message)
        if participant.is_publisher and not participant.grants.hidden:
            for other in room.others(participant):
                other.send(message)


def tell_wanted_layers(publisher: "Participant", now: float) -> None:
    """Ask a publisher for more layers at once, for fewer after a while of nobody reading them."""
    for publication in publisher.publications.values():
        track = publication.track
        if track is None or not publication.is_announced or len(track.rids) < 2:
            continue
        wanted = track.wanted_quality()
        best = wanted if wanted is not None else 0
        told = publication.told_quality
        if told is not None and best < told:
            publication.lower_since = publication.lower_since or now
            if now - publication.lower_since < _LOWER_AFTER_S:
                continue
        publication.lower_since = 0.0
        if best != told:
            publication.told_quality = best
            update = publication.quality_update(best)
            publisher.send(rtc.SignalResponse(subscribed_quality_update=update))

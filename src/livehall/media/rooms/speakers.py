"""Who is speaking, from the audio levels that publishers put beside their packets (RFC 6464)."""

from typing import TYPE_CHECKING

from livekit.protocol import models

if TYPE_CHECKING:
    from livehall.media.rooms.participant import Participant

INTERVAL_S = 0.4
_LOUD_SHARE = 0.4  # of a window's packets must be loud
_STEP = 1 / 8  # levels are told in eighths, so that a small change is no news


def level_of(participant: "Participant") -> float:
    """0 to 1 over the window since the last call; 0 means: does not speak."""
    loudest = 0.0
    for publication in participant.publications.values():
        track = publication.track
        if track is None or track.kind != "audio":
            continue
        for layer in track.layers.values():
            packets, loud, total = layer.level_packets, layer.loud_packets, layer.level_sum
            layer.level_packets = layer.loud_packets = layer.level_sum = 0
            if packets and loud / packets >= _LOUD_SHARE and not track.muted:
                linear = 10 ** (-(total / loud) / 20)
                loudest = max(loudest, min(1.0, max(_STEP, round(linear / _STEP) * _STEP)))
    return loudest


class SpeakerMeter:
    """Remembers what was told last; `changes` is called once per interval."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}  # by sid
        self.levels: dict[str, float] = {}  # of those who speak, by identity

    def changes(self, participants: list["Participant"]) -> list[models.SpeakerInfo]:
        levels = {participant.sid: level_of(participant) for participant in participants}
        news = [
            models.SpeakerInfo(sid=sid, level=level, active=level > 0)
            for sid, level in levels.items()
            if level != self._told.get(sid, 0.0)
        ]
        # Those who have left without falling silent first are told of by the room.
        self._told = {sid: level for sid, level in levels.items() if level > 0}
        self.levels = {p.identity: levels[p.sid] for p in participants if p.sid in self._told}
        return sorted(news, key=lambda speaker: -speaker.level)

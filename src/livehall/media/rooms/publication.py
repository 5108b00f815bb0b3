"""A track as its publisher announced it, before and after there is media for it."""

import secrets
import time
from collections.abc import Iterable

from livekit.protocol import models, rtc

from livehall.media.sdp.choose import MIME, RED_MIME
from livehall.media.tracks.programme import Codec
from livehall.media.tracks.track import QUALITY_OF_RID, RIDS, Track

_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SID_LETTERS = {  # LiveKit's sids tell kind and source: `TR_AM…` is a microphone
    models.CAMERA: "VC",
    models.MICROPHONE: "AM",
    models.SCREEN_SHARE: "VS",
    models.SCREEN_SHARE_AUDIO: "As",
}


def new_sid(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(12))


class Publication:
    def __init__(self, request: rtc.AddTrackRequest) -> None:
        kind = "V" if request.type == models.VIDEO else "A"
        letters = _SID_LETTERS.get(request.source, f"{kind}U")
        self.cid = request.cid
        self.cids = {request.cid} | {codec.cid for codec in request.simulcast_codecs}
        self.track: Track | None = None
        self.is_announced = False  # told to the others and to webhooks
        self.first_subscriber_told = False
        self.told_quality: int | None = None  # the best layer that the publisher was last asked for
        self.lower_since = 0.0  # monotonic seconds since when less would do
        self.preferred = _preferred(request)
        self.info = models.TrackInfo(
            sid=new_sid(f"TR_{letters}"),
            type=request.type,
            name=request.name,
            muted=request.muted,
            width=request.width,
            height=request.height,
            disable_dtx=request.disable_dtx,
            source=request.source,
            layers=_by_quality(request.layers),
            stereo=request.stereo,
            disable_red=request.disable_red,
            encryption=request.encryption,
            stream=request.stream,
            audio_features=request.audio_features,
            backup_codec_policy=request.backup_codec_policy,
        )
        self.touch()

    @property
    def sid(self) -> str:
        return self.info.sid

    @property
    def kind(self) -> str:
        return "video" if self.info.type == models.VIDEO else "audio"

    @property
    def source(self) -> str:
        return models.TrackSource.Name(self.info.source)

    def touch(self) -> None:
        self.info.version.unix_micro = time.time_ns() // 1000

    def bound(self, track: Track, mid: str) -> None:
        """There is a media section for it now."""
        self.track = track
        track.muted = self.info.muted
        mime = MIME[track.codec] if track.red_payload_type is None else RED_MIME
        self.info.mid = mid
        self.info.mime_type = mime
        is_layered = track.codec in ("vp9", "av1")
        self.info.simulcast = len(track.rids) > 1 and not is_layered
        for layer in self.info.layers:
            if len(track.rids) > 1 or is_layered:
                layer.rid = RIDS[min(layer.quality, 2)]
                layer.spatial_layer = layer.quality
            track.dimensions[layer.quality] = (layer.width, layer.height)
        del self.info.codecs[:]
        self.info.codecs.add(
            mime_type=mime,
            mid=mid,
            cid=self.cid,
            layers=self.info.layers,
            video_layer_mode=(
                models.VideoLayer.MULTIPLE_SPATIAL_LAYERS_PER_STREAM
                if is_layered
                else models.VideoLayer.ONE_SPATIAL_LAYER_PER_STREAM
            ),
        )
        self.touch()

    def quality_update(self, best: int) -> rtc.SubscribedQualityUpdate:
        """Which layers the publisher shall send."""
        assert self.track is not None
        offered = sorted({QUALITY_OF_RID.get(rid, 2) for rid in self.track.rids} or {2})
        least = max(best, offered[0])
        qualities = [
            rtc.SubscribedQuality(quality=quality, enabled=quality <= least)  # type: ignore[arg-type]
            for quality in offered
        ]
        return rtc.SubscribedQualityUpdate(
            track_sid=self.sid,
            subscribed_qualities=qualities,
            subscribed_codecs=[rtc.SubscribedCodec(codec=self.track.codec, qualities=qualities)],
        )


def _by_quality(layers: Iterable[models.VideoLayer]) -> list[models.VideoLayer]:
    return sorted(layers, key=lambda layer: layer.quality)


def _preferred(request: rtc.AddTrackRequest) -> Codec | None:
    named = (
        request.simulcast_codecs[0].codec.lower().removeprefix("video/") if request.simulcast_codecs else ""
    )
    return next((codec for codec in MIME if codec == named), None)

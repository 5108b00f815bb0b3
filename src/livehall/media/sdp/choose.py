"""Which of the offered codecs we forward: Opus, VP8, and H.264 in the form every browser decodes; VP9 and AV1
from publishers that ask for them."""

from livehall.media.sdp.parse import OfferedCodec, Section
from livehall.media.tracks.programme import Codec

MIME: dict[Codec, str] = {
    "opus": "audio/opus",
    "vp8": "video/VP8",
    "h264": "video/H264",
    "vp9": "video/VP9",
    "av1": "video/AV1",
}
RED_MIME = "audio/red"
ENABLED = (*MIME.values(), RED_MIME)  # what clients are told that we forward
BY_KIND: dict[str, tuple[Codec, ...]] = {"audio": ("opus",), "video": ("vp8", "h264")}  # without being asked
_ON_REQUEST: dict[str, tuple[Codec, ...]] = {"audio": (), "video": ("vp9", "av1")}
_CLOCK_RATES = {
    "audio": 48000,
    "video": 90000,
}  # of all of them: RFC 7587 §4.1, RFC 7741 §4.1, RFC 6184 §5.1, …
_FIRST_PROFILE: dict[Codec, str] = {
    "vp9": "profile-id=0",
    "av1": "profile=0",
}  # 8 bits, 4:2:0; also what no parameter means
_H264_PROFILES = ("42e01f", "42001f", "42c0", "4200", "42e0")  # (constrained) baseline, best first
_H264_RICHER = ("4d", "64")  # main and high: what encoders offer alone, and browsers decode nevertheless


def _h264_rank(codec: OfferedCodec) -> int | None:
    """Lower is better; None for what we do not take. RFC 6184 §8.1; mode 0 cannot carry large slices."""
    parameters = codec.parameters.lower().replace(" ", "")
    if "packetization-mode=1" not in parameters:
        return None
    for rank, profile in enumerate(_H264_PROFILES):
        if f"profile-level-id={profile}" in parameters:
            return rank
    if any(f"profile-level-id={profile}" in parameters for profile in _H264_RICHER):
        return len(_H264_PROFILES)
    return None


def _has_first_profile(codec: OfferedCodec, first: str) -> bool:
    name = first.partition("=")[0]
    parameters = codec.parameters.replace(" ", "").split(";")
    return first in parameters or not any(part.startswith(f"{name}=") for part in parameters)


def find(section: Section, codec: Codec) -> OfferedCodec | None:
    """The offered payload type for this codec."""
    clock_rate = _CLOCK_RATES.get(section.kind)
    candidates = [
        offered
        for offered in section.ordered_codecs()
        if offered.name == codec and offered.clock_rate == clock_rate
    ]
    if codec in _FIRST_PROFILE:
        candidates = [offered for offered in candidates if _has_first_profile(offered, _FIRST_PROFILE[codec])]
    if codec != "h264":
        return candidates[0] if candidates else None
    ranked = [(rank, offered) for offered in candidates if (rank := _h264_rank(offered)) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def choose(section: Section, preferred: Codec | None = None) -> tuple[Codec, OfferedCodec] | None:
    """What a publisher shall send: the codec it announced, else the first it offers that we forward. One that
    offers nothing but what must be asked for has asked for it."""
    known = BY_KIND.get(section.kind, ())
    on_request = _ON_REQUEST.get(section.kind, ())
    if preferred in (*known, *on_request) and (offered := find(section, preferred)) is not None:
        return preferred, offered
    for choice in (known, on_request):
        for offered in section.ordered_codecs():
            for codec in choice:
                if offered.name == codec and (best := find(section, codec)) is not None:
                    return codec, best
    return None

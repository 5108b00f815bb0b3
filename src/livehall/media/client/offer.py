"""The light client's session descriptions."""

import secrets
from collections.abc import Sequence
from typing import Literal

import msgspec

from livehall.media.sdp import parse as sdp

OPUS, RED, VP8, RTX, H264 = 111, 63, 96, 97, 102
EXTENSION_IDS = {
    sdp.LEVEL: 1,
    sdp.SEND_TIME: 2,
    sdp.TRANSPORT_CC: 3,
    sdp.MID: 4,
    sdp.RID: 10,
    sdp.REPAIRED_RID: 11,
}
_AUDIO_EXTENSIONS = (sdp.LEVEL, sdp.SEND_TIME, sdp.TRANSPORT_CC, sdp.MID)
_VIDEO_EXTENSIONS = (sdp.SEND_TIME, sdp.TRANSPORT_CC, sdp.MID, sdp.RID, sdp.REPAIRED_RID)
_FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
_H264_PARAMETERS = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


class Section(msgspec.Struct):
    kind: Literal["audio", "video", "application"]
    direction: Literal["recvonly", "sendonly"] = "recvonly"
    mid: str = ""
    cid: str = ""  # the client's own name of the track it sends
    ssrc: int = 0
    rtx_ssrc: int = 0
    rids: tuple[str, ...] = ()
    codec: Literal["vp8", "h264"] = "vp8"  # that it sends; it receives both
    red: bool = False  # Opus with redundancy (RFC 2198), sent or received


class Party(msgspec.Struct):
    """Who offers."""

    ufrag: str
    password: str
    fingerprint: str


class Offers:
    """Successive offers of one connection."""

    def __init__(self, party: Party) -> None:
        self._party = party
        self._session = secrets.randbits(62)
        self.version = 0

    def write(self, sections: Sequence[Section]) -> str:
        self.version += 1
        lines = [
            "v=0",
            f"o=- {self._session} {self.version} IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE " + " ".join(section.mid for section in sections),
            "a=extmap-allow-mixed",
            "a=msid-semantic: WMS *",
        ]
        for section in sections:
            lines += self._data(section) if section.kind == "application" else self._media(section)
        return "\r\n".join(lines) + "\r\n"

    def _transport(self, section: Section) -> list[str]:
        return [
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self._party.ufrag}",
            f"a=ice-pwd:{self._party.password}",
            f"a=fingerprint:sha-256 {self._party.fingerprint}",
            "a=setup:actpass",
            f"a=mid:{section.mid}",
        ]

    def _data(self, section: Section) -> list[str]:
        head = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
        return [head, *self._transport(section), "a=sctp-port:5000", "a=max-message-size:262144"]

    def _media(self, section: Section) -> list[str]:
        codecs, types = _codecs(section)
        lines = [f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {types}", *self._transport(section)]
        known = _AUDIO_EXTENSIONS if section.kind == "audio" else _VIDEO_EXTENSIONS
        lines += [f"a=extmap:{EXTENSION_IDS[uri]} {uri}" for uri in known]
        lines += [f"a={section.direction}", "a=rtcp-mux", "a=rtcp-rsize", *codecs]
        if section.direction == "sendonly":
            lines.append(f"a=msid:- {section.cid}")
        if section.rids:
            lines += [f"a=rid:{rid} send" for rid in section.rids]
            lines.append(f"a=simulcast:send {';'.join(section.rids)}")
        elif section.ssrc:
            lines += _ssrcs(section)
        return lines


def _codecs(section: Section) -> tuple[list[str], str]:
    if section.kind == "audio":
        lines = [f"a=rtpmap:{OPUS} opus/48000/2", f"a=fmtp:{OPUS} minptime=10;useinbandfec=1"]
        lines.append(f"a=rtcp-fb:{OPUS} transport-cc")
        if not section.red:
            return lines, str(OPUS)
        lines += [f"a=rtpmap:{RED} red/48000/2", f"a=fmtp:{RED} {OPUS}/{OPUS}"]
        return lines, f"{RED} {OPUS}" if section.direction == "sendonly" else f"{OPUS} {RED}"
    chosen = (VP8, H264) if section.codec == "vp8" else (H264, VP8)
    lines = [f"a=rtpmap:{VP8} VP8/90000", f"a=rtpmap:{H264} H264/90000", f"a=fmtp:{H264} {_H264_PARAMETERS}"]
    lines += [f"a=rtcp-fb:{codec} {kind}" for codec in chosen for kind in _FEEDBACK]
    rtx_of = chosen[0]
    lines += [f"a=rtpmap:{RTX} rtx/90000", f"a=fmtp:{RTX} apt={rtx_of}"]
    return lines, f"{chosen[0]} {RTX} {chosen[1]}"


def _ssrcs(section: Section) -> list[str]:
    if not section.rtx_ssrc:
        return [f"a=ssrc:{section.ssrc} cname:light"]
    group = f"a=ssrc-group:FID {section.ssrc} {section.rtx_ssrc}"
    return [group, f"a=ssrc:{section.ssrc} cname:light", f"a=ssrc:{section.rtx_ssrc} cname:light"]

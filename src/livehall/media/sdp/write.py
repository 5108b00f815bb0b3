"""Writes answers and offers (RFC 8829 §5.3), one transport for all sections, as an ICE-lite server."""

import secrets
from collections.abc import Sequence
from typing import Literal

import msgspec

from livehall.media.dtls.sctp import LARGEST_MESSAGE
from livehall.media.sdp.parse import Direction, OfferedCodec, Section

_UDP_PREFERENCE, _TCP_PREFERENCE = 126, 99  # RFC 8445 §5.1.2.1; TCP below all UDP of hosts
_PASSIVE = 4 << 13  # RFC 6544 §4.2, of a host candidate that waits to be called


class Candidate(msgspec.Struct, frozen=True):
    """Where we can be reached."""

    address: str
    port: int
    protocol: Literal["udp", "tcp"] = "udp"


class Local(msgspec.Struct):
    """What our side of a transport is known by."""

    ufrag: str
    password: str
    fingerprint: str
    candidates: Sequence[Candidate]
    setup: str = "passive"  # the client opens DTLS; `actpass` when we offer


class Sent(msgspec.Struct):
    """A stream that we send in a section."""

    ssrc: int
    rtx_ssrc: int | None
    stream_id: str
    track_id: str


class Media(msgspec.Struct):
    """One audio or video section of ours."""

    kind: str
    mid: str
    direction: Direction
    codec: OfferedCodec
    rtx: int | None
    extensions: dict[str, int]
    feedback: tuple[str, ...]
    sent: Sent | None = None
    rids: tuple[str, ...] = ()  # that we receive
    red: int | None = None  # redundancy of the codec; preferred by us where we receive


def candidate_line(index: int, candidate: Candidate) -> str:
    """The earlier ones are preferred."""
    is_udp = candidate.protocol == "udp"
    preference = _UDP_PREFERENCE if is_udp else _TCP_PREFERENCE
    local = 0xFFFF - index if is_udp else _PASSIVE + 0x1FFF - index
    priority = (preference << 24) + (local << 8) + 255  # component 1
    where = f"{candidate.protocol} {priority} {candidate.address} {candidate.port}"
    line = f"candidate:{index + 1} 1 {where} typ host"
    return line if is_udp else f"{line} tcptype passive"


def _transport(local: Local, mid: str) -> list[str]:
    lines = [
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        f"a=setup:{local.setup}",
        f"a=mid:{mid}",
    ]
    lines += [f"a={candidate_line(index, where)}" for index, where in enumerate(local.candidates)]
    return [*lines, "a=end-of-candidates"]


def data(mid: str, local: Local) -> list[str]:
    return [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        *_transport(local, mid),
        "a=sctp-port:5000",
        f"a=max-message-size:{LARGEST_MESSAGE}",
    ]


def media(section: Media, local: Local) -> list[str]:
    codec = section.codec
    types = [str(codec.payload_type)] + ([str(section.rtx)] if section.rtx is not None else [])
    if section.red is not None:
        types.insert(0 if section.direction == "recvonly" else 1, str(section.red))
    lines = [
        f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(types)}",
        *_transport(local, section.mid),
        f"a={section.direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=rtpmap:{codec.payload_type} {codec.encoding}",
    ]
    if codec.parameters:
        lines.append(f"a=fmtp:{codec.payload_type} {codec.parameters}")
    lines += [f"a=rtcp-fb:{codec.payload_type} {kind}" for kind in section.feedback]
    if section.rtx is not None:
        lines += [f"a=rtpmap:{section.rtx} rtx/90000", f"a=fmtp:{section.rtx} apt={codec.payload_type}"]
    if section.red is not None:
        again = f"{codec.payload_type}/{codec.payload_type}"
        lines += [f"a=rtpmap:{section.red} red/48000/2", f"a=fmtp:{section.red} {again}"]
    lines += [f"a=extmap:{number} {uri}" for uri, number in section.extensions.items()]
    if section.rids:
        lines += [f"a=rid:{rid} recv" for rid in section.rids]
        lines.append(f"a=simulcast:recv {';'.join(section.rids)}")
    if section.sent is not None:
        lines += _sent(section.sent)
    return lines


def _sent(sent: Sent) -> list[str]:
    ssrcs = [sent.ssrc] + ([sent.rtx_ssrc] if sent.rtx_ssrc is not None else [])
    lines = [f"a=msid:{sent.stream_id} {sent.track_id}"]
    if sent.rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {sent.ssrc} {sent.rtx_ssrc}")
    for ssrc in ssrcs:
        lines += [
            f"a=ssrc:{ssrc} cname:{sent.stream_id}",
            f"a=ssrc:{ssrc} msid:{sent.stream_id} {sent.track_id}",
        ]
    return lines


def refused(section: Section) -> list[str]:
    """Port 0: this section carries nothing (RFC 8829 §5.3.1)."""
    return [
        f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        "a=inactive",
    ]


class Description:
    """Successive descriptions of one connection: the version rises with each (RFC 8829 §5.2.2)."""

    def __init__(self) -> None:
        self._id = secrets.randbits(62)
        self._version = 0

    def write(self, mids: Sequence[str], bodies: Sequence[Sequence[str]]) -> str:
        self._version += 1
        lines = [
            "v=0",
            f"o=- {self._id} {self._version} IN IP4 0.0.0.0",
            "s=-",
            "t=0 0",
            "a=ice-lite",
            f"a=group:BUNDLE {' '.join(mids)}",
            "a=extmap-allow-mixed",
            "a=msid-semantic: WMS *",
        ]
        for body in bodies:
            lines.extend(body)
        return "\r\n".join(lines) + "\r\n"

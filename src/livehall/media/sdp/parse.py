"""Reads the parts of a session description that forwarding needs (RFC 8866, RFC 8829).

Whoever offers is not trusted: a number leaves here only if it fits the field that it will be written into,
and of nothing is there so much that looking through it takes long.
"""

import re
from typing import Literal

import msgspec

LARGEST = 1 << 20  # bytes of one description
MOST_SECTIONS = 512
_MOST_LINES = 60_000
_MOST_FORMATS = 128  # of one section: payload types have seven bits
_MOST_RIDS = 8  # that are sent in one section; browsers send three
_MOST_SSRCS = 64  # of one section that are read: the first belongs to the track, and one to its repairs
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")  # RFC 8851 §10; no longer than a one-byte header extension
_LAST_PAYLOAD_TYPE = 127  # RFC 3550 §5.1
_LAST_EXTENSION = 14  # of one-byte header extensions (RFC 8285 §4.2)
_LARGEST_16, _LARGEST_32 = 0xFFFF, 0xFFFFFFFF
_LONGEST_NUMBER = 10  # digits
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
DEPENDENCY = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"


class SdpInvalid(ValueError):
    """The description cannot be used; the text says why."""


class OfferedCodec(msgspec.Struct):
    payload_type: int
    name: str = ""  # lower case: opus, vp8, h264, rtx, …
    clock_rate: int = 0
    encoding: str = ""  # as written: `opus/48000/2`
    parameters: str = ""  # the fmtp line without its payload type
    feedback: list[str] = []


class Section(msgspec.Struct):
    """One `m=` section."""

    kind: str  # audio, video, application
    mid: str = ""
    is_rejected: bool = False  # port 0 outside a bundle (RFC 8829 §5.2.2)
    protocol: str = ""
    formats: list[str] = []
    direction: Direction = "sendrecv"
    codecs: dict[int, OfferedCodec] = {}
    extensions: dict[str, int] = {}  # 1 to 14: others are not known to us, and so refused by our answer
    ssrcs: list[int] = []
    repairs: dict[int, int] = {}  # SSRC: the SSRC of its RTX (RFC 5576 `FID`)
    stream_id: str = ""
    track_id: str = ""
    rids: list[str] = []  # that the client sends
    ufrag: str = ""
    fingerprint: str = ""  # SHA-256
    sctp_port: int = 5000
    setup: str = ""  # of DTLS (RFC 8842): actpass, active, passive

    @property
    def sends(self) -> bool:
        return self.direction in ("sendrecv", "sendonly") and not self.is_rejected

    @property
    def receives(self) -> bool:
        return self.direction in ("sendrecv", "recvonly") and not self.is_rejected

    def ordered_codecs(self) -> list[OfferedCodec]:
        """In the client's order of preference."""
        known = {str(payload_type): codec for payload_type, codec in self.codecs.items()}
        return [known[text] for text in self.formats if text in known]

    def rtx_of(self, payload_type: int) -> int | None:
        for codec in self.codecs.values():
            if codec.name == "rtx" and f"apt={payload_type}" in codec.parameters.replace(" ", "").split(";"):
                return codec.payload_type
        return None

    def red_of(self, payload_type: int) -> int | None:
        """The payload type of redundancy (RFC 2198) that is made of this one alone."""
        for codec in self.codecs.values():
            if codec.name == "red" and set(codec.parameters.replace(" ", "").split("/")) == {
                str(payload_type)
            }:
                return codec.payload_type
        return None


def parse(sdp: str) -> list[Section]:
    """The sections of a description, session-level attributes written into each.

    Raises: SdpInvalid.
    """
    if len(sdp) > LARGEST:
        raise SdpInvalid("the session description is too long")
    lines = sdp.splitlines()
    if len(lines) > _MOST_LINES:
        raise SdpInvalid("the session description has too many lines")
    sections: list[Section] = []
    session = Section(kind="session")
    for line in lines:
        if line.startswith("m="):
            if len(sections) >= MOST_SECTIONS:
                raise SdpInvalid(f"more than {MOST_SECTIONS} media sections")
            sections.append(_section(line, session))
        elif line.startswith("a="):
            try:
                _attribute(sections[-1] if sections else session, line[2:])
            except (ValueError, IndexError) as error:
                raise SdpInvalid(f"a line that makes no sense: {line[:80]!r}") from error
    _check(sections)
    return sections


def _check(sections: list[Section]) -> None:
    if not sections:
        raise SdpInvalid("no media section")
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids) or not all(0 < len(mid) <= 16 and mid.isascii() for mid in mids):
        raise SdpInvalid("every media section needs a mid of its own")
    if not all(section.ufrag and section.fingerprint for section in sections if not section.is_rejected):
        raise SdpInvalid("ice-ufrag or a SHA-256 fingerprint is missing")


def _section(line: str, session: Section) -> Section:
    fields = line[2:].split()
    if len(fields) < 4 or fields[0] not in ("audio", "video", "application"):
        raise SdpInvalid(f"a media line that makes no sense: {line[:80]!r}")
    formats = list(dict.fromkeys(fields[3:]))
    if len(formats) > _MOST_FORMATS:
        raise SdpInvalid(f"more than {_MOST_FORMATS} formats in a section")
    return Section(
        kind=fields[0],
        is_rejected=fields[1] == "0",
        protocol=fields[2],
        formats=formats,
        ufrag=session.ufrag,
        fingerprint=session.fingerprint,
        setup=session.setup,
        direction=session.direction,
    )


def _attribute(section: Section, text: str) -> None:
    name, _, value = text.partition(":")
    if name in _DIRECTIONS:
        section.direction = name  # type: ignore[assignment]
    elif name == "mid":
        section.mid = value.strip()
    elif name == "bundle-only":
        section.is_rejected = False
    elif name == "ice-ufrag":
        section.ufrag = value.strip()
    elif name == "fingerprint":
        kind, _, digest = value.partition(" ")
        if kind.lower() == "sha-256":
            section.fingerprint = digest.strip().upper()
    elif name == "setup":
        section.setup = value.strip()
    elif name == "sctp-port":
        section.sctp_port = _number(value.strip(), 0, _LARGEST_16)
    elif name == "msid":
        fields = value.split()
        section.stream_id, section.track_id = fields[0], fields[1] if len(fields) > 1 else ""
    elif name == "rid":
        rid, direction = value.split()[:2]
        if direction == "send" and rid not in section.rids:
            if not _RID.fullmatch(rid) or len(section.rids) >= _MOST_RIDS:
                raise ValueError(rid)
            section.rids.append(rid)
    else:
        _media_attribute(section, name, value)


def _media_attribute(section: Section, name: str, value: str) -> None:
    head, _, rest = value.partition(" ")
    if name == "rtpmap":
        codec = _codec(section, head)
        codec.encoding = rest.strip()
        codec.name, clock = codec.encoding.lower().split("/")[:2]
        codec.clock_rate = _number(clock, 1, _LARGEST_32)
    elif name == "fmtp":
        _codec(section, head).parameters = rest.strip()
    elif name == "rtcp-fb" and head != "*":
        _codec(section, head).feedback.append(rest.strip())
    elif name == "extmap":
        number = _number(head.split("/")[0], 1, _LARGEST_16)
        if number <= _LAST_EXTENSION:
            section.extensions[rest.split()[0]] = number
    elif name == "ssrc":
        ssrc = _number(head, 1, _LARGEST_32)
        if len(section.ssrcs) < _MOST_SSRCS and ssrc not in section.ssrcs:
            section.ssrcs.append(ssrc)
    elif name == "ssrc-group" and head == "FID":
        members = [_number(text, 1, _LARGEST_32) for text in rest.split()]
        if len(members) == 2 and len(section.repairs) < _MOST_SSRCS:
            section.repairs[members[0]] = members[1]


def _codec(section: Section, payload_type: str) -> OfferedCodec:
    number = _number(payload_type, 0, _LAST_PAYLOAD_TYPE)
    return section.codecs.setdefault(number, OfferedCodec(payload_type=number))


def _number(text: str, least: int, most: int) -> int:
    """Raises: ValueError."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    if not is_number or not least <= int(text) <= most:
        raise ValueError(text)
    return int(text)

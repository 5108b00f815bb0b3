"""Session descriptions: the offer a client writes, what it needs of the answer."""

from dataclasses import dataclass, field

from bench.media.load.wire import EXTENSION_IDS, EXTENSION_URIS, PT_OPUS, PT_RTX, PT_VP8

VIDEO_FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")


@dataclass
class Section:
    """One media section."""

    kind: str  # audio or video
    direction: str  # recvonly or sendonly
    mid: str = ""
    cid: str = ""  # the client's id of the track it sends
    stream: str = ""
    ssrc: int = 0
    rtx_ssrc: int = 0


@dataclass(frozen=True)
class LocalSide:
    """What every section of one client's offers repeats."""

    number: int
    udp_port: int
    ice_user: str
    ice_password: str
    fingerprint: str

    def offer(self, sections: list[Section], version: int) -> str:
        lines = [
            "v=0",
            f"o=- {1000 + self.number} {version} IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE " + " ".join(section.mid for section in sections),
            "a=extmap-allow-mixed",
            "a=msid-semantic: WMS *",
        ]
        for section in sections:
            lines += self._section(section)
        return "\r\n".join(lines) + "\r\n"

    def _section(self, section: Section) -> list[str]:
        types = [PT_OPUS] if section.kind == "audio" else [PT_VP8, PT_RTX]
        lines = [
            f"m={section.kind} 9 UDP/TLS/RTP/SAVPF " + " ".join(map(str, types)),
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            f"a=candidate:1 1 udp 2130706431 127.0.0.1 {self.udp_port} typ host",
            f"a=ice-ufrag:{self.ice_user}",
            f"a=ice-pwd:{self.ice_password}",
            "a=ice-options:trickle",
            f"a=fingerprint:sha-256 {self.fingerprint}",
            "a=setup:actpass",
            f"a=mid:{section.mid}",
        ]
        for name, number in EXTENSION_IDS[section.kind].items():
            lines.append(f"a=extmap:{number} {EXTENSION_URIS[name]}")
        lines.append(f"a={section.direction}")
        if section.direction == "sendonly":
            lines.append(f"a=msid:{section.stream} {section.cid}")
        lines += ["a=rtcp-mux", "a=rtcp-rsize", *_codecs(section.kind)]
        return lines + self._sources(section) if section.direction == "sendonly" else lines

    def _sources(self, section: Section) -> list[str]:
        ssrcs, lines = [section.ssrc], []
        if section.kind == "video":
            ssrcs.append(section.rtx_ssrc)
            lines.append(f"a=ssrc-group:FID {section.ssrc} {section.rtx_ssrc}")
        for ssrc in ssrcs:
            lines.append(f"a=ssrc:{ssrc} cname:c{self.number}")
            lines.append(f"a=ssrc:{ssrc} msid:{section.stream} {section.cid}")
        return lines


def _codecs(kind: str) -> list[str]:
    if kind == "audio":
        return [
            f"a=rtpmap:{PT_OPUS} opus/48000/2",
            f"a=rtcp-fb:{PT_OPUS} transport-cc",
            f"a=fmtp:{PT_OPUS} minptime=10;useinbandfec=1",
        ]
    return [
        f"a=rtpmap:{PT_VP8} VP8/90000",
        *(f"a=rtcp-fb:{PT_VP8} {feedback}" for feedback in VIDEO_FEEDBACK),
        f"a=rtpmap:{PT_RTX} rtx/90000",
        f"a=fmtp:{PT_RTX} apt={PT_VP8}",
    ]


@dataclass
class RemoteSide:
    """What a client needs of an answer."""

    ice_user: str
    ice_password: str
    fingerprint: str
    is_dtls_client: bool
    candidates: list[str]
    extensions: dict[str, dict[str, int]] = field(default_factory=dict)  # mid: {name: id}

    @staticmethod
    def of(sdp: str) -> "RemoteSide":
        lines = sdp.replace("\r", "").split("\n")

        def value(prefix: str) -> str:
            return next((line[len(prefix) :] for line in lines if line.startswith(prefix)), "")

        return RemoteSide(
            ice_user=value("a=ice-ufrag:"),
            ice_password=value("a=ice-pwd:"),
            fingerprint=value("a=fingerprint:sha-256 ").replace(":", "").upper(),
            is_dtls_client="a=setup:active" in lines,
            candidates=[line.removeprefix("a=") for line in lines if line.startswith("a=candidate:")],
            extensions=_extensions(lines),
        )


def _extensions(lines: list[str]) -> dict[str, dict[str, int]]:
    by_uri = {uri: name for name, uri in EXTENSION_URIS.items()}
    found: dict[str, dict[str, int]] = {}
    ids: dict[str, int] = {}
    for line in lines:
        if line.startswith("m="):
            ids = {}
        elif line.startswith("a=mid:"):
            found[line.removeprefix("a=mid:")] = ids
        elif line.startswith("a=extmap:"):
            number, uri = line.removeprefix("a=extmap:").split()[:2]
            if uri in by_uri:
                ids[by_uri[uri]] = int(number.split("/")[0])
    return found

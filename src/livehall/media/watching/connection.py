"""The connection of a player: it offers one section for pictures and one for sound, once, and what is in them
follows the room.

Seen is a shared screen; else who speaks; while nobody does, what an encoder pushes, whose loudness is not
told; else what was seen before. The same holds for what is heard. Layers are chosen by congestion, as for
everybody.
"""

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from livehall.media.rooms.answering import AnsweringConnection
from livehall.media.rooms.connection import MediaCore, Wanted
from livehall.media.sdp import parse as sdp
from livehall.media.sdp import write
from livehall.media.sdp.choose import find
from livehall.media.sdp.parse import OfferedCodec, Section
from livehall.media.tracks.programme import Codec
from livehall.media.tracks.speaker import Speaker
from livehall.media.watching.following import Following, follow

if TYPE_CHECKING:
    from livehall.media.rooms.participant import Participant

_CODECS: dict[str, tuple[Codec, ...]] = {"audio": ("opus",), "video": ("h264", "vp8", "vp9", "av1")}
_EXTENSIONS = (sdp.SEND_TIME, sdp.TRANSPORT_CC, sdp.DEPENDENCY)
_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")


class Line:
    """One section of the player."""

    def __init__(self, section: Section) -> None:
        self.kind = section.kind
        self.mid = section.mid
        self.codecs: dict[Codec, tuple[OfferedCodec, int | None]] = {}
        for codec in _CODECS.get(section.kind, ()):
            if (offered := find(section, codec)) is not None:
                self.codecs[codec] = offered, section.rtx_of(offered.payload_type)
        self.extensions = {
            uri: section.extensions[uri]
            for uri in _EXTENSIONS
            if section.kind == "video" and uri in section.extensions
        }
        self.ssrc, self.rtx_ssrc = secrets.randbits(31) | 1, secrets.randbits(31) | 1
        self.shown: Wanted | None = None
        self.last: Following | None = None


class WatchingConnection(AnsweringConnection):
    def __init__(self, core: MediaCore, owner: "Participant", closed: Callable[[], None]) -> None:
        super().__init__(core, owner, identity=owner.identity)
        self._viewer = owner
        self._closed = closed
        self._lines: dict[str, Line] = {}  # by kind
        self._speaker = Speaker()

    def answer(self, offer: str) -> tuple[str, dict[str, str]]:
        """Our answer; what is in its sections changes without another one. Raises: SdpInvalid."""
        sections = sdp.parse(offer)
        live = next((section for section in sections if not section.is_rejected), sections[0])
        self.transport.expect(live.ufrag, live.fingerprint, waits_for_dtls=live.setup == "passive")
        mids, bodies = [], []
        for section in sections:
            line = Line(section)
            if not section.receives or not line.codecs or line.kind in self._lines:
                bodies.append(write.refused(section))
                continue
            self._lines[line.kind] = line
            mids.append(section.mid)
            bodies.append(_described(line, self.local(), self._viewer.sid))
        return self._description.write(mids, bodies), {}

    def wishes_changed(self) -> None:
        self._choose(time.monotonic())

    def adapt(self, now: float) -> None:
        self._speaker.heard(self._viewer.room.speaking(), now)
        self._choose(now)
        super().adapt(now)

    def resume(self) -> None:
        """There is no signalling that could be lost."""

    async def close(self) -> None:
        self.transport.say_goodbye()
        await super().close()
        self._closed()

    def _choose(self, now: float) -> None:
        for line in self._lines.values():
            shown = line.shown
            if shown is not None and self.wanted.get(shown.track.sid) is not shown:
                shown = line.shown = None  # it has been taken away
            fitting = [
                w
                for w in self.wanted.values()
                if w.track.kind == line.kind and w.track.codec in line.codecs and not w.track.muted
            ]
            best = self._best(fitting, shown, now)
            if best is not shown:
                self._show(line, best)

    def _best(self, found: list[Wanted], shown: Wanted | None, now: float) -> Wanted | None:
        """Of pictures, or of sounds."""
        screens = [w for w in found if w.track.source == "SCREEN_SHARE"]
        if screens:
            return shown if shown in screens else screens[-1]
        if self._speaker.is_speaking(now):
            speakers = [w for w in found if w.track.identity == self._speaker.identity]
            if speakers:
                return shown if shown in speakers else speakers[0]
        people = self._viewer.room.participants
        pushed = [w for w in found if (p := people.get(w.track.identity)) and p.claims.kind == "ingress"]
        best = pushed or found
        return shown if shown in best else next(iter(best), None)

    def _show(self, line: Line, wanted: Wanted | None) -> None:
        if line.shown is not None:
            line.shown.drop()
        line.shown = wanted
        if wanted is None:
            return
        offered, rtx = line.codecs[wanted.track.codec]
        transport_cc_id = (
            line.extensions.get(sdp.TRANSPORT_CC) if "transport-cc" in offered.feedback else None
        )
        line.last = follow(
            line.last,
            wanted.track,
            self.transport,
            payload_type=offered.payload_type,
            rtx_payload_type=rtx,
            send_time_id=line.extensions.get(sdp.SEND_TIME),
            transport_cc_id=transport_cc_id,
            dependency_id=line.extensions.get(sdp.DEPENDENCY),
            rtx_ssrc=line.rtx_ssrc,
            log=self.downlink.counted() if transport_cc_id is not None else None,
            ssrc=line.ssrc,
        )
        wanted.carry(line.last, line.mid)


def _described(line: Line, local: write.Local, stream_id: str) -> list[str]:
    """The section with all codecs that both sides know: which one comes depends on who publishes."""
    first, *others = line.codecs.values()
    has_repairs = any(rtx is not None for _, rtx in line.codecs.values())
    sent = write.Sent(
        line.ssrc, line.rtx_ssrc if has_repairs else None, stream_id, f"{stream_id}-{line.kind}"
    )
    lines: list[str] = []
    for offered, rtx in (first, *others):
        feedback = tuple(kind for kind in _FEEDBACK if kind in offered.feedback)
        body = write.media(
            write.Media(line.kind, line.mid, "sendonly", offered, rtx, line.extensions, feedback, sent=sent),
            local,
        )
        if not lines:
            lines = body
            continue
        types = body[0].split(" ", 3)[3]
        lines[0] += f" {types}"
        about = tuple(f"a={word}:{each} " for each in types.split() for word in ("rtpmap", "fmtp", "rtcp-fb"))
        lines += [text for text in body if text.startswith(about)]
    return lines

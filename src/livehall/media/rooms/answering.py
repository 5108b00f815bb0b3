"""A connection whose offers come from the client: what it publishes, and, when it has one connection only,
what it receives.

In the single connection the client opens `recvonly` sections and we put tracks into them. When there are
too few, or the set of tracks has changed, we send a `media_sections_requirement`; the client adds what it
lacks and offers again. One requirement is outstanding at a time.
"""

from collections.abc import Callable
from typing import Protocol

from livehall.media.rooms.connection import Connection, MediaCore, Owner, Wanted
from livehall.media.rooms.publication import Publication
from livehall.media.sdp import parse as sdp
from livehall.media.sdp import write
from livehall.media.sdp.choose import choose, find
from livehall.media.sdp.parse import OfferedCodec, Section
from livehall.media.tracks.layered import subscribe
from livehall.media.tracks.programme import Codec
from livehall.media.tracks.track import LateLayers, Track

_UP_FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc")
_DOWN_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")
_EXTENSIONS = (
    sdp.MID,
    sdp.RID,
    sdp.REPAIRED_RID,
    sdp.SEND_TIME,
    sdp.LEVEL,
    sdp.TRANSPORT_CC,
    sdp.DEPENDENCY,
)


class Publisher(Owner, Protocol):
    def claim(self, section: Section) -> Publication | None:
        """The announced track that this section carries; None when none fits (yet)."""
        ...

    def bound(self, publication: Publication) -> None: ...

    def stopped(self, publication: Publication) -> None:
        """The client sends it no longer."""
        ...


class Uplink:
    """A section in which the client sends."""

    def __init__(self, section: Section, codec: Codec, offered: OfferedCodec) -> None:
        self.section = section
        self.codec: Codec = codec
        self.offered = offered
        self.rtx = section.rtx_of(offered.payload_type)
        self.red: int | None = None  # payload type of redundancy, where it is welcome
        self.publication: Publication | None = None


class AnsweringConnection(Connection):
    def __init__(
        self,
        core: MediaCore,
        owner: Publisher,
        *,
        identity: str,
        require_sections: Callable[[int, int], None] | None = None,
    ) -> None:
        """`require_sections(audios, videos)` is given when this connection receives as well."""
        super().__init__(core, owner)
        self._publisher = owner
        self._identity = identity
        self._require_sections = require_sections
        self._uplinks: dict[str, Uplink] = {}
        self._by_mid: dict[str, Wanted] = {}
        self._free = {"audio": 0, "video": 0}
        self._requirement_is_open = False
        self._answered = False

    def answer(self, offer: str) -> tuple[str, dict[str, str]]:
        """(our answer, {mid: track sid}) to the client's offer.

        Raises: SdpInvalid.
        """
        sections = sdp.parse(offer)
        live = next((section for section in sections if not section.is_rejected), sections[0])
        self.transport.expect(live.ufrag, live.fingerprint, waits_for_dtls=live.setup == "passive")
        self._answered = True
        self._requirement_is_open = False
        self._free = {"audio": 0, "video": 0}
        self._release(sections)
        mids: list[str] = []
        bodies: list[list[str]] = []
        for section in sections:
            body = self._section(section)
            bodies.append(body)
            if body[0].split()[1] != "0":
                mids.append(section.mid)
        self.bind()
        text = self._description.write(mids, bodies)
        carried = {mid: wanted.track.sid for mid, wanted in self._by_mid.items()}
        self._ask_for_sections(only_if_missing=True)
        return text, carried

    def bind(self) -> None:
        """Join announced tracks with the sections that carry them."""
        for uplink in self._uplinks.values():
            if uplink.publication is None and (found := self._publisher.claim(uplink.section)) is not None:
                uplink.publication = found
                found.bound(self._make_track(uplink, found), uplink.section.mid)
                self._publisher.bound(found)

    def unpublish(self, publication: Publication) -> None:
        """Take no more packets of it."""
        track = publication.track
        if track is None:
            return
        for uplink in self._uplinks.values():
            if uplink.publication is publication:
                uplink.publication = None
        self._late = [late for late in self._late if late.track is not track]
        gone = {id(layer) for layer in track.layers.values()}
        for ssrc, sink in list(self.transport.incoming.items()):
            if id(getattr(sink, "layer", sink)) in gone:
                self.transport.ignore(ssrc)
        track.close()

    def wishes_changed(self) -> None:
        self._by_mid = {w.mid: w for w in self.wanted.values() if w.mid}
        self._ask_for_sections(only_if_missing=False)

    def resume(self) -> None:
        """The signalling was lost: a requirement may have been lost with it."""
        self._requirement_is_open = False
        self._ask_for_sections(only_if_missing=True)

    # Sections

    def _section(self, section: Section) -> list[str]:
        if section.kind == "application":
            return self.data_section(section) if not section.is_rejected else write.refused(section)
        chosen = choose(section)
        if section.is_rejected or chosen is None:
            self._stop(section.mid)
            return write.refused(section)
        if section.sends:
            return self._receive(section)
        self._stop(section.mid)
        if section.receives and self._require_sections is not None:
            wanted = self._by_mid.get(section.mid) or self._next_for(section)
            if wanted is not None:
                return self._send(section, wanted)
            self._free[section.kind] += 1
        codec = chosen[1]
        kept = _kept_extensions(section)
        rtx = section.rtx_of(codec.payload_type)
        return write.media(
            write.Media(section.kind, section.mid, "inactive", codec, rtx, kept, ()), self.local()
        )

    def _receive(self, section: Section) -> list[str]:
        uplink = self._uplinks.get(section.mid)
        if uplink is None:
            waiting = self._publisher.claim(section)
            chosen = choose(section, waiting.preferred if waiting is not None else None)
            assert chosen is not None  # the caller has seen that something fits
            uplink = self._uplinks[section.mid] = Uplink(section, *chosen)
            if section.kind == "audio" and waiting is not None and not waiting.info.disable_red:
                uplink.red = section.red_of(uplink.offered.payload_type)
        elif uplink.publication is None:
            uplink.section = section  # it may carry another track of the client by now
        kept = _kept_extensions(section)
        if sdp.TRANSPORT_CC in kept:
            self.transport.transport_cc_id = kept[sdp.TRANSPORT_CC]
        feedback = _UP_FEEDBACK if section.kind == "video" else ("transport-cc",)
        media = write.Media(
            section.kind,
            section.mid,
            "recvonly",
            uplink.offered,
            uplink.rtx,
            kept,
            tuple(kind for kind in feedback if kind in uplink.offered.feedback),
            rids=tuple(section.rids),
            red=uplink.red,
        )
        return write.media(media, self.local())

    def _send(self, section: Section, wanted: Wanted) -> list[str]:
        offered = find(section, wanted.track.codec)
        assert offered is not None  # `_next_for` has looked
        rtx = section.rtx_of(offered.payload_type)
        kept = _kept_extensions(section)
        red = section.red_of(offered.payload_type) if section.kind == "audio" else None
        transport_cc_id = kept.get(sdp.TRANSPORT_CC) if "transport-cc" in offered.feedback else None
        if wanted.subscription is None:
            subscription = subscribe(
                wanted.track,
                self.transport,
                payload_type=offered.payload_type,
                rtx_payload_type=rtx,
                red_payload_type=red,
                send_time_id=kept.get(sdp.SEND_TIME),
                transport_cc_id=transport_cc_id,
                dependency_id=kept.get(sdp.DEPENDENCY),
                log=self.downlink.counted() if transport_cc_id is not None else None,
            )
            wanted.carry(subscription, section.mid)
            self._by_mid[section.mid] = wanted
        media = write.Media(
            section.kind,
            section.mid,
            "sendonly",
            offered,
            rtx,
            kept,
            tuple(kind for kind in _DOWN_FEEDBACK if kind in offered.feedback),
            sent=wanted.sent(),
            red=red,
        )
        return write.media(media, self.local())

    def _next_for(self, section: Section) -> Wanted | None:
        """A track without a section that this one can carry."""
        for wanted in self.wanted.values():
            if wanted.mid or wanted.track.kind != section.kind:
                continue
            wanted.is_receivable = find(section, wanted.track.codec) is not None
            if wanted.is_receivable:
                return wanted
        return None

    def _release(self, sections: list[Section]) -> None:
        """Tracks whose section is no longer offered for receiving look for another one."""
        offered = {section.mid: section for section in sections}
        for mid, wanted in list(self._by_mid.items()):
            section = offered.get(mid)
            if section is None or not section.receives:
                wanted.drop()
                del self._by_mid[mid]

    def _stop(self, mid: str) -> None:
        uplink = self._uplinks.pop(mid, None)
        if uplink is not None and uplink.publication is not None:
            self._publisher.stopped(uplink.publication)

    def _make_track(self, uplink: Uplink, publication: Publication) -> Track:
        section, ids = uplink.section, uplink.section.extensions
        track = Track(
            self.transport,
            sid=publication.sid,
            identity=self._identity,
            kind="video" if section.kind == "video" else "audio",
            codec=uplink.codec,
            source=publication.source,
            clock_rate=uplink.offered.clock_rate,
            payload_type=uplink.offered.payload_type,
            rtx_payload_type=uplink.rtx,
            red_payload_type=uplink.red,
            rids=tuple(section.rids),
            level_id=ids.get(sdp.LEVEL) if section.kind == "audio" else None,
            dependency_id=ids.get(sdp.DEPENDENCY) if uplink.codec == "av1" else None,
        )
        if section.ssrcs and not section.rids:
            ssrc = next(iter(section.repairs), section.ssrcs[0])
            self.transport.incoming[ssrc] = track.add_layer(ssrc)
            repairs = track.repairs_of()
            if repairs is not None and ssrc in section.repairs:
                self.transport.incoming[section.repairs[ssrc]] = repairs
        else:
            late = LateLayers(
                track,
                section.mid,
                mid_id=ids.get(sdp.MID),
                rid_id=ids.get(sdp.RID),
                repaired_rid_id=ids.get(sdp.REPAIRED_RID),
            )
            self._late.append(late)
        return track

    # Sections that we need

    def _ask_for_sections(self, *, only_if_missing: bool) -> None:
        if self._require_sections is None or not self._answered or self._requirement_is_open:
            return
        missing = [w for w in self.wanted.values() if not w.mid and w.is_receivable]
        if only_if_missing and not missing:
            return
        self._requirement_is_open = True
        audios = sum(w.track.kind == "audio" for w in missing) - self._free["audio"]
        videos = sum(w.track.kind == "video" for w in missing) - self._free["video"]
        self._require_sections(max(0, audios), max(0, videos))


def _kept_extensions(section: Section) -> dict[str, int]:
    """Of the offered header extensions those that we know. Chromium leaves out of later sections what an
    earlier one of the same connection was refused, so all sections keep the same."""
    return {uri: section.extensions[uri] for uri in _EXTENSIONS if uri in section.extensions}

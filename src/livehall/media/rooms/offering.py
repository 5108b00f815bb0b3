"""The second connection of clients that have two (`/rtc`): we offer, and it carries what they receive.

Sections are never removed from a description (RFC 8829 §5.2.2), so one whose track has gone waits, inactive,
for the next track of its kind. One offer is outstanding at a time; wishes that come meanwhile make another.
"""

import secrets
from collections.abc import Callable

from livehall.media.rooms.connection import LOSSY, RELIABLE, Connection, MediaCore, Owner, Wanted
from livehall.media.sdp import parse as sdp
from livehall.media.sdp import write
from livehall.media.sdp.choose import find
from livehall.media.sdp.parse import OfferedCodec
from livehall.media.tracks.layered import subscribe
from livehall.media.tracks.programme import Codec

_SEND_TIME_ID, _TRANSPORT_CC_ID, _DEPENDENCY_ID = 2, 3, 4
_VIDEO_EXTENSIONS = {
    sdp.SEND_TIME: _SEND_TIME_ID,
    sdp.TRANSPORT_CC: _TRANSPORT_CC_ID,
    sdp.DEPENDENCY: _DEPENDENCY_ID,
}
_DATA_MID = "0"
_RED = 63  # payload type of redundancy
_DOWN_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")
_CODECS: dict[Codec, tuple[OfferedCodec, int | None]] = {  # ours, and the payload type of its RTX
    "opus": (
        OfferedCodec(111, "opus", 48000, "opus/48000/2", "minptime=10;useinbandfec=1"),
        None,
    ),
    "vp8": (OfferedCodec(96, "vp8", 90000, "VP8/90000"), 97),
    "h264": (
        OfferedCodec(
            102,
            "h264",
            90000,
            "H264/90000",
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        ),
        103,
    ),
    "vp9": (OfferedCodec(98, "vp9", 90000, "VP9/90000", "profile-id=0"), 99),
    "av1": (OfferedCodec(45, "av1", 90000, "AV1/90000", "level-idx=5;profile=0;tier=0"), 46),
}


class _Slot:
    """One media section of ours."""

    def __init__(self, mid: str, codec: Codec) -> None:
        self.mid = mid
        self.codec: Codec = codec
        self.wanted: Wanted | None = None


class OfferingConnection(Connection):
    def __init__(
        self, core: MediaCore, owner: Owner, offer: Callable[[str, int, dict[str, str]], None]
    ) -> None:
        super().__init__(core, owner)
        self._offer = offer
        self._number = secrets.randbelow(250) + 1  # as LiveKit begins, media-observed §3
        self._slots: list[_Slot] = []
        self._is_offering = False
        self._is_stale = False
        self._sctp_port = 5000

    def start(self) -> None:
        """The first offer: a section for data, and what is wanted already."""
        self._send_offer()

    def answered(self, answer: str) -> None:
        """The client's answer to the last offer.

        Raises: SdpInvalid.
        """
        sections = {section.mid: section for section in sdp.parse(answer)}
        live = next((section for section in sections.values() if not section.is_rejected), None)
        if live is not None:
            self.transport.expect(live.ufrag, live.fingerprint)
        self._is_offering = False
        for slot in self._slots:
            section = sections.get(slot.mid)
            wanted = slot.wanted
            if wanted is None or section is None:
                continue
            wanted.is_receivable = section.receives and find(section, slot.codec) is not None
            if wanted.is_receivable and wanted.subscription is not None:
                if slot.codec == "opus":
                    wanted.subscription.take_red(section.red_of(_CODECS["opus"][0].payload_type))
                wanted.subscription.start()
        if self._is_stale:
            self._send_offer()

    def resume(self) -> None:
        """The signalling was lost, perhaps with an offer in it: offer anew."""
        self._is_offering = False
        self._send_offer()

    def open_channels(self) -> None:
        was_open = self.channels is not None
        super().open_channels()
        if self.channels is not None and not was_open:
            self.channels.open(RELIABLE)
            self.channels.open(LOSSY, lossy=True)

    def wishes_changed(self) -> None:
        if self._is_offering:
            self._is_stale = True
        else:
            self._send_offer()

    def _send_offer(self) -> None:
        self._is_offering = True
        self._is_stale = False
        self._fill_slots()
        local = self.local("actpass")
        bodies = [write.data(_DATA_MID, local)]
        bodies += [write.media(self._media(slot), local) for slot in self._slots]
        mids = [_DATA_MID] + [slot.mid for slot in self._slots]
        carried = {slot.mid: slot.wanted.track.sid for slot in self._slots if slot.wanted is not None}
        self._number += 1
        self._offer(self._description.write(mids, bodies), self._number, carried)

    def _fill_slots(self) -> None:
        for slot in self._slots:
            if slot.wanted is not None and self.wanted.get(slot.wanted.track.sid) is not slot.wanted:
                slot.wanted = None
        for wanted in self.wanted.values():
            if wanted.mid:
                continue
            codec = wanted.track.codec
            slot = self._free_slot(codec)
            slot.wanted = wanted
            offered, rtx = _CODECS[codec]
            subscription = subscribe(
                wanted.track,
                self.transport,
                payload_type=offered.payload_type,
                rtx_payload_type=rtx,
                send_time_id=_SEND_TIME_ID,
                transport_cc_id=_TRANSPORT_CC_ID,
                dependency_id=_DEPENDENCY_ID,
                log=self.downlink.counted() if wanted.track.kind == "video" else None,
            )
            wanted.carry(subscription, slot.mid)

    def _free_slot(self, codec: Codec) -> _Slot:
        for slot in self._slots:
            if slot.wanted is None and slot.codec == codec:
                return slot
        made = _Slot(str(len(self._slots) + 1), codec)
        self._slots.append(made)
        return made

    def _media(self, slot: _Slot) -> write.Media:
        offered, rtx = _CODECS[slot.codec]
        is_video = slot.codec != "opus"
        return write.Media(
            "video" if is_video else "audio",
            slot.mid,
            "sendonly" if slot.wanted is not None else "inactive",
            offered,
            rtx,
            _VIDEO_EXTENSIONS if is_video else {},
            _DOWN_FEEDBACK if is_video else (),
            sent=slot.wanted.sent() if slot.wanted is not None else None,
            red=None if is_video else _RED,
        )

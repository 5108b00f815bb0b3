"""A peer connection that is a resource of HTTP, as in WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-03):
named by an address that holds 192 random bits; whoever knows it may change or end it."""

import secrets
from collections.abc import Callable

from livekit.protocol import models

from livehall.media.rooms.answering import AnsweringConnection
from livehall.media.rooms.participant import Participant
from livehall.media.sdp import parse as sdp
from livehall.media.sdp.write import candidate_line


class Refused(Exception):
    """Answered with this HTTP status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Resource:
    def __init__(self, name: str) -> None:
        self.id = name
        self.etag = secrets.token_hex(8)  # of the present ICE session, RFC 9725 section 4.3.1
        self.participant: Participant | None = None
        self.connection: AnsweringConnection | None = None  # that of the client
        self.fingerprint = ""  # of the client's certificate

    @property
    def is_gone(self) -> bool:
        return self.participant is None or self.participant.is_gone

    async def leave(self) -> None:
        if self.participant is not None:
            await self.participant.room.remove(self.participant, models.CLIENT_INITIATED)

    def restart(self, fragment: str) -> str:
        """An ICE restart by the client: our half of it, as another fragment (RFC 9725 section 4.3.3).

        Raises: Refused.
        """
        ufrag = _attribute(fragment, "ice-ufrag")
        if not ufrag or not _attribute(fragment, "ice-pwd"):
            raise Refused(400, "An ICE restart needs ice-ufrag and ice-pwd.")
        assert self.connection is not None
        connection = self.connection
        connection.transport.expect(ufrag, self.fingerprint)
        self.etag = secrets.token_hex(8)
        local = connection.local()
        lines = ["a=ice-lite", f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.password}"]
        lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{_attribute(fragment, 'mid') or '0'}"]
        lines += [f"a={candidate_line(index, where)}" for index, where in enumerate(local.candidates)]
        return "\r\n".join([*lines, "a=end-of-candidates", ""])


def one_of_each(offer: str, wanted: Callable[[sdp.Section], bool], nothing: str) -> list[sdp.Section]:
    """The sections of sound and picture that are wanted of an offer; `nothing`: the words for none.

    Raises: Refused.
    """
    try:
        sections = sdp.parse(offer)
    except sdp.SdpInvalid as fault:
        raise Refused(400, f"This offer cannot be used: {fault}.") from None
    found = [section for section in sections if wanted(section) and section.kind in ("audio", "video")]
    if not found:
        raise Refused(400, nothing)
    if len({section.kind for section in found}) < len(found):
        raise Refused(406, "One section of sound and one of picture, no more.")
    return found


def _attribute(fragment: str, name: str) -> str:
    for line in fragment.splitlines():
        if line.startswith(f"a={name}:"):
            return line.partition(":")[2].strip()[:256]
    return ""
